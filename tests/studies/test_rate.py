"""The learning rate range test: losses whose right answer is obvious, and a net that has to be found to learn."""

from __future__ import annotations

import numpy as np
import pytest

from seqloom.errors import TrainingError, UsageError
from seqloom.studies.dataset import prepare_table, tokenise_table
from seqloom.studies.rate import find_rate, read_trace, smooth

RATES = np.geomspace(1e-5, 10, 121)  # 20 steps for a factor of ten


def make_losses(lowest: float, *, noise: float = 0.0) -> np.ndarray:
    """1 while nothing moves, a valley around ``lowest``, and steeply up behind it."""
    way = np.log10(RATES / lowest)
    losses = 1 - np.exp(-(way**2)) + 3 * np.maximum(way - 0.5, 0) ** 2
    return losses + noise * np.random.default_rng(0).normal(size=len(RATES))


@pytest.mark.parametrize("noise", [0.0, 0.03])
@pytest.mark.parametrize("lowest", [0.001, 0.01, 0.1])
def test_law_the_valley_is_found(lowest, noise):
    """The bottom within a fifth of a factor of ten; the steepest point, a Gaussian's, 0.71 of one before it."""
    found = read_trace(RATES, make_losses(lowest, noise=noise), family="bag")
    assert abs(np.log10(found.lowest / lowest)) < 0.2
    assert abs(np.log10(found.steepest / lowest) + np.sqrt(0.5)) < 0.25
    assert found.suggestion == found.lowest / 10


def test_law_smoothing_is_the_weighted_mean_written_out():
    losses = np.random.default_rng(1).normal(size=9)
    for i, found in enumerate(smooth(losses, 0.6)):
        shares = [0.6 ** abs(i - j) for j in range(9)]
        assert found == pytest.approx(np.average(losses, weights=shares))


def test_law_a_loss_out_of_hand_does_not_count():
    """What is more than twice the first loss is cut off, with all behind it: a spike must not smear over the valley."""
    losses = make_losses(0.01)
    losses[100] = 1e30
    found = read_trace(RATES, losses, family="bag")
    assert len(found.losses) <= 100
    assert abs(np.log10(found.lowest / 0.01)) < 0.2


@pytest.mark.parametrize("losses", [np.empty(0), np.geomspace(1, 1.9, 121), np.array([1.0, 5.0, 1.0])])
def test_error_never_came_down(losses):
    with pytest.raises(TrainingError, match="the loss of bag never came down"):
        read_trace(RATES[: len(losses)], losses, family="bag")


def test_find_steps_by_factor():
    found = read_trace(RATES, make_losses(0.1), family="bag")
    assert found.find(1e-5) == 0
    assert RATES[found.find(0.001)] == pytest.approx(0.001)


@pytest.fixture
def part(table):
    return tokenise_table(prepare_table(table))["train"]


def test_law_a_net_is_traced_the_same_twice(part):
    """A hundred steps although an epoch has few; the suggestion is a rate at which the net is still learning."""
    params = {"width": 4, "length": 16, "batch_size": 8}
    first, again = (find_rate(part, family="bag", params=params) for _ in range(2))
    assert np.array_equal(first.losses, again.losses)
    assert first.as_json() == again.as_json()
    assert len(first.rates) <= 100
    assert first.rates[0] == pytest.approx(1e-5)
    assert 1e-4 < first.suggestion < 1
    assert first.smoothed[first.find(first.lowest)] < 0.9 * first.smoothed[0]


def test_error_family_without_a_rate(part):
    with pytest.raises(UsageError, match="family 'linear' found, a net expected"):
        find_rate(part, family="linear", params={})
