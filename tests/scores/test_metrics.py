"""Scores of probabilities, held to scikit-learn's, and the records that hold them all."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from sklearn import metrics as oracle

from seqloom.errors import DataError
from seqloom.scores.metrics import classify_scores, log_loss, roc_auc
from tests.scores.conftest import CLASSES, draw_rows


@given(draw_rows())
def test_law_log_loss_is_that_of_scikit_learn(rows):
    target, probability = rows
    expected = oracle.log_loss(target, probability, labels=range(probability.shape[1]))
    assert log_loss(target, probability) == pytest.approx(expected, rel=1e-6)  # theirs is summed in float32


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_log_loss_of_a_sure_mistake_is_that_of_scikit_learn(dtype):
    target, probability = np.array([0, 1]), np.array([[0, 1], [0, 1]], dtype=dtype)
    expected = oracle.log_loss(target, probability, labels=[0, 1])
    assert log_loss(target, probability) == pytest.approx(expected, rel=1e-6)
    assert math.isfinite(expected)


@given(draw_rows())
def test_law_roc_auc_is_that_of_scikit_learn(rows):
    target, probability = rows
    n_classes = probability.shape[1]
    found = roc_auc(target, probability)
    if len(np.unique(target)) < n_classes:
        assert found is None
    elif n_classes == 2:
        assert found == pytest.approx(oracle.roc_auc_score(target, probability[:, 1]), abs=1e-12)
    else:
        expected = oracle.roc_auc_score(target, probability, multi_class="ovr", average="macro")
        assert found == pytest.approx(expected, abs=1e-12)


@given(draw_rows())
def test_law_records_are_sound(rows):
    target, probability = rows
    scores = classify_scores(target, probability, classes=CLASSES[: probability.shape[1]], who="validation")
    assert len({score.metric for score in scores}) == len(scores)
    for score in scores:
        assert type(score.value) is float  # JSON, not NumPy
        assert type(score.n) is int
        assert math.isfinite(score.value)
        assert score.who == "validation"
        assert 1 <= score.n <= len(target)
        if score.low is not None:
            assert 0 <= score.low <= score.high <= 1
        if score.metric != "macro_f1":  # a percentile interval need not hold its own middle on a handful of rows
            assert score.low is None or score.low <= score.value <= score.high


def test_records_of_three_classes_one_of_them_unseen():
    target = np.array([0, 0, 1, 1])
    probability = np.eye(3)[[0, 1, 1, 1]]
    scores = {score.metric: score for score in classify_scores(target, probability, classes=CLASSES[:3], who="test")}
    assert set(scores) == {"accuracy", "macro_f1", "log_loss"} | {
        f"{metric}[{name}]" for metric in ("f1", "precision", "recall") for name in CLASSES[:2]
    }
    assert scores["accuracy"].value == 0.75
    assert (scores["recall[neg]"].value, scores["recall[neg]"].n) == (0.5, 2)
    assert (scores["precision[pos]"].value, scores["precision[pos]"].n) == (pytest.approx(2 / 3), 3)
    assert scores["macro_f1"].value == pytest.approx(oracle.f1_score(target, probability.argmax(1), average="macro"))


def test_records_are_the_same_twice(rng):
    target, probability = rng.integers(0, 3, 50), rng.dirichlet(np.ones(3), 50)
    once, again = (classify_scores(target, probability, classes=CLASSES[:3], who="test") for _ in range(2))
    assert once == again


def test_equals_go_to_the_first_class():
    scores = classify_scores(np.array([0, 1]), np.full((2, 2), 0.5), classes=CLASSES[:2], who="test")
    assert [(s.metric, s.value) for s in scores if s.metric.startswith("recall")] == [
        ("recall[neg]", 1.0),
        ("recall[pos]", 0.0),
    ]


@pytest.mark.parametrize(
    ("target", "probability", "message"),
    [
        ([], np.zeros((0, 2)), "no rows to score"),
        ([0, 1], [[0.5, 0.5]], r"expected \[N\] and \[N, K\]"),
        ([0], [0.5], r"expected \[N\] and \[N, K\]"),
        ([2], [[0.5, 0.5]], "class indices from 2 to 2; expected 0 to 1"),
        ([0, 0], [[0.5, 0.5], [np.nan, 0.5]], "the probabilities of row 1"),
        ([0], [[1.5, -0.5]], "the probabilities of row 0"),
        ([0], [[0.2, 0.2, 0.6]], "2 classes for 3 columns"),
    ],
)
def test_refuses_what_cannot_be_meant(target, probability, message):
    with pytest.raises(DataError, match=message):
        classify_scores(np.array(target, dtype=int), np.array(probability), classes=["neg", "pos"], who="test")


def test_importing_loads_no_heavy_library():
    code = "import sys, seqloom.scores.metrics; print(*{'scipy', 'sklearn'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
