"""Vectors as points of a plane, for a map of words."""

from __future__ import annotations

import numpy as np

__all__ = ["project_plane"]


def project_plane(matrix: np.ndarray) -> tuple[np.ndarray, float]:
    """The first two principal components of unit vectors.

    Parameters
    ----------
    matrix : ndarray, ``[n, D]``
        Vectors; they are made one long first, as likeness of words is a matter of direction.

    Returns
    -------
    points : ndarray
        ``[n, 2] float64``; of each axis, the entry farthest out is positive, so that a map is the same every time.
    share : float
        Of the variance, what the two hold.

    Examples
    --------
    >>> points, share = project_plane(np.array([[1.0, 0.0], [0.0, 2.0]]))
    >>> points.round(3).tolist(), round(share, 3)
    ([[0.707, 0.0], [-0.707, 0.0]], 1.0)

    Source: principal components by SVD (Jolliffe 2002, section 3.5).
    """
    unit = matrix.astype(np.float64)
    unit /= np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), np.finfo(np.float32).tiny)
    left, lengths, _ = np.linalg.svd(unit - unit.mean(axis=0), full_matrices=False)
    points = np.zeros((len(unit), 2))
    n_axes = min(2, len(lengths))
    points[:, :n_axes] = left[:, :n_axes] * lengths[:n_axes]
    points[np.abs(points) < 1e-9] = 0.0
    farthest = points[np.abs(points).round(9).argmax(axis=0), [0, 1]]  # of equal ones the first
    share = float((points**2).sum() / max((lengths**2).sum(), np.finfo(np.float32).tiny))
    return points * np.where(farthest < 0, -1.0, 1.0), share
