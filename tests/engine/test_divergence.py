"""A loss that is not a number, and losses traced step by step; with steps whose losses are known in advance."""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

from seqloom.engine import Functions, Progress, TrainState, train
from seqloom.engine.loop import trace_losses
from seqloom.errors import TrainingError
from seqloom.flow import Encoded, Plan
from tests.engine.conftest import functions_of, make_bag, make_rows, state_of
from tests.engine.equal import assert_same_bits

# The loss is the one weight there is, and each step makes it ten billion times larger: 1, 1e10, 1e20, 1e30, infinity.
GROWING = Functions(
    call=lambda trainable, fixed, inputs, _: (jnp.zeros((len(inputs["ids"]), 1)) + trainable[0], fixed, 0.0),
    loss=lambda _, outputs: outputs[:, 0],
    judge=lambda _, outputs: 0 * outputs[:, 0],
    update=lambda _, trainable, optimizer: ((trainable[0] * 1e10,), (optimizer[0] + 1,)),
    shift_seeds=lambda fixed, _: fixed,
    find_rate=lambda optimizer, ahead: 0.01 * (int(optimizer[0]) + ahead),
)
START = TrainState((np.ones(1, np.float32),), (), (np.zeros((), np.int32),))


def make_steps(n: int) -> Encoded:
    """Rows for ``n`` steps of two."""
    return Encoded(inputs={"ids": np.ones((2 * n, 1), np.int32)}, target=np.zeros(2 * n, np.int32))


def run(n_steps: int, *, evaluate=None) -> list[Progress]:
    evaluate = evaluate or (lambda state: {"loss": -float(np.log10(state.trainable[0][0])), "accuracy": 0.5})
    plan = Plan(epochs=9, batch_size=2, patience=None)
    start = Progress(state=START, best=START)
    return list(train(start, make_steps(n_steps), functions=GROWING, evaluate=evaluate, plan=plan))


def test_law_divergence_ends_with_the_best_epoch():
    """Three steps an epoch: the fifth loss is infinite, of the second step of the second epoch."""
    first, end = run(3)
    assert not first.is_over
    assert end == replace(first, is_over=True, divergence="in epoch 2, step 2, at learning rate 0.04")
    assert end.best.trainable[0].tolist() == [pytest.approx(1e30)]


def test_law_divergence_in_the_first_epoch_is_an_error():
    with pytest.raises(
        TrainingError, match=r"in epoch 1, step 5, at learning rate 0\.04\. Try a learning rate ten times"
    ):
        run(8)


@pytest.mark.parametrize("score", ["loss", "accuracy", "macro_f1"])
def test_law_a_validation_score_that_is_no_number_is_a_divergence(score):
    """The last step of an epoch may be the one too far: its own loss was still a number. Whatever is monitored."""
    values = iter([0.5, float("nan")])

    def evaluate(_):
        return {"loss": 0.5, "accuracy": 0.5, score: next(values)}

    seen = run(1, evaluate=evaluate)
    assert [progress.divergence for progress in seen] == [None, "in epoch 2, step 1, at learning rate 0.01"]
    assert seen[1] == replace(seen[0], is_over=True, divergence=seen[1].divergence)


def test_law_traced_losses_are_those_of_the_steps():
    """Three steps an epoch: the trace goes on into the second."""
    plan = Plan(batch_size=2)
    losses = trace_losses(START, make_steps(3), functions=GROWING, plan=plan, n_steps=4)
    np.testing.assert_allclose(losses, [1, 1e10, 1e20, 1e30], rtol=1e-6)


@pytest.mark.parametrize(("n_steps", "n_found"), [(2, 2), (7, 4)])
def test_law_trace_ends_before_what_is_no_number(n_steps, n_found):
    losses = trace_losses(START, make_steps(10), functions=GROWING, plan=Plan(batch_size=2), n_steps=n_steps)
    assert len(losses) == n_found


def test_law_the_trace_is_the_training():
    """Of a real net: the mean over an epoch's steps is the loss that its record tells (rows fill the batches)."""
    pure, plan = make_bag(dropout=0.5), Plan(epochs=2, batch_size=8, patience=None, seed=3)
    rows = make_rows(40, feed="rows")
    losses = trace_losses(state_of(pure), rows, functions=functions_of(pure), plan=plan, n_steps=10)
    start = Progress(state=state_of(pure), best=state_of(pure))
    evaluate = lambda _: {"loss": 0.0, "accuracy": 0.0}  # noqa: E731
    records = list(train(start, rows, functions=functions_of(pure), evaluate=evaluate, plan=plan))[-1].records
    np.testing.assert_allclose(losses.reshape(2, 5).mean(axis=1), [r.train["loss"] for r in records], rtol=1e-6)


def test_law_settled_weights_are_judged_and_kept():
    """Weights to answer with that are the trained ones doubled: training does not see them, everything else does."""
    functions = GROWING._replace(
        update=lambda _, trainable, optimizer: ((trainable[0] + 1,), optimizer),
        settle=lambda trainable, _: (trainable[0] * 2,),
    )
    seen: list[float] = []

    def evaluate(state):
        seen.append(float(state.trainable[0][0]))
        return {"loss": -seen[-1], "accuracy": 0.5}

    plan = Plan(epochs=3, batch_size=2, patience=None)
    start = Progress(state=START, best=START)
    last = list(train(start, make_steps(1), functions=functions, evaluate=evaluate, plan=plan))[-1]
    assert seen == [4.0, 6.0, 8.0]
    assert last.state.trainable[0].tolist() == [4.0]
    assert last.best.trainable[0].tolist() == [8.0]
    assert_same_bits(last.best.optimizer, last.state.optimizer)
