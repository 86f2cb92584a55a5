"""Which models answer better together, and with what weights: chosen on validation rows, and judged without them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seqloom.frames.split import deal_folds
from seqloom.scores.blend import blend

__all__ = ["MOST_MEMBERS", "choose_weights", "cross_blend"]

# Draws of the greedy search. A weight is a multiple of 1/25 at the finest: finer ones fit the luck of the rows.
N_DRAWS = 25

# Models that may be drawn. Each costs time for every answer, and those behind the best few are drawn hardly ever.
MOST_MEMBERS = 6

# Parts that the rows are dealt into, to judge weights on rows that they were not chosen on.
N_FOLDS = 5


def choose_weights(target: np.ndarray, probabilities: Sequence[np.ndarray], *, n_draws: int = N_DRAWS) -> np.ndarray:
    """Weights from drawing models one by one, with replacement, each time the one with the least log loss of the mean.

    The log loss, not the accuracy, as it moves with every row and so tells more from few. Of equals the first is
    drawn, which is the simpler. The number of draws that did best is kept: at one draw it is the best model alone.

    Parameters
    ----------
    target : ndarray, ``[N]`` of int
        Class indices.
    probabilities : sequence of ndarray, ``[N, K]`` each
        The models' answers, from the simplest up.
    n_draws : int, default 25
        At most.

    Returns
    -------
    ndarray
        ``[models] float64``, with a sum of 1.

    Examples
    --------
    >>> right, wrong = np.array([[0.9, 0.1]]), np.array([[0.2, 0.8]])
    >>> choose_weights(np.array([0]), [wrong, right]).tolist()
    [0.0, 1.0]

    Source: Caruana et al. (2004), Ensemble Selection from Libraries of Models, sections 2 and 2.1.
    """
    rows = np.arange(len(target))
    right = np.stack([p[rows, target] for p in probabilities]).astype(np.float64)  # [models, N]: all that the loss sees
    drawn = np.zeros(len(right), dtype=np.int64)
    total, best, best_loss = np.zeros(len(target)), drawn, np.inf
    for n in range(1, n_draws + 1):
        losses = -np.log(np.maximum((total + right) / n, 1e-7)).mean(axis=1)
        model = int(losses.argmin())
        drawn = drawn + (np.arange(len(right)) == model)
        total = total + right[model]
        if losses[model] < best_loss:
            best, best_loss = drawn, float(losses[model])
    return best / best.sum()


def cross_blend(target: np.ndarray, probabilities: Sequence[np.ndarray], *, seed: int = 0) -> np.ndarray:
    """What an ensemble answers rows that its weights were not chosen on, ``[N, K] float32``.

    Weights that fit the very rows they are judged on flatter. So the rows are dealt into five folds, and each is
    answered with weights chosen on the other four.

    Parameters
    ----------
    target : ndarray, ``[N]`` of int
        Class indices.
    probabilities : sequence of ndarray, ``[N, K]`` each
        As for ``choose_weights``.
    seed : int, default 0
        Of the folds.

    Returns
    -------
    ndarray
        ``[N, K] float32``.
    """
    fold = deal_folds(np.arange(len(target)), target, n_folds=N_FOLDS, seed=seed)
    answers = np.empty(probabilities[0].shape, dtype=np.float32)
    for k in np.unique(fold):
        held = fold == k
        kept = slice(None) if held.all() else ~held  # one row alone has no others
        weights = choose_weights(target[kept], [p[kept] for p in probabilities])
        answers[held] = blend([p[held] for p in probabilities], weights.tolist())
    return answers
