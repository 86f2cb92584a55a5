"""The column of the times, found and read: whatever way people write a moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from seqloom.errors import DataError, UsageError
from seqloom.series.findings import Finding, say_row

__all__ = ["TIME_NAMES", "find_times", "read_moments", "read_times"]

# Names of such a column, the likelier first, in small letters and without blanks.
TIME_NAMES = ("ds", "datetime", "timestamp", "date_time", "datetimeutc", "time", "date", "datum", "zeit")

# Columns that make up a moment together, with the least and the greatest value of each and its microseconds; an hour
# of 24 is the end of a day, as grids and waterworks write it.
_DATE_PARTS = ("year", "month", "day")
_CLOCK_PARTS = {"hour": (24, 3_600_000_000), "minute": (59, 60_000_000), "second": (59, 1_000_000)}

# Columns of hours beside one of days.
_HOURS = ("hour", "hr")

_DAY = 86_400_000_000

_DATES = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%Y%m%d",
    "%d.%m.%y",
    "%d/%m/%y",
    "%m/%d/%y",
)
# Of months alone; the first day stands for each.
_MONTHS = ("%Y-%m", "%Y/%m", "%m/%Y", "%b %Y", "%B %Y", "%b-%Y")

_CLOCKS = (" %H:%M:%S%.f", " %H:%M", " %I:%M:%S %p", " %I:%M %p", " %H:%M:%S%.f%#z", " %H:%M%#z", "")

# 2024050113, 202405011300: digits without a sign between them, down to the hour or finer.
_COMPACT = r"^((?:19|20)\d\d)(\d\d)(\d\d)(?:(\d\d)(\d\d)?(\d\d)?)?$"

# An epoch in seconds, milliseconds or microseconds is told by its size: all are of the years 1973 to 2286.
_EPOCHS = ((1e8, 1e10, 1_000_000), (1e11, 1e13, 1_000), (1e14, 1e16, 1))

# Values that a format is tried on before all are.
_TRIED = 50

# Before the one lie years of two digits that a format for four takes for antiquity, and no part of a moment reaches the
# other.
_LEAST_YEAR, _MOST_YEAR = 1000, 10_000


def find_times(frame: pl.DataFrame, time: str | None) -> tuple[np.ndarray, tuple[str, ...], list[Finding]]:
    """When each row was, the columns that said so, and what was to be decided about them.

    Parameters
    ----------
    frame : DataFrame
        As it was read.
    time : str or None
        The column; None: found by name, then by content.

    Returns
    -------
    tuple
        ``[N] int64`` microseconds since 1970, names of columns, findings.

    Raises
    ------
    UsageError, DataError
        Where there is no such column, or a value of it is no moment (with its row).
    """
    findings: list[Finding] = []
    if time is not None:
        if time not in frame.columns:
            raise UsageError(f"no column {time!r} for the times found, one of {', '.join(frame.columns)} expected.")
        return read_times(frame[time], findings), (time,), findings
    by_name = {name.strip().lower().replace(" ", "_"): name for name in frame.columns}
    if {"date", "time"} <= by_name.keys() and _is_clock(frame[by_name["time"]]):
        both = (by_name["date"], by_name["time"])
        joined = frame[both[0]].cast(pl.String) + " " + frame[both[1]].cast(pl.String)
        return read_times(joined.alias(" and ".join(both)), findings), both, findings
    for name in (by_name[name] for name in TIME_NAMES if name in by_name):
        if _try_times(frame[name].head(_TRIED)) is not None:
            times = read_times(frame[name], findings)
            hours = next((frame[by_name[hour]] for hour in _HOURS if hour in by_name), None)
            if hours is None or (times % _DAY).any():
                return times, (name,), findings
            return _add_hours(times, hours), (name, hours.name), findings
    if set(_DATE_PARTS) <= by_name.keys():
        parts = {part: by_name[part] for part in (*_DATE_PARTS, *_CLOCK_PARTS) if part in by_name}
        return _join_parts(frame, parts), tuple(parts.values()), findings
    for name in frame.columns:
        is_text = frame[name].dtype == pl.String or frame[name].dtype.is_temporal()
        if is_text and _try_times(frame[name].head(_TRIED)) is not None:
            return read_times(frame[name], findings), (name,), findings
    if "year" in by_name:  # of yearly rows, or of monthly ones
        parts = {part: by_name[part] for part in _DATE_PARTS[:2] if part in by_name}
        return _join_parts(frame, parts), tuple(parts.values()), findings
    raise DataError(
        f"no column of times found among {', '.join(frame.columns)}: one of moments such as 2024-05-01 13:00, or year, "
        "month, day and hour, expected. Name it with --time (time=...)."
    )


def read_times(values: pl.Series, findings: list[Finding] | None = None) -> np.ndarray:
    """The moments of a column, ``[N] int64`` microseconds since 1970.

    Parameters
    ----------
    values : Series
        Moments as Polars has them, as text, or numbers since 1970.
    findings : list of Finding or None
        What was to be decided about them goes in here.

    Raises
    ------
    DataError
        With the row of a value that is no moment.
    """
    read = _try_times(values, [] if findings is None else findings)
    if read is None:
        first = values.drop_nulls().head(1).to_list()
        raise DataError(
            f"column {values.name!r} holds no times ({first[0] if first else 'nothing'!s:.40} found in its first row): "
            "moments such as 2024-05-01 13:00, 01.05.2024 13:00:00 or seconds since 1970 expected."
        )
    if read.null_count():
        row = int(read.is_null().arg_max() or 0)
        found = "nothing" if values[row] is None else f"{values[row]!r:.40}"
        raise DataError(
            f"column {values.name!r}, {say_row(row)}: {found} found, a moment like those of the other rows "
            f"expected ({values.filter(read.is_not_null())[0]}). Mend the row, or leave it out."
        )
    return read.cast(pl.Int64).to_numpy()


def read_moments(texts: Sequence[str], *, name: str) -> list[int]:
    """The moments that some ``texts`` say, in microseconds since 1970; ``name`` is what an error calls them.

    Examples
    --------
    >>> read_moments(["1970-01-01 00:01"], name="at")
    [60000000]
    """
    return [int(moment) for moment in read_times(pl.Series(name, list(texts)))]


def _try_times(values: pl.Series, findings: list[Finding] | None = None) -> pl.Series | None:
    """The moments of a column, null where a value is none; None where hardly a value is one."""
    findings = [] if findings is None else findings
    if isinstance(values.dtype, pl.Datetime | pl.Date):
        if isinstance(values.dtype, pl.Datetime) and values.dtype.time_zone:
            findings.append(_tell_zone(values.name, values.dtype.time_zone))
            values = values.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        return values.cast(pl.Datetime("us"))
    if values.dtype.is_numeric():
        numbers = values.cast(pl.Float64).fill_nan(None)
        compact = _try_compact(numbers.cast(pl.Int64, strict=False).cast(pl.String))
        return _try_epoch(numbers) if compact is None else compact
    if values.dtype != pl.String:
        return None
    values = values.str.strip_chars()
    if (compact := _try_compact(values)) is not None:
        return compact
    number = values.cast(pl.Float64, strict=False).fill_nan(None)
    if number.null_count() <= len(values) // 2 and (epoch := _try_epoch(number)) is not None:
        return epoch
    return _try_formats(values, findings)


def _try_formats(values: pl.Series, findings: list[Finding]) -> pl.Series | None:
    plain = (
        values.str.replace(r"(\d)[Tt](\d)", "$1 $2")
        .str.replace(r"\s*(Z|UTC|GMT)$", "+00:00")
        .str.replace(r"\s+([+-]\d)", "$1")
    )
    found = {}
    for form in _find_formats(plain):
        read = _parse(plain, form)
        if read.null_count() < len(values) / 2:
            found[form] = read
    if not found:
        return None
    # of days and months that could be either, the order in which the clock ticks most evenly
    rank = {form: (read.null_count(), -_count_even(read)) for form, read in found.items()}
    best, *others = sorted(found, key=lambda form: rank[form])
    if any(rank[form] == rank[best] and not found[form].equals(found[best]) for form in others):
        order = "day before month" if best.startswith("%d") else "month before day"
        told = f"{values.name}: day and month could be either in all rows, taken as {order} ({values[0]})"
        findings.append(Finding(kind="time", count=len(values), row=0, message=told))
    if "%#z" in best:
        findings.append(_tell_zone(values.name, "an offset"))
    return found[best]


def _tell_zone(name: str, zone: str) -> Finding:
    return Finding(kind="time", count=1, row=None, message=f"{name}: times with a zone ({zone}), turned into UTC")


def _find_formats(values: pl.Series) -> list[str]:
    tried = values.drop_nulls().head(_TRIED)
    forms = [date + clock for date in _DATES for clock in _CLOCKS] + list(_MONTHS)
    return [form for form in forms if len(tried) and _parse(tried, form).null_count() <= len(tried) // 2]


def _parse(values: pl.Series, form: str) -> pl.Series:
    if form in _MONTHS:
        values, form = values + " 1", form + " %d"
    if "%#z" in form:
        read = values.str.to_datetime(form, time_unit="us", strict=False, time_zone="UTC").dt.replace_time_zone(None)
    elif "%M" not in form:
        read = values.str.to_date(form, strict=False).cast(pl.Datetime("us"))
    else:
        read = values.str.to_datetime(form, time_unit="us", strict=False)
    return read.set(read.dt.year() < _LEAST_YEAR, None)


def _count_even(read: pl.Series) -> int:
    """How often the commonest distance of neighbours occurs."""
    distances = read.drop_nulls().cast(pl.Int64).diff().drop_nulls()
    return int(distances.value_counts()["count"].max() or 0) if len(distances) else 0  # type: ignore[arg-type]


def _try_compact(values: pl.Series) -> pl.Series | None:
    """Moments of digits alone; before epochs, as an epoch that is a valid date too is of 2030 or later."""
    if not values.drop_nulls().head(_TRIED).str.contains(_COMPACT).all() or not values.count():
        return None
    parts = values.str.extract_groups(_COMPACT).struct
    fields = [parts.field(str(place)).cast(pl.Float64) for place in range(1, 7)]
    read = _make_moments([*fields[:3], *(field.fill_null(0.0) for field in fields[3:])])
    return read if read.head(_TRIED).count() >= values.head(_TRIED).count() else None


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


def _add_hours(days: np.ndarray, hours: pl.Series) -> np.ndarray:
    """The moments of days and a column of hours beside them, 0 to 24."""
    most, size = _CLOCK_PARTS["hour"]
    numbers = hours.cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy()
    is_hour = (numbers >= 0) & (numbers <= most) & (numbers == np.floor(numbers))
    if not is_hour.all():
        row = int(is_hour.argmin())
        raise DataError(
            f"column {hours.name!r}, {say_row(row)}: {hours[row]!r:.40} found, an hour from 0 to 24 expected."
        )
    added: np.ndarray = days + numbers.astype(np.int64) * size
    return added


def _join_parts(frame: pl.DataFrame, names: Mapping[str, str]) -> np.ndarray:
    """The moments of columns of years, months, days and what is finer, by the part that each holds."""
    least = dict.fromkeys(_DATE_PARTS, pl.ones(len(frame), eager=True))
    least |= dict.fromkeys(_CLOCK_PARTS, pl.zeros(len(frame), eager=True))
    parts = [frame[names[part]] if part in names else none for part, none in least.items()]
    read = _make_moments([part.cast(pl.Float64, strict=False) for part in parts])
    if read.null_count():
        row = int(read.is_null().arg_max() or 0)
        told = ", ".join(f"{name} {frame[name][row]}" for name in names.values())
        raise DataError(f"{say_row(row)}: {told} found, which is no moment. Mend the row, or leave it out.")
    return read.cast(pl.Int64).to_numpy()


def _make_moments(parts: Sequence[pl.Series]) -> pl.Series:
    """Moments of year, month, day, hour, minute and second; null where there is no such."""
    numbers = [part.fill_null(np.nan).to_numpy() for part in parts]
    is_sound = np.logical_and.reduce([(number == np.floor(number)) & (abs(number) < _MOST_YEAR) for number in numbers])
    year, month, day, *clock = (np.where(is_sound, number, 0).astype(np.int64) for number in numbers)
    is_sound &= (year >= _LEAST_YEAR) & (month >= 1) & (month <= 12)
    months = np.where(is_sound, 12 * (year - 1970) + month - 1, 0).astype("M8[M]")
    days = months.astype("M8[D]") + (day - 1)
    is_sound &= days.astype("M8[M]") == months  # the 30th of February is none
    moments = days.astype("M8[us]").astype(np.int64)
    for number, (most, size) in zip(clock, _CLOCK_PARTS.values(), strict=True):
        is_sound &= (number >= 0) & (number <= most)
        moments += number * size
    return pl.Series(moments).set(pl.Series(~is_sound), None).cast(pl.Datetime("us"))
