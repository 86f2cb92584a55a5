"""Scores where a row can have several labels at once, and the threshold from which one is given.

**Micro and macro.** Micro F1 counts every label of every row alike, so the frequent labels make it; macro F1 is the
mean over labels. As in ``confusion``, a label in neither truth nor answer has no F1 and is left out of the mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from seqloom.errors import ArtifactError, DataError
from seqloom.flow import Score
from seqloom.json_files import check_fields
from seqloom.scores.intervals import percentile_interval, resample, wilson_interval
from seqloom.scores.metrics import area_under_roc, score_classes
from seqloom.targets import decide, find_hits

__all__ = [
    "check_indicator",
    "choose_threshold",
    "count_labels",
    "f1_of_counts",
    "multilabel_roc_auc",
    "multilabel_scores",
    "read_threshold",
]

# A probability of 0 counts as this, so that a loss stays finite.
_LEAST = float(np.finfo(np.float32).eps)


def multilabel_scores(
    target: np.ndarray, probability: np.ndarray, *, threshold: float, classes: Sequence[object], who: str
) -> tuple[Score, ...]:
    """Every score of answers with any number of labels a row.

    In this order: ``accuracy`` (all labels of a row right, the subset accuracy; Wilson's interval), ``micro_f1`` and
    ``macro_f1`` (resampled intervals), ``hamming_loss`` (the share of wrong decisions), ``log_loss`` (the mean over
    labels), ``roc_auc`` (the mean over labels that some rows have and some have not), then ``f1[CLASS]``,
    ``precision[CLASS]`` and ``recall[CLASS]``. What is not defined on these rows is left out.

    Parameters
    ----------
    target : ndarray, ``[N, K]``
        1 where a row has a label, else 0.
    probability : ndarray, ``[N, K]`` of float
        Of each label, apart from the others.
    threshold : float
        From which on a label is given.
    classes : sequence of str
        ``[K]`` names.
    who : str
        The rows these are: ``validation`` or ``test``.

    Returns
    -------
    tuple of Score
        ``n`` as for ``classify_scores``.

    Raises
    ------
    DataError
        Without rows, or when shapes or probabilities cannot be meant.

    Examples
    --------
    >>> target, p = np.array([[1, 0], [1, 1]]), np.array([[0.9, 0.2], [0.8, 0.4]])
    >>> scores = multilabel_scores(target, p, threshold=0.5, classes=["a", "b"], who="test")
    >>> [(score.metric, round(score.value, 3)) for score in scores][:4]
    [('accuracy', 0.5), ('micro_f1', 0.8), ('macro_f1', 0.5), ('hamming_loss', 0.25)]

    Source: Tsoumakas, Katakis and Vlahavas, Mining Multi-label Data, 2010, section 7.
    """
    check_indicator(target, probability)
    answer = decide(probability, threshold)
    n, is_hit = len(target), find_hits(target, answer)
    hit, given, actual = count_labels(target, answer)
    right = np.where(target, probability, 1 - probability).astype(np.float64).clip(_LEAST, 1)
    low, high = wilson_interval(int(is_hit.sum()), n)
    scores = [Score(metric="accuracy", value=float(is_hit.mean()), n=n, who=who, low=low, high=high)]
    values = f1_of_counts(hit, given + actual)
    for metric, f1, ends in zip(("micro_f1", "macro_f1"), values, _f1_intervals(target, answer), strict=True):
        scores.append(Score(metric=metric, value=float(f1), n=n, who=who, low=ends[0], high=ends[1]))
    scores.append(Score(metric="hamming_loss", value=float((target != answer).mean()), n=n, who=who))
    scores.append(Score(metric="log_loss", value=float(-np.log(right).mean()), n=n, who=who))
    if (area := multilabel_roc_auc(target, probability)) is not None:
        scores.append(Score(metric="roc_auc", value=area, n=n, who=who))
    return (*scores, *score_classes(hit, given, actual=actual, classes=classes, n=n, who=who))


def count_labels(target: np.ndarray, answer: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows that have a label and are given it, that are given it, that have it, ``[K] int64`` each.

    Parameters
    ----------
    target, answer : ndarray, ``[N, K] uint8``
        Truth and answer.
    """
    hit, given, actual = (of.sum(axis=0, dtype=np.int64) for of in (target & answer, answer, target))
    return hit, given, actual


def multilabel_roc_auc(target: np.ndarray, probability: np.ndarray) -> float | None:
    """The mean area under the ROC curves of the labels that some rows have and some have not; None without any.

    Parameters
    ----------
    target, probability : ndarray, ``[N, K]``
        As for ``multilabel_scores``.
    """
    n_actual = target.sum(axis=0, dtype=np.int64)
    known = np.flatnonzero((n_actual > 0) & (n_actual < len(target)))
    areas = [area_under_roc(target[:, k] == 1, probability[:, k]) for k in known]
    return float(np.mean(areas)) if areas else None


def f1_of_counts(hit: np.ndarray, either: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Micro and macro F1, ``[...]`` each, from counts of each label.

    Parameters
    ----------
    hit : ndarray, ``[..., K]``
        Rows that have the label and are given it.
    either : ndarray, ``[..., K]``
        Rows that have it and rows that are given it, added up.

    Returns
    -------
    tuple of ndarray
        0 where there is no label at all, neither had nor given.
    """
    f1 = np.divide(2 * hit, either, out=np.zeros(either.shape), where=either > 0)
    macro = f1.sum(axis=-1) / np.maximum((either > 0).sum(axis=-1), 1)
    micro = 2 * hit.sum(axis=-1) / np.maximum(either.sum(axis=-1), 1)
    return micro, macro


def _f1_intervals(target: np.ndarray, answer: np.ndarray) -> list[tuple[float | None, float | None]]:
    """Of micro and macro F1, from resampled rows: rows of one truth and one answer are one cell."""
    n_classes = target.shape[1]
    kinds, count = np.unique(np.hstack([target, answer]), axis=0, return_counts=True)
    truth, given = kinds[:, :n_classes].astype(np.float64), kinds[:, n_classes:].astype(np.float64)
    draws = [
        np.stack(f1_of_counts(drawn @ (truth * given), drawn @ (truth + given)))  # [2, draws]
        for drawn in resample(count)
    ]
    return [percentile_interval(values) for values in np.concatenate(draws, axis=1)]


def choose_threshold(target: np.ndarray, probability: np.ndarray) -> float:
    """The probability from which a label is given: one for all labels, the one with the best micro F1.

    One for each label would suit the luck of the rows it was chosen on: few of them have a rare label. See
    ``docs/decisions.md`` for the runs.

    Parameters
    ----------
    target : ndarray, ``[N, K]``
        1 where a row has a label, else 0; rows that the model was not trained on.
    probability : ndarray, ``[N, K]`` of float
        Of each label.

    Returns
    -------
    float
        Half-way between the probabilities on either side of the cut, the highest of equals; 0.5 where no row has a
        label.

    Raises
    ------
    DataError
        Without rows, or when shapes or probabilities cannot be meant.

    Examples
    --------
    >>> choose_threshold(np.array([[1, 0], [1, 0]]), np.array([[0.5, 0.125], [0.375, 0.125]]))
    0.25

    Source: Yang, A Study on Thresholding Strategies for Text Categorization, 2001; Lipton, Elkan and Naryanaswamy,
    Optimal Thresholding of Classifiers to Maximize F1 Measure, 2014.
    """
    check_indicator(target, probability)
    order = np.argsort(-probability, axis=None, kind="stable")
    values, hit = probability.ravel()[order], np.cumsum(target.ravel()[order], dtype=np.int64)
    if not hit[-1]:
        return 0.5
    is_end = np.append(values[:-1] > values[1:], True)  # equal probabilities fall on one side
    f1 = np.where(is_end, 2 * hit / (np.arange(1, len(hit) + 1) + hit[-1]), -1)
    at = int(f1.argmax())
    below = values[at + 1] if at + 1 < len(values) else 0.0
    return (float(values[at]) + float(below)) / 2


def read_threshold(settings: Mapping[str, Any]) -> tuple[float | None, bool]:
    """The threshold that stands in a card, and whether an indicator was learned from.

    Parameters
    ----------
    settings : mapping
        What the card says of the model; from outside.

    Returns
    -------
    tuple
        From 0 to 1, or None where each row has one class.

    Raises
    ------
    ArtifactError
        Where something else stands there.
    """
    if not {"threshold", "multilabel", "is_indicator"} & set(settings):
        return None, False
    fields: dict[str, tuple[type, ...]] = {"multilabel": (bool,), "is_indicator": (bool,), "threshold": (int, float)}
    check_fields(settings, fields, where="the model in card.json")
    threshold = settings["threshold"]
    if not 0 <= threshold <= 1 or not settings["multilabel"]:
        raise ArtifactError(
            f"card.json: threshold {threshold} with multilabel {settings['multilabel']} found, a number from 0 to 1 "
            "with true expected. Get the folder from its source again."
        )
    return float(threshold), settings["is_indicator"]


def check_indicator(target: np.ndarray, probability: np.ndarray) -> None:
    """Nothing, if ``target`` and ``probability``, ``[N, K]`` both, belong together; a DataError otherwise."""
    if target.ndim != 2 or target.shape != probability.shape:
        raise DataError(
            f"targets of shape {target.shape} and probabilities of shape {probability.shape}; expected [N, K] of both."
        )
    if len(target) == 0:
        raise DataError("no rows to score; expected one at least.")
    wrong = np.flatnonzero(~((probability >= 0) & (probability <= 1 + 1e-6)).all(axis=1))  # NaN fails both
    if len(wrong):
        raise DataError(f"the probabilities of row {wrong[0]:,} are {probability[wrong[0]]}; expected 0 to 1.")
