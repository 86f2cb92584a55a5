"""Whole series out of long tables: held against a loop over dictionaries, and every bad row told."""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import seqloom
from seqloom.errors import DataError, UsageError
from seqloom.frames.long import LongColumns
from seqloom.frames.series_table import join_series
from seqloom.frames.ts_files import read_ts
from seqloom.tasks.long_tables import read_long

ASKED = LongColumns(series_id="id", label="class")


def collect_slowly(rows: list[tuple[str, int, float, float, str]]) -> tuple[dict, dict]:
    """The obvious reader: steps and label of each series, in the order of first appearance."""
    steps, labels = defaultdict(list), {}
    for name, time, x, y, label in rows:
        steps[name].append((time, x, y))
        labels[name] = label
    return {name: [(x, y) for _, x, y in sorted(of, key=lambda step: step[0])] for name, of in steps.items()}, labels


@st.composite
def draw_rows(draw) -> list[tuple[str, int, float, float, str]]:
    """Rows of some series in any order, with gaps in time and in values, never two of one series and time."""
    value = st.one_of(st.floats(-1e6, 1e6), st.just(math.nan))
    rows = []
    for i, times in enumerate(draw(st.lists(st.sets(st.integers(-50, 50), min_size=1, max_size=6), min_size=1))):
        label = draw(st.sampled_from(["up", "down"]))
        rows += [(f"s{i}", t, draw(st.floats(-1e6, 1e6)), draw(value), label) for t in sorted(times)]
    return draw(st.permutations(rows))


def make_frame(rows) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["id", "t", "x", "y", "class"], orient="row")


@settings(max_examples=60, deadline=None)
@given(rows=draw_rows(), as_text=st.booleans())
def test_law_a_table_holds_what_a_loop_over_its_rows_finds(rows, as_text):
    steps, labels = collect_slowly(rows)
    frame = make_frame(rows)
    if as_text:  # as a CSV comes, where nothing has a type
        frame = frame.with_columns(pl.all().cast(pl.String)).with_columns(pl.col("y").replace("NaN", "NA"))
    table = read_long(frame, ASKED)
    assert table.ids == tuple(steps)
    assert table.labels.tolist() == list(labels.values())
    assert (table.channels, table.columns.time) == (("x", "y"), ("t",))
    for i, wanted in enumerate(steps.values()):
        np.testing.assert_array_equal(table.steps.row(i), np.array(wanted))


@settings(max_examples=40, deadline=None)
@given(rows=draw_rows(), data=st.data())
def test_law_rows_and_columns_in_another_order_give_the_same_series(rows, data):
    one = read_long(make_frame(rows), ASKED)
    frame = make_frame(data.draw(st.permutations(rows))).select(
        data.draw(st.permutations(["id", "t", "x", "y", "class"]))
    )
    other = read_long(frame, LongColumns(series_id="id", label="class", channels=("x", "y")))
    places = [other.ids.index(name) for name in one.ids]
    again = other.take(np.array(places))
    assert again.ids == one.ids
    assert again.labels.tolist() == one.labels.tolist()
    np.testing.assert_array_equal(again.steps.values, one.steps.values)
    np.testing.assert_array_equal(again.steps.offsets, one.steps.offsets)


def test_moments_order_rows_and_without_a_time_they_stay():
    columns = {"id": ["a"] * 3, "x": [1.0, 2.0, 3.0], "class": ["up"] * 3}
    when = ["02.01.2024 00:00:00", "01.01.2024 23:00:00", "01.02.2024 00:00:00"]
    by_name = LongColumns(series_id="id", label="class", time=("when",))
    by_moment = read_long(pl.DataFrame({**columns, "when": when}), by_name)
    assert by_moment.steps.values.ravel().tolist() == [2.0, 1.0, 3.0]
    two = pl.DataFrame(
        {**columns, "date": ["2024-01-02", "2024-01-01", "2024-01-01"], "time": ["00:00", "13:00", "02:00"]}
    )
    assert read_long(two, ASKED).steps.values.ravel().tolist() == [3.0, 2.0, 1.0]
    assert read_long(pl.DataFrame(columns), ASKED).steps.values.ravel().tolist() == [1.0, 2.0, 3.0]


def test_steps_as_text_are_numbers_and_no_words():
    frame = pl.DataFrame({"id": ["a"] * 3, "step": ["10", "9", "-1.5"], "x": ["1", "?", "3,5"], "class": ["1.0"] * 3})
    table = read_long(frame, ASKED)
    np.testing.assert_array_equal(table.steps.values.ravel(), [3.5, np.nan, 1.0])
    assert any("decimal comma" in note for note in table.notes)


def test_whole_numbers_name_series_and_labels_and_a_split_is_found():
    frame = pl.DataFrame(
        {"id": [2.0, 2.0, 1.0], "x": [1, 2, 3], "class": [0.0, 0.0, 1.0], "split": ["Train", "Train", "TEST"]}
    )
    table = read_long(frame, ASKED)
    assert (table.ids, table.labels.tolist(), table.split.tolist()) == (("2", "1"), ["0", "1"], ["train", "test"])
    assert (
        'took "id" as the id, rows in their order, without a time, "class" as the label, "split" as the split'
        in table.notes
    )


