"""The calendar of a moment, held against Python's."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from seqloom.series.calendar import calendar_features

EPOCH = dt.datetime(1970, 1, 1)
MICROSECOND = dt.timedelta(microseconds=1)
HOUR = 3_600_000_000


def test_the_clock_and_the_week_of_a_moment_turn_as_those_of_python():
    moments = [dt.datetime(1960, 2, 27, 23, 50) + i * dt.timedelta(hours=17, minutes=10) for i in range(3000)]
    values, names = calendar_features(np.array([(moment - EPOCH) // MICROSECOND for moment in moments]), HOUR)
    columns = dict(zip(names, values.T, strict=True))
    for moment, day, week, year in zip(
        moments, *(columns[f"{turn}:cos"] for turn in ("day", "week", "year")), strict=True
    ):
        since_midnight = (moment - dt.datetime(*moment.timetuple()[:3])) / dt.timedelta(days=1)
        assert abs(day - np.cos(2 * np.pi * since_midnight)) < 1e-6
        since_thursday = (moment.weekday() - 3) % 7 + since_midnight  # 1970 began on one
        assert abs(week - np.cos(2 * np.pi * since_thursday / 7)) < 1e-6
        since_new_year = (moment - dt.datetime(moment.year, 1, 1)) / dt.timedelta(days=365.2425)
        assert abs(year - np.cos(2 * np.pi * since_new_year)) < 0.03  # leap days: off by one and a half at most


@pytest.mark.parametrize(
    ("hours", "turns"),
    [(1 / 60, "day week year"), (12, "day week year"), (24, "week year"), (168, "year"), (24 * 366, "")],
)
def test_only_turns_longer_than_a_step_are_told_whatever_the_rows(hours, turns):
    step = int(hours * HOUR)
    names = [f"{turn}:{part}" for turn in turns.split() for part in ("sin", "cos")]
    for times in (np.arange(4) * step, np.zeros(0, np.int64)):
        values, told = calendar_features(times, step)
        assert list(told) == names
        assert values.shape == (len(times), len(names))
        assert values.dtype == np.float32
