"""Every row once, in the right shape, with its own content."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqloom.engine.feed import bucket_rows, fit_lengths, order_epoch
from seqloom.engine.gather import gather_rows, iterate_padded, place_arrays
from seqloom.flow import Encoded
from tests.engine.conftest import make_ragged, make_rows

LENGTHS = st.lists(st.integers(0, 150), min_size=1, max_size=120)


def encode(lengths: list[int], weight: np.ndarray | None = None) -> Encoded:
    ids = make_ragged(lengths)
    return Encoded(inputs={"ids": ids}, target=np.zeros(len(ids), np.int32), weight=weight, feed="buckets")


def pad_slowly(rows: Encoded, which, length: int) -> np.ndarray:
    padded = np.zeros((len(which), length), np.int32)
    for place, row in enumerate(which):
        values = rows.inputs["ids"].row(row)
        padded[place, : len(values)] = values
    return padded


@given(lengths=LENGTHS, batch_size=st.integers(1, 40), epoch=st.integers(1, 9))
def test_law_every_row_once_an_epoch(lengths, batch_size, epoch):
    buckets = bucket_rows(encode(lengths), batch_size)
    weight = np.arange(1, len(lengths) + 1, dtype=np.float32)
    blocks = order_epoch(buckets, weight, batch_size=batch_size, seed=0, epoch=epoch)
    seen = {length: [] for length in buckets}
    for block in blocks:
        real = block.weight.ravel() > 0
        n_real = int(real.sum())
        assert real[:n_real].all()  # filler stands at the end
        rows = block.order.ravel()[:n_real]
        assert np.array_equal(block.weight.ravel()[:n_real], weight[rows])
        assert max(np.array(lengths)[rows]) <= block.length
        seen[block.length] += rows.tolist()
    assert {length: sorted(rows) for length, rows in seen.items()} == {
        length: rows.tolist() for length, rows in buckets.items()
    }
    assert sorted(row for rows in seen.values() for row in rows) == list(range(len(lengths)))
    assert len({block.order.shape for block in blocks}) == 1  # one program for each length
    assert blocks[0].order.shape[1] == batch_size


@given(n=st.integers(1, 2000), batch_size=st.integers(1, 8))
def test_law_little_filler(n, batch_size):
    """In one bucket, blocks are even: what is filled up is less than a step for each block."""
    blocks = order_epoch({0: np.arange(n)}, np.ones(n, np.float32), batch_size=batch_size, seed=0, epoch=1)
    n_filler_steps = sum(int((block.weight.sum(axis=1) == 0).sum()) for block in blocks)
    assert n_filler_steps < len(blocks)
    assert blocks[0].order.shape[0] <= 128


def test_law_order_depends_on_seed_and_epoch_alone():
    buckets, weight = bucket_rows(encode([3] * 50 + [30] * 50), 8), np.ones(100, np.float32)

    def flat(seed, epoch):
        blocks = order_epoch(buckets, weight, batch_size=8, seed=seed, epoch=epoch)
        return [(block.length, *block.order.ravel().tolist()) for block in blocks]

    asked_before = flat(5, 2)
    np.random.default_rng(0).random()
    assert flat(5, 1) != asked_before
    assert flat(6, 2) != asked_before
    assert flat(5, 2) == asked_before


@given(lengths=LENGTHS, data=st.data())
def test_law_rows_of_weight_zero_are_in_no_step(lengths, data):
    """The order of the others is what it would be if those rows were not there at all."""
    live = data.draw(st.lists(st.booleans(), min_size=len(lengths), max_size=len(lengths)).filter(any))
    rows = np.flatnonzero(live)
    with_zeros = bucket_rows(encode(lengths, np.array(live, np.float32)), 4)
    without = bucket_rows(encode([lengths[row] for row in rows]), 4)
    assert {length: mine.tolist() for length, mine in with_zeros.items()} == {
        length: rows[mine].tolist() for length, mine in without.items()
    }


@pytest.mark.parametrize("length", [16, 64])
def test_law_gather_is_padding_by_hand(length):
    rows = encode([0, 3, 16, 1, 9, 16, 0])
    which = np.array([6, 2, 2, 0, 4, 5], np.int32)
    found = gather_rows(rows, length)(place_arrays(rows), which)["ids"]
    assert np.array_equal(found, pad_slowly(rows, which, length))


def test_gather_of_empty_texts():
    rows = encode([0, 0, 0])
    found = gather_rows(rows, 16)(place_arrays(rows), np.array([2, 0], np.int32))["ids"]
    assert np.array_equal(found, np.zeros((2, 16), np.int32))


def test_gather_of_fixed_rows():
    ids = np.arange(12, dtype=np.int32).reshape(4, 3)
    rows = Encoded(inputs={"ids": ids}, target=np.zeros(4, np.int32))
    assert np.array_equal(gather_rows(rows, 0)(place_arrays(rows), np.array([3, 0, 3]))["ids"], ids[[3, 0, 3]])


@given(lengths=st.lists(st.integers(0, 100), max_size=400))
def test_law_iterate_padded_covers_each_row_once(lengths):
    rows = encode(lengths)
    seen = []
    for which, arrays in iterate_padded(rows.inputs):
        ids = arrays["ids"]
        assert ids.dtype == np.int32
        assert ids.shape[0] in (1, 16, 256)  # few shapes: each one compiles
        assert np.array_equal(ids[: len(which)], pad_slowly(rows, which, ids.shape[1]))
        assert not ids[len(which) :].any()
        seen += which.tolist()
    assert sorted(seen) == list(range(len(lengths)))


@given(n=st.integers(0, 600))
def test_law_iterate_padded_fixed_rows(n):
    ids = np.arange(1, 2 * n + 1, dtype=np.int32).reshape(n, 2)
    parts = list(iterate_padded({"ids": ids}))
    assert np.array_equal(np.concatenate([which for which, _ in parts] or [[]]), np.arange(n))
    assert all(np.array_equal(arrays["ids"][: len(which)], ids[which]) for which, arrays in parts)


@given(lengths=st.lists(st.integers(0, 100), min_size=1, max_size=30), most=st.integers(1, 4))
def test_law_fitted_lengths_need_the_least_padding(lengths, most):
    """Of all ways to choose, by trying them."""
    found = fit_lengths(np.array(lengths), most)
    longest = max(-(-max(lengths) // 16), 1) * 16
    between = range(16, longest, 16)
    ways = [(*some, longest) for k in range(most) for some in itertools.combinations(between, k)]

    def count_padded(sizes):
        return sum(min(size for size in sizes if size >= length) for length in lengths)

    assert len(found) <= most
    assert found[-1] == longest
    assert count_padded(found.tolist()) == min(map(count_padded, ways))


def test_law_fitted_buckets_hold_every_row_once():
    rows = make_rows(60, feed="buckets")
    buckets = bucket_rows(rows, 4, most=2)
    assert sorted(np.concatenate(list(buckets.values())).tolist()) == list(range(60))
    assert len(buckets) == 2
    for length, mine in buckets.items():
        assert rows.inputs["ids"].lengths[mine].max() <= length
