"""A net of the user's own, from a builder: looked over, so that what would go wrong in silence is refused aloud."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Any

import keras
from keras import layers, ops

from seqloom.errors import UsageError
from seqloom.nets.convolve import convolve_padded
from seqloom.nets.defaults import OWN_NET

__all__ = ["build_own"]

# What cannot be trained here, and why.
_NO_STATISTICS = (
    "its statistics would see the empty rows that fill a batch up. Take LayerNormalization: it looks at no other rows."
)
_NO_CONVOLUTION = (
    "XLA is 50 times slower at it inside a compiled loop. Take a Conv1D without groups, channels last, and without "
    "strides if it pads as 'same': these run as matrix products."
)


def build_own(build: Callable[..., Any] | None, *, n_ids: int, n_outputs: int, seed: int) -> keras.Model:
    """The net that a builder gives, with weights that depend on the seed alone.

    Parameters
    ----------
    build : callable or None
        ``build(ids, n_ids=V, n_outputs=R) -> keras.Model``: from ``ids``, a ``keras.Input`` ``[B, T] int32`` (0 is
        padding, behind the words), to logits ``[B, R]``, without sigmoid or softmax; R is 1 for two classes.
    n_ids : int
        V.
    n_outputs : int
        R.
    seed : int
        Of weights and dropout that have none of their own.

    Returns
    -------
    keras.Model
        Its Conv1D layers run as matrix products.

    Raises
    ------
    UsageError
        Where it is no such model, or holds a layer that cannot be trained here, with the reason.
    """
    if build is None:
        raise UsageError(
            "a net of the user's own found without its builder, which no model folder holds. seqloom.load(folder) "
            "answers without it; to train or to rebuild the net, pass net=build."
        )
    ids = keras.Input((None,), dtype="int32", name="ids")
    before = random.getstate()
    random.seed(seed)  # Keras draws the seeds that are not given from here
    try:
        net = build(ids, n_ids=n_ids, n_outputs=n_outputs)
    finally:
        random.setstate(before)
    _check(net, n_outputs)
    net.name = OWN_NET
    for layer in net._flatten_layers():
        if _is_plain_convolution(layer):
            layer.call = partial(_convolve, layer)
        else:
            _refuse(layer)
    return net


def _check(net: Any, n_outputs: int) -> None:
    if not isinstance(net, keras.Model):
        raise UsageError(
            f"the builder gave a {type(net).__name__}, a keras.Model expected. Return keras.Model(ids, logits)."
        )
    shapes = [tuple(tensor.shape) for tensor in (*net.inputs, *net.outputs)]
    if len(net.inputs) != 1 or shapes[1:] != [(None, n_outputs)]:
        raise UsageError(
            f"the builder gave a net of {len(net.inputs)} inputs and outputs of shape {shapes[len(net.inputs) :]}, one "
            f"input (the ids it was given) and logits of shape (None, {n_outputs}) expected. End with "
            "keras.layers.Dense(n_outputs), without an activation."
        )


def _is_plain_convolution(layer: keras.layers.Layer) -> bool:
    is_plain = isinstance(layer, layers.Conv1D) and layer.groups == 1 and layer.data_format == "channels_last"
    return is_plain and (layer.padding != "same" or layer.strides == (1,))


def _convolve(layer: layers.Conv1D, inputs: Any) -> Any:
    """What the layer's own ``call`` gives."""
    dilation = layer.dilation_rate[0]
    reach = dilation * (layer.kernel.shape[0] - 1)
    n_before = {"valid": 0, "same": reach // 2, "causal": reach}[layer.padding]
    n_behind = reach - n_before if layer.padding == "same" else 0
    padded = ops.pad(inputs, ((0, 0), (n_before, n_behind), (0, 0)))
    outputs = convolve_padded(padded, layer.kernel, stride=layer.strides[0], dilation=dilation)
    return layer.activation(outputs + layer.bias if layer.use_bias else outputs)


def _refuse(layer: keras.layers.Layer) -> None:
    bases = [kind.__name__ for kind in type(layer).__mro__ if kind.__module__.startswith("keras.")]
    is_convolution = any("Conv" in name for name in bases)  # four bases, none of them exported
    if is_convolution or isinstance(layer, layers.BatchNormalization):
        reason = _NO_CONVOLUTION if is_convolution else _NO_STATISTICS
        raise UsageError(f"a {type(layer).__name__} found in the net ({layer.name}): {reason}")
