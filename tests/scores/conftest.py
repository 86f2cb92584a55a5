"""Rows to be scored, as hypothesis draws them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import strategies as st

CLASSES = ["neg", "pos", "mixed", "none", "spam"]


@st.composite
def draw_rows(draw, max_classes=5):
    """Targets ``[N]`` and probabilities ``[N, K]``: few rows, so that classes are absent or never predicted."""
    n_classes = draw(st.integers(2, max_classes))
    n = draw(st.integers(1, 30))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    target = rng.integers(0, draw(st.integers(1, n_classes)), n)
    # Few distinct values, so that many rows are tied, and within a row classes are.
    raw = rng.integers(1, draw(st.sampled_from([2, 4, 1000])) + 1, (n, n_classes)).astype(np.float64)
    probability = raw / raw.sum(axis=1, keepdims=True)
    return target, probability.astype(draw(st.sampled_from([np.float32, np.float64])))


@pytest.fixture
def rng():
    return np.random.default_rng(0)
