"""Scores that can tell the best epoch of a training beside loss and accuracy."""

from __future__ import annotations

import numpy as np

from seqloom.errors import DataError, UsageError
from seqloom.scores.confusion import confusion_matrix, macro_f1
from seqloom.scores.metrics import roc_auc
from seqloom.scores.multilabel import count_labels, f1_of_counts, multilabel_roc_auc
from seqloom.targets import decide

__all__ = ["MONITORS", "measure_monitored"]

_UNDEFINED = (
    "a class without validation rows found, so the area under its ROC curve is not defined. Monitor macro_f1, or hold "
    "more rows out."
)

MONITORS = ("loss", "accuracy", "macro_f1", "roc_auc")


def measure_monitored(target: np.ndarray, probability: np.ndarray, *, monitor: str) -> dict[str, float]:
    """The score of that name; nothing for loss and accuracy, which every epoch has (``targets.measure_answers``).

    Rows count as they are, without weights: macro F1 and the area give rare classes their due by themselves.

    Parameters
    ----------
    target : ndarray of int
        ``[N]``, the true class indices, or ``[N, K]``, an indicator of several labels; then each is given from 0.5 on.
    probability : ndarray, ``[N, K]`` of float
        Of each class.
    monitor : str
        One of ``MONITORS``.

    Returns
    -------
    dict of str to float
        One entry or none; NaN where a probability is, as happens when training diverges.

    Raises
    ------
    UsageError
        For another name.
    DataError
        Where it is not defined on these rows.
    """
    if monitor not in MONITORS:
        raise UsageError(f"monitor {monitor!r} found, one of {', '.join(MONITORS)} expected.")
    if monitor in ("loss", "accuracy"):
        return {}
    if np.isnan(probability).any():
        return {monitor: float("nan")}
    if target.ndim == 2:
        return {monitor: _measure_labels(target, probability, monitor=monitor)}
    if monitor == "macro_f1":
        confusion = confusion_matrix(target, probability.argmax(axis=1), n_classes=probability.shape[1])
        return {monitor: macro_f1(confusion)}
    area = roc_auc(target, probability)
    if area is None:
        raise DataError(_UNDEFINED)
    return {monitor: area}


def _measure_labels(target: np.ndarray, probability: np.ndarray, *, monitor: str) -> float:
    """Macro F1 with a threshold of 0.5, or the mean area under the curve, of several labels at once."""
    if monitor == "macro_f1":
        hit, given, actual = count_labels(target, decide(probability, 0.5))
        return float(f1_of_counts(hit, given + actual)[1])
    area = multilabel_roc_auc(target, probability)
    if area is None:
        raise DataError(_UNDEFINED)
    return area
