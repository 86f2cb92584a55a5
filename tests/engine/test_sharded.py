"""Steps shared out between two devices: the same training, but for rounding, and nothing that hangs."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqloom.engine import Progress, TrainState, compile_forward, run_forward, train
from seqloom.engine.block import make_block
from seqloom.engine.devices import DEVICE_LOCK, place_everywhere
from seqloom.engine.gather import gather_rows, place_arrays
from seqloom.flow import Plan
from seqloom.nets import build_optimizer, make_pure
from tests.engine.conftest import N_IDS, functions_of, make_bag, make_rows, state_of
from tests.engine.equal import assert_same_bits
from tests.families import heavy

S, B, N = 4, 5, 20  # a batch that two devices do not divide
ROWS = make_rows(N, feed="buckets")

WEIGHTS = st.lists(st.sampled_from([0.0, 0.25, 1.0, 3.0]), min_size=B, max_size=B)


def make_recurrent(*, dropout: float = 0.0, penalty: float = 0.0):
    """Keras's GRU, which ``shard_map``'s checks refuse. Equal calls give equal weights; they move by their gradient."""
    keras.utils.set_random_seed(3)
    ids = keras.Input((None,), dtype="int32", name="ids")
    vectors = keras.layers.Embedding(N_IDS, 3, mask_zero=True)(ids)
    options = {"seed": 5, "kernel_regularizer": keras.regularizers.L2(penalty) if penalty else None}
    hidden = keras.layers.GRU(4, dropout=dropout, recurrent_dropout=dropout, **options)(vectors)
    return make_pure(keras.Model(ids, keras.layers.Dense(1)(hidden)), build_optimizer("sgd", 1.0))


class Blocks:
    """Blocks of one net on one device and on two, each with its arrays."""

    def __init__(self, pure) -> None:
        self.start = state_of(pure)
        self.blocks = {n: make_block(functions_of(pure), gather_rows(ROWS, 32), n_devices=n) for n in (1, 2)}
        self.arrays = {n: place_arrays(ROWS, n) for n in (1, 2)}

    def run(self, n_devices: int, order, weight, start: TrainState | None = None):
        """State and sums, on the host."""
        state = place_everywhere(start or self.start, n_devices)
        done = self.blocks[n_devices](state, np.asarray(order), np.asarray(weight), self.arrays[n_devices])
        return jax.tree.map(np.asarray, jax.block_until_ready(done))


@pytest.fixture(scope="module", params=["bag", *heavy("gru")])
def plain(request) -> Blocks:
    """Nets without dropout, which move by their gradient in each step; the second is regularised."""
    is_bag = request.param == "bag"
    return Blocks(make_bag(optimizer="sgd", learning_rate=1.0) if is_bag else make_recurrent(penalty=0.1))


@pytest.fixture(scope="module")
def dropping() -> Blocks:
    """A net with dropout, trained by Adam: state in all three parts."""
    return Blocks(make_bag(dropout=0.5))


@pytest.fixture(scope="module")
def order():
    random = np.random.default_rng(0)
    return random.integers(0, N, (S, B)).astype(np.int32), random.uniform(0.5, 2, (S, B)).astype(np.float32)


def assert_close(found, expected, *, tolerance: float = 1e-6):
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance * max(1, np.abs(b).max()))


@settings(max_examples=30)
@given(weight=WEIGHTS.filter(any), seed=st.integers(0, 99))
def test_law_sharded_gradient_is_the_single_gradient(plain, weight, seed):
    """Uneven weights, and filler that may be all one device has; at a rate of 1 weights move by their gradient."""
    order = np.random.default_rng(seed).integers(0, N, (1, B)).astype(np.int32)
    weight = np.array([weight], np.float32)
    assert_close(plain.run(2, order, weight), plain.run(1, order, weight))


def test_law_two_blocks_are_one_block(dropping, order):
    state = None
    for rows, weight in zip(np.split(order[0], 2), np.split(order[1], 2), strict=True):
        state, _ = dropping.run(2, rows, weight, state)
    assert_same_bits(state, dropping.run(2, *order)[0])


def test_law_filler_steps_change_nothing(dropping, order):
    rows, weight = order
    filled = weight.copy()
    filled[2:] = 0
    state, sums = dropping.run(2, rows, filled)
    assert_same_bits(state, dropping.run(2, rows[:2], weight[:2])[0])
    assert not sums[2:].any()
    assert_same_bits(dropping.run(2, rows, np.zeros_like(weight))[0], jax.tree.map(np.asarray, dropping.start))


def test_law_rows_of_weight_zero_change_nothing(dropping, order):
    rows, weight = order[0].copy(), order[1].copy()
    weight[:, :3] = 0  # all that the first device has of five and one to fill up
    expected = dropping.run(2, rows, weight)
    rows[:, :3] = (rows[:, :3] + 7) % N
    assert_same_bits(dropping.run(2, rows, weight), expected)
    assert (expected[1][:, 2] > 0).all()  # and yet the steps were run


@pytest.mark.parametrize("is_recurrent", [False, *heavy(True)])
def test_law_seeds_carried_on_are_those_of_one_device(dropping, order, is_recurrent):
    """Recurrent layers draw twice a step, for their inputs and for what they remember."""
    blocks = Blocks(make_recurrent(dropout=0.5)) if is_recurrent else dropping
    sharded, single = blocks.run(2, *order)[0], blocks.run(1, *order)[0]
    assert_same_bits(sharded.fixed, single.fixed)
    assert not np.array_equal(sharded.fixed[0], blocks.start.fixed[0])
    assert not np.allclose(sharded.trainable[0], single.trainable[0], atol=1e-6)  # other units were dropped


def test_law_devices_drop_other_units(dropping):
    """One row on both devices: with the same units dropped, the mean loss would be that of the first device alone."""
    rows, here, there = np.zeros((S, B), np.int32), np.zeros((S, B), np.float32), np.zeros((S, B), np.float32)
    here[0, 0], there[0, B - 1] = 1, 1
    (_, first), (_, second), (_, both) = (dropping.run(2, rows, weight) for weight in (here, there, here + there))
    assert first[0, 0] != second[0, 0]
    np.testing.assert_allclose(both[0, 0], first[0, 0] + second[0, 0], rtol=1e-6)


@pytest.mark.parametrize("number", [0, 1, 7, 2**20])
def test_law_seeds_shift_there_and_back(number):
    shift = make_bag(dropout=0.5).shift_seeds
    seeds = (np.array([4_000_000_000, 7], np.uint32),)
    there = shift(seeds, jnp.int32(number))
    assert_same_bits(shift(there, -jnp.int32(number)), seeds)
    assert np.array_equal(there[0], seeds[0]) == (number == 0)


# ---- the whole loop ----

PLAN = Plan(epochs=3, batch_size=7, patience=None, seed=3, devices=2)


def run_loop(pure, rows, plan: Plan, *, evaluate=None) -> list[Progress]:
    start = Progress(state=state_of(pure), best=state_of(pure))
    evaluate = evaluate or (lambda state: {"loss": float(np.abs(np.asarray(state.trainable[0])).sum())})
    return list(train(start, rows, functions=functions_of(pure), evaluate=evaluate, plan=plan))


@pytest.mark.parametrize("feed", ["rows", "buckets"])
def test_law_two_devices_train_what_one_does(feed):
    rows = make_rows(60, feed=feed)
    two, one = (run_loop(make_bag(), rows, replace(PLAN, devices=n))[-1] for n in (2, None))
    assert_close(two.state, one.state, tolerance=1e-5)
    for a, b in zip(two.records, one.records, strict=True):
        assert a.n_steps == b.n_steps
        assert a.train == pytest.approx(b.train, rel=1e-5)


def test_law_second_epoch_compiles_nothing():
    compiled, counts = [], []

    def listen(event: str, seconds: float, **_: object) -> None:
        if event == "/jax/core/compile/backend_compile_duration":
            compiled.append(event)

    def evaluate(state) -> dict[str, float]:
        counts.append(len(compiled))
        return {"loss": float(np.asarray(state.trainable[0]).sum())}

    jax.monitoring.register_event_duration_secs_listener(listen)
    try:
        run_loop(make_bag(dropout=0.5), make_rows(60, feed="buckets"), PLAN, evaluate=evaluate)
    finally:
        jax.monitoring.unregister_event_duration_listener(listen)
    assert counts[0] >= 2  # two buckets, and the listener hears
    assert set(counts) == {counts[0]}


def test_law_devices_are_waited_for_under_the_lock(monkeypatch):
    """No other thread gets the lock before a block, or a forward pass, is through."""
    is_held, wait = [], jax.block_until_ready

    def watch(arrays):
        with ThreadPoolExecutor(1) as other:
            is_held.append(not other.submit(DEVICE_LOCK.acquire, blocking=False).result())
        return wait(arrays)

    pure, rows = make_bag(), make_rows(20, feed="rows")
    monkeypatch.setattr(jax, "block_until_ready", watch)
    run_loop(pure, rows, PLAN)
    n_blocks = len(is_held)
    run_forward(compile_forward(pure.infer)(pure.trainable), rows.inputs, shape=(2,))
    assert n_blocks == PLAN.epochs
    assert is_held == [True] * (n_blocks + 1)


_TRAIN = textwrap.dedent("""
    import hashlib, sys, threading
    import jax, jax.numpy as jnp, numpy as np
    from seqloom.engine import Progress, compile_forward, run_forward, train
    from seqloom.flow import Plan
    from tests.engine.conftest import functions_of, make_bag, make_rows, state_of

    assert jax.local_device_count() == 2
    pure, rows = make_bag(dropout=0.5), make_rows(600, feed="rows")
    bind, over, n_passes = compile_forward(pure.infer), threading.Event(), 0
    heavy = compile_forward(lambda square, ids: jnp.tanh(square @ square @ square @ square)[: len(ids), :2])
    forward = heavy(np.random.default_rng(0).random((900, 900), np.float32))

    def answer():
        global n_passes
        while not over.is_set():
            run_forward(forward, rows.inputs, shape=(2,))
            n_passes += 1
            over.wait(0.01)  # leaves the lock to the training

    def evaluate(state):
        run_forward(bind(state.trainable), rows.inputs, shape=(2,))
        return {"loss": float(np.asarray(state.trainable[0]).sum())}

    others = [threading.Thread(target=answer) for _ in range(int(sys.argv[1]))]
    for thread in others:
        thread.start()
    plan = Plan(epochs=6, batch_size=8, patience=None, seed=3, devices=2)
    start = Progress(state=state_of(pure), best=state_of(pure))
    *_, last = train(start, rows, functions=functions_of(pure), evaluate=evaluate, plan=plan)
    over.set()
    for thread in others:
        thread.join()
    assert n_passes > 0 or not others
    print(hashlib.sha256(b"".join(np.asarray(leaf).tobytes() for leaf in jax.tree.leaves(last.state))).hexdigest())
""")


@pytest.mark.slow
def test_law_same_bits_in_two_processes_whatever_else_is_done():
    """In the second, two threads multiply matrices all the while: without the lock, XLA may abort such a process."""
    found = []
    for n_threads in (0, 2):
        done = subprocess.run(
            [sys.executable, "-c", _TRAIN, str(n_threads)], capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr[-2000:]
        found.append(done.stdout.split()[-1])
    assert found[0] == found[1]
    assert len(found[0]) == 2 * hashlib.sha256().digest_size
