"""Columns of a table as channels: numbers as they are, categories apart, angles as sine and cosine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from seqloom.errors import DataError, UsageError
from seqloom.series.findings import Finding, say_row

__all__ = ["read_channels", "read_numbers"]

# What people write where nothing was measured.
_NOTHING = ("", "na", "n/a", "nan", "null", "none", "-", "--", "?", ".", "missing")

# What loggers write where nothing was measured, the longest first, as a shorter one may be near to it; such a value is
# taken so only where it stands far outside of the rest.
_SENTINELS = (
    *(99999.0, -9999.9, 9999.9, -9999.0, 9999.0, -8888.0, -7777.0),
    *(-999.9, 999.9, -999.0, 999.0, -99.9, -99.0),
)

# How far outside: as many times the distance from the first to the last hundredth of the rest; the distance itself for
# a negative value of what is never negative otherwise, such as -999 of a radiation of 0 to 900.
_FAR, _FAR_BELOW_ZERO = 5.0, 1.0

# That distance is taken to be 1 at least, and this share of what it lies around: 999 hPa are no far way from 1,010.
_LEAST_SPREAD = 0.1

# No sentinel of an angle is smaller, in degrees: -99 is a direction.
_TWO_TURNS = 720.0

# What a column that numbers the rows is called. One of another name has to count so many of them one by one: hours
# since the last snow do that too, for a while.
_NUMBERINGS = ("", "no", "no.", "nr", "nr.", "index", "row", "rownum", "row_number", "unnamed: 0", "column_1")
_LEAST_COUNTED = 200

# Numbers with a decimal comma; where each has three digits behind it they may be thousands, and are not guessed.
_COMMA = r"^[-+]?\d+,\d+$"
_THOUSANDS = r"^[-+]?\d{1,3}(,\d{3})+$"

# A column of text with more different values names things, it does not sort them.
_MOST_CATEGORIES = 24

# Share of numbers from which on a column of text is one of numbers with slips.
_MOSTLY = 0.9


def read_channels(
    frame: pl.DataFrame, *, targets: Sequence[str], angles: Sequence[str]
) -> tuple[np.ndarray, tuple[str, ...], list[Finding]]:
    """All columns of ``frame`` as channels.

    Parameters
    ----------
    frame : DataFrame
        Without its times, and whatever tells series apart.
    targets : sequence of str
        What is to be forecast: they come first, as they are.
    angles : sequence of str
        Columns in degrees.

    Returns
    -------
    tuple
        Values ``[N, C] float64``, names, findings.

    Raises
    ------
    UsageError, DataError
        Where a target or an angle is not there, or is no number; where a column of numbers holds something else.
    """
    _check_names(frame, targets=targets, angles=angles)
    columns: dict[str, np.ndarray] = {}
    findings: list[Finding] = []
    for name in (*targets, *(name for name in frame.columns if name not in targets)):
        columns |= _read_column(frame[name], is_target=name in targets, is_angle=name in angles, findings=findings)
    if not columns:
        raise DataError(f"no column of numbers among {', '.join(frame.columns)} found, measurements expected.")
    return np.column_stack([*columns.values()]), tuple(columns), findings


def read_numbers(values: pl.Series, findings: list[Finding]) -> np.ndarray | None:
    """The numbers of a column, ``[N] float64`` with NaN where none stands; None for a column of anything else.

    Parameters
    ----------
    values : Series
        Numbers, or text; NA, ? and the like are missing.
    findings : list of Finding
        What was to be decided about them goes in here.

    Raises
    ------
    DataError
        With the row of a word among numbers.

    Examples
    --------
    >>> read_numbers(pl.Series(["1", "NA", "2.5"]), []).tolist()
    [1.0, nan, 2.5]
    """
    if values.dtype.is_nested() or values.dtype.is_temporal() or values.dtype in (pl.Object, pl.Binary):
        return None
    return _read_numbers(values, is_target=False, is_needed=False, findings=findings)


def _check_names(frame: pl.DataFrame, *, targets: Sequence[str], angles: Sequence[str]) -> None:
    for what, names in (("target", targets), ("angle", angles)):
        for name in names:
            if name not in frame.columns:
                raise UsageError(f"{what} {name!r} found, one of {', '.join(frame.columns)} expected.")
        if twice := [name for name in names if names.count(name) > 1]:
            raise UsageError(f"{what} {twice[0]!r} found twice, each once expected.")
    if both := [name for name in targets if name in angles]:
        raise UsageError(f"{both[0]!r} found as target and as angle: an angle is read as two channels, not forecast.")


def _read_column(
    values: pl.Series, *, is_target: bool, is_angle: bool, findings: list[Finding]
) -> dict[str, np.ndarray]:
    """The channels of a column, by name; none where it says nothing."""
    name = values.name
    if values.dtype.is_nested() or values.dtype in (pl.Object, pl.Binary, pl.Duration):
        if is_target:
            raise DataError(f"target {name!r}: values of type {values.dtype} found, numbers expected.")
        told = f"{name}: values of type {values.dtype}, neither numbers nor words, left out"
        findings.append(Finding(kind="left out", count=len(values), row=None, message=told))
        return {}
    numbers = _read_numbers(values, is_target=is_target, is_needed=is_target or is_angle, findings=findings)
    if numbers is None:
        return _read_categories(values, findings)
    numbers = np.where(np.isfinite(numbers), numbers, np.nan)
    if not is_target and _only_numbers_rows(numbers, name=name):
        told = f"{name}: it only numbers the rows, left out"
        findings.append(Finding(kind="left out", count=len(numbers), row=None, message=told))
        return {}
    _tell_missing(numbers, name=name, findings=findings)
    least = _TWO_TURNS if is_angle else 0.0
    numbers = _take_out_sentinels(numbers, name=name, least=least, findings=findings)
    if is_target and np.isnan(numbers).all():
        raise DataError(f"target {name!r}: no value in {len(numbers):,} rows found, measurements expected.")
    if is_angle:
        turned = np.deg2rad(numbers)
        return {f"{name}:sin": np.sin(turned), f"{name}:cos": np.cos(turned)}
    return {name: numbers}


def _read_numbers(values: pl.Series, *, is_target: bool, is_needed: bool, findings: list[Finding]) -> np.ndarray | None:
    """The numbers of a column, NaN where there is none; None for a column of words."""
    if values.dtype.is_numeric() or values.dtype == pl.Boolean:
        return values.cast(pl.Float64).fill_null(np.nan).to_numpy()
    text = values.cast(pl.String).str.strip_chars()
    is_there = ~text.str.to_lowercase().is_in(_NOTHING).fill_null(True)
    text = _read_commas(text, is_there, findings=findings)
    numbers = text.cast(pl.Float64, strict=False)
    is_word = is_there & numbers.is_null()
    n_there, n_words = int(is_there.sum()), int(is_word.sum())
    if n_words and (is_needed or n_there - n_words >= _MOSTLY * n_there):
        row = int(is_word.arg_max() or 0)
        way_out = "forecast another column" if is_target else "leave the column out with --drop (drop=...)"
        raise DataError(
            f"column {values.name!r}, {say_row(row)}: {values[row]!r:.40} found, a number expected (or nothing, NA, "
            f"NaN where none was measured). Mend the row, or {way_out}."
        )
    return None if n_words else numbers.fill_null(np.nan).to_numpy()


def _read_commas(text: pl.Series, is_there: pl.Series, *, findings: list[Finding]) -> pl.Series:
    """The same with points for decimal commas, where all numbers that are not whole have one."""
    there = text.filter(is_there)
    commas = there.filter(there.str.contains(",", literal=True))
    if not len(commas) or not commas.str.contains(_COMMA).all() or commas.str.contains(_THOUSANDS).all():
        return text
    row = int(text.str.contains(",", literal=True).arg_max() or 0)
    told = f"{text.name}: numbers with a decimal comma, first {text[row]} in {say_row(row)}"
    findings.append(Finding(kind="comma", count=len(commas), row=row, message=told))
    return text.str.replace(",", ".", literal=True)


def _read_categories(values: pl.Series, findings: list[Finding]) -> dict[str, np.ndarray]:
    """A channel of 0 and 1 for each category; nothing for a column of too many."""
    text = values.cast(pl.String).str.strip_chars()
    known = sorted(text.filter(~text.str.to_lowercase().is_in(_NOTHING)).unique().drop_nulls().to_list())
    if len(known) > _MOST_CATEGORIES:
        told = f"{values.name}: words, {len(known):,} different ones, left out"
        findings.append(Finding(kind="left out", count=len(values), row=None, message=told))
        return {}
    told = f"{values.name}: words, read as {len(known)} channels of 0 and 1 ({', '.join(known)})"
    findings.append(Finding(kind="category", count=len(known), row=None, message=told))
    return {f"{values.name}={name}": (text == name).fill_null(False).cast(pl.Float64).to_numpy() for name in known}


def _only_numbers_rows(values: np.ndarray, *, name: str) -> bool:
    steps = np.diff(values)
    if name.strip().lower() in _NUMBERINGS:
        return bool((steps != 0).all() and (steps % 1 == 0).all())
    return len(steps) >= _LEAST_COUNTED and bool((steps == 1).all())


def _take_out_sentinels(values: np.ndarray, *, name: str, least: float, findings: list[Finding]) -> np.ndarray:
    for sentinel in (sentinel for sentinel in _SENTINELS if abs(sentinel) >= least):
        is_it = values == sentinel
        rest = values[~is_it & np.isfinite(values)]
        if not is_it.any() or not len(rest):
            continue
        low, high = np.quantile(rest, (0.01, 0.99))
        is_below_zero = sentinel < 0 <= rest.min()
        spread = max(high - low, 1.0, _LEAST_SPREAD * abs(low + high) / 2)
        reach = (_FAR_BELOW_ZERO if is_below_zero else _FAR) * spread
        if rest.min() - reach < sentinel < rest.max() + reach:
            continue
        row, n = int(is_it.argmax()), int(is_it.sum())
        what = f"{sentinel:g} in {say_row(row)}" if n == 1 else f"{n:,} times {sentinel:g}, first in {say_row(row)}"
        told = f"{name}: {what}, far from all other values: taken as missing"
        findings.append(Finding(kind="sentinel", count=n, row=row, message=told))
        values = np.where(is_it, np.nan, values)
    return values


def _tell_missing(values: np.ndarray, *, name: str, findings: list[Finding]) -> None:
    is_missing = ~np.isfinite(values)
    if not is_missing.any():
        return
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_missing, [False]]).astype(np.int8)))
    longest = int((edges[1::2] - edges[::2]).max())
    row, n = int(is_missing.argmax()), int(is_missing.sum())
    what = "1 value missing, in" if n == 1 else f"{n:,} values missing, at most {longest:,} in a row, first in"
    told = f"{name}: {what} {say_row(row)}"
    findings.append(Finding(kind="missing", count=n, row=row, message=told))
