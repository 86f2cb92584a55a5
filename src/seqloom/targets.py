"""Labels to class indices and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from seqloom.errors import DataError

__all__ = ["encode_labels", "find_classes"]


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
    labels = np.asarray(labels)
    if labels.ndim != 1:
        raise DataError(
            f"labels of shape {labels.shape} found, one label a row expected. Several labels at once come later."
        )
    if labels.dtype == object:
        missing = [row for row, label in enumerate(labels) if label is None or label != label]
        if missing:
            raise DataError(f"row {missing[0]:,}: no label found where one is expected. Leave such rows out.")
        labels = np.array(labels.tolist())
    classes = np.unique(labels)
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
        Where a label is not one of the classes.

    Examples
    --------
    >>> encode_labels(["pos", "neg"], np.array(["neg", "pos"])).tolist()
    [1, 0]
    """
    labels = np.asarray(labels)
    if labels.dtype == object:
        labels = np.array(labels.tolist())
    if labels.dtype.kind != classes.dtype.kind and "U" in (labels.dtype.kind, classes.dtype.kind):
        labels, classes = labels.astype(str), classes.astype(str)
    place = np.searchsorted(classes, labels).clip(0, len(classes) - 1)
    strange = classes[place] != labels
    if strange.any():
        row = int(strange.argmax())
        known = ", ".join(str(name) for name in classes[:10])
        raise DataError(f"row {row:,}: label {labels[row]!r} found, one of the classes expected ({known}).")
    return place.astype(np.int32)
