"""Intervals hold what they promise where they can, follow where seasons drift, and never know an error too early."""

from __future__ import annotations

import numpy as np
import pytest

from seqloom.errors import ArtifactError
from seqloom.scores import conformal
from seqloom.scores.conformal import Intervals, fit_intervals, measure_coverage

SHARES = (0.5, 0.8, 0.95)


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


def slow_coverage(
    truth: np.ndarray, forecast: np.ndarray, *, origins: np.ndarray, intervals: Intervals, share: float
) -> tuple[float, float]:
    """Row by row: the bounds of a pause are made at its first origin, of the errors that had come in by then."""
    held, width = [], []
    for step in range(truth.shape[1]):
        for i in range(len(truth)):
            now = origins[i - i % conformal._PAUSE]
            errors = [
                truth[j, step, 0] - forecast[j, step, 0] for j in range(len(truth)) if origins[j] + 1 + step <= now
            ]
            known = errors[-conformal._MEMORY :]
            if len(known) < conformal._MEMORY:
                known = [*intervals.errors[:, step, 0], *known]
            n, below = len(known), (1 - share) / 2
            low = np.quantile(known, max(below - (1 - below) / n, 0))
            high = np.quantile(known, min(1 - below + (1 - below) / n, 1))
            held.append(low <= truth[i, step, 0] - forecast[i, step, 0] <= high)
            width.append(high - low)
    return float(np.mean(held)), float(np.mean(width))


def test_coverage_slow_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conformal, "_MEMORY", 40)
    monkeypatch.setattr(conformal, "_PAUSE", 6)
    intervals, (truth, forecast) = fit_intervals(*draw(50)), draw(120, seed=3)
    origins = np.cumsum(np.random.default_rng(0).integers(1, 4, size=120))  # gaps between origins
    for coverage in measure_coverage(truth, forecast, origins=origins, intervals=intervals):
        expected = slow_coverage(truth, forecast, origins=origins, intervals=intervals, share=coverage.share)
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
