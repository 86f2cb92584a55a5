"""Several labels at once: each model is as many of its kind as there are labels, side by side."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier

from seqloom.baselines import ConstantModel, LinearModel, RankedModel
from seqloom.baselines.margin import take_columns
from seqloom.baselines.ranked import STRENGTH
from seqloom.flow import Encoded, Plan

N, K = 200, 3


@pytest.fixture
def counts() -> sp.csr_matrix:
    return sp.csr_matrix((np.random.default_rng(0).random((N, 30)) < 0.2).astype(np.float32))


@pytest.fixture
def target(counts) -> np.ndarray:
    """A column of the counts for each label, but for a tenth of the rows."""
    flips = np.random.default_rng(1).random((N, K)) < 0.1
    return (counts[:, :K].toarray().astype(bool) ^ flips).astype(np.uint8)


def fit(model, inputs, target, weight=None):
    rows = Encoded(inputs=inputs, target=target, weight=weight)
    list(model.fit(rows, rows, plan=Plan()))
    return model


@pytest.mark.parametrize("is_weighted", [False, True])
def test_law_linear_is_a_regression_for_each_label(counts, target, is_weighted):
    weight = np.linspace(0.5, 2, N).astype(np.float32) if is_weighted else None
    inputs = {"counts": counts}
    found = fit(LinearModel(K, [10.0]), inputs, target, weight).predict(inputs)
    for k in range(K):
        alone = fit(LinearModel(2, [10.0]), inputs, target[:, k].astype(np.int32), weight)
        np.testing.assert_allclose(found[:, k], alone.predict(inputs)[:, 1], rtol=1e-5)


def test_law_ranked_is_scikit_learns_one_versus_rest(target):
    topics = np.random.default_rng(2).normal(size=(N, 12)) + 2 * np.pad(target, ((0, 0), (0, 9)))
    model = fit(RankedModel(K, [8]), {"topics": topics}, target)
    columns = take_columns(topics, 8)
    oracle = OneVsRestClassifier(LogisticRegression(C=STRENGTH, max_iter=1000)).fit(columns, target)
    np.testing.assert_allclose(model.predict({"topics": topics}), oracle.predict_proba(columns), atol=1e-4)


def test_ranked_chooses_columns_by_cross_validation(target):
    topics = np.random.default_rng(2).normal(size=(N, 50))
    topics[:, 40 : 40 + K] += 8 * target  # what tells the labels stands beyond the first 20
    assert fit(RankedModel(K, (20, 50)), {"topics": topics}, target).rank_ == 50


def test_law_constant_is_the_share_of_each_label(counts, target):
    weight = np.linspace(0, 1, N).astype(np.float32)
    found = fit(ConstantModel(K), {"counts": counts}, target, weight).predict({"counts": counts[:2]})
    np.testing.assert_allclose(found, np.tile(np.average(target, axis=0, weights=weight), (2, 1)), rtol=1e-6)


@pytest.mark.parametrize("kind", [LinearModel, RankedModel])
def test_labels_of_all_rows_or_none_are_answered_by_their_share(kind, counts, target):
    target = np.stack([target[:, 0], np.ones(N), np.zeros(N)], axis=1).astype(np.uint8)
    inputs = {"counts": counts, "topics": counts.toarray()}
    found = fit(kind(K, [10]), inputs, target).predict(inputs)
    np.testing.assert_allclose(found[:, 1:], np.tile([(N + 1) / (N + 2), 1 / (N + 2)], (N, 1)), rtol=1e-5)
    assert len(np.unique(found[:, 0])) > 1


@pytest.mark.parametrize("kind", [ConstantModel, LinearModel, RankedModel])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_law_state_brings_it_back(kind, n_classes, counts, target):
    """Of two labels, too, which are not two classes of one."""
    inputs = {"counts": counts, "topics": counts.toarray()}
    options = [] if kind is ConstantModel else [[10]]
    model = fit(kind(n_classes, *options), inputs, target[:, :n_classes])
    again = kind.from_state(*model.state())
    found = again.predict(inputs)
    assert found.shape == (N, n_classes)
    assert np.array_equal(found, model.predict(inputs))
    assert again.state()[0] == model.state()[0]
    assert again.state()[0]["multilabel"]
