"""Random convolutions and a ridge: the strongest classifier of series for its time, and a strong one without it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from seqloom.baselines.kernels import Kernels, predict_rocket
from seqloom.baselines.ridge import solve_ridge
from seqloom.flow import Arrays, Encoded, EpochRecord, Plan
from seqloom.targets import measure_answers

__all__ = ["RocketModel"]

# As many as MiniRocket has (Dempster et al. 2021, section 3.2).
N_FEATURES = 10_000


class RocketModel:
    """The class of a series from random convolutions of it.

    Parameters
    ----------
    n_classes : int
        K.
    n_features : int
        Of a series, at most.
    """

    kind = "rocket"

    def __init__(self, n_classes: int, n_features: int = N_FEATURES) -> None:
        self.n_classes = n_classes
        self.n_features = n_features
        self.alpha_: float | None = None
        self.arrays_: Arrays = {}

    def fit(self, train: Encoded, valid: Encoded, *, plan: Plan) -> Iterator[EpochRecord]:
        """Draw the kernels by the plan's seed, and solve; one record, as there are no epochs."""
        kernels = Kernels.draw(train.inputs["steps"], n_features=self.n_features, seed=plan.seed)
        features = kernels.transform(train.inputs["steps"])
        solution = solve_ridge(features, np.asarray(train.target), n_classes=self.n_classes, weight=train.weight)
        self.alpha_ = solution.alpha
        self.arrays_ = {
            **kernels.state(),
            "coef": (solution.sharpness * solution.coef).astype(np.float32),
            "intercept": (solution.sharpness * solution.intercept).astype(np.float32),
        }
        measured = measure_answers(self.predict(valid.inputs), np.asarray(valid.target))
        yield EpochRecord(epoch=1, n_steps=1, train={}, valid=measured)

    def for_refit(self) -> RocketModel:
        """A fresh one: whatever is chosen is chosen on training rows."""
        return RocketModel(self.n_classes, self.n_features)

    def predict(self, inputs: Mapping[str, Any]) -> np.ndarray:
        """Probabilities, ``[N, K] float32``."""
        return predict_rocket(inputs, self.arrays_)

    def state(self) -> tuple[dict[str, Any], Arrays]:
        """The chosen penalty, kernels and coefficients."""
        return {"kind": self.kind, "n_classes": self.n_classes, "alpha": self.alpha_}, dict(self.arrays_)

    @classmethod
    def from_state(cls, settings: Mapping[str, Any], arrays: Arrays) -> RocketModel:
        """The model again, from what ``state`` gave."""
        model = cls(settings["n_classes"], len(arrays["thresholds"]))
        model.alpha_, model.arrays_ = settings["alpha"], dict(arrays)
        return model
