"""The loop: what it trains, when it stops, and that it can be taken up again."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from unittest import mock

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqloom.engine import Functions, Progress, TrainState, train
from seqloom.engine.feed import bucket_rows, order_epoch
from seqloom.engine.loop import _Runner
from seqloom.errors import TrainingError
from seqloom.flow import Encoded, EpochRecord, Plan
from seqloom.nets import NetSizes, build_net, build_optimizer, make_pure
from tests.engine.conftest import N_IDS, functions_of, make_bag, make_rows, state_of
from tests.engine.equal import assert_same_bits, without_clocks
from tests.families import heavy

PLAN = Plan(epochs=4, batch_size=8, patience=None, seed=3)


def start_of(pure) -> Progress:
    return Progress(state=state_of(pure), best=state_of(pure))


def measure_norm(state: TrainState) -> dict[str, float]:
    """A stand-in for validation: any number that the weights decide."""
    return {"loss": float(np.abs(np.asarray(state.trainable[0])).sum()), "accuracy": 0.5}


def run(pure, rows: Encoded, *, plan: Plan = PLAN, start: Progress | None = None) -> list[Progress]:
    functions = functions_of(pure)
    return list(train(start or start_of(pure), rows, functions=functions, evaluate=measure_norm, plan=plan))


@pytest.mark.parametrize("optimizer", ["adam", *heavy("rmsprop", "sgd")])
def test_law_training_is_keras_fit(optimizer):
    """The same net in Keras, fitted with shuffle=False on the rows in our order; the last batch is not full."""
    rows, plan = make_rows(43, feed="rows"), replace(PLAN, epochs=3, optimizer=optimizer)
    sizes = NetSizes(n_ids=N_IDS, n_outputs=1, width=3, length=6, dropout=0.0, seed=4)
    last = run(make_pure(build_net("bag", sizes), build_optimizer(optimizer, 0.05)), rows, plan=plan)[-1]

    net = build_net("bag", sizes)
    net.compile(build_optimizer(optimizer, 0.05), keras.losses.BinaryCrossentropy(from_logits=True))
    losses = []
    for epoch in range(1, 4):
        (block,) = order_epoch(bucket_rows(rows), np.ones(43, np.float32), batch_size=8, seed=plan.seed, epoch=epoch)
        order = block.order.ravel()[:43]
        ids, target = rows.inputs["ids"][order], rows.target[order, None].astype(np.float32)
        fitted = net.fit(ids, target, batch_size=8, shuffle=False, verbose=0)
        losses.append(fitted.history["loss"][0])
    for ours, keras_own in zip(last.state.trainable, net.trainable_variables, strict=True):
        theirs = np.asarray(keras_own.value)
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6 * np.abs(theirs).max())
    np.testing.assert_allclose([record.train["loss"] for record in last.records], losses, rtol=1e-5)


def test_law_records_tell_the_steps():
    rows = make_rows(43, feed="rows")
    records = run(make_bag(), rows)[-1].records
    assert [record.n_steps for record in records] == [6] * 4  # 43 rows are six steps of eight
    assert [record.epoch for record in records] == [1, 2, 3, 4]


def test_law_training_learns():
    """The target is whether the first id is even; rows are few, so the bag can learn them by heart."""
    last = run(make_bag(), make_rows(24, feed="buckets"), plan=replace(PLAN, epochs=60))[-1]
    assert last.records[-1].train["accuracy"] == 1.0
    assert last.records[-1].train["loss"] < last.records[0].train["loss"] / 4


@pytest.mark.parametrize("feed", ["rows", "buckets"])
def test_law_rows_of_weight_zero_are_absent(feed):
    """To the bit: neither the order nor a step nor the buckets know of them."""
    rows = make_rows(50, feed=feed)
    weight = np.ones(50, np.float32)
    weight[::3] = 0
    live = np.flatnonzero(weight)
    ids = rows.inputs["ids"]
    kept = ids[live] if feed == "rows" else ids.take(live)
    plan = replace(PLAN, batch_size=2)  # with 17 rows of 50, whole batches of zeros would come up
    with_zeros = run(make_bag(), replace(rows, weight=weight), plan=plan)[-1]
    without = run(make_bag(), replace(rows, inputs={"ids": kept}, target=rows.target[live]), plan=plan)[-1]
    assert_same_bits(with_zeros.state, without.state)


def test_law_second_epoch_compiles_nothing():
    """Counted by JAX itself; the rows fall into several buckets, each a program."""
    compiled: list[str] = []

    def listen(event: str, seconds: float, **_: object) -> None:
        if event == "/jax/core/compile/backend_compile_duration":
            compiled.append(event)

    pure = make_bag(dropout=0.5)
    rows = make_rows(60, feed="buckets")
    assert len(bucket_rows(rows, PLAN.batch_size)) > 1
    jax.monitoring.register_event_duration_secs_listener(listen)
    try:
        counts, seconds = [], []
        for progress in train(start_of(pure), rows, functions=functions_of(pure), evaluate=measure_norm, plan=PLAN):
            counts.append(len(compiled))
            seconds.append(progress.records[-1].compile_seconds)
    finally:
        jax.monitoring.unregister_event_duration_listener(listen)
    assert counts[0] >= 2  # the listener hears
    assert set(counts) == {counts[0]}
    assert [spent > 0 for spent in seconds] == [True, False, False, False]


def test_law_resume_is_no_interruption():
    """Dropout, two buckets, Adam: all of it goes on as it would have."""
    rows = make_rows(60, feed="buckets")
    whole = run(make_bag(dropout=0.5), rows)
    resumed = run(make_bag(dropout=0.5), rows, start=whole[1])
    assert len(resumed) == 2
    assert_same_bits(resumed[-1].state, whole[-1].state)
    assert_same_bits(resumed[-1].best, whole[-1].best)
    assert without_clocks(resumed[-1].records) == without_clocks(whole[-1].records)


def test_law_progress_is_a_copy():
    """Later epochs do not change an earlier epoch's progress, though each block uses its state up."""
    rows, pure, seen, kept = make_rows(20, feed="rows"), make_bag(), [], []
    for progress in train(start_of(pure), rows, functions=functions_of(pure), evaluate=measure_norm, plan=PLAN):
        seen.append(progress)
        kept.append(jax.tree.map(lambda leaf: leaf.copy(), progress.state))
    assert_same_bits([progress.state for progress in seen], kept)
    assert all(not np.array_equal(a.state.trainable[0], b.state.trainable[0]) for a, b in pairwise(seen))


