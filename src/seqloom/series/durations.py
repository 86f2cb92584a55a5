"""Durations in words: ``24h``, ``5d``, ``30min``; and how many rows they are."""

from __future__ import annotations

import re

from seqloom.errors import UsageError
from seqloom.flow.ticks import MONTH, WORKDAY, YEAR

__all__ = ["choose_unit", "count_rows", "format_duration", "parse_duration", "round_duration"]

# Microseconds of a unit, by all names that are understood; the first of each is the one that is written. Months and
# working days are those of even times, so rows on any other clock are no whole number of them.
_UNITS = {
    ("year", "y", "years"): YEAR,
    ("month", "mo", "months"): MONTH,
    ("week", "w", "weeks"): 604_800_000_000,
    ("day", "d", "days"): 86_400_000_000,
    ("working day", "bd", "working days"): WORKDAY,
    ("hour", "h", "hours"): 3_600_000_000,
    ("minute", "min", "m", "minutes"): 60_000_000,
    ("second", "s", "sec", "seconds"): 1_000_000,
    ("millisecond", "ms", "milliseconds"): 1_000,
    ("microsecond", "us", "microseconds"): 1,
}
_SIZES = {name: size for names, size in _UNITS.items() for name in names}

# Units of time itself.
_PLAIN = {names[0]: size for names, size in _UNITS.items() if size not in (YEAR, MONTH, WORKDAY)}


def parse_duration(text: str) -> int:
    """The microseconds of a duration in words.

    Parameters
    ----------
    text : str
        A number and a unit: ``24h``, ``1.5 days``, ``30min``, ``1w``; ``12mo`` and ``1y`` where rows are months,
        ``5bd`` where they are working days.

    Raises
    ------
    UsageError
        Where it is none.

    Examples
    --------
    >>> parse_duration("24h") == parse_duration("1 day") == 86_400_000_000
    True
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+(?: [a-z]+)?)\s*", text, re.ASCII)
    unit = "" if found is None or found[2] == "M" else found[2].lower()  # M: minutes for some, months for pandas
    if found is None or unit not in _SIZES:
        raise UsageError(
            f"duration {text!r} found, a number with a unit expected (90s, 30min, 24h, 5d, 1w, 12mo, 1y), or a number "
            "of rows."
        )
    return round(float(found[1]) * _SIZES[unit])


def count_rows(duration: str | int, step: int, *, name: str) -> int:
    """The rows of a duration.

    Parameters
    ----------
    duration : str or int
        In words, or a number of rows.
    step : int
        Microseconds from row to row.
    name : str
        What it is, for the error.

    Returns
    -------
    int
        At least 1.

    Raises
    ------
    UsageError
        Where it is less than one row, or no whole number of them.

    Examples
    --------
    >>> count_rows("1d", parse_duration("1h"), name="horizon"), count_rows("24", 1, name="horizon")
    (24, 24)
    """
    if isinstance(duration, str) and not re.fullmatch(r"\s*-?\d+\s*", duration, re.ASCII):
        rows, rest = divmod(parse_duration(duration), step)
        if rest or not rows:
            raise UsageError(
                f"{name} {duration} found, and rows follow every {format_duration(step)}: a whole number of rows "
                "expected, 1 at least, or a number of them without a unit."
            )
        return rows
    if isinstance(duration, float) and duration % 1:
        raise UsageError(f"{name} {duration} found, a whole number of rows or a duration such as 24h expected.")
    if int(duration) < 1:
        raise UsageError(f"{name} {duration} found, 1 row at least expected.")
    return int(duration)


def format_duration(microseconds: int) -> str:
    """A duration for a person, behind ``every``: ``hour``, ``10 minutes``, ``5 days``.

    Examples
    --------
    >>> format_duration(3_600_000_000), format_duration(600_000_000), format_duration(5_400_000_000)
    ('hour', '10 minutes', '90 minutes')
    """
    for (name, *_), size in _UNITS.items():
        n, rest = divmod(microseconds, size)
        if n and not rest and (name != "week" or n == 1):
            return name if n == 1 else f"{n:,} {name}s"
    return f"{microseconds:,} microseconds"


def round_duration(microseconds: float, *, within: float) -> int:
    """A duration in the largest unit of which it is a multiple but for ``within`` microseconds, 1 at least.

    Examples
    --------
    >>> round_duration(3_599_700_000, within=1_000_000) == parse_duration("1h")
    True
    """
    for size in _PLAIN.values():
        rounded = round(microseconds / size) * size
        if abs(rounded - microseconds) <= within:
            return rounded
    return round(microseconds)


def choose_unit(microseconds: int) -> tuple[str, int]:
    """The unit in which a duration is a number that people read, from 3 on where that can be, and its size.

    Examples
    --------
    >>> choose_unit(24 * 3_600_000_000), choose_unit(720 * 3_600_000_000)
    (('hours', 3600000000), ('days', 86400000000))
    """
    if not microseconds % MONTH:
        return "months", MONTH
    for name, size in _PLAIN.items():
        if microseconds >= 3 * size and name != "week":
            return f"{name}s", size
    return "microseconds", 1
