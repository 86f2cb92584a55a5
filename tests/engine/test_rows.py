"""A block that updates only the rows it reads: against one that updates all."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

from seqloom.engine import ByRow
from seqloom.engine.block import make_block
from seqloom.engine.gather import gather_rows, place_arrays
from seqloom.engine.rows import make_row_block
from seqloom.nets import NetSizes, build_net, build_optimizer, make_pure, split_by_row
from tests.engine.conftest import N_IDS, functions_of, make_rows, state_of
from tests.engine.equal import assert_same_bits
from tests.families import heavy

S, B, N = 12, 4, 20

# Rounding: the two add and fade in another order.
CLOSE = {"rtol": 1e-5, "atol": 1e-7}


def take_apart(family: str, *, dropout: float = 0.0):
    sizes = NetSizes(n_ids=N_IDS, n_outputs=1, width=3, length=6, dropout=dropout, seed=4)
    net, optimizer = build_net(family, sizes), build_optimizer("rmsprop", 0.05)
    pure = make_pure(net, optimizer)
    parts = split_by_row(net, optimizer)
    by_row = ByRow(parts.split, parts.join, parts.call, parts.update, parts.fade, parts.update_rows)
    return pure, by_row


@pytest.fixture(scope="module", params=["embedding", "bag"])
def programs(request):
    """Both blocks of one net, arrays, and the first state; ids repeat within a batch, and padding is among them."""
    pure, by_row = take_apart(request.param, dropout=0.3)
    rows = make_rows(N, feed="rows")
    rows.inputs["ids"][:, :2] = np.random.default_rng(1).integers(0, 3, (N, 2))
    gather = gather_rows(rows, 0)
    ours = make_row_block(functions_of(pure), gather, by_row=by_row)
    return ours, make_block(functions_of(pure), gather), place_arrays(rows), state_of(pure)


@pytest.fixture(scope="module")
def order():
    random = np.random.default_rng(0)
    return random.integers(0, N, (S, B)).astype(np.int32), random.uniform(0.5, 2, (S, B)).astype(np.float32)


def run(block, state, *arguments):
    return block(jax.tree.map(jnp.array, state), *arguments)  # a copy: a block uses its state up


def assert_close(found, expected):
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), **CLOSE)


def test_law_updating_the_rows_read_is_updating_all(programs, order):
    ours, whole, arrays, start = programs
    found, expected = run(ours, start, *order, arrays), run(whole, start, *order, arrays)
    assert_close(found, expected)
    assert not np.array_equal(found[0].trainable[0], start.trainable[0])


def test_law_rows_never_read_stay_to_the_bit(programs, order):
    ours, _, arrays, start = programs
    read = np.unique(np.asarray(arrays["ids"])[order[0][:2]])
    found, _ = run(ours, start, order[0][:2], order[1][:2], arrays)
    others = np.setdiff1d(np.arange(N_IDS), read)
    assert len(others)
    assert np.array_equal(np.asarray(found.trainable[0])[others], start.trainable[0][others])


@pytest.mark.parametrize("k", [3, *heavy(2, 4)])
def test_law_k_blocks_are_one_block_but_for_rounding(programs, order, k):
    ours, _, arrays, start = programs
    state = start
    for rows, weight in zip(np.split(order[0], k), np.split(order[1], k), strict=True):
        state, _ = run(ours, state, rows, weight, arrays)
    assert_close(state, run(ours, start, *order, arrays)[0])


def test_law_filler_steps_change_nothing(programs, order):
    ours, _, arrays, start = programs
    rows, weight = order
    filled = weight.copy()
    filled[4:] = 0
    state, sums = run(ours, start, rows, filled, arrays)
    expected, _ = run(ours, start, rows[:4], weight[:4], arrays)
    assert_same_bits(state, expected)
    assert not np.asarray(sums)[4:].any()


def test_law_rows_of_weight_zero_change_nothing_but_rounding(programs, order):
    ours, _, arrays, start = programs
    rows, weight = order[0].copy(), order[1].copy()
    weight[:, 3] = 0
    expected = run(ours, start, rows, weight, arrays)
    rows[:, 3] = (rows[:, 3] + 7) % N
    assert_close(run(ours, start, rows, weight, arrays), expected)


@pytest.mark.parametrize("name", ["adam", "adamw", "nadam", "sgd"])
def test_optimizers_that_move_on_without_a_gradient_are_not_taken_apart(name):
    sizes = NetSizes(n_ids=N_IDS, n_outputs=1, width=3, length=6, dropout=0.0, seed=4)
    assert split_by_row(build_net("bag", sizes), build_optimizer(name, None)) is None


@pytest.mark.parametrize("options", [{"momentum": 0.5}, {"centered": True}, {"weight_decay": 0.1}])
def test_rmsprop_with_more_to_it_is_not_taken_apart(options):
    sizes = NetSizes(n_ids=N_IDS, n_outputs=1, width=3, length=6, dropout=0.0, seed=4)
    assert split_by_row(build_net("bag", sizes), keras.optimizers.RMSprop(**options)) is None
