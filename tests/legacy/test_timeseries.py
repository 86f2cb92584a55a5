from __future__ import annotations

import json
import os
import subprocess
import sys

import hypothesis.strategies as st
import keras
import numpy as np
import pytest
from hypothesis import assume, given

from seqloom.errors import DataError, UsageError
from seqloom.legacy.sequence import TimeseriesGenerator, timeseries_generator_from_json
from tests.gates.house import HEAVY
from tests.legacy.oracles import SEQUENCE

ORACLES = pytest.mark.parametrize("oracle", SEQUENCE, ids=lambda module: module.__name__)

SERIES = st.sampled_from(["vector", "matrix", "list", "nested", "objects"])
OPTIONS = st.fixed_dictionaries(
    {"length": st.integers(1, 8)},
    optional={
        "sampling_rate": st.integers(1, 4),
        "stride": st.integers(1, 4),
        "start_index": st.integers(0, 9),
        "end_index": st.none() | st.integers(0, 29),
        "shuffle": st.booleans(),
        "reverse": st.booleans(),
        "batch_size": st.integers(1, 9),
    },
)


def series(kind: str, n: int):
    vector = np.arange(n)
    return {
        "vector": vector,
        "matrix": vector[:, None] * np.array([1.0, 10.0, 100.0]),
        "list": vector.tolist(),
        "nested": [[i, -i] for i in range(n)],
        "objects": np.array([None, *range(n)], dtype=object)[1:],
    }[kind]


def batches(generator) -> list:
    np.random.seed(0)  # noqa: NPY002, TID251  # shuffled batches come from NumPy's global generator
    return [generator[i] for i in range(len(generator))]


def build(kind, *arguments, **options):
    try:
        return kind(*arguments, **options)
    except ValueError as problem:
        return problem


@ORACLES
@given(n=st.integers(2, 30), kind=SERIES, targets=SERIES, options=OPTIONS)
def test_batches_are_keras(oracle, n, kind, targets, options):
    # Beyond the end Keras fails at some batch with an IndexError; here the generator is refused at once.
    assume((options.get("end_index") or 0) < n)
    arguments = (series(kind, n), series(targets, n))
    theirs = build(oracle.TimeseriesGenerator, *arguments, **options)
    ours = build(TimeseriesGenerator, *arguments, **options)
    if isinstance(theirs, Exception):
        assert isinstance(ours, UsageError)
        return
    assert len(ours) == len(theirs)
    for found, expected in zip(batches(ours), batches(theirs), strict=True):
        for mine, other in zip(found, expected, strict=True):
            assert mine.dtype == other.dtype
            np.testing.assert_array_equal(mine, other, strict=True)
    for name in ("start_index", "end_index", "length", "sampling_rate", "stride", "shuffle", "reverse", "batch_size"):
        assert getattr(ours, name) == getattr(theirs, name)


def test_arguments_by_position_are_keras():
    arguments = (np.arange(40), np.arange(40), 4, 2, 3, 5, 30, False, True, 6)
    ours, theirs = TimeseriesGenerator(*arguments), SEQUENCE[0].TimeseriesGenerator(*arguments)
    np.testing.assert_array_equal(ours[0][0], theirs[0][0])


@pytest.mark.parametrize("kind", ["vector", "matrix", "nested"])
def test_json_starts_later_as_in_keras(kind):
    generator = TimeseriesGenerator(series(kind, 20), series("vector", 20), length=3, start_index=2, batch_size=4)
    again = timeseries_generator_from_json(generator.to_json())
    assert again.start_index == 2 + 3 + 3  # keras-preprocessing adds the length a second time
    again.start_index -= again.length
    for mine, other in zip(batches(again), batches(generator), strict=True):
        np.testing.assert_array_equal(mine[0], other[0])


