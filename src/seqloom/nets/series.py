"""Nets that tell the class of a whole series, of any length and any number of channels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import keras
from keras import layers, ops

from seqloom.errors import UsageError
from seqloom.nets.convolve import Convolution
from seqloom.nets.initial import draw_glorot
from seqloom.nets.pool import MaskedMean
from seqloom.nets.stacks import Stack, run_attention, run_convolutions, run_recurrent

__all__ = ["SERIES_FAMILIES", "SeriesSizes", "build_series_net"]


@dataclass(frozen=True, kw_only=True)
class SeriesSizes(Stack):
    """What a builder needs to know; the layers as ``Stack`` has them.

    Parameters
    ----------
    n_channels : int
        C.
    n_outputs : int
        R, columns of logits: 1 for two classes, else K.
    """

    n_channels: int
    n_outputs: int


def _read_recurrent(sizes: SeriesSizes, steps: Any, *, mask: Any, cell: str) -> Any:
    """Recurrent layers over the steps; the last state is looked at, or both ends of a bidirectional one."""
    return run_recurrent(sizes, cell, vectors=steps, mask=mask)


def _read_conv(sizes: SeriesSizes, steps: Any, *, mask: Any) -> Any:
    """Convolutions with max pooling between, and the largest of each filter over all."""
    outputs, _ = run_convolutions(sizes, vectors=steps, mask=mask)
    return ops.max(outputs, axis=1)  # [B, F]: outputs are never below zero, nor is padding


def _read_conv_recurrent(sizes: SeriesSizes, steps: Any, *, mask: Any, cell: str) -> Any:
    """Convolutions that shorten the series, and a recurrent layer over what they found."""
    outputs, mask = run_convolutions(sizes, vectors=steps, mask=mask, is_pooled=True)
    return run_recurrent(replace(sizes, layers=1), cell, vectors=outputs, mask=mask)


def _read_attention(sizes: SeriesSizes, steps: Any, *, mask: Any) -> Any:
    """Self-attention over the steps."""
    return run_attention(sizes, steps=steps, mask=mask)


def _read_resnet(sizes: SeriesSizes, steps: Any, *, mask: Any) -> Any:
    """Blocks of three convolutions, each added to what comes in, and the mean over time.

    Normalised step by step instead of over the batch: statistics of a batch would see the empty rows that fill it up.

    Source: Wang et al. (2017), Time Series Classification from Scratch with Deep Neural Networks, section II.C.
    """
    vectors = layers.Dense(sizes.units, kernel_initializer=draw_glorot(sizes.seed + 3), name="widen")(steps)
    for i in range(sizes.layers):
        inner = vectors
        for k, kernel_size in enumerate(_KERNELS):
            seed = sizes.seed + 100 * (i + 1) + 10 * k
            inner = layers.LayerNormalization(name=f"norm_{i}_{k}")(inner)
            inner = Convolution(sizes.units, kernel_size, seed=seed, name=f"conv_{i}_{k}")(inner, mask)
        vectors = vectors + inner
    return MaskedMean(name="mean")(vectors, mask)


# Steps that the filters of a block see, the paper's.
_KERNELS = (8, 5, 3)

# From the simplest up: what each reads in a series, ``[B, T, C]`` and its mask ``[B, T]`` to ``[B, D]``.
SERIES_FAMILIES: dict[str, Callable[..., Any]] = {
    "attention": _read_attention,
    "conv": _read_conv,
    "resnet": _read_resnet,
    "rnn": partial(_read_recurrent, cell="rnn"),
    "gru": partial(_read_recurrent, cell="gru"),
    "lstm": partial(_read_recurrent, cell="lstm"),
    "conv-gru": partial(_read_conv_recurrent, cell="gru"),
    "conv-lstm": partial(_read_conv_recurrent, cell="lstm"),
}


def build_series_net(family: str, sizes: SeriesSizes) -> keras.Model:
    """The net of a family, with fresh weights that depend on the seed alone.

    Parameters
    ----------
    family : str
        One of ``SERIES_FAMILIES``.
    sizes : SeriesSizes
        Widths and seed.

    Returns
    -------
    keras.Model
        From ``steps`` ``[B, T, C]`` and their ``mask`` ``[B, T]`` to logits ``[B, R]``.

    Raises
    ------
    UsageError
        For a family that is not in the table.
    """
    if family not in SERIES_FAMILIES:
        raise UsageError(f"family {family!r} found, one of {', '.join(sorted(SERIES_FAMILIES))} expected.")
    steps = keras.Input((None, sizes.n_channels), name="steps")  # [B, T, C]
    mask = keras.Input((None,), dtype="bool", name="mask")  # [B, T]
    found = layers.Dropout(sizes.dropout, seed=sizes.seed + 1, name="dropout")(
        SERIES_FAMILIES[family](sizes, steps, mask=mask)
    )
    logits = layers.Dense(sizes.n_outputs, kernel_initializer=draw_glorot(sizes.seed + 2), name="logits")(found)
    return keras.Model([steps, mask], logits)
