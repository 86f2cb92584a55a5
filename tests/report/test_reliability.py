"""The reliability diagram: equal bins give equal bytes, and what it says is what was measured."""

from __future__ import annotations

import numpy as np
import pytest

from seqloom.errors import UsageError
from seqloom.report.reliability import plot_reliability
from seqloom.scores.calibration import measure_reliability
from seqloom.scores.temperature import apply_temperature


def make_bins(n_classes: int = 2, n: int = 200):
    random = np.random.default_rng(0)
    raw = random.uniform(size=(n, n_classes)) ** 4 + 1e-3
    probability = raw / raw.sum(axis=1, keepdims=True)
    target = random.integers(0, n_classes, n)
    after = apply_temperature(probability, 4.0)
    return {"before": measure_reliability(target, probability), "after": measure_reliability(target, after)}


@pytest.mark.parametrize("n_classes", [2, 20])
def test_law_equal_bins_give_equal_bytes_and_the_errors_are_told(tmp_path, n_classes):
    bins = make_bins(n_classes)
    for name in ("a.svg", "b.svg"):
        plot_reliability(bins, tmp_path / name, family="bag", temperature=4.0)
    text = (tmp_path / "a.svg").read_text()
    assert text == (tmp_path / "b.svg").read_text()
    for name, found in bins.items():
        assert f"{name}: off by {100 * found.error:.1f} points on average" in text
    assert "temperature 4.00" in text


def test_a_single_row_can_be_drawn(tmp_path):
    found = measure_reliability(np.array([0]), np.array([[1.0, 0.0]]))
    plot_reliability({"before": found}, tmp_path / "one.png", family="bag", temperature=1.0)
    assert (tmp_path / "one.png").stat().st_size > 1000


def test_another_ending_is_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(UsageError):
        plot_reliability(make_bins(), tmp_path / "x.pdf", family="bag", temperature=1.0)
    assert not list(tmp_path.iterdir())
