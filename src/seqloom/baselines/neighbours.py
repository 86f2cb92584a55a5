"""The nearest training series under dynamic time warping: what every classifier of series is measured against."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from scipy.special import softmax

from seqloom.baselines.sharpness import fit_sharpness
from seqloom.errors import UsageError
from seqloom.flow import Arrays, Encoded, EpochRecord, Plan, Ragged
from seqloom.targets import measure_answers, measure_values

__all__ = [
    "NeighbourModel",
    "NeighbourRegressor",
    "find_warping",
    "predict_nearest",
    "predict_neighbours",
    "warp_distances",
]

# Steps that two series may be shifted against each other, as shares of the longest: those to choose from, ascending.
WINDOWS = (0.0, 0.02, 0.05, 0.1, 0.2, 1.0)

# Rows asked about at a time: bounds the table of distances.
_CHUNK = 256


def find_warping() -> Any:
    """Dtaidistance's warping of several channels at once; UsageError, with the remedy, where it is not installed."""
    try:
        from dtaidistance import dtw_ndim
    except ImportError as problem:
        raise UsageError(
            "family 'dtw' needs dtaidistance, which is not installed. Install it with: pip install 'seqloom[dtw]'"
        ) from problem
    return dtw_ndim


def warp_distances(asked: Ragged, known: Ragged, *, window: int) -> np.ndarray:
    """The distance of each of M series to each of N, ``[M, N] float64``.

    All channels of a step are matched together ("dependent"): the root of the least sum of squared distances of steps
    over all ways to match them in order, where no step is matched with one more than ``window`` steps away (and as many
    more as the two differ in length).

    Parameters
    ----------
    asked, known : Ragged
        M and N series of as many channels.
    window : int
        From 0 on, which is the Euclidean distance of series that are equally long (Sakoe and Chiba's band).
    """
    warping, n = find_warping(), len(known)
    there = [np.ascontiguousarray(known.row(i), dtype=np.float64) for i in range(n)]
    distances = np.empty((len(asked), n))
    for start in range(0, len(asked), _CHUNK):
        rows = range(start, min(start + _CHUNK, len(asked)))
        here = [np.ascontiguousarray(asked.row(i), dtype=np.float64) for i in rows]
        block = ((0, len(here)), (len(here), len(here) + n))
        found = warping.distance_matrix_fast(
            [*here, *there], ndim=known.values.shape[1], window=window + 1, block=block, compact=True, parallel=False
        )
        distances[rows.start : rows.stop] = np.reshape(found, (len(here), n))
    return distances


def predict_neighbours(inputs: Mapping[str, Any], arrays: Arrays, *, settings: Mapping[str, Any]) -> np.ndarray:
    """Probabilities of fitted nearest neighbours, ``[N, K] float32``.

    Parameters
    ----------
    inputs : mapping
        ``steps``, Ragged ``[sum of lengths, C] float32``.
    arrays : dict of str to ndarray
        ``values`` and ``offsets`` of the training series, and their ``target``.
    settings : mapping
        ``n_classes``, ``window`` and ``sharpness``.

    Returns
    -------
    ndarray, ``[N, K] float32``
        In the order of the classes; the most probable one is that of the nearest series.
    """
    distances = _measure_distances(inputs, arrays, settings=settings)
    margins = _find_margins(distances, arrays["target"], n_classes=settings["n_classes"])
    return softmax(settings["sharpness"] * margins, axis=1).astype(np.float32)


def predict_nearest(inputs: Mapping[str, Any], arrays: Arrays, *, settings: Mapping[str, Any]) -> np.ndarray:
    """The number of the nearest training series, ``[N, 1] float32``.

    Parameters
    ----------
    inputs, arrays : mapping
        As for ``predict_neighbours``; ``target`` is numbers.
    settings : mapping
        ``window``.
    """
    nearest = _measure_distances(inputs, arrays, settings=settings).argmin(axis=1)
    found: np.ndarray = arrays["target"][nearest, None]
    return found


def _measure_distances(inputs: Mapping[str, Any], arrays: Arrays, *, settings: Mapping[str, Any]) -> np.ndarray:
    known = Ragged(values=arrays["values"], offsets=arrays["offsets"])
    return warp_distances(inputs["steps"], known, window=settings["window"])


def _list_windows(steps: Ragged) -> Iterator[tuple[int, np.ndarray]]:
    """Each window to choose from, ascending, with the distances ``[N, N]`` in it; of a series to itself infinite."""
    for window in sorted({int(np.ceil(share * steps.lengths.max())) for share in WINDOWS}):
        distances = warp_distances(steps, steps, window=window)
        np.fill_diagonal(distances, np.inf)
        yield window, distances


