"""Labels to class indices and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from seqloom.errors import DataError, UsageError

__all__ = ["check_lengths", "encode_labels", "find_classes", "measure_answers", "weigh_rows"]


def check_lengths(x: Any, labels: Any) -> None:
    """Nothing, if there are as many labels as rows of ``x``; a DataError otherwise."""
    if len(x) != len(labels):
        raise DataError(f"{len(x):,} texts and {len(labels):,} labels found, as many of each expected.")


def find_classes(labels: Any) -> np.ndarray:
    """The classes that stand in ``labels``, ``[K]``, sorted.

    Parameters
    ----------
    labels : array-like, ``[N]``
        Strings, whole numbers or booleans.

    Returns
    -------
    ndarray, ``[K]``
        At least two.

    Raises
    ------
    DataError
        Where there are fewer than two classes, or a label is missing.

    Examples
    --------
    >>> find_classes(["pos", "neg", "pos"]).tolist()
    ['neg', 'pos']
    """
    classes = np.unique(_read_labels(labels))
    if len(classes) < 2:
        only = f"one class only ({classes[0]})" if len(classes) else "no rows"
        raise DataError(f"{only} found, two or more classes expected. Add rows of another class.")
    return classes


def encode_labels(labels: Any, classes: np.ndarray) -> np.ndarray:
    """The index of each label in ``classes``, ``[N] int32``.

    Parameters
    ----------
    labels : array-like, ``[N]``
        What ``find_classes`` took, or rows of another part.
    classes : ndarray, ``[K]``
        Sorted.

    Returns
    -------
    ndarray, ``[N] int32``
        Class indices.

    Raises
    ------
    DataError
        Where a label is missing, or is not one of the classes.

    Examples
    --------
    >>> encode_labels(["pos", "neg"], np.array(["neg", "pos"])).tolist()
    [1, 0]
    """
    labels = _read_labels(labels)
    if labels.dtype.kind != classes.dtype.kind and "U" in (labels.dtype.kind, classes.dtype.kind):
        labels, classes = labels.astype(str), classes.astype(str)
    place = np.searchsorted(classes, labels).clip(0, len(classes) - 1)
    strange = classes[place] != labels
    if strange.any():
        row = int(strange.argmax())
        known = ", ".join(str(name) for name in classes[:10])
        raise DataError(f"row {row:,}: label {labels[row]!r} found, one of the classes expected ({known}).")
    return place.astype(np.int32)


def weigh_rows(
    target: np.ndarray,
    *,
    classes: np.ndarray,
    sample_weight: Any = None,
    class_weight: Mapping[Any, float] | str | None = None,
) -> np.ndarray | None:
    """Row weights, or None where all are 1.

    Parameters
    ----------
    target : ndarray, ``[N]``
        Class indices.
    classes : ndarray, ``[K]``
        From ``find_classes``.
    sample_weight : array-like, optional
        ``[N]`` numbers from 0 on.
    class_weight : mapping, "balanced" or None
        Weight of the rows of a class, by its name (1 for a class that is not named); or the same weight in all for each
        class, however many rows it has.

    Returns
    -------
    ndarray, ``[N] float32``, or None
        The product of both.

    Raises
    ------
    DataError
        Where a weight is negative or not a number, there are more or fewer than rows, or all are 0.
    UsageError
        For another ``class_weight``, or one for a class that there is not.

    Examples
    --------
    >>> weigh_rows(np.array([0, 0, 0, 1]), classes=np.array(["a", "b"]), class_weight="balanced").tolist()
    [0.6666666865348816, 0.6666666865348816, 0.6666666865348816, 2.0]
    >>> weigh_rows(np.array([0, 0, 0, 1]), classes=np.array(["a", "b"]), class_weight={"b": 5}).tolist()
    [1.0, 1.0, 1.0, 5.0]
    """
    weight = None if sample_weight is None else np.asarray(sample_weight, dtype=np.float32)
    if weight is not None:
        _check_weight(weight, target.shape)
    if class_weight is None:
        return weight
    of_class = _weigh_classes(class_weight, target, classes=classes)[target]
    return (of_class if weight is None else of_class * weight).astype(np.float32)


def _weigh_classes(class_weight: Mapping[Any, float] | str, target: np.ndarray, *, classes: np.ndarray) -> np.ndarray:
    """The weight of each class, ``[K]``."""
    if class_weight == "balanced":
        return len(target) / (len(classes) * np.bincount(target, minlength=len(classes)))
    if not isinstance(class_weight, Mapping):
        raise UsageError(f"class_weight {class_weight!r} found, None, 'balanced' or a weight for each class expected.")
    weight, names = np.ones(len(classes)), [str(name) for name in classes]  # a card and the command know classes as str
    for name, given in class_weight.items():
        if str(name) not in names:
            raise UsageError(f"class_weight for {name!r} found, one of the classes expected ({', '.join(names[:10])}).")
        if not (isinstance(given, int | float) and 0 <= given < float("inf")):
            raise UsageError(f"class_weight {given!r} for {name!r} found, a number from 0 on expected.")
        weight[names.index(str(name))] = given
    return weight


def _check_weight(weight: np.ndarray, shape: tuple[int, ...]) -> None:
    if weight.shape != shape:
        raise DataError(f"sample_weight of shape {weight.shape} found, {shape} expected.")
    wrong = ~(np.isfinite(weight) & (weight >= 0))
    if wrong.any():
        row = int(wrong.argmax())
        raise DataError(f"row {row:,}: sample_weight {weight[row]} found, a number from 0 on expected.")
    if not weight.any():
        raise DataError("sample_weight is 0 for each row, so there is nothing to learn from. Give some rows a weight.")


def measure_answers(
    probability: np.ndarray, target: np.ndarray, *, weight: np.ndarray | None = None
) -> dict[str, float]:
    """Log loss and accuracy of answers, by which training is steered (``scores`` has what is reported, with intervals).

    Parameters
    ----------
    probability : ndarray, ``[N, K]``
        Answers; 0 counts as one in ten million, so that the loss stays finite.
    target : ndarray, ``[N]``
        Class indices.
    weight : ndarray or None
        ``[N]`` row weights; None, and nothing but zeros, mean 1 for each row.

    Returns
    -------
    dict
        ``loss`` and ``accuracy``, weighted means over the rows.
    """
    weight = None if weight is None or not weight.any() else weight
    right = np.clip(probability[np.arange(len(target)), target].astype(np.float64), 1e-7, 1)
    hit = probability.argmax(axis=1) == target
    return {
        "loss": float(np.average(-np.log(right), weights=weight)),
        "accuracy": float(np.average(hit, weights=weight)),
    }


def _read_labels(labels: Any) -> np.ndarray:
    """Labels as an array of one plain type, ``[N]``; refused by row where one is missing or is not plain."""
    labels = np.asarray(labels)
    if labels.ndim != 1:
        raise DataError(
            f"labels of shape {labels.shape} found, one label a row expected. Several labels at once come later."
        )
    # None and NaN are the two ways to say that there is none; only NaN differs from itself
    missing = np.not_equal(labels, labels) | np.equal(labels, None)  # type: ignore[call-overload]
    if missing.any():
        raise DataError(f"row {missing.argmax():,}: no label found where one is expected. Leave such rows out.")
    if labels.dtype == object:
        strange = {kind for kind in set(map(type, labels)) if not issubclass(kind, str | int | float | np.generic)}
        if strange:
            row = next(row for row, label in enumerate(labels) if type(label) in strange)
            raise DataError(
                f"row {row:,}: label {labels[row]!r:.60} found, a string or number expected. Pass labels as str."
            )
        labels = np.array(labels.tolist())
    if labels.dtype.kind not in "Uiufb" and len(labels):
        raise DataError(f"labels of type {labels.dtype} found, strings or numbers expected. Pass labels as str.")
    return labels
