"""Optimizers as a plan asks for them: every part beside Keras's own, or a closed form."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest

os.environ["KERAS_BACKEND"] = "jax"  # before Keras is imported

import keras

from seqloom.errors import UsageError
from seqloom.flow import Plan
from seqloom.nets import NetSizes, build_from_plan, build_net, build_optimizer, judge_classes, make_pure, split_by_row

PLAN = Plan(epochs=5, optimizer="sgd", learning_rate=0.5)
N_STEPS = 4  # an epoch


def read_rates(plan: Plan, *, n_epochs: int = 5) -> list[float]:
    """The learning rate of each step, as the optimizer itself would use it."""
    pure = make_pure(make_net(), build_from_plan(plan, n_epochs=n_epochs, n_steps=N_STEPS))
    return [pure.find_rate(pure.optimizer, step) for step in range(n_epochs * N_STEPS)]


def make_net(n_outputs: int = 1) -> keras.Model:
    return build_net("bag", NetSizes(n_ids=9, n_outputs=n_outputs, width=3, length=6, dropout=0.0, seed=4))


def take_steps(optimizer, gradients: list[list[np.ndarray]]):
    """Weights and optimizer behind some steps of given gradients, from the same weights always."""
    pure = make_pure(make_net(), optimizer)
    trainable, state = pure.trainable, pure.optimizer
    for gradient in gradients:
        trainable, state = pure.update(gradient, trainable, state)
    return pure, [np.asarray(weight) for weight in trainable], state


def draw_gradients(n: int) -> list[list[np.ndarray]]:
    random = np.random.default_rng(n)
    return [[random.normal(size=v.shape).astype(np.float32) for v in make_net().trainable_variables] for _ in range(n)]


@pytest.mark.parametrize("warmup", [0.0, 0.5, 1.5])
@pytest.mark.parametrize("schedule", ["constant", "cosine", "linear"])
def test_law_rate_is_the_closed_form(schedule, warmup):
    """Up a straight line, down half a cosine or a straight line, as the formulas of the papers have it."""
    n_rising, n_steps = int(warmup * N_STEPS), 5 * N_STEPS
    expected = []
    for step in range(n_steps):
        share = (step - n_rising) / (n_steps - n_rising)
        falls = {"constant": 1.0, "cosine": (1 + np.cos(np.pi * share)) / 2, "linear": 1 - share}
        expected.append(0.5 * ((step + 1) / (n_rising + 1) if step < n_rising else falls[schedule]))
    np.testing.assert_allclose(read_rates(replace(PLAN, schedule=schedule, warmup=warmup)), expected, rtol=1e-5)


def test_law_rate_without_schedule_is_constant():
    assert read_rates(PLAN) == [0.5] * 20
    assert read_rates(replace(PLAN, learning_rate=None)) == pytest.approx([0.01] * 20)


def test_law_height_is_the_optimizers_own():
    rates = read_rates(replace(PLAN, optimizer="adam", learning_rate=None, schedule="linear"))
    assert rates[0] == pytest.approx(0.001)


def test_law_a_part_of_the_epochs_has_its_own_course():
    """Behind a thaw an optimizer begins anew: its rate comes down over the epochs that are left."""
    rates = read_rates(replace(PLAN, schedule="linear"), n_epochs=2)
    np.testing.assert_allclose(rates, 0.5 * (1 - np.arange(8) / 8), rtol=1e-5)


def test_law_steps_use_the_rate_of_their_number():
    """Plain gradient descent: the way of the weights is the sum of rate times gradient."""
    plan, gradients = replace(PLAN, schedule="cosine", warmup=1.0), draw_gradients(7)
    pure, weights, state = take_steps(build_from_plan(plan, n_epochs=5, n_steps=N_STEPS), gradients)
    for i, first in enumerate(pure.trainable):
        way = sum(rate * gradient[i] for rate, gradient in zip(read_rates(plan), gradients, strict=False))
        np.testing.assert_allclose(weights[i], first - way, rtol=1e-5, atol=1e-6)
    assert pure.find_rate(state, 2) == pytest.approx(read_rates(plan)[9])


@pytest.mark.parametrize("length", [0.3, 1000.0])
def test_law_gradients_longer_than_clip_norm_are_cut_to_it(length):
    """All weights together, not each alone; shorter ones stay as they are."""
    (gradient,) = draw_gradients(1)
    norm = np.sqrt(sum((part**2).sum() for part in gradient))
    pure, weights, _ = take_steps(build_from_plan(replace(PLAN, clip_norm=length), n_epochs=5, n_steps=4), [gradient])
    for first, weight, part in zip(pure.trainable, weights, gradient, strict=True):
        np.testing.assert_allclose(weight, first - 0.5 * part * min(1, length / norm), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
def test_law_weight_decay_is_decoupled_and_spares_biases(optimizer):
    """A zero gradient: a matrix shrinks by rate times decay a step, whatever the optimizer has; a bias stays."""
    plan = replace(PLAN, optimizer=optimizer, weight_decay=0.1)
    nothing = [np.zeros_like(part) for part in draw_gradients(1)[0]]
    pure, weights, _ = take_steps(build_from_plan(plan, n_epochs=5, n_steps=4), [nothing] * 3)
    for first, weight, name in zip(pure.trainable, weights, pure.names, strict=True):
        factor = 1.0 if name.endswith("bias") else (1 - 0.5 * 0.1) ** 3
        np.testing.assert_allclose(weight, first * factor, rtol=1e-5, atol=1e-7, err_msg=name)


def test_law_weight_decay_spares_the_bias_of_a_gru():
    """It is a matrix: two rows, for input and state."""
    ids = keras.Input((None,), dtype="int32")
    states = keras.layers.GRU(3, name="gru")(keras.layers.Embedding(9, 2, name="embed")(ids))
    net = keras.Model(ids, keras.layers.Dense(1, name="logits")(states))
    pure = make_pure(net, build_optimizer("sgd", 0.5, options={"weight_decay": 0.1}))
    ones = [np.ones_like(part) for part in pure.trainable]
    decayed, _ = pure.update([np.zeros_like(part) for part in ones], ones, pure.optimizer)
    shrunk = {name for name, weight in zip(pure.names, decayed, strict=True) if np.max(weight) < 1}
    assert {name for name in shrunk if "gru" not in name} == {"embed/embeddings", "logits/kernel"}
    assert {name.rsplit("/", 1)[1] for name in shrunk if "gru" in name} == {"kernel", "recurrent_kernel"}


@pytest.mark.parametrize("epochs", [0.5, 2.0, 0.1])
def test_law_average_is_a_sum_over_the_steps(epochs):
    """Written out: each step's weights by how often they were faded since; the first stands for all before it."""
    momentum = 1 - 1 / max(epochs * N_STEPS, 1)
    plan, gradients = replace(PLAN, average_epochs=epochs), draw_gradients(6)
    make = lambda: build_from_plan(plan, n_epochs=5, n_steps=N_STEPS)  # noqa: E731
    paths = [take_steps(make(), gradients[:n])[1] for n in range(1, 7)]
    pure, last, state = take_steps(make(), gradients)
    shares = [momentum ** (5 - n) * (1 if n == 0 else 1 - momentum) for n in range(6)]
    assert sum(shares) == pytest.approx(1)
    for i, found in enumerate(pure.settle(last, state)):
        expected = sum(share * weights[i] for share, weights in zip(shares, paths, strict=True))
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_law_without_average_the_last_weights_answer():
    pure, last, state = take_steps(build_from_plan(PLAN, n_epochs=5, n_steps=4), draw_gradients(2))
    assert pure.settle(last, state) is last


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.4])
@pytest.mark.parametrize("n_classes", [2, 3, 7])
def test_law_label_smoothing_is_keras_own(n_classes, smoothing):
    random = np.random.default_rng(n_classes)
    n_outputs = 1 if n_classes == 2 else n_classes
    logits = random.normal(size=(20, n_outputs)).astype(np.float32) * 3
    target = random.integers(0, n_classes, 20).astype(np.int32)
    pure = make_pure(
        make_net(n_outputs),
        build_optimizer("sgd", None),
        objective=judge_classes(n_outputs, label_smoothing=smoothing),
    )
    if n_classes == 2:
        loss = keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=smoothing, reduction=None)
        expected = loss(target[:, None].astype(np.float32), logits)
    else:
        loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing, reduction=None)
        expected = loss(keras.ops.one_hot(target, n_classes), logits)
    np.testing.assert_allclose(pure.loss(target, logits), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("more", "is_split"),
    [
        ({}, True),
        ({"label_smoothing": 0.1}, True),
        ({"schedule": "linear"}, False),
        ({"warmup": 1.0}, False),
        ({"clip_norm": 1.0}, False),
        ({"weight_decay": 0.1}, False),
        ({"average_epochs": 1.0}, False),
    ],
)
def test_law_updates_by_row_know_what_they_do_not_know(more, is_split):
    plan = replace(PLAN, optimizer="rmsprop", **more)
    assert (split_by_row(make_net(), build_from_plan(plan, n_epochs=5, n_steps=4)) is not None) == is_split


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({"schedule": "exponential"}, "schedule 'exponential' found, one of constant, cosine, linear expected"),
        ({"warmup": -1.0}, "warmup -1.0 found, a number of epochs from 0 on expected"),
        ({"warmup": 5.0}, "warmup 5.0 and 5 epochs found, a warmup of fewer"),
        ({"clip_norm": 0.0}, "clip_norm 0.0 found, a number above 0 expected"),
        ({"weight_decay": float("nan")}, "weight_decay nan found, a number from 0 on expected"),
        ({"label_smoothing": 1.0}, "label_smoothing 1.0 found, a share from 0 on and below 1 expected"),
        ({"average_epochs": float("inf")}, "average_epochs inf found"),
    ],
)
def test_error_plan(more, found):
    with pytest.raises(UsageError, match=found):
        build_from_plan(replace(PLAN, **more), n_epochs=5, n_steps=4)
