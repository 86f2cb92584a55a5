"""Whole series in a long table, a row for each step: which column is what, and the rows put together by series."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import polars as pl

from seqloom.errors import DataError
from seqloom.flow import Ragged
from seqloom.frames.names import read_names
from seqloom.frames.series_table import SeriesTable
from seqloom.frames.splits import find_split, read_splits
from seqloom.frames.wording import name_some

__all__ = ["LongColumns", "choose_long", "gather_rows"]


@dataclass(frozen=True, kw_only=True)
class LongColumns:
    """Which column of a long table is what.

    Parameters
    ----------
    series_id : str
        Tells the series apart.
    label : str or None
        Their classes; None where nobody needs them.
    target : str or None
        Their numbers, in place of classes.
    time : tuple of str or None
        What rows are sorted by: one column, or a date and a time; empty: as they stand. None: to be found.
    channels : tuple of str or None
        What was measured. None: every other column.
    drop : tuple of str
        Columns not to read.
    split : str or None
        Says train, valid or test. None: one that is named so.
    """

    series_id: str
    label: str | None = None
    target: str | None = None
    time: tuple[str, ...] | None = None
    channels: tuple[str, ...] | None = None
    drop: tuple[str, ...] = ()
    split: str | None = None

    def list_taken(self) -> tuple[str, ...]:
        """All but the channels."""
        roles = (self.series_id, self.label, self.target, self.split, *(self.time or ()), *self.drop)
        return tuple(column for column in roles if column is not None)


def choose_long(frame: pl.DataFrame, asked: LongColumns) -> LongColumns:
    """What was ``asked``, once it is known to be there, with the split that was found; channels stay None.

    Raises
    ------
    DataError
        Where a column is missing, or named for two things.

    Examples
    --------
    >>> frame = pl.DataFrame({"id": ["a"], "x": [0.5], "split": ["train"]})
    >>> choose_long(frame, LongColumns(series_id="id")).split
    'split'
    """
    _check_there(frame, [("--series-id", asked.series_id), ("--label", asked.label), ("--target", asked.target)])
    _check_there(frame, [("--split", asked.split)])
    _check_there(frame, [("--time", column) for column in asked.time or ()])
    _check_there(frame, [("--drop", column) for column in asked.drop])
    channels = asked.channels or ()
    if missing := [column for column in channels if column not in frame.columns]:
        raise DataError(
            f"channels {name_some(channels)} expected, {name_some(missing)} not found. "
            f"The columns are {', '.join(frame.columns)}."
        )
    roles = [("id", asked.series_id), ("label", asked.label), ("target", asked.target), ("split", asked.split)]
    roles += [("time", column) for column in asked.time or ()] + [("channel", column) for column in channels]
    for (role, column), (other, same) in combinations(roles, 2):
        if column is not None and column == same:
            raise DataError(f'"{column}" found as {role} and as {other}, a column for each expected.')
    found = asked.split or find_split(frame, {*asked.list_taken(), *channels})
    return replace(asked, split=found)


def _check_there(frame: pl.DataFrame, named: Iterable[tuple[str, str | None]]) -> None:
    for option, column in named:
        if column is not None and column not in frame.columns:
            near = difflib.get_close_matches(column, frame.columns, n=1)
            guess = f" Did you mean {near[0]}?" if near else ""
            raise DataError(
                f"no column {column!r} found ({option}, here or when the model was trained). The columns are "
                f"{', '.join(frame.columns)}.{guess}"
            )


def gather_rows(
    frame: pl.DataFrame,
    columns: LongColumns,
    *,
    order: np.ndarray | None,
    values: np.ndarray,
    channels: Sequence[str],
    numbers: np.ndarray | None = None,
) -> SeriesTable:
    """The rows of a long table as whole series, in the order in which their ids first stand there.

    Parameters
    ----------
    frame : DataFrame
        N rows.
    columns : LongColumns
        From ``choose_long``.
    order : ndarray or None
        ``[N]``: what rows of a series are sorted by; None leaves them as they stand.
    values : ndarray
        ``[N, C] float64``, NaN where one is missing.
    channels : sequence of str
        Names of the C channels.
    numbers : ndarray or None
        ``[N]``: the target, where there is a column for it.

    Returns
    -------
    SeriesTable
        With ids, and labels and split where there are columns for them.

    Raises
    ------
    DataError
        Where an id, a label or a number is missing, a series has two of them or two splits, two rows of one time or no
        value: names series and row, counted from 1 behind the header.

    Examples
    --------
    >>> frame = pl.DataFrame({"id": ["a", "b", "a"]})
    >>> order, values = np.array([2, 0, 1]), np.array([[1.0], [2.0], [3.0]])
    >>> table = gather_rows(frame, LongColumns(series_id="id"), order=order, values=values, channels=("x",))
    >>> table.ids, table.steps.row(0).ravel().tolist()
    (('a', 'b'), [3.0, 1.0])
    """
    ids = _read_filled(frame[columns.series_id], "id", why="which series the row belongs to")
    names = ids.unique(maintain_order=True)
    owners = ids.cast(pl.Enum(names)).to_physical().to_numpy().astype(np.int64)
    by_series = np.argsort(owners, kind="stable") if order is None else np.lexsort((order, owners))
    if order is not None:
        _check_moments(order, owners, by_series=by_series, names=names)
    _check_finite(values, owners, names=names, channels=channels)
    labels = splits = None
    if columns.label is not None:
        read = _read_filled(frame[columns.label], "label", why="the class of the series")
        labels = _take_constant(read, owners, names=names, column=columns.label).to_numpy().astype(str)
    elif columns.target is not None and numbers is not None:
        labels = _read_targets(numbers, owners, names=names, column=columns.target)
    if columns.split is not None:
        read = read_splits(frame[columns.split], columns.split).fill_null("")
        splits = _take_constant(read, owners, names=names, column=columns.split).to_numpy().astype(str)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(owners))]).astype(np.int64)
    return SeriesTable(
        steps=Ragged(values=values[by_series], offsets=offsets),
        channels=tuple(channels),
        labels=labels,
        split=splits,
        ids=tuple(names.to_list()),
        columns=columns,
    )


def _read_filled(values: pl.Series, what: str, *, why: str) -> pl.Series:
    """Names that all are there; DataError with the row of the first that is not."""
    if values.dtype.is_nested() or values.dtype in (pl.Binary, pl.Object):
        raise DataError(f'"{values.name}" holds {values.dtype}, names or numbers expected as {what}.')
    names = read_names(values, what)
    if names.null_count():
        row = int(names.is_null().arg_max() or 0)
        raise DataError(
            f'row {row + 1:,}: no {what} found in "{values.name}", {why} expected. Fill it in, or leave the row out.'
        )
    return names


def _read_targets(numbers: np.ndarray, owners: np.ndarray, *, names: pl.Series, column: str) -> np.ndarray:
    """The number of each series, ``[S]``; DataError where one has none, or two."""
    unknown = ~np.isfinite(numbers)
    if unknown.any():
        raise DataError(
            f'row {int(unknown.argmax()) + 1:,}: no number found in "{column}", the target of the series expected. '
            "Fill it in, or leave the row out."
        )
    try:
        return _take_constant(pl.Series(column, numbers), owners, names=names, column=column).to_numpy()
    except DataError as problem:
        raise DataError(f"{problem} To forecast it over time, say how far with --horizon.") from problem


def _take_constant(values: pl.Series, owners: np.ndarray, *, names: pl.Series, column: str) -> pl.Series:
    """The one value of each series, ``[S]``; DataError where one has two."""
    first = np.unique(owners, return_index=True)[1]
    own = values.gather(first)
    differs = (values != own.gather(owners)).to_numpy()
    if differs.any():
        row, at = int(differs.argmax()), int(owners[differs.argmax()])
        raise DataError(
            f'series {names[at]!r:.40}: "{column}" is {own[at]!r:.40} in row {int(first[at]) + 1:,} and '
            f"{values[row]!r:.40} in row {row + 1:,}, one for all rows of a series expected."
        )
    return own


def _check_moments(order: np.ndarray, owners: np.ndarray, *, by_series: np.ndarray, names: pl.Series) -> None:
    """Nothing, if no series has two rows of one time."""
    times, series = order[by_series], owners[by_series]
    twice = np.flatnonzero((times[1:] == times[:-1]) & (series[1:] == series[:-1]))
    if len(twice):
        at = twice[by_series[twice + 1].argmin()]
        one, other = int(by_series[at]) + 1, int(by_series[at + 1]) + 1
        raise DataError(
            f"series {names[int(series[at])]!r:.40}: rows {one:,} and {other:,} are of one time, a row for each time "
            "expected. Leave one out, or name the column that tells series apart with --series-id."
        )


def _check_finite(values: np.ndarray, owners: np.ndarray, *, names: pl.Series, channels: Sequence[str]) -> None:
    """Nothing, if no value is infinite and each series has one."""
    infinite = np.isinf(values)
    if infinite.any():
        row, channel = (int(place) for place in np.unravel_index(infinite.argmax(), values.shape))
        raise DataError(
            f'"{channels[channel]}", row {row + 1:,}: infinity found, a number expected (or nothing, where none was '
            "measured)."
        )
    n_known = np.bincount(owners, weights=(~np.isnan(values)).any(axis=1))
    if not n_known.all():
        raise DataError(f"series {names[int(n_known.argmin())]!r:.40}: no value found. Leave its rows out.")
