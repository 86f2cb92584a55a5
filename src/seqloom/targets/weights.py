"""How much each row counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from seqloom.errors import DataError, UsageError

__all__ = ["weigh_rows"]


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
    target : ndarray
        ``[N]`` class indices, or ``[N, K]``, an indicator of several labels.
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
        For another ``class_weight``, one for a class that there is not, or any where rows have several labels.

    Examples
    --------
    >>> weigh_rows(np.array([0, 0, 0, 1]), classes=np.array(["a", "b"]), class_weight="balanced").tolist()
    [0.6666666865348816, 0.6666666865348816, 0.6666666865348816, 2.0]
    >>> weigh_rows(np.array([0, 0, 0, 1]), classes=np.array(["a", "b"]), class_weight={"b": 5}).tolist()
    [1.0, 1.0, 1.0, 5.0]
    """
    weight = None if sample_weight is None else np.asarray(sample_weight, dtype=np.float32)
    if weight is not None:
        _check_weight(weight, target.shape[:1])
    if class_weight is None:
        return weight
    if target.ndim == 2:
        raise UsageError(
            "class_weight with several labels a row found: a row has no one class whose weight it could have. Leave it "
            "out, or weigh rows (sample_weight)."
        )
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
