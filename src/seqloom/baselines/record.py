"""The one record of a model that is solved in one go."""

from __future__ import annotations

import numpy as np

from seqloom.flow import EpochRecord

__all__ = ["record_answers"]


def record_answers(probability: np.ndarray, target: np.ndarray) -> EpochRecord:
    """Log loss and accuracy on validation rows, as the record of an only epoch.

    Parameters
    ----------
    probability : ndarray, ``[N, K]``
        Answers to the rows.
    target : ndarray, ``[N]``
        Their class indices.

    Returns
    -------
    EpochRecord
        A probability of 0 counts as one in ten million, so that the loss stays finite.
    """
    right = np.clip(probability[np.arange(len(target)), target], 1e-7, 1)
    accuracy = float((probability.argmax(axis=1) == target).mean())
    return EpochRecord(epoch=1, n_steps=1, train={}, valid={"loss": float(-np.log(right).mean()), "accuracy": accuracy})
