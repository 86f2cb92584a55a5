"""A table of measurements on a regular clock: found, sorted, each moment once, gaps as missing rows; all of it told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from seqloom.errors import DataError, UsageError
from seqloom.flow import Series
from seqloom.series.channels import read_channels
from seqloom.series.durations import format_duration
from seqloom.series.findings import Finding, say_row
from seqloom.series.times import find_times

__all__ = ["to_series"]

# Names of the column that tells series apart, and of the one to forecast, in long tables.
_IDS, _TARGET = ("unique_id", "series_id"), "y"

# Share of a step by which a moment may miss the grid.
_JITTER = 0.1

# Rows of a grid for each row that was measured, at most: beyond, it is no series with gaps but something else.
_MOST_GRID = 50

_LEAST_ROWS = 3


def to_series(
    frame: Any,
    *,
    target: str | Sequence[str] | None = None,
    time: str | None = None,
    series_id: str | None = None,
    step: int | None = None,
    angles: Sequence[str] = (),
    drop: Sequence[str] = (),
) -> tuple[Series, tuple[Finding, ...]]:
    """A table on its clock.

    Rows are sorted by time; equal rows of one moment are one; a moment that was not measured is a row of NaN. A zone is
    turned into UTC, so that no day has 23 or 25 hours; moments without a zone stand as they are.

    Parameters
    ----------
    frame : DataFrame or mapping of str to sequence
        Polars, pandas, or columns by name.
    target : str, sequence of str or None
        Channels that come first; None: ``y`` if there is one, else the only column of numbers.
    time, series_id : str or None
        Columns of times, and of the names of several series; None: found by name, the times by content too.
    step : int or None
        Microseconds from row to row, as far as the commonest distance does not say otherwise.
    angles, drop : sequence of str
        Columns in degrees; columns that are not read.

    Returns
    -------
    tuple
        The series, and what was odd in it.

    Raises
    ------
    UsageError, DataError
        Where something that is asked for is not there, or rows contradict each other; names column and row.

    Examples
    --------
    >>> rows = {"time": ["2024-05-01 12:00", "2024-05-01 13:00", "2024-05-01 15:00"], "y": [1, 2, 4]}
    >>> series, findings = to_series(rows)
    >>> series.values[:, 0].tolist(), findings[0].message
    ([1.0, 2.0, nan, 4.0], '1 gap: 1 row missing behind row 2 (2024-05-01 13:00)')
    """
    table = _read_frame(frame)
    unknown = [name for name in drop if name not in table.columns]
    if unknown:
        raise UsageError(f"drop {', '.join(unknown)} found, some of {', '.join(table.columns)} expected.")
    table = table.drop(drop)
    if len(table) < _LEAST_ROWS:
        raise DataError(f"{len(table):,} rows found, {_LEAST_ROWS} at least expected: less is no series.")
    times, used = find_times(table, time)
    ids, id_name = _read_ids(table, series_id)
    channels = table.drop(*used, *([id_name] if id_name else []))
    values, names, findings = read_channels(channels, targets=_choose_targets(channels, target), angles=angles)
    order, told = _sort(times, ids)
    findings = told + findings
    rows = _Rows(times=times[order], ids=ids[order], values=values[order], rows=order)
    rows = _drop_repeated(rows, findings)
    series = _lay_on_grid(rows, names, step=step, findings=findings)
    return series, tuple(findings)


class _Rows:
    """Rows sorted by series and time; ``rows`` are their numbers in the table."""

    def __init__(self, *, times: np.ndarray, ids: np.ndarray, values: np.ndarray, rows: np.ndarray) -> None:
        self.times, self.ids, self.values, self.rows = times, ids, values, rows

    def take(self, which: np.ndarray) -> _Rows:
        return _Rows(times=self.times[which], ids=self.ids[which], values=self.values[which], rows=self.rows[which])


def _read_frame(frame: Any) -> pl.DataFrame:
    if isinstance(frame, pl.LazyFrame):
        return frame.collect()
    if isinstance(frame, pl.DataFrame):
        return frame
    if hasattr(frame, "columns") and hasattr(frame, "to_numpy"):  # pandas, without importing it
        return pl.DataFrame({str(name): frame[name].to_numpy() for name in frame.columns})
    if isinstance(frame, Mapping):
        return pl.DataFrame(dict(frame))
    raise UsageError(f"a {type(frame).__name__} found, a table (Polars, pandas, or columns by name) expected.")


def _read_ids(table: pl.DataFrame, series_id: str | None) -> tuple[np.ndarray, str | None]:
    """Which series each row is of, ``[N]``, and the column that said so."""
    if series_id is not None and series_id not in table.columns:
        raise UsageError(f"series_id {series_id!r} found, one of {', '.join(table.columns)} expected.")
    name = series_id or next((name for name in _IDS if name in table.columns), None)
    if name is None:
        return np.full(len(table), ""), None
    if row := table[name].null_count():
        row = int(table[name].is_null().arg_max() or 0)
        raise DataError(f"column {name!r}, {say_row(row)}: nothing found, the name of a series expected.")
    return table[name].cast(pl.String).to_numpy().astype(str), name


def _choose_targets(channels: pl.DataFrame, target: str | Sequence[str] | None) -> tuple[str, ...]:
    if target is not None:
        return (target,) if isinstance(target, str) else tuple(target)
    if _TARGET in channels.columns:
        return (_TARGET,)
    if len(channels.columns) == 1:
        return tuple(channels.columns)
    raise UsageError(f"columns {', '.join(channels.columns)} found: say which to forecast, with --target (target=...).")


def _sort(times: np.ndarray, ids: np.ndarray) -> tuple[np.ndarray, list[Finding]]:
    order = np.lexsort((times, ids))
    is_same = ids[1:] == ids[:-1]
    is_back = is_same & (np.diff(times) < 0)
    if not is_back.any():
        return order, []
    row, n = int(is_back.argmax()) + 1, int(is_back.sum())
    told = f"{n:,} rows are earlier than the row before, first {say_row(row)}: rows were sorted by time"
    return order, [Finding(kind="order", count=n, row=row, message=told)]


def _drop_repeated(rows: _Rows, findings: list[Finding]) -> _Rows:
    """Each moment of a series once: equal rows are one, others contradict each other."""
    is_again = np.concatenate([[False], (np.diff(rows.times) == 0) & (rows.ids[1:] == rows.ids[:-1])])
    again = np.flatnonzero(is_again)
    if not len(again):
        return rows
    values, before = rows.values[again], rows.values[again - 1]
    is_equal = ((values == before) | (np.isnan(values) & np.isnan(before))).all(axis=1)
    if not is_equal.all():
        at = again[int((~is_equal).argmax())]
        first, second = sorted((int(rows.rows[at - 1]), int(rows.rows[at])))
        which = f" of series {str(rows.ids[at])!r}" if rows.ids[at] else ""
        raise DataError(
            f"{say_row(first)} and {say_row(second)} are both of {_say_time(rows.times[at])}{which} and differ: one "
            "row for a moment expected. Leave one out, or name the column that tells series apart with --series "
            "(series_id=...)."
        )
    row, n = int(rows.rows[again[0]]), len(again)
    what = "row repeats the one before it" if n == 1 else "rows repeat the one before them"
    told = f"{n:,} {what}, first {say_row(row)} ({_say_time(rows.times[again[0]])}): taken once"
    findings.append(Finding(kind="duplicate", count=n, row=row, message=told))
    return rows.take(~is_again)


def _lay_on_grid(rows: _Rows, names: tuple[str, ...], *, step: int | None, findings: list[Finding]) -> Series:
    starts = np.flatnonzero(np.concatenate([[True], rows.ids[1:] != rows.ids[:-1]]))
    step = _find_step(rows, starts, asked=step)
    phases, counts = np.unique(rows.times % step, return_counts=True)
    anchor = int(phases[counts.argmax()])
    places = np.rint((rows.times - anchor) / step).astype(np.int64)
    _check_jitter(rows, off=rows.times - anchor - places * step, step=step, findings=findings)
    ends = np.append(starts[1:], len(places))
    lengths = places[ends - 1] - places[starts] + 1
    is_twice = np.concatenate([[False], np.diff(places) == 0])
    is_twice[starts] = False
    if is_twice.any() or lengths.sum() > _MOST_GRID * len(places):
        raise DataError(
            f"rows that do not follow at equal distances found (the commonest is {format_duration(step)}): a regular "
            "clock expected. Bring the rows to one first."
        )
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    values = np.full((offsets[-1], len(names)), np.nan)
    at = np.repeat(offsets[:-1] - places[starts], ends - starts) + places
    values[at] = rows.values
    _tell_gaps(rows, places, starts=starts, findings=findings)
    return Series(
        values=values,
        names=names,
        offsets=offsets,
        ids=tuple(map(str, rows.ids[starts])),
        begins=anchor + places[starts] * step,
        step=step,
    )


def _find_step(rows: _Rows, starts: np.ndarray, *, asked: int | None) -> int:
    """The commonest distance of rows, if it is not the one asked for: that hides no other frequency behind gaps."""
    distances = np.delete(np.diff(rows.times), starts[1:] - 1)
    if not len(distances):
        if asked is None:
            raise DataError(f"{len(starts):,} series of one row each found, rows over time expected.")
        return asked
    found, counts = np.unique(distances, return_counts=True)
    commonest = int(found[counts.argmax()])
    return commonest if asked is None or abs(commonest - asked) > _JITTER * asked else asked


def _check_jitter(rows: _Rows, *, off: np.ndarray, step: int, findings: list[Finding]) -> None:
    is_off = off != 0
    if not is_off.any():
        return
    is_far = abs(off) > _JITTER * step
    if is_far.any():
        at = int(is_far.argmax())
        raise DataError(
            f"{say_row(int(rows.rows[at]))}: {_say_time(rows.times[at])} found, off a clock that ticks every "
            f"{format_duration(step)} as most rows do: rows at equal distances expected. Bring them to one clock first."
        )
    at, n = int(is_off.argmax()), int(is_off.sum())
    told = f"{n:,} moments a little off the clock, first in {say_row(int(rows.rows[at]))}: moved onto it"
    findings.append(Finding(kind="jitter", count=n, row=int(rows.rows[at]), message=told))


def _tell_gaps(rows: _Rows, places: np.ndarray, *, starts: np.ndarray, findings: list[Finding]) -> None:
    missing = np.diff(places) - 1
    missing[starts[1:] - 1] = 0
    gaps = np.flatnonzero(missing)
    if not len(gaps):
        return
    n, longest = len(gaps), gaps[missing[gaps].argmax()]
    row = int(rows.rows[longest])
    n_rows = "1 row" if missing[longest] == 1 else f"{missing[longest]:,} rows"
    what, which = ("1 gap", "") if n == 1 else (f"{n:,} gaps", "the longest ")
    told = f"{what}: {which}{n_rows} missing behind {say_row(row)} ({_say_time(rows.times[longest])})"
    findings.append(Finding(kind="gap", count=int(missing.sum()), row=row, message=told))


def _say_time(microseconds: int) -> str:
    """A moment for a person, seconds only where there are some."""
    text = str(np.datetime64(int(microseconds), "us")).replace("T", " ")
    return text.removesuffix(".000000").removesuffix(":00")
