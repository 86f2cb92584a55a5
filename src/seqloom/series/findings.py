"""What was odd in the rows of a series, and what was done about it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Finding", "say_row"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One kind of oddity.

    Parameters
    ----------
    kind : str
        ``duplicate``, ``gap``, ``order``, ``jitter`` and ``time`` of the clock; ``sentinel``, ``missing``, ``comma``,
        ``category`` and ``left out`` of a column.
    count : int
        How many rows or values.
    row : int or None
        The first of them, counted from 0 behind the header.
    message : str
        A sentence for a person: what was found, and what was done.
    """

    kind: str
    count: int
    row: int | None
    message: str


def say_row(row: int) -> str:
    """A row as a person counts: from 1 on, behind the header.

    Examples
    --------
    >>> say_row(0)
    'row 1'
    """
    return f"row {row + 1:,}"
