"""Columns as channels: what is read, what is taken as missing, what is refused, and that all of it is told."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqloom.errors import DataError, UsageError
from seqloom.series.channels import read_channels

Y = [1.5, 2.5, 2.0, 3.0]


def read(columns: dict, *, targets=("y",), angles=()):
    values, names, findings = read_channels(pl.DataFrame(columns), targets=targets, angles=angles)
    return dict(zip(names, values.T, strict=True)), [finding.message for finding in findings]


@given(
    st.lists(st.floats(-1e3, 1e3) | st.none(), min_size=4, max_size=30).filter(lambda v: any(x is not None for x in v))
)
def test_law_numbers_as_words_are_the_numbers(values):
    """Written in full, missing ones in the ways people have."""
    nothing = ["", "NA", "NaN", " null ", "-", None]
    words = [nothing[row % 6] if value is None else f" {value!r} " for row, value in enumerate(values)]
    expected = np.array([np.nan if value is None else value for value in values])
    columns, _ = read({"y": pl.Series(words, dtype=pl.String)})
    far = {-99.0, -99.9, -999.0, -999.9, 999.0, 999.9} & set(expected)
    if not far:
        np.testing.assert_array_equal(columns["y"], expected)


def test_targets_come_first_and_all_else_in_its_order():
    columns, told = read({"b": Y, "y": Y, "a": Y, "z": Y}, targets=("z", "y"))
    assert list(columns) == ["z", "y", "b", "a"]
    assert told == []


def test_decimals_far_down_do_not_change_what_stood_before():
    columns, _ = read({"y": ["1020"] * 5000 + ["1020.5"]})
    assert columns["y"].tolist() == [1020.0] * 5000 + [1020.5]


@pytest.mark.parametrize("sentinel", [-9999.0, -999.0, 99999.0])
def test_a_sentinel_far_outside_is_missing_and_told(sentinel):
    values = np.sin(np.arange(200.0))
    values[[17, 30]] = sentinel
    columns, told = read({"y": values})
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(columns["y"])), [17, 30])
    assert told == [f"y: 2 times {sentinel:g}, first in row 18, far from all other values: taken as missing"]


@pytest.mark.parametrize("spread", [300.0, 3000.0])
def test_an_ordinary_value_that_looks_like_a_sentinel_stays(spread):
    values = np.linspace(-spread, spread, 200)
    values[17] = -999.0
    columns, told = read({"y": values})
    np.testing.assert_array_equal(columns["y"], values)
    assert told == []


def test_a_column_of_nothing_but_a_sentinel_is_left_as_it_is():
    columns, _ = read({"y": Y, "x": [-9999.0] * 4})
    assert columns["x"].tolist() == [-9999.0] * 4


def test_missing_and_endless_values_are_told_with_their_longest_stretch():
    columns, told = read({"y": [np.nan, 1.0, None, np.inf, np.nan, 2.0, -np.inf]})
    assert np.isnan(columns["y"]).tolist() == [True, False, True, True, True, False, True]
    assert told == ["y: 5 values missing, at most 3 in a row, first in row 1"]


def test_words_become_a_channel_for_each_that_occurs():
    columns, told = read({"y": Y, "wind": ["NW", " cv", None, "NW"]})
    assert {name: values.tolist() for name, values in columns.items() if name != "y"} == {
        "wind=NW": [1, 0, 0, 1],
        "wind=cv": [0, 1, 0, 0],
    }
    assert told == ["wind: words, read as 2 channels of 0 and 1 (NW, cv)"]


def test_words_that_are_names_of_rows_are_left_out_and_told():
    columns, told = read({"y": np.sin(np.arange(30.0)), "who": [f"person {row}" for row in range(30)]})
    assert list(columns) == ["y"]
    assert told == ["who: words, 30 different ones, left out"]


def test_a_column_that_only_numbers_the_rows_is_left_out_but_never_a_target():
    columns, told = read({"No": [7, 8, 9, 10], "y": [1, 2, 3, 4]})
    assert list(columns) == ["y"]
    assert told == ["No: it only numbers the rows, left out"]


def test_a_slip_among_numbers_is_refused_with_its_row():
    with pytest.raises(DataError, match=r"column 'x', row 12: '3O\.1' found, a number expected"):
        read({"y": np.sin(np.arange(40.0)), "x": ["30.1"] * 11 + ["3O.1"] + ["29.9"] * 28})


def test_a_target_of_words_is_refused_with_its_row():
    with pytest.raises(DataError, match="column 'y', row 2: 'warm' found, a number expected"):
        read({"y": ["NA", "warm", "cold", "warm"]})


def test_a_target_without_any_value_is_refused():
    with pytest.raises(DataError, match="target 'y': no value in 4 rows found"):
        read({"y": [None, "NA", "", "-"], "x": Y})


@pytest.mark.parametrize(("targets", "angles"), [(("z",), ()), (("y",), ("z",))])
def test_a_name_that_is_not_there_is_refused(targets, angles):
    with pytest.raises(UsageError, match="'z' found, one of y, x expected"):
        read({"y": Y, "x": Y}, targets=targets, angles=angles)


def test_a_target_that_is_named_twice_or_an_angle_is_refused():
    with pytest.raises(UsageError, match="target 'y' found twice"):
        read({"y": Y, "x": Y}, targets=("y", "y"))
    with pytest.raises(UsageError, match="'y' found as target and as angle"):
        read({"y": Y, "x": Y}, angles=("y",))


@given(st.lists(st.floats(-360, 720), min_size=4, max_size=9))
def test_law_an_angle_is_a_point_of_the_circle(degrees):
    columns, _ = read({"y": np.arange(len(degrees)) % 2, "wd": degrees}, angles=("wd",))
    point = columns["wd:cos"] + 1j * columns["wd:sin"]
    np.testing.assert_allclose(point, np.exp(1j * np.pi * np.array(degrees) / 180), atol=1e-9)


def test_no_channel_at_all_is_refused():
    with pytest.raises(UsageError, match="target 'y' found"):
        read({"words": ["a", "b", "a", "b"]})


@pytest.mark.parametrize(
    ("usual", "sentinel", "is_taken"), [((0.0, 900.0), -999.0, True), ((1010.0, 1012.0), 999.0, False)]
)
def test_a_radiation_is_never_negative_and_a_pressure_may_be_999(usual, sentinel, is_taken):
    values = np.linspace(*usual, 200)
    values[7] = sentinel
    columns, told = read({"y": np.sin(np.arange(200.0)), "x": values})
    assert np.isnan(columns["x"]).sum() == len(told) == is_taken


def test_a_direction_of_minus_99_degrees_is_one():
    columns, told = read({"y": Y, "wd": [0.0, 0.0, 0.0, -99.0]}, angles=("wd",))
    assert not np.isnan(columns["wd:sin"]).any()
    assert told == []


def test_decimal_commas_are_read_and_told():
    columns, told = read({"y": ["1,5", "2", "-0,25", "NA"]})
    np.testing.assert_array_equal(columns["y"], [1.5, 2.0, -0.25, np.nan])
    assert told[0] == "y: numbers with a decimal comma, first 1,5 in row 1"


def test_commas_that_may_set_thousands_apart_are_not_guessed():
    with pytest.raises(DataError, match="row 1: '1,500' found, a number expected"):
        read({"y": ["1,500", "2,250", "900", "10,000"]})


def test_values_that_are_neither_numbers_nor_words_are_left_out_and_told():
    columns, told = read({"y": Y, "parts": [[1]] * 4})
    assert list(columns) == ["y"]
    assert "left out" in told[0]


def test_an_index_with_holes_still_numbers_the_rows_and_a_short_count_does_not():
    columns, _ = read({"index": [3, 4, 8, 9], "y": Y, "dry hours": [1, 2, 3, 4]})
    assert list(columns) == ["y", "dry hours"]


def test_endless_values_beside_the_target_are_missing():
    columns, _ = read({"y": Y, "index": [np.inf, np.inf, 1.0, 2.0]})
    np.testing.assert_array_equal(columns["index"], [np.nan, np.nan, 1.0, 2.0])
