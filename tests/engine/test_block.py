"""A block is S steps, no more and no less."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

from seqloom.engine import TrainState
from seqloom.engine.block import make_block, make_step
from seqloom.engine.gather import gather_rows, place_arrays
from seqloom.nets import build_optimizer, make_pure
from tests.engine.conftest import N_IDS, functions_of, make_rows, state_of
from tests.engine.equal import assert_same_bits
from tests.families import heavy

S, B = 6, 4


@pytest.fixture(scope="module")
def programs(bag):
    """Block, step, arrays, and the first state of one net."""
    rows = make_rows(20, feed="buckets")
    gather = gather_rows(rows, 64)
    step = jax.jit(make_step(functions_of(bag), gather))
    return make_block(functions_of(bag), gather), step, place_arrays(rows), state_of(bag)


@pytest.fixture(scope="module")
def order():
    random = np.random.default_rng(0)
    return random.integers(0, 20, (S, B)).astype(np.int32), random.uniform(0.5, 2, (S, B)).astype(np.float32)


def run(block, state: TrainState, *arguments):
    return block(jax.tree.map(jnp.array, state), *arguments)  # a copy: a block uses its state up


def test_law_block_is_its_steps(programs, order):
    block, step, arrays, start = programs
    state, sums = start, []
    for rows, weight in zip(*order, strict=True):
        state, of_step = step(state, rows, weight, arrays)
        sums.append(of_step)
    found, found_sums = run(block, start, *order, arrays)
    assert_same_bits(found, state)
    assert_same_bits(found_sums, np.stack(sums))
    assert all(not np.array_equal(a, b) for a, b in zip(found.trainable, start.trainable, strict=True))


@pytest.mark.parametrize("k", [3, *heavy(2)])
def test_law_k_blocks_are_one_block(programs, order, k):
    block, _, arrays, start = programs
    state = start
    for rows, weight in zip(np.split(order[0], k), np.split(order[1], k), strict=True):
        state, _ = run(block, state, rows, weight, arrays)
    assert_same_bits(state, run(block, start, *order, arrays)[0])


def test_block_of_one_step(programs, order):
    """XLA simplifies a loop of one turn away and fuses what was in it: the same to rounding, not to the bit."""
    block, step, arrays, start = programs
    found, _ = run(block, start, order[0][:1], order[1][:1], arrays)
    expected, _ = step(start, order[0][0], order[1][0], arrays)
    for a, b in zip(found.trainable, expected.trainable, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-6)


def test_law_filler_steps_change_nothing(programs, order):
    block, _, arrays, start = programs
    rows, weight = order
    filled = weight.copy()
    filled[4:] = 0
    state, sums = run(block, start, rows, filled, arrays)
    expected, _ = run(block, start, rows[:4], weight[:4], arrays)
    assert_same_bits(state, expected)  # Adam's moments, its counter and the dropout seeds too
    assert not np.asarray(sums)[4:].any()


def test_block_of_nothing_but_filler(programs, order):
    block, _, arrays, start = programs
    state, sums = run(block, start, order[0], np.zeros_like(order[1]), arrays)
    assert_same_bits(state, start)
    assert not np.asarray(sums).any()


def test_law_rows_of_weight_zero_change_nothing(programs, order):
    block, _, arrays, start = programs
    rows, weight = order[0].copy(), order[1].copy()
    weight[:, 3] = 0
    expected, expected_sums = run(block, start, rows, weight, arrays)
    rows[:, 3] = (rows[:, 3] + 7) % 20
    found, sums = run(block, start, rows, weight, arrays)
    assert_same_bits((found, sums), (expected, expected_sums))


def test_law_weights_are_relative(programs, order):
    """Loss = sum(w l) / sum(w): weights four times as large train the same (a power of two is exact)."""
    block, _, arrays, start = programs
    expected, sums = run(block, start, *order, arrays)
    found, four_sums = run(block, start, order[0], 4 * order[1], arrays)
    assert_same_bits(found, expected)
    assert_same_bits(four_sums, 4 * np.asarray(sums))


def _regularised(strength: float):
    ids = keras.Input((6,), dtype="int32", name="ids")
    vectors = keras.layers.Embedding(N_IDS, 2, embeddings_initializer=keras.initializers.RandomUniform(seed=1))(ids)
    dense = keras.layers.Dense(
        1,
        kernel_initializer=keras.initializers.GlorotUniform(seed=2),
        kernel_regularizer=keras.regularizers.L2(strength) if strength else None,
    )
    return make_pure(
        keras.Model(ids, dense(keras.layers.Flatten()(vectors))), build_optimizer("sgd", learning_rate=0.5)
    )


def test_law_regularisers_are_included():
    """One step of gradient descent moves the kernel by rate * 2 * strength * kernel more."""
    rows = make_rows(8, feed="rows")
    arguments = (np.arange(8, dtype=np.int32), np.ones(8, np.float32), place_arrays(rows))
    moved = {}
    for strength in (0.0, 0.1):
        pure = _regularised(strength)
        state, _ = jax.jit(make_step(functions_of(pure), gather_rows(rows, 0)))(state_of(pure), *arguments)
        moved[strength] = state.trainable
    kernel = next(leaf for leaf in pure.trainable if leaf.shape == (12, 1))
    for plain, shrunk in zip(moved[0.0], moved[0.1], strict=True):
        pull = 0.5 * 2 * 0.1 * kernel if plain.shape == (12, 1) else 0.0
        np.testing.assert_allclose(shrunk, plain - pull, rtol=0, atol=1e-6)
    assert np.abs(kernel).max() > 0.1


def test_law_dropout_seeds_are_carried(bag):
    """The same weights and rows, two steps on end: other units are dropped; without carrying, the same."""
    functions, start = functions_of(bag), state_of(bag)
    inputs = {"ids": np.tile(np.arange(1, 7, dtype=np.int32), (16, 1))}
    first, carried, _ = functions.call(start.trainable, start.fixed, inputs, True)
    second, _, _ = functions.call(start.trainable, carried, inputs, True)
    again, _, _ = functions.call(start.trainable, start.fixed, inputs, True)
    assert not np.array_equal(first, second)
    assert np.array_equal(first, again)
    assert len(np.unique(first)) > 1  # equal rows, so anything but dropout would give equal outputs


def test_dropout_is_off_outside_training(bag):
    start = state_of(bag)
    inputs = {"ids": np.tile(np.arange(1, 7, dtype=np.int32), (16, 1))}
    outputs, fixed, _ = functions_of(bag).call(start.trainable, start.fixed, inputs, False)
    assert len(np.unique(outputs)) == 1
    assert_same_bits(fixed, start.fixed)
