"""Moments as people write them, against Python's own datetime."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqloom.errors import DataError, UsageError
from seqloom.series.times import find_times, read_times

FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M",
    "%d-%m-%Y %H:%M",
    "%Y-%m-%d",
    "%d.%m.%Y",
    "%Y%m%d",
    "%Y%m%d %H:%M",
)


def since_1970(moment: datetime) -> int:
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def list_hours(begin: datetime, n: int) -> list[datetime]:
    return [begin + timedelta(hours=hour) for hour in range(n)]


@settings(max_examples=40)
@given(
    form=st.sampled_from(FORMATS),
    begin=st.datetimes(datetime(1975, 1, 1), datetime(2099, 1, 1)),
    minutes=st.sampled_from([10, 60, 1440]),
)
def test_law_a_written_moment_is_read_as_what_it_was(form, begin, minutes):
    """800 of them, so that some day is beyond the twelfth, and of day and month only one order can be."""
    step = 1440 if "%H" not in form else minutes
    begin = begin.replace(day=12, hour=0, minute=0, second=0, microsecond=0)
    moments = [begin + timedelta(minutes=step * row) for row in range(800)]
    read = read_times(pl.Series("t", [moment.strftime(form) for moment in moments]))
    assert read.tolist() == [since_1970(moment) for moment in moments]


@pytest.mark.parametrize("form", ["%d/%m/%Y", "%m/%d/%Y"])
@pytest.mark.parametrize("clock", [" %H:%M", ""])
def test_day_and_month_that_could_be_either_tick_evenly(form, clock):
    """From the third to the twelfth of March both orders can be; one of them makes an even clock."""
    step = timedelta(hours=1) if clock else timedelta(days=1)
    moments = [datetime(2024, 3, 3) + row * step for row in range(int(timedelta(days=9) / step))]
    read = read_times(pl.Series("t", [moment.strftime(form + clock) for moment in moments]))
    assert read.tolist() == [since_1970(moment) for moment in moments]


def test_a_zone_is_turned_into_utc_and_no_day_has_23_or_25_hours():
    """Berlin's clocks went back on 27 October 2024: 02:30 was there twice, an hour apart."""
    berlin = ZoneInfo("Europe/Berlin")
    moments = [moment.astimezone(berlin) for moment in list_hours(datetime(2024, 10, 26, tzinfo=UTC), 72)]
    expected = [since_1970(moment) for moment in moments]
    assert set(pl.Series(expected).diff().drop_nulls()) == {3_600_000_000}
    assert read_times(pl.Series("t", [moment.isoformat() for moment in moments])).tolist() == expected
    assert read_times(pl.Series("t", [moment.isoformat(sep=" ") for moment in moments])).tolist() == expected
    assert read_times(pl.Series("t", moments)).tolist() == expected
    zulu = [moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for moment in moments]
    assert read_times(pl.Series("t", zulu)).tolist() == expected


