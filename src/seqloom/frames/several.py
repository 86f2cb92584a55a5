"""Several labels a row: lists of them as they stand in a table, or one field cut at a separator."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from seqloom.errors import DataError

__all__ = ["LISTS", "note_several", "split_labels", "take_lists"]

# Kinds of JSON values that are lists.
LISTS = frozenset({"list", "odd list"})

_EXPECTED = "lists of strings or whole numbers were expected, [] for a row without any label"


def split_labels(values: pl.Series, separator: str) -> pl.Series:
    """The labels in each field.

    Parameters
    ----------
    values : polars.Series
        ``[N]`` of any type that has a text form; null is a row without labels, as a field without anything is.
    separator : str
        What stands between two of them.

    Returns
    -------
    polars.Series
        ``[N]`` List(String), stripped of blanks around them.

    Examples
    --------
    >>> split_labels(pl.Series(["a; b", "", None]), ";").to_list()
    [['a', 'b'], [], []]
    """
    return _clean(values.cast(pl.String).fill_null("").str.split(separator))


def take_lists(values: pl.Series, column: str, *, kinds: Mapping[str, int], path: Path) -> pl.Series:
    """Lists of labels as they stand in a table.

    Parameters
    ----------
    values : polars.Series
        ``[N]``, the column.
    column : str
        Its name, for errors.
    kinds : mapping of str to int
        For JSON, which kinds of value it has, and the first line that has each.
    path : Path
        The file, for errors.

    Returns
    -------
    polars.Series
        ``[N]`` List(String), stripped of blanks around them; null where there is no list.

    Raises
    ------
    DataError
        Where some rows have no list, or a list holds something else than labels.
    """
    for kind, line in kinds.items():
        if kind != "list":
            what = "a list of something else" if kind == "odd list" else f"a {kind}"
            raise DataError(f'"{column}" holds {what} here, and {_EXPECTED}.', path=path, line=line)
    inner = getattr(values.dtype, "inner", None)
    is_plain = isinstance(inner, (pl.String, pl.Categorical, pl.Enum, pl.Null)) or (inner and inner.is_integer())
    if not is_plain:
        raise DataError(f'"{column}" holds {values.dtype}, and {_EXPECTED}.', path=path)
    lists = values.cast(pl.List(pl.String))
    has_null = lists.list.eval(pl.element().is_null().any()).list.first().fill_null(False)
    if has_null.any():
        row = has_null.arg_max()
        raise DataError(f'"{column}" holds null among the labels of row {row:,}, and {_EXPECTED}.', path=path)
    return _clean(lists)


def _clean(lists: pl.Series) -> pl.Series:
    stripped = lists.list.eval(pl.element().str.strip_chars())
    return stripped.list.eval(pl.element().filter(pl.element() != ""))


def note_several(labels: pl.Series) -> tuple[str, ...]:
    """What a person should know of lists of labels.

    Parameters
    ----------
    labels : polars.Series
        ``[N]`` List(String), as they stand in the file.

    Returns
    -------
    tuple of str
        Of rows without any label, and of those that name one twice.
    """
    n_empty = int((labels.list.len() == 0).sum())
    n_repeated = int((labels.list.n_unique() < labels.list.len()).sum())
    notes = []
    if n_empty:
        notes.append(f"{n_empty:,} row{'s have' if n_empty > 1 else ' has'} none of the labels: that is an answer, too")
    if n_repeated:
        notes.append(f"{n_repeated:,} row{'s name' if n_repeated > 1 else ' names'} a label twice (counted once)")
    return tuple(notes)
