"""Columns of numbers and categories as numbers: learned from training rows, the same in training and in service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Self

import numpy as np
import polars as pl

from seqloom.errors import ArtifactError, DataError, UsageError
from seqloom.text.column_kinds import (
    CategoryColumn,
    NumberColumn,
    check_type,
    fill_values,
    read_numbers,
    read_values,
    refuse_dates,
    restore_column,
)
from seqloom.text.columns import Columns
from seqloom.text.conventions import count_rows

__all__ = ["ColumnEncoder"]

# A column of strings of which so many are numbers is one of numbers with gaps, where what is often written in a gap
# is not counted. (In a column of other strings "NA" is a value as any: it may be Namibia.)
_MOSTLY_NUMBERS = 0.95
_GAPS = ("na", "n/a", "nan", "null", "none", "?", "-", "unknown", "missing")

# 2024-05-31, with a time or not, 31.5.2024, 5/31/24.
_DATE = r"^\d{4}-\d{1,2}-\d{1,2}([T ].*)?$|^\d{1,2}[./]\d{1,2}[./]\d{2,4}$"

# Of more different values than this share of rows, most stand in one row alone: an identifier, or another text. Asked
# of so many rows at least, as of ten people none may share a town.
_MOSTLY_DIFFERENT, _FEWEST_ROWS = 0.9, 20

_WHERE = "the columns of the encoding in card.json"
_REMEDY = "Get the folder from its source again."


class ColumnEncoder:
    """Columns as numbers, ``[N, C] float32``.

    A column of numbers is standardised by the mean and the standard deviation of the training rows. So is one of
    strings of which 95 % and more are numbers, not counting "NA" and the like; the rest is missing, as are numbers
    without end. Any other column of
    strings, and one of true and false, is a number, 0 or 1, for each of its values. A value that is missing is 0, and a
    number of its own says so, where training rows have such.

    Parameters
    ----------
    min_df : int or float
        Training rows that a value of a category must stand in, or a share of them.
    max_values : int
        Values of a category at most, the most frequent.

    Examples
    --------
    >>> from seqloom.text.columns import read_columns
    >>> encoder = ColumnEncoder(min_df=1).fit(read_columns({"stars": [1, 3], "country": ["DE", "KR"]}))
    >>> encoder.features
    ['stars', 'country=DE', 'country=KR']
    >>> encoder.encode(read_columns({"country": ["KR", "FR"], "stars": [2, 3]})).tolist()
    [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """

    def __init__(self, *, min_df: int | float = 2, max_values: int = 100) -> None:
        self.min_df = min_df
        self.max_values = max_values

    def fit(self, columns: Columns) -> Self:
        """Itself, with ``columns_``, what was learned of each.

        Raises
        ------
        DataError
            For a column of dates, lists or the like, an identifier, and where nothing can be learned from any.
        """
        least = count_rows("min_df", self.min_df, n_rows=len(columns))
        self.columns_ = [self._learn(values, least=least) for values in columns.frame]
        if not self.features:
            raise DataError(
                f"nothing can be learned from {_name(columns.names)}: they are empty, or no value stands in {least:,} "
                "training rows. Leave them out."
            )
        return self

    def _learn(self, values: pl.Series, *, least: int) -> NumberColumn | CategoryColumn:
        filled = fill_values(values)
        has_gaps = 0 < len(filled) < len(values)
        if filled.dtype.is_numeric() or (filled.dtype == pl.String and _are_mostly_numbers(filled)):
            numbers = read_numbers(values)
            known = numbers[~np.isnan(numbers)]
            is_even = not len(known) or known.min() == known.max()
            return NumberColumn(
                name=values.name,
                mean=float(known.mean()) if len(known) else 0.0,
                deviation=0.0 if is_even else float(known.std()),
                has_gaps=0 < len(known) < len(numbers),
            )
        words = read_values(filled)
        if int(words.str.contains(_DATE).sum()) > len(words) / 2:
            raise refuse_dates(values.name, f"dates ({words[0]!r:.40})")
        n_different = words.n_unique()
        if len(words) >= _FEWEST_ROWS and n_different > _MOSTLY_DIFFERENT * len(words):
            raise DataError(
                f'"{values.name}" has {n_different:,} different values in {len(words):,} rows: an identifier, or '
                "another text, from which no value can be learned. Leave it out, or write it into the text."
            )
        counts = words.to_frame("value").group_by("value").len().filter(pl.col("len") >= least)
        kept = counts.sort("len", "value", descending=[True, False])["value"].head(self.max_values)
        return CategoryColumn(name=values.name, values=tuple(kept), has_gaps=has_gaps)

    @property
    def names(self) -> list[str]:
        """The columns, in the order they were learned in."""
        return [column.name for column in self.columns_]

    @property
    def features(self) -> list[str]:
        """What each number says, ``[C]``: ``stars``, ``country=DE``, ``stars missing``."""
        return [feature for column in self.columns_ for feature in column.features]

    def encode(self, columns: Columns | None) -> np.ndarray:
        """The numbers, ``[N, C] float32``; columns are found by name, and others passed over.

        Raises
        ------
        UsageError
            Where there are no columns.
        DataError
            Where one is missing, or of a type that none of this kind can be.
        """
        picked = self.pick(columns)
        numbers = [column.encode(check_type(picked[column.name])) for column in self.columns_]
        return np.concatenate(numbers, axis=1)

    def remark(self, columns: Columns) -> tuple[str, ...]:
        """What a person should know of ``columns`` that are to be encoded: values that cannot be used."""
        picked = self.pick(columns)
        return tuple(
            f'"{column.name}": {remark}' for column in self.columns_ for remark in column.remark(picked[column.name])
        )

    def pick(self, columns: Columns | None) -> pl.DataFrame:
        """Those that it has learned of, by name, in their order; raises as ``encode`` does where one is missing."""
        if columns is None:
            raise UsageError(
                f"texts without columns found; this model was trained with {_name(self.names)} beside the text. Pass "
                "columns=..., a DataFrame or mapping that has them (None where a value is not known)."
            )
        return columns.pick(self.names).frame

    def describe(self) -> list[str]:
        """A line for each column: what it was taken for."""
        return [f'"{column.name}" is {column.describe()}' for column in self.columns_]

    def make_missing(self, n: int) -> Columns:
        """``n`` rows of which nothing is known."""
        return Columns(frame=pl.DataFrame({name: pl.Series([None] * n, dtype=pl.String) for name in self.names}))

    def state(self) -> list[dict[str, Any]]:
        """All that ``from_state`` needs, as JSON."""
        return [
            {"kind": "category", **asdict(column), "values": list(column.values)}
            if isinstance(column, CategoryColumn)
            else {"kind": "number", **asdict(column)}
            for column in self.columns_
        ]

    @classmethod
    def from_state(cls, state: Any) -> ColumnEncoder:
        """The encoder again, from what ``state`` gave; ArtifactError where it is not that."""
        if not isinstance(state, list):
            raise ArtifactError(f"{_WHERE}: {state!r:.60} found, a list expected. {_REMEDY}")
        encoder = cls()
        encoder.columns_ = [restore_column(column) for column in state]
        if not encoder.features or len(set(encoder.names)) < len(encoder.names):
            raise ArtifactError(f"{_WHERE}: {encoder.names!r:.60} found, different names expected. {_REMEDY}")
        return encoder


def _are_mostly_numbers(filled: pl.Series) -> bool:
    asked = filled.filter(~filled.str.to_lowercase().is_in(_GAPS))
    is_number = asked.cast(pl.Float64, strict=False).is_not_null()
    return len(asked) > 0 and int(is_number.sum()) >= _MOSTLY_NUMBERS * len(asked)


def _name(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
