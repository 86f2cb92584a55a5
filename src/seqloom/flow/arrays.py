"""Rows as they cross a border: of unequal length end to end, cut from one array by their first place, on a clock."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from seqloom.flow.ticks import TIME, Ticks

__all__ = ["Ragged", "Series", "Windows"]


@dataclass(frozen=True, kw_only=True)
class Ragged:
    """Rows of unequal length, end to end: row ``i`` is ``values[offsets[i]:offsets[i + 1]]``.

    Chosen over a padded matrix because IMDB reviews average 234 tokens and reach 2,470: padded they take ten
    times the memory, and the engine gathers a batch from the flat values just as fast.

    Parameters
    ----------
    values : ndarray, ``[sum of lengths]``
        All rows, one behind the other.
    offsets : ndarray, ``[N + 1] int64``
        Where each row begins; the last is ``len(values)``.

    Examples
    --------
    >>> two = Ragged(values=np.array([5, 6, 7]), offsets=np.array([0, 2, 3]))
    >>> len(two), two.row(0).tolist(), two.lengths.tolist()
    (2, [5, 6], [2, 1])
    """

    values: np.ndarray
    offsets: np.ndarray

    def __len__(self) -> int:
        """The number of rows, N."""
        return len(self.offsets) - 1

    @property
    def lengths(self) -> np.ndarray:
        """The length of each row, ``[N] int64``."""
        return np.diff(self.offsets)

    def row(self, i: int) -> np.ndarray:
        """The values of row ``i``, a view."""
        return self.values[self.offsets[i] : self.offsets[i + 1]]

    def take(self, rows: np.ndarray) -> Ragged:
        """The given rows, in the given order, as a new ``Ragged`` (one gather, no loop over rows)."""
        return self.gather(self.offsets[rows], self.offsets[rows + 1] - self.offsets[rows])

    def gather(self, starts: np.ndarray, lengths: np.ndarray) -> Ragged:
        """Rows of the given ``lengths`` ``[N]``, read from the given places of ``values``."""
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        place = np.repeat(starts - offsets[:-1], lengths)
        place += np.arange(offsets[-1])
        return Ragged(values=self.values[place], offsets=offsets)


@dataclass(frozen=True, kw_only=True)
class Windows:
    """Rows of equal length cut from one array: row ``i`` is ``values[starts[i]:starts[i] + length]``.

    Never copied out: 200,000 windows of 240 hours and 14 channels would take 2.7 GB, their starts take 1.6 MB, and the
    engine gathers a batch from the one array on the device.

    Parameters
    ----------
    values : ndarray, ``[T, C]``
        One or several series, end to end.
    starts : ndarray, ``[N] int64``
        Where each row begins.
    length : int
        Steps of a row.

    Examples
    --------
    >>> two = Windows(values=np.arange(5.0)[:, None], starts=np.array([0, 2]), length=3)
    >>> two.shape, two.gather()[:, :, 0].tolist()
    ((2, 3, 1), [[0.0, 1.0, 2.0], [2.0, 3.0, 4.0]])
    """

    values: np.ndarray
    starts: np.ndarray
    length: int

    def __len__(self) -> int:
        """The number of rows, N."""
        return len(self.starts)

    @property
    def shape(self) -> tuple[int, int, int]:
        """What the rows would have if they were copied out, ``(N, length, C)``."""
        return len(self.starts), self.length, self.values.shape[1]

    def take(self, rows: np.ndarray) -> Windows:
        """The given rows, in the given order, of the same array."""
        return Windows(values=self.values, starts=self.starts[rows], length=self.length)

    def gather(self) -> np.ndarray:
        """All rows copied out, ``[N, length, C]``; for a few of them at a time (``take``)."""
        return self.values[self.starts[:, None] + np.arange(self.length)]


@dataclass(frozen=True, kw_only=True)
class Series:
    """Measurements on a regular clock, of one or several series end to end; NaN where nothing was measured.

    Parameters
    ----------
    values : ndarray, ``[T, C] float64``
        Series ``i`` is ``values[offsets[i]:offsets[i + 1]]``.
    names : tuple of str
        Of the C channels.
    offsets : ndarray, ``[n + 1] int64``
        Where each series begins; the last is T.
    ids : tuple of str
        Of the n series; one that has no name is called ``""``.
    begins : ndarray, ``[n] int64``
        The even time of the first row of each, in microseconds since 1970 of the clock on the wall (UTC, where a zone
        is told).
    step : int
        Microseconds from row to row, of even times.
    ticks : Ticks
        How moments become even times; by default they are.
    """

    values: np.ndarray
    names: tuple[str, ...]
    offsets: np.ndarray
    ids: tuple[str, ...]
    begins: np.ndarray
    step: int
    ticks: Ticks = TIME

    def __len__(self) -> int:
        """The number of rows of all series together, T."""
        return len(self.values)

    def times(self) -> np.ndarray:
        """The even time of each row, ``[T] int64``: microseconds since 1970, where months have one length."""
        lengths = np.diff(self.offsets)
        place = np.arange(len(self)) - np.repeat(self.offsets[:-1], lengths)
        return np.repeat(self.begins, lengths) + place * self.step

    def moments(self) -> np.ndarray:
        """When each row was, ``[T] int64`` microseconds since 1970."""
        return self.ticks.moments(self.times())

    def pick(self, names: tuple[str, ...]) -> Series:
        """The same with these channels alone, in this order; KeyError for one that is not there."""
        places = {name: place for place, name in enumerate(self.names)}
        return replace(self, values=self.values[:, [places[name] for name in names]], names=names)
