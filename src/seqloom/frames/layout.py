"""Whether every row of a separated table is sound, from its separators, quotes and line ends alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Layout", "find_layout"]

# Bytes looked at in one go, so that the marks of a large file cost no second copy of it.
_BLOCK = 1 << 22
_NEWLINE, _RETURN, _QUOTE = ord("\n"), ord("\r"), ord('"')


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How the rows of a file lie.

    Parameters
    ----------
    is_sound : bool
        Every row has as many fields as the header, and quotes stand only around fields, or doubled inside them.
    is_literal : bool
        It is not so, or fields hold line ends; but it is so if quotes are taken as mere letters.
    is_blank : ndarray, ``[N] bool``
        For each row below the header, whether it is a blank line and so no row.
    """

    is_sound: bool
    is_literal: bool
    is_blank: np.ndarray


def find_layout(data: bytes, separator: str) -> Layout:
    r"""How the rows of a separated table lie, by counting its marks: 0.05 s for 34 MB.

    Parameters
    ----------
    data : bytes
        The file, in UTF-8; not empty.
    separator : str
        One character.

    Returns
    -------
    Layout
        Sound, literal, or neither: then a row is to be found and named.

    Examples
    --------
    >>> find_layout(b"text,label\n\"a, b\",pos\n", ",").is_sound
    True
    >>> find_layout(b"text,label\na, b,pos\n", ",").is_sound
    False

    Source: RFC 4180, section 2.
    """
    view = np.frombuffer(data, dtype=np.uint8)
    places, kinds = _find_marks(view, ord(separator))
    is_quote = kinds == _QUOTE
    inside = (np.cumsum(is_quote) & 1).astype(bool)  # [marks], after the mark
    outside = ~inside & ~is_quote
    counts, is_blank = _count_separators(view, places[outside], kinds=kinds[outside], separator=ord(separator))
    is_sound = (
        not inside[-1]
        # Polars counts the columns on the first line below the header, so that one must not be blank either.
        and not is_blank[:2].any()
        and places[outside & (kinds == _NEWLINE)][0] == places[kinds == _NEWLINE][0]  # a header of one line
        and bool((counts[~is_blank] == counts[0]).all())
        and _are_quotes_sound(view, places[is_quote], opens=inside[is_quote], separator=ord(separator))
        and _are_returns_sound(view, places[outside & (kinds == _RETURN)])
    )
    is_split = bool((inside & (kinds == _NEWLINE)).any())
    is_literal = separator == "\t" and (not is_sound or is_split) and _is_even_literally(view, places, kinds=kinds)
    return Layout(is_sound=is_sound, is_literal=is_literal, is_blank=is_blank[1:])


def _find_marks(view: np.ndarray, separator: int) -> tuple[np.ndarray, np.ndarray]:
    """Places and bytes of all separators, quotes and line ends; a line end is put behind a last line without one."""
    found = []
    for start in range(0, len(view), _BLOCK):
        block = view[start : start + _BLOCK]
        is_mark = (block == separator) | (block == _QUOTE) | (block == _NEWLINE) | (block == _RETURN)
        found.append(np.flatnonzero(is_mark) + start)
    places = np.concatenate(found)
    kinds = view[places]
    if view[-1] != _NEWLINE:
        places, kinds = np.append(places, len(view)), np.append(kinds, np.uint8(_NEWLINE))
    return places, kinds


def _are_quotes_sound(view: np.ndarray, quotes: np.ndarray, *, opens: np.ndarray, separator: int) -> bool:
    """Whether quotes open only at the start of a field and close only at its end, or stand doubled inside."""
    edge = np.zeros(256, dtype=bool)
    edge[[separator, _NEWLINE, _QUOTE]] = True
    before = view[np.maximum(quotes[opens] - 1, 0)]
    opens_well = edge[before] | (quotes[opens] == 0)
    edge[_RETURN] = True
    after = view[np.minimum(quotes[~opens] + 1, len(view) - 1)]
    closes_well = edge[after] | (quotes[~opens] == len(view) - 1)
    return bool(opens_well.all() and closes_well.all())


def _are_returns_sound(view: np.ndarray, returns: np.ndarray) -> bool:
    """Whether every carriage return outside quotes belongs to a line end."""
    if not len(returns):
        return True
    after = view[np.minimum(returns + 1, len(view) - 1)]
    return bool((after == _NEWLINE).all())


def _is_even_literally(view: np.ndarray, places: np.ndarray, *, kinds: np.ndarray) -> bool:
    """Whether all lines have as many fields as the first, two or more, if tabs separate and quotes are letters.

    Programs that separate by tabs seldom quote, and an inch mark or a quotation in a text must not swallow lines.
    """
    counts, is_blank = _count_separators(view, places, kinds=kinds, separator=ord("\t"))
    filled = counts[~is_blank]
    is_even = len(filled) > 0 and filled[0] > 0 and bool((filled == filled[0]).all())
    return is_even and _are_returns_sound(view, places[kinds == _RETURN])


def _count_separators(
    view: np.ndarray, places: np.ndarray, *, kinds: np.ndarray, separator: int
) -> tuple[np.ndarray, np.ndarray]:
    """For each row between the given line ends, its separators and whether it is blank, ``[N] int64`` and bool."""
    is_end = kinds == _NEWLINE
    ends = places[is_end]
    counts = np.diff(np.cumsum(kinds == separator)[is_end], prepend=0)
    lengths = np.diff(ends, prepend=-1) - 1
    starts = np.minimum(ends - lengths, len(view) - 1)
    return counts, (lengths == 0) | ((lengths == 1) & (view[starts] == _RETURN))
