"""Layers of one kind, one upon the other: what nets of texts and nets of series have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from keras import layers

from seqloom.nets.attend import AddPlaces, AttentionPool, EncoderLayer
from seqloom.nets.convolve import Convolution, MaxPooling
from seqloom.nets.initial import draw_glorot
from seqloom.nets.recur import Recurrent, RecurrentSequence

__all__ = ["Stack", "drop_columns", "run_attention", "run_convolutions", "run_recurrent"]

# Steps that max pooling makes one of, the book's.
_POOL = 5


@dataclass(frozen=True, kw_only=True)
class Stack:
    """How large the layers are.

    Parameters
    ----------
    seed : int
        Of weights and dropout.
    dropout : float
        Share of units dropped in training.
    units : int
        Units of a recurrent layer, filters of a convolution, hidden units of attention.
    layers : int
        Layers of them, one upon the other.
    bidirectional : bool
        Whether recurrent layers read backwards too.
    recurrent_dropout : float
        Share of state units dropped in training.
    kernel_size : int
        Steps that a filter of a convolution sees.
    heads : int
        Attention heads.
    """

    seed: int
    dropout: float
    units: int = 32
    layers: int = 1
    bidirectional: bool = False
    recurrent_dropout: float = 0.0
    kernel_size: int = 5
    heads: int = 2


def drop_columns(vectors: Any, rate: float, *, seed: int) -> Any:
    """``vectors`` without a share ``rate`` of their columns in training, whole ones, drawn by the ``seed``.

    So is a recurrent layer's ``dropout`` in Keras.
    """
    return layers.SpatialDropout1D(rate, seed=seed + 4, name="drop_columns")(vectors)


def run_recurrent(stack: Stack, cell: str, *, vectors: Any, mask: Any) -> Any:
    """What the recurrent layers of a ``stack``, with that ``cell``, end with: ``[B, H]``, or ``[B, 2 H]`` of both ways.

    They read ``vectors`` ``[B, T, D]`` where their ``mask`` ``[B, T]`` is true.
    """
    for i in range(stack.layers):
        layer = Recurrent if i + 1 == stack.layers else RecurrentSequence
        both = [
            layer(
                cell,
                stack.units,
                is_reversed=is_reversed,
                recurrent_dropout=stack.recurrent_dropout,
                seed=stack.seed + 100 * (2 * i + is_reversed + 1),
                name=f"{cell}_{i}" + "_backwards" * is_reversed,
            )(vectors, mask)
            for is_reversed in (False, True)[: 1 + stack.bidirectional]
        ]
        vectors = both[0] if len(both) == 1 else layers.Concatenate(name=f"both_{i}")(both)
    return vectors


def run_convolutions(stack: Stack, *, vectors: Any, mask: Any, is_pooled: bool = False) -> tuple[Any, Any]:
    """What the convolutions of a ``stack`` make of ``vectors`` ``[B, T, D]`` and their ``mask``, and the mask of that.

    Pooled between, and behind the last where ``is_pooled``.
    """
    for i in range(stack.layers):
        vectors = Convolution(stack.units, stack.kernel_size, seed=stack.seed + 10 * (i + 1), name=f"conv_{i}")(
            vectors, mask
        )
        if is_pooled or i + 1 < stack.layers:
            vectors, mask = MaxPooling(_POOL, name=f"pool_{i}")(vectors, mask)
    return vectors, mask


def run_attention(stack: Stack, *, steps: Any, mask: Any) -> Any:
    """Self-attention over ``steps`` ``[B, T, C]`` and their places, and a mean in which each says how much it counts.

    Layers as the ``stack`` says; steps whose ``mask`` ``[B, T]`` is false are never looked at.

    Source: Vaswani et al. (2017), section 3; Yang et al. (2016), section 2.2.
    """
    widened = layers.Dense(stack.units, kernel_initializer=draw_glorot(stack.seed + 3), name="widen")(steps)
    vectors = AddPlaces(name="places")(widened)
    for i in range(stack.layers):
        vectors = EncoderLayer(
            stack.units,
            stack.heads,
            units=2 * stack.units,
            dropout=stack.dropout,
            seed=stack.seed + 10 * (i + 1),
            name=f"encoder_{i}",
        )(vectors, mask)
    return AttentionPool(stack.units, seed=stack.seed + 1000, name="pool")(vectors, mask)  # [B, D]
