"""From probabilities to labels, and what steers a training."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

__all__ = ["decide", "find_hits", "join_names", "measure_answers", "name_answers"]

# A probability of 0 counts as this, so that a loss stays finite.
_LEAST = 1e-7


def decide(probability: np.ndarray, threshold: float | None = None) -> np.ndarray:
    """What probabilities answer, in the form of a target.

    Parameters
    ----------
    probability : ndarray, ``[N, K]``
        Of each class.
    threshold : float or None
        For several labels at once: a row has each label whose probability reaches it. None: the most probable class,
        the first of equals.

    Returns
    -------
    ndarray
        ``[N]`` class indices, or ``[N, K] uint8``.

    Examples
    --------
    >>> p = np.array([[0.9, 0.6], [0.2, 0.1]])
    >>> decide(p).tolist(), decide(p, 0.5).tolist()
    ([0, 0], [[1, 1], [0, 0]])
    """
    if threshold is None:
        return probability.argmax(axis=1)
    return (probability >= threshold).astype(np.uint8)


def find_hits(target: np.ndarray, answer: np.ndarray) -> np.ndarray:
    """Which rows are got right, ``[N] bool``; of several labels, all of them.

    Parameters
    ----------
    target, answer : ndarray
        ``[N]`` class indices, or ``[N, K]`` indicators, both of one kind.

    Returns
    -------
    ndarray
        Its mean is the accuracy; of several labels, the subset accuracy.
    """
    is_equal = np.equal(target, answer)
    return is_equal if is_equal.ndim == 1 else is_equal.all(axis=1)


def name_answers(answer: np.ndarray, classes: np.ndarray, *, is_indicator: bool = False) -> Any:
    """Answers by the names of their labels.

    Parameters
    ----------
    answer : ndarray
        From ``decide``.
    classes : ndarray, ``[K]``
        Names.
    is_indicator : bool
        Whether several labels stay an indicator, as it was one that was learned from.

    Returns
    -------
    ndarray or list
        ``[N]`` classes; of several labels a list of lists, or the indicator.

    Examples
    --------
    >>> name_answers(np.array([[1, 1], [0, 0]]), np.array(["a", "b"]))
    [['a', 'b'], []]
    """
    if answer.ndim == 1:
        return classes[answer]
    return answer if is_indicator else [classes[row].tolist() for row in answer.astype(bool)]


def join_names(named: Iterable[Any]) -> list[str]:
    """Each answer of ``name_answers`` as one string, for tables that cannot hold lists.

    Examples
    --------
    >>> join_names([["a", "b"], []]), join_names(np.array(["a"]))
    (['a;b', ''], ['a'])
    """
    return [";".join(map(str, name)) if isinstance(name, list) else str(name) for name in named]


def measure_answers(
    probability: np.ndarray, target: np.ndarray, *, weight: np.ndarray | None = None
) -> dict[str, float]:
    """Log loss and accuracy of answers, by which training is steered (``scores`` has what is reported, with intervals).

    Of several labels at once: the mean log loss of the labels, the share of rows with all of them right, and micro F1,
    with 0.5 as the threshold, as a better one is chosen once a model is trained.

    Parameters
    ----------
    probability : ndarray, ``[N, K]``
        Answers; 0 counts as one in ten million, so that the loss stays finite.
    target : ndarray
        ``[N]`` class indices, or ``[N, K]``, an indicator.
    weight : ndarray or None
        ``[N]`` row weights; None, and nothing but zeros, mean 1 for each row.

    Returns
    -------
    dict
        ``loss`` and ``accuracy``, weighted means over the rows; ``micro_f1`` of several labels.
    """
    weight = None if weight is None or not weight.any() else weight
    if target.ndim == 2:
        return _measure_labels(probability, target, weight=weight)
    right = np.clip(probability[np.arange(len(target)), target].astype(np.float64), _LEAST, 1)
    hit = find_hits(target, decide(probability))
    return {
        "loss": float(np.average(-np.log(right), weights=weight)),
        "accuracy": float(np.average(hit, weights=weight)),
    }


def _measure_labels(probability: np.ndarray, target: np.ndarray, *, weight: np.ndarray | None) -> dict[str, float]:
    right = np.where(target, probability, 1 - probability).astype(np.float64).clip(_LEAST, 1)  # [N, K]
    answer = decide(probability, 0.5)
    counts = np.stack([(answer & target).sum(axis=1), answer.sum(axis=1) + target.sum(axis=1)])  # [2, N]
    n_both, n_either = counts @ (np.ones(len(target)) if weight is None else weight.astype(np.float64))
    return {
        "loss": float(np.average(-np.log(right).mean(axis=1), weights=weight)),
        "accuracy": float(np.average(find_hits(target, answer), weights=weight)),
        "micro_f1": float(2 * n_both / n_either) if n_either else 0.0,
    }
