"""What a column can be, numbers or categories: how it is read, what its numbers are, and what a card keeps of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from seqloom.errors import ArtifactError, DataError
from seqloom.json_files import check_fields

__all__ = [
    "CategoryColumn",
    "NumberColumn",
    "check_type",
    "fill_values",
    "read_numbers",
    "read_values",
    "refuse_dates",
    "restore_column",
]

# Standard deviations from the mean at most: one value that is a million times the usual must not decide alone.
_FARTHEST = 10.0

# Beyond this no float32 goes, and so no model here: such a number is as good as infinite.
_LARGEST = float(np.finfo(np.float32).max)

_WHERE = "the columns of the encoding in card.json"
_REMEDY = "Get the folder from its source again."
_KINDS: dict[str, dict[str, tuple[type, ...]]] = {
    "number": {"mean": (int, float), "deviation": (int, float)},
    "category": {"values": (list,)},
}
_EXPECTED = "numbers, strings, or true and false"


@dataclass(frozen=True, kw_only=True)
class NumberColumn:
    """A column of numbers, standardised.

    Parameters
    ----------
    name : str
        What it is called.
    mean, deviation : float
        Of the training rows; a deviation of 0 (all are equal) makes all zeros.
    has_gaps : bool
        Whether training rows lack a value: then that is a number of its own, 0 or 1.
    """

    name: str
    mean: float
    deviation: float
    has_gaps: bool

    @property
    def features(self) -> list[str]:
        """What each number of it says."""
        return [self.name, *([f"{self.name} missing"] if self.has_gaps else [])]

    def encode(self, values: pl.Series) -> np.ndarray:
        """The numbers, ``[N, 1 or 2] float32``; 0 in place of a missing one."""
        numbers = read_numbers(values)
        with np.errstate(over="ignore"):  # infinitely far is far enough
            apart = (numbers - self.mean) / self.deviation if self.deviation else np.zeros(len(numbers))
        is_gap = np.isnan(numbers)
        standard = np.where(is_gap, 0, np.clip(apart, -_FARTHEST, _FARTHEST))
        return np.stack([standard, is_gap] if self.has_gaps else [standard], axis=1).astype(np.float32)

    def describe(self) -> str:
        """In words."""
        gaps = ", missing in some" if self.has_gaps else ""
        if not self.deviation:
            return f"the same number in all training rows{gaps}, which says nothing"
        return f"a number, {self.mean:.3g} \u00b1 {self.deviation:.3g}{gaps}"

    def remark(self, values: pl.Series) -> tuple[str, ...]:
        """What a person should know of ``values``: how many count as missing though something stands there."""
        filled = fill_values(values)
        strange = filled.filter(pl.Series(np.isnan(read_numbers(filled))))
        if not len(strange):
            return ()
        some = ", ".join(f"{value!r:.20}" for value in strange.cast(pl.String).unique(maintain_order=True).head(3))
        n = len(strange)
        return (f"{n:,} value{'s are' if n > 1 else ' is'} no number that can be used ({some}), and so missing",)


@dataclass(frozen=True, kw_only=True)
class CategoryColumn:
    """A column of few different values, a number for each of them: 1 where it stands, else 0.

    Parameters
    ----------
    name : str
        What it is called.
    values : tuple of str
        Those that enough training rows have, the most frequent first; any other is all zeros.
    has_gaps : bool
        Whether training rows lack a value: then that is a number of its own, 0 or 1.
    """

    name: str
    values: tuple[str, ...]
    has_gaps: bool

    @property
    def features(self) -> list[str]:
        """What each number of it says."""
        return [
            *(f"{self.name}={value}" for value in self.values),
            *([f"{self.name} missing"] if self.has_gaps else []),
        ]

    def encode(self, values: pl.Series) -> np.ndarray:
        """The numbers, ``[N, len(values)] float32``, one more where there are gaps."""
        place = self._find(values)
        rows = np.flatnonzero(place >= 0)
        numbers = np.zeros((len(values), len(self.features)), dtype=np.float32)
        numbers[rows, place[rows]] = 1
        if self.has_gaps:
            numbers[:, -1] = read_values(values).is_null().to_numpy()
        return numbers

    def describe(self) -> str:
        """In words."""
        gaps = ", missing in some" if self.has_gaps else ""
        if not self.values:
            return "no value that enough training rows share, which says nothing"
        named = ", ".join(f"{value:.20}" for value in self.values[:3])
        more = f" and {len(self.values) - 3:,} more" if len(self.values) > 3 else ""
        return f"one of {named}{more}{gaps}"

    def remark(self, values: pl.Series) -> tuple[str, ...]:
        """What a person should know of ``values``: how many are not among the known ones."""
        strange = read_values(values).filter(pl.Series(self._find(values) < 0)).drop_nulls()
        if not len(strange):
            return ()
        some = ", ".join(f"{value!r:.20}" for value in strange.unique(maintain_order=True).head(3))
        n = len(strange)
        return (f"{n:,} row{'s have' if n > 1 else ' has'} a value that too few training rows have ({some})",)

    def _find(self, values: pl.Series) -> np.ndarray:
        """The place of each value among the known ones, ``[N] int64``; -1 for others."""
        known = pl.DataFrame({"value": pl.Series(self.values, dtype=pl.String)}).with_row_index("place")
        asked = read_values(values).to_frame("value")
        place = asked.join(known, on="value", how="left", maintain_order="left")["place"]
        return place.cast(pl.Int64).fill_null(-1).to_numpy()


def restore_column(column: Any) -> NumberColumn | CategoryColumn:
    """A ``column`` of a card, looked over; ArtifactError where it is none."""
    check_fields(column, {"kind": (str,), "name": (str,), "has_gaps": (bool,)}, where=_WHERE)
    kind, given = column["kind"], {name: column[name] for name in ("name", "has_gaps")}
    if kind not in _KINDS:
        raise ArtifactError(f"{_WHERE}: kind {kind!r:.60} found, one of {', '.join(_KINDS)} expected. {_REMEDY}")
    check_fields(column, _KINDS[kind], where=_WHERE)
    if kind == "number":
        mean, deviation = column["mean"], column["deviation"]
        if not (abs(mean) <= _LARGEST and 0 <= deviation <= _LARGEST):  # NaN fails both
            raise ArtifactError(
                f"{_WHERE}: mean {mean} and deviation {deviation} found in {given['name']!r}. {_REMEDY}"
            )
        return NumberColumn(mean=float(mean), deviation=float(deviation), **given)
    values = column["values"]
    if not all(isinstance(value, str) for value in values) or len(set(values)) < len(values):
        raise ArtifactError(f"{_WHERE}: {values!r:.60} found, different strings expected. {_REMEDY}")
    return CategoryColumn(values=tuple(values), **given)


def check_type(values: pl.Series) -> pl.Series:
    """The values, if they are of a type that can be read; else DataError, which says what to do."""
    dtype = values.dtype
    if dtype.is_temporal():
        raise refuse_dates(values.name, str(dtype))
    is_known = dtype.is_numeric() or dtype in (pl.String, pl.Boolean, pl.Categorical, pl.Enum, pl.Null)
    if not is_known:
        raise DataError(f'"{values.name}" holds {dtype}; {_EXPECTED} expected. Convert it, or leave it out.')
    return values


def refuse_dates(name: str, found: str) -> DataError:
    """The error for a column called ``name`` in which dates or times are ``found``."""
    return DataError(
        f'"{name}" holds {found}; {_EXPECTED} expected. A model would know no later date than those it has seen: '
        "write what matters of it (year, month, weekday, days since) as columns."
    )


def fill_values(values: pl.Series) -> pl.Series:
    """The values that are there: neither null, nor NaN, nor an empty string."""
    values = check_type(values)
    if values.dtype.is_float():
        values = values.fill_nan(None)
    if values.dtype.is_numeric() or values.dtype == pl.Boolean:
        return values.drop_nulls()
    return read_values(values).drop_nulls()


def read_values(values: pl.Series) -> pl.Series:
    """The values as strings without blanks around them, ``[N]``; null where nothing is left."""
    stripped = values.cast(pl.String).str.strip_chars().to_frame("value")
    return stripped.select(pl.when(pl.col("value") != "").then("value"))["value"]


def read_numbers(values: pl.Series) -> np.ndarray:
    """The values as numbers, ``[N] float64``; NaN for what is none, or too large to be used."""
    written = values if values.dtype.is_numeric() or values.dtype == pl.Boolean else read_values(values)
    numbers = written.cast(pl.Float64, strict=False).fill_null(math.nan).to_numpy()
    return np.where(np.abs(numbers) <= _LARGEST, numbers, math.nan)
