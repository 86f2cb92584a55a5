"""Intervals round a forecast that hold what they promise: from errors on rows that neither trained nor chose.

Seasons drift: errors of a winter promise little for a summer. So where the truth follows the forecast, as in a
test or in use, the bounds move with the errors that have come in by then, and never with one that has not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from seqloom.errors import ArtifactError
from seqloom.flow import Arrays

__all__ = ["Coverage", "Intervals", "fit_intervals", "measure_coverage", "move_bounds"]

# Levels at which quantiles of the errors are kept; between them they are interpolated.
_LEVELS = np.arange(1, 200) / 200

# Errors that came in last, which bounds follow: of hourly rows two months, short enough for a season, long enough for
# a quantile at 2.5 % (36 errors beyond it).
_MEMORY = 1_440

# Origins between two looks at what came in.
_PAUSE = 24


@dataclass(frozen=True, kw_only=True)
class Intervals:
    """Quantiles of what came less what was forecast, by how far ahead it was.

    Parameters
    ----------
    errors : ndarray, ``[199, O, G]``
        At the levels 0.005, 0.010 ... 0.995, in the targets' own units.
    """

    errors: np.ndarray

    def bound(self, forecast: np.ndarray, levels: Sequence[float]) -> np.ndarray:
        """Quantiles of what will come, ``[N, O, G, Q]``, round a ``forecast`` ``[N, O, G]``; rising with the level."""
        places = np.interp(levels, _LEVELS, np.arange(len(_LEVELS)))
        below = np.floor(places).astype(int)
        above = np.minimum(below + 1, len(_LEVELS) - 1)
        share = (places - below)[:, None, None]
        offsets = self.errors[below] * (1 - share) + self.errors[above] * share  # [Q, O, G]
        bounds: np.ndarray = forecast[..., None] + np.moveaxis(offsets, 0, -1)
        return bounds

    def state(self) -> Arrays:
        """Its array."""
        return {"errors": self.errors}

    @classmethod
    def from_state(cls, arrays: Arrays, *, n_steps: int, n_targets: int) -> Intervals:
        """The intervals again, from what ``state`` gave; ArtifactError where their shape is another."""
        errors = arrays.get("errors")
        if errors is None or errors.shape != (len(_LEVELS), n_steps, n_targets) or not np.isfinite(errors).all():
            raise ArtifactError("intervals that do not belong to the model found. Get the folder again.")
        return cls(errors=errors)


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """What intervals held: the ``share`` they promised, the share they ``held``, and their mean ``width``."""

    share: float
    held: float
    width: float


def fit_intervals(truth: np.ndarray, forecast: np.ndarray) -> Intervals:
    """Intervals from each ``forecast`` ``[N, O, G]`` of rows that neither trained nor chose, and its ``truth``.

    Source: Vovk et al. (2005), Algorithmic Learning in a Random World, section 2.2; with quantiles of signed errors, as
    in Romano et al. (2019), Conformalized Quantile Regression.
    """
    return Intervals(errors=_quantiles(truth - forecast, _LEVELS))


def _quantiles(errors: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Of n errors those that a further one falls below in a share of ``levels``, if all of them are of one kind.

    The one in place ``level (n + 1)`` of the sorted: a further one is as likely in each of the n + 1 gaps.
    """
    found: np.ndarray = np.quantile(errors, levels, axis=0, method="weibull")
    return found


def measure_coverage(
    truth: np.ndarray,
    forecast: np.ndarray,
    *,
    origins: np.ndarray,
    intervals: Intervals,
    first_step: int = 1,
    shares: Sequence[float] = (0.5, 0.8, 0.95),
) -> tuple[Coverage, ...]:
    """What intervals held that move with the errors known by then.

    Parameters
    ----------
    truth, forecast : ndarray, ``[N, O, G]``
        Of a test part.
    origins : ndarray, ``[N]``
        When each forecast was made, in rows of the clock; in any order, as several series are forecast at one moment.
    intervals : Intervals
        What to begin with.
    first_step : int
        How far behind the origin the first value lies: its error is known so many rows later.
    shares : sequence of float
        To be held.

    Returns
    -------
    tuple of Coverage
        Over all steps and targets.

    Source: Gibbs and Candes (2021), Adaptive Conformal Inference Under Distribution Shift (the aim); the quantiles of a
    window of recent errors are the simpler way, see docs/decisions.md.
    """
    levels = np.array([0.5 + sign * share / 2 for share in shares for sign in (-1, 1)])
    order = np.argsort(origins, kind="stable")
    errors = (truth - forecast)[order]
    held, width = np.zeros(len(shares)), np.zeros(len(shares))
    for rows, step, bounds in move_bounds(
        errors, origins=origins[order], intervals=intervals, first_step=first_step, levels=levels
    ):
        part, low, high = errors[rows, step], bounds[::2], bounds[1::2]  # [n, G], [shares, G]
        held += ((part >= low[:, None]) & (part <= high[:, None])).sum(axis=(1, 2))
        width += (high - low).sum(axis=1) * len(part)
    return tuple(
        Coverage(share=share, held=float(h / errors.size), width=float(w / errors.size))
        for share, h, w in zip(shares, held, width, strict=True)
    )


def move_bounds(
    errors: np.ndarray, *, origins: np.ndarray, intervals: Intervals, first_step: int, levels: np.ndarray
) -> Iterator[tuple[slice, int, np.ndarray]]:
    """Quantiles of the errors to come, by those that are known when each forecast is made.

    Parameters
    ----------
    errors : ndarray, ``[N, O, G]``
        What came less what was forecast.
    origins : ndarray, ``[N]``
        When each forecast was made, in rows of the clock; rising.
    intervals : Intervals
        What to begin with.
    first_step : int
        How far behind the origin the first value lies: its error is known so many rows later.
    levels : ndarray, ``[Q]``
        Of the quantiles.

    Yields
    ------
    tuple
        Some forecasts, a step, and the quantiles that are told for these, ``[Q, G]``.
    """
    n, n_steps, _ = errors.shape
    for step in range(n_steps):
        n_known = np.searchsorted(origins, origins - (first_step + step), side="right")
        for start in range(0, n, _PAUSE):
            known = errors[max(0, n_known[start] - _MEMORY) : n_known[start], step]
            if len(known) < _MEMORY:
                known = np.concatenate([intervals.errors[:, step], known])
            yield slice(start, start + _PAUSE), step, _quantiles(known, levels)
