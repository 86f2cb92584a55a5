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


MOMENTS = list_hours(datetime(2020, 2, 9, 21), 150)
MICROSECONDS = [since_1970(moment) for moment in MOMENTS]


@pytest.mark.parametrize(
    "form",
    [
        "%Y-%m-%dT%H:%M:%S.%f",
        "%Y-%m-%d %H:%M:%S UTC",
        "%Y-%m-%d %H:%M:%S +0000",
        "%Y-%m-%dT%H:%M+00:00",
        "%d.%m.%y %H:%M",
        "%m/%d/%Y %I:%M %p",
        "%m/%d/%y %I:%M:%S %p",
        "%Y%m%d%H",
        "%Y%m%d%H%M",
        "%Y%m%d%H%M%S",
        "  %Y-%m-%d %H:%M ",
    ],
)
def test_moments_in_rarer_hands_are_read(form):
    assert read_times(pl.Series("t", [moment.strftime(form) for moment in MOMENTS])).tolist() == MICROSECONDS


@pytest.mark.parametrize("make", [int, float, str])
def test_days_as_numbers_are_days_and_no_epoch(make):
    days = [datetime(2020, 1, 30) + timedelta(days=i) for i in range(40)]
    written = [make(day.strftime("%Y%m%d")) if make is not float else float(day.strftime("%Y%m%d")) for day in days]
    assert read_times(pl.Series("t", written)).tolist() == [since_1970(day) for day in days]


def test_hours_of_1_to_24_end_with_the_next_day():
    shown = [moment - timedelta(hours=1) for moment in MOMENTS]
    parts = {name: [getattr(moment, name) for moment in shown] for name in ("year", "month", "day")}
    frame = pl.DataFrame(parts | {"hour": [moment.hour + 1 for moment in shown]})
    assert find_times(frame, None)[0].tolist() == MICROSECONDS


def test_a_day_and_its_hour_may_stand_in_two_columns():
    for days, hours in (
        ([moment.date() for moment in MOMENTS], [moment.hour for moment in MOMENTS]),
        ([moment.strftime("%d.%m.%Y") for moment in MOMENTS], [str(moment.hour) for moment in MOMENTS]),
    ):
        times, used, _ = find_times(pl.DataFrame({"date": days, "hr": hours}), None)
        assert times.tolist() == MICROSECONDS
        assert used == ("date", "hr")
    with pytest.raises(DataError, match="'hour', row 2: 25 found"):
        find_times(pl.DataFrame({"date": ["2021-01-01"] * 2, "hour": [0, 25]}), None)


def test_day_and_month_that_could_be_either_are_told():
    findings = []
    read = read_times(pl.Series("t", [f"03/04/2020 {hour:02d}:00" for hour in range(24)]), findings)
    assert read[0] == since_1970(datetime(2020, 4, 3))
    assert "could be either" in findings[0].message


def test_a_zone_is_told():
    findings = []
    read_times(pl.Series("t", ["2024-05-01T00:00+02:00", "2024-05-01T01:00+02:00"]), findings)
    assert [finding.kind for finding in findings] == ["time"]


class TestFinding:
    """Which column, where none was named."""

    moments = tuple(list_hours(datetime(2024, 5, 1), 30))
    expected = tuple(since_1970(moment) for moment in moments)
    text = tuple(moment.isoformat() for moment in moments)
    y = tuple(range(30))

    @pytest.mark.parametrize("name", ["ds", "Date Time", "timestamp", "Datum", " Time "])
    def test_by_name_before_content(self, name):
        frame = pl.DataFrame({"made": ["2001-01-01"] * 30, name: self.text, "y": self.y})
        times, used, _ = find_times(frame, None)
        assert (tuple(times), used) == (self.expected, (name,))

    def test_by_content_where_no_name_tells(self):
        times, used, _ = find_times(pl.DataFrame({"y": self.y, "words": ["x"] * 30, "when": self.text}), None)
        assert (tuple(times), used) == (self.expected, ("when",))

    @pytest.mark.parametrize("make", [str, int])
    def test_in_columns_of_parts(self, make):
        parts = ("year", "month", "day", "hour", "minute")
        columns = {name.title(): [make(getattr(moment, name)) for moment in self.moments] for name in parts}
        times, used, _ = find_times(pl.DataFrame({"No": self.y} | columns), None)
        assert tuple(times) == self.expected
        assert used == tuple(name.title() for name in parts)

    def test_parts_without_an_hour_are_not_moved_into_its_place(self):
        frame = pl.DataFrame({"year": [2024] * 3, "month": [5] * 3, "day": [1] * 3, "minute": [0, 10, 20]})
        expected = [since_1970(datetime(2024, 5, 1, 0, minute)) for minute in (0, 10, 20)]
        assert find_times(frame, None)[0].tolist() == expected

    def test_a_day_that_does_not_exist_in_parts_is_refused_with_row_and_parts(self):
        frame = pl.DataFrame({"year": [2023] * 4, "month": [2] * 4, "day": [26, 27, 28, 29]})
        with pytest.raises(DataError, match=r"row 4.*2023.*2.*29"):
            find_times(frame, None)

    @pytest.mark.parametrize("wrong", [float("inf"), 1e300, -1e9, 1.5, None])
    def test_a_part_that_is_no_whole_number_of_a_calendar_is_refused(self, wrong):
        frame = pl.DataFrame({"year": [2023] * 4, "month": [2] * 4, "day": [26.0, 27.0, wrong, 28.0]})
        with pytest.raises(DataError, match="row 3: year 2023, month 2, day"):
            find_times(frame, None)

    def test_in_a_column_of_days_and_one_of_clocks(self):
        days, clocks = ([moment.strftime(form) for moment in self.moments] for form in ("%d.%m.%Y", "%H:%M:%S"))
        times, used, _ = find_times(pl.DataFrame({"Date": days, "Time": clocks, "y": self.y}), None)
        assert (tuple(times), used) == (self.expected, ("Date", "Time"))

    def test_none_is_told_with_all_columns(self):
        with pytest.raises(DataError, match=r"no column of times found among y, x.*--time"):
            find_times(pl.DataFrame({"y": self.y, "x": ["a"] * 30}), None)

    def test_a_name_that_is_not_there_is_refused(self):
        with pytest.raises(UsageError, match="no column 'then' for the times found, one of y, when expected"):
            find_times(pl.DataFrame({"y": self.y, "when": self.text}), "then")
