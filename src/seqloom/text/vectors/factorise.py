"""Positive pointwise mutual information, and the vectors that explain most of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import scipy.sparse as sp

__all__ = ["N_STEPS", "find_vectors", "weigh_pairs"]

# Frequent contexts count less: their probability is taken to this power before it is made one again.
_SMOOTHING = 0.75

# Vectors are axes times the root of their eigenvalues: 0 serves likeness best, 1 analogies; the middle serves both.
_POWER = 0.5

# Products with a block of vectors, and vectors of a block beyond the share of the width: see docs/decisions.md.
N_STEPS = 8
_BLOCK_SHARE = 0.5
_BLOCK_MORE = 10

# Up to here all eigenvalues are found, exactly: a second at most.
_DENSE_WORDS = 1_000


def weigh_pairs(counts: sp.csr_matrix) -> sp.csr_matrix:
    """Positive pointwise mutual information of pairs.

    Parameters
    ----------
    counts : csr_matrix, ``[V, V]``
        Symmetric.

    Returns
    -------
    csr_matrix
        ``[V, V] float32``, symmetric: ``log c_ij - (1 + a) / 2 (log r_i + log r_j) + log sum(r ** a)`` where that is
        positive, with r the row sums and a the smoothing: the mean of word i in context j and of j in context i.

    Source: Levy, Goldberg and Dagan (2015), sections 2 and 3.2.
    """
    totals = np.asarray(counts.sum(axis=1, dtype=np.float64)).ravel()
    logs = (0.5 * (1 + _SMOOTHING) * np.log(np.maximum(totals, 1e-30))).astype(np.float32)
    weighed = counts.tocsr(copy=True)
    np.log(weighed.data, out=weighed.data)
    weighed.data -= np.repeat(logs, np.diff(weighed.indptr))
    weighed.data -= logs[weighed.indices]
    weighed.data += np.float32(np.log(np.maximum((totals**_SMOOTHING).sum(), 1e-30)))
    np.maximum(weighed.data, 0, out=weighed.data)
    weighed.eliminate_zeros()
    return weighed


def find_vectors(
    matrix: sp.csr_matrix,
    width: int,
    *,
    seed: int = 0,
    advance: Callable[[str], None] = lambda note: None,  # noqa: ARG005
) -> np.ndarray:
    """The vectors whose inner products come closest to a symmetric matrix.

    Parameters
    ----------
    matrix : csr_matrix, ``[V, V] float32``
        Symmetric.
    width : int
        D.
    seed : int
        Of the first block.
    advance : callable
        Called with a note behind each step.

    Returns
    -------
    ndarray
        ``[V, D] float32``: axes of the largest positive eigenvalues, times the root of these; zeros where there are
        fewer than D. (Inner products of real vectors have no negative ones.) Of each column, the entry that is
        farthest from zero is positive.

    Source: block Krylov iteration (Musco and Musco 2015, algorithm 2), as the spectrum of word counts falls slowly.
    """
    if matrix.shape[0] <= max(_DENSE_WORDS, 4 * width):
        values, axes = np.linalg.eigh(matrix.toarray().astype(np.float64))
    else:
        basis, image = _span(matrix, int(_BLOCK_SHARE * width) + _BLOCK_MORE, seed=seed, advance=advance)
        small = (basis.T @ image).astype(np.float64)
        values, mixed = np.linalg.eigh((small + small.T) / 2)
        mixed = mixed[:, -width:].astype(np.float32)
        values, axes = values[-width:], basis @ mixed
    values, axes = values[: -width - 1 : -1], axes[:, : -width - 1 : -1]
    vectors = np.zeros((matrix.shape[0], width), dtype=np.float32)  # [V, D]
    vectors[:, : len(values)] = axes * np.maximum(values, 0) ** _POWER
    farthest = vectors[np.abs(vectors).argmax(axis=0), np.arange(width)]
    return vectors * np.where(farthest < 0, np.float32(-1), np.float32(1))


def _span(matrix: sp.csr_matrix, n: int, *, seed: int, advance: Callable[[str], None]) -> tuple[np.ndarray, np.ndarray]:
    """An orthonormal basis ``[V, N_STEPS * n]`` of the blocks ``A X, A A X, ...``, and its product with A."""
    rng = np.random.default_rng(seed)
    halves = _cut_rows(matrix, os.cpu_count() or 1)
    with ThreadPoolExecutor(len(halves)) as pool:

        def multiply(block: np.ndarray) -> np.ndarray:
            return np.concatenate(list(pool.map(lambda rows: rows @ block, halves)))

        block = rng.standard_normal((matrix.shape[0], n), dtype=np.float32)
        basis, images = np.empty((matrix.shape[0], 0), np.float32), []
        image = multiply(block)
        for step in range(N_STEPS):
            block = _make_orthonormal(image, basis)
            basis = np.concatenate([basis, block], axis=1)
            image = multiply(block)
            images.append(image)
            advance(f"axes, {step + 1} of {N_STEPS}")
    return basis, np.concatenate(images, axis=1)


def _cut_rows(matrix: sp.csr_matrix, n: int) -> list[sp.csr_matrix]:
    """The matrix in ``n`` strips of equally many entries: SciPy multiplies on one core, but without Python's lock."""
    cuts = np.searchsorted(matrix.indptr, matrix.nnz * np.arange(1, n) // n)
    edges = [0, *cuts.tolist(), matrix.shape[0]]
    return [matrix[a:b] for a, b in pairwise(edges)]


def _make_orthonormal(block: np.ndarray, basis: np.ndarray) -> np.ndarray:
    """Orthonormal columns that span what ``block`` has beside ``basis``.

    Twice, as once leaves errors of single precision; by the eigenvectors of the small Gram matrix, as LAPACK's QR of a
    tall block took longer than the product with the matrix.
    """
    for _ in range(2):
        block = block - basis @ (basis.T @ block)
        values, axes = np.linalg.eigh((block.T @ block).astype(np.float64))
        scale = 1 / np.sqrt(np.maximum(values, 1e-12 * max(values[-1], 1e-30)))
        block = block @ (axes * scale).astype(np.float32)
    return block
