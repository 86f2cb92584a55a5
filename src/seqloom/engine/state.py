"""What training changes, and the pure functions that change it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import numpy as np

__all__ = ["ByRow", "Functions", "TrainState", "copy_to_host"]


class TrainState(NamedTuple):
    """All that one step hands to the next.

    Dropout seeds live in ``fixed`` (Keras's non-trainable variables): carried, or every step drops the same units.
    """

    trainable: tuple[Any, ...]
    fixed: tuple[Any, ...]
    optimizer: tuple[Any, ...]


class Functions(NamedTuple):
    """What the engine is given of a net; every one is pure.

    ``call(trainable, fixed, inputs, training) -> outputs [B, ...], fixed, penalty`` (penalty: the regularisers' sum),
    ``loss(target, outputs) -> [B]``, ``judge(target, outputs) -> [B]``, what is told of a row beside its loss under the
    name ``told`` (``accuracy``, 1 where the label is right; ``mae``, its absolute error),
    ``update(gradients, trainable, optimizer) -> trainable, optimizer``, ``shift_seeds(fixed, number) -> fixed`` (other
    dropout for each number, the same for 0, and what is shifted by ``-number`` too is again what it was),
    ``settle(trainable, optimizer) -> trainable``, the weights to answer with (their average, where the optimizer keeps
    one), ``find_rate(optimizer, ahead) -> float``, the learning rate so many steps ahead.
    """

    call: Callable[..., Any]
    loss: Callable[..., Any]
    judge: Callable[..., Any]
    update: Callable[..., Any]
    shift_seeds: Callable[..., Any]
    settle: Callable[..., Any] = lambda trainable, _: trainable
    find_rate: Callable[..., float] = lambda *_: float("nan")
    told: str = "accuracy"


class ByRow(NamedTuple):
    """A net and its optimizer taken apart at the embedding table, for ``engine.rows``; every function is pure.

    ``split(trainable, optimizer) -> table [V, D], statistics [V, D], others, rest`` and ``join``, its inverse;
    ``call(vectors [B, T, D], others, fixed, inputs, training)``, the net behind the table; ``update(gradients, others,
    rest) -> others, rest``; ``fade(statistics [R, D], age [R, 1])``, what ``age`` steps of zero gradient leave of them;
    ``update_rows(gradient, vectors, faded, rest) -> vectors, statistics``, ``[R, D]`` each, one step once faded.
    """

    split: Callable[..., Any]
    join: Callable[..., Any]
    call: Callable[..., Any]
    update: Callable[..., Any]
    fade: Callable[..., Any]
    update_rows: Callable[..., Any]


def copy_to_host(state: TrainState) -> TrainState:
    """The same state in NumPy arrays of their own: later steps cannot change them."""
    return jax.tree.map(lambda leaf: np.array(leaf), state)
