"""Rows of moments as rows of a regular clock: in order, each moment once, a row of NaN where one is missing."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from seqloom.errors import DataError
from seqloom.flow import Series, Ticks
from seqloom.flow.ticks import TIME
from seqloom.series.durations import format_duration, round_duration
from seqloom.series.findings import Finding, say_row

__all__ = ["TimedRows", "drop_repeated", "lay_on_grid", "sort_rows"]

# Share of a step by which a moment may miss the grid.
_JITTER = 0.1

# Rows of a grid for each row that was measured, at most: beyond, it is no series with gaps but something else.
_MOST_GRID = 50

# Share of the rows, and two at least, that have to agree to the microsecond before their distance, or their place on
# the clock, is taken as it is: where a logger's clock trembles, no two of them may.
_AGREED, _AGREED_ROWS = 0.25, 2

# By how much of a step a trembling one, and its place on the clock, is rounded: 601 seconds are 10 minutes, 55 minutes
# are no hour.
_ROUNDED = 0.01


@dataclass(frozen=True, kw_only=True)
class TimedRows:
    """Rows of one or several series.

    Parameters
    ----------
    times : ndarray, ``[N] int64``
        Microseconds since 1970.
    series : ndarray, ``[N] int64``
        Which series each is of, a place among ``ids``.
    values : ndarray, ``[N, C] float64``
        NaN where nothing was measured.
    rows : ndarray, ``[N] int64``
        Their numbers in the table.
    ids : tuple of str
        Of the series.
    ticks : Ticks
        What ``times`` count; by default time itself.
    """

    times: np.ndarray
    series: np.ndarray
    values: np.ndarray
    rows: np.ndarray
    ids: tuple[str, ...]
    ticks: Ticks = TIME

    def take(self, which: np.ndarray) -> TimedRows:
        """The given rows, in the given order."""
        times, series, values, rows = (part[which] for part in (self.times, self.series, self.values, self.rows))
        return replace(self, times=times, series=series, values=values, rows=rows)

    def follows(self) -> np.ndarray:
        """Whether each row is of the same series as the row before it, ``[N] bool``."""
        return np.concatenate([[False], self.series[1:] == self.series[:-1]])

    def say(self, at: int) -> str:
        """Where a row stands, and when it was."""
        which = f" of series {self.ids[self.series[at]]!r}" if len(self.ids) > 1 else ""
        return f"{say_row(int(self.rows[at]))} ({_say_time(self.ticks.moments(self.times[at]))}{which})"


def sort_rows(rows: TimedRows, findings: list[Finding]) -> TimedRows:
    """The same by series and time, those of one moment in the order of the table.

    Parameters
    ----------
    rows : TimedRows
        In any order.
    findings : list of Finding
        That they were not in the order of time goes in here.
    """
    rows = rows.take(np.argsort(rows.series, kind="stable"))
    is_back = rows.follows() & (np.diff(rows.times, prepend=0) < 0)
    if not is_back.any():
        return rows
    at, n = int(is_back.argmax()), int(is_back.sum())
    what = "1 row is earlier than the row" if n == 1 else f"{n:,} rows are earlier than the rows"
    told = f"{what} before, first {rows.say(at)}: sorted by time"
    findings.append(Finding(kind="order", count=n, row=int(rows.rows[at]), message=told))
    return rows.take(np.lexsort((rows.times, rows.series)))


def drop_repeated(rows: TimedRows, findings: list[Finding]) -> TimedRows:
    """Each moment of a series once.

    Parameters
    ----------
    rows : TimedRows
        Sorted.
    findings : list of Finding
        That equal rows were made one goes in here.

    Raises
    ------
    DataError
        Where two rows of one moment contradict each other: shows both.
    """
    is_again = rows.follows() & (np.diff(rows.times, prepend=rows.times[0] - 1) == 0)
    again = np.flatnonzero(is_again)
    if not len(again):
        return rows
    now, before = rows.values[again], rows.values[again - 1]
    is_equal = ((now == before) | (np.isnan(now) & np.isnan(before))).all(axis=1)
    if not is_equal.all():
        at = again[int((~is_equal).argmax())]
        raise DataError(
            f"{say_row(int(rows.rows[at - 1]))} and {rows.say(at)} are of one moment and differ, one row for a moment "
            "expected. Leave one out; or name the column that tells series apart with --series-id (series_id=...); or, "
            "if the clock was set back for the winter, write the times with their offset (+02:00)."
        )
    n = len(again)
    what = "1 row repeats" if n == 1 else f"{n:,} rows repeat"
    told = f"{what} another of the same moment, first {rows.say(again[0])}: taken once"
    findings.append(Finding(kind="duplicate", count=n, row=int(rows.rows[again[0]]), message=told))
    return rows.take(~is_again)


def lay_on_grid(rows: TimedRows, names: tuple[str, ...], *, step: int | None, findings: list[Finding]) -> Series:
    """Sorted ``rows``, each moment once, as a series of channels ``names``; gaps and small moves are told.

    Parameters
    ----------
    rows : TimedRows
        From ``drop_repeated``.
    names : tuple of str
        Of the C channels.
    step : int or None
        Microseconds from row to row; None: the commonest distance.
    findings : list of Finding
        What is told goes in here.

    Raises
    ------
    DataError
        Where rows follow at another step, or at none.
    """
    starts = np.flatnonzero(~rows.follows())
    step = _check_step(rows, step)
    anchor = _find_phase(rows.times, step)
    places = np.rint((rows.times - anchor) / step).astype(np.int64)
    _move_onto(rows, off=rows.times - anchor - places * step, step=step, findings=findings)
    steps = np.diff(places, prepend=0)
    steps[starts] = 1
    _check_distances(rows, steps=steps, step=step)
    ends = np.append(starts[1:], len(places))
    offsets = np.concatenate([[0], np.cumsum(places[ends - 1] - places[starts] + 1)])
    values = np.full((offsets[-1], len(names)), np.nan)
    values[np.repeat(offsets[:-1] - places[starts], ends - starts) + places] = rows.values
    _tell_gaps(rows, steps=steps, step=step, findings=findings)
    return Series(
        values=values,
        names=names,
        offsets=offsets,
        ids=tuple(rows.ids[place] for place in rows.series[starts]),
        begins=anchor + places[starts] * step,
        step=step,
        ticks=rows.ticks,
    )


def _check_step(rows: TimedRows, step: int | None) -> int:
    """The commonest distance of neighbours; what is asked for has to be that."""
    distances = np.diff(rows.times)[rows.follows()[1:]]
    if not len(distances):
        if step is None:
            raise DataError(f"{len(rows.ids):,} series of one row each found, rows over time expected.")
        return step
    found = _find_step(distances)
    if step is None:
        return found
    if abs(found - step) > _JITTER * step:
        raise DataError(
            f"a row every {format_duration(found)} found, every {format_duration(step)} expected. Bring the rows to "
            "that frequency first."
        )
    return step


def _find_agreed(values: np.ndarray) -> int | None:
    """The commonest of ``values``, the least if there are several; None where hardly two of them are equal."""
    found, counts = np.unique(values, return_counts=True)
    is_agreed = counts.max() >= max(_AGREED * len(values), _AGREED_ROWS)
    return int(found[counts.argmax()]) if is_agreed else None


def _find_step(distances: np.ndarray) -> int:
    if (agreed := _find_agreed(distances)) is not None:
        return agreed
    usual = float(np.quantile(distances, 0.5, method="lower"))
    return round_duration(usual, within=_ROUNDED * usual)


def _find_phase(times: np.ndarray, step: int) -> int:
    """Microseconds by which the ticks of a clock are behind those that began in 1970."""
    if (agreed := _find_agreed(times % step)) is not None:
        return agreed
    turn = 2 * np.pi * (times % step) / step
    mean = np.arctan2(np.sin(turn).mean(), np.cos(turn).mean()) / (2 * np.pi) * step
    return round_duration(float(mean), within=_ROUNDED * step) % step


def _move_onto(rows: TimedRows, *, off: np.ndarray, step: int, findings: list[Finding]) -> None:
    """Nothing but a word on moments a little off the clock; DataError for one that is far off."""
    is_off = off != 0
    if not is_off.any():
        return
    is_far = abs(off) > _JITTER * step
    if is_far.any():
        at = int(is_far.argmax())
        raise DataError(
            f"{rows.say(at)} is off a clock that ticks every {format_duration(step)}, the usual distance of the rows: "
            "rows at equal distances, one a month or one a working day, expected. Bring them to one clock first."
        )
    at, n = int(is_off.argmax()), int(is_off.sum())
    most = _count(format_duration(int(abs(off).max())))
    what = "1 moment is" if n == 1 else f"{n:,} moments are"
    told = f"{what} off the clock by at most {most}, first {rows.say(at)}: moved onto it"
    findings.append(Finding(kind="jitter", count=n, row=int(rows.rows[at]), message=told))


def _check_distances(rows: TimedRows, *, steps: np.ndarray, step: int) -> None:
    every = f"on a clock that ticks every {format_duration(step)}"
    if (steps == 0).any():
        at = int((steps == 0).argmax())
        raise DataError(f"{rows.say(at - 1)} and {rows.say(at)} are one moment {every}. Leave one out.")
    if steps.sum() > _MOST_GRID * len(steps):
        at = int(steps.argmax())
        raise DataError(
            f"{steps[at]:,} steps from {rows.say(at - 1)} to {rows.say(at)} {every}: rows that follow each other with "
            "few gaps expected. Mend the times, or leave out what is far from the rest."
        )


def _tell_gaps(rows: TimedRows, *, steps: np.ndarray, step: int, findings: list[Finding]) -> None:
    gaps = np.flatnonzero(steps > 1)
    if not len(gaps):
        return
    n, n_missing, longest = len(gaps), int((steps[gaps] - 1).sum()), gaps[steps[gaps].argmax()]
    length = format_duration(int(steps[longest] * step))
    what = f"1 gap of {_count(length)}" if n == 1 else f"{n:,} gaps, the longest of {_count(length)}"
    n_rows = "1 row" if n_missing == 1 else f"{n_missing:,} rows"
    where = "behind" if n == 1 else "in all, first behind"
    told = f"{what}: {n_rows} missing {where} {rows.say(gaps[0] - 1)}"
    findings.append(Finding(kind="gap", count=n_missing, row=int(rows.rows[gaps[0] - 1]), message=told))


def _count(length: str) -> str:
    """A duration that stands alone: with its number, also where that is one."""
    return length if length[0].isdigit() else f"1 {length}"


def _say_time(microseconds: int) -> str:
    """A moment for a person, seconds only where there are some."""
    text = str(np.datetime64(int(microseconds), "us")).replace("T", " ")
    return text.removesuffix(".000000").removesuffix(":00")
