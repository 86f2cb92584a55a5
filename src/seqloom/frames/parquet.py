"""Parquet files."""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl

from seqloom.errors import DataError
from seqloom.frames.files import read_bytes
from seqloom.frames.table import Sheet

__all__ = ["read_parquet"]


def read_parquet(path: Path) -> Sheet:
    """All rows and columns of a Parquet file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Sheet
        Columns in their own types.

    Raises
    ------
    DataError
        If it cannot be read, is not Parquet, or has no rows.
    """
    try:
        frame = pl.read_parquet(io.BytesIO(read_bytes(path)))
    except pl.exceptions.PolarsError as error:
        why = str(error).splitlines()[0]
        raise DataError(f"not a Parquet file that can be read ({why}). Write it again.", path=path) from None
    if frame.height == 0:
        raise DataError("the table has no rows. Expected one or more.", path=path)
    return Sheet(frame=frame)
