"""Nets that forecast: what is to come is the last value of each target, and what the net adds to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import keras
from keras import layers, ops

from seqloom.errors import UsageError
from seqloom.nets.initial import draw_glorot
from seqloom.nets.stacks import Stack, drop_columns, run_attention, run_convolutions, run_recurrent

__all__ = ["FORECASTERS", "ForecastSizes", "build_forecaster"]


@dataclass(frozen=True, kw_only=True)
class ForecastSizes(Stack):
    """What a builder needs to know; the layers as ``Stack`` has them.

    Parameters
    ----------
    context : int
        L, rows of the past that are seen.
    n_channels : int
        C, of the past; its first G are the targets.
    n_targets : int
        G.
    n_steps : int
        O, of the answer.
    n_future : int
        F, channels of what is known of the horizon in advance; 0 for none.
    horizon : int
        H, rows of these; the last O are those of the answer's steps.
    n_levels : int
        Q, quantiles; 0 for one value a step.
    input_dropout : float
        Share of channels that are dropped from a whole window in training, as ``dropout`` of a recurrent layer of Keras
        does.
    hidden : int
        Units of a hidden layer between what was found and the answer, of each step; 0 for none.
    """

    context: int
    n_channels: int
    n_targets: int = 1
    n_steps: int = 1
    n_future: int = 0
    horizon: int = 1
    n_levels: int = 0
    input_dropout: float = 0.0
    hidden: int = 0


def _read_flat(sizes: ForecastSizes, past: Any) -> Any:
    """One hidden layer on all values of the window, each in its own place.

    Source: Chollet (2017), Deep Learning with Python, listing 6-37.
    """
    hidden = layers.Dense(sizes.units, activation="relu", kernel_initializer=draw_glorot(sizes.seed + 3), name="dense")
    return hidden(layers.Flatten(name="flatten")(past))  # [B, D]


def _read_recurrent(sizes: ForecastSizes, past: Any, *, cell: str) -> Any:
    """Recurrent layers over the window; the last state is looked at.

    Source: Chollet (2017), Deep Learning with Python, sections 6.3.4 to 6.3.8.
    """
    return run_recurrent(sizes, cell, vectors=past, mask=_see_all(past))


def _read_conv(sizes: ForecastSizes, past: Any) -> Any:
    """Convolutions with max pooling between, and the largest of each filter over all.

    Source: Chollet (2017), Deep Learning with Python, listing 6-47.
    """
    outputs, _ = run_convolutions(sizes, vectors=past, mask=_see_all(past))
    return ops.max(outputs, axis=1)  # [B, F]


def _read_conv_recurrent(sizes: ForecastSizes, past: Any, *, cell: str) -> Any:
    """Convolutions that shorten the window, and a recurrent layer over what they found.

    Source: Chollet (2017), Deep Learning with Python, listing 6-50.
    """
    outputs, mask = run_convolutions(sizes, vectors=past, mask=_see_all(past), is_pooled=True)
    return run_recurrent(replace(sizes, layers=1), cell, vectors=outputs, mask=mask)


def _read_attention(sizes: ForecastSizes, past: Any) -> Any:
    """Self-attention over the window."""
    return run_attention(sizes, steps=past, mask=_see_all(past))


def _see_all(past: Any) -> Any:
    """The mask of a window, ``[B, L]``: all of it is real. A constant would be folded by XLA, for a second, aloud."""
    return ops.isfinite(past[:, :, 0])


# From the simplest up: what each reads in the past, ``[B, L, C]`` to ``[B, D]``.
FORECASTERS: dict[str, Callable[..., Any]] = {
    "dense": _read_flat,
    "conv": _read_conv,
    "rnn": partial(_read_recurrent, cell="rnn"),
    "gru": partial(_read_recurrent, cell="gru"),
    "lstm": partial(_read_recurrent, cell="lstm"),
    "conv-gru": partial(_read_conv_recurrent, cell="gru"),
    "conv-lstm": partial(_read_conv_recurrent, cell="lstm"),
    "attention": _read_attention,
}


def build_forecaster(family: str, sizes: ForecastSizes) -> keras.Model:
    """The net of a family, with fresh weights that depend on the seed alone; it begins as the last value, repeated.

    Parameters
    ----------
    family : str
        One of ``FORECASTERS``.
    sizes : ForecastSizes
        Widths and seed.

    Returns
    -------
    keras.Model
        From ``past`` ``[B, L, C]``, and ``future`` ``[B, H, F]`` where there is any, to ``[B, O, G]``, or
        ``[B, O, G, Q]``.

    Raises
    ------
    UsageError
        For a family that is not in the table.

    Source of the last value: Zeng et al. (2023), Are Transformers Effective for Time Series Forecasting, NLinear.
    """
    if family not in FORECASTERS:
        raise UsageError(f"family {family!r} found, one of {', '.join(sorted(FORECASTERS))} expected.")
    past = keras.Input((sizes.context, sizes.n_channels), name="past")  # [B, L, C]
    future = keras.Input((sizes.horizon, sizes.n_future), name="future") if sizes.n_future else None
    seen = drop_columns(past, sizes.input_dropout, seed=sizes.seed)
    found = layers.Dropout(sizes.dropout, seed=sizes.seed + 1, name="dropout")(FORECASTERS[family](sizes, seen))
    added = _answer(sizes, found, future=future)  # [B, O, G * max(Q, 1)]
    last = past[:, -1:, : sizes.n_targets]  # [B, 1, G]
    if not sizes.n_levels:
        outputs = last + added
    else:
        outputs = last[..., None] + ops.reshape(added, (-1, sizes.n_steps, sizes.n_targets, sizes.n_levels))
    return keras.Model(past if future is None else [past, future], outputs)


def _answer(sizes: ForecastSizes, found: Any, *, future: Any) -> Any:
    """What is added to the last value at each step, ``[B, O, G * max(Q, 1)]``: nothing at first.

    Each step has hidden units of its own, which see what was found in the past and what is known of that step; what
    they say is weighed alike at all steps.
    """
    ahead = None if future is None else future[:, -sizes.n_steps :]  # [B, O, F]
    width = sizes.n_targets * max(sizes.n_levels, 1)
    if not sizes.hidden:
        return _add_up(sizes, found, ahead=ahead, width=width, names=("added", "of_future"))
    hidden = _add_up(sizes, found, ahead=ahead, width=sizes.hidden, names=("hidden", "hidden_of_future"))
    return layers.Dense(width, kernel_initializer="zeros", name="added")(ops.relu(hidden))


def _add_up(sizes: ForecastSizes, found: Any, *, ahead: Any, width: int, names: tuple[str, str]) -> Any:
    """What the past says for each step, and what is known of that step, ``[B, O, width]``: zeros where it is all."""
    first = [draw_glorot(sizes.seed + 5 + i) if sizes.hidden else "zeros" for i in range(2)]
    of_past = layers.Dense(sizes.n_steps * width, kernel_initializer=first[0], name=names[0])(found)
    of_past = ops.reshape(of_past, (-1, sizes.n_steps, width))
    if ahead is None:
        return of_past
    return of_past + layers.Dense(width, use_bias=False, kernel_initializer=first[1], name=names[1])(ahead)