# ---- stopping: epochs that only count themselves, and validation values given in advance ----


def _count_call(trainable, fixed, inputs, _):
    return jnp.zeros((inputs["ids"].shape[0], 1)) + 0 * trainable[0], fixed, 0.0


COUNTER = Functions(
    call=_count_call,
    loss=lambda _, outputs: outputs[:, 0] + 1,
    judge=lambda _, outputs: outputs[:, 0] + 1,
    update=lambda _, trainable, optimizer: ((trainable[0] + 1,), optimizer),
    shift_seeds=lambda fixed, _: fixed,
)
COUNTED = Encoded(inputs={"ids": np.ones((2, 1), np.int32)}, target=np.zeros(2, np.int32))


def run_fake_epoch(_, state: TrainState, epoch: int, *, deadline):
    """What the counter would do in one step, without compiling it."""
    return TrainState((state.trainable[0] + 1,), (), ()), EpochRecord(epoch=epoch, n_steps=1, train={})


def count_epochs(values: list[float], plan: Plan) -> list[Progress]:
    """Train the counter, with these validation values of the monitor."""
    coming = iter(values)

    def evaluate(_: TrainState) -> dict[str, float]:
        return {"loss": 0.0, "accuracy": 0.0, plan.monitor: next(coming)}

    state = TrainState((np.zeros(1, np.float32),), (), ())
    start = Progress(state=state, best=state)
    with mock.patch.object(_Runner, "run_epoch", run_fake_epoch):
        return list(train(start, COUNTED, functions=COUNTER, evaluate=evaluate, plan=plan))


def stop_as_keras(values: list[float], plan: Plan) -> tuple[int, int]:
    """Epochs trained, and the best of them, by Keras's EarlyStopping."""
    mode = "min" if plan.monitor == "loss" else "max"
    patience = 10**6 if plan.patience is None else plan.patience
    stopping = keras.callbacks.EarlyStopping("value", mode=mode, patience=patience, restore_best_weights=True)

    class Fake:
        stop_training = False

        def get_weights(self):
            return []

    stopping.set_model(Fake())
    stopping.on_train_begin()
    n_epochs = 0
    for value in values[: plan.epochs]:
        stopping.on_epoch_end(n_epochs, {"value": value})
        n_epochs += 1
        if stopping.model.stop_training:
            break
    return n_epochs, stopping.best_epoch + 1


