"""A model folder read with suspicion: version, sizes, digests, types and shapes before anything is used."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays

from seqloom.artifact.card import check_card, check_history, make_card
from seqloom.artifact.folder import (
    CARD,
    FORWARD,
    HISTORY,
    MEMBERS,
    MOST_CARD_BYTES,
    WEIGHTS,
    WORDS,
    Artifact,
    name_members,
)
from seqloom.errors import ArtifactError
from seqloom.flow import Arrays
from seqloom.json_files import read_json

__all__ = ["read_arrays", "read_artifact"]


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
    if (folder / CARD).is_symlink():
        raise ArtifactError(f"{folder / CARD} is a link. Get the folder from its source again.")
    raw = read_json(folder / CARD, most_bytes=MOST_CARD_BYTES)
    check_card(raw, folder)
    files = {name: _read_file(folder, name, promised=raw["files"]) for name in (WORDS, WEIGHTS)}
    forward = _read_file(folder, FORWARD, promised=raw["files"]) if (folder / FORWARD).exists() else None
    history = folder / HISTORY
    words = _read_words(files[WORDS], folder=folder)
    arrays = _read_arrays(files[WEIGHTS], raw["arrays"], folder=folder)
    return Artifact(
        card=make_card(raw, folder),
        words=words,
        encoder={name.removeprefix("encoder."): a for name, a in arrays.items() if name.startswith("encoder.")},
        model={name.removeprefix("model."): a for name, a in arrays.items() if name.startswith("model.")},
        forward=forward,
        history=check_history(read_json(history), history) if history.exists() else [],
        members={name: _read_member(folder, name, promised=raw["files"]) for name in name_members(raw["model"])},
    )


def _read_member(folder: Path, name: str, *, promised: Mapping[str, Any]) -> Artifact:
    """A model of an ensemble, once its card is the one that the ensemble's card was written for."""
    member = folder / MEMBERS / name
    if member.is_symlink() or member.parent.is_symlink():
        raise ArtifactError(f"{member} is, or lies in, a link. Get the folder from its source again.")
    artifact = read_artifact(member)
    _read_file(folder, f"{MEMBERS}/{name}/{CARD}", promised=promised)
    if artifact.card.model.get("kind") == "ensemble":
        raise ArtifactError(f"{member} is an ensemble, a single model expected. Get the folder from its source again.")
    return artifact


def _read_file(folder: Path, name: str, *, promised: Mapping[str, Any]) -> bytes:
    path = folder / name
    if path.is_symlink() or not path.is_file():
        raise ArtifactError(f"{path} is missing or is a link. Get the folder from its source again.")
    expected = promised.get(name)
    size = expected.get("bytes") if isinstance(expected, dict) else None
    if not isinstance(expected, dict) or path.stat().st_size != size:
        raise ArtifactError(
            f"{path} has {path.stat().st_size:,} bytes, the card promises {size}. The copy is not whole; make it again."
        )
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise ArtifactError(f"{path} cannot be read ({problem.strerror}). Is it yours to read?") from problem
    if hashlib.sha256(data).hexdigest() != expected.get("sha256"):
        raise ArtifactError(f"{path} is not the file the card was written for. Get the folder from its source again.")
    return data


def _read_words(data: bytes, *, folder: Path) -> list[str]:
    try:
        words = json.loads(data)
    except (ValueError, RecursionError):
        words = None
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise ArtifactError(f"{folder / WORDS} is not a list of words. Get the folder from its source again.")
    return words


def _read_arrays(data: bytes, promised: Mapping[str, Any], *, folder: Path) -> Arrays:
    try:
        arrays = load_arrays(data)
    except (SafetensorError, KeyError, TypeError, ValueError) as problem:  # the last three: types NumPy does not have
        raise ArtifactError(f"{folder / WEIGHTS} cannot be read ({problem}).") from problem
    found = {name: [str(array.dtype), list(array.shape)] for name, array in arrays.items()}
    if found != promised:
        wrong = sorted(set(found) ^ set(promised)) or [name for name in found if found[name] != promised[name]]
        raise ArtifactError(
            f"{folder / WEIGHTS}: {wrong[0]} is {found.get(wrong[0])}, the card promises {promised.get(wrong[0])}. "
            "The folder was changed; get it from its source again."
        )
    strange = [name for name, array in arrays.items() if array.dtype.kind == "f" and not np.isfinite(array).all()]
    if strange:
        # one such number makes every answer NaN, and the first class the most probable: no model worth loading
        raise ArtifactError(f"{folder / WEIGHTS}: {strange[0]} holds NaN or infinity. Train the model again.")
    return arrays


def read_arrays(path: Path) -> Arrays:
    """The arrays of a safetensors file; raises ArtifactError where it cannot be read."""
    try:
        return dict(load_arrays(path.read_bytes()))
    except (OSError, SafetensorError) as problem:
        raise ArtifactError(f"{path} cannot be read ({problem}).") from problem
