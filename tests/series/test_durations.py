"""Durations in words against Python's own timedelta."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqloom.errors import UsageError
from seqloom.series.durations import choose_unit, count_rows, format_duration, parse_duration

UNITS = ("weeks", "days", "hours", "minutes", "seconds", "milliseconds", "microseconds")
SHORT = {
    "w": "weeks",
    "d": "days",
    "h": "hours",
    "min": "minutes",
    "m": "minutes",
    "s": "seconds",
    "ms": "milliseconds",
}


def in_microseconds(n: float, unit: str) -> int:
    return timedelta(**{unit: n}) // timedelta(microseconds=1)


@given(n=st.integers(1, 999), unit=st.sampled_from(UNITS), blank=st.sampled_from(["", " ", "  "]))
def test_law_words_mean_what_timedelta_means(n, unit, blank):
    assert parse_duration(f"{n}{blank}{unit}") == in_microseconds(n, unit)
    assert parse_duration(f" {n}{blank}{unit.removesuffix('s').upper()} ") == in_microseconds(n, unit)


@pytest.mark.parametrize("short", SHORT)
def test_short_units_and_decimals(short):
    assert parse_duration(f"1.5{short}") == in_microseconds(1.5, SHORT[short])


@given(n=st.integers(1, 500), unit=st.sampled_from(UNITS))
def test_law_what_is_written_reads_as_what_it_was(n, unit):
    written = format_duration(in_microseconds(n, unit)).replace(",", "")
    assert parse_duration(written if written[0].isdigit() else f"1 {written}") == in_microseconds(n, unit)


@given(rows=st.integers(1, 10_000), step=st.integers(1, 10**11))
def test_law_rows_of_a_duration_times_the_step_are_the_duration(rows, step):
    assert count_rows(f"{rows * step}us", step, name="context") == rows
    assert count_rows(rows, step, name="context") == count_rows(f" {rows} ", step, name="context") == rows


@pytest.mark.parametrize("wrong", ["", "h", "5 fortnights", "1h30min", "-3h", "1.h", "٣ hours and", "²", "nan h"])
def test_what_is_no_duration_is_refused_with_its_words(wrong):
    with pytest.raises(UsageError, match="expected"):
        count_rows(wrong, 1, name="horizon")


@pytest.mark.parametrize(
    ("duration", "told"), [(0, "1 row at least"), ("0", "1 row"), (-5, "-5 found"), ("-5", "-5 f")]
)
def test_less_than_one_row_is_refused(duration, told):
    with pytest.raises(UsageError, match=f"horizon .*{told}"):
        count_rows(duration, 1, name="horizon")


@pytest.mark.parametrize("duration", ["30min", "90 min", "0h"])
def test_a_part_of_a_row_is_refused(duration):
    with pytest.raises(UsageError, match=f"horizon {duration} found, and rows follow every hour"):
        count_rows(duration, in_microseconds(1, "hours"), name="horizon")


@given(st.integers(3, 10**15))
def test_law_a_unit_for_people_fits_at_least_three_times(microseconds):
    name, size = choose_unit(microseconds)
    assert parse_duration(f"1 {name}") == size
    assert microseconds / size >= 3
