"""The trivial rival: shares, counted."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from sklearn.dummy import DummyClassifier

from seqloom.baselines import ConstantModel
from seqloom.flow import Encoded, Model, Plan, Ragged

TARGETS = st.lists(st.integers(0, 3), min_size=1, max_size=30)


def fit(target, weight=None, n_classes=4):
    model = ConstantModel(n_classes)
    rows = Encoded(inputs={"ids": np.zeros((len(target), 0))}, target=np.array(target, np.int32), weight=weight)
    assert list(model.fit(rows, rows, plan=Plan())) == []
    return model


@given(TARGETS, st.integers(0, 5))
def test_law_every_row_gets_the_shares(target, n_rows):
    count = Counter(target)
    shares = [Fraction(count[k], len(target)) for k in range(4)]
    probability = fit(target).predict({"ids": np.zeros((n_rows, 3))})
    assert probability.shape == (n_rows, 4)
    assert probability.dtype == np.float32
    np.testing.assert_allclose(probability, np.tile(np.array(shares, float), (n_rows, 1)), rtol=1e-6)


@given(TARGETS, st.data())
def test_law_weights_count_as_rows(target, data):
    weight = np.array(data.draw(st.lists(st.integers(1, 4), min_size=len(target), max_size=len(target))), np.float32)
    repeated = [label for label, n in zip(target, weight, strict=True) for _ in range(int(n))]
    asked = {"ids": np.zeros((1, 0))}
    np.testing.assert_allclose(fit(target, weight).predict(asked), fit(repeated).predict(asked), rtol=1e-6)


@given(TARGETS)
def test_law_the_label_is_the_majority_the_first_of_equals(target):
    oracle = DummyClassifier(strategy="prior").fit(np.zeros((len(target), 1)), target)
    label = fit(target).predict({"ids": np.zeros((1, 0))}).argmax(axis=1)
    assert label.tolist() == oracle.predict(np.zeros((1, 1))).tolist()
    most = max(Counter(target).values())
    assert label[0] == min(k for k, n in Counter(target).items() if n == most)


@pytest.mark.parametrize(
    "inputs",
    [
        {"ids": np.zeros((3, 5), np.int32)},
        {"ids": Ragged(values=np.array([1, 2], np.int32), offsets=np.array([0, 0, 2, 2]))},
        {"counts": sp.csr_matrix((3, 7), dtype=np.float32)},
    ],
    ids=["ids", "ragged", "counts"],
)
def test_any_encoding_is_answered(inputs):
    assert fit([0, 1, 1, 3]).predict(inputs).tolist() == [[0.25, 0.5, 0.0, 0.25]] * 3


def test_law_state_is_enough():
    model = fit([0, 1, 1])
    again = ConstantModel.from_state(*model.state())
    assert isinstance(model, Model)
    assert again.state()[0] == model.state()[0] == {"kind": "constant", "n_classes": 4}
    assert np.array_equal(again.predict({"ids": np.zeros((2, 0))}), model.predict({"ids": np.zeros((2, 0))}))
