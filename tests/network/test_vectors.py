"""Laws of a net that begins from word vectors: frozen is frozen, and a thaw is a second training."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import numpy as np
import pytest

os.environ["KERAS_BACKEND"] = "jax"  # before Keras is imported

import keras

from seqloom.artifact import plain_history, read_arrays, write_arrays
from seqloom.engine import load_forward, run_forward
from seqloom.engine.feed import bucket_rows, order_epoch
from seqloom.flow import Plan
from seqloom.nets import NetSizes, build_net, build_optimizer
from seqloom.nets.optimise import OPTIMIZERS
from seqloom.network import NetModel
from tests.families import heavy
from tests.network.test_network import SIZES, make_rows

TABLE = np.random.default_rng(8).normal(size=(15, 2)).astype(np.float32)
# Twenty times as many rows: few enough of them are read in a step that RMSprop updates those alone.
LONG = np.concatenate([TABLE, np.random.default_rng(9).normal(size=(285, 2)).astype(np.float32)])
PLAN = Plan(epochs=4, batch_size=8, patience=None, learning_rate=0.05, seed=1)


def make_model(family: str, table: np.ndarray = TABLE, *, dropout: float = 0.5) -> NetModel:
    return NetModel(family, 2, sizes={**SIZES, "n_ids": len(table), "dropout": dropout}, table=table)


def table_now(model: NetModel) -> np.ndarray:
    """The word vectors as training left them behind its last epoch, whichever is the best."""
    (found,) = [leaf for leaf in (*model.progress_.state.trainable, *model.progress_.state.fixed) if leaf.ndim == 2
                and leaf.shape == model.table.shape]  # fmt: skip
    return found


@pytest.mark.parametrize(("family", "optimizer"), [*(("embedding", name) for name in OPTIMIZERS), ("bag", "adamw")])
def test_law_frozen_is_bit_equal(family, optimizer):
    """Whatever weight decay, moments or updates by row an optimizer has: it is not shown the table at all."""
    rows, table = make_rows(family), LONG if optimizer == "rmsprop" else TABLE
    model = make_model(family, table)
    list(model.fit(rows, rows, plan=replace(PLAN, optimizer=optimizer, epochs=2, frozen_epochs=None)))
    assert np.array_equal(table_now(model), table)
    assert np.array_equal(model.weights_["embed/embeddings"], table)
    assert model.weights_["logits/kernel"].any()
    assert table.shape not in {leaf.shape for leaf in model.progress_.state.optimizer}
    assert model._by_row is None


@pytest.mark.parametrize(("optimizer", "by_row"), [("adam", False), ("rmsprop", True)])
def test_law_thaw_is_frozen_epochs_and_then_others(optimizer, by_row):
    """Against Keras: two epochs with ``trainable = False``, compiled anew with True, two more."""
    rows, plan = make_rows("embedding", 32), replace(PLAN, optimizer=optimizer, frozen_epochs=2)
    model = make_model("embedding", LONG, dropout=0.0)
    tables = [table_now(model).copy() for _ in model.fit(rows, rows, plan=plan)]
    assert [np.array_equal(table, LONG) for table in tables] == [True, True, False, False]
    assert (model._by_row is not None) == by_row

    sizes = {**SIZES, "n_ids": len(LONG), "dropout": 0.0}
    net = build_net("embedding", NetSizes(n_outputs=1, seed=plan.seed, table=LONG, **sizes))
    for epoch in range(1, 5):
        if epoch in (1, 3):
            net.get_layer("embed").trainable = epoch == 3
            net.compile(build_optimizer(optimizer, 0.05), keras.losses.BinaryCrossentropy(from_logits=True))
        (block,) = order_epoch(bucket_rows(rows), np.ones(32, np.float32), batch_size=8, seed=plan.seed, epoch=epoch)
        for batch in block.order:
            net.train_on_batch(rows.inputs["ids"][batch], rows.target[batch, None].astype(np.float32))
    theirs = [np.asarray(variable.value) for variable in net.weights]
    for ours, expected in zip(model.progress_.state.trainable, theirs, strict=True):
        np.testing.assert_allclose(ours, expected, rtol=0, atol=2e-6 * np.abs(expected).max())


@pytest.fixture(scope="module", params=["bag", "embedding", *heavy("attention", "gru", "transformer")])
def thawed(request, tmp_path_factory):
    """A net thawed after its second epoch, its rows, and its checkpoints as they were written."""
    rows, folder = make_rows(request.param), tmp_path_factory.mktemp("run")
    model, written = make_model(request.param), []
    for record in model.fit(rows, rows, plan=replace(PLAN, frozen_epochs=2)):
        settings, arrays = model.checkpoint()
        path = folder / f"epoch-{record.epoch}.safetensors"
        write_arrays(path, arrays)
        written.append((json.dumps(settings), path))
    return model, rows, written


@pytest.mark.parametrize("epoch", [1, 2, 3])
def test_law_resume_is_no_interruption(thawed, epoch):
    """Before the thaw, at it, and behind it."""
    whole, rows, written = thawed
    resumed = make_model(whole.family)
    settings, path = written[epoch - 1]
    before = resumed.resume(json.loads(settings), read_arrays(path))
    after = list(resumed.fit(rows, rows, plan=replace(PLAN, frozen_epochs=2)))
    assert [record.epoch for record in after] == list(range(epoch + 1, 5))
    assert plain_history(before + after) == plain_history(list(whole.progress_.records))
    found, expected = resumed.checkpoint()[1], whole.checkpoint()[1]
    assert found.keys() == expected.keys()
    assert all(np.array_equal(found[name], array) for name, array in expected.items())


@pytest.mark.parametrize("frozen_epochs", [None, 2])
def test_resume_of_what_is_over_trains_nothing(frozen_epochs):
    rows, plan = make_rows("embedding"), replace(PLAN, frozen_epochs=frozen_epochs, epochs=3)
    whole, resumed = make_model("embedding"), make_model("embedding")
    list(whole.fit(rows, rows, plan=plan))
    resumed.resume(*whole.checkpoint())
    assert list(resumed.fit(rows, rows, plan=plan)) == []
    assert np.array_equal(resumed.predict(rows.inputs), whole.predict(rows.inputs))


def test_law_saved_answers_are_those_of_training(thawed):
    whole, rows, _ = thawed
    again = NetModel.from_state(*whole.state())
    assert np.array_equal(again.predict(rows.inputs), whole.predict(rows.inputs))


def test_frozen_vectors_are_no_constant_of_the_exported_program():
    """They go in as weights, as trained ones do: the program is the same, and is not as large as they are."""
    rows, programs = make_rows("embedding"), []
    for frozen_epochs in (None, 0):
        model = make_model("embedding", LONG)
        list(model.fit(rows, rows, plan=replace(PLAN, epochs=1, frozen_epochs=frozen_epochs)))
        programs.append(model.export())
        weights = [model.weights_[name] for name in sorted(model.weights_)]
        forward = load_forward(programs[-1], weights, shape=(2,), inputs={"ids": (SIZES["length"],)})
        assert np.array_equal(run_forward(forward, rows.inputs, shape=(2,)), model.predict(rows.inputs))
    assert programs[0] == programs[1]


def test_patience_begins_at_the_thaw():
    """Validation labels are turned round, so no epoch is better than the first; one thawed epoch is waited for."""
    rows = make_rows("embedding")
    plan = replace(PLAN, epochs=9, patience=1, learning_rate=0.5)
    for frozen_epochs, n_epochs in ((0, 2), (4, 5)):
        model = make_model("embedding")
        wrong = replace(rows, target=1 - rows.target)
        records = list(model.fit(rows, wrong, plan=replace(plan, frozen_epochs=frozen_epochs)))
        assert [record.is_best for record in records] == [True] + [False] * (n_epochs - 1)


@pytest.mark.parametrize("frozen_epochs", [1, 3])
def test_budget_ends_training_in_both_halves(frozen_epochs):
    """Spent in the last frozen epoch, or before it: no epoch is begun on nothing, and nothing is gone on with."""
    rows, plan = make_rows("embedding"), replace(PLAN, budget=1e-9, frozen_epochs=frozen_epochs)
    model = make_model("embedding")
    assert len(list(model.fit(rows, rows, plan=plan))) == 1
    assert model.progress_.is_over
    resumed = make_model("embedding")
    resumed.resume(*model.checkpoint())
    assert list(resumed.fit(rows, rows, plan=plan)) == []


def test_frozen_as_long_as_there_are_epochs_is_frozen():
    rows = make_rows("embedding")
    model = make_model("embedding")
    list(model.fit(rows, rows, plan=replace(PLAN, epochs=2, frozen_epochs=2)))
    assert np.array_equal(table_now(model), TABLE)