@given(
    values=st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.4, 0.5]), min_size=8, max_size=8),
    patience=st.sampled_from([None, 0, 1, 2, 3]),
    monitor=st.sampled_from(["loss", "accuracy"]),
    epochs=st.integers(1, 8),
)
def test_law_stopping_is_keras_early_stopping(values, patience, monitor, epochs):
    plan = Plan(epochs=epochs, patience=patience, monitor=monitor, batch_size=2)
    seen = count_epochs(values, plan)
    n_epochs, best = stop_as_keras(values, plan)
    last = seen[-1]
    assert len(seen) == len(last.records) == n_epochs
    assert last.best.trainable[0].tolist() == [best]  # the weight counts steps, one an epoch
    assert last.state.trainable[0].tolist() == [n_epochs]
    assert [progress.is_over for progress in seen] == [False] * (n_epochs - 1) + [True]
    assert max(record.epoch for record in last.records if record.is_best) == best


def test_law_of_equal_scores_the_lower_loss_is_better():
    """Macro F1 stands still for as long as a net says one class alone; patience must not end it while it learns."""
    measured = iter([(0.5, 0.9), (0.5, 0.8), (0.5, 0.7), (0.5, 0.7), (0.6, 0.8), (0.5, 0.1)])

    def evaluate(_: TrainState) -> dict[str, float]:
        score, loss = next(measured)
        return {"loss": loss, "accuracy": 0.5, "macro_f1": score}

    state = TrainState((np.zeros(1, np.float32),), (), ())
    plan = Plan(epochs=6, batch_size=2, patience=2, monitor="macro_f1")
    with mock.patch.object(_Runner, "run_epoch", run_fake_epoch):
        start = Progress(state=state, best=state)
        last = list(train(start, COUNTED, functions=COUNTER, evaluate=evaluate, plan=plan))[-1]
    assert [record.is_best for record in last.records] == [True, True, True, False, True, False]


def test_budget_of_nothing_trains_one_block():
    """Whatever the clock says, some of the first epoch is trained, and no second one."""
    rows = Encoded(inputs={"ids": np.ones((600, 1), np.int32)}, target=np.zeros(600, np.int32))
    state = TrainState((np.zeros(1, np.float32),), (), ())
    plan = Plan(epochs=5, budget=0.0, batch_size=2)
    (only,) = train(Progress(state=state, best=state), rows, functions=COUNTER, evaluate=measure_norm, plan=plan)
    assert only.is_over
    assert only.records[0].n_steps == 100  # 300 steps are three blocks of 100


def test_deadline_cuts_an_epoch_and_is_asked_anew_for_the_next():
    """A deadline is of one epoch: the next one may be whole, and nothing is over because of it."""
    rows = Encoded(inputs={"ids": np.ones((600, 1), np.int32)}, target=np.zeros(600, np.int32))
    state = TrainState((np.zeros(1, np.float32),), (), ())
    deadlines = iter([-np.inf, np.inf, -np.inf])
    plan = Plan(epochs=3, patience=None, batch_size=2, deadline=lambda: next(deadlines))
    progress = list(train(Progress(state=state, best=state), rows, functions=COUNTER, evaluate=measure_norm, plan=plan))
    assert [record.n_steps for record in progress[-1].records] == [100, 300, 100]
    assert [each.is_over for each in progress] == [False, False, True]


def test_nothing_to_do_when_over():
    pure = make_bag()
    over = replace(start_of(pure), is_over=True)
    assert run(pure, make_rows(8, feed="rows"), start=over) == []


@pytest.mark.parametrize("epoch", [1, 3])
def test_interrupt_keeps_what_there_is(epoch):
    """Ctrl-C in the first epoch leaves nothing to keep and goes on up; later, the epoch before is kept."""
    n_calls = 0

    def evaluate(_: TrainState) -> dict[str, float]:
        nonlocal n_calls
        n_calls += 1
        if n_calls == epoch:
            raise KeyboardInterrupt
        return {"loss": 1.0 / n_calls, "accuracy": 0.5}

    pure, seen = make_bag(), []
    progress = train(
        start_of(pure), make_rows(8, feed="rows"), functions=functions_of(pure), evaluate=evaluate, plan=PLAN
    )
    if epoch == 1:
        with pytest.raises(KeyboardInterrupt):
            next(progress)
        return
    seen = list(progress)
    assert [p.is_interrupted for p in seen] == [False, False, True]
    assert seen[-1] == replace(seen[-2], is_over=True, is_interrupted=True)


def test_error_loss_not_a_number():
    plan = replace(PLAN, optimizer="sgd", learning_rate=1e30)
    told = r"not a number in epoch 1, step 2, at learning rate 1e\+30\. Try a learning rate ten times smaller"
    with pytest.raises(TrainingError, match=told):
        run(make_bag(optimizer="sgd", learning_rate=1e30), make_rows(43, feed="rows"), plan=plan)
