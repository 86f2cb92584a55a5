"""Scores of forecasts against their formulas, and their intervals against what is known of a mean."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import mean_absolute_error, root_mean_squared_error

from seqloom.scores.forecast import Beside, errors_by_step, forecast_scores


def make_beside(n_targets: int, *, horizon: int = 1, naive: float = 1.0) -> Beside:
    ones = np.ones(n_targets)
    return Beside(naive={"last": naive, "mean": 2 * naive}, scale=2 * ones, season_error=3 * ones, horizon=horizon)


def by_name(scores) -> dict:
    return {score.metric: score for score in scores}


@given(
    shape=st.tuples(st.integers(2, 20), st.integers(1, 4), st.integers(1, 3)),
    seed=st.integers(0, 999),
    naive=st.sampled_from([0.0, 0.5, 3.0]),
)
def test_law_scores_equal_their_formulas(shape, seed, naive):
    random = np.random.default_rng(seed)
    truth, forecast = random.normal(size=(2, *shape)) * 5
    n, n_steps, n_targets = shape
    scale, season = random.random(n_targets) + 0.5, random.random(n_targets) + 0.1
    beside = Beside(naive={"last": naive, "mean": naive + 1}, scale=scale, season_error=season, horizon=n_steps)
    scores = by_name(forecast_scores(truth, forecast, beside=beside, who="test"))
    flat, answered = truth.reshape(-1), forecast.reshape(-1)
    assert scores["mae"].value == pytest.approx(mean_absolute_error(flat, answered))
    assert scores["rmse"].value == pytest.approx(root_mean_squared_error(flat, answered))
    scaled, squared, mase = [], [], []
    for g in range(n_targets):
        errors = [abs(truth[i, o, g] - forecast[i, o, g]) for i in range(n) for o in range(n_steps)]
        scaled += [error / scale[g] for error in errors]
        squared += [(error / scale[g]) ** 2 for error in errors]
        mase.append(sum(errors) / len(errors) / season[g])
    assert scores["scaled_mae"].value == pytest.approx(sum(scaled) / len(scaled))
    assert scores["scaled_mse"].value == pytest.approx(sum(squared) / len(squared))
    assert scores["mase"].value == pytest.approx(sum(mase) / n_targets)
    assert scores["skill"].value == pytest.approx(1 - sum(scaled) / len(scaled) / naive if naive else 0)
    assert {(score.n, score.who) for score in scores.values()} == {(n, "test")}
    by_step = errors_by_step(truth, forecast)
    assert by_step.mean() == pytest.approx(scores["mae"].value)
    assert by_step[-1, 0] == pytest.approx(mean_absolute_error(truth[:, -1, 0], forecast[:, -1, 0]))


def test_mase_of_the_naive_forecast_one_step_ahead_is_one():
    values = np.cumsum(np.random.default_rng(0).normal(size=400))[:, None, None]
    error = np.abs(np.diff(values[:, 0], axis=0)).mean(axis=0)
    beside = replace(make_beside(1), season_error=error)
    scores = by_name(forecast_scores(values[1:], values[:-1], beside=beside, who="test"))
    assert scores["mase"].value == pytest.approx(1)


@pytest.mark.parametrize("horizon", [1, 24])
def test_an_interval_covers_the_true_error_where_neighbours_err_together(horizon):
    """Errors that are sums over the horizon, as of forecasts that share rows; only the last step is scored.

    Blocks of three horizons leave a little out, so that 95 % is roughly 9 in 10.
    """
    random, held, n, n_draws = np.random.default_rng(1), 0, 2_000, 100
    true = np.sqrt(horizon) * np.sqrt(2 / np.pi)
    for _ in range(n_draws):
        shocks = np.concatenate([[0], np.cumsum(random.normal(size=n + horizon))])
        errors = (shocks[horizon:] - shocks[:-horizon])[:n, None, None]
        mae = by_name(forecast_scores(errors, np.zeros_like(errors), beside=make_beside(1, horizon=horizon), who="t"))[
            "mae"
        ]
        held += mae.low <= true <= mae.high
    assert 0.86 <= held / n_draws <= 0.99


def test_one_forecast_has_a_score_too():
    mae = by_name(forecast_scores(np.ones((1, 2, 1)), np.zeros((1, 2, 1)), beside=make_beside(1, horizon=2), who="t"))[
        "mae"
    ]
    assert mae.low == mae.value == mae.high == 1


def test_a_perfect_forecast_has_no_error_and_all_the_skill():
    truth = np.random.default_rng(0).normal(size=(9, 2, 1))
    scores = by_name(forecast_scores(truth, truth, beside=make_beside(1), who="test"))
    assert (scores["mae"].low, scores["mae"].value, scores["mae"].high) == (0, 0, 0)
    assert scores["skill"].value == 1
