"""Lists of names in a sentence."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["name_some", "note_missing"]

# More names than these are counted, so that a message stays one that is read.
_N_NAMED = 6


def name_some(names: Sequence[str]) -> str:
    """The first few names, and how many more there are.

    Parameters
    ----------
    names : sequence of str
        All of them.

    Returns
    -------
    str
        For a sentence.

    Examples
    --------
    >>> name_some(list("abcdefgh"))
    'a, b, c, d, e, f and 2 more'
    """
    more = len(names) - _N_NAMED
    return ", ".join(names[:_N_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def note_missing(n_missing: int) -> tuple[str, ...]:
    """The sentence on rows without a label; none if there are none.

    Parameters
    ----------
    n_missing : int
        How many there are.

    Returns
    -------
    tuple of str
        One sentence, or nothing.

    Examples
    --------
    >>> note_missing(3)
    ('3 rows have no label and are left out',)
    """
    if n_missing == 0:
        return ()
    return (
        "1 row has no label and is left out"
        if n_missing == 1
        else f"{n_missing:,} rows have no label and are left out",
    )
