"""One-dimensional convolution and pooling that padding cannot touch, in a form that compiled loops run fast.

Inside a compiled loop on a CPU, XLA's own convolution takes 50 times as long as outside of one. One matrix product and
a sum over shifts is the same function, and costs little more than the product.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import keras
from keras import ops

from seqloom.nets.initial import draw_glorot

__all__ = ["Convolution", "MaxPooling", "convolve_padded"]


class Convolution(keras.layers.Layer):
    """A convolution over time with ReLU, as long as its input; zeros on padding.

    Called with vectors ``[B, T, D]`` and a mask ``[B, T]`` (true = real); gives ``[B, T, F]``. A text looks as if it
    stood between zeros, wherever its row ends.

    Source: Kim (2014), Convolutional Neural Networks for Sentence Classification, section 2.

    Parameters
    ----------
    filters : int
        F.
    kernel_size : int
        Steps that a filter sees.
    seed : int
        Of the weights.
    name : str
        Our own.
    """

    def __init__(self, filters: int, kernel_size: int, *, seed: int, name: str) -> None:
        super().__init__(name=name)
        self.filters, self.kernel_size, self.seed = filters, kernel_size, seed

    def build(self, vectors_shape: tuple[int | None, ...], mask_shape: Any = None) -> None:  # noqa: ARG002
        """Weights for inputs of that width, of Keras's own shapes."""
        shape = (self.kernel_size, vectors_shape[-1], self.filters)
        self.kernel = self.add_weight(shape=shape, initializer=draw_glorot(self.seed), name="kernel")
        self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    def call(self, vectors: Any, mask: Any) -> Any:
        """The outputs, ``[B, T, F]``."""
        is_real = ops.cast(mask, vectors.dtype)[:, :, None]
        n_before = (self.kernel_size - 1) // 2  # as Keras's padding="same" has it
        padded = ops.pad(vectors * is_real, ((0, 0), (n_before, self.kernel_size - 1 - n_before), (0, 0)))
        return ops.relu(convolve_padded(padded, self.kernel) + self.bias) * is_real

    def compute_output_shape(self, vectors_shape: tuple[int | None, ...], mask_shape: Any = None) -> Any:  # noqa: ARG002
        """``[B, T, F]``."""
        return (*vectors_shape[:-1], self.filters)


def convolve_padded(vectors: Any, kernel: Any, *, stride: int = 1, dilation: int = 1) -> Any:
    """A convolution as one matrix product, without padding of its own.

    All rows of a batch are laid end to end, so that a place of the kernel is a shift of one long matrix; what a shift
    carries over from the next row falls on outputs that are cut off. The narrower side is the one that is shifted:
    outputs of the wide product, ``[B T, K F]``, added up, or inputs side by side, ``[B T, K D]``, before it.

    Parameters
    ----------
    vectors : array, ``[B, T, D]``
        At least as long as the kernel reaches.
    kernel : array, ``[K, D, F]``
        Keras's layout.
    stride : int
        Steps between two outputs; those between are computed and passed over.
    dilation : int
        Steps between two places of the kernel.

    Returns
    -------
    array, ``[B, 1 + (T - 1 - dilation (K - 1)) // stride, F]``
        As ``keras.ops.conv`` with ``padding="valid"`` gives it.
    """
    n_rows, length, width = vectors.shape
    n_places, _, n_filters = kernel.shape
    shifts = tuple(dilation * k for k in range(n_places))
    flat = jnp.pad(jnp.reshape(vectors, (n_rows * length, width)), ((0, shifts[-1]), (0, 0)))  # [B T + reach, D]
    if n_filters <= width:
        wide = flat @ jnp.reshape(jnp.transpose(kernel, (1, 0, 2)), (width, n_places * n_filters))
        outputs = _add_shifted(wide, shifts)  # [B T, F]
    else:
        outputs = _lay_shifted(flat, shifts) @ jnp.reshape(kernel, (n_places * width, n_filters))
    return jnp.reshape(outputs, (n_rows, length, n_filters))[:, : length - shifts[-1] : stride]


# The two are each other's transposes, and are told so: of slices on their own JAX makes a sum of matrices that are
# filled up with zeros, each as large as all of them together.
@partial(jax.custom_vjp, nondiff_argnums=(1,))
def _lay_shifted(flat: Any, shifts: tuple[int, ...]) -> Any:
    """Rows from each shift on, side by side: ``[M + reach, D]`` to ``[M, K D]``."""
    n = flat.shape[0] - max(shifts)
    return jnp.concatenate([flat[shift : shift + n] for shift in shifts], axis=1)


@partial(jax.custom_vjp, nondiff_argnums=(1,))
def _add_shifted(wide: Any, shifts: tuple[int, ...]) -> Any:
    """Blocks of columns, each from its shift on, added up: ``[M + reach, K F]`` to ``[M, F]``."""
    n, width = wide.shape[0] - max(shifts), wide.shape[1] // len(shifts)
    blocks = (wide[shift : shift + n, k * width : (k + 1) * width] for k, shift in enumerate(shifts))
    return sum(blocks)


def _turn_round(of_outputs: Any, shifts: tuple[int, ...]) -> tuple[Any, tuple[int, ...]]:
    """What the transpose is of: zeros on both sides, and shifts backwards."""
    reach = max(shifts)
    return jnp.pad(of_outputs, ((reach, reach), (0, 0))), tuple(reach - shift for shift in shifts)


_lay_shifted.defvjp(
    lambda flat, shifts: (_lay_shifted(flat, shifts), None),
    lambda shifts, _, gradient: (_add_shifted(*_turn_round(gradient, shifts)),),
)
_add_shifted.defvjp(
    lambda wide, shifts: (_add_shifted(wide, shifts), None),
    lambda shifts, _, gradient: (_lay_shifted(*_turn_round(gradient, shifts)),),
)


class MaxPooling(keras.layers.Layer):
    """The largest of each ``size`` steps, from the first on; the last may be fewer, and padding counts as zero.

    Called with outputs of ``Convolution`` ``[B, T, F]``, which are never below zero, and their mask ``[B, T]``; gives
    pooled ones ``[B, ceil(T / size), F]`` and the mask of those that hold anything real.
    """

    def __init__(self, size: int, *, name: str) -> None:
        super().__init__(name=name)
        self.size = size

    def call(self, vectors: Any, mask: Any) -> tuple[Any, Any]:
        """The largest, and their mask."""
        return ops.max(self._cut(vectors), axis=2), ops.any(self._cut(mask[:, :, None]), axis=2)[:, :, 0]

    def _cut(self, steps: Any) -> Any:
        """``[B, T, F]`` in pieces, ``[B, ceil(T / size), size, F]``, filled up with zeros."""
        n_rows, length, width = ops.shape(steps)
        n_pieces = (length + self.size - 1) // self.size
        filled = ops.pad(steps, ((0, 0), (0, n_pieces * self.size - length), (0, 0)))
        return ops.reshape(filled, (n_rows, n_pieces, self.size, width))

    def compute_output_spec(self, vectors: Any, mask: Any) -> tuple[Any, Any]:  # noqa: ARG002
        """Both shapes."""
        n_rows, length, width = vectors.shape
        n_pieces = None if length is None else -(-length // self.size)
        return keras.KerasTensor((n_rows, n_pieces, width), vectors.dtype), keras.KerasTensor(
            (n_rows, n_pieces), "bool"
        )
