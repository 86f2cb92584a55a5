"""Windows and ragged series with channels: gathered as by hand, trained on as any other rows."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqloom.engine import Progress, compile_forward, export_forward, load_forward, run_forward, train
from seqloom.engine.block import make_block
from seqloom.engine.devices import place_everywhere
from seqloom.engine.forward import _group_batches
from seqloom.engine.gather import gather_rows, iterate_padded, place_arrays
from seqloom.errors import ArtifactError
from seqloom.flow import Encoded, Plan, Ragged, Windows
from seqloom.nets import ForecastSizes, build_forecaster, build_optimizer, judge_values, make_pure
from tests.engine.conftest import functions_of, state_of
from tests.engine.equal import assert_same_bits

T, C, L, H = 60, 3, 8, 4
VALUES = np.random.default_rng(0).normal(size=(T, C)).astype(np.float32)
FUTURE = np.random.default_rng(1).normal(size=(T, 2)).astype(np.float32)
N = T - L - H + 1


def make_windows(*, weight: np.ndarray | None = None) -> Encoded:
    """All windows of one array, whose targets are its first channel."""
    starts = np.arange(N)
    return Encoded(
        inputs={
            "past": Windows(values=VALUES, starts=starts, length=L),
            "future": Windows(values=FUTURE, starts=starts + L, length=H),
        },
        target=Windows(values=VALUES[:, :1].copy(), starts=starts + L, length=H),
        weight=weight,
    )


def make_steps(lengths: list[int], n_channels: int = C) -> Encoded:
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    values = np.random.default_rng(2).normal(size=(offsets[-1], n_channels)).astype(np.float32)
    steps = Ragged(values=values, offsets=offsets)
    return Encoded(inputs={"steps": steps}, target=np.zeros(len(steps), np.int32), feed="buckets")


def pad_slowly(steps: Ragged, rows, length: int) -> tuple[np.ndarray, np.ndarray]:
    padded, mask = np.zeros((len(rows), length, C), np.float32), np.zeros((len(rows), length), bool)
    for place, row in enumerate(rows):
        for t, values in enumerate(steps.row(row)):
            padded[place, t], mask[place, t] = values, True
    return padded, mask


def make_forecaster(*, dropout: float = 0.0, optimizer: str = "adam", learning_rate: float = 0.05):
    sizes = ForecastSizes(
        context=L,
        n_channels=C,
        n_steps=H,
        n_future=2,
        horizon=H,
        units=4,
        dropout=dropout,
        seed=3,
        recurrent_dropout=dropout,
    )
    net = build_forecaster("gru", sizes)
    return make_pure(net, build_optimizer(optimizer, learning_rate), objective=judge_values("mse"))


@given(rows=st.lists(st.integers(0, N - 1), min_size=5, max_size=5))
def test_law_windows_on_the_device_are_windows_by_hand(rows):
    encoded = make_windows()
    found = gather_rows(encoded, 0)(place_arrays(encoded), np.array(rows, np.int32))
    assert np.array_equal(found["past"], np.stack([VALUES[row : row + L] for row in rows]))
    assert np.array_equal(found["future"], np.stack([FUTURE[row + L : row + L + H] for row in rows]))
    assert np.array_equal(found["target"], np.stack([VALUES[row + L : row + L + H, :1] for row in rows]))


@pytest.mark.parametrize("length", [16, 32])
def test_law_channels_are_padded_by_hand(length):
    encoded, rows = make_steps([0, 3, 16, 1, 9]), [4, 2, 2, 0, 1, 3]
    found = gather_rows(encoded, length)(place_arrays(encoded), np.array(rows, np.int32))
    padded, mask = pad_slowly(encoded.inputs["steps"], rows, length)
    assert np.array_equal(found["steps"], padded)
    assert np.array_equal(found["mask"], mask)


def test_gather_of_empty_series():
    encoded = make_steps([0, 0])
    found = gather_rows(encoded, 16)(place_arrays(encoded), np.array([1, 0], np.int32))
    assert not np.asarray(found["steps"]).any()
    assert not np.asarray(found["mask"]).any()


@given(lengths=st.lists(st.integers(0, 40), max_size=60))
def test_law_forward_batches_of_series_are_padded_by_hand(lengths):
    steps, seen = make_steps(lengths).inputs["steps"], []
    for rows, arrays in iterate_padded({"steps": steps}):
        padded, mask = pad_slowly(steps, rows, arrays["steps"].shape[1])
        assert np.array_equal(arrays["steps"][: len(rows)], padded)
        assert np.array_equal(arrays["mask"][: len(rows)], mask)
        assert not arrays["mask"][len(rows) :].any()
        seen += rows.tolist()
    assert sorted(seen) == list(range(len(lengths)))


def test_law_forward_batches_of_windows_are_windows_by_hand():
    encoded, seen = make_windows(), []
    for rows, arrays in iterate_padded(encoded.inputs):
        for place, row in enumerate(rows):
            assert np.array_equal(arrays["past"][place], VALUES[row : row + L])
        seen += rows.tolist()
    assert seen == list(range(N))


def test_law_windows_cost_their_starts_alone():
    """200,000 windows of 240 steps and 14 channels: 2.7 GB copied out, 50 MB allowed above the array, 2.4 needed."""
    n, length, n_channels = 200_000, 240, 14
    values = np.zeros((n + length + 24, n_channels), np.float32)
    starts = np.arange(n)
    encoded = Encoded(
        inputs={"past": Windows(values=values, starts=starts, length=length)},
        target=Windows(values=values, starts=starts + length, length=24),
    )
    placed = {array.unsafe_buffer_pointer(): array.nbytes for array in place_arrays(encoded).values()}
    assert sum(placed.values()) == values.nbytes + 2 * 4 * n
    assert values.nbytes + 50e6 > sum(placed.values())


def test_law_forward_pass_reads_few_windows_at_a_time(monkeypatch):
    """As many batches as there are devices are copied out before the first is answered."""
    gathered = []
    gather = Windows.gather
    monkeypatch.setattr(Windows, "gather", lambda self: gathered.append(len(self)) or gather(self))
    many = Windows(values=VALUES, starts=np.zeros(5_000, np.int64), length=L)
    next(_group_batches({"past": many}, 2))
    assert sum(gathered) <= 3 * 256  # groupby looks one ahead


S, B = 4, 5


@pytest.fixture(scope="module")
def order():
    random = np.random.default_rng(0)
    return random.integers(0, N, (S, B)).astype(np.int32), random.uniform(0.5, 2, (S, B)).astype(np.float32)


def run_block(pure, rows: Encoded, order, *, n_devices: int = 1, start=None):
    block = make_block(functions_of(pure), gather_rows(rows, 0), n_devices=n_devices)
    state = place_everywhere(start or state_of(pure), n_devices)
    return jax.tree.map(np.asarray, block(state, *order, place_arrays(rows, n_devices)))


def test_law_two_blocks_are_one_block(order):
    pure, rows, state = make_forecaster(dropout=0.5), make_windows(), None
    for part in zip(np.split(order[0], 2), np.split(order[1], 2), strict=True):
        state, _ = run_block(pure, rows, part, start=state)
    assert_same_bits(state, run_block(pure, rows, order)[0])


def test_law_sharded_gradient_is_the_single_gradient(order):
    pure, rows = make_forecaster(optimizer="sgd", learning_rate=1.0), make_windows()
    for weight in (order[1], np.where(np.arange(B) < 3, 0, order[1]).astype(np.float32)):
        one, two = (run_block(pure, rows, (order[0][:1], weight[:1]), n_devices=n) for n in (1, 2))
        for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(two), strict=True):
            np.testing.assert_allclose(a, b, rtol=0, atol=1e-6 * max(1, np.abs(a).max()))


def test_law_gradient_is_that_of_windows_copied_out(order):
    """In plain JAX, on arrays that were gathered by NumPy."""
    pure, rows, which = make_forecaster(optimizer="sgd", learning_rate=1.0), make_windows(), order[0][0]
    weight = order[1][0]
    copied = {name: value.take(which).gather() for name, value in rows.inputs.items()}
    target = rows.target.take(which).gather()

    def objective(trainable):
        outputs, _, _ = pure.call(trainable, pure.fixed, copied, True)
        return (((target - outputs) ** 2).mean(axis=(1, 2)) * weight).sum() / weight.sum()

    value, gradient = jax.value_and_grad(objective)(pure.trainable)
    state, sums = run_block(pure, rows, (which[None], weight[None]))
    np.testing.assert_allclose(sums[0, 0] / sums[0, 2], value, rtol=1e-5)
    for before, after, slope in zip(pure.trainable, state.trainable, gradient, strict=True):
        np.testing.assert_allclose(after, before - slope, rtol=0, atol=1e-5)


def test_law_second_epoch_compiles_nothing():
    compiled, counts = [], []

    def listen(event: str, seconds: float, **_: object) -> None:
        if event == "/jax/core/compile/backend_compile_duration":
            compiled.append(event)

    def evaluate(state) -> dict[str, float]:
        counts.append(len(compiled))
        return {"loss": float(np.asarray(state.trainable[0]).sum())}

    pure = make_forecaster(dropout=0.5)
    start, plan = Progress(state=state_of(pure), best=state_of(pure)), Plan(epochs=3, batch_size=7, patience=None)
    jax.monitoring.register_event_duration_secs_listener(listen)
    try:
        *_, last = train(start, make_windows(), functions=functions_of(pure), evaluate=evaluate, plan=plan)
    finally:
        jax.monitoring.unregister_event_duration_listener(listen)
    assert counts[0] >= 1
    assert set(counts) == {counts[0]}
    assert set(last.records[-1].train) == {"loss", "mae"}


SHAPES = {"past": (L, C), "future": (H, 2)}


@settings(deadline=None)
@given(n=st.integers(0, N))
def test_law_answers_do_not_depend_on_what_else_is_asked(exported, n):
    _, forward, whole = exported
    inputs = {name: value.take(np.arange(n)) for name, value in make_windows().inputs.items()}
    np.testing.assert_allclose(run_forward(forward, inputs, shape=(H, 1)), whole[:n], rtol=0, atol=1e-5)


@pytest.fixture(scope="module")
def exported():
    """A net with weights, its exported program as it is read back, and what that answers to all windows."""
    pure, random = make_forecaster(), np.random.default_rng(0)
    weights = [random.normal(size=weight.shape).astype(np.float32) for weight in pure.trainable]
    forward = load_forward(export_forward(pure.infer, weights, inputs=SHAPES), weights, shape=(H, 1), inputs=SHAPES)
    return pure, forward, run_forward(compile_forward(pure.infer)(weights), make_windows().inputs, shape=(H, 1))


def test_law_exported_is_in_process(exported):
    _, forward, whole = exported
    assert np.array_equal(run_forward(forward, make_windows().inputs, shape=(H, 1)), whole)


@pytest.mark.parametrize(
    ("shape", "inputs"),
    [
        ((H, 2), SHAPES),
        ((H,), SHAPES),
        ((H, 1), SHAPES | {"past": (L, C + 1)}),
        ((H, 1), SHAPES | {"past": (None, C)}),
        ((H, 1), {"past": (L, C)}),
    ],
)
def test_program_of_other_windows_is_refused(exported, shape, inputs):
    pure, _, _ = exported
    data = export_forward(pure.infer, pure.trainable, inputs=SHAPES)
    with pytest.raises(ArtifactError, match="the exported program takes"):
        load_forward(data, pure.trainable, shape=shape, inputs=inputs)
