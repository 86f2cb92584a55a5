"""Lists of names in a sentence."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["name_some"]

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
