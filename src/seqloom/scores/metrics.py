"""Scores of a classifier's probabilities, and all of them at once as records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from seqloom.errors import DataError
from seqloom.flow import Score
from seqloom.scores.confusion import (
    accuracy,
    confusion_matrix,
    macro_f1,
)
from seqloom.scores.intervals import macro_f1_interval, wilson_interval

__all__ = ["area_under_roc", "check_rows", "classify_scores", "log_loss", "roc_auc", "score_classes"]


def classify_scores(
    target: np.ndarray, probability: np.ndarray, *, classes: Sequence[object], who: str
) -> tuple[Score, ...]:
    """Every score of a classifier on some rows; the label of a row is its most probable class, the first of equals.

    In this order: ``accuracy`` (Wilson's interval), ``macro_f1`` (resampled interval), ``log_loss``, ``roc_auc``, then
    ``f1[CLASS]``, ``precision[CLASS]`` and ``recall[CLASS]`` class by class (Wilson's interval for the last two). A
    score that is not defined on these rows is left out: see ``confusion`` and ``roc_auc`` for when.

    Parameters
    ----------
    target : ndarray, ``[N]`` of int
        The true class indices.
    probability : ndarray, ``[N, K]`` of float
        Of each class; rows sum to 1.
    classes : sequence of str
        ``[K]`` names, in the order of the columns.
    who : str
        The rows these are: ``validation`` or ``test``.

    Returns
    -------
    tuple of Score
        ``n`` is the number of rows that a score stands on: all, but the rows of a class for its recall, and the rows
        taken for a class for its precision.

    Raises
    ------
    DataError
        Without rows, or when shapes, indices or probabilities cannot be meant.

    Examples
    --------
    >>> p = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.3, 0.7]])
    >>> scores = classify_scores(np.array([0, 0, 1, 1]), p, classes=["neg", "pos"], who="test")
    >>> [(score.metric, round(score.value, 3), score.n) for score in scores][:5]
    [('accuracy', 0.75, 4), ('macro_f1', 0.733, 4), ('log_loss', 0.4, 4), ('roc_auc', 1.0, 4), ('f1[neg]', 0.667, 4)]

    Source: scikit-learn, ``classification_report``.
    """
    check_rows(target, probability)
    if len(classes) != probability.shape[1]:
        raise DataError(f"{len(classes)} classes for {probability.shape[1]} columns of probability; expected as many.")
    confusion = confusion_matrix(target, probability.argmax(axis=1), n_classes=len(classes))
    return (
        *_overall(target, probability, confusion=confusion, who=who),
        *score_classes(
            np.diagonal(confusion),
            confusion.sum(axis=0),
            actual=confusion.sum(axis=1),
            classes=classes,
            n=len(target),
            who=who,
        ),
    )


def log_loss(target: np.ndarray, probability: np.ndarray) -> float:
    """The mean of ``-log(probability of the true class)``, in nats.

    As scikit-learn's, a probability is first moved into ``[eps, 1 - eps]`` of its own type, so that a model that was
    sure and wrong once does not get infinity: float32 gives 15.9 at worst, float64 36.0. The mean is taken in float64.

    Parameters
    ----------
    target : ndarray, ``[N]`` of int
        The true class indices.
    probability : ndarray, ``[N, K]`` of float
        Of each class.

    Returns
    -------
    float
        0 is perfect; log(K) is what equal guesses get.

    Raises
    ------
    DataError
        Without rows, or when shapes or probabilities cannot be meant.

    Examples
    --------
    >>> round(log_loss(np.array([0, 1]), np.array([[0.5, 0.5], [0.2, 0.8]])), 4)
    0.4581

    Source: scikit-learn, ``log_loss``; Bishop, Pattern Recognition and Machine Learning, 2006, section 4.3.4.
    """
    check_rows(target, probability)
    right = probability[np.arange(len(target)), target]
    eps = np.finfo(right.dtype).eps
    return float(-np.log(right.clip(eps, 1 - eps), dtype=np.float64).mean())


def roc_auc(target: np.ndarray, probability: np.ndarray) -> float | None:
    """How often a row of a class is given more of it than a row that is not; equals count half.

    Two classes: the second is the one looked for. More: the mean over the classes, each against the rest. None where
    a class has no row, or all rows, for then there is nothing to compare.

    Parameters
    ----------
    target : ndarray, ``[N]`` of int
        The true class indices.
    probability : ndarray, ``[N, K]`` of float
        Of each class.

    Returns
    -------
    float or None
        1 is perfect, 0.5 is what guessing gets.

    Raises
    ------
    DataError
        Without rows, or when shapes or probabilities cannot be meant.

    Examples
    --------
    >>> roc_auc(np.array([0, 0, 1]), np.array([[0.9, 0.1], [0.4, 0.6], [0.4, 0.6]]))
    0.75
    >>> roc_auc(np.array([1, 1]), np.array([[0.9, 0.1], [0.4, 0.6]])) is None
    True

    Source: Hanley and McNeil, 1982; scikit-learn, ``roc_auc_score(multi_class="ovr", average="macro")``.
    """
    check_rows(target, probability)
    n_classes = probability.shape[1]
    count = np.bincount(target, minlength=n_classes)
    if n_classes < 2 or count.min() == 0:
        return None
    looked_for = [1] if n_classes == 2 else range(n_classes)
    return float(np.mean([area_under_roc(target == k, probability[:, k]) for k in looked_for]))


def area_under_roc(is_positive: np.ndarray, value: np.ndarray) -> float:
    """Mann and Whitney's U over the number of pairs: exact under ties, as it counts by distinct value.

    Parameters
    ----------
    is_positive : ndarray, ``[N] bool``
        Rows that are looked for; some are, some are not.
    value : ndarray, ``[N]``
        How sure the model is of each.
    """
    _, place = np.unique(value, return_inverse=True)  # [N]
    positive = np.bincount(place, weights=is_positive)  # [distinct values]
    negative = np.bincount(place, weights=~is_positive)
    below = np.cumsum(negative) - negative
    return float(positive @ (below + negative / 2) / (positive.sum() * negative.sum()))


def check_rows(target: np.ndarray, probability: np.ndarray) -> None:
    """Nothing, if ``target`` ``[N]`` and ``probability`` ``[N, K]`` belong together; a DataError otherwise."""
    if probability.ndim != 2 or target.shape != probability.shape[:1]:
        raise DataError(
            f"targets of shape {target.shape} and probabilities of shape {probability.shape}; expected [N] and [N, K]."
        )
    if len(target) == 0:
        raise DataError("no rows to score; expected one at least.")
    if target.min() < 0 or target.max() >= probability.shape[1]:
        raise DataError(
            f"class indices from {target.min()} to {target.max()}; expected 0 to {probability.shape[1] - 1}."
        )
    # NaN fails both; a softmax in float32 may end a rounding above 1.
    wrong = np.flatnonzero(~((probability >= 0) & (probability <= 1 + 1e-6)).all(axis=1))
    if len(wrong):
        raise DataError(f"the probabilities of row {wrong[0]:,} are {probability[wrong[0]]}; expected 0 to 1.")


def _overall(target: np.ndarray, probability: np.ndarray, *, confusion: np.ndarray, who: str) -> Iterator[Score]:
    """The scores of all rows together."""
    n = len(target)
    low, high = wilson_interval(int(np.trace(confusion)), n)
    yield Score(metric="accuracy", value=accuracy(confusion), n=n, who=who, low=low, high=high)
    f1_low, f1_high = macro_f1_interval(confusion) or (None, None)
    yield Score(metric="macro_f1", value=macro_f1(confusion), n=n, who=who, low=f1_low, high=f1_high)
    yield Score(metric="log_loss", value=log_loss(target, probability), n=n, who=who)
    area = roc_auc(target, probability)
    if area is not None:
        yield Score(metric="roc_auc", value=area, n=n, who=who)


def score_classes(
    hit: np.ndarray, given: np.ndarray, *, actual: np.ndarray, classes: Sequence[object], n: int, who: str
) -> Iterator[Score]:
    """F1, precision and recall of each class, where they are defined.

    Parameters
    ----------
    hit, given, actual : ndarray, ``[K]`` of int
        Rows that are of the class and taken for it, that are taken for it, that are of it.
    classes : sequence of str
        ``[K]`` names.
    n : int
        All rows.
    who : str
        The rows these are.

    Yields
    ------
    Score
        Class by class.
    """
    for k, name in enumerate(classes):
        if given[k] + actual[k]:
            yield Score(metric=f"f1[{name}]", value=float(2 * hit[k] / (given[k] + actual[k])), n=n, who=who)
        for metric, count in (("precision", given), ("recall", actual)):
            if count[k]:
                low, high = wilson_interval(int(hit[k]), int(count[k]))
                share = float(hit[k] / count[k])
                yield Score(metric=f"{metric}[{name}]", value=share, n=int(count[k]), who=who, low=low, high=high)
