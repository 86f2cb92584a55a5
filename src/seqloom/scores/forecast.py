"""How good forecasts are: in the target's own unit, free of it, and beside the naive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from seqloom.flow import Score

__all__ = ["Beside", "errors_by_step", "forecast_scores"]

# Resamples behind an interval.
_N_DRAWS = 400

# Origins in a block of the bootstrap, in horizons: forecasts that share rows err together, and weather lasts longer.
_BLOCK_HORIZONS = 3


@dataclass(frozen=True, kw_only=True)
class Beside:
    """What errors are told beside.

    Parameters
    ----------
    naive : mapping of str to float
        The scaled mean absolute error of each naive family on the same rows; the least is what skill is told against.
    scale : ndarray, ``[G]``
        Of each target, its standard deviation in training.
    season_error : ndarray, ``[G]``
        Of each target, the mean absolute error of the (seasonal) naive forecast one step ahead in training.
    horizon : int
        Rows from a forecast's origin to its last value: forecasts whose origins are less apart share rows.
    """

    naive: Mapping[str, float]
    scale: np.ndarray
    season_error: np.ndarray
    horizon: int


def forecast_scores(truth: np.ndarray, forecast: np.ndarray, *, beside: Beside, who: str) -> tuple[Score, ...]:
    """All scores of some forecasts.

    Parameters
    ----------
    truth, forecast : ndarray, ``[N, O, G]``
        In the targets' own units.
    beside : Beside
        What there is to beat, and in which units.
    who : str
        ``validation`` or ``test``.

    Returns
    -------
    tuple of Score
        ``mae`` and ``rmse`` (own units; of several targets their mean), ``mase``, ``scaled_mae``, ``scaled_mse`` (of
        targets over their scale, free of units: what families are compared by) and ``skill`` (the share by which the
        error is less than the best naive one's). ``mae`` and ``scaled_mae`` with an interval that heeds that
        neighbouring forecasts err together.

    Source: Hyndman and Koehler (2006), Another look at measures of forecast accuracy (MASE); Kunsch (1989), The
    jackknife and the bootstrap for general stationary observations (blocks).
    """
    error = np.abs(truth - forecast)
    n, block, scale = len(error), _BLOCK_HORIZONS * beside.horizon, beside.scale
    of_origins = error.mean(axis=(1, 2))
    scaled = (error / scale).mean(axis=(1, 2))
    low, high = _bootstrap(of_origins, block=block)
    scaled_low, scaled_high = _bootstrap(scaled, block=block)
    mase = float((error.mean(axis=(0, 1)) / np.maximum(beside.season_error, 1e-12)).mean())
    best = min(beside.naive.values())
    values = {
        "rmse": float(np.sqrt((error**2).mean())),
        "mase": mase,
        "scaled_mse": float(((error / scale) ** 2).mean()),
        "skill": 1.0 - float(scaled.mean()) / best if best > 0 else 0.0,
    }
    return (
        Score(metric="mae", value=float(of_origins.mean()), low=low, high=high, n=n, who=who),
        Score(metric="scaled_mae", value=float(scaled.mean()), low=scaled_low, high=scaled_high, n=n, who=who),
        *(Score(metric=name, value=value, n=n, who=who) for name, value in values.items()),
    )


def errors_by_step(truth: np.ndarray, forecast: np.ndarray) -> np.ndarray:
    """The mean absolute error of each step and target, ``[O, G]``, of ``truth`` and ``forecast`` ``[N, O, G]``."""
    errors: np.ndarray = np.abs(truth - forecast).mean(axis=0)
    return errors


def _bootstrap(values: np.ndarray, *, block: int) -> tuple[float, float]:
    """The 95 % interval of the mean of ``values``, from means of blocks of neighbours drawn anew."""
    n = len(values)
    block = max(1, min(block, n // 2))
    sums = np.concatenate([[0.0], np.cumsum(values)])
    means = (sums[block:] - sums[:-block]) / block  # of the block that begins at each origin
    random = np.random.default_rng(0)
    n_blocks = max(1, n // block)
    drawn = means[random.integers(len(means), size=(_N_DRAWS, n_blocks))].mean(axis=1)
    low, high = np.quantile(drawn, (0.025, 0.975))
    return float(low), float(high)
