"""What a fitted linear model answers: weighting, row norm and margin in NumPy and SciPy, without scikit-learn.

Kept apart from the fitting so that a cold prediction does not pay for scikit-learn (1.0 s).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.special import softmax

from seqloom.flow import Arrays

__all__ = [
    "add_columns",
    "always_or_never",
    "predict_linear",
    "predict_ranked",
    "scale_rows",
    "share_margins",
    "take_columns",
]


def scale_rows(counts: sp.csr_matrix, weight: np.ndarray) -> sp.csr_matrix:
    """Presence of each n-gram times its weight, each row brought to length 1.

    Parameters
    ----------
    counts : CSR matrix, ``[N, F]``
        Counts; only whether they are above zero is used (Wang and Manning found presence better than counts).
    weight : ndarray, ``[F] float32``
        A weight for each column.

    Returns
    -------
    CSR matrix, ``[N, F] float32``
        A row without any known n-gram stays empty.
    """
    data = weight[counts.indices]
    ends = np.concatenate([[0.0], np.cumsum(data.astype(np.float64) ** 2)])
    norm = np.sqrt(np.maximum(ends[counts.indptr[1:]] - ends[counts.indptr[:-1]], 0))
    inverse = np.where(norm > 1e-9, 1 / np.maximum(norm, 1e-9), 0).astype(np.float32)
    data *= np.repeat(inverse, np.diff(counts.indptr))
    return sp.csr_matrix((data, counts.indices, counts.indptr), shape=counts.shape)


def share_margins(margins: np.ndarray, *, multilabel: bool = False) -> np.ndarray:
    """Probabilities from margins: the logistic function, one-versus-rest columns brought to a sum of 1.

    Parameters
    ----------
    margins : ndarray, ``[N, 1]`` (two classes) or ``[N, K]``
        Signed distances from the deciding plane.
    multilabel : bool
        Whether a row can have several labels: then each column stands by itself.

    Returns
    -------
    ndarray, ``[N, K] float32``
        Rows that sum to 1, but for ``multilabel``.

    Examples
    --------
    >>> share_margins(np.array([[0.0]])).tolist()
    [[0.5, 0.5]]
    """
    positive = 1 / (1 + np.exp(-np.clip(margins.astype(np.float64), -60, 60)))
    if multilabel:
        return positive.astype(np.float32)
    if margins.shape[1] == 1:
        return np.concatenate([1 - positive, positive], axis=1).astype(np.float32)
    return (positive / positive.sum(axis=1, keepdims=True)).astype(np.float32)


def always_or_never(is_positive: np.ndarray) -> float:
    """The margin of a label that all rows have, or none: the logarithm of its odds, with one row more of either kind.

    Examples
    --------
    >>> always_or_never(np.zeros(98, dtype=bool))
    -4.59511985013459
    """
    n = is_positive.sum()
    return float(np.log((n + 1) / (len(is_positive) - n + 1)))


def add_columns(margins: np.ndarray, inputs: Mapping[str, Any], *, arrays: Arrays) -> np.ndarray:
    """Margins of texts ``[N, R]``, and what ``columns`` ``[N, C]`` beside them add, where there are any.

    Parameters
    ----------
    margins : ndarray, ``[N, R]``
        Of the texts.
    inputs, arrays : mapping
        As of ``predict_linear``.
    """
    return margins + inputs["columns"] @ arrays["column_coef"].T if "columns" in inputs else margins


def predict_linear(inputs: Mapping[str, Any], arrays: Arrays, *, multilabel: bool = False) -> np.ndarray:
    """Probabilities of a fitted linear model, ``[N, K] float32``.

    Parameters
    ----------
    inputs : mapping
        ``counts``, CSR ``[N, F]``, and ``columns``, ``[N, C]``, if it was fitted on such.
    arrays : dict of str to ndarray
        ``weight`` and ``coef``, ``[R, F]``, and ``intercept``, ``[R]``: R is 1 for two classes, else K; with columns
        ``column_coef``, ``[R, C]``.
    multilabel : bool
        Whether a row can have several labels; then R is K.

    Returns
    -------
    ndarray, ``[N, K] float32``
        In the order of the classes.
    """
    counts, margins = inputs["counts"], []
    for weight, coef, intercept in zip(arrays["weight"], arrays["coef"], arrays["intercept"], strict=True):
        margins.append(scale_rows(counts, weight) @ coef + intercept)
    return share_margins(add_columns(np.stack(margins, axis=1), inputs, arrays=arrays), multilabel=multilabel)


def take_columns(topics: np.ndarray, n: int) -> np.ndarray:
    """The first columns of each row, brought to length 1.

    Parameters
    ----------
    topics : ndarray, ``[N, D]``
        Dense rows.
    n : int
        Columns at most.

    Returns
    -------
    ndarray, ``[N, min(n, D)]``
        A row of zeros stays one.
    """
    columns = topics[:, :n]
    return columns / np.maximum(np.linalg.norm(columns, axis=1, keepdims=True), 1e-9)


def predict_ranked(inputs: Mapping[str, Any], arrays: Arrays, *, multilabel: bool = False) -> np.ndarray:
    """Probabilities of a fitted model of dense columns, ``[N, K] float32``.

    Parameters
    ----------
    inputs : mapping
        ``topics``, ``[N, D]``, and ``columns``, ``[N, C]``, if it was fitted on such.
    arrays : dict of str to ndarray
        ``coef``, ``[R, n]``, and ``intercept``, ``[R]``: R is 1 for two classes, else K; with columns ``column_coef``,
        ``[R, C]``.
    multilabel : bool
        As of ``predict_linear``.

    Returns
    -------
    ndarray, ``[N, K] float32``
        In the order of the classes.
    """
    coef, intercept = arrays["coef"], arrays["intercept"]
    margins = add_columns(take_columns(inputs["topics"], coef.shape[1]) @ coef.T + intercept, inputs, arrays=arrays)
    if multilabel or len(coef) == 1:
        return share_margins(margins, multilabel=multilabel)
    return softmax(margins, axis=1).astype(np.float32)