def _find_margins(distances: np.ndarray, target: np.ndarray, *, n_classes: int) -> np.ndarray:
    """How near the nearest series of each class is, ``[M, K]``: minus its distance, of no series minus the farthest."""
    nearest = np.full((len(distances), n_classes), np.inf)
    for k in np.unique(target):
        nearest[:, k] = distances[:, target == k].min(axis=1)
    finite = np.where(np.isfinite(nearest), nearest, 0.0)
    return -np.where(np.isfinite(nearest), nearest, 2 * finite.max(axis=1, keepdims=True) + 1)


class NeighbourModel:
    """The class of the nearest training series, by dynamic time warping within a window chosen by leaving each out.

    Parameters
    ----------
    n_classes : int
        K.
    """

    kind = "neighbours"

    def __init__(self, n_classes: int) -> None:
        self.n_classes = n_classes
        self.window_ = 0
        self.sharpness_ = 1.0
        self.arrays_: Arrays = {}

    def fit(self, train: Encoded, valid: Encoded, *, plan: Plan) -> Iterator[EpochRecord]:  # noqa: ARG002 (Model)
        """Keep the training series, and choose the window; one record, as there are no epochs."""
        find_warping()
        steps, target = train.inputs["steps"], np.asarray(train.target)
        best = -1.0
        for window, distances in _list_windows(steps):
            margins = _find_margins(distances, target, n_classes=self.n_classes)
            accuracy = float(np.average(margins.argmax(axis=1) == target, weights=train.weight))
            if accuracy > best:
                best, self.window_ = accuracy, window
                self.sharpness_ = fit_sharpness(margins, target, weight=train.weight)
        self.arrays_ = {"values": steps.values, "offsets": steps.offsets, "target": target.astype(np.int32)}
        measured = measure_answers(self.predict(valid.inputs), np.asarray(valid.target))
        yield EpochRecord(epoch=1, n_steps=1, train={}, valid=measured)

    def for_refit(self) -> NeighbourModel:
        """A fresh one: whatever is chosen is chosen on training rows."""
        return NeighbourModel(self.n_classes)

    def predict(self, inputs: Mapping[str, Any]) -> np.ndarray:
        """Probabilities, ``[N, K] float32``."""
        return predict_neighbours(inputs, self.arrays_, settings=self.state()[0])

    def state(self) -> tuple[dict[str, Any], Arrays]:
        """The chosen window, and the training series."""
        settings = {"kind": self.kind, "n_classes": self.n_classes}
        return settings | {"window": self.window_, "sharpness": self.sharpness_}, dict(self.arrays_)

    @classmethod
    def from_state(cls, settings: Mapping[str, Any], arrays: Arrays) -> NeighbourModel:
        """The model again, from what ``state`` gave."""
        model = cls(settings["n_classes"])
        model.window_, model.sharpness_, model.arrays_ = settings["window"], settings["sharpness"], dict(arrays)
        return model


class NeighbourRegressor:
    """The number of the nearest training series, by dynamic time warping within a window chosen by leaving each out.

    Parameters
    ----------
    n_classes : int
        1: a number for each row.
    """

    kind = "neighbours"

    def __init__(self, n_classes: int) -> None:
        self.n_classes = n_classes
        self.window_ = 0
        self.arrays_: Arrays = {}

    def fit(self, train: Encoded, valid: Encoded, *, plan: Plan) -> Iterator[EpochRecord]:  # noqa: ARG002 (Model)
        """Keep the training series, and choose the window; one record, as there are no epochs."""
        find_warping()
        steps, target = train.inputs["steps"], np.asarray(train.target)[:, 0]
        least = np.inf
        for window, distances in _list_windows(steps):
            error = float(np.average(np.abs(target[distances.argmin(axis=1)] - target), weights=train.weight))
            if error < least:
                least, self.window_ = error, window
        self.arrays_ = {"values": steps.values, "offsets": steps.offsets, "target": target.astype(np.float32)}
        measured = measure_values(self.predict(valid.inputs), valid.target, loss="mse")
        yield EpochRecord(epoch=1, n_steps=1, train={}, valid=measured)

    def for_refit(self) -> NeighbourRegressor:
        """A fresh one: whatever is chosen is chosen on training rows."""
        return NeighbourRegressor(self.n_classes)

    def predict(self, inputs: Mapping[str, Any]) -> np.ndarray:
        """A number for each series, ``[N, 1] float32``."""
        return predict_nearest(inputs, self.arrays_, settings=self.state()[0])

    def state(self) -> tuple[dict[str, Any], Arrays]:
        """The chosen window, and the training series."""
        return {"kind": self.kind, "n_classes": self.n_classes, "window": self.window_}, dict(self.arrays_)

    @classmethod
    def from_state(cls, settings: Mapping[str, Any], arrays: Arrays) -> NeighbourRegressor:
        """The model again, from what ``state`` gave."""
        model = cls(settings["n_classes"])
        model.window_, model.arrays_ = settings["window"], dict(arrays)
        return model
