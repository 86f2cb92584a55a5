"""What a person should know of the rows before anything is trained on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from seqloom.errors import DataError
from seqloom.frames.split import Parts
from seqloom.frames.table import TextTable
from seqloom.frames.wording import name_some

__all__ = ["Facts", "check_classes", "count_leaks", "describe_rows", "leak_rows"]


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Counts over some rows.

    Parameters
    ----------
    n_rows : int
        All of them.
    classes : mapping of str to int
        Rows of each class, sorted by name; by value if all names are numbers.
    words_mean : float
        Words (what stands between blanks) of a text on average; 0 without rows.
    words_min, words_max : int
        Of the shortest and the longest text.
    n_blank : int
        Texts that are empty or blank.
    n_duplicates : int
        Rows beyond the first of equal texts.
    n_conflicts : int
        Different texts that stand with two labels or more.
    n_unlabelled : int
        Rows without a label.
    labels_mean : float or None
        Labels of a row on average, where it can have several; None where each has one.
    labels_max : int
        Of the row with the most.
    """

    n_rows: int
    classes: Mapping[str, int]
    words_mean: float
    words_min: int
    words_max: int
    n_blank: int
    n_duplicates: int
    n_conflicts: int
    n_unlabelled: int
    labels_mean: float | None = None
    labels_max: int = 1


def describe_rows(table: TextTable, rows: np.ndarray | None = None) -> Facts:
    """The counts that say what is in a table, or in some rows of it.

    Parameters
    ----------
    table : TextTable
        The table.
    rows : ndarray or None
        ``[N_part] int64``; None means all.

    Returns
    -------
    Facts
        The counts.

    Examples
    --------
    >>> from seqloom.frames.table import make_table
    >>> facts = describe_rows(make_table(pl.Series(["a b", "a b", ""]), labels=pl.Series(["10", "9", "9"])))
    >>> facts.classes, facts.n_blank, facts.n_duplicates, facts.n_conflicts
    ({'9': 2, '10': 1}, 1, 1, 1)
    """
    frame = table.frame if rows is None else table.frame[rows]
    words = _measure_words(frame)
    n_labels = frame["label"].list.len().drop_nulls().to_numpy() if table.are_several else None
    label = pl.col("label").list.join("\0") if table.are_several else pl.col("label")
    texts = frame.lazy().select("text", label).group_by("text").agg(pl.col("label").drop_nulls().n_unique()).collect()
    return Facts(
        n_rows=frame.height,
        classes=_count_classes(frame["label"]),
        words_mean=words["mean"] or 0.0,
        words_min=words["min"] or 0,
        words_max=words["max"] or 0,
        n_blank=words["blank"],
        n_duplicates=frame.height - texts.height,
        n_conflicts=texts.filter(pl.col("label") > 1).height,
        n_unlabelled=frame["label"].null_count(),
        labels_mean=None if n_labels is None else float(n_labels.mean()) if len(n_labels) else 0.0,
        labels_max=1 if n_labels is None else int(n_labels.max(initial=0)),
    )


def _measure_words(frame: pl.DataFrame) -> dict[str, Any]:
    words = pl.col("words")
    counted = frame.lazy().select(words=pl.col("text").str.count_matches(r"\S+"))
    found = counted.select(mean=words.mean(), min=words.min(), max=words.max(), blank=(words == 0).sum())
    # The streaming engine cuts a column in pieces and counts on every core: 0.23 s for 65 MB instead of 0.46.
    return found.collect(engine="streaming").row(0, named=True)


def _count_classes(labels: pl.Series) -> dict[str, int]:
    labels = labels.explode() if isinstance(labels.dtype, pl.List) else labels
    counts = labels.drop_nulls().value_counts()
    names, numbers = counts.columns
    value = counts[names].cast(pl.Float64, strict=False)
    by = value if value.null_count() == 0 and value.is_finite().all() else counts[names]
    counts = counts.with_columns(by=by).sort("by", names)
    return dict(zip(counts[names].to_list(), counts[numbers].to_list(), strict=True))


def leak_rows(table: TextTable, parts: Parts) -> np.ndarray:
    """The test rows whose text also stands among the training or validation rows.

    Parameters
    ----------
    table : TextTable
        The table.
    parts : Parts
        Its parts.

    Returns
    -------
    ndarray
        ``[N_leaks] int64``, row indices into the table, ascending.
    """
    seen = table.texts[np.concatenate([parts.train, parts.valid])].unique()
    is_leak = table.texts[parts.test].is_in(seen.implode()).to_numpy()
    return parts.test[is_leak]


def count_leaks(table: TextTable, parts: Parts) -> int:
    """The number of test rows whose text also stands among the training or validation rows.

    Parameters
    ----------
    table : TextTable
        The table.
    parts : Parts
        Its parts.

    Returns
    -------
    int
        0 if all of test is new.
    """
    return len(leak_rows(table, parts))


def check_classes(table: TextTable, rows: np.ndarray | None = None) -> None:
    """Nothing, if there are at least two classes with at least two rows each; of several labels, some are ever rare.

    Parameters
    ----------
    table : TextTable
        The table.
    rows : ndarray or None
        ``[N_part] int64``; None means all.

    Raises
    ------
    DataError
        If there are no labels, is one class only, or a class has a single row, which could not be both learned from
        and checked.
    """
    labels = table.labels if rows is None else table.labels[rows]
    classes = _count_classes(labels)
    column = "" if table.label_column is None else f' in "{table.label_column}"'
    if not classes:
        raise DataError(f"no labels{column}. Name the column of labels with --label.", path=table.name)
    if len(classes) == 1:
        only, n = next(iter(classes.items()))
        raise DataError(
            f'one class only{column}: "{only}" ({n:,} texts). '
            "Add texts of another, or name another column with --label.",
            path=table.name,
        )
    single = [name for name, n in classes.items() if n == 1 and not table.are_several]
    if single:
        has = "class with" if len(single) == 1 else f"{len(single):,} classes of {len(classes):,} with"
        hint = " A column of classes has few different values: is it the right one (--label)?" * (len(single) > 10)
        raise DataError(
            f"{has} one text only{column}: {name_some(single)}. Add texts of {'it' if len(single) == 1 else 'them'}, "
            f"or leave {'it' if len(single) == 1 else 'them'} out.{hint}",
            path=table.name,
        )
