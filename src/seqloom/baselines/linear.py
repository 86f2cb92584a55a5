"""The strong rival: n-grams weighted by naive Bayes, logistic regression on top.

Source: Wang and Manning (2012), "Baselines and Bigrams", section 2.3; the square root of the inverse document
frequency and the row norm are ours (0.1 to 0.3 points on IMDB, see docs/decisions.md).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from seqloom.baselines.margin import always_or_never, predict_linear, scale_rows
from seqloom.flow import Arrays, Encoded, EpochRecord, Plan
from seqloom.targets import measure_answers

__all__ = ["LinearModel", "weigh_ngrams"]

# Half a power of ten apart: on IMDB accuracy is within 0.1 points over the whole range, on short texts it is not.
STRENGTHS = (3.0, 10.0, 30.0, 100.0)

# liblinear's stopping criterion: a tenth of a point of accuracy cannot be told from its default 1e-4, in half the time.
_TOLERANCE = 1e-2

# Passes over the rows at most. Reviews need 50; short texts at the largest strength would go on for hundreds: that took
# 30 s instead of 13 on 12,000 docstrings and changed no figure of the table.
_MOST_PASSES = 100


# What standardised columns are multiplied by beside rows of length 1. From 0.3 to 3 accuracy is the same (20,000 short
# texts with columns that tell much: 90.4 to 90.5 %), while longer rows take liblinear twice the time; 0.1 is too little
# for 200 rows (64.4 % against 68.5), where the smallest strengths are best.
COLUMN_SCALE = np.float32(0.3)


def weigh_ngrams(counts: sp.csr_matrix, is_positive: np.ndarray, *, row_weight: np.ndarray | None = None) -> np.ndarray:
    """How much each n-gram speaks for the positive rows: log of a ratio, times the root of its rarity.

    Parameters
    ----------
    counts : CSR matrix, ``[N, F]``
        Training rows; presence counts, not frequency.
    is_positive : ndarray, ``[N] bool``
        Which rows are of the class.
    row_weight : ndarray, ``[N]``, optional
        Weights of the rows; 1 each by default.

    Returns
    -------
    ndarray, ``[F] float32``
        Positive where the n-gram is more frequent in the class, smoothed by one count.

    Source: Wang and Manning (2012), equation 2, with alpha = 1.
    """
    row_weight = np.ones(counts.shape[0]) if row_weight is None else row_weight
    n_features = counts.shape[1]
    mass = np.repeat(row_weight, np.diff(counts.indptr))
    sign = np.repeat(is_positive, np.diff(counts.indptr))
    p = np.bincount(counts.indices, weights=mass * sign, minlength=n_features) + 1.0
    q = np.bincount(counts.indices, weights=mass * ~sign, minlength=n_features) + 1.0
    df = np.bincount(counts.indices, minlength=n_features)
    rarity = np.sqrt(np.log((counts.shape[0] + 1) / np.maximum(df, 1)))
    return (np.log((p / p.sum()) / (q / q.sum())) * rarity).astype(np.float32)


class LinearModel:
    """Logistic regression, one class against the rest, its strength chosen on validation rows.

    Columns beside the text are no n-grams: they are neither weighed by naive Bayes nor brought to length 1 with them.

    Of several labels at once, a regression for each; the strength with the best micro F1 is chosen, where it is the
    best accuracy else.

    Parameters
    ----------
    n_classes : int
        K.
    strengths : sequence of float
        Inverses of the L2 penalty to choose from; one value chooses nothing.
    """

    kind = "linear"

    def __init__(self, n_classes: int, strengths: Sequence[float] = STRENGTHS) -> None:
        self.n_classes = n_classes
        self.strengths = tuple(strengths)
        self.multilabel_ = False
        self.strength_: float | None = None
        self.arrays_: Arrays = {}

    def fit(self, train: Encoded, valid: Encoded, *, plan: Plan) -> Iterator[EpochRecord]:
        """Solve for one strength after the other and keep the best; one record, as there are no epochs."""
        counts, target = train.inputs["counts"], np.asarray(train.target)
        self.multilabel_ = target.ndim == 2
        positives = _list_positives(target, self.n_classes)
        weight = np.stack([weigh_ngrams(counts, is_positive, row_weight=train.weight) for is_positive in positives])
        best: dict[str, float] = {}
        least, metric = 0.0, "micro_f1" if self.multilabel_ else "accuracy"
        for strength in self.strengths:
            # scaled anew for each strength (0.2 s of reviews, 1.5 to solve): kept, it were a matrix for each class
            solved = [
                _solve(
                    _stand_beside(scale_rows(counts, w), train.inputs),
                    is_positive,
                    strength=strength,
                    row_weight=train.weight,
                    seed=plan.seed,
                )
                for w, is_positive in zip(weight, positives, strict=True)
            ]
            coef, intercept = (np.stack(parts).astype(np.float32) for parts in zip(*solved, strict=True))
            arrays = {"weight": weight, "intercept": intercept, **_part_columns(coef, train.inputs)}
            answers = predict_linear(valid.inputs, arrays, multilabel=self.multilabel_)
            measured = measure_answers(answers, np.asarray(valid.target))
            score = measured[metric]
            if not best or score > best[metric]:
                best, self.strength_, self.arrays_ = measured, strength, arrays
                least = score - np.sqrt(score * (1 - score) / max(len(valid), 1))
            elif score < least:
                break  # by more than a standard error past the best; what is left takes longest
        yield EpochRecord(epoch=1, n_steps=1, train={}, valid=best)

    def for_refit(self) -> LinearModel:
        """A model of the chosen strength, to be fitted on all rows."""
        return LinearModel(self.n_classes, self.strengths if self.strength_ is None else (self.strength_,))

    def predict(self, inputs: Mapping[str, Any]) -> np.ndarray:
        """Probabilities, ``[N, K] float32``."""
        return predict_linear(inputs, self.arrays_, multilabel=self.multilabel_)

    def state(self) -> tuple[dict[str, Any], Arrays]:
        """The chosen strength, and weight, coef, intercept (column_coef)."""
        settings = {"kind": self.kind, "n_classes": self.n_classes, "strength": self.strength_}
        return settings | ({"multilabel": True} if self.multilabel_ else {}), dict(self.arrays_)

    @classmethod
    def from_state(cls, settings: Mapping[str, Any], arrays: Arrays) -> LinearModel:
        """The model again, from what ``state`` gave."""
        model = cls(settings["n_classes"])
        model.strength_, model.multilabel_ = settings["strength"], settings.get("multilabel", False)
        model.arrays_ = dict(arrays)
        return model


def _list_positives(target: np.ndarray, n_classes: int) -> list[np.ndarray]:
    """Which rows each regression has to find, ``[N] bool`` each: of two classes, those of the second."""
    if target.ndim == 2:
        return list(target.T == 1)
    return [target == k for k in (range(n_classes) if n_classes > 2 else (1,))]


def _stand_beside(scaled: sp.csr_matrix, inputs: Mapping[str, Any]) -> sp.csr_matrix:
    """The n-grams, and the columns behind them where there are any."""
    if "columns" not in inputs:
        return scaled
    return sp.hstack([scaled, sp.csr_matrix(COLUMN_SCALE * inputs["columns"])], format="csr")


def _part_columns(coef: np.ndarray, inputs: Mapping[str, Any]) -> Arrays:
    """Coefficients ``[R, F + C]`` as those of n-grams and those of columns."""
    if "columns" not in inputs:
        return {"coef": coef}
    n_ngrams = coef.shape[1] - inputs["columns"].shape[1]
    return {"coef": coef[:, :n_ngrams], "column_coef": COLUMN_SCALE * coef[:, n_ngrams:]}


def _solve(
    scaled: sp.csr_matrix, is_positive: np.ndarray, *, strength: float, row_weight: np.ndarray | None, seed: int
) -> tuple[np.ndarray, float]:
    """Coefficients and intercept for one class against the rest."""
    if is_positive.all() or not is_positive.any():  # a label of every row, or of none: nothing tells it but its share
        return np.zeros(scaled.shape[1], np.float32), always_or_never(is_positive)
    solver = LogisticRegression(
        C=strength, solver="liblinear", dual=True, tol=_TOLERANCE, max_iter=_MOST_PASSES, random_state=seed
    )
    with warnings.catch_warnings():
        # where the passes do not suffice, the plane found so far is judged on validation rows like any other
        warnings.simplefilter("ignore", ConvergenceWarning)
        solver.fit(scaled, is_positive, sample_weight=row_weight)
    return solver.coef_[0].astype(np.float32), float(solver.intercept_[0])
