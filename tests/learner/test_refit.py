"""A net trained once more on all rows: as a fresh one would be, or not at all."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest

os.environ["KERAS_BACKEND"] = "jax"  # before Keras is imported

from seqloom import TextClassifier
from seqloom.artifact import plain_history
from seqloom.engine import loop
from seqloom.flow import EpochRecord, Plan
from seqloom.learner.refit import CUT, INTERRUPTED, NO_TIME, find_obstacle
from seqloom.network import NetModel
from tests.families import heavy
from tests.learner.conftest import make_first, make_learner
from tests.network.test_network import PLAN, SIZES, make_rows

SHORT = {"epochs": 4, "min_df": 1}


@pytest.fixture(scope="module")
def first(sample):
    """Trained on the rows that are not held out."""
    return make_first("bag", **SHORT).fit(*sample)


@pytest.fixture(scope="module")
def refitted(sample):
    return make_learner("bag", **SHORT).fit(*sample)


def test_law_refit_is_a_fresh_fit_on_all_rows(first, refitted, sample):
    """For as many epochs as were best, with the words of all rows: all of them trained on, and all of them asked."""
    n_epochs = first.model_.best_epoch_
    fresh = make_first("bag", **{**SHORT, "epochs": n_epochs})
    encoder = fresh.recipe().encoding.fit(fresh._read(sample[0]))
    model = fresh.recipe().model(encoder, 2)
    everything, _, _ = first._split(*sample, sample_weight=None, validation_data=None)
    encoded = first._encode(encoder, everything)
    assert [record.epoch for record in model.fit(encoded, encoded, plan=fresh._plan())] == list(range(1, n_epochs + 1))
    state = model.progress_.state
    expected, _ = model._net.pick(state.trainable, state.fixed)  # of the last epoch, whichever was the best
    assert refitted.encoder_.state()[1] == encoder.state()[1] != first.encoder_.state()[1]
    for name, weight in zip(model._net.names, expected, strict=True):
        np.testing.assert_array_equal(refitted.model_.weights_[name], weight, err_msg=name)


def test_law_what_is_told_is_of_rows_not_seen(first, refitted):
    assert refitted.data_ == {**first.data_, "refit_on_all": True}
    assert not first.data_["refit_on_all"]
    assert refitted.scores_ == first.scores_
    assert plain_history(refitted.history_) == plain_history(first.history_)
    np.testing.assert_array_equal(refitted.valid_probability_, first.valid_probability_)
    assert refitted.model_.best_epoch_ == first.model_.best_epoch_


def test_law_refit_of_a_loaded_model_is_the_same(first, refitted, sample, tmp_path):
    """As a study does with what it found finished; ``validation_data`` in their own rows give those of the split."""
    everything, _, _ = first._split(*sample, sample_weight=None, validation_data=None)
    first.save(tmp_path / "model")
    loaded = TextClassifier.load(tmp_path / "model")
    texts, labels = sample
    assert loaded.refit(texts[:100], labels[:100], validation_data=(texts[100:], labels[100:])) is None
    assert len(everything.target) == 120
    np.testing.assert_array_equal(loaded.predict_proba(texts), refitted.predict_proba(texts))
    loaded.save(tmp_path / "refitted")
    np.testing.assert_array_equal(
        TextClassifier.load(tmp_path / "refitted").predict_proba(texts), refitted.predict_proba(texts)
    )


def test_law_resumed_is_not_interrupted(refitted, sample):
    learner = make_learner("bag", **SHORT)
    epochs = learner.fit_epochs(*sample)
    next(epochs), next(epochs)
    checkpoint = learner.model_.checkpoint()
    epochs.close()
    again = make_learner("bag", **SHORT)
    assert len(list(again.fit_epochs(*sample, checkpoint=checkpoint))) == 2
    np.testing.assert_array_equal(again.predict_proba(sample[0]), refitted.predict_proba(sample[0]))
    assert again.data_ == refitted.data_


@pytest.mark.parametrize("problem", [KeyboardInterrupt, loop._Divergence])
@pytest.mark.parametrize("at", [1, 2])
def test_law_no_half_refit(first, sample, monkeypatch, problem, at):
    """Ctrl-C, or a loss that is no number, in some epoch of the refit: the first model stands, whole."""
    run_epoch, n = loop._Runner.run_epoch, [0]

    def fail(self, state, number, *, deadline):
        n[0] += 1
        if n[0] == len(first.history_) + at:
            raise problem(1)
        return run_epoch(self, state, number, deadline=deadline)

    monkeypatch.setattr(loop._Runner, "run_epoch", fail)
    learner = make_learner("bag", **SHORT).fit(*sample)
    told = {1: "the loss is not a number in epoch 1", 2: "it diverged in epoch 2"}[at]
    assert learner.is_interrupted_ == (problem is KeyboardInterrupt)
    assert learner.refit_obstacle_.startswith(INTERRUPTED if learner.is_interrupted_ else told)
    assert learner.data_ == first.data_
    np.testing.assert_array_equal(learner.predict_proba(sample[0]), first.predict_proba(sample[0]))


def test_a_training_that_was_ended_is_not_repeated(sample):
    learner = make_learner("bag", **SHORT)
    epochs = learner.fit_epochs(*sample)
    next(epochs)
    with pytest.raises(StopIteration):
        epochs.send(True)
    assert learner.refit_obstacle_ == "the training was ended early"
    assert not learner.data_["refit_on_all"]


def test_families_that_are_not_refitted(sample):
    learner = make_learner("embedding", **SHORT).fit(*sample)
    assert learner.refit_obstacle_ is None
    assert not learner.data_["refit_on_all"]
    assert learner.data_["n_train"] == 96


class Trained:
    """A net whose best epoch was the second of three, by records made up."""

    is_interrupted, divergence, best_epoch_ = False, None, 2

    class progress_:  # noqa: N801 (an attribute of nets)
        is_over = True


def record(epoch: int, *, n_steps: int = 10, seconds: float = 1.0) -> EpochRecord:
    return EpochRecord(epoch=epoch, n_steps=n_steps, train={}, seconds=seconds, compile_seconds=float(epoch == 1))


@pytest.mark.parametrize(
    ("budget", "obstacle"),
    [(None, None), (7.6, None), (7.4, NO_TIME), (1.0, NO_TIME)],  # 4 spent, 1 to compile, 2 x 1.25 to train
)
def test_budget_pays_for_the_refit(budget, obstacle):
    history = [record(epoch) for epoch in (1, 2, 3)]
    plan = Plan(batch_size=10, budget=budget)
    assert find_obstacle(Trained, history, n_train=100, n_all=125, plan=plan) == obstacle


def test_an_epoch_that_was_cut_says_nothing():
    plan = Plan(batch_size=10, budget=1e6)
    cut = [record(1), record(2, n_steps=9), record(3)]
    assert find_obstacle(Trained, cut, n_train=100, n_all=125, plan=plan) == CUT
    later = [record(1), record(2), record(3, n_steps=9)]  # behind the best
    assert find_obstacle(Trained, later, n_train=100, n_all=125, plan=plan) is None


def test_law_budget_that_suffices_changes_no_bit(refitted, sample):
    learner = make_learner("bag", **SHORT, budget=1e6).fit(*sample)
    assert learner.data_["refit_on_all"]
    np.testing.assert_array_equal(learner.predict_proba(sample[0]), refitted.predict_proba(sample[0]))


def test_slower_than_expected_is_given_up(first, sample, tmp_path):
    """No second at all, and more than one epoch to train: the first model stands."""
    first.save(tmp_path / "model")
    loaded, texts = TextClassifier.load(tmp_path / "model"), sample[0]
    assert loaded.model_.best_epoch_ > 1  # the premise
    held = (texts[100:], sample[1][100:])
    obstacle = loaded.refit(texts[:100], sample[1][:100], validation_data=held, seconds=0.0)
    assert obstacle == "it took longer than the first training let expect"
    np.testing.assert_array_equal(loaded.predict_proba(texts), first.predict_proba(texts))


@pytest.mark.parametrize("n_frozen", [1, *heavy(None, 2, 3)])
def test_law_refit_of_frozen_vectors_and_schedules(n_frozen):
    """Word vectors thaw, and the rate comes down, where they did: the state behind two epochs of four is that of a
    training of four, and average weights answer.
    """
    rows = make_rows("bag")
    table = np.random.default_rng(0).normal(size=(SIZES["n_ids"], SIZES["width"])).astype(np.float32)
    plan = replace(PLAN, frozen_epochs=n_frozen, schedule="cosine", warmup=0.5, average_epochs=0.5)
    whole = NetModel("bag", 2, sizes=SIZES, table=table)
    epochs = whole.fit(rows, rows, plan=plan)
    second = [next(epochs), next(epochs)][-1]
    assert second.is_best  # the premise: its weights are those to answer with
    again = NetModel("bag", 2, sizes=SIZES, table=table)
    nobody = replace(rows, target=1 - rows.target)  # validation rows are not asked
    assert [r.valid for r in again.fit(rows, nobody, plan=replace(plan, refit_epochs=2))] == [{}, {}]
    assert again.best_epoch_ == 2
    for name, weight in whole.weights_.items():
        np.testing.assert_array_equal(again.weights_[name], weight, err_msg=name)
