"""What an epoch is judged by: the same scores as a report's, named."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from sklearn.metrics import f1_score, roc_auc_score

from seqloom.errors import DataError, UsageError
from seqloom.scores.monitor import MONITORS, measure_monitored
from tests.scores.conftest import draw_rows


@given(rows=draw_rows())
def test_law_macro_f1_is_scikit_learns(rows):
    target, probability = rows
    found = measure_monitored(target, probability, monitor="macro_f1")
    expected = f1_score(target, probability.argmax(axis=1), average="macro")
    assert found == {"macro_f1": pytest.approx(expected)}


def test_law_area_is_scikit_learns(rng):
    probability = rng.dirichlet([1, 1], 40)
    target = np.arange(40) % 2
    expected = roc_auc_score(target, probability[:, 1])
    assert measure_monitored(target, probability, monitor="roc_auc") == {"roc_auc": pytest.approx(expected)}


@pytest.mark.parametrize("monitor", ["loss", "accuracy"])
def test_what_every_epoch_has_is_not_measured_twice(monitor):
    assert measure_monitored(np.array([0]), np.array([[0.5, 0.5]]), monitor=monitor) == {}


@pytest.mark.parametrize("monitor", MONITORS[2:])
def test_law_no_number_stays_none(monitor):
    """A diverged net answers NaN; it is not the first class that it says."""
    found = measure_monitored(np.array([0, 1]), np.full((2, 2), np.nan), monitor=monitor)
    assert np.isnan(found[monitor])


def test_error_unknown_and_undefined():
    with pytest.raises(UsageError, match="monitor 'auc' found, one of loss, accuracy, macro_f1, roc_auc expected"):
        measure_monitored(np.array([0]), np.array([[1.0, 0.0]]), monitor="auc")
    with pytest.raises(DataError, match="a class without validation rows found"):
        measure_monitored(np.array([0]), np.array([[1.0, 0.0]]), monitor="roc_auc")
