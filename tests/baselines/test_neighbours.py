"""Nearest neighbours under warping, against the recursion written out."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from seqloom.errors import UsageError
from seqloom.flow import Encoded, Plan, Ragged
from tests.baselines.test_rocket import make_classes, make_steps

pytest.importorskip("dtaidistance", reason="dynamic time warping: pip install 'seqloom[dtw]'")

from seqloom.baselines.neighbours import NeighbourModel, NeighbourRegressor, warp_distances


def slow_distance(a, b, window: int) -> float:
    """Every cell of the table, in order."""
    n, m = len(a), len(b)
    table = np.full((n + 1, m + 1), np.inf)
    table[0, 0] = 0
    for i in range(n):
        for j in range(m):
            if i - j <= window + max(0, n - m) and j - i <= window + max(0, m - n):
                least = min(table[i, j], table[i, j + 1], table[i + 1, j])
                table[i + 1, j + 1] = ((a[i] - b[j]) ** 2).sum() + least
    return float(np.sqrt(table[n, m]))


@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("window", [0, 1, 3, 20])
def test_distances_are_those_of_the_recursion(n_channels, window):
    asked, known = make_steps([5, 7, 4, 6], n_channels), make_steps([6, 3, 9, 12, 1], n_channels, seed=1)
    slow = [[slow_distance(asked.row(i), known.row(j), window) for j in range(5)] for i in range(4)]
    np.testing.assert_allclose(warp_distances(asked, known, window=window), slow, rtol=1e-6)


def test_the_answer_is_the_nearest_ones_class_and_it_can_be_saved():
    (steps, target), (asked, truth) = make_classes(40), make_classes(30, seed=1)
    model = NeighbourModel(2)
    rows, held = Encoded(inputs={"steps": steps}, target=target), Encoded(inputs={"steps": asked}, target=truth)
    (record,) = model.fit(rows, held, plan=Plan())
    nearest = target[warp_distances(asked, steps, window=model.window_).argmin(axis=1)]
    probability = model.predict({"steps": asked})
    assert np.array_equal(probability.argmax(axis=1), nearest)
    assert record.valid["accuracy"] == (nearest == truth).mean()
    assert np.array_equal(NeighbourModel.from_state(*model.state()).predict({"steps": asked}), probability)


def test_the_number_is_that_of_the_nearest_and_it_can_be_saved():
    random = np.random.default_rng(0)
    steps, asked = make_steps([7, 5, 9, 6, 8, 4] * 4, 2), make_steps([6, 8, 5] * 4, 2, seed=1)
    target, truth = (random.normal(size=(n, 1)).astype(np.float32) for n in (24, 12))
    model = NeighbourRegressor(1)
    rows, held = Encoded(inputs={"steps": steps}, target=target), Encoded(inputs={"steps": asked}, target=truth)
    (record,) = model.fit(rows, held, plan=Plan())
    apart = np.array(
        [[slow_distance(a, b, model.window_) for b in map(steps.row, range(24))] for a in map(asked.row, range(12))]
    )
    said = model.predict({"steps": asked})
    assert np.array_equal(said, target[apart.argmin(axis=1)])
    assert record.valid["mae"] == pytest.approx(np.abs(said - truth).mean(), rel=1e-6)
    assert np.array_equal(NeighbourRegressor.from_state(*model.state()).predict({"steps": asked}), said)


def test_the_window_of_numbers_is_the_one_that_errs_least_without_each_series():
    """A bump whose height is the number, at a place that says nothing."""
    heights, places = np.linspace(1, 3, 16), np.arange(16) % 5
    rows = [height * np.eye(1, 40, 4 + 6 * place).ravel() for height, place in zip(heights, places, strict=True)]
    steps = Ragged(values=np.concatenate(rows)[:, None].astype(np.float32), offsets=np.arange(17) * 40)
    model, encoded = NeighbourRegressor(1), Encoded(inputs={"steps": steps}, target=heights[:, None].astype(np.float32))
    list(model.fit(encoded, encoded, plan=Plan()))
    errors = {}
    for window in (0, model.window_):
        apart = warp_distances(steps, steps, window=window)
        np.fill_diagonal(apart, np.inf)
        errors[window] = np.abs(heights[apart.argmin(axis=1)] - heights).mean()
    assert model.window_ > 0
    assert errors[model.window_] < errors[0]


def test_a_shift_is_forgiven_by_the_window_that_was_chosen():
    rows = [
        np.roll(np.eye(1, 40, 5).ravel() - np.eye(1, 40, 15 if k else 9).ravel(), s) for s in range(8) for k in (0, 1)
    ]
    steps = Ragged(values=np.concatenate(rows)[:, None].astype(np.float32), offsets=np.arange(17) * 40)
    target = np.tile([0, 1], 8).astype(np.int32)
    model = NeighbourModel(2)
    encoded = Encoded(inputs={"steps": steps}, target=target)
    list(model.fit(encoded, encoded, plan=Plan()))
    assert model.window_ >= 1


def test_without_the_library_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "dtaidistance", None)
    steps, target = make_classes(8)
    encoded = Encoded(inputs={"steps": steps}, target=target)
    with pytest.raises(UsageError, match=r"pip install 'seqloom\[dtw\]'"):
        list(NeighbourModel(2).fit(encoded, encoded, plan=Plan()))
