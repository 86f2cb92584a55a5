"""Plain lines: one text each, with or without fastText's ``__label__`` in front."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from seqloom.errors import DataError
from seqloom.frames.several import note_several
from seqloom.frames.table import TextTable, make_table
from seqloom.frames.wording import note_missing

__all__ = ["has_labels", "read_labelled_lines", "read_plain_lines"]

_MARK = "__label__"

# Where a label begins: a mark inside a word is none.
_START = rf"(?:^|\s){_MARK}"


def has_labels(data: bytes) -> bool:
    r"""Whether the first line that is not blank begins with ``__label__``.

    Parameters
    ----------
    data : bytes
        The file, in UTF-8.

    Returns
    -------
    bool
        True for a file in fastText's format.

    Examples
    --------
    >>> has_labels(b"\n__label__pos fine\n")
    True
    """
    return data.lstrip().startswith(_MARK.encode())


def read_plain_lines(data: bytes, *, path: Path | str) -> TextTable:
    r"""A text for each line, without labels.

    Parameters
    ----------
    data : bytes
        The content, in UTF-8.
    path : path-like
        What to call it.

    Returns
    -------
    TextTable
        As many rows as lines: a blank line is an empty text, so that answers stand beside their lines.

    Raises
    ------
    DataError
        If there is no line.

    Examples
    --------
    >>> read_plain_lines(b"fine\r\n\nsad", path="a.txt").texts.to_list()
    ['fine', '', 'sad']
    """
    if not data:
        raise DataError("there is no text in it. Expected one on each line.", path=path)
    texts = _split_lines(data)
    table = make_table(texts, name=str(path))
    return TextTable(frame=table.frame, name=str(path), source=pl.DataFrame({"text": texts}))


def read_labelled_lines(data: bytes, *, path: Path | str) -> TextTable:
    r"""Texts and labels of lines like ``__label__pos A film I would see twice``, with any number of labels.

    Parameters
    ----------
    data : bytes
        The content, in UTF-8.
    path : path-like
        What to call it.

    Returns
    -------
    TextTable
        Blank lines are no rows. Where a line has several labels every row has a list of them, which may be empty; else
        the label of a line without one is null.

    Examples
    --------
    >>> read_labelled_lines(b"__label__pos fine\n", path="a.txt").frame.rows()
    [('fine', 'pos', None)]

    Source: fastText's input format, https://fasttext.cc/docs/en/supervised-tutorial.html
    """
    lines = pl.DataFrame({"line": _split_lines(data)})
    lines = lines.filter(pl.col("line").str.strip_chars() != "")
    several = lines["line"].str.extract_all(rf"{_START}\S+").list.eval(pl.element().str.extract(rf"{_MARK}(.*)"))
    are_several = bool((several.list.len() > 1).any())
    found = lines.select(
        text=pl.col("line").str.replace_all(rf"{_START}\S*", "").str.strip_chars_start(),
        label=several if are_several else several.list.first(),
    )
    table = make_table(found["text"], labels=found["label"], name=str(path))
    taken = "took the words behind __label__ as the labels (fastText's format)"
    notes = (taken, *(note_several(found["label"]) if are_several else note_missing(found["label"].null_count())))
    return TextTable(frame=table.frame, name=str(path), notes=notes, source=found.select("text", "label"))


def _split_lines(data: bytes) -> pl.Series:
    r"""Lines by ``\n`` or ``\r\n`` alone: Python's splitlines also cuts at U+2028 and form feeds inside a text."""
    text = pl.Series("text", [data.removesuffix(b"\n")], dtype=pl.Binary).cast(pl.String)
    return text.str.split("\n").explode().str.strip_suffix("\r")