@pytest.mark.skipif(len(SEQUENCE) < 2, reason="keras-preprocessing is not installed; Keras has no such function left")
def test_json_is_keras():
    arguments = (series("matrix", 20), series("vector", 20), 3)
    ours, theirs = TimeseriesGenerator(*arguments), SEQUENCE[1].TimeseriesGenerator(*arguments)
    assert ours.to_json() == theirs.to_json()
    expected = SEQUENCE[1].timeseries_generator_from_json(theirs.to_json())
    found = timeseries_generator_from_json(theirs.to_json())
    assert found.get_config() == expected.get_config()


def test_is_a_data_set_of_keras():
    generator = TimeseriesGenerator(np.arange(30.0), np.arange(30.0), length=3, batch_size=7, workers=2)
    assert isinstance(generator, keras.utils.PyDataset)
    assert generator.workers == 2
    assert sum(len(targets) for _, targets in generator) == 27  # each step once, and the loop ends
    np.testing.assert_array_equal(generator[0][0][0], [0, 1, 2])
    assert generator[0][1][0] == 3


def test_fit_is_that_of_arrays():
    data = np.random.default_rng(0).normal(size=(60, 2)).astype("float32")
    generator = TimeseriesGenerator(data, data[:, 0], length=4, batch_size=8)
    weights = []
    for trained in (generator, None):
        net = keras.Sequential([keras.Input((4, 2)), keras.layers.Flatten(), keras.layers.Dense(1, "linear", False)])
        net.set_weights([np.full((8, 1), 0.1)])
        net.compile(keras.optimizers.SGD(learning_rate=0.01), "mse")
        if trained is None:
            whole = [np.concatenate(parts) for parts in zip(*batches(generator), strict=True)]
            net.fit(*whole, batch_size=8, shuffle=False, verbose=0)
        else:
            net.fit(trained, shuffle=False, verbose=0)
        weights.append(np.asarray(net.layers[-1].kernel.value))
    np.testing.assert_allclose(weights[0], weights[1], rtol=1e-5)


@pytest.mark.parametrize("index", [-1, 3, 100])
def test_batch_that_is_not_there(index):
    generator = TimeseriesGenerator(np.arange(30), np.arange(30), length=3, batch_size=10)
    with pytest.raises(IndexError, match="0 to 2"):
        generator[index]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"length": 0}, "length 0"),
        ({"length": 3, "sampling_rate": 0}, "sampling_rate 0"),
        ({"length": 3, "stride": -1}, "stride -1"),
        ({"length": 3, "batch_size": 0}, "batch_size 0"),
        ({"length": 10}, "no window fits"),
        ({"length": 3, "start_index": -1}, "steps -1 to 9"),
        ({"length": 3, "end_index": 10}, "steps 0 to 10 asked for, of 0 to 9"),
    ],
)
def test_windows_that_do_not_fit(options, found):
    with pytest.raises(UsageError, match=found):
        TimeseriesGenerator(np.arange(10), np.arange(10), **options)


def test_lengths_differ():
    with pytest.raises(DataError, match="10 steps of data and 9 targets"):
        TimeseriesGenerator(np.arange(10), np.arange(9), length=2)


@pytest.mark.parametrize("text", ["", "{}", "[]", json.dumps({"config": {"data": "[1]"}})])
def test_json_that_is_none_is_refused(text):
    with pytest.raises(DataError, match="JSON of a TimeseriesGenerator expected"):
        timeseries_generator_from_json(text)


def test_data_that_is_no_json():
    generator = TimeseriesGenerator([{1}, {2}, {3}], [1, 2, 3], length=1)
    with pytest.raises(TypeError, match="data does not fit into JSON"):
        generator.to_json()


def run(program: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_law_everything_else_is_light():
    names = ", ".join(name for name in ("pad_sequences", "skipgrams", "make_sampling_table"))
    program = f"from seqloom.legacy.sequence import {names}\nimport seqloom.legacy.text, sys\nprint(*sys.modules)"
    assert {name.split(".")[0] for name in run(program).split()} & HEAVY == set()


def test_backend_is_the_persons():
    program = "from seqloom.legacy.sequence import TimeseriesGenerator; import keras; print(keras.backend.backend())"
    assert run(program, KERAS_BACKEND="numpy").split() == ["numpy"]
