"""Channels brought to one scale, by what the training rows say, and forecasts brought back to their own unit."""

from __future__ import annotations

import numpy as np

from seqloom.flow import Arrays

__all__ = ["Scaler"]


class Scaler:
    """Each channel less its mean, over its standard deviation; missing values stay missing.

    Attributes
    ----------
    mean, scale : ndarray, ``[C] float64``
        A channel that never changes, or is never there, has scale 1: it becomes zeros.

    Examples
    --------
    >>> scaler = Scaler().fit(np.array([[1.0, 5.0], [3.0, 5.0]]))
    >>> scaler.transform(np.array([[3.0, 5.0]])).tolist(), scaler.restore(np.array([[-1.0, 0.0]])).tolist()
    ([[1.0, 0.0]], [[1.0, 5.0]])
    """

    mean: np.ndarray
    scale: np.ndarray

    def fit(self, values: np.ndarray) -> Scaler:
        """Itself, knowing the means and deviations of ``values`` ``[T, C]``: training rows and nothing else."""
        is_there = np.isfinite(values)
        n = np.maximum(is_there.sum(axis=0), 1)
        self.mean = np.where(is_there, values, 0.0).sum(axis=0) / n
        spread = np.sqrt((np.where(is_there, values - self.mean, 0.0) ** 2).sum(axis=0) / n)
        # what rounding leaves of a constant is no spread
        self.scale = np.where(spread > 1e-9 * np.maximum(1.0, abs(self.mean)), spread, 1.0)
        return self

    def transform(self, values: np.ndarray) -> np.ndarray:
        """``values`` ``[..., C]`` scaled, ``float32``."""
        scaled: np.ndarray = ((values - self.mean) / self.scale).astype(np.float32)
        return scaled

    def restore(self, scaled: np.ndarray, *, n_channels: int | None = None) -> np.ndarray:
        """What was ``scaled``, ``[..., C]``, in its own unit again; of the first ``n_channels`` alone, if so many."""
        restored: np.ndarray = scaled * self.scale[:n_channels] + self.mean[:n_channels]
        return restored

    def state(self) -> Arrays:
        """Its arrays: all that ``from_state`` needs."""
        return {"mean": self.mean, "scale": self.scale}

    @classmethod
    def from_state(cls, arrays: Arrays) -> Scaler:
        """The scaler again, from what ``state`` gave."""
        scaler = cls()
        scaler.mean, scaler.scale = arrays["mean"], arrays["scale"]
        return scaler
