"""Tables of whatever make as Polars frames, and columns as a table again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from numbers import Real
from typing import Any

import numpy as np
import polars as pl

from seqloom.errors import DataError, UsageError

__all__ = ["read_frame", "to_frame"]


def read_frame(given: Any) -> pl.DataFrame:
    """The columns of a Polars or pandas frame, or of a mapping; an index of moments becomes a column of its own.

    Parameters
    ----------
    given : DataFrame, or mapping of str to sequence
        N rows each.

    Raises
    ------
    UsageError, DataError
        Where it is no table, or a column has values of several types or another length.

    Examples
    --------
    >>> read_frame({"ds": ["2024-05-01"], "y": [1.5]}).schema.names()
    ['ds', 'y']
    """
    if isinstance(given, pl.LazyFrame):
        return given.collect()
    if isinstance(given, pl.DataFrame):
        return given
    names = list(given) if isinstance(given, Mapping) else list(getattr(given, "columns", ()))
    if not names or not hasattr(given, "__getitem__"):
        raise UsageError(f"a {type(given).__name__} found, a table (Polars, pandas, or columns by name) expected.")
    columns = {str(name): given[name] for name in names}
    index = getattr(given, "index", None)  # of pandas, which is not imported for it
    if _is_of_moments(index):
        columns = {str(getattr(index, "name", None) or "ds"): index} | columns
    read = [_read_column(name, values) for name, values in columns.items()]
    if len({len(column) for column in read}) > 1:
        told = ", ".join(f"{column.name} {len(column):,}" for column in read)
        raise DataError(f"columns of different lengths found: {told}. Give a value (or None) for each row.")
    return pl.DataFrame(read)


def _is_of_moments(values: Any) -> bool:
    return getattr(getattr(values, "dtype", None), "kind", None) == "M"


def _read_column(name: str, values: Any) -> pl.Series:
    if isinstance(values, pl.Series):
        return values.alias(name)
    if _is_of_moments(values):  # those of a zone come as UTC
        return pl.Series(name, np.asarray(values, dtype="M8[us]"))
    array = values.to_numpy() if hasattr(values, "to_numpy") else values
    if isinstance(array, np.ndarray) and array.dtype != object and array.ndim == 1:
        return pl.Series(name, array)
    if isinstance(array, str | bytes) or not isinstance(array, Iterable):
        raise DataError(f"column {name!r}: {array!r:.60} found where a sequence of values is expected.")
    items = [None if item is None or item != item else item for item in array]
    try:
        return pl.Series(name, items)
    except (TypeError, pl.exceptions.PolarsError):
        if all(item is None or isinstance(item, Real) for item in items):
            return pl.Series(name, items, dtype=pl.Float64, strict=False)  # whole numbers and decimals
        raise DataError(f"column {name!r}: values of several types found, of one expected. Convert them.") from None


def to_frame(columns: Mapping[str, np.ndarray], *, times_name: str) -> pl.DataFrame:
    """A table of ``columns``; the one called ``times_name``, microseconds since 1970, becomes moments.

    Examples
    --------
    >>> to_frame({"ds": np.array([0]), "y": np.array([1.5])}, times_name="ds").row(0)
    (datetime.datetime(1970, 1, 1, 0, 0), 1.5)
    """
    made = {
        name: pl.Series(name, values.tolist() if values.dtype == object else values) for name, values in columns.items()
    }
    return pl.DataFrame(made).with_columns(pl.col(times_name).cast(pl.Datetime("us")))
