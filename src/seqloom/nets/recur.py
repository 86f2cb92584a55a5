"""Recurrent layers: cells of ``nets.cells`` with Keras's weights, forwards, backwards, or both."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from seqloom.nets.cells import CELLS, run_cell
from seqloom.nets.initial import draw_glorot, draw_orthogonal

__all__ = ["Recurrent"]


class Recurrent(keras.layers.Layer):
    """The outputs of a recurrent cell at every step, or at the last one that it reads.

    Called with vectors ``[B, T, D]`` and a mask ``[B, T]`` (true = real; the real steps of a row stand together); gives
    ``[B, T, H]``, zeros on padding, or ``[B, H]``, zeros for a row of nothing but padding. Weights have the names and
    shapes of Keras's own layers, so that they can be handed over.

    Parameters
    ----------
    cell : {"lstm", "gru", "rnn"}
        Which.
    units : int
        H.
    is_reversed : bool
        Whether the last step is read first; outputs still stand where their inputs do, and the first real step is the
        last that is read.
    return_sequences : bool
        Whether all steps are given, as a layer above wants them.
    recurrent_dropout : float
        Share of state units that do not reach the gates in training, the same ones at every step of a row.
    seed : int
        Of weights and dropout.
    name : str
        Our own.
    """

    def __init__(
        self,
        cell: str,
        units: int,
        *,
        is_reversed: bool = False,
        return_sequences: bool = False,
        recurrent_dropout: float = 0.0,
        seed: int,
        name: str,
    ) -> None:
        super().__init__(name=name)
        self.cell, self.units, self.seed = cell, units, seed
        self.is_reversed, self.return_sequences = is_reversed, return_sequences
        self.drop = keras.layers.Dropout(recurrent_dropout, seed=seed + 2, name="dropout")

    def build(self, vectors_shape: tuple[int | None, ...], mask_shape: Any = None) -> None:  # noqa: ARG002
        """Weights for inputs of that width."""
        n_gates, width = CELLS[self.cell].n_gates, vectors_shape[-1]
        n_columns = n_gates * self.units
        self.kernel = self.add_weight(shape=(width, n_columns), initializer=draw_glorot(self.seed), name="kernel")
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, n_columns), initializer=draw_orthogonal(self.seed + 1), name="recurrent_kernel"
        )
        shape = (2, n_columns) if self.cell == "gru" else (n_columns,)  # behind the product, the reset gate needs both
        self.bias = self.add_weight(shape=shape, initializer=self._begin_bias, name="bias")

    def _begin_bias(self, shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:  # noqa: ARG002 (Keras's signature)
        """Zeros, but ones for the forget gate, so that a new LSTM does not forget (Jozefowicz et al. 2015)."""
        bias = np.zeros(shape, np.float32)
        if self.cell == "lstm":
            bias[self.units : 2 * self.units] = 1
        return bias

    def call(self, vectors: Any, mask: Any, *, training: bool = False) -> Any:
        """The outputs, ``[B, T, H]`` or ``[B, H]``."""
        steps = ops.transpose(vectors, (1, 0, 2))  # [T, B, D]
        is_real = ops.cast(ops.transpose(mask), vectors.dtype)  # [T, B]
        whole = ops.ones((ops.shape(vectors)[0], self.units), vectors.dtype)
        dropped = ops.transpose(self.drop(whole, training=training))  # [H, B]
        biases = ops.reshape(self.bias, (-1, self.kernel.shape[-1]))  # [1, G H] or [2, G H]
        bias_h = biases[1] if self.cell == "gru" else ops.zeros(biases.shape[1:], vectors.dtype)
        given = (steps, self.kernel.value, self.recurrent_kernel.value, biases[0], bias_h)
        outputs = run_cell(self.cell, given, mask=is_real, dropped=dropped, is_reversed=self.is_reversed)
        if self.return_sequences:
            return ops.transpose(outputs, (2, 0, 1))
        at = ops.argmax(is_real, axis=0)  # [B], the first real step
        if not self.is_reversed:
            at = at + ops.maximum(ops.sum(ops.cast(mask, at.dtype), axis=1) - 1, 0)
        return ops.transpose(ops.take_along_axis(outputs, at[None, None, :], axis=0)[0])

    def compute_output_shape(self, vectors_shape: tuple[int | None, ...], mask_shape: Any = None) -> Any:  # noqa: ARG002
        """``[B, T, H]`` or ``[B, H]``."""
        n_rows, length, _ = vectors_shape
        return (n_rows, length, self.units) if self.return_sequences else (n_rows, self.units)
