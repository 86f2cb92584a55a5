"""Several labels at once, for every family: what holds with one label a row holds here too."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import GridSearchCV, cross_val_score

import seqloom
from seqloom import TextClassifier
from seqloom.artifact import plain_history
from seqloom.errors import DataError, UsageError
from tests.families import heavy
from tests.learner.conftest import FAMILIES, make_learner
from tests.learner.fresh import run_fresh

CLASSES = ["a", "b", "c"]


def make_rows(n: int, *, seed: int = 0) -> tuple[list[str], list[list[str]]]:
    """Texts with a word for each of their labels, in a place of its own, and one that none other has."""
    random = np.random.default_rng(seed)
    texts, labels = [], []
    for i, chosen in enumerate(random.random((n, 3)) < (0.5, 0.4, 0.3)):
        words = [f"yes{name}" if is_chosen else f"no{name}" for name, is_chosen in zip(CLASSES, chosen, strict=True)]
        texts.append(" ".join([f"id{i}x{seed}", f"noise{random.integers(9)}", *words]))
        labels.append([name for name, is_chosen in zip(CLASSES, chosen, strict=True) if is_chosen])
    return texts, labels


def to_indicator(labels: list[list[str]]) -> np.ndarray:
    return np.array([[name in of_row for name in CLASSES] for of_row in labels]).astype(int)


@pytest.fixture(scope="module")
def rows():
    return make_rows(120)


@pytest.fixture(scope="module", params=[*(name for name in FAMILIES if name != "bag"), *heavy("bag")])
def learned(request, rows) -> TextClassifier:
    return make_learner(request.param).fit(*rows)


def test_law_answers_are_lists_by_threshold(learned, rows):
    texts, _ = rows
    probability = learned.predict_proba(texts)
    assert probability.shape == (120, 3)
    assert probability.dtype == np.float32
    assert probability.min() >= 0
    assert probability.max() <= 1
    expected = [learned.classes_[row].tolist() for row in probability >= learned.threshold_]
    assert learned.predict(texts) == expected
    assert learned.predict([]) == []


def test_law_beats_the_constant(learned):
    if learned.family == "majority":
        return
    texts, labels = make_rows(60, seed=7)
    truth, answer = to_indicator(labels), to_indicator(learned.predict(texts))
    constant = to_indicator(make_learner("majority").fit(*make_rows(120)).predict(texts))
    assert f1_score(truth, constant, average="micro") < 0.8
    assert f1_score(truth, answer, average="micro") > 0.9
    assert learned.score(texts, labels) == pytest.approx(accuracy_score(truth, answer))
    scores = {score.metric: score.value for score in learned.evaluate(texts, labels)}
    assert scores["micro_f1"] == pytest.approx(f1_score(truth, answer, average="micro"))
    assert scores["accuracy"] == pytest.approx(accuracy_score(truth, answer))


def test_law_refit_is_fresh_fit(learned, rows):
    """Fitted on single labels in between, and on lists before."""
    again = clone(learned).fit(rows[0], ["x", "y"] * 60)
    assert again.threshold_ is None
    assert again.predict(rows[0][:1])[0] in ("x", "y")
    again.fit(*rows)
    assert np.array_equal(again.predict_proba(rows[0]), learned.predict_proba(rows[0]))
    assert again.scores_ == learned.scores_
    assert plain_history(again.history_) == plain_history(learned.history_)


def test_law_saved_answers_are_the_same_elsewhere(learned, rows, tmp_path):
    learned.save(tmp_path / "model")
    texts = rows[0][:20]
    program = """
        import json, sys
        import seqloom
        model = seqloom.load(sys.argv[1])
        texts = json.loads(sys.argv[2])
        print(json.dumps([model.predict(texts), model.predict_proba(texts).tolist()]))
    """
    if learned.family in ("linear", "bag"):
        labels, probability = json.loads(run_fresh(program, tmp_path / "model", json.dumps(texts)))
        assert labels == learned.predict(texts)
        assert np.array_equal(np.array(probability, dtype=np.float32), learned.predict_proba(texts))
    for loaded in (TextClassifier.load(tmp_path / "model"), seqloom.load(tmp_path / "model")):
        assert loaded.predict(texts) == learned.predict(texts)
        assert loaded.score(*rows) == learned.score(*rows)
        assert loaded.threshold_ == learned.threshold_


@pytest.mark.parametrize("family", ["linear", "bag"])
def test_law_an_indicator_is_answered_by_one(family, rows, tmp_path):
    texts, labels = rows
    lists, indicator = (make_learner(family).fit(texts, given) for given in (labels, to_indicator(labels)))
    assert indicator.classes_.tolist() == [0, 1, 2]
    assert np.array_equal(indicator.predict_proba(texts), lists.predict_proba(texts))
    assert np.array_equal(indicator.predict(texts), to_indicator(lists.predict(texts)))
    indicator.save(tmp_path / "model")
    assert np.array_equal(seqloom.load(tmp_path / "model").predict(texts), indicator.predict(texts))
    assert indicator.score(texts, to_indicator(labels)) == lists.score(texts, labels)


def test_scikit_learn_searches_and_validates(rows):
    texts, indicator = np.array(rows[0]), to_indicator(rows[1])
    found = cross_val_score(make_learner("linear"), texts, indicator, cv=2)
    halves = [np.arange(60), np.arange(60, 120)]
    by_hand = [
        make_learner("linear").fit(texts[train], indicator[train]).score(texts[test], indicator[test])
        for test, train in (halves, halves[::-1])
    ]
    assert found.tolist() == by_hand
    micro = cross_val_score(make_learner("linear"), texts, indicator, cv=2, scoring="f1_micro")
    assert micro.min() > 0.9
    search = GridSearchCV(make_learner("linear"), {"family": ["majority", "linear"]}, cv=2).fit(texts, indicator)
    assert search.best_params_ == {"family": "linear"}


def test_two_labels_are_not_two_classes(rows):
    texts, labels = rows
    pairs = [[name for name in of_row if name != "c"] for of_row in labels]
    for family in ("linear", "bag"):
        learner = make_learner(family).fit(texts, pairs)
        assert learner.classes_.tolist() == ["a", "b"]
        assert learner.score(texts, pairs) > 0.9


def test_rare_labels_stay_in_training(rows):
    """More labels than rows: each is known, so the rows that alone have one are not held out."""
    texts, labels = rows
    rare = [[*of_row, *(f"{i} {k}" for k in range(6 * (i < 40)))] for i, of_row in enumerate(labels)]
    learner = make_learner("majority").fit(texts, rare)
    assert len(learner.classes_) == 243
    assert 10 < learner.data_["n_validation"] <= 24
    shares = dict(zip(learner.classes_.tolist(), learner.predict_proba([""])[0], strict=True))
    assert all(shares[f"{i} {k}"] > 0 for i in range(40) for k in range(6))


def test_monitored_scores(rows):
    for monitor in ("accuracy", "macro_f1", "roc_auc"):
        learner = make_learner("bag", monitor=monitor, epochs=2).fit(*rows)
        assert monitor in learner.history_[0].valid


def test_error_labels_that_do_not_go_with_the_model(learned, rows):
    texts, labels = rows
    with pytest.raises(DataError, match="one label a row found, a list of labels expected"):
        learned.score(texts, ["a"] * 120)
    single = make_learner("majority").fit(texts, ["a", "b"] * 60)
    with pytest.raises(DataError, match="several labels a row found, one expected"):
        single.score(texts, labels)


def test_error_of_fitting(rows):
    texts, labels = rows
    with pytest.raises(DataError, match=r"row 0: label .*'z'.* found, one of the classes expected"):
        TextClassifier().fit(texts, labels, validation_data=(texts[:1], [["z"]]))
    with pytest.raises(DataError, match="one label a row found"):
        TextClassifier().fit(texts, labels, validation_data=(texts[:1], ["a"]))
    with pytest.raises(UsageError, match="class_weight with several labels"):
        TextClassifier(class_weight="balanced").fit(texts, labels)
    with pytest.raises(DataError, match="120 rows without any label"):
        TextClassifier().fit(texts, [[]] * 120)
