from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from seqloom.errors import DataError, UsageError
from seqloom.legacy.sequence import pad_sequences
from tests.legacy.oracles import PAD

ORACLES = pytest.mark.parametrize("oracle", PAD, ids=lambda function: function.__module__)
SIDES = st.sampled_from(["pre", "post"])
NUMBERS = st.integers(-3, 300) | st.sampled_from([1.7, True, np.int64(5), np.float32(2.5), 2**40])
ROWS = st.one_of(
    st.lists(st.integers(0, 99), max_size=6),
    st.lists(NUMBERS, max_size=6),
    st.lists(NUMBERS, max_size=6).map(tuple),
    st.lists(st.integers(0, 99), max_size=6).map(np.array),
    st.lists(st.floats(-9, 9, width=32), max_size=6).map(np.array),
)
PAIRS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=4)
STRANGE = st.sampled_from([[[1]], [None], ["7"], ["x"], "12", [[1, 2], [3]], {}, [np.array([4])], [[]]])
SEQUENCES = st.one_of(
    st.lists(st.lists(st.integers(0, 99), max_size=8), max_size=6),
    st.lists(ROWS, max_size=6),
    st.lists(PAIRS, max_size=4),
    st.lists(PAIRS.map(np.array), max_size=4),
    st.lists(ROWS | PAIRS | STRANGE, max_size=4),
    st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=1, max_size=4).map(np.array),
)


def outcome(function, *arguments):
    try:
        return function(*arguments)
    except (ValueError, TypeError, OverflowError) as problem:
        return problem


@ORACLES
@given(
    sequences=SEQUENCES,
    maxlen=st.none() | st.integers(0, 9),
    dtype=st.sampled_from(["int32", "int64", "uint8", "float32", "float64", "bool", object, np.int16, np.dtype("q")]),
    padding=SIDES,
    truncating=SIDES,
    value=st.sampled_from([0.0, 0, -1, 1.5, 7]),
)
@pytest.mark.filterwarnings("ignore:invalid value encountered in cast")
def test_rows_are_keras(oracle, sequences, maxlen, dtype, padding, truncating, value):
    arguments = (sequences, maxlen, dtype, padding, truncating, value)
    expected, found = outcome(oracle, *arguments), outcome(pad_sequences, *arguments)
    if maxlen == 0 and isinstance(expected, Exception) and not isinstance(found, Exception):
        # Keras cuts with [-0:], which keeps everything, and fails to fit it in; from the other end it gives no columns.
        assert found.shape[:2] == (len(sequences), 0)
    elif isinstance(expected, Exception):
        assert isinstance(found, DataError | UsageError), (expected, found)
    else:
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected, strict=True)


@ORACLES
@given(
    words=st.lists(st.lists(st.text("ab", max_size=3), max_size=4), min_size=1, max_size=4),
    dtype=st.sampled_from([object, "<U3"]),
    padding=SIDES,
    value=st.sampled_from(["", "pad"]),
)
def test_strings_are_keras(oracle, words, dtype, padding, value):
    arguments = (words, 3, dtype, padding, "post", value)
    np.testing.assert_array_equal(pad_sequences(*arguments), oracle(*arguments), strict=True)


def test_bytes_are_keras():
    arguments = ([["a", "bcd"], []], 3, "S2", "pre", "post", "x")  # not in 1.1.2
    np.testing.assert_array_equal(pad_sequences(*arguments), PAD[0](*arguments), strict=True)


def test_input_stays_as_it_is():
    sequences = [[1, 2, 3], np.array([4, 5])]
    pad_sequences(sequences, maxlen=2)[:] = 9
    assert sequences[0] == [1, 2, 3]
    assert sequences[1].tolist() == [4, 5]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ({"sequences": []}, "no sequences found"),
        ({"sequences": 3}, "int found"),
        ({"sequences": iter([[1]])}, "list_iterator found"),
        ({"sequences": [[1], 5]}, r"row 1: 5 \(int\)"),
        ({"sequences": [[1], [2, None]]}, "row 1: .*None"),
        ({"sequences": [[1], [2**40]]}, "row 1: .*1099511627776"),
        ({"sequences": [[1], [[2]]]}, r"row 1: an array of shape \(1, 1\) found, \(1,\) expected"),
        ({"sequences": ["12"]}, r"row 0: an array of shape \(\)"),
        ({"sequences": [[], [[1, 2], [3]]]}, "row 1: .*elements of one shape"),
    ],
)
def test_rows_that_are_none_are_refused(arguments, found):
    with pytest.raises(DataError, match=found):
        pad_sequences(**arguments)


@pytest.mark.parametrize(
    ("option", "found"),
    [
        ({"maxlen": -1}, "maxlen -1"),
        ({"maxlen": 2.5}, "maxlen 2.5"),
        ({"padding": "before"}, "padding 'before'"),
        ({"truncating": "last"}, "truncating 'last'"),
        ({"value": "x"}, "value 'x'.*dtype=object"),
    ],
)
def test_option_that_cannot_be_meant(option, found):
    with pytest.raises(UsageError, match=found):
        pad_sequences([[1]], **option)
