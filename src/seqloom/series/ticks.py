"""Clocks that count months or working days: told by the moments, and what rows have to lie on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from seqloom.errors import DataError
from seqloom.flow import Ticks
from seqloom.flow.ticks import DAY, TIME
from seqloom.series.findings import Finding
from seqloom.series.grid import TimedRows

__all__ = ["count_ticks", "find_ticks"]

# Two weekends at least must be left out before rows are of working days: fewer may be a gap.
_WEEKENDS = 2

_LAST_DAY, _SHORTEST_MONTH, _OVER_WEEKEND = 31, 28, 3  # days

_WHAT = {"month": "on the same day of a month", "workday": "on a working day"}


def find_ticks(moments: np.ndarray, *, follows: np.ndarray) -> Ticks:
    """What rows are one apart of: months or working days, where all of them lie on such, else time.

    Parameters
    ----------
    moments : ndarray, ``[N] int64``
        Microseconds since 1970, sorted within each series.
    follows : ndarray, ``[N] bool``
        Whether each row is of the same series as the one before it.

    Examples
    --------
    >>> days = np.array(["2024-01-15", "2024-02-15", "2024-03-15"], "M8[us]").astype(np.int64)
    >>> find_ticks(days, follows=np.array([False, True, True]))
    Ticks(kind='month', day=15, shift=0)
    """
    shifts, distances = moments % DAY, np.diff(moments)[follows[1:]] // DAY
    if not len(distances) or (shifts != shifts[0]).any():
        return TIME
    shift = int(shifts[0])
    if distances.min() >= _SHORTEST_MONTH:
        days = moments.astype("M8[us]").astype("M8[D]")
        day = int((days - days.astype("M8[M]")).astype(np.int64).max()) + 1
        for possible in (day, _LAST_DAY):  # of months of 30 days and less alone the last may be what is meant
            ticks = Ticks(kind="month", day=possible, shift=shift)
            if _are_on(moments, ticks):
                return ticks
    ticks = Ticks(kind="workday", shift=shift)
    is_usual = 2 * np.count_nonzero(distances == 1) > len(distances)
    return (
        ticks
        if is_usual and np.count_nonzero(distances == _OVER_WEEKEND) >= _WEEKENDS and _are_on(moments, ticks)
        else TIME
    )


def _are_on(moments: np.ndarray, ticks: Ticks) -> bool:
    return bool((ticks.moments(ticks.count(moments)) == moments).all())


def count_ticks(rows: TimedRows, ticks: Ticks, *, findings: list[Finding]) -> TimedRows:
    """The same ``rows`` in even times.

    Parameters
    ----------
    rows : TimedRows
        In moments.
    ticks : Ticks
        What the even times count.
    findings : list of Finding
        That weekends are no gaps goes in here.

    Raises
    ------
    DataError
        Where a row does not lie on them.
    """
    times = ticks.count(rows.times)
    is_off = ticks.moments(times) != rows.times
    if is_off.any():
        raise DataError(
            f"{rows.say(int(is_off.argmax()))} found, a row {_WHAT[ticks.kind]} expected, as in training. Bring the "
            "rows to that clock first."
        )
    if ticks.kind == "workday":
        told = "rows from Monday to Friday alone: weekends are no gaps"
        findings.append(Finding(kind="time", count=len(times), row=None, message=told))
    return replace(rows, times=times, ticks=ticks)
