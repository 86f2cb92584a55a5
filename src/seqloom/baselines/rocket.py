"""Random convolutions and a ridge: the strongest model of series for its time, and a strong one without it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Self

import numpy as np

from seqloom.baselines.kernels import Kernels, predict_rocket, project_rocket
from seqloom.baselines.ridge import RidgePlanes, fit_planes, solve_ridge
from seqloom.flow import Arrays, Encoded, EpochRecord, Plan
from seqloom.targets import measure_answers, measure_values

__all__ = ["RocketModel", "RocketRegressor"]

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
        planes, scale = self._solve(kernels.transform(train.inputs["steps"]), train)
        self.alpha_ = planes.alpha
        self.arrays_ = {
            **kernels.state(),
            "coef": (scale * planes.coef).astype(np.float32),
            "intercept": (scale * planes.intercept).astype(np.float32),
        }
        yield EpochRecord(epoch=1, n_steps=1, train={}, valid=self._measure(valid))

    def _solve(self, features: np.ndarray, train: Encoded) -> tuple[RidgePlanes, float]:
        """The planes, and what to stretch them by."""
        solution = solve_ridge(features, np.asarray(train.target), n_classes=self.n_classes, weight=train.weight)
        return solution, solution.sharpness

    def _measure(self, valid: Encoded) -> dict[str, float]:
        return measure_answers(self.predict(valid.inputs), np.asarray(valid.target))

    def for_refit(self) -> Self:
        """A fresh one: whatever is chosen is chosen on training rows."""
        return type(self)(self.n_classes, self.n_features)

    def predict(self, inputs: Mapping[str, Any]) -> np.ndarray:
        """Probabilities, ``[N, K] float32``."""
        return predict_rocket(inputs, self.arrays_)

    def state(self) -> tuple[dict[str, Any], Arrays]:
        """The chosen penalty, kernels and coefficients."""
        return {"kind": self.kind, "n_classes": self.n_classes, "alpha": self.alpha_}, dict(self.arrays_)

    @classmethod
    def from_state(cls, settings: Mapping[str, Any], arrays: Arrays) -> Self:
        """The model again, from what ``state`` gave."""
        model = cls(settings["n_classes"], len(arrays["thresholds"]))
        model.alpha_, model.arrays_ = settings["alpha"], dict(arrays)
        return model


class RocketRegressor(RocketModel):
    """A number for a series from random convolutions of it, in the units of the target it was fitted on.

    Parameters
    ----------
    n_classes : int
        1: a number for each row.
    n_features : int
        Of a series, at most.

    Source: Tan et al. (2021), Time Series Extrinsic Regression (Rocket is the most accurate of those compared there).
    """

    def _solve(self, features: np.ndarray, train: Encoded) -> tuple[RidgePlanes, float]:
        return fit_planes(features, np.asarray(train.target, dtype=np.float64), weight=train.weight), 1.0

    def _measure(self, valid: Encoded) -> dict[str, float]:
        return measure_values(self.predict(valid.inputs), valid.target, loss="mse")

    def predict(self, inputs: Mapping[str, Any]) -> np.ndarray:
        """A number for each series, ``[N, 1] float32``."""
        return project_rocket(inputs, self.arrays_).astype(np.float32)
