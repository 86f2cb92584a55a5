"""Clocks of months and working days: held against the calendar of the standard library and NumPy's business days."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqloom.errors import ArtifactError, DataError, UsageError
from seqloom.flow.ticks import DAY, MONTH, TIME, WORKDAY, Ticks
from seqloom.series.clock import to_series
from seqloom.series.durations import count_rows
from seqloom.tasks.forecaster import Forecaster

NOON = DAY // 2


def to_moments(days) -> np.ndarray:
    return np.array(list(days), dtype="M8[us]").astype(np.int64)


def months(n: int, *, day: int = 1, every: int = 1) -> list[dt.date]:
    """Days of ``n`` months from 1999 on, the last of a month that has no such day."""
    days = []
    for place in range(0, n * every, every):
        first = dt.date(1999 + place // 12, place % 12 + 1, 1)
        last = dt.date(1999 + (place + 1) // 12, (place + 1) % 12 + 1, 1) - dt.timedelta(1)
        days.append(first.replace(day=min(day, last.day)))
    return days


def workdays(n: int) -> list[dt.date]:
    days = (dt.date(2024, 1, 1) + dt.timedelta(place) for place in range(2 * n))
    return [day for day in days if day.weekday() < 5][:n]


@given(day=st.integers(1, 31), shift=st.sampled_from([0, NOON]), n=st.integers(2, 400))
def test_law_months_are_even_and_come_back(day, shift, n):
    moments = to_moments(months(n, day=day)) + shift
    ticks = Ticks(kind="month", day=day, shift=shift)
    times = ticks.count(moments)
    assert (np.diff(times) == MONTH).all()
    assert (ticks.moments(times) == moments).all()
    assert (ticks.count(moments + DAY) == times).all()  # a month is counted until the next begins
    assert (ticks.count(moments - 1) == times - MONTH).all()


@given(begin=st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)), shift=st.sampled_from([0, NOON]), n=st.integers(1, 99))
def test_law_working_days_are_even_and_come_back(begin, shift, n):
    days = np.busday_offset(np.datetime64(begin), np.arange(n), roll="forward")
    moments = to_moments(days) + shift
    ticks = Ticks(kind="workday", shift=shift)
    times = ticks.count(moments)
    assert (np.diff(times) == WORKDAY).all()
    assert (ticks.moments(times) == moments).all()


@pytest.mark.parametrize(
    ("days", "kind", "step"),
    [
        (months(24), "month", MONTH),
        (months(24, day=31), "month", MONTH),
        (months(24, day=30), "month", MONTH),
        (months(24, day=15), "month", MONTH),
        (months(12, every=3), "month", 3 * MONTH),
        (months(9, every=12), "month", 12 * MONTH),
        (workdays(30), "workday", WORKDAY),
        (workdays(60)[:7] + workdays(60)[9:], "workday", WORKDAY),
        (workdays(7), "time", DAY),  # one weekend alone may be a gap
        ([dt.date(2024, 1, 1) + dt.timedelta(place) for place in range(40)], "time", DAY),
        ([dt.date(2024, 1, 1) + dt.timedelta(7 * place) for place in range(40)], "time", 7 * DAY),
        ([dt.date(2024, 1, 1) + dt.timedelta(28 * place) for place in range(40)], "time", 28 * DAY),
    ],
)
def test_what_is_counted_is_told_by_the_moments(days, kind, step):
    series, _ = to_series({"ds": days, "y": np.arange(len(days)) ** 2})
    assert (series.ticks.kind, series.step) == (kind, step)
    known = np.isfinite(series.values[:, 0])
    assert series.moments()[known].tolist() == to_moments(days).tolist()


def test_a_missing_month_is_a_gap_and_a_weekend_is_none():
    days = months(24)
    series, findings = to_series({"ds": days[:5] + days[7:], "y": range(22)})
    assert np.flatnonzero(np.isnan(series.values[:, 0])).tolist() == [5, 6]
    assert findings[0].message == "1 gap of 3 months: 2 rows missing behind row 5 (1999-05-01 00:00)"
    series, findings = to_series({"ds": workdays(40), "y": range(40)})
    assert np.isfinite(series.values).all()
    assert [finding.message for finding in findings] == ["rows from Monday to Friday alone: weekends are no gaps"]


@pytest.mark.parametrize(
    ("written", "n"),
    [
        ({"Month": ["1949-11", "1949-12", "1950-01", "1950-02"]}, 4),
        ({"when": ["11/1949", "12/1949", "01/1950", "02/1950"]}, 4),
        ({"when": ["Nov 1949", "Dec 1949", "Jan 1950", "Feb 1950"]}, 4),
        ({"year": [1949, 1949, 1950, 1950], "month": [11, 12, 1, 2]}, 4),
        ({"year": [1949, 1950, 1951, 1953]}, 5),
    ],
)
def test_months_and_years_are_read_as_people_write_them(written, n):
    series, _ = to_series({**written, "y": [1.0, 2.0, 4.0, 3.0]})
    assert series.moments()[0] == to_moments([dt.date(1949, 1 if len(written) == 1 and "year" in written else 11, 1)])
    assert len(series) == n


def test_durations_are_counted_in_months_and_working_days():
    assert count_rows("1y", MONTH, name="horizon") == count_rows("12mo", MONTH, name="horizon") == 12
    assert count_rows("1w", WORKDAY, name="horizon") == count_rows("5bd", WORKDAY, name="horizon") == 5
    with pytest.raises(
        UsageError, match=r"horizon 30d found, and rows follow every month: .*1 at least, or a number of them"
    ):
        count_rows("30d", MONTH, name="horizon")
    with pytest.raises(UsageError, match="every working day"):
        count_rows("5d", WORKDAY, name="horizon")


@pytest.fixture(scope="module")
def sales() -> pl.DataFrame:
    """Month ends; the next is what stood there a year ago and ten."""
    level = 10.0 * (np.arange(120) // 12) + 40 * np.sin(2 * np.pi * np.arange(120) / 12)
    return pl.DataFrame({"ds": months(120, day=31), "y": level})


def test_a_forecast_of_months_is_of_months(sales, tmp_path):
    model = Forecaster("ridge", target="y", context="2y", horizon="3mo").fit(sales[:100])
    answer = model.predict(sales[:100])
    assert answer["ds"].dt.date().to_list() == sales["ds"][100:103].to_list()
    np.testing.assert_allclose(answer["forecast"], sales["y"][100:103], atol=0.5)
    assert model.yardstick_.season == 12
    model.save(tmp_path / "model")
    assert Forecaster.load(tmp_path / "model").predict(sales[:100]).equals(answer)
    with pytest.raises(DataError, match=r"row 3 \(1999-03-30 00:00\) found, a row on the same day of a month expected"):
        model.predict(sales.with_columns(ds=pl.Series([*sales["ds"][:2], dt.date(1999, 3, 30), *sales["ds"][3:]])))


def test_a_clock_that_no_card_can_hold_is_refused(sales, tmp_path):
    from seqloom.series.encode import WindowEncoder

    encoder = Forecaster("last", target="y", context="1y", horizon="3mo").fit(sales).encoder_
    settings, _, arrays = encoder.state()
    assert WindowEncoder.from_state(settings, arrays).clock == (MONTH, Ticks(kind="month", day=31))
    assert WindowEncoder.from_state({**settings, "ticks": ["time", 1, 0]}, arrays).ticks == TIME
    for ticks in (["hour", 1, 0], ["month", 32, 0], ["month", 1, DAY], ["month", "1", 0], "month"):
        with pytest.raises(ArtifactError, match="a clock of"):
            WindowEncoder.from_state({**settings, "ticks": ticks}, arrays)
