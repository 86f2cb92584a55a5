"""Rows that must not be torn apart: those of one document, one person, one film. Nothing here knows what a row is."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

import numpy as np

__all__ = ["join_groups", "number_groups"]


def number_groups(names: Iterable[Hashable]) -> np.ndarray:
    """A number for each row, equal where the names are; a row without a name (None, NaN) stands alone.

    Parameters
    ----------
    names : iterable of hashable
        ``[N]``: a paper's number, a person's name.

    Returns
    -------
    ndarray
        ``[N] int64``, by first appearance.

    Examples
    --------
    >>> number_groups(["a", None, "b", "a", None]).tolist()
    [0, 1, 2, 0, 3]
    """
    numbers: dict[Hashable, int] = {}
    # of a row without a name, an object that equals nothing but itself; NaN is what does not even do that
    named = (object() if name is None or name != name else name for name in names)
    return np.array([numbers.setdefault(name, len(numbers)) for name in named], dtype=np.int64)


def join_groups(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """A number for each row, equal where a chain of rows, each sharing a number with the next, leads to the other.

    So two papers that share a paragraph, word for word, are one group.

    Parameters
    ----------
    first, second : ndarray, ``[N]``
        Two ways of numbering the same rows.

    Returns
    -------
    ndarray
        ``[N] int64``: the place of the first row of its group.

    Examples
    --------
    >>> join_groups(np.array([5, 5, 6, 7]), np.array([1, 2, 2, 3])).tolist()
    [0, 0, 0, 3]
    """
    ways = [np.unique(way, return_inverse=True)[1].reshape(-1) for way in (first, second)]
    lowest = np.arange(len(first))  # the lowest row that a row is known to hang together with
    while True:
        before = lowest
        for way in ways:
            least = np.full(len(lowest), len(lowest))
            np.minimum.at(least, way, lowest)
            lowest = least[way]
        if np.array_equal(lowest, before):
            return lowest.astype(np.int64)
