"""Logistic regression on few dense columns that come in order of weight, such as the document vectors of LSA.

Few labels cannot tell which of a hundred columns matter, so only the first are used: how many, cross-validation says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from seqloom.baselines.margin import always_or_never, predict_ranked, take_columns
from seqloom.flow import Arrays, Encoded, EpochRecord, Plan
from seqloom.targets import decide, find_strata, measure_answers

__all__ = ["RankedModel", "choose_fewest", "deal_folds"]

# Numbers of columns to choose from. On IMDB 20 are best with 200 labels (84.9 % against 84.0 with 70), 100 with 2,000
# (87.2 against 86.6).
RANKS = (20, 50, 100)

# Parts of the training rows that are left out in turn; a fifth of 200 labels held out once is 40, which tell nothing.
N_FOLDS = 5

# Inverse of the L2 penalty on rows of length 1: from 1 to 10 accuracy on IMDB moves by 0.3 points, whatever the rank.
STRENGTH = 3.0

_MOST_PASSES = 1_000

# The margin of a class that no training row has.
_NEVER = -1e4


class RankedModel:
    """Logistic regression on the first columns of ``topics``, each row brought to length 1.

    With ``columns`` of a table beside the text, all of these stand behind them.

    Parameters
    ----------
    n_classes : int
        K.
    ranks : sequence of int
        Numbers of columns to choose from, ascending; one value chooses nothing.
    """

    kind = "ranked"

    def __init__(self, n_classes: int, ranks: Sequence[int] = RANKS) -> None:
        self.n_classes = n_classes
        self.ranks = tuple(ranks)
        self.multilabel_ = False
        self.rank_: int | None = None
        self.arrays_: Arrays = {}

    def fit(self, train: Encoded, valid: Encoded, *, plan: Plan) -> Iterator[EpochRecord]:
        """Choose the number of columns on training rows alone, and solve; one record, as there are no epochs."""
        self.multilabel_ = np.asarray(train.target).ndim == 2
        if len(self.ranks) == 1:
            self.rank_ = self.ranks[0]
        else:
            is_right = [self._cross_validate(train, rank, seed=plan.seed) for rank in self.ranks]
            self.rank_ = self.ranks[choose_fewest(np.stack(is_right))]
        self.arrays_ = self._solve(train, np.arange(len(train)), rank=self.rank_, seed=plan.seed)
        measured = measure_answers(self.predict(valid.inputs), np.asarray(valid.target))
        yield EpochRecord(epoch=1, n_steps=1, train={}, valid=measured)

    def _cross_validate(self, train: Encoded, rank: int, *, seed: int) -> np.ndarray:
        """What a model of the other folds' rows gets right, ``[N] bool``: each row, or each label of each row."""
        target = np.asarray(train.target)
        fold, is_right = deal_folds(find_strata(target), seed=seed), np.zeros(target.shape, dtype=bool)
        threshold = 0.5 if self.multilabel_ else None
        for k in range(N_FOLDS):
            rows, held = np.flatnonzero(fold != k), np.flatnonzero(fold == k)
            if len(rows) and len(held):
                arrays = self._solve(train, rows, rank=rank, seed=seed)
                inputs = {name: values[held] for name, values in train.inputs.items()}
                probability = predict_ranked(inputs, arrays, multilabel=self.multilabel_)
                is_right[held] = decide(probability, threshold) == target[held]
        return is_right.ravel()

    def _solve(self, train: Encoded, rows: np.ndarray, *, rank: int, seed: int) -> Arrays:
        """Coefficients ``[R, rank]`` and intercepts ``[R]``: R is 1 for two classes, else K."""
        columns, target = take_columns(train.inputs["topics"][rows], rank), np.asarray(train.target)[rows]
        n_topics = columns.shape[1]
        if "columns" in train.inputs:
            columns = np.concatenate([columns, train.inputs["columns"][rows]], axis=1)
        weight = None if train.weight is None else train.weight[rows]
        arrays = self._solve_columns(columns, target, weight=weight, seed=seed)
        beside = arrays["coef"][:, n_topics:]
        arrays["coef"] = arrays["coef"][:, :n_topics]
        return arrays | ({"column_coef": beside} if beside.size else {})

    def _solve_columns(
        self, columns: np.ndarray, target: np.ndarray, *, weight: np.ndarray | None, seed: int
    ) -> Arrays:
        """The same of columns ``[N, n]`` that are all alike."""
        if self.multilabel_:
            return _solve_each(columns, target, weight=weight, seed=seed)
        coef = np.zeros((self.n_classes, columns.shape[1]))
        intercept = np.full(self.n_classes, _NEVER)
        known = np.unique(target)
        intercept[known] = 0.0
        if len(known) > 1:
            solver = _make_solver(seed).fit(columns, target, sample_weight=weight)
            known = known[-len(solver.coef_) :]  # of two classes, the second alone has coefficients
            coef[known], intercept[known] = solver.coef_, solver.intercept_
        if self.n_classes == 2:
            coef, intercept = np.diff(coef, axis=0), np.diff(intercept)
        return {"coef": coef.astype(np.float32), "intercept": intercept.astype(np.float32)}

    def for_refit(self) -> RankedModel:
        """A model of the chosen number of columns, to be fitted on all rows."""
        return RankedModel(self.n_classes, self.ranks if self.rank_ is None else (self.rank_,))

    def predict(self, inputs: Mapping[str, Any]) -> np.ndarray:
        """Probabilities, ``[N, K] float32``."""
        return predict_ranked(inputs, self.arrays_, multilabel=self.multilabel_)

    def state(self) -> tuple[dict[str, Any], Arrays]:
        """The chosen number of columns, coefficients and intercepts."""
        settings = {"kind": self.kind, "n_classes": self.n_classes, "rank": self.rank_}
        return settings | ({"multilabel": True} if self.multilabel_ else {}), dict(self.arrays_)

    @classmethod
    def from_state(cls, settings: Mapping[str, Any], arrays: Arrays) -> RankedModel:
        """The model again, from what ``state`` gave."""
        model = cls(settings["n_classes"])
        model.rank_, model.multilabel_ = settings["rank"], settings.get("multilabel", False)
        model.arrays_ = dict(arrays)
        return model


