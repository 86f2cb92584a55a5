"""Ensemble weights: the greedy search done slowly, and rows that judge weights they did not choose."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import log_loss

from seqloom.frames.split import deal_folds
from seqloom.studies.selection import N_DRAWS, N_FOLDS, choose_weights, cross_blend


def make_answers(n: int, n_classes: int = 3, n_models: int = 4, *, seed: int = 0):
    """Targets and models of falling quality, whose mistakes are independent."""
    random = np.random.default_rng(seed)
    target = random.integers(0, n_classes, n)
    answers = []
    for i in range(n_models):
        logits = random.normal(size=(n, n_classes)) * 1.5
        logits[np.arange(n), target] += 2.0 - 0.5 * i
        shares = np.exp(logits)
        answers.append(shares / shares.sum(axis=1, keepdims=True))
    return target, answers


def choose_slowly(target, answers) -> np.ndarray:
    drawn: list[int] = []
    path: list[tuple[float, list[int]]] = []
    for _ in range(N_DRAWS):
        losses = []
        for i in range(len(answers)):
            mean = np.mean([answers[j].astype(np.float64) for j in [*drawn, i]], axis=0)
            losses.append(log_loss(target, mean, labels=range(mean.shape[1])))
        drawn = [*drawn, int(np.argmin(losses))]
        path.append((min(losses), drawn))
    best = min(path, key=lambda step: step[0])[1]
    return np.bincount(best, minlength=len(answers)) / len(best)


@pytest.mark.parametrize("seed", range(5))
def test_weights_are_those_of_the_slow_search(seed):
    target, answers = make_answers(60, seed=seed)
    np.testing.assert_allclose(choose_weights(target, answers), choose_slowly(target, answers))


def test_law_weights_are_shares_and_never_worse_than_the_best_alone():
    for seed in range(20):
        target, answers = make_answers(200, seed=seed)
        weights = choose_weights(target, answers)
        assert weights.min() >= 0
        assert weights.sum() == pytest.approx(1)
        blended = sum(w * p.astype(np.float64) for w, p in zip(weights, answers, strict=True))
        alone = min(log_loss(target, p, labels=range(3)) for p in answers)
        assert log_loss(target, blended, labels=range(3)) <= alone + 1e-9


def test_equal_models_are_the_first_of_them():
    target, answers = make_answers(50)
    assert choose_weights(target, [answers[0], answers[0]]).tolist() == [1, 0]


def test_cross_blend_is_the_blend_of_the_other_folds():
    target, answers = make_answers(53, seed=3)
    fold = deal_folds(np.arange(53), target, n_folds=N_FOLDS, seed=0)
    found = cross_blend(target, answers)
    for k in range(N_FOLDS):
        weights = choose_slowly(target[fold != k], [p[fold != k] for p in answers])
        expected = sum(w * p[fold == k] for w, p in zip(weights, answers, strict=True))
        np.testing.assert_allclose(found[fold == k], expected, atol=1e-6)


def test_noise_is_no_gain():
    """Many models of pure chance beside a good one: weights chosen on the rows flatter, and honest rows do not."""
    random = np.random.default_rng(5)
    target = random.integers(0, 2, 30)
    noise = [np.stack([1 - p, p], axis=1) for p in random.uniform(0.2, 0.8, (12, 30))]
    weights = choose_weights(target, noise)
    flattered = log_loss(target, sum(w * p for w, p in zip(weights, noise, strict=True)), labels=[0, 1])
    honest = cross_blend(target, noise)[np.arange(30), target]
    assert -np.log(honest).mean() > flattered


def test_few_rows():
    for n in (1, 2, 5):
        target, answers = make_answers(n)
        assert cross_blend(target, answers).shape == (n, 3)
