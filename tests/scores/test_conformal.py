"""Intervals hold what they promise where they can, follow where seasons drift, and never know an error too early."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqloom.errors import ArtifactError
from seqloom.scores import conformal
from seqloom.scores.conformal import SHARES, Intervals, fit_intervals, measure_coverage, move_bounds

LEVELS = (0.025, 0.1, 0.25, 0.75, 0.9, 0.975)


def draw(n: int, *, n_steps: int = 2, seed: int = 0, scale: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """What came and what was said, ``[n, O, 1]``: errors that grow with the step, and are not centred."""
    random = np.random.default_rng(seed)
    forecast = random.normal(size=(n, n_steps, 1))
    return forecast + scale * random.gamma(2.0, size=forecast.shape) * np.arange(1, n_steps + 1)[:, None], forecast


def test_bounds_hold_their_share_of_exchangeable_rows() -> None:
    """Over many draws of few rows to calibrate on, so that an error of 1 in n + 1 would be seen."""
    held = np.zeros(len(SHARES))
    for seed in range(200):
        intervals = fit_intervals(*draw(60, n_steps=1, seed=seed))
        truth, forecast = draw(100, n_steps=1, seed=10_000 + seed)
        for place, share in enumerate(SHARES):
            bounds = intervals.bound(forecast, (0.5 - share / 2, 0.5 + share / 2))
            held[place] += ((truth >= bounds[..., 0]) & (truth <= bounds[..., 1])).mean() / 200
    np.testing.assert_allclose(held, SHARES, atol=0.02)


def test_bounds_are_quantiles_of_errors() -> None:
    truth, forecast = draw(50_000)
    levels = (0.025, 0.1, 0.333, 0.9)
    bounds = fit_intervals(truth, forecast).bound(forecast[:3], levels)
    expected = np.quantile(truth - forecast, levels, axis=0)  # [Q, O, 1]
    np.testing.assert_allclose(
        bounds - forecast[:3, ..., None], np.broadcast_to(expected.transpose(1, 2, 0), bounds.shape), atol=0.02
    )
    assert (np.diff(bounds, axis=-1) > 0).all()


def test_state_gives_the_intervals_again() -> None:
    intervals = fit_intervals(*draw(100))
    again = Intervals.from_state(intervals.state(), n_steps=2, n_targets=1)
    np.testing.assert_array_equal(again.errors, intervals.errors)
    for sizes in ({"n_steps": 3, "n_targets": 1}, {"n_steps": 2, "n_targets": 2}):
        with pytest.raises(ArtifactError, match="do not belong"):
            Intervals.from_state(intervals.state(), **sizes)
    with pytest.raises(ArtifactError):
        Intervals.from_state({"errors": np.full_like(intervals.errors, np.nan)}, n_steps=2, n_targets=1)


def test_coverage_follows_errors_that_grow() -> None:
    """Bounds from a calm season hold far less in a wild one; those that follow hold what they promise."""
    intervals = fit_intervals(*draw(2_000))
    truth, forecast = draw(20_000, seed=1, scale=3.0)
    still = intervals.bound(forecast, (0.1, 0.9))
    assert ((truth >= still[..., 0]) & (truth <= still[..., 1])).mean() < 0.6
    for coverage in measure_coverage(truth, forecast, origins=np.arange(20_000), intervals=intervals):
        assert coverage.held == pytest.approx(coverage.share, abs=0.04)


def draw_unsure(n: int, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What came, what was said and how unsure that was, ``[n, 2, 1(, 2)]``: of every tenth row ten times more."""
    random = np.random.default_rng(seed)
    forecast = random.normal(size=(n, 2, 1))
    size = np.where(np.arange(n) % 10 == 0, 10.0, 1.0)[:, None, None]
    error = size * np.where(random.random(forecast.shape) < 0.5, -1.0, 3.0) * random.exponential(size=forecast.shape)
    spread = size[..., None] * np.array([1.0, 3.0]) * np.ones((n, 2, 1, 2))
    return forecast + error, forecast, spread


def test_bounds_are_wide_where_a_forecast_is_unsure_and_hold_their_share_there_too() -> None:
    truth, forecast, spread = draw_unsure(40_000)
    plain, counted = fit_intervals(truth, forecast), fit_intervals(truth, forecast, spread=spread)
    truth, forecast, spread = draw_unsure(40_000, seed=1)
    unsure = np.arange(40_000) % 10 == 0
    for share in SHARES:
        levels, held = (0.5 - share / 2, 0.5 + share / 2), []
        for bounds in (plain.bound(forecast, levels), counted.bound(forecast, levels, spread=spread)):
            is_held = (truth >= bounds[..., 0]) & (truth <= bounds[..., 1])
            held.append((is_held[unsure].mean(), is_held[~unsure].mean()))
        assert held[1] == pytest.approx((share, share), abs=0.02)  # in spreads: whoever asks
        assert held[0][0] < share - 0.1 < share < held[0][1]  # without: too few where unsure, too many elsewhere
    bounds = counted.bound(forecast[:1], (0.1, 0.9), spread=spread[:1])
    wider = counted.bound(forecast[:1], (0.1, 0.9), spread=spread[:1] * [1.0, 2.0])
    np.testing.assert_allclose(wider[..., 0], bounds[..., 0])  # each side has its own
    np.testing.assert_allclose(wider[..., 1] - forecast[:1], 2 * (bounds[..., 1] - forecast[:1]))


