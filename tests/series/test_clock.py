"""A table on its clock: held against a slow reading with Python's own datetimes."""

import datetime as dt
import math
import random
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqloom.errors import DataError, UsageError
from seqloom.flow.ticks import TIME
from seqloom.series.clock import to_series

BEGIN = dt.datetime(2024, 2, 27, 22, 0)
HOUR = dt.timedelta(hours=1)
EPOCH = dt.datetime(1970, 1, 1)


def make_rows(n: int, *, step: dt.timedelta = HOUR, begin: dt.datetime = BEGIN) -> dict[str, list]:
    """One series over a leap day, whose values say which row they are of."""
    return {"time": [begin + i * step for i in range(n)], "y": [float(i) + 0.5 for i in range(n)]}


def read_slowly(rows: list[tuple[str, dt.datetime, float | None]], step: dt.timedelta) -> dict[str, list]:
    """For each series its first moment, and its values step by step, None where there is none."""
    found: dict[str, dict[dt.datetime, float | None]] = {}
    for name, moment, value in rows:
        found.setdefault(name, {})[moment] = value
    laid = {}
    for name in sorted(found):
        moment, values = min(found[name]), []
        while moment <= max(found[name]):
            values.append(found[name].get(moment))
            moment += step
        laid[name] = [min(found[name]), values]
    return laid


def kinds(findings) -> list[str]:
    return [finding.kind for finding in findings]


@settings(deadline=None, max_examples=60)
@given(
    lengths=st.lists(st.integers(6, 40), min_size=1, max_size=3),
    step=st.sampled_from([1, 10, 60, 1440]),
    missing=st.floats(0, 0.3),
    repeated=st.integers(0, 5),
    seed=st.integers(0, 999),
)
def test_law_shuffled_repeated_and_missing_rows_are_the_same_series(lengths, step, missing, repeated, seed):
    chance, step = random.Random(seed), dt.timedelta(minutes=step)
    rows = []
    for which, length in enumerate(lengths):
        begin = BEGIN + which * 3 * step
        whole = [(f"s{which}", begin + i * step, chance.choice([None, i + 0.25])) for i in range(length)]
        # the first five stay, so that the commonest distance is the step
        rows += whole[:5] + [row for row in whole[5:] if chance.random() >= missing]
    expected = read_slowly(rows, step)
    rows += chance.choices(rows, k=repeated)
    chance.shuffle(rows)
    ids, moments, values = zip(*rows, strict=True)
    if all(value is None for value in values):
        return
    series, findings = to_series({"unique_id": ids, "ds": moments, "y": values})
    assert series.ids == tuple(expected)
    assert series.step == step // dt.timedelta(microseconds=1)
    for place, (begin, laid) in enumerate(expected.values()):
        part = series.values[series.offsets[place] : series.offsets[place + 1], 0]
        assert EPOCH + dt.timedelta(microseconds=int(series.begins[place])) == begin
        assert [None if math.isnan(value) else value for value in part] == laid
    assert ("duplicate" in kinds(findings)) == (repeated > 0)
    n_absent = sum(len(laid) for _, laid in expected.values()) - (len(rows) - repeated)
    assert sum(finding.count for finding in findings if finding.kind == "gap") == n_absent


def test_times_of_a_series_are_those_of_its_rows():
    rows = make_rows(30)
    series, findings = to_series(rows)
    assert [EPOCH + dt.timedelta(microseconds=int(time)) for time in series.times()] == rows["time"]
    assert series.values[:, 0].tolist() == rows["y"]
    assert findings == ()


@pytest.mark.parametrize("day", [dt.datetime(2020, 3, 28), dt.datetime(2020, 10, 24)])
def test_no_day_of_a_zone_has_23_or_25_hours(day):
    berlin = ZoneInfo("Europe/Berlin")
    moments = [day.replace(tzinfo=dt.UTC) + i * HOUR for i in range(72)]
    local = [moment.astimezone(berlin) for moment in moments]
    for times in ([moment.isoformat() for moment in local], pl.Series(local, dtype=pl.Datetime("us", "Europe/Berlin"))):
        series, findings = to_series({"time": times, "y": range(72)})
        assert series.values[:, 0].tolist() == list(range(72))
        assert [EPOCH + dt.timedelta(microseconds=int(t)) for t in series.times()] == [
            moment.replace(tzinfo=None) for moment in moments
        ]
        assert kinds(findings) == ["time"]


def test_clock_set_back_without_a_zone_is_refused_with_both_rows():
    times = ["2020-10-25 01:00", "2020-10-25 02:00", "2020-10-25 02:00", "2020-10-25 03:00"]
    with pytest.raises(DataError, match=r"row 2 and row 3 \(2020-10-25 02:00\).*offset"):
        to_series({"time": times, "y": [1, 2, 3, 4]})


