"""Whole series read from arrays, and encoded."""

from __future__ import annotations

import numpy as np
import pytest

from seqloom.errors import ArtifactError, DataError
from seqloom.flow import Ragged
from seqloom.series.collection import CollectionEncoder, as_collection


def test_all_forms_of_the_same_series_are_the_same():
    array = np.random.default_rng(0).normal(size=(4, 5, 1))
    forms = [
        array,
        array[:, :, 0],
        list(array),
        array[:, :, 0].tolist(),
        Ragged(values=array.reshape(-1, 1), offsets=np.arange(5) * 5),
        as_collection(array),
    ]
    for form in forms:
        read = as_collection(form)
        assert (len(read), read.n_channels) == (4, 1)
        np.testing.assert_array_equal(read.steps.values, array.reshape(-1, 1))


def test_unequal_lengths_keep_their_rows_and_order():
    rows = [np.arange(6.0).reshape(3, 2), np.arange(2.0).reshape(1, 2) + 10]
    read = as_collection(rows)
    assert read.steps.lengths.tolist() == [3, 1]
    np.testing.assert_array_equal(read.take(np.array([1, 0])).steps.row(1), rows[0])
    np.testing.assert_array_equal(read.join(read).steps.row(3), rows[1])


@pytest.mark.parametrize(
    ("x", "told"),
    [
        ([[1.0, 2.0], []], "row 1: an empty series"),
        ([np.zeros((3, 2)), np.zeros((3, 1))], r"row 1: an array of 3 x 1 found, \[T, 2\] expected"),
        ([[1.0, 2.0], [np.inf, 1.0]], "row 1: infinity"),
        ([[1.0], [np.nan]], "row 1: a series without any value"),
        ([["a", "b"]], "row 0: values that are no numbers"),
        (np.zeros(5), r"an array of 5 found, \[N, T, C\]"),
        ("abc", r"'abc' \(str\) found"),
        (np.zeros((3, 0)), "row 0: an empty series"),
        (np.zeros((3, 2, 0)), "without channels"),
    ],
)
def test_what_is_no_series_is_told(x, told):
    with pytest.raises(DataError, match=told):
        as_collection(x)


def test_equal_series_and_named_ones_stay_together():
    read = as_collection([[1.0, 2.0], [3.0], [1.0, 2.0], [4.0]])
    groups = read.group_rows()
    assert groups[0] == groups[2]
    assert len(set(groups.tolist())) == 3
    named = read.keep_together(["a", "b", None, "b"]).group_rows()
    assert named[0] == named[2]
    assert named[1] == named[3] != named[0]
    with pytest.raises(DataError, match="2 groups found for 4 series"):
        read.keep_together(["a", "b"])


def test_channels_are_scaled_by_training_and_missing_values_filled_from_before():
    train = as_collection([np.array([[1.0, 10.0], [3.0, 10.0]]), np.array([[5.0, 10.0]])])
    encoder = CollectionEncoder().fit(train)
    asked = as_collection([np.array([[np.nan, 11.0], [3.0, np.nan], [np.nan, np.nan]])])
    steps = encoder.encode(asked)["steps"]
    assert steps.values.dtype == np.float32
    # nothing before: the training mean; then the last one; a channel that never changed keeps its unit
    np.testing.assert_allclose(steps.values, [[0, 1], [0, 1], [0, 1]], atol=1e-6)
    again = CollectionEncoder.from_state(encoder.state()[0], encoder.state()[2])
    np.testing.assert_array_equal(again.encode(train)["steps"].values, encoder.encode(train)["steps"].values)
    with pytest.raises(DataError, match="1 channels found, 2 expected"):
        encoder.encode(as_collection([[1.0]]))


def test_a_state_that_does_not_fit_is_refused():
    settings, _, arrays = CollectionEncoder().fit(as_collection([[1.0, 2.0]])).state()
    for wrong in ({"n_channels": 2}, {"kind": "windows"}):
        with pytest.raises(ArtifactError):
            CollectionEncoder.from_state({**settings, **wrong}, arrays)
    with pytest.raises(ArtifactError):
        CollectionEncoder.from_state(settings, {**arrays, "scale": np.zeros(1)})
