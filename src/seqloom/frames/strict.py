"""A separated table read row by row, exactly, to say which row is wrong or to leave it out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import polars as pl

from seqloom.errors import DataError
from seqloom.frames.badrows import ReadRow, note_skipped, say_bad_row
from seqloom.frames.table import Sheet

__all__ = ["check_names", "read_strictly", "say_only_header"]


def check_names(names: list[str], path: Path, *, line: int = 1) -> list[str]:
    """The names of the columns, without blanks around them.

    Parameters
    ----------
    names : list of str
        The fields of the header.
    path : Path
        The file, for the error.
    line : int
        Where the header stands.

    Returns
    -------
    list of str
        As many, all different.

    Raises
    ------
    DataError
        If two are the same.

    Examples
    --------
    >>> check_names(["text", " label"], Path("a.csv"))
    ['text', 'label']
    """
    names = [name.strip() for name in names]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise DataError(
            f"two columns have the name {twice[0]!r}. Rename one of them in the header.", path=path, line=line
        )
    return names


def say_only_header(names: list[str], path: Path) -> DataError:
    """The error for a table without rows.

    Parameters
    ----------
    names : list of str
        Its header.
    path : Path
        The file.

    Returns
    -------
    DataError
        To be raised.
    """
    found = f"only a header ({', '.join(names)}) and no row below it"
    return DataError(f"{found}. Expected one row or more.", path=path)


def read_strictly(
    data: bytes, separator: str, *, path: Path, on_bad_row: str = "error", is_quoted: bool = True
) -> Sheet:
    r"""All rows that are as wide as the header, by Python's ``csv`` in its strict mode.

    Parameters
    ----------
    data : bytes
        The file, in UTF-8.
    separator : str
        One character.
    path : Path
        Its name, for errors.
    on_bad_row : {"error", "skip"}
        What to do with a row that does not fit.
    is_quoted : bool
        Whether quotes enclose fields; False takes them as letters.

    Returns
    -------
    Sheet
        Every column as String.

    Raises
    ------
    DataError
        If the header or (``error``) a row cannot be read, or no row is left.

    Examples
    --------
    >>> read_strictly(b"text,label\na,b,c\nfine,pos\n", ",", path=Path("a.csv"), on_bad_row="skip").frame.rows()
    [('fine', 'pos')]
    """
    lines = list(io.StringIO(data.decode(), newline="\n"))
    limit = csv.field_size_limit(len(data) + 1)  # the module's own limit of 131,072 letters forbids a long text
    try:
        rows, bad = _collect_rows(_parse_rows(lines, separator, is_quoted=is_quoted), path, on_bad_row=on_bad_row)
    finally:
        csv.field_size_limit(limit)
    names, rows = rows[0], rows[1:]
    if not rows and bad:
        raise DataError(f"{note_skipped(bad)[0]}, and no row remains. Mend the file.", path=path)
    if not rows:
        raise say_only_header(names, path)
    columns = zip(names, zip(*rows, strict=True), strict=True)
    frame = pl.DataFrame([pl.Series(name, column, dtype=pl.String) for name, column in columns])
    return Sheet(frame=frame, notes=note_skipped(bad))


def _collect_rows(parsed: Iterator[ReadRow], path: Path, *, on_bad_row: str) -> tuple[list[list[str]], list[int]]:
    """The header and all rows as wide as it, and the lines of those left out."""
    rows: list[list[str]] = []
    bad: list[int] = []
    for row in parsed:
        if not rows:
            if isinstance(row.found, str):
                raise DataError(f"the header cannot be read ({row.found}). Mend it.", path=path, line=row.first)
            rows.append(check_names(row.found, path, line=row.first))
        elif isinstance(row.found, list) and len(row.found) == len(rows[0]):
            rows.append(row.found)
        elif on_bad_row == "skip":
            bad.append(row.first)
        else:
            raise say_bad_row(row, rows[0], path=path)
    return rows, bad


def _parse_rows(lines: list[str], separator: str, *, is_quoted: bool) -> Iterator[ReadRow]:
    """Each row with the lines it takes.

    A bad row that runs over several lines most likely began with a quote too many, so that reading begins anew behind
    its first line, not behind its last.
    """
    start, width = 0, 0
    while start < len(lines):
        for row in _parse_run(lines, start, separator=separator, is_quoted=is_quoted):
            if row.found:
                yield row
            width = width or len(row.found)
            is_bad = isinstance(row.found, str) or (row.found and len(row.found) != width)
            start = row.first if is_bad else row.last
            if is_bad and (row.last > row.first or isinstance(row.found, str)):
                break


def _parse_run(lines: list[str], start: int, *, separator: str, is_quoted: bool) -> Iterator[ReadRow]:
    """Rows from a line on, until the end or an error of ``csv``, which is the last that comes."""
    rest = (lines[i] for i in range(start, len(lines)))
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if is_quoted else csv.QUOTE_NONE
    reader = csv.reader(rest, delimiter=separator, quoting=quoting, strict=True)
    first = start + 1
    try:
        for row in reader:
            yield ReadRow(first=first, last=start + reader.line_num, found=row)
            first = start + reader.line_num + 1
    except csv.Error as error:
        yield ReadRow(first=first, last=start + reader.line_num, found=str(error))
