"""How rows are counted that do not lie equally far apart: by months, and by working days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["DAY", "MONTH", "TIME", "WEEK", "WORKDAY", "YEAR", "Ticks"]

# In microseconds. A year is 365.2425 days, and a month its twelfth; five working days are a week.
DAY = 86_400_000_000
WEEK = 7 * DAY
YEAR = 31_556_952_000_000
MONTH = YEAR // 12
WORKDAY = WEEK // 5

_MONDAY = 4  # days from the first of 1970, a Thursday, to the first Monday


@dataclass(frozen=True, kw_only=True)
class Ticks:
    """What lies between a moment and an even time, in which all rows of a series lie one step apart.

    An even time is in microseconds too, of months that are all as long as their mean, or of working days that fill the
    week: so twelve months stay a year, and five working days a week.

    Parameters
    ----------
    kind : {"time", "month", "workday"}
        What is even: time itself, months (quarters, years), or Mondays to Fridays.
    day : int
        Of months: the day of each, from 1 on; the last one of a month that has fewer.
    shift : int
        Of months and working days: microseconds into the day.

    Examples
    --------
    >>> ends = np.array(["2024-01-31", "2024-02-29", "2024-03-31"], "M8[us]").astype(np.int64)
    >>> ticks = Ticks(kind="month", day=31)
    >>> np.diff(ticks.count(ends)).tolist() == [MONTH, MONTH], (ticks.moments(ticks.count(ends)) == ends).all().item()
    (True, True)
    """

    kind: str = "time"
    day: int = 1
    shift: int = 0

    def count(self, moments: Any) -> Any:
        """Even times of ``moments`` (one, or ``[N] int64``), microseconds since 1970; between two ticks the earlier."""
        if self.kind == "month":
            months = _months_of(moments - self.shift)
            return MONTH * (months - (moments < self._days_of(months)))
        if self.kind == "workday":
            weeks, within = np.divmod((moments - self.shift) // DAY - _MONDAY, 7)
            return WORKDAY * (5 * weeks + np.minimum(within, 4))
        return moments

    def moments(self, times: Any) -> Any:
        """The moments of even ``times``, one or ``[N] int64``."""
        if self.kind == "month":
            return self._days_of(times // MONTH)
        if self.kind == "workday":
            weeks, within = np.divmod(times // WORKDAY, 5)
            return DAY * (7 * weeks + within + _MONDAY) + self.shift
        return times

    def _days_of(self, months: Any) -> Any:
        """The moment of each month, counted from January 1970."""
        first, behind = (np.asarray(months + more).astype("M8[M]").astype("M8[D]").astype(np.int64) for more in (0, 1))
        return DAY * np.minimum(first + self.day - 1, behind - 1) + self.shift


def _months_of(moments: Any) -> Any:
    """The month of each moment, counted from January 1970."""
    return np.asarray(moments).astype("M8[us]").astype("M8[M]").astype(np.int64)


TIME = Ticks()
