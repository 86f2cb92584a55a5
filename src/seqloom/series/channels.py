"""Columns of a table as channels: numbers as they are, categories apart, angles as sine and cosine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from seqloom.errors import DataError, UsageError
from seqloom.series.findings import Finding, say_row

__all__ = ["read_channels"]

# What people write where nothing was measured.
_NOTHING = ("", "na", "n/a", "nan", "null", "none", "-", "--", "?", ".", "missing")

# What loggers write where nothing was measured; such a value is taken so only where it stands far outside of the rest.
_SENTINELS = (-9999.0, -9999.9, -999.0, -999.9, -99.0, -99.9, -8888.0, -7777.0, 999.0, 9999.0, 99999.0, 999.9, 9999.9)

# How far outside: as many times the distance from the first to the last hundredth of the rest.
_FAR = 5.0

# Rows that a column has to count through without a slip before it only numbers them: in a few recent rows a channel,
# such as hours since the last rain, may do so too.
_LEAST_NUMBERED = 100

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
    for what, names in (("target", targets), ("angle", angles)):
        for name in names:
            if name not in frame.columns:
                raise UsageError(f"{what} {name!r} found, one of {', '.join(frame.columns)} expected.")
        if twice := [name for name in names if names.count(name) > 1]:
            raise UsageError(f"{what} {twice[0]!r} found twice, each once expected.")
    if both := [name for name in targets if name in angles]:
        raise UsageError(f"{both[0]!r} found as target and as angle: give its sine and cosine as columns.")
    columns: dict[str, np.ndarray] = {}
    findings: list[Finding] = []
    for name in (*targets, *(name for name in frame.columns if name not in targets)):
        values = _read_numbers(frame[name], is_needed=name in (*targets, *angles))
        if values is None:
            columns |= _read_categories(frame[name], findings)
            continue
        if name not in targets and _only_numbers_rows(values):
            findings.append(
                Finding(
                    kind="left out", count=len(values), row=None, message=f"{name}: it only numbers the rows, left out"
                )
            )
            continue
        _tell_missing(values, name=name, findings=findings)
        values = _take_out_sentinels(values, name=name, findings=findings)
        if name in angles:
            turned = np.deg2rad(values)
            columns |= {f"{name}:sin": np.sin(turned), f"{name}:cos": np.cos(turned)}
        else:
            columns[name] = values
    for name in targets:
        if np.isnan(columns[name]).all():
            raise DataError(f"target {name!r}: no value in {len(frame):,} rows found, measurements expected.")
    if not columns:
        raise DataError(f"no column of numbers among {', '.join(frame.columns)} found, measurements expected.")
    return np.column_stack([*columns.values()]), tuple(columns), findings


def _read_numbers(values: pl.Series, *, is_needed: bool) -> np.ndarray | None:
    """The numbers of a column, NaN where there is none; None for a column of words."""
    if values.dtype.is_numeric() or values.dtype == pl.Boolean:
        return _drop_endless(values.cast(pl.Float64))
    text = values.cast(pl.String).str.strip_chars()
    is_there = ~text.str.to_lowercase().is_in(_NOTHING).fill_null(True)
    numbers = text.cast(pl.Float64, strict=False)
    is_word = is_there & numbers.is_null()
    n_there, n_words = int(is_there.sum()), int(is_word.sum())
    if n_words and (is_needed or n_there - n_words >= _MOSTLY * n_there):
        row = int(is_word.arg_max() or 0)
        raise DataError(
            f"column {values.name!r}, {say_row(row)}: {text[row]!r:.40} found, a number expected (or nothing, NA, NaN "
            "where none was measured). Mend the row, or leave the column out with --drop (drop=...)."
        )
    return None if n_words else _drop_endless(numbers)


def _drop_endless(values: pl.Series) -> np.ndarray:
    """NaN for null and for what a sensor's arithmetic gives instead of a measurement."""
    numbers = values.fill_null(np.nan).to_numpy()
    return np.where(np.isfinite(numbers), numbers, np.nan)


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


def _only_numbers_rows(values: np.ndarray) -> bool:
    return len(values) >= _LEAST_NUMBERED and bool((np.diff(values) == 1).all())


def _take_out_sentinels(values: np.ndarray, *, name: str, findings: list[Finding]) -> np.ndarray:
    for sentinel in _SENTINELS:
        is_it = values == sentinel
        rest = values[~is_it & ~np.isnan(values)]
        if not is_it.any() or not len(rest):
            continue
        low, high = np.quantile(rest, (0.01, 0.99))
        reach = _FAR * max(high - low, 1.0)
        if rest.min() - reach < sentinel < rest.max() + reach:
            continue
        row, n = int(is_it.argmax()), int(is_it.sum())
        what = f"{sentinel:g} in {say_row(row)}" if n == 1 else f"{n:,} times {sentinel:g}, first in {say_row(row)}"
        told = f"{name}: {what}, far from all other values: taken as missing"
        findings.append(Finding(kind="sentinel", count=n, row=row, message=told))
        values = np.where(is_it, np.nan, values)
    return values


def _tell_missing(values: np.ndarray, *, name: str, findings: list[Finding]) -> None:
    is_missing = np.isnan(values)
    if not is_missing.any():
        return
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_missing, [False]]).astype(np.int8)))
    longest = int((edges[1::2] - edges[::2]).max())
    row, n = int(is_missing.argmax()), int(is_missing.sum())
    what = "1 value missing, in" if n == 1 else f"{n:,} values missing, at most {longest:,} in a row, first in"
    told = f"{name}: {what} {say_row(row)}"
    findings.append(Finding(kind="missing", count=n, row=row, message=told))
