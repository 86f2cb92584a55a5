"""Tables of several makes, and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from seqloom.errors import DataError, UsageError
from seqloom.series.table import read_frame, to_frame


class Foreign:
    """What is read of a pandas frame: its columns by name, as arrays, and its index."""

    def __init__(self, columns: dict, index: object = None) -> None:
        self._columns, self.columns, self.index = columns, list(columns), index

    def __getitem__(self, name: str) -> object:
        return self._columns[name]


def test_columns_of_any_make_are_the_same_table():
    columns = {"word": ["a", None, "b"], "number": [1.5, 2.0, 3.0]}
    expected = pl.DataFrame(columns)
    foreign = Foreign({"word": np.array(["a", np.nan, "b"], dtype=object), "number": np.array([1.5, 2, 3])})
    lists = {"word": columns["word"], "number": (1.5, 2, 3)}
    for given in (expected, expected.lazy(), columns, lists, foreign, {name: expected[name] for name in columns}):
        assert read_frame(given).equals(expected)


def test_an_index_of_moments_is_a_column_of_its_own():
    index = np.array(["2024-05-01T00", "2024-05-01T01"], dtype="M8[ns]")
    read = read_frame(Foreign({"y": np.array([1.0, 2.0])}, index))
    assert read.rows() == [(datetime(2024, 5, 1), 1.0), (datetime(2024, 5, 1, 1), 2.0)]
    assert read_frame(Foreign({"y": np.array([1.0])}, np.array([0]))).columns == ["y"]


@pytest.mark.parametrize(
    ("given", "error", "match"),
    [
        ([1, 2], UsageError, "a list found"),
        ({}, UsageError, "a dict found"),
        ({"a": [1, 2], "b": [1]}, DataError, "a 2, b 1"),
        ({"a": [1, "x"]}, DataError, "'a': values of several types"),
        ({"a": "text"}, DataError, "'a': 'text' found where a sequence"),
        ({"a": 5}, DataError, "'a': 5 found where a sequence"),
    ],
)
def test_what_is_no_table_is_told(given, error, match):
    with pytest.raises(error, match=match):
        read_frame(given)


def test_microseconds_become_moments_and_objects_words():
    moments = [datetime(1969, 12, 31, 23, tzinfo=UTC) + i * timedelta(minutes=50, microseconds=7) for i in range(4)]
    since = [(moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) for moment in moments]
    ids = np.array(["a", "b", "a", "b"], dtype=object)
    frame = to_frame({"unique_id": ids, "ds": np.array(since), "y": np.arange(4.0)}, times_name="ds")
    assert frame.schema == {"unique_id": pl.String, "ds": pl.Datetime("us"), "y": pl.Float64}
    assert frame["ds"].to_list() == [moment.replace(tzinfo=None) for moment in moments]
