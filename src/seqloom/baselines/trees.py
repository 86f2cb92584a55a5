"""Gradient-boosted trees on few lags: the rival that bends where a line does not.

One model for all steps of the horizon, with the step among its features: direct models of 24 steps take 24 times the
time. Trees are kept as arrays of nodes, not as a pickle.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor

from seqloom.baselines.branches import Branches, GrownTrees, cut_rows, read_features
from seqloom.flow import Arrays, Encoded, EpochRecord, Plan

__all__ = ["TreesForecast", "export_trees"]

# Trees at most, and how far each goes: validation rows choose how many of them answer.
_MOST_TREES = 150
_RATE = 0.08

# Pairs of a window and one of its steps that are grown on, and chosen on, at most.
_MOST_ROWS = 30_000
_MOST_ASKED = 5_000


class TreesForecast(GrownTrees):
    """Every value to come by boosted trees of absolute errors, on few lags, means and what is known in advance.

    What is fitted is the change from the last value. After Friedman (2001), Greedy Function Approximation, section 4.

    Parameters
    ----------
    n_steps, first_step, n_targets : int
        O; how far behind the origin the first of them is; G.
    n_trees : int or None
        Of each target; None: chosen on validation rows.
    """

    def __init__(self, *, n_steps: int, first_step: int, n_targets: int, n_trees: int | None = None) -> None:
        super().__init__(n_steps=n_steps, first_step=first_step, n_targets=n_targets)
        self.n_trees = n_trees

    def fit(self, train: Encoded, valid: Encoded, *, plan: Plan) -> Iterator[EpochRecord]:
        """Grow, and keep as many trees as err least; one record, as there are no epochs."""
        random = np.random.default_rng(plan.seed)
        features, change = self._read(train, most=_MOST_ROWS, random=random)
        most = self.n_trees or _MOST_TREES
        grown = [_grow(features, change[:, g], n_trees=most, seed=plan.seed) for g in range(self.n_targets)]
        if self.n_trees is None:
            asked, came = self._read(valid, most=_MOST_ASKED, random=random)
            off = np.mean(
                [_measure_counts(one, asked, came=came[:, g]) for g, one in enumerate(grown)], axis=0
            )  # [trees]
            self.n_trees = int(off.argmin()) + 1
            yield EpochRecord(epoch=1, n_steps=1, train={}, valid={"loss": float(off.min())})
        self.arrays_ = export_trees(grown, n_trees=self.n_trees)

    def for_refit(self) -> TreesForecast:
        """A model of as many trees, to be grown on all rows."""
        return TreesForecast(
            n_steps=self.n_steps, first_step=self.first_step, n_targets=self.n_targets, n_trees=self.n_trees
        )

    def _read(self, encoded: Encoded, *, most: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Features and changes ``[n, P]``, ``[n, G]`` of all pairs of window and step, or of ``most`` drawn ones."""
        n_pairs = len(encoded) * self.n_steps
        pairs = np.arange(n_pairs) if n_pairs <= most else np.sort(random.choice(n_pairs, size=most, replace=False))
        parts = []
        for chunk in cut_rows(len(pairs)):
            rows, places = np.divmod(pairs[chunk], self.n_steps)
            inputs = {name: value.take(rows) for name, value in encoded.inputs.items()}
            past, target = inputs["past"], encoded.target
            last = past.values[past.starts + past.length - 1, : self.n_targets]
            change = target.values[target.starts[rows] + places, : self.n_targets] - last
            parts.append((read_features(inputs, places + self.first_step, n_targets=self.n_targets), change))
        features, changes = (np.concatenate(side) for side in zip(*parts, strict=True))
        return features, changes


def _grow(features: np.ndarray, change: np.ndarray, *, n_trees: int, seed: int) -> HistGradientBoostingRegressor:
    grower = HistGradientBoostingRegressor(
        loss="absolute_error", learning_rate=_RATE, max_iter=n_trees, early_stopping=False, random_state=seed
    )
    return grower.fit(features, change)


def _measure_counts(grown: HistGradientBoostingRegressor, asked: np.ndarray, *, came: np.ndarray) -> np.ndarray:
    """The mean absolute error of the first tree alone, of the first two ..., ``[trees]``."""
    arrays = export_trees([grown])
    total, branches = np.zeros(len(arrays["roots"])), Branches(arrays)
    for rows in cut_rows(len(asked)):
        said = arrays["base"][0] + branches.answer(asked[rows]).cumsum(axis=1, dtype=np.float64)
        total += np.abs(said - came[rows, None]).sum(axis=0)
    return total / len(asked)


def export_trees(grown: list[HistGradientBoostingRegressor], *, n_trees: int | None = None) -> Arrays:
    """The nodes of the first ``n_trees`` trees of each target (None: of all), ``grown``, as ``Branches`` takes them.

    ``base`` ``[G]`` is what the trees of each target start from, ``target`` ``[trees]`` whose each tree is.
    """
    trees = [(g, stage[0].nodes) for g, one in enumerate(grown) for stage in one._predictors[:n_trees]]
    sizes = np.array([len(nodes) for _, nodes in trees])
    roots = np.cumsum(sizes) - sizes
    nodes = np.concatenate([of_tree for _, of_tree in trees])
    shift, own, is_leaf = np.repeat(roots, sizes), np.arange(len(nodes)), nodes["is_leaf"] == 1
    threshold = nodes["num_threshold"].astype(np.float32)
    # features are float32: a threshold rounded up would send a value between both the other way
    threshold = np.where(threshold > nodes["num_threshold"], np.nextafter(threshold, np.float32(-np.inf)), threshold)
    return {
        "base": np.array([float(np.ravel(one._baseline_prediction)[0]) for one in grown]),
        "target": np.array([g for g, _ in trees], dtype=np.int32),
        "roots": roots.astype(np.int32),
        "feature": np.where(is_leaf, 0, nodes["feature_idx"]).astype(np.int32),
        "threshold": threshold.astype(np.float32),
        "left": np.where(is_leaf, own, nodes["left"] + shift).astype(np.int32),
        "right": np.where(is_leaf, own, nodes["right"] + shift).astype(np.int32),
        "value": np.where(is_leaf, nodes["value"], 0.0).astype(np.float32),
    }
