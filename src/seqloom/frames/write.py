"""Tables written: answers joined to the rows they answer, mistakes to look at."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from seqloom.errors import UsageError
from seqloom.frames.table import TextTable
from seqloom.frames.wording import name_some
from seqloom.whole import writing_whole

__all__ = ["check_output", "join_answers", "list_mistakes", "write_table"]

_WRITERS: dict[str, Callable[[pl.DataFrame, Path], object]] = {
    ".csv": lambda frame, path: frame.write_csv(path),
    ".tsv": lambda frame, path: frame.write_csv(path, separator="\t"),
    ".jsonl": lambda frame, path: frame.write_ndjson(path),
    ".parquet": lambda frame, path: frame.write_parquet(path),
}


def join_answers(
    source: pl.DataFrame | None,
    *,
    texts: Sequence[str],
    labels: Sequence[object],
    probability: Mapping[str, np.ndarray],
    called: str = "text",
) -> pl.DataFrame:
    """The rows that were asked about, with ``predicted`` and a probability for each class behind them.

    Parameters
    ----------
    source : polars.DataFrame or None
        The table as it was read; None makes one of the texts alone.
    texts : sequence of str
        ``[N]``.
    labels : sequence
        ``[N]`` predicted labels.
    probability : mapping of str to ndarray
        Column name -> ``[N]``.
    called : str
        The column of the texts, where there is no source.

    Returns
    -------
    polars.DataFrame
        The source's columns as they were. A new column whose name is taken gets an underscore.

    Examples
    --------
    >>> join_answers(None, texts=["x"], labels=["a"], probability={"p_a": np.array([0.75])}).rows()
    [('x', 'a', 0.75)]
    """
    frame = pl.DataFrame({called: texts}) if source is None else source
    for name, values in {"predicted": labels, **probability}.items():
        free = name
        while free in frame.columns:
            free += "_"
        rounded = values.astype(np.float64).round(6) if isinstance(values, np.ndarray) else values
        frame = frame.with_columns(pl.Series(free, rounded))
    return frame


def list_mistakes(
    table: TextTable, rows: np.ndarray, *, predicted: Sequence[str], probability: np.ndarray
) -> pl.DataFrame:
    """Rows that were got wrong: file (of a folder), text, label, what it was taken for and how surely.

    Parameters
    ----------
    table : TextTable
        Where they stand.
    rows : ndarray, ``[n] int64``
        Which, in the order wanted.
    predicted : sequence of str
        ``[n]`` the wrong answers.
    probability : ndarray, ``[n]``
        Of the wrong answers.

    Returns
    -------
    polars.DataFrame
        ``n`` rows.
    """
    label = pl.col("label").list.join(";") if table.are_several else pl.col("label")
    frame = table.frame[rows].select("text", label)
    if table.source is not None and "file" in table.source.columns:
        frame = frame.insert_column(0, table.source["file"].gather(rows))
    return join_answers(frame, texts=[], labels=predicted, probability={"probability": probability})


def check_output(path: Path, *, overwrite: bool = False) -> None:
    """Nothing, if a table can be written there: found out before the work, not behind it.

    Parameters
    ----------
    path : Path
        The file.
    overwrite : bool
        Whether a file of that name may be replaced.

    Raises
    ------
    UsageError
        For an ending that is not known, a name that is taken, a place where no file can be made.
    """
    if path.suffix.lower() not in _WRITERS:
        found = f"ending {path.suffix!r}" if path.suffix else "no ending"
        raise UsageError(f"{path}: {found} found, one of {', '.join(_WRITERS)} expected.")
    if path.is_dir():
        raise UsageError(f"{path} is a folder, the name of a file expected.")
    if path.exists() and not overwrite:
        raise UsageError(f"{path} exists already. Give another name, or pass --overwrite.")
    parent = path.absolute().parent
    while not parent.exists() and parent != parent.parent:
        parent = parent.parent
    if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
        what = "is not yours to write to" if parent.is_dir() else "is a file"
        raise UsageError(f"{path} cannot be made: {parent} {what}. Give another place.")


def write_table(frame: pl.DataFrame, path: Path) -> None:
    """Write a table in the format of its ending; it stands there whole or not at all.

    Parameters
    ----------
    frame : polars.DataFrame
        Any.
    path : Path
        Ending in ``.csv``, ``.tsv``, ``.jsonl`` or ``.parquet``; its folder is made where it is missing.

    Raises
    ------
    UsageError
        For another ending, or columns that the format cannot hold.
    """
    check_output(path, overwrite=True)
    ending = path.suffix.lower()
    nested = [name for name, dtype in frame.schema.items() if dtype.is_nested() or dtype == pl.Binary]
    if nested and ending in (".csv", ".tsv"):
        raise UsageError(
            f"{path}: columns hold lists, objects or bytes ({name_some(nested)}), which {ending} cannot hold. "
            "Write .parquet or .jsonl."
        )
    if path.is_symlink():
        path = path.resolve()  # a link stays a link
    path.parent.mkdir(parents=True, exist_ok=True)
    with writing_whole(path) as partial:
        _WRITERS[ending](frame, partial)
