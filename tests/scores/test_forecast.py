"""Scores of forecasts against slow loops and scikit-learn's, and their intervals against what is known of a mean."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error, root_mean_squared_error

from seqloom.scores.forecast import errors_by_step, forecast_scores

N, N_STEPS, N_TARGETS = 300, 4, 2


def make_answers(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """What came and what was said, ``[N, O, G]``, with targets of different size."""
    random = np.random.default_rng(seed)
    truth = random.normal(size=(N, N_STEPS, N_TARGETS)) * np.array([1.0, 20.0])
    return truth, truth + random.normal(size=truth.shape) * np.array([0.5, 5.0])


def score(truth: np.ndarray, forecast: np.ndarray, *, naive: float = 1.0) -> dict[str, tuple[float, ...]]:
    """Value and interval by metric."""
    scores = forecast_scores(
        truth,
        forecast,
        naive={"last": 2 * naive, "seasonal": naive},
        scale=np.array([2.0, 10.0]),
        season_error=np.array([0.5, 4.0]),
        who="test",
    )
    assert {one.n for one in scores} == {len(truth)}
    return {one.metric: (one.value, one.low or 0.0, one.high or 0.0) for one in scores}


def test_scores_sklearn() -> None:
    truth, forecast = make_answers()
    found = score(truth, forecast, naive=0.8)
    flat, said = truth.reshape(-1, N_TARGETS), forecast.reshape(-1, N_TARGETS)
    by_target = mean_absolute_error(flat, said, multioutput="raw_values")
    assert found["mae"][0] == pytest.approx(by_target.mean())
    assert found["rmse"][0] == pytest.approx(root_mean_squared_error(flat.ravel(), said.ravel()))
    assert found["mase"][0] == pytest.approx((by_target / [0.5, 4.0]).mean())
    scaled = (by_target / [2.0, 10.0]).mean()
    assert found["scaled_mae"][0] == pytest.approx(scaled)
    assert found["scaled_mse"][0] == pytest.approx((((flat - said) / [2.0, 10.0]) ** 2).mean())
    assert found["skill"][0] == pytest.approx(1 - scaled / 0.8)  # the better of the two naive ones


def test_scores_perfect_forecast() -> None:
    truth, _ = make_answers()
    found = score(truth, truth)
    assert found["mae"] == (0.0, 0.0, 0.0)
    assert found["skill"][0] == 1.0


def test_errors_by_step_slow_loop() -> None:
    truth, forecast = make_answers()
    expected = [
        [sum(abs(truth[n, o, g] - forecast[n, o, g]) for n in range(N)) / N for g in range(N_TARGETS)]
        for o in range(N_STEPS)
    ]
    np.testing.assert_allclose(errors_by_step(truth, forecast), expected)


def make_dependent(random: np.random.Generator, n: int) -> np.ndarray:
    """Errors of which each has much of the one before, ``[n, 1, 1]``, their mean 5."""
    noise, keep = random.normal(size=n + 100), 0.8
    values = np.zeros(n + 100)
    for i in range(1, len(values)):
        values[i] = keep * values[i - 1] + noise[i]
    return 5 + values[100:, None, None]


def test_interval_holds_the_mean_of_dependent_errors() -> None:
    """Of 200 series, about 95 in 100 intervals hold the true mean; rows drawn singly would hold it in half of them."""
    random = np.random.default_rng(1)
    n_held = 0
    for _ in range(200):
        error = make_dependent(random, 720)  # 10 horizons of 24 rows in blocks of 3
        forecast = np.zeros((720, 24, 1))
        truth = np.broadcast_to(error, (720, 24, 1))
        scores = forecast_scores(
            truth, forecast, naive={"last": 1.0}, scale=np.ones(1), season_error=np.ones(1), who="test"
        )
        n_held += scores[0].low <= 5 <= scores[0].high
    assert 0.85 <= n_held / 200 <= 0.99  # ten blocks are few: block bootstraps then hold less than they promise
