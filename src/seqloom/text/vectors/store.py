"""The folder of word vectors: JSON and one array, opened without reading the array.

::

    glove/
      card.json      format, version, words, width, size and digest of words.json, where the vectors come from
      words.json     the words, in the order of the rows
      vectors.npy    [V, D] float32, little-endian: NumPy maps it into memory, and reads what is asked for
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from seqloom.artifact import make_folder
from seqloom.errors import ArtifactError
from seqloom.json_files import check_fields, read_json, write_json

__all__ = ["FORM", "read_store", "write_store"]

FORM = "seqloom-vectors"
_VERSION = 1
_CARD, _WORDS, _VECTORS = "card.json", "words.json", "vectors.npy"
_REMEDY = "Get the folder from its source, or convert the file, again."
_DTYPE = np.dtype("<f4")

# A card is some hundred bytes; one of more than this is not read.
_MOST_CARD_BYTES = 2**20

Blocks = Iterable[tuple[list[str], np.ndarray]]


def write_store(
    folder: Path, blocks: Blocks, *, origin: Mapping[str, Any] | None = None, overwrite: bool = False
) -> tuple[int, int]:
    """Write words and vectors, block by block, so that they need not fit into memory.

    Parameters
    ----------
    folder : Path
        Where; it stands there whole or not at all.
    blocks : iterable of (list of str, ndarray)
        Words, none twice, and their vectors ``[n, D] float32``; at least one word.
    origin : mapping or None
        What the card says of where they come from: JSON, without clocks and paths.
    overwrite : bool
        Whether a folder of vectors that stands there is replaced.

    Returns
    -------
    n_words, width : int
        V and D.

    Raises
    ------
    ArtifactError
        Where the folder is taken, or cannot be written.
    """
    words: list[str] = []
    width = 0
    with make_folder(folder, overwrite=overwrite, form=FORM) as partial:
        with (partial / _VECTORS).open("wb") as file:
            for some, matrix in blocks:
                if not width:
                    width = matrix.shape[1]
                    _write_header(file, (len(words), width))
                words += some
                file.write(np.ascontiguousarray(matrix, dtype=_DTYPE).data)
            file.seek(0)
            _write_header(file, (len(words), width))
        data = (json.dumps(words, ensure_ascii=False, separators=(",", ":")) + "\n").encode("utf-8", "surrogatepass")
        (partial / _WORDS).write_bytes(data)
        card = {"format": FORM, "version": _VERSION, "n_words": len(words), "width": width}
        card["words"] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        card["origin"] = dict(origin or {})
        write_json(partial / _CARD, card)
    return len(words), width


def _write_header(file: Any, shape: tuple[int, int]) -> None:
    """NumPy's header; it keeps room for the number of rows to grow, so that it can be written over."""
    header = {"descr": _DTYPE.str, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)


def read_store(folder: Path) -> tuple[list[str], np.ndarray, dict[str, Any]]:
    """Words, vectors mapped into memory, and the card, once they agree with each other.

    Parameters
    ----------
    folder : Path
        As ``write_store`` left it.

    Returns
    -------
    words : list of str
        ``[V]``.
    matrix : ndarray
        ``[V, D] float32``, read-only, on disk until it is asked for.
    card : dict
        The card.

    Raises
    ------
    ArtifactError
        Where anything is missing, damaged, of another version, or disagrees with the card.
    """
    if not folder.is_dir():
        found, remedy = (
            ("is a file", "Convert it: seqloom vectors convert FILE FOLDER") if folder.exists() else
            ("does not exist", "Train vectors, or convert a file of them: seqloom vectors --help")
        )  # fmt: skip
        raise ArtifactError(f"{folder} {found}, a folder of word vectors expected. {remedy}")
    card = read_json(folder / _CARD, most_bytes=_MOST_CARD_BYTES)
    where = str(folder / _CARD)
    if not isinstance(card, dict) or card.get("format") != FORM:
        raise ArtifactError(f"{where} is not the card of word vectors. Was {folder} written by: seqloom vectors ...?")
    kinds: dict[str, tuple[type, ...]] = {"version": (int,), "n_words": (int,), "width": (int,)}
    check_fields(card, {**kinds, "words": (dict,), "origin": (dict,)}, where=where)
    if card["version"] != _VERSION:
        raise ArtifactError(
            f"{where}: version {card['version']} found, {_VERSION} expected. Convert the file again with this seqloom."
        )
    check_fields(card["words"], {"bytes": (int,), "sha256": (str,)}, where=f"{where}, words")
    return _read_words(folder / _WORDS, card), _map_vectors(folder / _VECTORS, card), card


def _read_words(path: Path, card: Mapping[str, Any]) -> list[str]:
    if path.is_symlink() or not path.is_file() or path.stat().st_size != card["words"]["bytes"]:
        raise ArtifactError(f"{path} is missing, a link, or not as long as the card says. {_REMEDY}")
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != card["words"]["sha256"]:
        raise ArtifactError(f"{path} is not the file the card was written for. {_REMEDY}")
    try:
        words = json.loads(data)
    except (ValueError, RecursionError) as problem:
        raise ArtifactError(f"{path} is not JSON ({problem}). {_REMEDY}") from problem
    if not isinstance(words, list) or len(words) != card["n_words"] or not all(type(word) is str for word in words):
        raise ArtifactError(f"{path} is not a list of {card['n_words']:,} words. {_REMEDY}")
    return words


def _map_vectors(path: Path, card: Mapping[str, Any]) -> np.ndarray:
    """The array, mapped: what its header says is held against the card, and its size against both."""
    if path.is_symlink() or not path.is_file():
        raise ArtifactError(f"{path} is missing or is a link. {_REMEDY}")
    try:
        matrix = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as problem:  # too short for its header, or no array
        raise ArtifactError(f"{path} cannot be mapped ({problem}). {_REMEDY}") from problem
    expected = (card["n_words"], card["width"])
    if not isinstance(matrix, np.memmap) or matrix.dtype != _DTYPE or matrix.shape != expected:
        raise ArtifactError(f"{path} is not float32 of shape {expected}, as the card says. {_REMEDY}")
    if not matrix.flags.c_contiguous or path.stat().st_size != matrix.offset + matrix.nbytes:
        raise ArtifactError(f"{path} is not laid out row by row, or is longer than its header says. {_REMEDY}")
    return matrix
