"""Linear forecasts from lags, solved exactly: the strong rival of every net that forecasts.

Windows are never copied out as one matrix: a chunk of them at a time is gathered and added to the normal equations,
whose size depends on the lags alone. One eigendecomposition then solves them for every strength of the penalty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from seqloom.flow import Arrays, Encoded, EpochRecord, Plan, Windows

__all__ = ["NLinearForecast", "RidgeForecast"]

# Penalties to choose from, as shares of the number of rows: lags are scaled, and so is what it costs to weigh them.
STRENGTHS = tuple(10.0 ** (power / 2) for power in range(-12, 1))

# Rows of a chunk: 2,048 of 1,400 lags are 11 MB.
_CHUNK = 2_048

# Lags of all channels together at most; of more, every second (third ...) is read, counted back from the origin. The
# normal equations of 2,000 take a second to decompose, those of 10,000 two minutes.
_MOST_LAGS = 2_000

# Validation rows that strengths are compared on at most, spread over all of them.
_MOST_ASKED = 4_096

Rows = tuple[np.ndarray, np.ndarray]


class _Linear:
    """What the two kinds share: normal equations by chunks, and the strength chosen on validation rows."""

    kind: str

    def __init__(self, *, n_steps: int, first_step: int, n_targets: int, strength: float | None = None) -> None:
        self.n_steps = n_steps
        self.first_step = first_step
        self.n_targets = n_targets
        self.strength = strength
        self.arrays_: Arrays = {}

    def fit(self, train: Encoded, valid: Encoded, *, plan: Plan) -> Iterator[EpochRecord]:  # noqa: ARG002 (Model)
        """Solve for every strength and keep the best; one record, as there are no epochs."""
        solver = _Solver(lambda rows: self._read(train, rows), n_rows=len(train))
        if self.strength is None:
            asked = np.unique(np.linspace(0, len(valid) - 1, _MOST_ASKED).astype(np.int64))
            errors = solver.measure(STRENGTHS, self._read(valid, asked))
            self.strength = min(errors, key=errors.__getitem__)
            yield EpochRecord(epoch=1, n_steps=1, train={}, valid={"loss": errors[self.strength]})
        self.arrays_ = solver.solve(self.strength)

    def _read(self, encoded: Encoded, rows: np.ndarray) -> Rows:
        """Features and targets ``[n, P]``, ``[n, Q]`` of some rows."""
        raise NotImplementedError

    def for_refit(self) -> _Linear:
        """A model of the chosen strength, to be fitted on all rows."""
        return type(self)(
            n_steps=self.n_steps, first_step=self.first_step, n_targets=self.n_targets, strength=self.strength
        )

    def predict(self, inputs: Mapping[str, Any]) -> np.ndarray:
        """The forecast, ``[N, O, G] float32``."""
        raise NotImplementedError

    def state(self) -> tuple[dict[str, Any], Arrays]:
        """The chosen strength; coefficients and intercept."""
        sizes = {"n_steps": self.n_steps, "first_step": self.first_step, "n_targets": self.n_targets}
        return {"kind": self.kind, "strength": self.strength, **sizes}, dict(self.arrays_)

    @classmethod
    def from_state(cls, settings: Mapping[str, Any], arrays: Arrays) -> _Linear:
        """The model again, from what ``state`` gave."""
        names = ("n_steps", "first_step", "n_targets", "strength")
        model = cls(**{name: settings[name] for name in names})
        model.arrays_ = dict(arrays)
        return model


class RidgeForecast(_Linear):
    """Every value to come from all lags of all channels and what is known in advance, by ridge regression.

    What is fitted is the change from the last value, so that nothing learned means the last value.

    Parameters
    ----------
    n_steps, first_step, n_targets : int
        O; how far behind the origin the first of them is; G.
    strength : float or None
        Of the penalty, as a share of the rows; None: chosen on validation rows.

    Source: Hoerl and Kennard (1970), Ridge Regression, section 2.
    """

    kind = "ridge"

    def _read(self, encoded: Encoded, rows: np.ndarray) -> Rows:
        features = self._read_features({name: value.take(rows) for name, value in encoded.inputs.items()})
        target = encoded.target.take(rows).gather()  # [n, O, G]
        change = target - self._find_last(encoded.inputs["past"], rows)
        return features, change.reshape(len(rows), -1)

    def _read_features(self, inputs: Mapping[str, Windows]) -> np.ndarray:
        past = inputs["past"]
        n, length, n_channels = past.shape
        stride = -(-length * n_channels // _MOST_LAGS)
        lags = np.arange(length - 1, -1, -stride)
        parts = [past.values[past.starts[:, None] + lags].reshape(n, -1)]
        if "future" in inputs:
            parts.append(inputs["future"].gather()[:, self.first_step - 1 :].reshape(n, -1))
        return np.concatenate(parts, axis=1)

    def _find_last(self, past: Windows, rows: np.ndarray) -> np.ndarray:
        return past.values[past.starts[rows] + past.length - 1, None, : self.n_targets]  # [n, 1, G]

    def predict(self, inputs: Mapping[str, Any]) -> np.ndarray:
        """The forecast, ``[N, O, G] float32``."""
        past: Windows = inputs["past"]
        forecast = np.empty((len(past), self.n_steps, self.n_targets), np.float32)
        for rows in _cut(len(past)):
            features = self._read_features({name: value.take(rows) for name, value in inputs.items()})
            change = features @ self.arrays_["coef"] + self.arrays_["intercept"]
            forecast[rows] = change.reshape(len(rows), self.n_steps, -1) + self._find_last(past, rows)
        return forecast


class NLinearForecast(_Linear):
    """The values to come of each target from its own lags, one linear map for all targets.

    The last value is taken off the context and put back on the forecast. A split of the context into trend and rest
    (DLinear) is itself linear, so that an exact solution finds the same map with it or without.

    Parameters
    ----------
    n_steps, first_step, n_targets : int
        O; how far behind the origin the first of them is; G.
    strength : float or None
        Of the penalty, as a share of the rows; None: chosen on validation rows.

    Source: Zeng et al. (2023), Are Transformers Effective for Time Series Forecasting?, section 4.
    """

    kind = "nlinear"

    def _read(self, encoded: Encoded, rows: np.ndarray) -> Rows:
        context = encoded.inputs["past"].take(rows)
        target = encoded.target.take(rows).gather()  # [n, O, G]
        change = target - context.values[context.starts + context.length - 1, None, : self.n_targets]
        n_rows = len(rows) * self.n_targets
        return self._read_lags(context), change.transpose(0, 2, 1).reshape(n_rows, -1)

    def _read_lags(self, past: Windows) -> np.ndarray:
        """``[n G, L - 1]``, each less the last."""
        values = past.values[past.starts[:, None] + np.arange(past.length), : self.n_targets]  # [n, L, G]
        lags = (values[:, :-1] - values[:, -1:]).transpose(0, 2, 1)
        return lags.reshape(len(past) * self.n_targets, -1)

    def predict(self, inputs: Mapping[str, Any]) -> np.ndarray:
        """The forecast, ``[N, O, G] float32``."""
        past: Windows = inputs["past"]
        forecast = np.empty((len(past), self.n_steps, self.n_targets), np.float32)
        for rows in _cut(len(past)):
            context = past.take(rows)
            change = self._read_lags(context) @ self.arrays_["coef"] + self.arrays_["intercept"]
            last = context.values[context.starts + context.length - 1, None, : self.n_targets]
            forecast[rows] = change.reshape(len(rows), self.n_targets, -1).transpose(0, 2, 1) + last
        return forecast


class _Solver:
    """Coefficients for any strength, from one pass over the rows and one eigendecomposition."""

    def __init__(self, read: Callable[[np.ndarray], Rows], *, n_rows: int) -> None:
        gram: Any = 0.0
        cross: Any = 0.0
        sum_x: Any = 0.0
        sum_y: Any = 0.0
        self.n = 0
        for rows in _cut(n_rows):
            x, y = read(rows)
            gram = gram + (x.T @ x).astype(np.float64)
            cross = cross + (x.T @ y).astype(np.float64)
            sum_x, sum_y = sum_x + x.sum(axis=0, dtype=np.float64), sum_y + y.sum(axis=0, dtype=np.float64)
            self.n += len(x)
        self.mean_x, self.mean_y = sum_x / self.n, sum_y / self.n
        gram -= self.n * np.outer(self.mean_x, self.mean_x)
        cross -= self.n * np.outer(self.mean_x, self.mean_y)
        values, self.axes = np.linalg.eigh(gram)
        self.values = np.maximum(values, 0.0)
        self.turned = self.axes.T @ cross

    def measure(self, strengths: Sequence[float], asked: Rows) -> dict[float, float]:
        """The mean absolute error of each strength on other rows, ``[n, P]`` and ``[n, Q]``."""
        x, y = asked
        turned = (x - self.mean_x).astype(np.float32) @ self.axes.astype(np.float32)  # once for all of them
        rest = (y - self.mean_y).astype(np.float32)
        errors = {}
        for strength in strengths:
            weighed = self.turned / (self.values + strength * self.n)[:, None]
            errors[strength] = float(np.abs(turned @ weighed.astype(np.float32) - rest).mean())
        return errors

    def solve(self, strength: float) -> Arrays:
        """``coef`` ``[P, Q]`` and ``intercept`` ``[Q]``, ``float32``."""
        coef = self.axes @ (self.turned / (self.values + strength * self.n)[:, None])
        intercept = self.mean_y - self.mean_x @ coef
        return {"coef": coef.astype(np.float32), "intercept": intercept.astype(np.float32)}


def _cut(n_rows: int) -> Iterator[np.ndarray]:
    for start in range(0, n_rows, _CHUNK):
        yield np.arange(start, min(start + _CHUNK, n_rows))
