"""What verbs that train read: tables of texts with labels, and texts without."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqloom.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seqloom.flow import Series, Ticks
    from seqloom.frames.table import ReadOptions, TextTable

__all__ = ["name_run", "parse_names", "pick_options", "read_measurements", "read_tables", "read_unlabelled"]


def pick_options(given: Mapping[str, Any]) -> ReadOptions:
    """What is asked of the reader, among all that a verb was ``given`` by name."""
    from seqloom.frames.table import ReadOptions

    names = ("text", "label", "split", "group", "encoding", "on_bad_row", "label_separator")
    return ReadOptions(
        beside=parse_names(given.get("beside")), **{name: given[name] for name in names if name in given}
    )


def parse_names(text: str | None, *, option: str = "--with") -> tuple[str, ...]:
    """The columns of an ``option``, commas between, from what was typed; none for None.

    Raises
    ------
    UsageError
        Where a name is empty, or stands there twice.

    Examples
    --------
    >>> parse_names("stars, country")
    ('stars', 'country')
    """
    names = () if text is None else tuple(name.strip() for name in text.split(","))
    if not all(names) or len(set(names)) < len(names):
        raise UsageError(f"{option} {text!r} found, different names of columns with commas between expected.")
    return names


def read_unlabelled(path: Path | None, options: ReadOptions) -> TextTable | None:
    """Texts whose labels, if they have any, are not looked at; ``unsup`` of a folder among them.

    Parameters
    ----------
    path : Path or None
        Anything that can be read, or a folder that has ``unsup`` in it; None where there is nothing.
    options : ReadOptions
        How the labelled texts are read; columns beside the text are not looked for.

    Returns
    -------
    TextTable or None
        Of a folder with unlabelled texts these alone, else all.
    """
    from seqloom.frames.read import read_texts

    if path is None:
        return None
    alone = replace(options, label=None, split=None, group=None, beside=(), needs_label=False, unlabelled=True)
    table = read_texts(path, alone)
    is_unlabelled = table.labels.is_null()
    if path.is_dir() and is_unlabelled.any():
        return replace(table, frame=table.frame.filter(is_unlabelled), source=None)
    return table


def read_measurements(
    path: Path, params: Mapping[str, Any], *, clock: tuple[int, Ticks] | None = None
) -> tuple[Series, Any]:
    """The measurements of a table on their clock, and what was odd in them; an error says of which file it is.

    Parameters
    ----------
    path : Path
        The table.
    params : mapping
        Constructor arguments of a forecaster: which columns are what.
    clock : tuple of int and Ticks, or None
        How rows follow each other, where they must: see ``to_series``.
    """
    from seqloom.errors import DataError
    from seqloom.forecasts import read_series
    from seqloom.frames.read import read_table

    frame = read_table(path)
    try:
        return read_series(frame, params, clock=clock)
    except DataError as problem:
        raise DataError(str(problem), path=path) from problem


def name_run(data: Path) -> str:
    """The run's name after its data: ``aclImdb`` for ``aclImdb/``, ``reviews`` for ``reviews.csv.gz``."""
    return data.resolve().name.split(".")[0] or "run"


def read_tables(data: Path, test: Path | None, *, options: ReadOptions) -> TextTable:
    """The rows of the data, and behind them those of ``--test``, marked as test."""
    from seqloom.frames.read import read_texts
    from seqloom.frames.table import join_tables

    table = read_texts(data, options)
    if test is None:
        return table
    return replace(join_tables(table, read_texts(test, options), split="test"), name=f"{data} and {test}")
