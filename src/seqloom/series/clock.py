"""A table of measurements on a regular clock: found, sorted, each moment once, gaps as missing rows; all of it told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from seqloom.errors import DataError, UsageError
from seqloom.flow import Series, Ticks
from seqloom.series.channels import read_channels
from seqloom.series.findings import Finding, say_row
from seqloom.series.grid import TimedRows, drop_repeated, lay_on_grid, sort_rows
from seqloom.series.table import read_frame
from seqloom.series.ticks import count_ticks, find_ticks
from seqloom.series.times import find_times

__all__ = ["to_series"]

# Names of the column that tells series apart, and of the one to forecast, in long tables.
_IDS, _TARGET = ("unique_id", "series_id"), "y"

_LEAST_ROWS = 3


def to_series(
    frame: Any,
    *,
    target: str | Sequence[str] | None = None,
    time: str | None = None,
    series_id: str | None = None,
    clock: tuple[int, Ticks] | None = None,
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
    clock : tuple of int and Ticks, or None
        Microseconds from row to row, and of what; None: the commonest distance, of months or working days where all
        rows lie on such.
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
    ([1.0, 2.0, nan, 4.0], '1 gap of 2 hours: 1 row missing behind row 2 (2024-05-01 13:00)')
    """
    table = read_frame(frame)
    unknown = [name for name in drop if name not in table.columns]
    if unknown:
        raise UsageError(f"no column {unknown[0]!r} to drop found, some of {', '.join(table.columns)} expected.")
    table = table.drop(drop)
    if len(table) < _LEAST_ROWS:
        raise DataError(f"{len(table):,} rows found, {_LEAST_ROWS} at least expected: less is no series.")
    times, used, findings = find_times(table, time)
    series, ids, used_ids = _read_ids(table, series_id)
    channels = table.drop(*used, *used_ids)
    values, names, told = read_channels(channels, targets=_choose_targets(channels, target), angles=angles)
    findings += told
    rows = TimedRows(times=times, series=series, values=values, rows=np.arange(len(times)), ids=ids)
    rows = drop_repeated(sort_rows(rows, findings), findings)
    step, ticks = (None, find_ticks(rows.times, follows=rows.follows())) if clock is None else clock
    rows = count_ticks(rows, ticks, findings=findings)
    return lay_on_grid(rows, names, step=step, findings=findings), tuple(findings)


def _read_ids(table: pl.DataFrame, series_id: str | None) -> tuple[np.ndarray, tuple[str, ...], tuple[str, ...]]:
    """Which series each row is of, ``[N]``, what the series are called, and the column that said so."""
    if series_id is not None and series_id not in table.columns:
        raise UsageError(f"no column {series_id!r} for the series found, one of {', '.join(table.columns)} expected.")
    name = series_id or next((name for name in _IDS if name in table.columns), None)
    if name is None:
        return np.zeros(len(table), np.int64), ("",), ()
    if table[name].null_count():
        row = int(table[name].is_null().arg_max() or 0)
        raise DataError(f"column {name!r}, {say_row(row)}: nothing found, the name of a series expected.")
    ids = table[name].cast(pl.String)
    return ids.rank("dense").cast(pl.Int64).to_numpy() - 1, tuple(ids.unique().sort().to_list()), (name,)


def _choose_targets(channels: pl.DataFrame, target: str | Sequence[str] | None) -> tuple[str, ...]:
    if not channels.columns:
        raise DataError("no column beside the times found, measurements expected.")
    if target is not None:
        return (target,) if isinstance(target, str) else tuple(target)
    if _TARGET in channels.columns:
        return (_TARGET,)
    if len(channels.columns) == 1:
        return tuple(channels.columns)
    raise UsageError(f"columns {', '.join(channels.columns)} found: say which to forecast, with --target (target=...).")
