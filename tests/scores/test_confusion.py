"""Counts and what follows from them, held to scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from sklearn import metrics as oracle

from seqloom.errors import DataError
from seqloom.scores import confusion
from tests.scores.conftest import draw_rows


def _counted(rows):
    target, probability = rows
    predicted, n_classes = probability.argmax(axis=1), probability.shape[1]
    return target, predicted, confusion.confusion_matrix(target, predicted, n_classes=n_classes)


@given(draw_rows())
def test_law_counts_are_those_of_scikit_learn(rows):
    target, predicted, matrix = _counted(rows)
    expected = oracle.confusion_matrix(target, predicted, labels=range(len(matrix)))
    assert matrix.dtype == np.int64
    np.testing.assert_array_equal(matrix, expected)
    assert confusion.accuracy(matrix) == pytest.approx(oracle.accuracy_score(target, predicted), abs=1e-15)


@given(draw_rows())
def test_law_f1_by_class_is_that_of_scikit_learn(rows):
    target, predicted, matrix = _counted(rows)
    _, _, f1, _ = oracle.precision_recall_fscore_support(
        target, predicted, labels=range(len(matrix)), zero_division=np.nan
    )
    np.testing.assert_allclose(confusion.f1_by_class(matrix), f1, rtol=1e-14)


@given(draw_rows())
def test_law_macro_f1_is_the_default_of_scikit_learn(rows):
    target, predicted, matrix = _counted(rows)
    assert confusion.macro_f1(matrix) == pytest.approx(oracle.f1_score(target, predicted, average="macro"), abs=1e-14)


def test_macro_f1_leaves_out_an_unseen_class_but_not_one_never_predicted():
    unseen, never_predicted = np.diag([2, 2, 0]), np.array([[2, 0, 0], [0, 2, 0], [2, 0, 0]])
    assert confusion.macro_f1(unseen) == 1.0
    assert confusion.macro_f1(never_predicted) == pytest.approx((2 / 3 + 1 + 0) / 3)


def test_scores_without_rows_are_nan():
    empty = np.zeros((2, 2), dtype=np.int64)
    assert np.isnan([confusion.accuracy(empty), confusion.macro_f1(empty), *confusion.f1_by_class(empty)]).all()


@pytest.mark.parametrize(
    ("target", "predicted", "message"),
    [
        ([0, 2], [0, 1], "the target of row 1 is 2; expected a class index, 0 to 1"),
        ([0, 1], [-1, 1], "the prediction of row 0 is -1"),
        ([0, 1], [0], "one of each per row"),
        ([[0]], [[0]], "one of each per row"),
    ],
)
def test_confusion_matrix_refuses(target, predicted, message):
    with pytest.raises(DataError, match=message):
        confusion.confusion_matrix(np.array(target), np.array(predicted), n_classes=2)