def _make_solver(seed: int) -> LogisticRegression:
    return LogisticRegression(C=STRENGTH, max_iter=_MOST_PASSES, random_state=seed)


def _solve_each(columns: np.ndarray, target: np.ndarray, *, weight: np.ndarray | None, seed: int) -> Arrays:
    """A regression for each label, ``[K, rank]`` and ``[K]``."""
    coef, intercept = np.zeros((target.shape[1], columns.shape[1])), np.empty(target.shape[1])
    for k, column in enumerate(target.T):
        if column.all() or not column.any():
            intercept[k] = always_or_never(column)
        else:
            solver = _make_solver(seed).fit(columns, column, sample_weight=weight)
            coef[k], intercept[k] = solver.coef_[0], solver.intercept_[0]
    return {"coef": coef.astype(np.float32), "intercept": intercept.astype(np.float32)}


def deal_folds(target: np.ndarray, *, seed: int) -> np.ndarray:
    """The fold of each row, ``[N] int``: rows of a class are dealt out in turn, in random order.

    Parameters
    ----------
    target : ndarray, ``[N]``
        Class indices.
    seed : int
        Of the order.

    Returns
    -------
    ndarray
        Of 0 to ``N_FOLDS - 1``; of each class, and of all rows, the folds differ by one row at most.
    """
    shuffled = np.random.default_rng(seed).permutation(len(target))
    fold = np.empty(len(target), dtype=np.int64)
    fold[shuffled[np.argsort(target[shuffled], kind="stable")]] = np.arange(len(target)) % N_FOLDS
    return fold


def choose_fewest(is_right: np.ndarray) -> int:
    """The first candidate that is not clearly worse than the best: a few rows cannot justify more columns.

    Of the rows that only one of the two gets right, b are the best's and c the candidate's; b - c has a standard error
    of sqrt(b + c) if neither is better. Clearly worse is by more than one of those.

    Parameters
    ----------
    is_right : ndarray, ``[candidates, N] bool``
        Which rows each gets right.

    Returns
    -------
    int
        Its place.

    Source: Breiman et al. (1984), Classification and Regression Trees, section 3.4.3 (the 1 SE rule); McNemar (1947)
    for the error of a difference on the same rows.
    """
    best = is_right[is_right.sum(axis=1).argmax()]
    lost = best.astype(np.int64) - is_right  # [candidates, N]
    return int((lost.sum(axis=1) ** 2 <= np.abs(lost).sum(axis=1)).argmax())
