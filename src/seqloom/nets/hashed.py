"""Pairs of neighbouring words as ids of their own, without a list of them."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

__all__ = ["HashedPairs"]

# fastText's multiplier for the words of an n-gram, kept to 32 bits: the ids of a vocabulary fill its buckets evenly.
_MULTIPLIER = 116_049_371


class HashedPairs(keras.layers.Layer):
    """An id from 1 to ``n_buckets`` for each word and the next one; 0 where there is none.

    Called with ids ``[B, T]``, 0 = padding, which stands behind the words; gives ``[B, T] int32``. Different pairs may
    share an id.

    Parameters
    ----------
    n_buckets : int
        How many ids there are.
    name : str
        Our own.

    Source: Joulin et al. (2017), Bag of Tricks for Efficient Text Classification, section 2.2.
    """

    def __init__(self, n_buckets: int, *, name: str) -> None:
        super().__init__(name=name)
        self.n_buckets = n_buckets

    def call(self, ids: Any) -> Any:
        """The ids, ``[B, T]``."""
        following = ops.pad(ids, ((0, 0), (0, 1)))[:, 1:]
        hashed = ops.cast(ids, "uint32") * _MULTIPLIER + ops.cast(following, "uint32")
        bucket = ops.cast(hashed % self.n_buckets, "int32") + 1
        return ops.where(ops.not_equal(following, 0), bucket, 0)

    def compute_output_spec(self, ids: Any) -> Any:
        """``[B, T] int32``."""
        return keras.KerasTensor(ids.shape, "int32")
