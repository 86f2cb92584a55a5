"""The parts of a data set: what they are called, and the column that says which row is of which."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from seqloom.errors import DataError
from seqloom.frames.wording import name_some

__all__ = ["NO_SPLIT", "SPLITS", "find_split", "read_splits"]

# What folders and split columns call the three parts, in small letters.
SPLITS = {
    "train": "train",
    "training": "train",
    "valid": "valid",
    "validation": "valid",
    "val": "valid",
    "dev": "valid",
    "development": "valid",
    "test": "test",
    "testing": "test",
}

# Values of a split column that put a row in none of the three.
NO_SPLIT = frozenset({"unlabelled", "unlabeled", "unsup", "unsupervised"})

# What such a column is called.
_SPLIT_NAMES = frozenset({"split", "part", "set", "fold", "subset", "partition"})


def find_split(frame: pl.DataFrame, taken: Collection[str]) -> str | None:
    """The column of a ``frame`` that is named like a split and says which rows are for training, if there is one.

    Columns that are ``taken`` are none.

    Examples
    --------
    >>> find_split(pl.DataFrame({"part": ["Train", "test"]}), ())
    'part'
    """
    for column in frame.columns:
        if column.lower() in _SPLIT_NAMES and column not in taken and frame[column].dtype == pl.String:
            values = {value.strip().lower() for value in frame[column].unique().drop_nulls()} - {""}
            if "train" in {SPLITS.get(value) for value in values} and values <= SPLITS.keys() | NO_SPLIT:
                return column
    return None


def read_splits(values: pl.Series, column: str, *, path: object = None) -> pl.Series:
    """The part of each row, ``train``, ``valid`` or ``test``; null where it is of none.

    Parameters
    ----------
    values : Series
        ``[N]``, in any spelling of the parts.
    column : str
        What it is called, for errors.
    path : path-like or None
        The file, for errors.

    Returns
    -------
    Series
        ``[N]`` String.

    Raises
    ------
    DataError
        Where a value is no part: names those.
    """
    words = values.cast(pl.String).str.strip_chars().str.to_lowercase()
    unknown = sorted(set(words.unique().drop_nulls()) - SPLITS.keys() - NO_SPLIT - {""})
    if unknown:
        raise DataError(
            f'"{column}" holds {name_some(unknown)} where train, valid or test were expected. '
            "Rename the values, or name another column with --split.",
            path=path,
        )
    return words.replace_strict(SPLITS, default=None, return_dtype=pl.String)
