"""Sequences of any lengths brought into one array."""

from __future__ import annotations

import operator
from array import array
from typing import Any

import numpy as np

from seqloom.errors import DataError, UsageError

__all__ = ["pad_sequences"]

# Integers of NumPy that Python's ``array`` knows by the same letter.
_INTEGERS = "bhilqBHILQ"


def pad_sequences(
    sequences: Any,
    maxlen: int | None = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0.0,
) -> np.ndarray:
    """Sequences as one array: shorter ones filled up, longer ones cut.

    Both happen **at the beginning** unless told otherwise, so the last ids of a long text stay.

    Parameters
    ----------
    sequences : sequence of sequences
        Lists of ids; or of numbers, strings (with ``dtype=object``), vectors, matrices, all of one shape.
    maxlen : int, optional
        T, the length of a row; that of the longest if not given.
    dtype : dtype
        Of the result. Numbers are cast as NumPy casts them: 1.7 becomes 1 by default.
    padding : {"pre", "post"}
        The end at which a short sequence is filled.
    truncating : {"pre", "post"}
        The end at which a long sequence is cut.
    value : scalar
        What it is filled with.

    Returns
    -------
    ndarray, ``[N, T, ...] dtype``
        The rows.

    Raises
    ------
    UsageError
        For options that cannot be meant.
    DataError
        For something that is no sequence, or whose elements do not fit; the message names the row, from 0.

    Examples
    --------
    >>> pad_sequences([[1, 2, 3], [4]], maxlen=2)
    array([[2, 3],
           [0, 4]], dtype=int32)
    """
    _check_sides(padding=padding, truncating=truncating)
    lengths = _measure(sequences)
    width = _choose_width(maxlen, lengths)
    part = slice(-width, None) if truncating == "pre" and width else slice(width)
    rows = [row[part] if length > width else row for row, length in zip(sequences, lengths, strict=True)]
    kept = np.minimum(lengths, width)
    ids = _join_ids(rows, np.dtype(dtype)) if width else None  # rows without columns do not say what they held
    if ids is None:
        result = _fill_array((len(rows), width, *_element_shape(sequences, lengths)), value, dtype)  # [N, T, ...]
        return _fill_rows(result, rows, kept=kept, padding=padding)
    result = _fill_array((len(rows), width), value, dtype)  # [N, T]
    place = np.arange(width)
    is_real = place < kept[:, None] if padding == "post" else place >= width - kept[:, None]  # [N, T]
    result[is_real] = ids
    return result


def _check_sides(**sides: str) -> None:
    for name, side in sides.items():
        if side not in ("pre", "post"):
            raise UsageError(f"{name} {side!r} found, 'pre' or 'post' expected.")


def _fill_array(shape: tuple[int, ...], value: Any, dtype: Any) -> np.ndarray:
    try:
        if isinstance(value, str) and np.dtype(dtype).kind not in "OUS":
            raise TypeError("for strings pass dtype=object")
        return np.full(shape, value, dtype)
    except (TypeError, ValueError, OverflowError) as problem:
        raise UsageError(f"value {value!r:.40} does not fit into dtype {dtype} ({problem}).") from None


def _measure(sequences: Any) -> np.ndarray:
    """The length of each sequence, ``[N] int64``."""
    if not hasattr(sequences, "__len__"):
        raise DataError(
            f"{type(sequences).__name__} found where a list of sequences is expected. Pass list(...) of it."
        )
    lengths = np.empty(len(sequences), np.int64)
    for row, sequence in enumerate(sequences):
        try:
            lengths[row] = len(sequence)
        except TypeError:
            kind = type(sequence).__name__
            raise DataError(f"row {row:,}: {sequence!r:.60} ({kind}) found where a sequence is expected.") from None
    return lengths


def _choose_width(maxlen: int | None, lengths: np.ndarray) -> int:
    if maxlen is None:
        if not len(lengths):
            raise DataError("no sequences found, so no longest one: pass maxlen to say how long rows are.")
        return int(lengths.max())
    try:
        width = operator.index(maxlen)
    except TypeError:
        raise UsageError(f"maxlen {maxlen!r} found, a whole number or None expected.") from None
    if width < 0:
        raise UsageError(f"maxlen {maxlen} found, 0 or more expected.")
    return width


def _join_ids(rows: list, dtype: np.dtype) -> array | None:
    """All ids of all rows, one after another; None where they are anything but lists of whole numbers that fit.

    ``array`` takes nothing but ints, so it is the check as well, and spares NumPy's start for each row: rows of ten ids
    take a third of the time. What it refuses may still be fine (floats, say) and goes row by row, where an error can
    name its row.
    """
    if dtype.char not in _INTEGERS or any(type(row) is not list for row in rows):
        return None
    ids = array(dtype.char)
    try:
        for row in rows:
            ids.fromlist(row)
    except (TypeError, OverflowError):
        return None
    return ids


def _element_shape(sequences: Any, lengths: np.ndarray) -> tuple[int, ...]:
    """The shape of what the first sequence that is not empty holds."""
    for row in np.flatnonzero(lengths)[:1]:
        return _as_array(sequences[row], row).shape[1:]
    return ()


def _fill_rows(result: np.ndarray, rows: list, *, kept: np.ndarray, padding: str) -> np.ndarray:
    for row in np.flatnonzero(kept):
        elements = _as_array(rows[row], row, dtype=result.dtype)
        expected = (int(kept[row]), *result.shape[2:])
        if elements.shape != expected:
            raise DataError(
                f"row {row:,}: an array of shape {elements.shape} found, {expected} expected: elements are to have the "
                "shape of those in the first sequence that is not empty."
            )
        part = slice(kept[row]) if padding == "post" else slice(-kept[row], None)
        result[row, part] = elements
    return result


def _as_array(elements: Any, row: Any, *, dtype: Any = None) -> np.ndarray:
    try:
        return np.asarray(elements, dtype)
    except (TypeError, ValueError, OverflowError) as problem:
        wanted = "elements of one shape" if dtype is None else dtype
        raise DataError(f"row {row:,}: {elements!r:.60} found, {wanted} expected ({problem}).") from problem
