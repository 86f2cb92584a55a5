"""Equality to the bit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jax
import numpy as np


def assert_same_bits(found: Any, expected: Any) -> None:
    """Two trees of arrays are equal to the bit."""
    left, right = jax.tree.leaves(found), jax.tree.leaves(expected)
    assert len(left) == len(right) > 0
    for a, b in zip(left, right, strict=True):
        a, b = np.asarray(a), np.asarray(b)
        assert a.dtype == b.dtype
        assert np.array_equal(a, b), np.abs(a.astype(float) - b.astype(float)).max()


def without_clocks(records: Any) -> list:
    """Records that must be equal in equal runs."""
    return [replace(record, seconds=0.0, compile_seconds=0.0) for record in records]
