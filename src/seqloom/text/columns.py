"""What stands beside texts in a table: columns of numbers and of categories, a row for each text."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import polars as pl

from seqloom.errors import DataError

__all__ = ["Columns", "read_columns"]


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Columns as they were given, nothing learned of them yet.

    Parameters
    ----------
    frame : polars.DataFrame
        ``[N]`` rows; null where a value is missing.
    """

    frame: pl.DataFrame

    def __len__(self) -> int:
        """The number of rows, N."""
        return self.frame.height

    @property
    def names(self) -> list[str]:
        """What the columns are called."""
        return self.frame.columns

    def take(self, rows: np.ndarray) -> Columns:
        """The given rows, in the given order."""
        return Columns(frame=self.frame[rows])

    def pick(self, names: Sequence[str]) -> Columns:
        """The columns of these ``names``, in this order; DataError names the first that is not there."""
        for name in names:
            if name not in self.names:
                raise DataError(
                    f'no column "{name}" found beside the texts, which has to be there; the columns are '
                    f"{', '.join(self.names)}. Add it; a value that is not known is None (null)."
                )
        return Columns(frame=self.frame.select(names))

    def join(self, other: Columns) -> Columns:
        """These rows and then the other's; a column that is of another type there becomes one of strings."""
        mine, theirs = self.frame, other.pick(self.names).frame
        torn = [name for name in self.names if mine.schema[name] != theirs.schema[name]]
        both = [frame.with_columns(pl.col(torn).cast(pl.String)) if torn else frame for frame in (mine, theirs)]
        return Columns(frame=pl.concat(both))

    def check_rows(self, n: int) -> None:
        """Nothing, if there is a row for each of ``n`` texts; else DataError."""
        if len(self) != n:
            raise DataError(f"columns of {len(self):,} rows found for {n:,} texts. Give a row for each text.")

    def tell(self) -> bytes:
        """All of it as bytes, equal for equal columns: for fingerprints."""
        return repr((dict(self.frame.schema), self.frame.rows())).encode()


def read_columns(given: Columns | pl.DataFrame | Mapping[str, Iterable[Any]] | Any) -> Columns:
    """Columns, from whatever holds some by name.

    Parameters
    ----------
    given : Columns, polars.DataFrame, DataFrame of pandas or the like, or mapping of str to sequence
        N rows each; None and NaN are missing values.

    Returns
    -------
    Columns
        All of them, in their order.

    Raises
    ------
    DataError
        For something else, columns of different lengths, and a column whose values are of no one type.

    Examples
    --------
    >>> columns = read_columns({"stars": [5, None], "country": ["DE", "KR"]})
    >>> columns.names, columns.take(np.array([1])).frame.rows()
    (['stars', 'country'], [(None, 'KR')])
    """
    if isinstance(given, Columns):
        return given
    if isinstance(given, pl.DataFrame):
        return Columns(frame=given)
    names = list(given) if isinstance(given, Mapping) else list(getattr(given, "columns", ()))
    if not names:
        raise DataError(
            f"columns of type {type(given).__name__} found; a DataFrame, or a mapping of names to sequences, with one "
            "column at least expected."
        )
    series = [_read_column(name, given[name]) for name in names]
    lengths = {len(column) for column in series}
    if len(lengths) > 1:
        told = ", ".join(f'"{column.name}" {len(column):,}' for column in series)
        raise DataError(f"columns of different lengths found: {told}. Give a value (or None) for each text.")
    return Columns(frame=pl.DataFrame(series))


def _read_column(name: Any, values: Any) -> pl.Series:
    if not isinstance(name, str):
        raise DataError(f"a column called {name!r:.60} ({type(name).__name__}) found, a name (str) expected.")
    if isinstance(values, pl.Series):
        return values.alias(name)
    array = values.to_numpy() if hasattr(values, "to_numpy") else values
    if isinstance(array, np.ndarray) and array.dtype.kind in "biufM":
        return pl.Series(name, array)
    if isinstance(array, str | bytes) or not isinstance(array, Iterable):
        raise DataError(f'"{name}": {array!r:.60} found where a sequence of values is expected, one for each text.')
    items = [None if _is_missing(value) else value for value in array]
    try:
        return pl.Series(name, [_as_float(item) for item in items] if _are_numbers(items) else items)
    except (TypeError, pl.exceptions.PolarsError) as problem:
        raise DataError(
            f'"{name}" holds values of more than one type, numbers or strings alone expected. Convert them.'
        ) from problem


def _are_numbers(items: list[Any]) -> bool:
    """Whether all that is there are numbers, of whatever kinds."""
    return all(item is None or (isinstance(item, Real) and not isinstance(item, bool | np.bool)) for item in items)


def _as_float(item: Any) -> float | None:
    """A number as a float; one that is too large for that is infinite."""
    try:
        return None if item is None else float(item)
    except OverflowError:
        return math.inf


def _is_missing(value: Any) -> bool:
    """None, NaN, and what pandas has for them (which cannot be compared)."""
    return (
        value is None or type(value).__name__ in ("NAType", "NaTType") or (isinstance(value, float) and value != value)
    )
