"""Calibration held to slow versions, to a closed form, and to the law that no label changes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax
from sklearn import metrics as oracle

from seqloom.errors import DataError
from seqloom.scores.calibration import calibration_error, fit_temperature, measure_reliability
from seqloom.scores.temperature import apply_temperature
from tests.families import heavy
from tests.scores.conftest import draw_rows

TEMPERATURES = st.floats(0.05, 20)


@given(draw_rows(), st.integers(1, 20))
def test_law_reliability_counts_row_by_row(rows, n_bins):
    target, probability = rows
    bins: dict[int, list[tuple[float, bool]]] = {}
    for right, row in zip(target, probability, strict=True):
        sure = float(row.max())
        place = next(b for b in range(n_bins) if sure <= (b + 1) / n_bins or b == n_bins - 1)
        bins.setdefault(place, []).append((sure, row.argmax() == right))
    found = measure_reliability(target, probability, n_bins=n_bins)
    assert found.count.tolist() == [len(bins[b]) for b in sorted(bins)]
    means = np.array([np.mean(bins[b], axis=0) for b in sorted(bins)])
    np.testing.assert_allclose(np.stack([found.confidence, found.accuracy], axis=1), means)
    error = sum(len(of) * abs(np.mean([s for s, _ in of]) - np.mean([r for _, r in of])) for of in bins.values())
    assert calibration_error(target, probability, n_bins=n_bins) == pytest.approx(error / len(target))


@given(draw_rows(), TEMPERATURES)
def test_law_temperature_changes_no_label_and_keeps_sums(rows, temperature):
    _, probability = rows
    scaled = apply_temperature(probability, temperature)
    assert scaled.dtype == np.float32
    np.testing.assert_array_equal(scaled.argmax(axis=1), probability.argmax(axis=1))
    np.testing.assert_allclose(scaled.sum(axis=1), 1, atol=1e-6)


@given(st.integers(0, 2**32 - 1), TEMPERATURES)
def test_law_temperature_is_the_softmax_of_divided_logits(seed, temperature):
    logits = np.random.default_rng(seed).normal(size=(20, 4)) * 3
    scaled = apply_temperature(softmax(logits, axis=1), temperature)
    np.testing.assert_allclose(scaled, softmax(logits / temperature, axis=1), atol=1e-6)


def test_a_hair_ahead_stays_ahead():
    ahead = np.float32(0.5) + np.finfo(np.float32).eps * np.arange(1, 50, dtype=np.float32)
    probability = np.stack([1 - ahead, ahead], axis=1)
    for temperature in (0.05, 1.0, 1.7, 20.0):
        assert apply_temperature(probability, temperature).argmax(axis=1).all()


def test_zero_and_nothing():
    sure = apply_temperature(np.array([[0.0, 1.0]], dtype=np.float32), 3.0)
    assert np.isfinite(sure).all()
    assert sure.argmax() == 1
    assert apply_temperature(np.zeros((0, 2), dtype=np.float32), 3.0).shape == (0, 2)


@pytest.mark.parametrize("n_right", [55, 80, 97])
def test_temperature_of_one_confidence_has_a_closed_form(n_right):
    """Says 90 % each time: the best temperature makes it say what it gets right."""
    target = np.arange(100) >= n_right
    probability = np.tile([0.9, 0.1], (100, 1))
    share = n_right / 100
    expected = np.log(9) / np.log(share / (1 - share))
    assert fit_temperature(target.astype(int), probability) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("seed", [0, *heavy(1, 2, 3, 4)])
def test_temperature_is_the_best_of_a_fine_grid(seed, rng):
    logits = rng.normal(size=(300, 3))
    target = np.array([rng.choice(3, p=row) for row in softmax(logits / rng.uniform(0.5, 3), axis=1)])
    probability = softmax(logits, axis=1)
    grid = np.geomspace(0.05, 20, 1000)
    losses = [oracle.log_loss(target, softmax(logits / t, axis=1), labels=range(3)) for t in grid]
    best = grid[int(np.argmin(losses))]
    found = fit_temperature(target, probability)
    assert found == pytest.approx(best, rel=0.01)
    assert oracle.log_loss(target, apply_temperature(probability, found), labels=range(3)) <= min(losses) + 1e-5


def test_temperature_has_ends():
    """Rows that are all right, or answers that mean nothing, ask for no more than the bounds."""
    probability = np.tile([0.7, 0.3], (50, 1))
    assert fit_temperature(np.zeros(50, dtype=int), probability) == pytest.approx(1 / 20, rel=0.01)
    assert fit_temperature(np.arange(50) % 2, probability) == pytest.approx(20, rel=0.01)
    assert fit_temperature(np.arange(50) % 2, np.full((50, 2), 0.5)) == 1.0


def test_what_cannot_be_meant_is_refused():
    for target, probability in ((np.zeros(0, int), np.zeros((0, 2))), (np.zeros(2, int), np.ones((3, 2)) / 2)):
        for measure in (measure_reliability, fit_temperature):
            with pytest.raises(DataError, match="expected"):
                measure(target, probability)
