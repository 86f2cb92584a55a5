"""A model folder written: whole, or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import numpy as np
from safetensors.numpy import save as save_arrays

from seqloom.artifact.folder import (
    CARD,
    FORMAT,
    FORMAT_VERSION,
    FORWARD,
    HISTORY,
    MEMBERS,
    MOST_CARD_BYTES,
    WEIGHTS,
    WORDS,
    Artifact,
)
from seqloom.errors import ArtifactError
from seqloom.flow import Arrays
from seqloom.json_files import read_json, write_json
from seqloom.whole import writing_whole

__all__ = ["check_free", "fill_folder", "make_folder", "write_arrays", "write_artifact"]


def check_free(folder: Path, *, overwrite: bool = False, form: str = FORMAT) -> None:
    """Nothing, if ``folder`` may be written.

    Parameters
    ----------
    folder : Path
        Where.
    overwrite : bool
        Whether a folder of that form that stands there is replaced.
    form : str
        What the cards of such folders say under ``format``.

    Raises
    ------
    ArtifactError
        Where it exists and ``overwrite`` is off, or it exists and has no card of that form (never replaced).
    """
    if not folder.exists():
        return
    is_ours = folder.is_dir() and (not any(folder.iterdir()) or _has_card(folder, form))
    if not is_ours:
        what = f"{form.removeprefix('seqloom-')} folder"
        raise ArtifactError(f"{folder} exists and is not a {what}, so it is left alone. Give another name.")
    if not overwrite:
        raise ArtifactError(f"{folder} exists already. Give another name, or pass --overwrite (overwrite=True).")


def _has_card(folder: Path, form: str) -> bool:
    """Whether a folder holds a card of ours of that form, of any version: another's ``card.json`` is not ours."""
    try:
        card = read_json(folder / CARD, most_bytes=MOST_CARD_BYTES)
    except ArtifactError:
        return False
    return isinstance(card, dict) and card.get("format") == form


@contextmanager
def make_folder(folder: Path, *, overwrite: bool = False, form: str = FORMAT) -> Iterator[Path]:
    """A folder to be filled under another name; behind the ``with`` block it stands there whole, or not at all.

    Parameters
    ----------
    folder : Path
        Its name in the end.
    overwrite : bool
        Whether a folder of that form that stands there is replaced.
    form : str
        What the cards of such folders say under ``format``.

    Yields
    ------
    Path
        The empty folder to write into.

    Raises
    ------
    ArtifactError
        Where the name is taken, or nothing can be written there.
    """
    folder = folder.resolve()  # a link to a folder stays a link
    check_free(folder, overwrite=overwrite, form=form)
    partial, former = (folder.with_name(folder.name + suffix) for suffix in (".writing", ".former"))
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        yield partial
        if folder.exists():
            shutil.rmtree(former, ignore_errors=True)
            os.replace(folder, former)
        os.replace(partial, folder)
    except OSError as problem:
        raise ArtifactError(f"{folder} cannot be written ({problem}). Give another place.") from problem
    finally:
        if former.exists() and not folder.exists():
            os.replace(former, folder)
        for left in (partial, former):
            shutil.rmtree(left, ignore_errors=True)


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
        Where the folder is taken, or cannot be written.
    """
    with make_folder(folder, overwrite=overwrite) as partial:
        return fill_folder(partial, artifact)


def fill_folder(folder: Path, artifact: Artifact) -> int:
    """Write the files of an artifact into a folder that exists, and give their size in bytes."""
    arrays = {f"encoder.{name}": array for name, array in artifact.encoder.items()}
    arrays |= {f"model.{name}": array for name, array in artifact.model.items()}
    files = {
        WORDS: (json.dumps(artifact.words, ensure_ascii=False, separators=(",", ":")) + "\n").encode(),
        WEIGHTS: save_arrays({name: np.asarray(array, order="C") for name, array in sorted(arrays.items())}),
    }
    if artifact.forward is not None:
        files[FORWARD] = artifact.forward
    for name, data in files.items():
        (folder / name).write_bytes(data)
    size = sum(len(data) for data in files.values())
    for name, member in artifact.members.items():
        inner = folder / MEMBERS / name
        inner.mkdir(parents=True, exist_ok=True)
        size += fill_folder(inner, member)
        files[f"{MEMBERS}/{name}/{CARD}"] = (inner / CARD).read_bytes()
    card = {"format": FORMAT, "version": FORMAT_VERSION, **asdict(artifact.card)}
    card["arrays"] = {name: [str(array.dtype), list(array.shape)] for name, array in sorted(arrays.items())}
    card["files"] = {
        name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in files.items()
    }
    write_json(folder / HISTORY, artifact.history)
    return write_json(folder / CARD, card) + size


def write_arrays(path: Path, arrays: Arrays) -> None:
    """Write ``arrays`` to ``path`` as safetensors, whole or not at all."""
    with writing_whole(path) as partial:
        partial.write_bytes(save_arrays({name: np.asarray(array, order="C") for name, array in sorted(arrays.items())}))