GOOD = {"id": ["a", "a", "b"], "t": [0, 1, 0], "x": [1.0, 2.0, 3.0], "class": ["up", "up", "down"]}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"class": ["up", "down", "down"]}, r"series 'a': \"class\" is 'up' in row 1 and 'down' in row 2"),
        ({"class": ["up", "up", None]}, r"row 3: no label found in \"class\""),
        ({"class": ["up", " ", "down"]}, r"row 2: no label found in \"class\""),
        ({"id": ["a", None, "b"]}, r"row 2: no id found in \"id\""),
        ({"id": [["a"], ["a"], ["b"]]}, r"\"id\" holds List\(String\), names or numbers expected"),
        ({"t": [0, 0, 0]}, r"series 'a': rows 1 and 2 are of one time"),
        ({"t": ["0", "soon", "0"]}, r"column 't', row 2: 'soon' found, a number as in the other rows"),
        ({"t": [0.0, math.inf, 0.0]}, r"column 't', row 2: inf found, a number"),
        ({"t": [0, None, 0]}, r"column 't', row 2: nothing found"),
        ({"t": ["2024-01-01", "never", "2024-01-02"]}, r"column 't', row 2: 'never' found, a moment"),
        ({"t": ["now", "soon", "later"]}, r"column 't' holds no times"),
        ({"x": [1.0, -math.inf, 3.0]}, r"\"x\", row 2: infinity found"),
        ({"x": [1.0, 2.0, None]}, r"series 'b': no value found"),
        ({"x": ["a", "b", "c"]}, r"\"x\" holds no numbers \(a in its first row\)"),
        ({"note": ["n", "o", "p"]}, r"Leave it out with --drop note, or name the channels: --channels x"),
        (
            {"when": ["2024-01-01", "2024-01-02", "2024-01-03"], "split": ["train", "test", "test"]},
            r"\"when\" holds no",
        ),
        ({"split": ["train", "test", "test"]}, r"series 'a': \"split\" is 'train' in row 1 and 'test' in row 2"),
    ],
)
def test_a_bad_row_is_told_with_what_to_do(changed, told):
    with pytest.raises(DataError, match=told):
        read_long(pl.DataFrame({**GOOD, **changed}), ASKED)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"series_id": "idd"}, r"no column 'idd' found \(--series-id.* Did you mean id\?"),
        ({"series_id": "id", "label": "klass"}, r"no column 'klass' found \(--label"),
        ({"series_id": "id", "time": ("u",)}, r"no column 'u' found \(--time"),
        ({"series_id": "id", "label": "id"}, r'"id" found as id and as label'),
        ({"series_id": "id", "label": "class", "channels": ("x", "class")}, r'"class" found as label and as channel'),
        (
            {"series_id": "id", "label": "class", "channels": ("x", "z")},
            r"channels x, z expected, z not found. .* id, t, x",
        ),
        ({"series_id": "id", "label": "class", "drop": ("x",)}, "no column of numbers beside id, class, t, x found"),
        (
            {"series_id": "id", "split": "class", "channels": ("x",)},
            r'"class" holds down, up where train, valid or test',
        ),
    ],
)
def test_a_column_that_cannot_be_meant_is_told(asked, told):
    with pytest.raises(DataError, match=told):
        read_long(pl.DataFrame(GOOD), LongColumns(**asked))


def test_a_test_table_takes_the_place_of_test_rows():
    frame = pl.DataFrame(
        {"id": ["a", "b", "c"], "x": [1.0, 2.0, 3.0], "class": ["u", "v", "u"], "part": ["train", "test", "val"]}
    )
    first = read_long(frame, ASKED)
    second = read_long(frame.drop("part"), ASKED)
    both = join_series(first, second)
    assert both.ids == ("a", "c", "a", "b", "c")
    assert both.split.tolist() == ["train", "valid", "test", "test", "test"]
    assert both.steps.values.ravel().tolist() == [1.0, 3.0, 1.0, 2.0, 3.0]
    assert any("left 1 test series" in note for note in both.notes)


@pytest.mark.parametrize("make", [dict, pl.DataFrame])
def test_python_gets_rows_and_labels_of_any_frame(make):
    x, y = seqloom.gather_series(make(GOOD), series_id="id", label="class")
    assert [row.tolist() for row in x] == [[[1.0], [2.0]], [[3.0]]]
    assert y.tolist() == ["up", "down"]
    x, y = seqloom.gather_series(GOOD, series_id="id", channels=["x"], time="t")
    assert ([len(row) for row in x], y) == ([2, 1], None)
    with pytest.raises(UsageError, match="channels='x' found, a list"):
        seqloom.gather_series(GOOD, series_id="id", channels="x")


@pytest.mark.data
def test_real_tables_hold_what_their_ts_twins_do(data_folder):
    for name in ("GunPoint", "BasicMotions", "JapaneseVowels"):
        frame = pl.read_parquet(data_folder / "tsc" / f"{name}.parquet").sample(fraction=1.0, shuffle=True, seed=0)
        table = read_long(frame, LongColumns(series_id="series_id", label="label"))
        for part in ("train", "test"):
            twin = read_ts(data_folder / "tsc" / f"{name}_{part.upper()}.ts")
            mine = table.take(np.flatnonzero(table.split == part))
            mine = mine.take(np.argsort([int(name) for name in mine.ids]))
            np.testing.assert_array_equal(mine.steps.values, twin.steps.values)
            assert mine.labels.tolist() == twin.labels.tolist()
