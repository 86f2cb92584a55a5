"""Scores of several labels at once, held to scikit-learn's, and the threshold, held to trying them all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn import metrics as oracle

from seqloom.errors import ArtifactError, DataError
from seqloom.scores.monitor import measure_monitored
from seqloom.scores.multilabel import choose_threshold, multilabel_scores, read_threshold
from seqloom.targets import decide


@st.composite
def draw_labels(draw):
    """An indicator ``[N, K]`` and probabilities, often equal ones."""
    shape = (draw(st.integers(1, 12)), draw(st.integers(2, 4)))
    target = draw(hnp.arrays(np.uint8, shape, elements=st.integers(0, 1)))
    probability = draw(hnp.arrays(np.float32, shape, elements=st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 1.0])))
    return target, probability


@given(draw_labels(), st.sampled_from([0.1, 0.3, 0.5]))
def test_law_scores_are_scikit_learns(rows, threshold):
    target, probability = rows
    names = [f"c{k}" for k in range(target.shape[1])]
    scores = multilabel_scores(target, probability, threshold=threshold, classes=names, who="test")
    found = {score.metric: score.value for score in scores}
    answer = (probability >= np.float32(threshold)).astype(int)
    seen = np.flatnonzero((target | answer).any(axis=0))
    assert found["accuracy"] == pytest.approx(oracle.accuracy_score(target, answer))
    assert found["hamming_loss"] == pytest.approx(oracle.hamming_loss(target, answer))
    assert found["micro_f1"] == pytest.approx(oracle.f1_score(target, answer, average="micro", zero_division=0))
    expected = oracle.f1_score(target, answer, average="macro", labels=seen, zero_division=0) if len(seen) else 0
    assert found["macro_f1"] == pytest.approx(expected)
    of_each = [oracle.log_loss(target[:, k], probability[:, k], labels=[0, 1]) for k in range(target.shape[1])]
    assert found["log_loss"] == pytest.approx(np.mean(of_each), rel=1e-5, abs=1e-6)
    both = [k for k in range(target.shape[1]) if 0 < target[:, k].sum() < len(target)]
    areas = [oracle.roc_auc_score(target[:, k], probability[:, k]) for k in both]
    assert found.get("roc_auc") == (pytest.approx(np.mean(areas)) if both else None)
    nan = float("nan")
    for k, name in enumerate(names):
        shares = oracle.precision_recall_fscore_support(
            target[:, k], answer[:, k], average="binary", zero_division=nan
        )[:3]
        for metric, share in zip(("precision", "recall", "f1"), shares, strict=True):
            assert found.get(f"{metric}[{name}]", nan) == pytest.approx(share, nan_ok=True)


@given(draw_labels())
def test_law_records_are_sound(rows):
    scores = multilabel_scores(*rows, threshold=0.5, classes=list("abcd")[: rows[0].shape[1]], who="validation")
    assert len({score.metric for score in scores}) == len(scores)
    for score in scores:
        assert type(score.value) is float
        assert np.isfinite(score.value)
        if score.low is not None:
            assert 0 <= score.low <= score.high <= 1


def test_interval_holds_what_other_rows_give():
    """Of 200 samples of the same kind, at least nine in ten have their micro F1 within the interval of one."""
    random = np.random.default_rng(0)

    def draw(n: int) -> tuple[np.ndarray, np.ndarray]:
        target = (random.random((n, 3)) < (0.5, 0.3, 0.1)).astype(np.uint8)
        return target, np.where(random.random((n, 3)) < 0.8, target, 1 - target).astype(np.float32)

    whole = multilabel_scores(*draw(100_000), threshold=0.5, classes="abc", who="test")[1].value
    within = 0
    for _ in range(200):
        score = multilabel_scores(*draw(100), threshold=0.5, classes="abc", who="test")[1]
        within += score.low <= whole <= score.high
    assert 180 <= within <= 199


@given(draw_labels())
def test_law_threshold_is_the_best_of_all(rows):
    target, probability = rows
    threshold = choose_threshold(target, probability)

    def score(threshold: float) -> float:
        answer = decide(probability, threshold)
        return 2 * (answer & target).sum() / (answer.sum() + target.sum())

    if not target.any():
        assert threshold == 0.5
    else:
        assert 0 <= threshold <= 1
        assert score(threshold) == pytest.approx(max(score(tried) for tried in np.linspace(0, 1, 41)))


@pytest.mark.parametrize(("monitor", "average"), [("macro_f1", "macro"), ("roc_auc", None)])
def test_law_monitored_is_scikit_learns(monitor, average):
    random = np.random.default_rng(3)
    target, probability = (random.random((40, 3)) < 0.4).astype(np.uint8), random.random((40, 3)).astype(np.float32)
    found = measure_monitored(target, probability, monitor=monitor)
    if average:
        expected = oracle.f1_score(target, probability >= 0.5, average=average)
    else:
        expected = oracle.roc_auc_score(target, probability)
    assert found == {monitor: pytest.approx(expected)}
    assert measure_monitored(target, probability, monitor="accuracy") == {}
    assert np.isnan(measure_monitored(target, np.full((40, 3), np.nan), monitor=monitor)[monitor])


def test_error_what_cannot_be_meant():
    with pytest.raises(DataError, match=r"shape \(2,\) and probabilities of shape \(2, 2\)"):
        choose_threshold(np.array([0, 1]), np.ones((2, 2)))
    with pytest.raises(DataError, match="no rows to score"):
        choose_threshold(np.zeros((0, 2)), np.zeros((0, 2)))
    with pytest.raises(DataError, match="the probabilities of row 1 are"):
        choose_threshold(np.zeros((2, 2)), np.array([[0, 1], [0, np.nan]]))
    with pytest.raises(DataError, match="a class without validation rows"):
        measure_monitored(np.zeros((2, 2), np.uint8), np.ones((2, 2)), monitor="roc_auc")


GOOD = {"threshold": 0.5, "multilabel": True, "is_indicator": False}


def test_threshold_of_a_card():
    assert read_threshold({"kind": "linear"}) == (None, False)
    assert read_threshold({**GOOD, "is_indicator": True}) == (0.5, True)


@pytest.mark.parametrize(
    "wrong",
    [
        *({"threshold": value} for value in ("0.5", 2, float("nan"), None)),
        *({"multilabel": value} for value in (False, "yes")),
        {"is_indicator": 1},
    ],
)
def test_threshold_of_a_card_that_cannot_be_meant_is_refused(wrong):
    with pytest.raises(ArtifactError, match=r"card\.json"):
        read_threshold({**GOOD, **wrong})
    with pytest.raises(ArtifactError, match="found under"):
        read_threshold({"multilabel": True})
