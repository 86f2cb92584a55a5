"""One-dimensional convolution and pooling that padding cannot touch, in a form that compiled loops run fast.

Inside a compiled loop on a CPU, XLA's own convolution takes 50 times as long as outside of one. A sum of matrix
products, one for each place of the kernel, is the same function and costs what the products cost.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqloom.nets.initial import draw_glorot

__all__ = ["Convolution", "MaxPooling", "convolve_padded"]


class Convolution(keras.layers.Layer):
    """A convolution over time with ReLU, as long as its input; zeros on padding.

    Called with vectors ``[B, T, D]`` and a mask ``[B, T]`` (true = real); gives ``[B, T, F]``. A text looks as if it
    stood between zeros, wherever its row ends.

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

    Source: Kim (2014), Convolutional Neural Networks for Sentence Classification, section 2.
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
    """A convolution as a sum of matrix products, without padding of its own.

    Parameters
    ----------
    vectors : array, ``[B, T, D]``
        At least as long as the kernel reaches.
    kernel : array, ``[K, D, F]``
        Keras's layout.
    stride : int
        Steps between two outputs.
    dilation : int
        Steps between two places of the kernel.

    Returns
    -------
    array, ``[B, 1 + (T - 1 - dilation (K - 1)) // stride, F]``
        As ``keras.ops.conv`` with ``padding="valid"`` gives it.
    """
    n_places = kernel.shape[0]
    n_steps = ops.shape(vectors)[1] - dilation * (n_places - 1)
    shifted = (vectors[:, k * dilation : k * dilation + n_steps : stride] for k in range(n_places))
    return sum(ops.matmul(part, kernel[k]) for k, part in enumerate(shifted))


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
