"""Pooling over time that padding cannot touch: Keras's own mean is NaN on a row of nothing but padding."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

__all__ = ["MaskedMean", "ScaledSum"]


class MaskedMean(keras.layers.Layer):
    """The mean over the real steps of each row; zeros for a row without any.

    Called with vectors ``[B, T, D]`` and a mask ``[B, T]`` (true = real); gives ``[B, D]``.
    """

    def call(self, vectors: Any, mask: Any) -> Any:
        """The mean, ``[B, D]``."""
        weight = ops.cast(mask, vectors.dtype)  # [B, T]
        total = ops.einsum("btd,bt->bd", vectors, weight)
        return total / ops.maximum(ops.sum(weight, axis=1, keepdims=True), 1.0)


class ScaledSum(keras.layers.Layer):
    """The sum over the real steps of each row, over the root of their number; zeros for a row without any.

    So sums of independent vectors have one scale, however many they are: long texts say more than short ones, and yet
    do not drown them. Called with vectors ``[B, T, D]`` and a mask ``[B, T]`` (true = real); gives ``[B, D]``.
    """

    def call(self, vectors: Any, mask: Any) -> Any:
        """The scaled sum, ``[B, D]``."""
        weight = ops.cast(mask, vectors.dtype)  # [B, T]
        total = ops.einsum("btd,bt->bd", vectors, weight)
        return total / ops.sqrt(ops.maximum(ops.sum(weight, axis=1, keepdims=True), 1.0))
