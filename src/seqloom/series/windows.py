"""Which windows of a series may be used: from where a forecast can start, and which of them a part of time may see.

An *origin* is the last row that a forecast knows. Its context is the ``context`` rows that end with it, its targets are
some of the ``horizon`` rows behind it. Windows are told by their origins and never copied out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from seqloom.flow import Series

__all__ = ["Span", "cut_times", "extend", "fill_gaps", "find_last_origins", "find_origins"]


@dataclass(frozen=True, kw_only=True)
class Span:
    """What a forecast looks at, in rows: ``context`` of them, and which of the ``horizon`` behind are its targets.

    Parameters
    ----------
    context, horizon : int
        At least 1 each.
    first_step : int
        The first target is so many rows behind the origin: 1 for the whole path, ``horizon`` for its end alone.
    """

    context: int
    horizon: int
    first_step: int = 1

    @property
    def n_steps(self) -> int:
        """Target rows of a forecast, O."""
        return self.horizon - self.first_step + 1


def cut_times(series: Series, shares: tuple[float, ...]) -> np.ndarray:
    """The moments that cut the rows of all series into parts of time, ``[parts + 1] int64`` microseconds.

    Parameters
    ----------
    series : Series
        One or several; all are cut at the same moments.
    shares : tuple of float
        Of the parts, in their order; together 1.

    Returns
    -------
    ndarray
        Part ``i`` holds the rows from its ``i``-th moment on and before the next.
    """
    times = np.sort(series.times())
    places = np.rint(np.cumsum(shares) * len(times)).astype(np.int64)[:-1]
    return np.array([times[0], *times[places], times[-1] + series.step])


def fill_gaps(values: np.ndarray, offsets: np.ndarray, *, most: int) -> np.ndarray:
    """``values`` ``[T, C]`` with the last one known in place of missing ones, for ``most`` rows behind it at most.

    Backwards in time alone: a value between two neighbours would tell the past of the future. No series, of those that
    begin at ``offsets``, fills another.
    """
    row = np.arange(len(values))[:, None]
    begin = np.repeat(offsets[:-1], np.diff(offsets))[:, None]
    last = np.maximum.accumulate(np.where(np.isfinite(values), row, -1), axis=0)
    is_near = (last >= begin) & (row - last <= most)
    filled: np.ndarray = np.where(is_near, np.take_along_axis(values, np.maximum(last, 0), axis=0), np.nan)
    return filled


def find_origins(
    series: Series, span: Span, *, n_targets: int, most_gap: int, since: int | None = None, before: int | None = None
) -> np.ndarray:
    """All rows that a forecast can start from, ``[N] int64``, in the order of rows.

    Every target row is there and measured, and lies in the part of time that was asked for; the context may reach back
    beyond it, never out of its own series, and has no gap in the targets' channels that is longer than ``most_gap``.

    Parameters
    ----------
    series : Series
        Its first ``n_targets`` channels are the targets.
    span : Span
        What a forecast looks at.
    n_targets : int
        G.
    most_gap : int
        Rows in a row that may be missing.
    since, before : int or None
        The part of time: microseconds, from the one on and before the other.
    """
    targets = series.values[:, :n_targets]
    is_measured = np.isfinite(targets).all(axis=1)
    times = series.times()
    in_part = np.ones(len(series), bool) if since is None else times >= since
    if before is not None:
        in_part &= times < before
    is_known = np.isfinite(fill_gaps(targets, series.offsets, most=most_gap)).all(axis=1)
    n_known, n_good = _count(is_known), _count(is_measured & in_part)
    origins = []
    for begin, end in zip(series.offsets[:-1], series.offsets[1:], strict=True):
        origin = np.arange(begin + span.context - 1, end - span.horizon)
        context = n_known[origin + 1] - n_known[origin + 1 - span.context]
        ahead = n_good[origin + 1 + span.horizon] - n_good[origin + span.first_step]
        origins.append(origin[(context == span.context) & (ahead == span.n_steps)])
    return np.concatenate(origins).astype(np.int64)


def find_last_origins(series: Series, *, n_targets: int) -> np.ndarray:
    """The last row of each series in which all ``n_targets`` were measured, ``[n] int64``; -1 where there is none."""
    is_measured = np.isfinite(series.values[:, :n_targets]).all(axis=1)
    rows = np.flatnonzero(is_measured)
    ends = np.searchsorted(rows, series.offsets[1:]) - 1  # of each series, or of one before it
    last = np.where(ends >= 0, rows[np.maximum(ends, 0)], -1) if len(rows) else np.full(len(series.ids), -1)
    return np.where(last >= series.offsets[:-1], last, -1).astype(np.int64)


def extend(series: Series, n_rows: int) -> Series:
    """The same with ``n_rows`` more behind each series, in which nothing is known yet."""
    ends = np.repeat(series.offsets[1:], n_rows)
    values = np.insert(series.values, ends, np.nan, axis=0)
    more = n_rows * np.arange(len(series.offsets))
    return replace(series, values=values, offsets=series.offsets + more)


def _count(is_so: np.ndarray) -> np.ndarray:
    """How many rows before each are so, ``[T + 1]``."""
    return np.concatenate([[0], np.cumsum(is_so)])
