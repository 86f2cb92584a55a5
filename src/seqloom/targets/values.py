"""How far forecasts are off, by which training is steered (``scores`` has what is reported)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from seqloom.flow import Windows

__all__ = ["measure_values"]

# Rows of targets that are copied out at a time.
_CHUNK = 8_192


def measure_values(
    answers: np.ndarray,
    target: Windows | np.ndarray,
    *,
    loss: str,
    levels: Sequence[float] | None = None,
    weight: np.ndarray | None = None,
) -> dict[str, float]:
    """The loss of a training and the mean absolute error of numbers, in the units of the target.

    Parameters
    ----------
    answers : ndarray, ``[N, 1]``, ``[N, O, G]`` or ``[N, O, G, Q]``
        Values, or quantiles.
    target : ndarray or Windows
        What is right: a number for each row ``[N, 1]``, or what came, N rows of O steps and G channels.
    loss : {"mae", "mse", "huber", "quantile"}
        As ``nets.objectives`` has it.
    levels : sequence of float or None
        Of the quantiles; the absolute error is that of the level nearest to a half.
    weight : ndarray or None
        ``[N]`` row weights; None, and nothing but zeros, mean 1 for each row.

    Returns
    -------
    dict
        ``loss`` and ``mae``, weighted means over the rows.
    """
    by_row = np.zeros((2, len(answers)))
    for start in range(0, len(answers), _CHUNK):
        rows = slice(start, start + _CHUNK)
        some = target[rows] if isinstance(target, np.ndarray) else target.take(np.arange(len(answers))[rows]).gather()
        came = some.astype(np.float64)  # [n, 1] or [n, O, G]
        found = answers[rows]
        if levels is None:
            error = came - found
            losses = _LOSSES[loss](error)
        else:
            level = np.asarray(levels)
            errors = came[..., None] - found  # [n, O, G, Q]
            losses = 2 * np.maximum(level * errors, (level - 1) * errors)
            error = errors[..., int(np.abs(level - 0.5).argmin())]
        by_row[:, rows] = [_average(losses), _average(np.abs(error))]
    weight = None if weight is None or not weight.any() else weight
    return {name: float(np.average(row, weights=weight)) for name, row in zip(("loss", "mae"), by_row, strict=True)}


def _average(errors: np.ndarray) -> np.ndarray:
    """The mean over all but the rows."""
    return errors.reshape(len(errors), -1).mean(axis=1)


def _huber(error: np.ndarray) -> np.ndarray:
    size = np.abs(error)
    return np.where(size < 1, error * error / 2, size - 0.5)


_LOSSES: dict[str, Callable[[np.ndarray], np.ndarray]] = {"mae": np.abs, "mse": np.square, "huber": _huber}
