"""What to say of a row that cannot be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from seqloom.errors import DataError
from seqloom.frames.wording import name_some

__all__ = ["ReadRow", "note_skipped", "say_bad_row"]

_REMEDY = "Mend the line, or pass --on-bad-row skip to leave such rows out."


@dataclass(frozen=True, kw_only=True)
class ReadRow:
    """A row of a separated table, as it was read.

    Parameters
    ----------
    first, last : int
        The lines it takes, counted from 1.
    found : list of str or str
        Its fields, or what Python's ``csv`` says of it.
    """

    first: int
    last: int
    found: list[str] | str


def say_bad_row(row: ReadRow, names: Sequence[str], *, path: Path) -> DataError:
    """The error that says where a row is wrong, how, and what to do.

    Parameters
    ----------
    row : ReadRow
        The row.
    names : sequence of str
        The header.
    path : Path
        The file.

    Returns
    -------
    DataError
        To be raised.

    Examples
    --------
    >>> row = ReadRow(first=4, last=4, found=["a"])
    >>> print(say_bad_row(row, ["text", "label"], path=Path("r.csv")))  # doctest: +ELLIPSIS
    r.csv, line 4: 1 field where the header has 2 (text, label). Mend the line, or pass --on-bad-row skip to ...
    """
    if isinstance(row.found, list):
        n = len(row.found)
        what = f"{n} field{'' if n == 1 else 's'} where the header has {len(names)} ({name_some(names)})."
        if row.last > row.first:
            what += f" A quote opened on line {row.first:,} is not closed before this line."
        elif n > len(names):
            what += " A text with a separator in it needs quotes around it."
        return DataError(f"{what} {_REMEDY}", path=path, line=row.last)
    if "unexpected end of data" in row.found:
        return DataError(f"a quote opened on this line is never closed. {_REMEDY}", path=path, line=row.first)
    if "expected after" in row.found:
        what = "a quote stands in the middle of a field."
        if row.last > row.first:
            what = f"a quote opened on line {row.first:,} closes here in the middle of a field."
        what += ' A quote inside a quoted text is written twice ("").'
        return DataError(f"{what} {_REMEDY}", path=path, line=row.last)
    return DataError(f"the row cannot be read ({row.found}). {_REMEDY}", path=path, line=row.first)


def note_skipped(lines: Sequence[int]) -> tuple[str, ...]:
    """The sentence that says which rows were left out; none if none were.

    Parameters
    ----------
    lines : sequence of int
        Where they stand.

    Returns
    -------
    tuple of str
        One sentence, or nothing.

    Examples
    --------
    >>> note_skipped([4, 9])
    ('left out 2 rows that could not be read (lines 4, 9)',)
    """
    if not lines:
        return ()
    rows, where = ("row", "line") if len(lines) == 1 else ("rows", "lines")
    return (f"left out {len(lines):,} {rows} that could not be read ({where} {name_some([f'{i:,}' for i in lines])})",)
