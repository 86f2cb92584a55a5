"""Columns of names: labels, groups and ids, however they are written."""

from __future__ import annotations

import polars as pl

__all__ = ["read_names"]


def read_names(values: pl.Series, name: str) -> pl.Series:
    """The values as strings without blanks around them, null where nothing is left; called ``name``.

    Whole numbers are names without a point: 1.0 is how a column of 1 with gaps is often written.

    Examples
    --------
    >>> read_names(pl.Series([1.0, None, 2.0]), "label").to_list()
    ['1', None, '2']
    """
    if values.dtype.is_float() and _is_whole(values):
        values = values.fill_nan(None).cast(pl.Int64)
    stripped = values.cast(pl.String).str.strip_chars().to_frame(name)
    return stripped.select(pl.when(pl.col(name) != "").then(name))[name]


def _is_whole(values: pl.Series) -> bool:
    filled = values.drop_nulls().drop_nans()
    return bool((filled == filled.round()).all()) and bool((filled.abs() < 2.0**53).all())
