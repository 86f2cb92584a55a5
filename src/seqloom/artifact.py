"""The model folder: JSON and arrays, read with suspicion, never a pickle, nothing executed.

::

    runs/imdb/
      card.json             what it is: task, family, settings, classes, scores, sizes and digests of the files below
      vocabulary.json       the words, in the order of their ids
      weights.safetensors   arrays of encoder and model, by our own names
      forward.bin           nets: the exported forward pass, so that answering needs no Keras
      history.json          what each epoch brought, without clocks
      run.json              clocks, versions, the command: all that may differ between two equal runs

File names are fixed here, so nothing that stands in a card can point anywhere. Folders are written under another name
and renamed when whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from seqloom.errors import ArtifactError
from seqloom.flow import Arrays, Card, EpochRecord, Score
from seqloom.json_files import read_json, write_json

__all__ = [
    "FORMAT_VERSION",
    "Artifact",
    "check_free",
    "plain_history",
    "read_artifact",
    "read_json",
    "write_artifact",
    "write_json",
]

FORMAT_VERSION = 1

_FORMAT = "seqloom-model"
# A card is some kilobytes; one of more than this is not read.
_MOST_CARD_BYTES = 16 * 2**20

_CARD, _WORDS, _WEIGHTS, _FORWARD = "card.json", "vocabulary.json", "weights.safetensors", "forward.bin"


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """What a model folder holds.

    Parameters
    ----------
    card : Card
        What it is.
    words : list of str
        The vocabulary.
    encoder : dict of str to ndarray
        The encoder's arrays.
    model : dict of str to ndarray
        The model's arrays.
    forward : bytes or None
        The exported forward pass of a net.
    history : list
        Epoch records without clocks.
    """

    card: Card
    words: list[str]
    encoder: Arrays
    model: Arrays
    forward: bytes | None = None
    history: list[dict[str, Any]] = field(default_factory=list)


def check_free(folder: Path, *, overwrite: bool = False) -> None:
    """Nothing, if ``folder`` may be written.

    Raises
    ------
    ArtifactError
        Where it exists and ``overwrite`` is off, or it exists and is no model folder (never replaced).
    """
    if not folder.exists():
        return
    is_ours = folder.is_dir() and ((folder / _CARD).exists() or not any(folder.iterdir()))
    if not is_ours:
        raise ArtifactError(f"{folder} exists and is not a model folder, so it is left alone. Give another name.")
    if not overwrite:
        raise ArtifactError(f"{folder} exists already. Give another name, or pass --overwrite (overwrite=True).")


def write_artifact(folder: Path, artifact: Artifact, *, overwrite: bool = False) -> int:
    """Write a model folder; it stands there whole or not at all.

    Parameters
    ----------
    folder : Path
        Where.
    artifact : Artifact
        What.
    overwrite : bool
        Whether a model folder that stands there is replaced.

    Returns
    -------
    int
        Bytes written.

    Raises
    ------
    ArtifactError
        Where the folder is taken.
    """
    check_free(folder, overwrite=overwrite)
    partial = folder.with_name(folder.name + ".writing")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    size = fill_folder(partial, artifact)
    if folder.exists():
        shutil.rmtree(folder)
    os.replace(partial, folder)
    return size


def fill_folder(folder: Path, artifact: Artifact) -> int:
    """Write the files of an artifact into a folder that exists, and give their size in bytes."""
    arrays = {f"encoder.{name}": array for name, array in artifact.encoder.items()}
    arrays |= {f"model.{name}": array for name, array in artifact.model.items()}
    files = {
        _WORDS: (json.dumps(artifact.words, ensure_ascii=False, separators=(",", ":")) + "\n").encode(),
        _WEIGHTS: save_arrays({name: np.ascontiguousarray(array) for name, array in sorted(arrays.items())}),
    }
    if artifact.forward is not None:
        files[_FORWARD] = artifact.forward
    for name, data in files.items():
        (folder / name).write_bytes(data)
    card = {"format": _FORMAT, "version": FORMAT_VERSION, **asdict(artifact.card)}
    card["arrays"] = {name: [str(array.dtype), list(array.shape)] for name, array in sorted(arrays.items())}
    card["files"] = {
        name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in files.items()
    }
    write_json(folder / "history.json", artifact.history)
    return write_json(folder / _CARD, card) + sum(len(data) for data in files.values())


def write_arrays(path: Path, arrays: Arrays) -> None:
    """Write ``arrays`` to ``path`` as safetensors: under another name first, then renamed."""
    partial = path.with_name(path.name + ".writing")
    partial.write_bytes(save_arrays({name: np.ascontiguousarray(array) for name, array in sorted(arrays.items())}))
    os.replace(partial, path)


def read_arrays(path: Path) -> Arrays:
    """The arrays of a safetensors file; raises ArtifactError where it cannot be read."""
    try:
        return dict(load_arrays(path.read_bytes()))
    except (OSError, SafetensorError) as problem:
        raise ArtifactError(f"{path} cannot be read ({problem}).") from problem


def plain_history(records: list[EpochRecord]) -> list[dict[str, Any]]:
    """Epoch records without their clocks, as JSON.

    Parameters
    ----------
    records : list of EpochRecord
        Of one training run.

    Returns
    -------
    list of dict
        Equal for equal runs.
    """
    clocks = ("seconds", "compile_seconds")
    return [{name: value for name, value in asdict(record).items() if name not in clocks} for record in records]


def read_artifact(folder: Path) -> Artifact:
    """What a model folder holds, once version, sizes, digests and shapes agree with its card.

    Parameters
    ----------
    folder : Path
        As ``write_artifact`` left it.

    Returns
    -------
    Artifact
        With ``forward`` None where there is none.

    Raises
    ------
    ArtifactError
        Where anything is missing, damaged, of another version, or disagrees with the card.
    """
    if not folder.is_dir():
        found = "is a file" if folder.exists() else "does not exist"
        raise ArtifactError(
            f"{folder} {found}, a model folder expected. Train one with: seqloom train DATA -o {folder}"
        )
    raw = read_json(folder / _CARD, most_bytes=_MOST_CARD_BYTES)
    _check_card(raw, folder)
    files = {name: _read_file(folder, name, promised=raw["files"]) for name in (_WORDS, _WEIGHTS)}
    forward = _read_file(folder, _FORWARD, promised=raw["files"]) if (folder / _FORWARD).exists() else None
    words = json.loads(files[_WORDS])
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise ArtifactError(f"{folder / _WORDS} is not a list of words. Get the folder from its source again.")
    arrays = _read_arrays(files[_WEIGHTS], raw["arrays"], folder=folder)
    return Artifact(
        card=_make_card(raw, folder),
        words=words,
        encoder={name.removeprefix("encoder."): a for name, a in arrays.items() if name.startswith("encoder.")},
        model={name.removeprefix("model."): a for name, a in arrays.items() if name.startswith("model.")},
        forward=forward,
        history=read_json(folder / "history.json") if (folder / "history.json").exists() else [],
    )


def _check_card(raw: Any, folder: Path) -> None:
    if not isinstance(raw, dict) or raw.get("format") != _FORMAT:
        raise ArtifactError(f"{folder / _CARD} is not the card of a seqloom model.")
    if raw.get("version") != FORMAT_VERSION:
        raise ArtifactError(
            f"{folder / _CARD} has format version {raw.get('version')!r}, this seqloom reads {FORMAT_VERSION}. "
            "Use the version of seqloom that wrote it, or train again."
        )
    files = raw.get("files")
    if not isinstance(files, dict) or not {_WORDS, _WEIGHTS} <= set(files) <= {_WORDS, _WEIGHTS, _FORWARD}:
        names = ", ".join(map(str, files)) if isinstance(files, dict) else repr(files)
        raise ArtifactError(
            f"{folder / _CARD} names the files {names}; {_WORDS}, {_WEIGHTS} and {_FORWARD} are what a card may name. "
            "The folder was changed; get it from its source again."
        )


def _read_file(folder: Path, name: str, *, promised: Mapping[str, Any]) -> bytes:
    path = folder / name
    if path.is_symlink() or not path.is_file():
        raise ArtifactError(f"{path} is missing or is a link. Get the folder from its source again.")
    data = path.read_bytes()
    expected = promised.get(name)
    if not isinstance(expected, dict) or len(data) != expected.get("bytes"):
        size = expected.get("bytes") if isinstance(expected, dict) else None
        raise ArtifactError(
            f"{path} has {len(data):,} bytes, the card promises {size}. The copy is not whole; make it again."
        )
    if hashlib.sha256(data).hexdigest() != expected.get("sha256"):
        raise ArtifactError(f"{path} is not the file the card was written for. Get the folder from its source again.")
    return data


def _read_arrays(data: bytes, promised: Any, *, folder: Path) -> Arrays:
    try:
        arrays = load_arrays(data)
    except SafetensorError as problem:
        raise ArtifactError(f"{folder / _WEIGHTS} cannot be read ({problem}).") from problem
    found = {name: [str(array.dtype), list(array.shape)] for name, array in arrays.items()}
    if found != promised:
        wrong = sorted(set(found) ^ set(promised)) or [name for name in found if found[name] != promised[name]]
        raise ArtifactError(
            f"{folder / _WEIGHTS}: {wrong[0]} is {found.get(wrong[0])}, the card promises {promised.get(wrong[0])}. "
            "The folder was changed; get it from its source again."
        )
    return arrays


def _make_card(raw: Mapping[str, Any], folder: Path) -> Card:
    names = ("task", "family", "params", "classes", "encoding", "model", "data")
    try:
        return Card(scores=tuple(Score(**score) for score in raw["scores"]), **{name: raw[name] for name in names})
    except (KeyError, TypeError) as problem:
        raise ArtifactError(
            f"{folder / _CARD} is not whole: {problem!r}. Get the folder from its source again."
        ) from problem
