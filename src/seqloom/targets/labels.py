"""Labels to class indices or to an indicator."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from seqloom.errors import DataError

__all__ = ["check_lengths", "encode_labels", "find_classes", "find_strata", "read_labels"]

# What holds the labels of one row, where there can be several.
_COLLECTIONS = (list, tuple, set, frozenset, np.ndarray)


def check_lengths(x: Any, labels: Any) -> None:
    """Nothing, if there are as many labels as rows of ``x``; a DataError otherwise."""
    if len(x) != len(labels):
        raise DataError(f"{len(x):,} texts and {len(labels):,} labels found, as many of each expected.")


def find_classes(labels: Any) -> np.ndarray:
    """The classes that stand in ``labels``, ``[K]``, sorted.

    Parameters
    ----------
    labels : array-like
        As for ``read_labels``. The classes of an indicator are the numbers of its columns.

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
    >>> find_classes(["pos", "neg", "pos"]).tolist(), find_classes([["b", "a"], [], ["b"]]).tolist()
    (['neg', 'pos'], ['a', 'b'])
    """
    labels = read_labels(labels)
    are_several = labels.ndim == 2 or labels.dtype == object
    if are_several and not any(map(any, labels) if labels.ndim == 2 else map(len, labels)):
        raise DataError(f"{len(labels):,} rows without any label found, labels on some of them expected.")
    if labels.ndim == 2:
        return np.arange(labels.shape[1])
    classes = np.unique(np.concatenate([list(row) for row in labels if row]) if are_several else labels)
    if len(classes) < 2:
        only = f"one class only ({classes[0]})" if len(classes) else "no rows"
        remedy = (
            "Give each row a class of its own, such as yes and no." if are_several else "Add rows of another class."
        )
        raise DataError(f"{only} found, two or more classes expected. {remedy}")
    return classes


def encode_labels(labels: Any, classes: np.ndarray, *, like: np.ndarray | None = None) -> np.ndarray:
    """The target: the index of each label in ``classes``, ``[N] int32``, or of several labels an indicator.

    Parameters
    ----------
    labels : array-like
        What ``find_classes`` took, or rows of another part.
    classes : ndarray, ``[K]``
        Sorted.
    like : ndarray or None
        A target or an answer: labels that would give another number of axes are refused.

    Returns
    -------
    ndarray
        ``[N] int32``, class indices; of several labels at once ``[N, K] uint8``.

    Raises
    ------
    DataError
        Where a label is missing, or is not one of the classes, or rows have one label where several are expected.

    Examples
    --------
    >>> encode_labels(["pos", "neg"], np.array(["neg", "pos"])).tolist()
    [1, 0]
    >>> encode_labels([["pos"], [], ["pos", "neg"]], np.array(["neg", "pos"])).tolist()
    [[0, 1], [0, 0], [1, 1]]
    """
    labels = read_labels(labels)
    if like is not None and like.ndim != 1 + (labels.ndim == 2 or labels.dtype == object):
        found, expected = ("several labels", "one") if like.ndim == 1 else ("one label", "a list of labels")
        raise DataError(f"{found} a row found, {expected} expected, as the model was trained on such.")
    if labels.ndim == 2:
        if labels.shape[1] != len(classes):
            raise DataError(
                f"an indicator of {labels.shape[1]} columns found, one for each of {len(classes)} classes expected."
            )
        return labels
    if labels.dtype != object:
        return _place(labels, classes, rows=range(len(labels)))
    rows = np.repeat(np.arange(len(labels)), [len(row) for row in labels])
    target = np.zeros((len(labels), len(classes)), dtype=np.uint8)
    if len(rows):
        flat = np.concatenate([list(row) for row in labels if row])
        target[rows, _place(flat, classes, rows=rows)] = 1
    return target


def _place(labels: np.ndarray, classes: np.ndarray, *, rows: Sequence[int] | np.ndarray) -> np.ndarray:
    """The index of each label, ``[n] int32``; ``rows`` are the numbers by which they are named in an error."""
    if labels.dtype.kind != classes.dtype.kind and "U" in (labels.dtype.kind, classes.dtype.kind):
        labels, classes = labels.astype(str), classes.astype(str)
    order = np.argsort(classes)  # numbers are in another order as strings
    place = order[np.searchsorted(classes, labels, sorter=order).clip(0, len(classes) - 1)]
    strange = classes[place] != labels
    if strange.any():
        at = int(strange.argmax())
        known = ", ".join(str(name) for name in classes[:10])
        raise DataError(f"row {rows[at]:,}: label {labels[at]!r} found, one of the classes expected ({known}).")
    return place.astype(np.int32)


def find_strata(target: np.ndarray) -> np.ndarray:
    """A class for each row by which rows can be dealt out evenly, ``[N]``.

    Parameters
    ----------
    target : ndarray
        ``[N]`` classes, or ``[N, K]``, an indicator.

    Returns
    -------
    ndarray
        Of several labels the rarest that the row has, the first of equals, as chance does right by the frequent ones; K
        for a row without any.

    Examples
    --------
    >>> find_strata(np.array([[1, 0], [1, 1], [0, 0]])).tolist()
    [0, 1, 2]
    """
    if target.ndim == 1:
        return target
    count = target.sum(axis=0, dtype=np.int64)  # [K]
    rarest = np.where(target, count, len(target) + 1).argmin(axis=1)  # [N]
    return np.where(target.any(axis=1), rarest, target.shape[1])


def read_labels(labels: Any) -> np.ndarray:
    """Labels as an array, known by their form.

    Parameters
    ----------
    labels : array-like
        One a row: strings, whole numbers or booleans. Several a row, or none: a list, tuple or set for each row, or an
        array ``[N, K]`` of 0 and 1 (scikit-learn's multilabel indicator, a sparse one too).

    Returns
    -------
    ndarray
        ``[N]`` of one plain type; ``[N]`` of tuples, sorted, each label once; or ``[N, K] uint8``.

    Raises
    ------
    DataError
        Naming the row, where a label is missing or is no string, number or boolean.

    Examples
    --------
    >>> read_labels([["b", "a", "b"], []]).tolist()
    [('a', 'b'), ()]
    """
    labels = labels.toarray() if hasattr(labels, "toarray") else labels
    n_axes = len(getattr(labels, "shape", (0,)))
    first = next(iter(labels), None) if n_axes == 1 and isinstance(labels, Iterable) else None
    is_mixed = isinstance(labels, list | tuple) and any(isinstance(given, _COLLECTIONS) for given in labels)
    if is_mixed or isinstance(first, _COLLECTIONS) or hasattr(first, "to_list"):
        return _read_lists(labels)
    labels = np.asarray(labels)
    if labels.ndim == 2 and labels.shape[1] > 1 and labels.dtype.kind in "biuf":
        return _read_indicator(labels)
    return _read_single(labels)


def _read_lists(labels: Iterable[Any]) -> np.ndarray:
    """The labels of each row as a sorted tuple, ``[N] object``."""
    rows = [_read_list(given, row) for row, given in enumerate(labels)]
    values = {value for row in rows for value in row}
    if values and values <= {0, 1} and len({len(row) for row in rows} | {1}) == 2 and len(rows[0]) > 1:
        raise DataError(
            "lists of 0 and 1, all of one length, found: are they labels or an indicator? Pass an array (np.array) for "
            "an indicator, strings for labels."
        )
    has_strings = any(isinstance(value, str) for value in values)
    read = np.empty(len(rows), dtype=object)
    # a number and its spelling are one label, as where there is one a row
    read[:] = [tuple(sorted(set(map(str, row) if has_strings else row))) for row in rows]
    return read


def _read_list(given: Any, row: int) -> list[Any]:
    given = given.to_list() if hasattr(given, "to_list") else given
    if not isinstance(given, _COLLECTIONS):
        raise DataError(f"row {row:,}: {given!r:.60} found where other rows have lists. Write lists everywhere.")
    values = given.tolist() if isinstance(given, np.ndarray) else list(given)
    for value in values:
        if not isinstance(value, str | int | np.str_ | np.integer | np.bool_):
            raise DataError(
                f"row {row:,}: {value!r:.60} found among its labels, strings or whole numbers expected. A row without "
                "any label has an empty list."
            )
    return [value.item() if isinstance(value, np.generic) else value for value in values]


def _read_indicator(labels: np.ndarray) -> np.ndarray:
    """Columns of 0 and 1, ``[N, K] uint8``."""
    strange = ~((labels == 0) | (labels == 1))
    if strange.any():
        row, column = np.argwhere(strange)[0]
        raise DataError(
            f"row {row:,}, column {column}: {labels[row, column]} found in an indicator of labels, 0 or 1 expected."
        )
    return labels.astype(np.uint8)


def _read_single(labels: np.ndarray) -> np.ndarray:
    """Labels as an array of one plain type, ``[N]``; refused by row where one is missing or is not plain."""
    if labels.ndim != 1:
        raise DataError(
            f"labels of shape {labels.shape} found, one label a row expected; for several a list for each row, or an "
            "indicator of 0 and 1."
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
