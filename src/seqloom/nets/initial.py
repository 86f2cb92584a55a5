"""First weights, drawn by NumPy.

Keras draws them with JAX, which compiles a program for each shape: 0.8 s for the two of listing 6-7, where the
block of training steps took 1.4 (a busy machine). The distributions are Keras's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["draw_glorot", "draw_orthogonal", "draw_uniform", "give_table"]

Initializer = Callable[..., np.ndarray]


def draw_uniform(seed: int, *, limit: float = 0.05) -> Initializer:
    """Weights between ``-limit`` and ``limit``, the default of Keras's Embedding; the same for the same ``seed``."""

    def draw(shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:  # noqa: ARG001 (Keras's signature)
        return np.random.default_rng(seed).uniform(-limit, limit, shape).astype(np.float32)

    return draw


def draw_glorot(seed: int) -> Initializer:
    """Weights for a matrix ``[in, out]``, the default of Keras's Dense; the same for the same ``seed``.

    A convolution's kernel ``[K, in, out]`` counts as K such matrices.

    Source: Glorot and Bengio (2010), equation 16.
    """

    def draw(shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
        n_places = int(np.prod(shape[:-2]))
        return draw_uniform(seed, limit=float(np.sqrt(6 / (n_places * sum(shape[-2:])))))(shape, dtype)

    return draw


def draw_orthogonal(seed: int) -> Initializer:
    """Weights for a matrix ``[in, out]`` of orthonormal rows or columns, what Keras begins a recurrent kernel with.

    Source: Saxe et al. (2014), Exact solutions to the nonlinear dynamics of learning in deep linear neural networks.
    """

    def draw(shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:  # noqa: ARG001 (Keras's signature)
        normal = np.random.default_rng(seed).normal(size=(max(shape), min(shape)))
        basis, triangle = np.linalg.qr(normal)
        basis *= np.sign(np.diag(triangle))  # or it would not be uniform over all such matrices
        return (basis if shape[0] >= shape[1] else basis.T).astype(np.float32)

    return draw


def give_table(table: np.ndarray) -> Initializer:
    """The weights of ``table`` ``[V, D]`` themselves."""

    def give(shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:  # noqa: ARG001 (Keras's signature)
        return table

    return give
