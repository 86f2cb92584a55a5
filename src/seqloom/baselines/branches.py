"""What grown trees answer: few lags read from windows, and branches walked, in NumPy alone.

Kept apart from the growing, so that a cold prediction does not pay for scikit-learn (1.0 s).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from seqloom.flow import Arrays, Windows

__all__ = ["GrownTrees", "check_trees", "cut_rows", "read_features", "walk_trees"]

# Lags that are read of each channel, from the last row to the first, closer together where they are younger.
_N_LAGS = 10

# Means that are read of each channel: of the whole context, and of these shares of its end.
_SHARES = (1.0, 0.2)

# Rows whose way through all trees is walked at once: 2,048 rows of 400 trees are 7 MB.
_CHUNK = 2_048


def read_features(inputs: Mapping[str, Windows], steps: np.ndarray, *, n_targets: int) -> np.ndarray:
    """What trees see of windows, ``[N, P] float32``.

    Trees cannot go on beyond values that they have seen, so lags of a target are told by how far they are from its
    last value, which stands beside them.

    Parameters
    ----------
    inputs : mapping of str to Windows
        ``past``, and ``future`` where something is known in advance.
    steps : ndarray, ``[N] int``
        How far behind the origin the value that is asked for lies: 1 is the first.
    n_targets : int
        G: the first so many channels of ``past``.
    """
    past = inputs["past"]
    n, length, _ = past.shape
    ago = np.unique(np.rint(np.geomspace(1, length, _N_LAGS)).astype(np.int64)) - 1
    last = past.starts + length - 1
    lags = past.values[last[:, None] - ago]  # [N, lags, C]
    whole = past.gather()
    means = np.stack([whole[:, -max(1, round(share * length)) :].mean(axis=1) for share in _SHARES], axis=1)
    own = lags[:, :1, :n_targets].copy()
    lags[:, 1:, :n_targets] -= own
    means[:, :, :n_targets] -= own
    parts = [lags.reshape(n, -1), means.reshape(n, -1), steps[:, None]]
    if "future" in inputs:
        future = inputs["future"]
        parts.append(future.values[future.starts + steps - 1])
    return np.concatenate(parts, axis=1, dtype=np.float32)


def walk_trees(features: np.ndarray, arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    """What each tree says of each row, ``[N, trees] float32``.

    Parameters
    ----------
    features : ndarray, ``[N, P] float32``
        Without missing values.
    arrays : mapping of str to ndarray
        ``roots`` ``[trees]``, and of all nodes, end to end, ``feature``, ``threshold``, ``left``, ``right`` (places of
        nodes; a leaf's own, so that whoever has arrived stays) and ``value``.
    """
    place = np.broadcast_to(arrays["roots"], (len(features), len(arrays["roots"])))
    rows = np.arange(len(features))[:, None]
    while True:
        goes_left = features[rows, arrays["feature"][place]] <= arrays["threshold"][place]
        further = np.where(goes_left, arrays["left"][place], arrays["right"][place])
        if np.array_equal(further, place):
            values: np.ndarray = arrays["value"][place]
            return values
        place = further


def check_trees(arrays: Mapping[str, np.ndarray], *, n_targets: int) -> bool:
    """Whether ``arrays`` from outside are trees of ``n_targets``: every way from a root leads down to a leaf.

    Nodes whose children stand before them could lead round in a circle, for ever.
    """
    names = ("feature", "threshold", "left", "right", "value")
    if {"base", "target", "roots", *names} != set(arrays) or any(array.ndim != 1 for array in arrays.values()):
        return False
    n, own = len(arrays["left"]), np.arange(len(arrays["left"]))
    children = (arrays["left"], arrays["right"])
    whole = ("target", "roots", "feature", "left", "right")
    if any(arrays[name].dtype != np.int32 for name in whole) or {len(arrays[name]) for name in names} != {n} or not n:
        return False
    is_leaf = (arrays["left"] == own) & (arrays["right"] == own)
    goes_down = all(((child > own) & (child < n) | is_leaf).all() for child in children)
    are_trees = len(arrays["roots"]) == len(arrays["target"]) and len(arrays["base"]) == n_targets
    in_range = (arrays["roots"] >= 0) & (arrays["roots"] < n) if are_trees else np.zeros(1, bool)
    of_targets = (arrays["target"] >= 0) & (arrays["target"] < n_targets)
    is_number = all(np.isfinite(arrays[name]).all() for name in ("base", "value")) and (arrays["feature"] >= 0).all()
    return bool(goes_down and are_trees and in_range.all() and of_targets.all() and is_number)


class GrownTrees:
    """Forecasts by trees that were grown before: arrays of nodes, walked from their roots.

    Parameters
    ----------
    n_steps, first_step, n_targets : int
        O; how far behind the origin the first of them is; G.
    """

    kind = "trees"

    def __init__(self, *, n_steps: int, first_step: int, n_targets: int) -> None:
        self.n_steps = n_steps
        self.first_step = first_step
        self.n_targets = n_targets
        self.arrays_: Arrays = {}

    def predict(self, inputs: Mapping[str, Any]) -> np.ndarray:
        """The forecast, ``[N, O, G] float32``."""
        past: Windows = inputs["past"]
        forecast = np.empty((len(past), self.n_steps, self.n_targets), np.float32)
        for rows in cut_rows(len(past)):
            asked = {name: value.take(rows) for name, value in inputs.items()}
            last = past.values[past.starts[rows] + past.length - 1]
            for o in range(self.n_steps):
                steps = np.full(len(rows), self.first_step + o)
                features = read_features(asked, steps, n_targets=self.n_targets)
                said = walk_trees(features, self.arrays_)
                for g in range(self.n_targets):
                    change = said[:, self.arrays_["target"] == g].sum(axis=1, dtype=np.float64)
                    forecast[rows, o, g] = last[:, g] + self.arrays_["base"][g] + change
        return forecast

    def state(self) -> tuple[dict[str, Any], Arrays]:
        """Sizes, and the nodes of all trees (see ``walk_trees``) with the ``target`` of each tree and each ``base``."""
        sizes = {"n_steps": self.n_steps, "first_step": self.first_step, "n_targets": self.n_targets}
        return {"kind": self.kind, **sizes}, dict(self.arrays_)

    @classmethod
    def from_state(cls, settings: Mapping[str, Any], arrays: Arrays) -> GrownTrees:
        """The model again, from what ``state`` gave."""
        model = cls(**{name: settings[name] for name in ("n_steps", "first_step", "n_targets")})
        model.arrays_ = dict(arrays)
        return model


def cut_rows(n_rows: int) -> Iterator[np.ndarray]:
    """Rows 0 to ``n_rows``, a chunk at a time."""
    for start in range(0, n_rows, _CHUNK):
        yield np.arange(start, min(start + _CHUNK, n_rows))