def slow_coverage(
    truth: np.ndarray,
    forecast: np.ndarray,
    *,
    origins: np.ndarray,
    intervals: Intervals,
    share: float,
    spread: np.ndarray | None = None,
) -> tuple[float, float]:
    """Row by row: the bounds of a pause are made at its first origin, of the errors that had come in by then."""
    sides = np.ones((*truth.shape, 2)) if spread is None else spread

    def stretch(offset: float, i: int, step: int) -> float:
        below, above = sides[i, step, 0]
        return offset * (below if offset < 0 else above)

    def shrink(i: int, step: int) -> float:
        error = truth[i, step, 0] - forecast[i, step, 0]
        return error / stretch(1.0 if error >= 0 else -1.0, i, step) * (1 if error >= 0 else -1)

    held, width = [], []
    for step in range(truth.shape[1]):
        for i in range(len(truth)):
            now = origins[i - i % conformal._PAUSE]
            errors = [shrink(j, step) for j in range(len(truth)) if origins[j] + 1 + step <= now]
            known = errors[-conformal._MEMORY :]
            if len(known) < conformal._MEMORY:
                known = [*intervals.errors[:, step, 0], *known]
            places = np.array([1 - share, 1 + share]) / 2 * (len(known) + 1)  # counted from 1
            low, high = np.interp(places, np.arange(1, len(known) + 1), np.sort(known))
            low, high = stretch(low, i, step), stretch(high, i, step)
            held.append(low <= truth[i, step, 0] - forecast[i, step, 0] <= high)
            width.append(high - low)
    return float(np.mean(held)), float(np.mean(width))


@pytest.mark.parametrize("has_spread", [False, True])
def test_coverage_slow_loop(monkeypatch: pytest.MonkeyPatch, has_spread: bool) -> None:
    monkeypatch.setattr(conformal, "_MEMORY", 40)
    monkeypatch.setattr(conformal, "_PAUSE", 6)
    before, after = ({"spread": None}, {"spread": None})
    if has_spread:
        *calibrated, before["spread"] = draw_unsure(50)
        truth, forecast, after["spread"] = draw_unsure(120, seed=3)
    else:
        calibrated, (truth, forecast) = draw(50), draw(120, seed=3)
    intervals = fit_intervals(*calibrated, **before)
    origins = np.cumsum(np.random.default_rng(0).integers(1, 4, size=120))  # gaps between origins
    asked = {"origins": origins, "intervals": intervals, **after}
    for coverage in measure_coverage(truth, forecast, **asked):
        expected = slow_coverage(truth, forecast, share=coverage.share, **asked)
        assert (coverage.held, coverage.width) == pytest.approx(expected)


def test_law_errors_not_yet_known_do_not_matter() -> None:
    """Values 24 rows ahead: what comes of the last 24 origins moves the bounds of none of them."""
    intervals, (truth, forecast) = fit_intervals(*draw(500, n_steps=1)), draw(600, n_steps=1, seed=1)
    changed = truth.copy()
    changed[-24:] += 1_000
    widths = [
        [one.width for one in measure_coverage(t, forecast, origins=np.arange(600), intervals=intervals, first_step=24)]
        for t in (truth, changed)
    ]
    assert widths[0] == widths[1]
    changed[0] += 1_000  # the first is known in good time
    moved = measure_coverage(changed, forecast, origins=np.arange(600), intervals=intervals, first_step=24)
    assert [one.width for one in moved] != widths[0]


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


def gather_bounds(errors, *, origins, intervals, first_step) -> np.ndarray:
    """All of them, ``[N, Q, O, G]``."""
    gathered = np.full((len(errors), len(LEVELS), *errors.shape[1:]), np.nan)
    options = {"origins": origins, "intervals": intervals, "first_step": first_step, "levels": np.array(LEVELS)}
    for rows, bounds in move_bounds(errors, **options):
        gathered[rows] = bounds
    return gathered


@settings(max_examples=30)
@given(
    cut=st.integers(1, 199),
    n_steps=st.integers(1, 4),
    first_step=st.integers(1, 30),
    memory=st.sampled_from([20, 1_440]),
    seed=st.integers(0, 99),
)
def test_law_no_bound_moves_with_an_error_that_has_not_come_in(cut, n_steps, first_step, memory, seed):
    """Whatever comes behind row ``cut``: bounds told until then stay. Of two series, at the same moments, too."""
    random = np.random.default_rng(seed)
    origins = np.sort(np.concatenate([np.arange(100), np.arange(100)]) * 2)
    errors = random.normal(size=(200, n_steps, 2))
    intervals = fit_intervals(random.normal(size=(50, n_steps, 2)), np.zeros((50, n_steps, 2)))
    came = origins[:, None] + first_step + np.arange(n_steps)  # when each error is known
    later = np.where((came > cut)[:, :, None], errors + 1e6, errors)
    with patch.object(conformal, "_MEMORY", memory):
        one, other = (
            gather_bounds(each, origins=origins, intervals=intervals, first_step=first_step) for each in (errors, later)
        )
    assert np.isfinite(one).all()
    np.testing.assert_array_equal(one[origins <= cut], other[origins <= cut])


def test_forecasts_may_come_in_any_order() -> None:
    """As those of several series do, whose rows stand one series behind the other."""
    intervals, (truth, forecast) = fit_intervals(*draw(50)), draw(120, seed=3)
    origins = np.arange(120)
    mixed = np.random.default_rng(0).permutation(120)
    assert measure_coverage(truth, forecast, origins=origins, intervals=intervals) == measure_coverage(
        truth[mixed], forecast[mixed], origins=origins[mixed], intervals=intervals
    )
