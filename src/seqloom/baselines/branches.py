"""What grown trees answer: few lags read from windows, and the leaves that rows come to, in NumPy alone.

Kept apart from the growing, so that a cold prediction does not pay for scikit-learn (1.0 s).

No tree is walked. A row and a tree have a bit for each leaf; a branch that the row does not take to the left clears
the bits of the leaves at its left; the lowest bit left is the leaf (QuickScorer). Such bits of features that have
nothing to do with each other are found apart and joined by ``and``: those of the past once for all steps of a
forecast, those of a step once for all rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from seqloom.errors import ArtifactError
from seqloom.flow import Arrays, Windows

__all__ = ["MOST_LEAVES", "Branches", "GrownTrees", "check_trees", "cut_rows", "read_features"]

# Lags that are read of each channel, from the last row to the first, closer together where they are younger.
_N_LAGS = 10

# Means that are read of each channel: of the whole context, and of these shares of its end.
_SHARES = (1.0, 0.2)

# Rows that are answered at once: bits of 2,048 rows of 400 trees are 3 MB.
_CHUNK = 2_048

# Pairs of a window and a step that are answered at once, as each step may know something else: of 150 trees 60 MB.
_PAIRS = 100_000

# Leaves of a tree at most, a bit for each; scikit-learn grows 31.
MOST_LEAVES = 32


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
    return _add_step(_read_past(inputs["past"], n_targets=n_targets), inputs, steps=steps)


def _read_past(past: Windows, *, n_targets: int) -> np.ndarray:
    """What trees see of the past, ``[N, Q] float32``: the same for every step that is asked for."""
    n, length, _ = past.shape
    ago = np.unique(np.rint(np.geomspace(1, length, _N_LAGS)).astype(np.int64)) - 1
    last = past.starts + length - 1
    lags = past.values[last[:, None] - ago]  # [N, lags, C]
    whole = past.gather()
    means = np.stack([whole[:, -max(1, round(share * length)) :].mean(axis=1) for share in _SHARES], axis=1)
    own = lags[:, :1, :n_targets].copy()
    lags[:, 1:, :n_targets] -= own
    means[:, :, :n_targets] -= own
    return np.concatenate([lags.reshape(n, -1), means.reshape(n, -1)], axis=1, dtype=np.float32)


def _add_step(past: np.ndarray, inputs: Mapping[str, Windows], *, steps: np.ndarray) -> np.ndarray:
    """Features of the ``past`` with the step, and what is known of it."""
    parts = [past, steps[:, None]]
    if "future" in inputs:
        future = inputs["future"]
        parts.append(future.values[future.starts + steps - 1])
    return np.concatenate(parts, axis=1, dtype=np.float32)


class Branches:
    """Grown trees, ready to answer: of each node its feature and threshold, and the leaves that it rules out.

    After Lucchese et al. (2015), QuickScorer: a fast algorithm to rank documents with additive ensembles of regression
    trees, section 3.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        ``roots`` ``[trees]``, and of all nodes, end to end, ``feature``, ``threshold``, ``left``, ``right`` (places of
        nodes behind it; a leaf's own) and ``value``.
    """

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        left, right, roots = (arrays[name].tolist() for name in ("left", "right", "roots"))
        n = len(left)
        leaves, first, tree = _count_leaves(left, right), [0] * n, [0] * n
        for number, root in enumerate(roots):
            tree[root] = number
        for node in range(n):  # leaves are numbered from the left
            if left[node] != node:
                first[left[node]], first[right[node]] = first[node], first[node] + leaves[left[node]]
                tree[left[node]] = tree[right[node]] = tree[node]
        self._values = np.zeros((len(roots), MOST_LEAVES), dtype=np.float32)
        inner = np.array([left[node] != node for node in range(n)], dtype=bool)
        self._values[np.array(tree)[~inner], np.array(first)[~inner]] = arrays["value"][~inner]
        cleared = [((1 << leaves[left[node]]) - 1) << first[node] for node in np.flatnonzero(inner).tolist()]
        self._kept, self._tree = ~np.array(cleared, dtype=np.uint32), np.array(tree)[inner]
        self._feature, self._threshold = arrays["feature"][inner], arrays["threshold"][inner]

    def narrow(self, features: np.ndarray, *, first: int = 0) -> np.ndarray:
        """The leaves of each tree that rows may still come to, ``[N, trees] uint32``, a bit for each.

        Parameters
        ----------
        features : ndarray, ``[N, P] float32``
            Some of the features, without missing values; nodes of others are passed over.
        first : int
            Which feature the first column is.
        """
        bits = np.full((len(self._values), len(features)), 0xFFFFFFFF, dtype=np.uint32)
        columns = np.ascontiguousarray(features.T)
        for node in np.flatnonzero((self._feature >= first) & (self._feature < first + len(columns))):
            goes_right = columns[self._feature[node] - first] > self._threshold[node]
            bits[self._tree[node]] &= np.where(goes_right, self._kept[node], np.uint32(0xFFFFFFFF))
        return np.ascontiguousarray(bits.T)

    def read(self, bits: np.ndarray) -> np.ndarray:
        """What each tree says, ``[N, trees] float32``, of rows with ``bits`` of the leaves that are left."""
        leaf = np.bitwise_count(~bits & (bits - np.uint32(1)))  # zeros below the lowest one
        values: np.ndarray = self._values.ravel().take(np.arange(len(self._values)) * MOST_LEAVES + leaf)
        return values

    def answer(self, features: np.ndarray) -> np.ndarray:
        """What each tree says of rows of which all ``features`` ``[N, P]`` are known, ``[N, trees] float32``."""
        return self.read(self.narrow(features))


def _count_leaves(left: list[int], right: list[int]) -> list[int]:
    """Leaves below each node (a leaf has itself); more than can have a bit are one too many."""
    leaves = [1] * len(left)
    for node in range(len(left) - 1, -1, -1):
        if left[node] != node:
            leaves[node] = min(leaves[left[node]] + leaves[right[node]], MOST_LEAVES + 1)
    return leaves


def check_trees(arrays: Mapping[str, np.ndarray], *, n_targets: int) -> bool:
    """Whether ``arrays`` from outside are trees of ``n_targets``: each node has one way to it, from a root downwards.

    Nodes whose children stand before them could lead round in a circle.
    """
    names = ("feature", "threshold", "left", "right", "value")
    if {"base", "target", "roots", *names} != set(arrays) or any(array.ndim != 1 for array in arrays.values()):
        return False
    n, own = len(arrays["left"]), np.arange(len(arrays["left"]))
    whole = ("target", "roots", "feature", "left", "right")
    if any(arrays[name].dtype != np.int32 for name in whole) or {len(arrays[name]) for name in names} != {n} or not n:
        return False
    is_leaf = (arrays["left"] == own) & (arrays["right"] == own)
    goes_down = all(((arrays[side] > own) & (arrays[side] < n) | is_leaf).all() for side in ("left", "right"))
    are_trees = len(arrays["roots"]) == len(arrays["target"]) and len(arrays["base"]) == n_targets
    in_range = (arrays["roots"] >= 0) & (arrays["roots"] < n) if are_trees else np.zeros(1, bool)
    of_targets = (arrays["target"] >= 0) & (arrays["target"] < n_targets)
    is_number = all(np.isfinite(arrays[name]).all() for name in ("base", "value")) and (arrays["feature"] >= 0).all()
    if not (goes_down and are_trees and in_range.all() and of_targets.all() and is_number):
        return False
    ways = np.concatenate([arrays["roots"], arrays["left"][~is_leaf], arrays["right"][~is_leaf]])
    has_bits = max(_count_leaves(arrays["left"].tolist(), arrays["right"].tolist())) <= MOST_LEAVES
    return bool((np.bincount(ways, minlength=n) == 1).all() and has_bits)


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
        forecast, branches = np.empty((len(past), self.n_steps, self.n_targets), np.float32), Branches(self.arrays_)
        for rows in cut_rows(len(past), size=min(_CHUNK, max(1, _PAIRS // self.n_steps))):
            forecast[rows] = self._answer({name: value.take(rows) for name, value in inputs.items()}, branches)
        return forecast

    def _answer(self, inputs: Mapping[str, Windows], branches: Branches) -> np.ndarray:
        """The forecast of some windows, ``[n, O, G]``: of all pairs of a window and a step."""
        past, steps = inputs["past"], np.arange(self.first_step, self.first_step + self.n_steps)
        seen, last = _read_past(past, n_targets=self.n_targets), past.values[past.starts + past.length - 1]
        width = seen.shape[1]
        of_window, of_step = branches.narrow(seen), branches.narrow(steps[:, None].astype(np.float32), first=width)
        width += 1
        known = np.zeros((len(past), self.n_steps), dtype=np.int64)
        of_moment = np.full((1, of_step.shape[1]), 0xFFFFFFFF, dtype=np.uint32)
        if "future" in inputs:
            future = inputs["future"]
            moments, known = np.unique(future.starts[:, None] + steps - 1, return_inverse=True)
            of_moment, width = branches.narrow(future.values[moments], first=width), width + future.values.shape[1]
        if self.arrays_["feature"].max() >= width:
            raise ArtifactError(f"trees of a feature that is not among {width} found. Get the folder again.")
        forecast = np.empty((len(past), self.n_steps, self.n_targets), np.float32)
        for o in range(self.n_steps):
            said = branches.read(of_window & of_step[o] & of_moment[known[:, o]])
            for g in range(self.n_targets):
                change = said[:, self.arrays_["target"] == g].sum(axis=1, dtype=np.float64)
                forecast[:, o, g] = last[:, g] + self.arrays_["base"][g] + change
        return forecast

    def state(self) -> tuple[dict[str, Any], Arrays]:
        """Sizes, and the nodes of all trees (see ``Branches``) with the ``target`` of each tree and each ``base``."""
        sizes = {"n_steps": self.n_steps, "first_step": self.first_step, "n_targets": self.n_targets}
        return {"kind": self.kind, **sizes}, dict(self.arrays_)

    @classmethod
    def from_state(cls, settings: Mapping[str, Any], arrays: Arrays) -> GrownTrees:
        """The model again, from what ``state`` gave."""
        model = cls(**{name: settings[name] for name in ("n_steps", "first_step", "n_targets")})
        model.arrays_ = dict(arrays)
        return model


def cut_rows(n_rows: int, *, size: int = _CHUNK) -> Iterator[np.ndarray]:
    """Rows 0 to ``n_rows``, a chunk of ``size`` at a time."""
    for start in range(0, n_rows, size):
        yield np.arange(start, min(start + size, n_rows))
