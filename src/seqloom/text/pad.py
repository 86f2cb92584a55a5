"""Rows of ids brought to a length."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from seqloom.flow import Ragged

__all__ = ["Cut", "cut_ids", "measure_cut", "pad_ids"]


class Cut(NamedTuple):
    """What a limit of length leaves out: of how many texts something, and what ``share`` of all their ``unit``."""

    n_texts: int
    share: float
    unit: str


def measure_cut(lengths: np.ndarray, length: int, *, unit: str) -> Cut:
    """What rows of these ``lengths`` ``[N]``, counted in ``unit``, lose where ``length`` of each are read."""
    n_more = (lengths - length).clip(min=0)
    return Cut(int((n_more > 0).sum()), float(n_more.sum() / max(lengths.sum(), 1)), unit)


def cut_ids(ids: Ragged, length: int, *, keep: str = "first", rows: np.ndarray | None = None) -> Ragged:
    """Rows of at most ``length`` ids.

    Parameters
    ----------
    ids : Ragged
        Rows of any length.
    length : int
        Ids kept of a row.
    keep : {"first", "last"}
        Which end of a longer row stays.
    rows : ndarray or None
        The rows to take, in this order; None takes all. What is cut off is never copied.

    Returns
    -------
    Ragged
        The rows, cut.

    Examples
    --------
    >>> rows = Ragged(values=np.array([1, 2, 3, 4]), offsets=np.array([0, 3, 4]))
    >>> cut_ids(rows, 2, keep="last").values.tolist()
    [2, 3, 4]
    """
    if rows is None and not (ids.lengths > length).any():
        return ids
    begin, end = (ids.offsets[:-1], ids.offsets[1:]) if rows is None else (ids.offsets[rows], ids.offsets[rows + 1])
    lengths = np.minimum(end - begin, length)
    return ids.gather(begin if keep == "first" else end - lengths, lengths)


def pad_ids(ids: Ragged, length: int, *, keep: str = "first", pad: str = "before") -> np.ndarray:
    """Rows of exactly ``length`` ids, shorter ones filled with 0.

    Parameters
    ----------
    ids : Ragged
        Rows of any length.
    length : int
        T, ids of a row.
    keep : {"first", "last"}
        Which end of a longer row stays.
    pad : {"before", "after"}
        Where the zeros go; before, as in Keras's ``pad_sequences``, so that a net of fixed length sees the end of
        every text at the same place.

    Returns
    -------
    ndarray, ``[N, T] int32``
        One copy, no loop over rows.

    Examples
    --------
    >>> rows = Ragged(values=np.array([1, 2, 3, 4]), offsets=np.array([0, 3, 4]))
    >>> pad_ids(rows, 2, keep="last").tolist()
    [[2, 3], [0, 4]]
    """
    cut = cut_ids(ids, length, keep=keep)
    gap = length - cut.lengths
    is_real = _mark_second(gap, cut.lengths) if pad == "before" else ~_mark_second(cut.lengths, gap)
    padded = np.zeros(len(cut) * length, dtype=np.int32)
    padded[is_real] = cut.values
    return padded.reshape(len(cut), length)  # [N, T]


def _mark_second(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Runs of false and true in turn, of these lengths: a mask costs a third of the places it stands for."""
    lengths = np.stack([first, second], axis=1).ravel()
    return np.repeat(np.tile([False, True], len(first)), lengths)