def test_gap_is_missing_rows_and_told():
    rows = make_rows(20)
    for column in rows.values():
        del column[5:14]
    series, findings = to_series(rows)
    assert np.flatnonzero(np.isnan(series.values[:, 0])).tolist() == list(range(5, 14))
    assert [(f.kind, f.count, f.row) for f in findings] == [("gap", 9, 4)]
    assert "10 hours" in findings[0].message
    assert "row 5" in findings[0].message


def test_rows_out_of_order_are_told_in_one_series_and_in_interleaved_ones():
    rows = make_rows(10)
    assert kinds(to_series({name: column[::-1] for name, column in rows.items()})[1]) == ["order"]
    both = {"unique_id": ["b", "a"] * 10, **{name: [v for v in column for _ in "ab"] for name, column in rows.items()}}
    series, findings = to_series(both)
    assert findings == ()
    assert series.ids == ("a", "b")


def test_rows_that_differ_in_one_channel_are_refused():
    rows = make_rows(10) | {"x": list(range(10))}
    for name in rows:
        rows[name].insert(6, rows[name][5])
    assert kinds(to_series(rows, target="y")[1]) == ["duplicate"]
    rows["x"][6] = 99
    with pytest.raises(DataError, match="row 6 and row 7"):
        to_series(rows, target="y")


@pytest.mark.parametrize("milliseconds", [False, True])
def test_trembling_clock_is_moved_onto_its_grid(milliseconds):
    rows, chance = make_rows(50, step=dt.timedelta(minutes=10)), random.Random(3)
    tremble = [dt.timedelta(seconds=chance.randint(-9, 9), milliseconds=milliseconds * i) for i in range(50)]
    moved = [moment + off for moment, off in zip(rows["time"], tremble, strict=True)]
    series, findings = to_series({**rows, "time": moved})
    assert [EPOCH + dt.timedelta(microseconds=int(time)) for time in series.times()] == rows["time"]
    assert series.values[:, 0].tolist() == rows["y"]
    assert kinds(findings) == ["jitter"]


def test_row_far_off_the_clock_is_refused():
    rows = make_rows(20)
    rows["time"][7] += dt.timedelta(minutes=25)
    with pytest.raises(DataError, match=r"row 8 \(2024-02-28 05:25\) is off a clock that ticks every hour"):
        to_series(rows)


def test_moment_far_away_is_refused_before_its_grid_is_made():
    rows = make_rows(20)
    rows["time"][-1] = dt.datetime(2924, 1, 1)
    with pytest.raises(DataError, match=r"row 19 .* to row 20 \(2924-01-01 00:00\)"):
        to_series(rows)


def test_rows_at_another_step_than_asked_are_refused():
    hour = 3_600_000_000
    assert to_series(make_rows(10), clock=(hour, TIME))[0].step == hour
    for step in (hour // 2, 2 * hour):
        with pytest.raises(DataError, match="a row every hour found"):
            to_series(make_rows(10), clock=(step, TIME))


def test_targets_come_first_and_the_target_of_a_long_table_is_y():
    rows = make_rows(10) | {"a": [1.0] * 10, "b": [2.0] * 10}
    assert to_series(rows)[0].names == ("y", "a", "b")
    assert to_series(rows, target=["b", "a"])[0].names == ("b", "a", "y")
    assert to_series(rows, target="b", drop=["a"])[0].names == ("b", "y")


@pytest.mark.parametrize(
    ("change", "options", "error", "match"),
    [
        ({}, {"target": "z"}, UsageError, "target 'z' found, one of y, w expected"),
        ({}, {"target": "w"}, DataError, "row 1: 'NW' found, a number expected"),
        ({"y": ["NA"] * 10}, {}, DataError, "no value in 10 rows"),
        ({}, {"target": ["y", "y"]}, UsageError, "twice"),
        ({}, {"angles": ["y"]}, UsageError, "as target and as angle"),
        ({}, {"time": "when"}, UsageError, "no column 'when'"),
        ({}, {"series_id": "who"}, UsageError, "no column 'who'"),
        ({}, {"drop": ["q"]}, UsageError, "no column 'q'"),
        ({"y": [1.0]}, {}, DataError, "different lengths"),
        ({"unique_id": ["a"] * 9 + [None]}, {}, DataError, "row 10: nothing found"),
        ({"unique_id": list("abcdefghij")}, {}, DataError, "one row each"),
    ],
)
def test_what_cannot_be_meant_is_told(change, options, error, match):
    rows = make_rows(10) | {"w": ["NW", "SE"] * 5}
    with pytest.raises(error, match=match):
        to_series(rows | change, **options)


def test_too_little_is_no_series():
    with pytest.raises(DataError, match="2 rows found"):
        to_series(make_rows(2))
    with pytest.raises(DataError, match="no column beside the times"):
        to_series({"time": make_rows(5)["time"]})
    with pytest.raises(UsageError, match="a list found"):
        to_series([1, 2, 3])
    with pytest.raises(UsageError, match="say which to forecast"):
        to_series(make_rows(5) | {"y": [1.0] * 5, "x": [1.0] * 5} | {"y2": [2.0] * 5}, drop=["y"])
