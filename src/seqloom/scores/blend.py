"""Several models' probabilities as one. NumPy alone: a cold prediction needs it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["blend"]


def blend(probabilities: Sequence[np.ndarray], weights: Sequence[float]) -> np.ndarray:
    """The weighted mean of several models' probabilities.

    Parameters
    ----------
    probabilities : sequence of ndarray, ``[N, K]`` each
        The models' answers to the same rows.
    weights : sequence of float
        One for each, with a sum of 1.

    Returns
    -------
    ndarray, ``[N, K] float32``
        In the order of the classes.

    Examples
    --------
    >>> blend([np.array([[1.0, 0.0]]), np.array([[0.5, 0.5]])], [0.5, 0.5]).tolist()
    [[0.75, 0.25]]
    """
    mean = np.zeros(probabilities[0].shape)
    for weight, probability in zip(weights, probabilities, strict=True):
        mean += weight * probability
    return mean.astype(np.float32)
