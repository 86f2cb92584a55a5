"""Vector files as folders: converted when asked, or kept converted so that the second reading takes a blink."""

from __future__ import annotations

import hashlib
import os
import shutil
from contextlib import closing, suppress
from pathlib import Path

import numpy as np

from seqloom.cache import cache_folder
from seqloom.errors import ArtifactError, UsageError
from seqloom.json_files import read_json, write_json
from seqloom.text.vectors.read import VectorFile
from seqloom.text.vectors.store import read_store, write_store

__all__ = ["convert_file", "open_file", "read_cached"]

_SOURCE = "source.json"
_MOST_SOURCE_BYTES = 2**20


def open_file(path: Path, *, on_bad_row: str) -> VectorFile:
    """The vector file ``path``, not read yet; ``on_bad_row`` is error or skip."""
    if on_bad_row not in ("error", "skip"):
        raise UsageError(f"on_bad_row {on_bad_row!r} found, error or skip expected.")
    return VectorFile(path, skip_bad=on_bad_row == "skip")


def convert_file(path: Path, folder: Path, *, on_bad_row: str = "error", overwrite: bool = False) -> list[str]:
    """Write the vectors of a file as a folder, block by block.

    Parameters
    ----------
    path : Path
        In the format of GloVe, word2vec or fastText.
    folder : Path
        Where they go.
    on_bad_row : {"error", "skip"}
        What to do with a row that cannot be used.
    overwrite : bool
        Whether a folder of vectors that stands there is replaced.

    Returns
    -------
    list of str
        What a person should know of the reading.
    """
    reader = open_file(path, on_bad_row=on_bad_row)
    with closing(iter(reader)) as blocks:
        write_store(folder, blocks, origin={"file": path.name}, overwrite=overwrite)
    return reader.notes


def read_cached(path: Path, *, on_bad_row: str) -> tuple[list[str], np.ndarray, list[str]]:
    """The vectors of a file, from the cache; converted first where they are not there, stale or damaged.

    Several processes may do so at once: each converts under a name of its own, and the last to finish stays.

    Parameters
    ----------
    path : Path
        The file. One whose size or time of change is another than when it was converted is converted again.
    on_bad_row : {"error", "skip"}
        What to do with a row that cannot be used; each answer has a folder of its own.

    Returns
    -------
    words : list of str
        ``[V]``.
    matrix : ndarray
        ``[V, D] float32``, mapped into memory.
    notes : list of str
        What a person should know of the reading, whenever that was.
    """
    key = hashlib.sha256(f"{path.resolve()}\n{on_bad_row}".encode("utf-8", "surrogateescape")).hexdigest()[:16]
    folder = cache_folder() / "vectors" / f"{path.name[:40]}-{key}"
    found = path.stat()  # before it is read: a file that changes meanwhile is stale the next time
    source = {"bytes": found.st_size, "mtime_ns": found.st_mtime_ns}
    notes = _find_notes(folder / _SOURCE, source)
    if notes is not None:
        with suppress(ArtifactError):  # damaged: it is made again
            words, matrix, _ = read_store(folder)
            return words, matrix, notes
    fresh = folder.with_name(f"{folder.name}.{os.getpid()}")
    try:
        notes = convert_file(path, fresh, on_bad_row=on_bad_row, overwrite=True)
        write_json(fresh / _SOURCE, {**source, "notes": notes})
        shutil.rmtree(folder, ignore_errors=True)  # whoever has it open goes on reading it
        with suppress(OSError):  # another process has put its own there since
            os.replace(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    words, matrix, _ = read_store(folder)
    return words, matrix, notes


def _find_notes(path: Path, source: dict[str, int]) -> list[str] | None:
    """The notes of an earlier conversion of the very same file; None where there was none."""
    try:
        said = read_json(path, most_bytes=_MOST_SOURCE_BYTES)
    except ArtifactError:
        return None
    is_same = isinstance(said, dict) and all(said.get(name) == value for name, value in source.items())
    notes = said.get("notes") if is_same else None
    return [str(note) for note in notes] if isinstance(notes, list) else None
