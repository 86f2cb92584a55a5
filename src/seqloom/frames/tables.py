"""From a table with any columns to texts with labels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from seqloom.errors import DataError
from seqloom.frames.columns import Choice, choose_columns
from seqloom.frames.names import read_names
from seqloom.frames.several import LISTS, note_several, split_labels, take_lists
from seqloom.frames.splits import read_splits
from seqloom.frames.table import ReadOptions, Sheet, TextTable, make_table
from seqloom.frames.wording import note_missing

__all__ = ["take_texts"]


def take_texts(sheet: Sheet, options: ReadOptions, *, path: Path) -> TextTable:
    """The texts, labels and splits of a table.

    Parameters
    ----------
    sheet : Sheet
        The table.
    options : ReadOptions
        Which columns, and whether labels are needed.
    path : Path
        The file, for errors.

    Returns
    -------
    TextTable
        As many rows as the table, in its order; labels stripped of blanks around them.

    Raises
    ------
    DataError
        If a column is missing, doubtful, or holds what is not a text or not a label.

    Examples
    --------
    >>> sheet = Sheet(frame=pl.DataFrame({"text": ["fine", "sad"], "label": ["pos ", None]}))
    >>> take_texts(sheet, ReadOptions(), path=Path("a.csv")).frame.rows()
    [('fine', 'pos', None), ('sad', None, None)]
    """
    choice = choose_columns(sheet, options, path=path)
    texts = _take_text(sheet, choice.text, path=path)
    labels = None
    if choice.label is not None:
        labels = _take_labels(sheet, choice.label, separator=options.label_separator, path=path)
    splits = None if choice.split is None else read_splits(sheet.frame[choice.split], choice.split, path=path)
    table = make_table(texts, labels=labels, splits=splits, name=str(path))
    others = [] if options.group is None else [_take_groups(sheet.frame[options.group], options.group, path=path)]
    if options.beside:
        others.append(_take_beside(sheet, options.beside, path=path))
    return TextTable(
        frame=table.frame.with_columns(others),
        name=str(path),
        text_column=choice.text,
        label_column=choice.label,
        split_column=choice.split,
        group_column=options.group,
        notes=(*choice.notes, *sheet.notes, *_note_labels(labels, choice, options=options, path=path)),
        source=sheet.frame,
    )


def _take_text(sheet: Sheet, column: str, *, path: Path) -> pl.Series:
    others = {kind: line for kind, line in sheet.kinds.get(column, {}).items() if kind != "string"}
    if others:
        kind, line = min(others.items(), key=lambda item: item[1])
        raise DataError(f'"{column}" is a {kind} here, and a text was expected. {_QUOTE}', path=path, line=line)
    values = sheet.frame[column]
    if values.dtype == pl.Binary:
        try:
            return values.cast(pl.String)
        except pl.exceptions.ComputeError:
            raise DataError(f'"{column}" holds bytes that are not UTF-8. Write it as text.', path=path) from None
    if isinstance(values.dtype, (pl.String, pl.Categorical, pl.Enum, pl.Null)):
        return values.cast(pl.String)
    raise DataError(f'"{column}" holds {values.dtype}, and texts were expected. Name another with --text.', path=path)


_QUOTE = "Write it as a string in quotes."


def _take_labels(sheet: Sheet, column: str, *, separator: str | None, path: Path) -> pl.Series:
    kinds = sheet.kinds.get(column, {})
    values = sheet.frame[column]
    if LISTS & kinds.keys() or isinstance(values.dtype, (pl.List, pl.Array)):
        return take_lists(values, column, kinds=kinds, path=path)
    if "object" in kinds or isinstance(values.dtype, (pl.Struct, pl.Binary, pl.Object)):
        raise DataError(
            f'"{column}" holds {"an object" if kinds else values.dtype}, and a label was expected. '
            "Write it as a string or a number.",
            path=path,
            line=kinds.get("object"),
        )
    if separator is not None:
        return split_labels(values, separator)
    labels = read_names(values, "label")
    if column in set(labels.unique().drop_nulls()) and not kinds:
        raise DataError(
            f'the first line looks like a row, not a header: "{column}" is also a label further down. '
            "Put a line with the names of the columns in front.",
            path=path,
            line=1,
        )
    return labels


def _take_groups(values: pl.Series, column: str, *, path: Path) -> pl.Series:
    groups = None if values.dtype.is_nested() else read_names(values, "group")
    if groups is None or groups.null_count() == len(groups):
        found = str(values.dtype) if groups is None else "no value"
        raise DataError(f'"{column}" holds {found}; names or numbers of groups expected (--group).', path=path)
    return groups


def _take_beside(sheet: Sheet, columns: Sequence[str], *, path: Path) -> pl.Series:
    """Columns of numbers and categories as they are, a struct for each row."""
    for column in columns:
        kinds = sheet.kinds.get(column, {})
        nested = [kind for kind in kinds if kind in LISTS or kind == "object"]
        if nested or isinstance(sheet.frame[column].dtype, (pl.List, pl.Array, pl.Struct, pl.Binary, pl.Object)):
            found = sheet.frame.schema[column] if not nested else "a list" if nested[0] in LISTS else "an object"
            raise DataError(
                f'"{column}" holds {found}, and a number or a name was expected (--with).',
                path=path,
                line=kinds[nested[0]] if nested else None,
            )
    return sheet.frame.select(columns).to_struct("beside")


def _note_labels(labels: pl.Series | None, choice: Choice, *, options: ReadOptions, path: Path) -> tuple[str, ...]:
    if labels is None or not options.needs_label:
        return ()
    n_missing = labels.null_count()
    are_several = isinstance(labels.dtype, pl.List)
    if n_missing == len(labels) or (are_several and not labels.list.len().sum()):
        raise DataError(f'"{choice.label}" is empty in every row. Name another column with --label.', path=path)
    return (*note_missing(n_missing), *(note_several(labels) if are_several else ()))
