"""Files of whole series: what is written is read again, and what is broken is told with its line."""

from __future__ import annotations

import gzip
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqloom.errors import DataError
from seqloom.frames.series_table import join_series
from seqloom.frames.ts_files import read_ts

HEADER = """# made up
@problemName gestures
@timeStamps false
@missing true
@univariate false
@dimensions 2
@equalLength false
@classLabel true up down
@data
"""


def write(path, text: str):
    path.write_text(text)
    return path


def write_ts(rows, labels, *, classes) -> str:
    """The obvious writer: a loop over everything."""
    head = f"@problemName x\n@univariate false\n@equalLength false\n@classLabel true {' '.join(classes)}\n@data\n"
    lines = []
    for row, label in zip(rows, labels, strict=True):
        channels = [",".join("?" if np.isnan(v) else repr(float(v)) for v in row[:, c]) for c in range(row.shape[1])]
        lines.append(":".join([*channels, label]))
    return head + "\n".join(lines) + "\n"


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_what_was_written_is_read(tmp_path_factory, data):
    n_channels = data.draw(st.integers(1, 4))
    lengths = data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=5))
    number = st.one_of(st.floats(-1e6, 1e6), st.just(float("nan")))
    rows = [
        np.array(data.draw(st.lists(number, min_size=n * n_channels, max_size=n * n_channels))).reshape(n, n_channels)
        for n in lengths
    ]
    labels = data.draw(
        st.lists(st.sampled_from(["a", "b c".replace(" ", "_")]), min_size=len(rows), max_size=len(rows))
    )
    path = write(tmp_path_factory.mktemp("ts") / "x.ts", write_ts(rows, labels, classes=("a", "b_c")))
    table = read_ts(path)
    assert table.labels.tolist() == labels
    assert table.steps.lengths.tolist() == lengths
    for i, row in enumerate(rows):
        np.testing.assert_array_equal(table.steps.row(i), row)


def test_comments_blanks_spaces_windows_line_ends_and_packing(tmp_path):
    text = HEADER + "1, 2 ,NaN:4,5,6: up\n\n# a comment\n7:?:down\n"
    path = tmp_path / "x.ts.gz"
    path.write_bytes(gzip.compress(text.replace("\n", "\r\n").encode()))
    table = read_ts(path)
    np.testing.assert_array_equal(table.steps.values, [[1, 4], [2, 5], [np.nan, 6], [7, np.nan]])
    assert table.labels.tolist() == ["up", "down"]
    assert len(table.channels) == 2


def test_numbers_as_targets_and_no_labels(tmp_path):
    numbers = read_ts(write(tmp_path / "a.ts", "@univariate true\n@targetLabel true\n@data\n1,2:0.5\n3,4:-2\n"))
    assert numbers.labels.tolist() == [0.5, -2.0]
    plain = read_ts(write(tmp_path / "b.ts", "@univariate true\n@classLabel false\n@data\n1,2\n3,4\n"))
    assert plain.labels is None
    assert plain.steps.values.ravel().tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1,2,3\n", r"line 1: '1,2,3' found in the header"),
        (HEADER.replace("@data\n", ""), "no line @data found"),
        (HEADER, "no series found behind @data"),
        (HEADER.replace("@missing", "@mising"), r"line 4: @mising found in the header, one of @timestamps"),
        (HEADER.replace("false\n@missing", "true\n@missing"), r"line 3: @timeStamps true found"),
        (HEADER.replace("dimensions 2", "dimensions two"), r"line 6: @dimensions 'two' found, a whole number"),
        (HEADER.replace("true up down", "true"), r"line 8: @classlabel 'true' found, true and then the names"),
        (HEADER.replace("@univariate false", "@univariate true"), "says @univariate true and 2 dimensions"),
        (HEADER + "1,2:3,4:up\n1,2:up\n", r"line 11: 1 channels found, 2 expected"),
        (HEADER + "1,2:3,4:5,6:up\n", r"line 10: 3 channels found, 2 expected"),
        (HEADER + "1,2:3:up\n", r"line 10: 1 values in channel 2 and 2 in channel 1 found"),
        (HEADER + "1,2::up\n", r"line 10: channel 2 is empty"),
        (HEADER + "1,2:3,4:left\n", r"line 10: label 'left' found, one of up, down expected"),
        (HEADER + "1,2:3,4:up\n1,2:3,x4:up\n", r"line 11: 'x4' found, a number expected"),
        (HEADER + "1,2:3,inf:up\n", r"line 10: 'inf' found, a number expected"),
        (HEADER + "1,,2:3,4,5:up\n", r"line 10: '' found, a number expected"),
        ("@univariate true\n@seriesLength 3\n@classLabel true a b\n@data\n1,2:a\n", r"line 5: 2 values found, 3 expec"),
        ("@targetLabel true\n@data\n1,2:a\n", r"line 3: label 'a' found, a number as the target"),
        ("@classLabel true a b\n@data\n1,2\n", r"line 3: a series without a label"),
    ],
)
def test_what_is_broken_is_told_with_its_line(tmp_path, text, told):
    with pytest.raises(DataError, match=told) as caught:
        read_ts(write(tmp_path / "broken.ts", text))
    assert "broken.ts" in str(caught.value)


def test_a_test_part_of_other_channels_is_refused(tmp_path):
    one = read_ts(write(tmp_path / "a.ts", "@univariate true\n@classLabel true a b\n@data\n1,2:a\n"))
    two = read_ts(write(tmp_path / "b.ts", "@dimensions 2\n@classLabel true a b\n@data\n1,2:3,4:a\n"))
    with pytest.raises(DataError, match=r"b\.ts: 2 channels found, 1 expected"):
        join_series(one, two)
    both = join_series(one, one)
    assert both.split.tolist() == ["train", "test"]
    assert both.steps.values.ravel().tolist() == [1, 2, 1, 2]


@pytest.mark.data
def test_real_files_hold_what_their_parquet_twins_do(data_folder):
    import polars as pl

    for name in ("GunPoint", "BasicMotions", "JapaneseVowels"):
        twin = pl.read_parquet(data_folder / "tsc" / f"{name}.parquet").filter(pl.col("split") == "train")
        began = time.perf_counter()
        table = read_ts(data_folder / "tsc" / f"{name}_TRAIN.ts")
        print(f"{name}: {time.perf_counter() - began:.3f} s")
        channels = [column for column in twin.columns if column == "value" or column.startswith("ch")]
        np.testing.assert_array_equal(table.steps.values, twin.select(channels).to_numpy())
