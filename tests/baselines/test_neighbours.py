"""Nearest neighbours under warping, against the recursion written out."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from seqloom.errors import UsageError
from seqloom.flow import Encoded, Plan, Ragged
from tests.baselines.test_rocket import make_classes, make_steps

pytest.importorskip("dtaidistance", reason="dynamic time warping: pip install 'seqloom[dtw]'")

from seqloom.baselines.neighbours import NeighbourModel, warp_distances


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
