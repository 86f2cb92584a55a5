"""What training changes, and the pure functions that change it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import numpy as np

__all__ = ["Functions", "TrainState", "copy_to_host"]


class TrainState(NamedTuple):
    """All that one step hands to the next.

    Dropout seeds live in ``fixed`` (Keras's non-trainable variables): carried, or every step drops the same units.
    """

    trainable: tuple[Any, ...]
    fixed: tuple[Any, ...]
    optimizer: tuple[Any, ...]


class Functions(NamedTuple):
    """What the engine is given of a net; every one is pure.

    ``call(trainable, fixed, inputs, training) -> outputs [B, R], fixed, penalty`` (penalty: the regularisers' sum),
    ``loss(target, outputs) -> [B]``, ``is_hit(target, outputs) -> [B]`` (1 where the label is right),
    ``update(gradients, trainable, optimizer) -> trainable, optimizer``.
    """

    call: Callable[..., Any]
    loss: Callable[..., Any]
    is_hit: Callable[..., Any]
    update: Callable[..., Any]


def copy_to_host(state: TrainState) -> TrainState:
    """The same state in NumPy arrays of their own: later steps cannot change them."""
    return jax.tree.map(lambda leaf: np.array(leaf), state)
