"""What stands in ``card.json`` and ``history.json``, checked field by field."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seqloom.artifact.folder import CARD, FORMAT, FORMAT_VERSION, FORWARD, MEMBERS, WEIGHTS, WORDS, name_members
from seqloom.errors import ArtifactError
from seqloom.flow import Card, Score
from seqloom.json_files import check_fields

__all__ = ["check_card", "check_history", "make_card"]

# What stands in a card; what stands in ``encoding`` and ``model`` is checked by those who read it.
_TEXT, _LIST, _OBJECT, _COUNT, _NUMBER = (str,), (list,), (dict,), (int,), (int, float)
_CARD_FIELDS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("task", "family"), _TEXT),
    **dict.fromkeys(("classes", "scores"), _LIST),
    **dict.fromkeys(("params", "encoding", "model", "data", "arrays", "files"), _OBJECT),
}
# Tasks that have no classes.
_OF_NUMBERS = ("forecaster", "series-regressor")

_SCORE_FIELDS: dict[str, tuple[type, ...]] = {"metric": _TEXT, "value": _NUMBER, "n": _COUNT, "who": _TEXT}
_EPOCH_FIELDS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("epoch", "n_steps"), _COUNT),
    **dict.fromkeys(("train", "valid"), _OBJECT),
    "is_best": (bool,),
}


def check_card(raw: Any, folder: Path) -> None:
    """Nothing, if ``raw`` is a card of this version, with all its fields, that names the files of a model folder."""
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise ArtifactError(f"{folder / CARD} is not the card of a seqloom model.")
    if raw.get("version") != FORMAT_VERSION:
        raise ArtifactError(
            f"{folder / CARD} has format version {raw.get('version')!r}, this seqloom reads {FORMAT_VERSION}. "
            "Use the version of seqloom that wrote it, or train again."
        )
    check_fields(raw, _CARD_FIELDS, where=str(folder / CARD))
    members = {f"{MEMBERS}/{name}/{CARD}" for name in name_members(raw["model"])}
    if not {WORDS, WEIGHTS, *members} <= set(raw["files"]) <= {WORDS, WEIGHTS, FORWARD, *members}:
        raise ArtifactError(
            f"{folder / CARD} names the files {', '.join(raw['files'])}; {WORDS}, {WEIGHTS}, {FORWARD} and the cards "
            "of an ensemble's members are what a card may name. The folder was changed; get it from its source again."
        )


def make_card(raw: Mapping[str, Any], folder: Path) -> Card:
    """The record in ``raw``, a card of ``folder`` that ``check_card`` let pass."""
    names = ("task", "family", "params", "classes", "encoding", "model", "data")
    if raw["task"] not in _OF_NUMBERS or raw["classes"]:  # whose answers are numbers
        _check_classes(raw["classes"], where=str(folder / CARD))
    for number, score in enumerate(raw["scores"], start=1):
        check_fields(score, _SCORE_FIELDS, where=f"{folder / CARD}, score {number}")
    try:
        return Card(scores=tuple(Score(**score) for score in raw["scores"]), **{name: raw[name] for name in names})
    except (KeyError, TypeError) as problem:
        raise ArtifactError(
            f"{folder / CARD} is not whole: {problem!r}. Get the folder from its source again."
        ) from problem


def check_history(records: Any, path: Path) -> list[dict[str, Any]]:
    """``records`` of the file ``path``, if they are epochs as ``plain_history`` gave them."""
    remedy = "Get the folder from its source again, or delete this file."
    if not isinstance(records, list):
        raise ArtifactError(f"{path} is not a list of epochs. {remedy}")
    for number, record in enumerate(records, start=1):
        check_fields(record, _EPOCH_FIELDS, where=f"{path}, epoch {number}")
        if set(record) != set(_EPOCH_FIELDS):
            raise ArtifactError(f"{path}, epoch {number}: {', '.join(record)} found, other fields expected. {remedy}")
    return records


def _check_classes(classes: list[Any], *, where: str) -> None:
    """Two or more labels of one type, each once, in order (labels are found by bisection)."""
    kinds = {type(name) for name in classes}
    is_known = len(kinds) == 1 and kinds <= {str, int, float, bool} and not (int in kinds and _is_wide(classes))
    if not is_known or len(classes) < 2 or sorted(set(classes)) != classes:
        raise ArtifactError(
            f"{where}: {classes!r:.80} found as classes; two or more strings, or numbers, in order, are expected. "
            "Get the folder from its source again."
        )


def _is_wide(numbers: list[int]) -> bool:
    return any(abs(number) >= 2**63 for number in numbers)
