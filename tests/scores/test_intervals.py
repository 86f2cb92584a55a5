"""Intervals, held to SciPy's, to resampling row by row, and to how often they hold the truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import f1_score

from seqloom.errors import DataError
from seqloom.scores import intervals
from seqloom.scores.confusion import confusion_matrix, macro_f1
from seqloom.scores.intervals import macro_f1_interval, paired_difference, wilson_interval
from tests.families import heavy


@given(st.integers(1, 100_000), st.floats(0, 1), st.floats(0.5, 0.999))
def test_law_wilson_is_that_of_scipy(n, share, level):
    k = round(share * n)
    expected = stats.binomtest(k, n).proportion_ci(level, method="wilson")
    low, high = wilson_interval(k, n, level=level)
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert 0 <= low <= k / n <= high <= 1


def test_wilson_is_exact_at_the_ends_and_knows_nothing_without_rows():
    assert wilson_interval(0, 7)[0] == 0.0
    assert wilson_interval(7, 7)[1] == 1.0
    assert wilson_interval(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("k", "n"), [(3, 2), (-1, 2)])
def test_wilson_refuses(k, n):
    with pytest.raises(DataError, match=f"{k} hits among 2 rows"):
        wilson_interval(k, n)


def _noisy(rng, n, n_classes):
    """Targets and predictions that agree in four of five rows, in classes of unequal size."""
    target = rng.choice(n_classes, n, p=np.arange(1, n_classes + 1) / (n_classes * (n_classes + 1) / 2))
    return target, np.where(rng.random(n) < 0.8, target, rng.integers(0, n_classes, n))


@pytest.mark.parametrize("n_classes", [3, *heavy(2, 6)])
def test_macro_f1_interval_is_that_of_resampled_rows(rng, n_classes):
    target, predicted = _noisy(rng, 400, n_classes)
    rows = rng.integers(0, 400, (1000, 400))
    slow = [f1_score(target[row], predicted[row], average="macro") for row in rows]
    expected = np.quantile(slow, [0.025, 0.975])
    matrix = confusion_matrix(target, predicted, n_classes=n_classes)
    found = macro_f1_interval(matrix)
    # Both are of 1,000 draws: an end wobbles by a twentieth of the half-width, so a quarter is five of these.
    assert found == pytest.approx(tuple(expected), abs=0.25 * (expected[1] - expected[0]) / 2)
    assert found[0] < macro_f1(matrix) < found[1]


def test_macro_f1_interval_holds_the_truth_as_often_as_it_says(rng):
    share = np.array([[0.35, 0.05, 0.02], [0.04, 0.3, 0.02], [0.04, 0.03, 0.15]])
    drawn = rng.multinomial(300, share.ravel(), size=400).reshape(-1, 3, 3)
    found = [macro_f1_interval(matrix, n_draws=300) for matrix in drawn]
    held = np.mean([low <= macro_f1(share) <= high for low, high in found])
    assert 0.91 < held < 0.98  # 0.95, and three standard deviations of 400 trials


def test_macro_f1_interval_is_the_same_in_blocks_and_for_a_seed(monkeypatch):
    matrix = np.array([[45, 5], [8, 42]])
    whole = macro_f1_interval(matrix)
    monkeypatch.setattr(intervals, "BLOCK_CELLS", 28)
    assert macro_f1_interval(matrix) == whole
    assert macro_f1_interval(matrix, seed=1) != whole


def test_macro_f1_interval_narrows_with_level():
    matrix = np.array([[45, 5], [8, 42]])
    wide, narrow = macro_f1_interval(matrix), macro_f1_interval(matrix, level=0.5)
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


@pytest.mark.parametrize("matrix", [np.diag([5, 5]), np.array([[0, 1], [0, 0]]), np.zeros((2, 2), dtype=np.int64)])
def test_macro_f1_interval_is_none_where_resampling_cannot_tell(matrix):
    assert macro_f1_interval(matrix) is None


def test_paired_difference_counts():
    a, b = np.array([True, True, True, False]), np.array([True, False, False, True])
    gap = paired_difference(a, b)
    assert (gap.value, gap.n_only_a, gap.n_only_b, gap.n) == (0.25, 2, 1, 4)
    back = paired_difference(b, a)
    assert (back.value, back.low, back.high) == pytest.approx((-gap.value, -gap.high, -gap.low))


@given(st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_law_paired_difference_lies_within_its_interval(n, seed):
    a, b = np.random.default_rng(seed).random((2, n)) < np.array([[0.9], [0.6]])
    gap = paired_difference(a, b)
    assert -1 <= gap.low <= gap.value <= gap.high <= 1


def test_paired_difference_approaches_resampled_rows(rng):
    a, b = rng.random((2, 5000)) < np.array([[0.92], [0.9]])
    rows = rng.integers(0, 5000, (2000, 5000))
    expected = np.quantile(a[rows].mean(axis=1) - b[rows].mean(axis=1), [0.025, 0.975])
    gap = paired_difference(a, b)
    assert (gap.low, gap.high) == pytest.approx(tuple(expected), abs=0.0015)


@pytest.mark.parametrize(("n", "share"), [(40, [0.7, 0.15, 0.1, 0.05]), (1000, [0.9, 0.03, 0.02, 0.05])])
def test_paired_difference_holds_the_truth_as_often_as_it_says(rng, n, share):
    kind = rng.choice(4, size=(1000, n), p=share)  # both right, only the first, only the second, neither
    found = [paired_difference(row < 2, (row == 0) | (row == 2)) for row in kind]
    held = np.mean([gap.low <= share[1] - share[2] <= gap.high for gap in found])
    assert 0.93 < held < 0.985  # 0.95, and three standard deviations; the method leans to the safe side


@pytest.mark.parametrize(("n_only_a", "n_only_b"), [(0, 0), (6, 6), (20, 4), (40, 20), (200, 100), (30, 22)])
def test_paired_difference_is_clear_where_mcnemar_is(n_only_a, n_only_b):
    kind = np.repeat([0, 1, 2], [1000, n_only_a, n_only_b])
    gap = paired_difference(kind < 2, kind != 1)
    n_differ = n_only_a + n_only_b
    p_value = stats.binomtest(n_only_a, n_differ).pvalue if n_differ else 1.0
    assert gap.is_clear == (p_value < 0.05)


@pytest.mark.parametrize(("a", "b"), [([], []), ([True], [True, False]), ([[True]], [[True]])])
def test_paired_difference_refuses(a, b):
    with pytest.raises(DataError, match="expected the same rows, one at least"):
        paired_difference(np.array(a, dtype=bool), np.array(b, dtype=bool))
