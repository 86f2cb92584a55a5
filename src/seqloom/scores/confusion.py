"""Who was taken for whom, and the scores that follow from these counts alone.

Everything here is a function of the K x K matrix of counts, so a set of rows is looked at once, and resampling the
rows is the same as resampling the matrix (``intervals.macro_f1_interval``).

**Undefined is not zero.** A class that stands neither in the truth nor among the predictions has no F1; a class that
is never predicted has no precision; a class without rows has no recall. These are NaN here, and macro F1 is the mean
over the others. That is scikit-learn's ``f1_score(target, predicted, average="macro")``, which too takes the classes
seen in either; in its by-class functions say ``zero_division=nan`` for the same. With all K labels and its default
of 0 it would punish a model for classes that the data do not have.
"""

from __future__ import annotations

import numpy as np

from seqloom.errors import DataError

__all__ = ["accuracy", "confusion_matrix", "f1_by_class", "macro_f1"]


def confusion_matrix(target: np.ndarray, predicted: np.ndarray, *, n_classes: int) -> np.ndarray:
    """Rows of each class (down) that were taken for each class (across), ``[K, K] int64``.

    Parameters
    ----------
    target : ndarray, ``[N]`` of int
        The true class indices.
    predicted : ndarray, ``[N]`` of int
        The class indices that a model gave.
    n_classes : int
        K.

    Returns
    -------
    ndarray, ``[K, K] int64``
        Truth down, prediction across; the diagonal is right.

    Raises
    ------
    DataError
        When the two differ in length, or an index is not one of K.

    Examples
    --------
    >>> confusion_matrix(np.array([0, 0, 1]), np.array([0, 1, 1]), n_classes=2).tolist()
    [[1, 1], [0, 1]]

    Source: contingency table; Pearson, 1904.
    """
    target, predicted = np.asarray(target, dtype=np.int64), np.asarray(predicted, dtype=np.int64)
    if target.shape != predicted.shape or target.ndim != 1:
        raise DataError(
            f"targets of shape {target.shape} and predictions of shape {predicted.shape}; expected one of each per row."
        )
    for name, index in (("target", target), ("prediction", predicted)):
        wrong = np.flatnonzero((index < 0) | (index >= n_classes))
        if len(wrong):
            raise DataError(
                f"the {name} of row {wrong[0]:,} is {index[wrong[0]]}; expected a class index, 0 to {n_classes - 1}."
            )
    count = np.bincount(target * n_classes + predicted, minlength=n_classes * n_classes)
    return count.reshape(n_classes, n_classes)  # [K, K]


def accuracy(confusion: np.ndarray) -> float:
    """The share of rows that are right; NaN without rows.

    Parameters
    ----------
    confusion : ndarray, ``[K, K]`` of int
        Truth down, prediction across.

    Returns
    -------
    float
        From 0 to 1.

    Examples
    --------
    >>> accuracy(np.array([[3, 1], [0, 4]]))
    0.875

    Source: scikit-learn, ``accuracy_score``.
    """
    return float(_share(np.trace(confusion), np.sum(confusion)))


def f1_by_class(confusion: np.ndarray) -> np.ndarray:
    """The harmonic mean of precision and recall; NaN for a class in neither truth nor prediction.

    Parameters
    ----------
    confusion : ndarray, ``[K, K]`` of int
        Truth down, prediction across.

    Returns
    -------
    ndarray, ``[K] float64``
        From 0 to 1; 0 for a class of the truth that was never predicted.

    Examples
    --------
    >>> f1_by_class(np.array([[3, 1, 0], [0, 4, 0], [0, 0, 0]])).round(3).tolist()
    [0.857, 0.889, nan]

    Source: van Rijsbergen, Information Retrieval, 1979, chapter 7 (F with equal weights).
    """
    return _share(2 * np.diagonal(confusion), confusion.sum(axis=0) + confusion.sum(axis=1))


def macro_f1(confusion: np.ndarray) -> float:
    """The mean F1 of the classes that stand in truth or prediction: a small class counts as much as a large one.

    Parameters
    ----------
    confusion : ndarray, ``[K, K]`` of int
        Truth down, prediction across.

    Returns
    -------
    float
        From 0 to 1; NaN without rows. Equals scikit-learn's default.

    Examples
    --------
    >>> round(macro_f1(np.array([[3, 1], [0, 4]])), 3)
    0.873

    Source: Opitz and Burst, Macro F1 and Macro F1, 2019 (the mean of F1, not the F1 of means).
    """
    f1 = f1_by_class(confusion)
    is_seen = ~np.isnan(f1)
    return float(f1[is_seen].mean()) if is_seen.any() else float("nan")


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """``part / whole`` with NaN, and no warning, where there is no whole."""
    part, whole = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
