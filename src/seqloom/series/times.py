"""The column of the times, found and read: whatever way people write a moment."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from seqloom.errors import DataError, UsageError
from seqloom.series.findings import say_row

__all__ = ["find_times", "read_times"]

# Names of such a column, the likelier first, in small letters and without blanks.
_NAMES = ("ds", "datetime", "timestamp", "date_time", "datetimeutc", "time", "date", "datum", "zeit")

# Columns that make up a moment together.
_PARTS = ("year", "month", "day", "hour", "minute", "second")

_DATES = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%Y%m%d")
_CLOCKS = (" %H:%M:%S%.f", "T%H:%M:%S%.f", " %H:%M", "T%H:%M", " %H:%M:%S%.f%#z", "T%H:%M:%S%.f%#z", "")

# An epoch in seconds, milliseconds or microseconds is told by its size: all are of the years 1973 to 2286.
_EPOCHS = ((1e8, 1e10, 1_000_000), (1e11, 1e13, 1_000), (1e14, 1e16, 1))

# Values that a format is tried on before all are.
_TRIED = 50


def find_times(frame: pl.DataFrame, time: str | None) -> tuple[np.ndarray, tuple[str, ...]]:
    """When each row was, and the columns that said so.

    Parameters
    ----------
    frame : DataFrame
        As it was read.
    time : str or None
        The column; None: found by name, then by content.

    Returns
    -------
    tuple
        ``[N] int64`` microseconds since 1970, and names of columns.

    Raises
    ------
    UsageError, DataError
        Where there is no such column, or a value of it is no moment (with its row).
    """
    if time is not None:
        if time not in frame.columns:
            raise UsageError(f"no column {time!r} for the times found, one of {', '.join(frame.columns)} expected.")
        return read_times(frame[time]), (time,)
    by_name = {name.strip().lower().replace(" ", "_"): name for name in frame.columns}
    if {"date", "time"} <= by_name.keys() and _is_clock(frame[by_name["time"]]):
        both = (by_name["date"], by_name["time"])
        joined = frame[both[0]].cast(pl.String) + " " + frame[both[1]].cast(pl.String)
        return read_times(joined.alias(" and ".join(both))), both
    for name in _NAMES:
        if name in by_name and _try_times(frame[by_name[name]].head(_TRIED)) is not None:
            return read_times(frame[by_name[name]]), (by_name[name],)
    if {"year", "month", "day"} <= by_name.keys():
        names = {part: by_name[part] for part in _PARTS if part in by_name}
        return _join_parts(frame, names), tuple(names.values())
    for name in frame.columns:
        is_text = frame[name].dtype == pl.String or frame[name].dtype.is_temporal()
        if is_text and _try_times(frame[name].head(_TRIED)) is not None:
            return read_times(frame[name]), (name,)
    raise DataError(
        f"no column of times found among {', '.join(frame.columns)}: one of moments such as 2024-05-01 13:00, or year, "
        "month, day and hour, expected. Name it with --time (time=...)."
    )


def read_times(values: pl.Series) -> np.ndarray:
    """The moments of a column, ``[N] int64`` microseconds since 1970; DataError with the row of one that is none."""
    read = _try_times(values)
    if read is None:
        first = values.drop_nulls().head(1).to_list()
        raise DataError(
            f"column {values.name!r} holds no times ({first[0] if first else 'nothing'!s:.40} found in its first row): "
            "moments such as 2024-05-01 13:00, 01.05.2024 13:00:00 or seconds since 1970 expected."
        )
    if read.null_count():
        row = int(read.is_null().arg_max() or 0)
        raise DataError(
            f"column {values.name!r}, {say_row(row)}: {values[row]!r:.40} found, a moment like those of the other rows "
            f"expected ({values.filter(read.is_not_null())[0]}). Mend the row, or leave it out."
        )
    return read.cast(pl.Int64).to_numpy()


def _try_times(values: pl.Series) -> pl.Series | None:
    """The moments of a column, null where a value is none; None where hardly a value is one."""
    if values.dtype.is_temporal():
        if isinstance(values.dtype, pl.Datetime) and values.dtype.time_zone:
            values = values.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        return values.cast(pl.Datetime("us")) if values.dtype != pl.Time else None
    if values.dtype.is_numeric():
        return _try_epoch(values.cast(pl.Float64).fill_nan(None))
    if values.dtype != pl.String:
        return None
    values = values.str.strip_chars()
    number = values.cast(pl.Float64, strict=False).fill_nan(None)
    if 2 * number.null_count() < len(values) and (epoch := _try_epoch(number)) is not None:
        return epoch
    found = [read for form in _find_formats(values) if (read := _parse(values, form)).null_count() < len(values) / 2]
    # of days and months that could be either, the order in which the clock ticks most evenly
    return min(found, key=lambda read: (read.null_count(), -_count_even(read)), default=None)


def _find_formats(values: pl.Series) -> list[str]:
    tried = values.drop_nulls().head(_TRIED)
    forms = [date + clock for date in _DATES for clock in _CLOCKS]
    return [form for form in forms if len(tried) and _parse(tried, form).null_count() <= len(tried) // 2]


def _parse(values: pl.Series, form: str) -> pl.Series:
    if "%#z" in form:
        with_zone = values.str.replace("Z$", "+00:00")
        return with_zone.str.to_datetime(form, time_unit="us", strict=False, time_zone="UTC").dt.replace_time_zone(None)
    if "%H" not in form:
        return values.str.to_date(form, strict=False).cast(pl.Datetime("us"))
    return values.str.to_datetime(form, time_unit="us", strict=False)


def _count_even(read: pl.Series) -> int:
    """How often the commonest distance of neighbours occurs."""
    distances = read.drop_nulls().cast(pl.Int64).diff().drop_nulls()
    return int(distances.value_counts()["count"].max() or 0) if len(distances) else 0  # type: ignore[arg-type]


def _try_epoch(values: pl.Series) -> pl.Series | None:
    known = values.drop_nulls()
    if not len(known):
        return None
    low, high = float(known.min()), float(known.max())  # type: ignore[arg-type]
    for least, most, size in _EPOCHS:
        if least <= low <= high < most:
            return (values * size).round().cast(pl.Int64).cast(pl.Datetime("us"))
    return None


def _is_clock(values: pl.Series) -> bool:
    if values.dtype == pl.Time:
        return True
    return values.dtype == pl.String and bool(values.head(_TRIED).str.contains(r"^\s*\d{1,2}:\d{2}").all())


def _join_parts(frame: pl.DataFrame, names: Mapping[str, str]) -> np.ndarray:
    """The moments of columns by the part each holds, written out first: what is none is told as it stands."""
    parts = [pl.col(names[part]).cast(pl.String).str.strip_chars() if part in names else pl.lit("0") for part in _PARTS]
    written = pl.format("{}-{}-{} {}:{}:{}", *(part.fill_null("?").str.pad_start(2, "0") for part in parts))
    return read_times(frame.select(written.alias(" ".join(names.values()))).to_series())
