"""How sure margins are: the one number that turns them into probabilities."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

__all__ = ["fit_sharpness"]

# No rows of a usual number ask for less or more (logarithms of e).
_LEAST, _MOST = -7.0, 7.0


def fit_sharpness(margins: np.ndarray, target: np.ndarray, *, weight: np.ndarray | None = None) -> float:
    """The number that margins are multiplied by so that their softmax is likeliest, on rows that had no part in them.

    Where all rows are right, no number would be large enough: so each row counts as its class but for one row more of
    that class and one less, and a small training set cannot make a model sure of everything.

    Parameters
    ----------
    margins : ndarray, ``[N, K]``
        Of rows left out in turn.
    target : ndarray, ``[N] int``
        Their classes.
    weight : ndarray or None
        ``[N]``; None: each row counts 1.

    Returns
    -------
    float
        Above 0.

    Source: Platt (1999), Probabilistic Outputs for Support Vector Machines, section 2.2, for the targets; Guo et al.
    (2017), On Calibration of Modern Neural Networks, section 4.2, for one number in all.
    """
    n_classes = margins.shape[1]
    counts = np.bincount(target, minlength=n_classes)[target]
    own = (counts + 1) / (counts + 2)
    wanted = np.repeat((1 - own)[:, None] / max(n_classes - 1, 1), n_classes, axis=1)  # [N, K]
    wanted[np.arange(len(target)), target] = own

    def loss(power: float) -> float:
        rows = -(wanted * log_softmax(np.exp(power) * margins, axis=1)).sum(axis=1)
        return float(np.average(rows, weights=weight))

    return float(np.exp(minimize_scalar(loss, bounds=(_LEAST, _MOST), method="bounded").x))
