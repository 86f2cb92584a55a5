"""Are answers given with 90 % right in 90 of 100 cases? Measured, and mended by one number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp

from seqloom.scores.metrics import check_rows
from seqloom.scores.temperature import take_logits

__all__ = ["Reliability", "calibration_error", "fit_temperature", "measure_reliability"]

# As in Guo et al.: with 5,000 rows a bin of the middle still has some hundred.
N_BINS = 15

# A model of texts needs 0.3 to 4; wider bounds would only let a few rows without a mistake ask for infinity.
MOST_TEMPERATURE = 20.0


@dataclass(frozen=True, kw_only=True)
class Reliability:
    """How sure answers were, and how often right, in bins of equal width; bins without rows are left out.

    Parameters
    ----------
    confidence : ndarray, ``[bins] float64``
        The mean probability of the answers.
    accuracy : ndarray, ``[bins] float64``
        The share of them that are right.
    count : ndarray, ``[bins] int64``
        Rows.
    """

    confidence: np.ndarray
    accuracy: np.ndarray
    count: np.ndarray

    @property
    def error(self) -> float:
        """The mean gap between the two, weighted by rows: the expected calibration error, 0 to 1."""
        return float(np.average(np.abs(self.confidence - self.accuracy), weights=self.count))


def measure_reliability(target: np.ndarray, probability: np.ndarray, *, n_bins: int = N_BINS) -> Reliability:
    """The points of a reliability diagram.

    Parameters
    ----------
    target : ndarray, ``[N]`` of int
        The true class indices.
    probability : ndarray, ``[N, K]`` of float
        Of each class; the answer is the most probable one, the first of equals.
    n_bins : int, default 15
        Bins of equal width from 0 to 1; each holds its upper end.

    Returns
    -------
    Reliability
        Of the bins that have rows.

    Raises
    ------
    DataError
        Without rows, or when shapes or probabilities cannot be meant.

    Examples
    --------
    >>> p = np.array([[0.9, 0.1], [0.9, 0.1], [0.6, 0.4]])
    >>> found = measure_reliability(np.array([0, 1, 0]), p)
    >>> found.confidence.round(2).tolist(), found.accuracy.tolist(), found.count.tolist()
    ([0.6, 0.9], [1.0, 0.5], [1, 2])

    Source: Guo et al. (2017), On Calibration of Modern Neural Networks, section 2; DeGroot and Fienberg (1983).
    """
    check_rows(target, probability)
    sure = probability.max(axis=1).astype(np.float64)
    is_right = probability.argmax(axis=1) == target
    place = np.clip(np.ceil(sure * n_bins).astype(np.int64) - 1, 0, n_bins - 1)  # [N]
    count = np.bincount(place, minlength=n_bins)
    known = count > 0
    total = [np.bincount(place, weights=of, minlength=n_bins)[known] for of in (sure, is_right)]
    count = count[known]
    return Reliability(confidence=total[0] / count, accuracy=total[1] / count, count=count)


def calibration_error(target: np.ndarray, probability: np.ndarray, *, n_bins: int = N_BINS) -> float:
    """The expected calibration error: by how much answers are more, or less, sure than they are right.

    Parameters
    ----------
    target, probability, n_bins
        As for ``measure_reliability``.

    Returns
    -------
    float
        0 to 1.

    Examples
    --------
    >>> round(calibration_error(np.array([0, 1]), np.array([[0.9, 0.1], [0.9, 0.1]])), 3)
    0.4

    Source: Naeini, Cooper and Hauskrecht (2015), Obtaining Well Calibrated Probabilities Using Bayesian Binning.
    """
    return measure_reliability(target, probability, n_bins=n_bins).error


def fit_temperature(target: np.ndarray, probability: np.ndarray) -> float:
    """The temperature with the least log loss on rows that the model was not trained on.

    The loss has one valley in ``1 / temperature`` (it is convex there), so a bounded search in one dimension finds it.

    Parameters
    ----------
    target : ndarray, ``[N]`` of int
        The true class indices.
    probability : ndarray, ``[N, K]`` of float
        Of each class.

    Returns
    -------
    float
        From 1/20 to 20; 1 where no other is better.

    Raises
    ------
    DataError
        Without rows, or when shapes or probabilities cannot be meant.

    Examples
    --------
    >>> target = np.array([0] * 8 + [1] * 2)  # eight in ten are right, and it says 99 %
    >>> p = np.tile([0.99, 0.01], (10, 1))
    >>> round(fit_temperature(target, p), 2)
    3.31

    Source: Guo et al. (2017), On Calibration of Modern Neural Networks, section 4.2.
    """
    check_rows(target, probability)
    logits = take_logits(probability)  # [N, K]
    logits -= logits[np.arange(len(target)), target][:, None]  # the true class at 0

    def loss(sharpness: float) -> float:
        return float(logsumexp(sharpness * logits, axis=1).mean())

    bounds = (1 / MOST_TEMPERATURE, MOST_TEMPERATURE)
    found = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-4})
    return float(1 / found.x) if found.fun < loss(1.0) else 1.0