@pytest.mark.parametrize("size", [1, 1_000, 1_000_000])
@pytest.mark.parametrize("make", [int, float, str])
def test_an_epoch_of_any_unit_is_told_by_its_size(size, make):
    moments = list_hours(datetime(2013, 7, 1), 30)
    values = [make(since_1970(moment) // 1_000_000 * size) for moment in moments]
    assert read_times(pl.Series("t", values)).tolist() == [since_1970(moment) for moment in moments]


@pytest.mark.parametrize("make", [float, str])
def test_an_epoch_with_something_missing_is_refused_with_its_row(make):
    values = [make(1_700_000_000.0 + 3600 * row) for row in range(5)]
    values[3] = make("nan")
    with pytest.raises(DataError, match=r"row 4.*a moment like those of the other rows expected"):
        read_times(pl.Series("t", values))


def test_typed_columns_are_read_as_they_are():
    days = [date(2024, 2, 27) + timedelta(days=row) for row in range(4)]
    expected = [since_1970(datetime(day.year, day.month, day.day)) for day in days]
    assert read_times(pl.Series("t", days)).tolist() == expected
    for unit in ("ms", "us", "ns"):
        typed = pl.Series("t", days).cast(pl.Datetime(unit))
        assert read_times(typed).tolist() == expected


@pytest.mark.parametrize("wrong", ["soon", "2024-02-30 00:00", "", None])
def test_a_value_that_is_no_moment_is_refused_with_its_row(wrong):
    values = [moment.strftime("%Y-%m-%d %H:%M") for moment in list_hours(datetime(2024, 2, 1), 60)]
    values[57] = wrong
    with pytest.raises(DataError, match=r"column 't', row 58: .* expected \(2024-02-01 00:00"):
        read_times(pl.Series("t", values))


@pytest.mark.parametrize("values", [["a", "b", "c"], [1, 2, 3], [None, None], []])
def test_a_column_without_any_moment_is_refused_with_what_it_holds(values):
    with pytest.raises(DataError, match="column 't' holds no times"):
        read_times(pl.Series("t", values))


MOMENTS = list_hours(datetime(2024, 5, 1), 30)
EXPECTED = [since_1970(moment) for moment in MOMENTS]
TEXT = [moment.isoformat() for moment in MOMENTS]
Y = list(range(30))


class TestFinding:
    """Which column, where none was named."""

    @pytest.mark.parametrize("name", ["ds", "Date Time", "timestamp", "Datum", " Time "])
    def test_by_name_before_content(self, name):
        frame = pl.DataFrame({"made": ["2001-01-01"] * 30, name: TEXT, "y": Y})
        times, used = find_times(frame, None)
        assert (times.tolist(), used) == (EXPECTED, (name,))

    def test_by_content_where_no_name_tells(self):
        times, used = find_times(pl.DataFrame({"y": Y, "words": ["x"] * 30, "when": TEXT}), None)
        assert (times.tolist(), used) == (EXPECTED, ("when",))

    @pytest.mark.parametrize("make", [str, int])
    def test_in_columns_of_parts(self, make):
        parts = ("year", "month", "day", "hour", "minute")
        columns = {name.title(): [make(getattr(moment, name)) for moment in MOMENTS] for name in parts}
        times, used = find_times(pl.DataFrame({"No": Y} | columns), None)
        assert times.tolist() == EXPECTED
        assert used == tuple(name.title() for name in parts)

    def test_parts_without_an_hour_are_not_moved_into_its_place(self):
        frame = pl.DataFrame({"year": [2024] * 3, "month": [5] * 3, "day": [1] * 3, "minute": [0, 10, 20]})
        expected = [since_1970(datetime(2024, 5, 1, 0, minute)) for minute in (0, 10, 20)]
        assert find_times(frame, None)[0].tolist() == expected

    def test_a_day_that_does_not_exist_in_parts_is_refused_with_row_and_parts(self):
        frame = pl.DataFrame({"year": [2023] * 4, "month": [2] * 4, "day": [26, 27, 28, 29]})
        with pytest.raises(DataError, match=r"row 4.*2023.*2.*29"):
            find_times(frame, None)

    def test_in_a_column_of_days_and_one_of_clocks(self):
        days, clocks = ([moment.strftime(form) for moment in MOMENTS] for form in ("%d.%m.%Y", "%H:%M:%S"))
        times, used = find_times(pl.DataFrame({"Date": days, "Time": clocks, "y": Y}), None)
        assert (times.tolist(), used) == (EXPECTED, ("Date", "Time"))

    def test_none_is_told_with_all_columns(self):
        with pytest.raises(DataError, match=r"no column of times found among y, x.*--time"):
            find_times(pl.DataFrame({"y": Y, "x": ["a"] * 30}), None)

    def test_a_name_that_is_not_there_is_refused(self):
        with pytest.raises(UsageError, match="no column 'then' for the times found, one of y, when expected"):
            find_times(pl.DataFrame({"y": Y, "when": TEXT}), "then")
