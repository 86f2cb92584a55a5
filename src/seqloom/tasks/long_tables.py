"""Whole series out of long tables, a row for each step: for the learners of series, in Python and in the command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from seqloom.errors import DataError, UsageError
from seqloom.frames.long import LongColumns, choose_long, gather_rows
from seqloom.frames.series_table import SeriesTable
from seqloom.frames.wording import name_some
from seqloom.series.channels import read_numbers
from seqloom.series.findings import Finding
from seqloom.series.order import find_order, read_order
from seqloom.series.table import read_frame

__all__ = ["gather_series", "read_long"]


def gather_series(
    frame: Any,
    *,
    series_id: str,
    label: str | None = None,
    target: str | None = None,
    time: str | None = None,
    channels: Sequence[str] | None = None,
) -> tuple[list[np.ndarray], np.ndarray | None]:
    """Series and labels of a long table, as ``SeriesClassifier`` and ``SeriesRegressor`` take them.

    Parameters
    ----------
    frame : DataFrame, or mapping of str to sequence
        Polars or pandas, a row for each step of a series.
    series_id : str
        Column that tells the series apart. They come in the order in which they first stand there.
    label : str or None
        Column of the classes, one for all rows of a series.
    target : str or None
        Column of numbers, in place of classes.
    time : str or None
        Column that rows of a series are sorted by, moments or numbers; None: one that is named so, else as they stand.
    channels : sequence of str or None
        What was measured; None: every other column, which then must be numbers.

    Returns
    -------
    tuple
        N arrays ``[T, C] float64``, NaN where a value is missing; and ``[N]`` labels or numbers, or None.

    Raises
    ------
    DataError
        Where a column or a row is not what it must be: names it.

    Examples
    --------
    >>> frame = {"who": ["a", "a", "b"], "t": [1, 0, 0], "x": [0.5, 0.25, 2.0], "class": ["up", "up", "down"]}
    >>> x, y = gather_series(frame, series_id="who", label="class")
    >>> [row.ravel().tolist() for row in x], y.tolist()
    ([[0.25, 0.5], [2.0]], ['up', 'down'])
    """
    if label is not None and target is not None:
        raise UsageError(f"label={label!r} and target={target!r} found, one of them expected: classes or numbers.")
    if isinstance(channels, str):
        raise UsageError(f"channels={channels!r} found, a list of columns expected.")
    asked = LongColumns(
        series_id=series_id,
        label=label,
        target=target,
        time=None if time is None else (time,),
        channels=None if channels is None else tuple(channels),
    )
    table = read_long(read_frame(frame), asked)
    return [table.steps.row(i) for i in range(len(table))], table.labels


def read_long(frame: Any, asked: LongColumns) -> SeriesTable:
    """The whole series of a long table.

    Parameters
    ----------
    frame : DataFrame
        Polars, a row for each step; columns of text that hold numbers are read as such.
    asked : LongColumns
        Which column is what, as far as somebody said.

    Returns
    -------
    SeriesTable
        Its ``columns`` say what was taken, its ``notes`` what was odd.

    Raises
    ------
    DataError
        Where a column or a row is not what it must be: names it.
    """
    chosen = choose_long(frame, asked)
    if chosen.time is None:
        chosen = replace(chosen, time=find_order(frame, {*chosen.list_taken(), *(chosen.channels or ())}))
    findings: list[Finding] = []
    order = read_order(frame, chosen.time or (), findings=findings)
    taken = chosen.list_taken()
    named = chosen.channels or tuple(name for name in frame.columns if name not in taken)
    columns = {name: read_numbers(frame[name], findings) for name in named}
    channels = tuple(name for name, values in columns.items() if values is not None)
    if words := [name for name in named if name not in channels]:
        raise DataError(_say_words(frame, words, channels=channels))
    if not channels:
        raise DataError(f"no column of numbers beside {', '.join(taken)} found, one or more expected as channels.")
    values = np.column_stack([values for values in columns.values() if values is not None])
    chosen = replace(chosen, channels=channels)
    numbers = None if chosen.target is None else read_numbers(frame[chosen.target], findings)
    if chosen.target is not None and numbers is None:
        raise DataError(f'"{chosen.target}" holds no numbers, numbers expected as targets. Names of classes: --label.')
    table = gather_rows(frame, chosen, order=order, values=values, channels=channels, numbers=numbers)
    return replace(table, notes=(_say_taken(chosen, frame), *(finding.message for finding in findings)))


def _say_words(frame: Any, words: Sequence[str], *, channels: Sequence[str]) -> str:
    """What to do about columns that are no numbers."""
    some = frame[words[0]].drop_nulls().head(1).to_list()
    found = f'"{words[0]}" holds no numbers ({some[0] if some else "nothing"!s:.40} in its first row)'
    way_out = f"--channels {','.join(channels)} (channels=...)" if channels else "--series-id, --time and --label"
    if not channels:
        return f"{found}, numbers expected in a channel. Are {way_out} the right columns?"
    named = ",".join(words)
    return f"{found}, numbers expected in a channel. Leave it out with --drop {named}, or name the channels: {way_out}."


def _say_taken(columns: LongColumns, frame: Any) -> str:
    """Which column was taken for what, as a note."""
    told = [f'took "{columns.series_id}" as the id']
    told += [f'"{" and ".join(columns.time)}" as the time' if columns.time else "rows in their order, without a time"]
    told += [] if columns.label is None else [f'"{columns.label}" as the label']
    told += [] if columns.target is None else [f'"{columns.target}" as the target']
    told += [] if columns.split is None else [f'"{columns.split}" as the split']
    read = {*columns.list_taken(), *(columns.channels or ())} - {*columns.drop}
    passed = [f'"{name}"' for name in frame.columns if name not in read]
    return ", ".join(told) + (f"; passed over {name_some(passed)}" if passed else "")
