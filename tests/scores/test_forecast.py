"""Scores of forecasts against their formulas, and what their intervals hold against what they promise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import mean_absolute_error, mean_pinball_loss, root_mean_squared_error

from seqloom.errors import ArtifactError
from seqloom.scores.conformal import Intervals, fit_intervals, measure_coverage, move_bounds
from seqloom.scores.forecast import Beside, errors_by_step, forecast_scores, pinball_loss

LEVELS = (0.025, 0.1, 0.25, 0.75, 0.9, 0.975)


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


@given(st.integers(0, 99), st.lists(st.floats(0.01, 0.99), min_size=1, max_size=4))
def test_law_pinball_loss_equals_scikit_learn(seed, levels):
    random = np.random.default_rng(seed)
    truth, bounds = random.normal(size=(9, 3, 2)), random.normal(size=(9, 3, 2, len(levels)))
    expected = [
        mean_pinball_loss(truth.reshape(-1), bounds[..., place].reshape(-1), alpha=level)
        for place, level in enumerate(levels)
    ]
    assert pinball_loss(truth, bounds, levels=np.array(levels)) == pytest.approx(np.mean(expected))


@given(seed=st.integers(0, 99), n=st.integers(1, 60), levels=st.lists(st.floats(0.001, 0.999), min_size=2, max_size=9))
def test_law_bounds_rise_with_their_level_and_move_with_the_forecast(seed, n, levels):
    random = np.random.default_rng(seed)
    errors = random.standard_cauchy(size=(n, 3, 2))
    intervals = fit_intervals(errors, np.zeros_like(errors))
    forecast = random.normal(size=(5, 3, 2))
    bounds = intervals.bound(forecast, sorted(levels))
    assert bounds.shape == (5, 3, 2, len(levels))
    assert (np.diff(bounds, axis=-1) >= -1e-9).all()
    np.testing.assert_allclose(intervals.bound(forecast + 1, sorted(levels)), bounds + 1)


@settings(max_examples=5)
@given(st.integers(0, 999))
def test_law_of_two_hundred_errors_each_left_out_j_fall_below_the_bound_of_j_in_two_hundred(seed):
    """Exchangeable errors, whatever their kind: exact, without chance."""
    errors = np.random.default_rng(seed).standard_cauchy(size=200)
    below = np.zeros(199, int)
    levels = np.arange(1, 200) / 200
    for place in range(200):
        rest = np.delete(errors, place)[:, None, None]
        bounds = fit_intervals(rest, np.zeros_like(rest)).bound(np.zeros((1, 1, 1)), levels)[0, 0, 0]
        below += errors[place] <= bounds
    assert below.tolist() == [*range(1, 200)]


@pytest.mark.parametrize("shape", [(198, 3, 1), (199, 2, 1), (199, 3, 2), (199, 3)])
def test_intervals_of_another_shape_are_refused(shape):
    with pytest.raises(ArtifactError, match="intervals that do not belong to the model"):
        Intervals.from_state({"errors": np.zeros(shape)}, n_steps=3, n_targets=1)
    state = Intervals(errors=np.zeros((199, 3, 1))).state()
    assert Intervals.from_state(state, n_steps=3, n_targets=1).errors.shape == (199, 3, 1)
    with pytest.raises(ArtifactError):
        Intervals.from_state({"errors": np.full((199, 3, 1), np.nan)}, n_steps=3, n_targets=1)


def gather_bounds(errors, *, origins, intervals, first_step) -> np.ndarray:
    """All of them, ``[N, O, Q, G]``."""
    gathered = np.full((*errors.shape[:2], len(LEVELS), errors.shape[2]), np.nan)
    options = {"origins": origins, "intervals": intervals, "first_step": first_step, "levels": np.array(LEVELS)}
    for rows, step, bounds in move_bounds(errors, **options):
        gathered[rows, step] = bounds
    return gathered


@settings(max_examples=30)
@given(cut=st.integers(1, 199), n_steps=st.integers(1, 4), first_step=st.integers(1, 30), seed=st.integers(0, 99))
def test_law_no_bound_moves_with_an_error_that_has_not_come_in(cut, n_steps, first_step, seed):
    """Whatever comes behind row ``cut``: bounds told until then stay. Of two series, at the same moments, too."""
    random = np.random.default_rng(seed)
    origins = np.sort(np.concatenate([np.arange(100), np.arange(100)]) * 2)
    errors = random.normal(size=(200, n_steps, 2))
    intervals = fit_intervals(random.normal(size=(50, n_steps, 2)), np.zeros((50, n_steps, 2)))
    came = origins[:, None] + first_step + np.arange(n_steps)  # when each error is known
    later = np.where((came > cut)[:, :, None], errors + 1e6, errors)
    one, other = (
        gather_bounds(each, origins=origins, intervals=intervals, first_step=first_step) for each in (errors, later)
    )
    assert np.isfinite(one).all()
    np.testing.assert_array_equal(one[origins <= cut], other[origins <= cut])


def test_coverage_is_what_counting_the_bounds_says():
    random = np.random.default_rng(0)
    truth, forecast = random.normal(size=(2, 90, 3, 2))
    origins = random.permutation(90)
    intervals = fit_intervals(random.normal(size=(300, 3, 2)), np.zeros((300, 3, 2)))
    shares = (0.5, 0.8, 0.95)
    found = measure_coverage(truth, forecast, origins=origins, intervals=intervals, shares=shares)
    order = np.argsort(origins)
    errors = (truth - forecast)[order]
    bounds = gather_bounds(errors, origins=origins[order], intervals=intervals, first_step=1)
    for place, share in enumerate(shares):
        low, high = bounds[:, :, 2 - place], bounds[:, :, 3 + place]
        assert found[place].share == share
        assert found[place].held == pytest.approx(((errors >= low) & (errors <= high)).mean())
        assert found[place].width == pytest.approx((high - low).mean())


def test_intervals_follow_errors_that_drift():
    """From a quiet season into one three times as rough: what stands still fails, what moves holds."""
    random = np.random.default_rng(0)
    n = 12_000
    truth = (random.normal(size=n) * np.linspace(1, 3, n) + np.linspace(0, 4, n))[:, None, None]
    forecast = np.zeros_like(truth)
    quiet = random.normal(size=(2_000, 1, 1))
    intervals = fit_intervals(quiet, np.zeros_like(quiet))
    still = intervals.bound(forecast, (0.1, 0.9))[:, :, 0]
    held_still = ((truth[:, 0] >= still[..., 0]) & (truth[:, 0] <= still[..., 1])).mean()
    moving = measure_coverage(truth, forecast, origins=np.arange(n), intervals=intervals, shares=(0.5, 0.8, 0.95))
    assert held_still < 0.5
    for coverage in moving:
        assert abs(coverage.held - coverage.share) < 0.04
