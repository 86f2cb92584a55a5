"""Columns as a table again."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

__all__ = ["to_frame"]


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
