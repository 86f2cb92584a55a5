"""Sequences of ids as a matrix with a column for each id."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence

import numpy as np

from seqloom.errors import DataError, UsageError

__all__ = ["count_matrix"]

_MODES = ("binary", "count", "freq", "tfidf")


def count_matrix(
    sequences: Sequence[Sequence[int]],
    width: int,
    *,
    mode: str,
    document_count: int,
    index_docs: Mapping[int, int],
) -> np.ndarray:
    """What ``Tokenizer.sequences_to_matrix`` gives.

    Parameters
    ----------
    sequences : sequence of sequences of int
        Ids.
    width : int
        Columns; ids from there on are left out.
    mode : {"binary", "count", "freq", "tfidf"}
        What a number says.
    document_count : int
        Texts counted, for ``tfidf``.
    index_docs : mapping
        Texts with each id, for ``tfidf``.

    Returns
    -------
    ndarray, ``[N, width] float64``
        A row each.
    """
    if mode not in _MODES:
        raise UsageError(f"mode {mode!r} found, one of {', '.join(_MODES)} expected.")
    ids, lengths = _flatten(sequences)
    rows = np.repeat(np.arange(len(lengths)), lengths)
    is_inside = ids < width
    rows, ids = rows[is_inside], ids[is_inside]
    result = np.zeros((len(lengths), width))  # [N, V]
    if mode == "binary":
        result[rows, ids] = 1
        return result
    np.add.at(result, (rows, ids), 1)
    if mode == "freq":
        result /= np.maximum(lengths, 1)[:, None]
    elif mode == "tfidf":
        documents = np.array([index_docs.get(i, 0) for i in range(width)])
        rarity = np.log(1 + document_count / (1 + documents))
        result[rows, ids] = (1 + np.log(result[rows, ids])) * rarity[ids]
    return result


def _flatten(sequences: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray]:
    """All ids, one sequence after another, and how many each has."""
    ids = array("q")
    lengths = np.zeros(len(sequences), np.int64)
    for row, sequence in enumerate(sequences):
        before = len(ids)
        try:
            ids.extend(sequence)
        except (TypeError, OverflowError) as problem:
            raise DataError(f"row {row:,}: {sequence!r:.60} found, a sequence of ids expected ({problem}).") from None
        lengths[row] = len(ids) - before
    flat = np.array(ids, np.int64)
    if len(flat) and flat.min() < 0:
        place = int(np.argmax(flat < 0))
        row = int(np.searchsorted(np.cumsum(lengths), place, side="right"))
        raise DataError(f"row {row:,}: id {flat[place]} found, 0 or more expected.")
    return flat, lengths
