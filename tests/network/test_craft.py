"""Schedules, averaging and the rest in a whole training: against Keras's fit, and across an interruption."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import numpy as np
import pytest

os.environ["KERAS_BACKEND"] = "jax"  # before Keras is imported

import keras

from seqloom.artifact import read_arrays, write_arrays
from seqloom.engine.feed import bucket_rows, order_epoch
from seqloom.errors import DataError, UsageError
from seqloom.flow import Plan
from seqloom.nets import NetSizes, build_net
from seqloom.nets.optimise import WarmUp
from seqloom.network import NetModel
from seqloom.scores.confusion import confusion_matrix, macro_f1
from seqloom.scores.metrics import roc_auc
from tests.network.test_network import PLAN, SIZES, make_rows

CRAFT = Plan(
    epochs=4,
    batch_size=8,
    patience=None,
    learning_rate=0.05,
    seed=1,
    schedule="cosine",
    warmup=0.5,
    clip_norm=0.1,
    weight_decay=0.1,
    label_smoothing=0.1,
    average_epochs=0.5,
)


def fit(plan: Plan, *, family: str = "bag", n: int = 30, **sizes) -> NetModel:
    rows = make_rows(family, n)
    model = NetModel(family, 2, sizes={**SIZES, **sizes})
    list(model.fit(rows, rows, plan=plan))
    return model


def test_law_craft_is_keras_fit():
    """All of it at once, by Keras's own optimizer and loss, on rows in our order; its fit ends with the average."""
    rows, sizes = make_rows("embedding", 32), {**SIZES, "dropout": 0.0}
    model = NetModel("embedding", 2, sizes=sizes)
    next(model.fit(rows, rows, plan=CRAFT))
    net = build_net("embedding", NetSizes(n_outputs=1, seed=1, **sizes))
    rate = WarmUp(keras.optimizers.schedules.CosineDecay(0.05, 14), 2)  # 16 steps in all, two of them rising
    optimizer = keras.optimizers.Adam(rate, global_clipnorm=0.1, weight_decay=0.1, use_ema=True, ema_momentum=0.5)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    net.compile(optimizer, keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1))
    (block,) = order_epoch(bucket_rows(rows), np.ones(32, np.float32), batch_size=8, seed=1, epoch=1)
    order = block.order.ravel()
    ids, target = rows.inputs["ids"][order], rows.target[order, None].astype(np.float32)
    net.fit(ids, target, batch_size=8, shuffle=False, verbose=0)
    for name, theirs in zip(model._net.names, net.weights, strict=True):
        np.testing.assert_allclose(model.weights_[name], theirs.value, rtol=1e-5, atol=1e-6, err_msg=name)


def test_law_resume_with_craft_is_no_interruption(tmp_path):
    """Count of steps, moments and averages all lie in the checkpoint."""
    rows, model, written = make_rows("bag"), NetModel("bag", 2, sizes=SIZES), []
    for record in model.fit(rows, rows, plan=CRAFT):
        settings, arrays = model.checkpoint()
        write_arrays(tmp_path / f"{record.epoch}.safetensors", arrays)
        written.append(json.dumps(settings))
    resumed = NetModel("bag", 2, sizes=SIZES)
    resumed.resume(json.loads(written[1]), read_arrays(tmp_path / "2.safetensors"))
    assert [record.epoch for record in resumed.fit(rows, rows, plan=CRAFT)] == [3, 4]
    for name, array in model.checkpoint()[1].items():
        assert np.array_equal(resumed.checkpoint()[1][name], array), name
    assert all(np.array_equal(resumed.weights_[name], array) for name, array in model.weights_.items())


def test_law_averaged_weights_are_those_that_were_judged():
    """The kept net answers with the validation loss of its record, and is not the net of the last step."""
    model, rows = fit(CRAFT), make_rows("bag")
    right = model.predict(rows.inputs)[np.arange(30), rows.target]
    best = model.progress_.records[model.best_epoch_ - 1]
    assert -np.log(right).mean() == pytest.approx(best.valid["loss"], rel=1e-5)
    plain = fit(replace(CRAFT, average_epochs=0.0))
    assert not np.array_equal(plain.weights_["logits/kernel"], model.weights_["logits/kernel"])


@pytest.mark.slow
def test_law_thaw_begins_the_course_anew():
    """Two frozen epochs, two others: the rate falls to zero in each, and the average is of its own steps."""
    table = np.random.default_rng(0).normal(size=(15, 2)).astype(np.float32)
    model, rows = NetModel("bag", 2, sizes=SIZES, table=table), make_rows("bag")
    plan = replace(CRAFT, frozen_epochs=2, schedule="linear", warmup=0.0)
    rates = []
    for _ in model.fit(rows, rows, plan=plan):
        state = model.progress_.state.optimizer
        rates.append(model._net.find_rate(state, 0))
    assert rates == pytest.approx([0.025, 0.05, 0.025, 0.0], abs=1e-6)  # behind the second epoch it is thawed already
    assert model.weights_["logits/kernel"].any()


@pytest.mark.parametrize("monitor", ["macro_f1", "roc_auc"])
def test_law_best_epoch_by_a_score(monitor):
    model, rows = fit(replace(PLAN, monitor=monitor, epochs=6)), make_rows("bag")
    records = model.progress_.records
    best = max(range(len(records)), key=lambda i: (records[i].valid[monitor], -records[i].valid["loss"]))
    assert model.best_epoch_ == best + 1
    probability = model.predict(rows.inputs)
    score = roc_auc(rows.target, probability)
    if monitor == "macro_f1":
        score = macro_f1(confusion_matrix(rows.target, probability.argmax(axis=1), n_classes=2))
    assert records[best].valid[monitor] == score


def test_error_monitor():
    with pytest.raises(UsageError, match="monitor 'f1' found, one of loss, accuracy, macro_f1, roc_auc expected"):
        fit(replace(PLAN, monitor="f1"))


def test_error_area_of_one_class():
    train, valid = make_rows("bag"), make_rows("bag")
    valid = replace(valid, target=np.zeros(30, np.int32))
    with pytest.raises(DataError, match="a class without validation rows"):
        list(NetModel("bag", 2, sizes=SIZES).fit(train, valid, plan=replace(PLAN, monitor="roc_auc")))


def test_law_trace_is_a_training_at_rising_rates():
    """At two rates, by hand: gradient descent moves the weights by the first rate before the second loss is taken."""
    rows = make_rows("embedding", 8)
    model = NetModel("embedding", 2, sizes={**SIZES, "dropout": 0.0})
    rates = np.array([0.1, 0.4, 1.6])
    losses = model.trace_rates(rows, plan=replace(PLAN, optimizer="sgd"), rates=rates)
    net = build_net("embedding", NetSizes(n_outputs=1, seed=1, **{**SIZES, "dropout": 0.0}))
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    expected = []
    for rate in rates:
        net.compile(keras.optimizers.SGD(float(rate)), loss)
        fitted = net.fit(rows.inputs["ids"], rows.target[:, None].astype(np.float32), batch_size=8, verbose=0)
        expected += fitted.history["loss"]
    np.testing.assert_allclose(losses, expected, rtol=1e-5)
    assert model.progress_ is None
