"""How far numbers are off: in their own unit, and beside their spread."""

from __future__ import annotations

import numpy as np

from seqloom.flow import Score
from seqloom.scores.intervals import percentile_interval

__all__ = ["regression_scores", "share_explained"]

# Resamples behind an interval.
_N_DRAWS = 2_000


def regression_scores(truth: np.ndarray, answer: np.ndarray, *, who: str) -> tuple[Score, ...]:
    """All scores of some numbers.

    Parameters
    ----------
    truth, answer : ndarray, ``[N]``
        What is right, and what a model said.
    who : str
        ``validation`` or ``test``.

    Returns
    -------
    tuple of Score
        ``mae`` and ``rmse`` in the unit of the numbers, ``r2``; each with the interval of the bootstrap over rows
        (percentiles), where there are two rows or more.

    Source: Efron and Tibshirani (1993), An Introduction to the Bootstrap, section 13.3.
    """
    error, n = answer - truth, len(truth)
    rows = np.random.default_rng(0).integers(n, size=(_N_DRAWS, n))
    drawn, spread = error[rows], truth[rows]
    square, total = (drawn**2).mean(axis=1), spread.var(axis=1)
    found = {
        "mae": (np.abs(error).mean(), np.abs(drawn).mean(axis=1)),
        "rmse": (np.sqrt((error**2).mean()), np.sqrt(square)),
        "r2": (share_explained(truth, answer), 1 - square[total > 0] / total[total > 0]),
    }
    scores = []
    for metric, (value, draws) in found.items():
        low, high = percentile_interval(draws) if len(draws) else (None, None)
        scores.append(Score(metric=metric, value=float(value), low=low, high=high, n=n, who=who))
    return tuple(scores)


def share_explained(truth: np.ndarray, answer: np.ndarray, *, weight: np.ndarray | None = None) -> float:
    """R squared: 1 less the square error over that of the mean of these rows; 0 where all are right and alike.

    Parameters
    ----------
    truth, answer : ndarray, ``[N]``
        What is right, and what a model said.
    weight : ndarray or None
        ``[N]``, of the rows.

    Returns
    -------
    float
        1 at best, 0 as good as the mean, below 0 worse. Minus infinity where all rows are alike and some answer is
        wrong.
    """
    mean = np.average(truth, weights=weight)
    left, total = (np.average((truth - other) ** 2, weights=weight) for other in (answer, mean))
    if total == 0:
        return 0.0 if left == 0 else float("-inf")
    return float(1 - left / total)
