"""What the rows of a series are sorted by: moments, or steps that are only counted."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import polars as pl

from seqloom.errors import DataError
from seqloom.series.findings import Finding, say_row
from seqloom.series.times import TIME_NAMES, find_times, read_times

__all__ = ["find_order", "read_order"]

# What a column of counted steps is called, beside what one of moments is.
_STEP_NAMES = ("t", "step", "time_step", "timestep", "timepoint", "time_point")


def find_order(frame: pl.DataFrame, taken: Collection[str]) -> tuple[str, ...]:
    """The column of a ``frame`` that is named like times or steps; a date and a time, where they are two; else none.

    Columns that are ``taken`` are none.

    Examples
    --------
    >>> find_order(pl.DataFrame({"id": ["a"], "T": [3]}), {"id"})
    ('T',)
    """
    by_name = {name.strip().lower().replace(" ", "_"): name for name in frame.columns if name not in taken}
    if {"date", "time"} <= by_name.keys():
        return (by_name["date"], by_name["time"])
    found = (by_name[name] for name in (*TIME_NAMES, *_STEP_NAMES) if name in by_name)
    return tuple(name for name, _ in zip(found, range(1), strict=False))


def read_order(frame: pl.DataFrame, columns: tuple[str, ...], *, findings: list[Finding]) -> np.ndarray | None:
    """What to sort rows by, ``[N]``: numbers as they are, else moments; None without ``columns``.

    Parameters
    ----------
    frame : DataFrame
        N rows.
    columns : tuple of str
        One column, or those that make up a moment together.
    findings : list of Finding
        What was to be decided about them goes in here.

    Raises
    ------
    DataError
        With the row of what is neither.

    Examples
    --------
    >>> read_order(pl.DataFrame({"t": ["10", "9"]}), ("t",), findings=[]).tolist()
    [10, 9]
    """
    if not columns:
        return None
    if len(columns) > 1:
        times, _, found = find_times(frame.select(columns), None)
        findings += found
        return times
    values = frame[columns[0]]
    numbers = _read_steps(values)
    if 2 * numbers.null_count() >= len(values):
        return read_times(values, findings)
    if numbers.null_count():
        row = int(numbers.is_null().arg_max() or 0)
        found_there = "nothing" if values[row] is None else f"{values[row]!r:.40}"
        raise DataError(
            f"column {values.name!r}, {say_row(row)}: {found_there} found, a number as in the other rows expected "
            "(--time). Mend the row, or leave it out."
        )
    return numbers.to_numpy()


def _read_steps(values: pl.Series) -> pl.Series:
    """Whole numbers, or others; null where there is none that is finite."""
    if values.dtype in (pl.Time, pl.Duration) or values.dtype.is_integer():
        return values.to_physical()
    if values.dtype == pl.String:
        values = values.str.strip_chars()
        whole = values.cast(pl.Int64, strict=False)
        if whole.null_count() == values.cast(pl.Float64, strict=False).null_count():
            return whole
    if values.dtype == pl.String or values.dtype.is_float():
        numbers = values.cast(pl.Float64, strict=False)
        return numbers.set(~numbers.is_finite().fill_null(False), None)
    return pl.repeat(None, len(values), dtype=pl.Int64, eager=True)
