"""Intervals round a forecast that hold what they promise: from errors on rows that neither trained nor chose.

Seasons drift: errors of a winter promise little for a summer. So where the truth follows the forecast, as in a
test or in use, the bounds move with the errors that have come in by then, and never with one that has not.

A forecast that comes with a spread of its own, how far below and above it the truth may lie, has its errors counted in
spreads: its bounds are wide where it is unsure, and hold what they promise all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from seqloom.errors import ArtifactError
from seqloom.flow import Arrays

__all__ = ["SHARES", "Coverage", "Intervals", "fit_intervals", "measure_coverage", "move_bounds"]

# What intervals are to hold of what comes.
SHARES = (0.5, 0.8, 0.95)

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
        At the levels 0.005, 0.010 ... 0.995, in the targets' own units, or in spreads.
    """

    errors: np.ndarray

    def bound(self, forecast: np.ndarray, levels: Sequence[float], *, spread: np.ndarray | None = None) -> np.ndarray:
        """Quantiles of what will come, ``[N, O, G, Q]``, round a ``forecast`` ``[N, O, G]``; rising with the level.

        The ``spread`` ``[N, O, G, 2]``, below and above, is there if it was when the intervals were fitted.
        """
        places = np.interp(levels, _LEVELS, np.arange(len(_LEVELS)))
        below = np.floor(places).astype(int)
        above = np.minimum(below + 1, len(_LEVELS) - 1)
        share = (places - below)[:, None, None]
        offsets = np.moveaxis(self.errors[below] * (1 - share) + self.errors[above] * share, 0, -1)  # [O, G, Q]
        if spread is not None:
            offsets = offsets * _pick_side(offsets, spread[..., None, :])
        bounds: np.ndarray = forecast[..., None] + offsets
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


def fit_intervals(truth: np.ndarray, forecast: np.ndarray, *, spread: np.ndarray | None = None) -> Intervals:
    """Intervals from forecasts of rows that neither trained nor chose, and what came.

    Parameters
    ----------
    truth, forecast : ndarray, ``[N, O, G]``
        Side by side.
    spread : ndarray or None, ``[N, O, G, 2]``
        How far below and above each forecast the truth may lie, above 0: errors are counted in it.

    Returns
    -------
    Intervals
        In spreads, where there are any.

    Source: Vovk et al. (2005), Algorithmic Learning in a Random World, section 2.2; with quantiles of signed errors, as
    in Romano et al. (2019), Conformalized Quantile Regression; in spreads as CQR-m of Sesia and Candes (2020), A
    Comparison of Some Conformal Quantile Regression Methods, section 2.
    """
    return Intervals(errors=_quantiles(_count_in_spreads(truth - forecast, spread), _LEVELS))


def _count_in_spreads(errors: np.ndarray, spread: np.ndarray | None) -> np.ndarray:
    return errors if spread is None else errors / _pick_side(errors, spread)


def _pick_side(offsets: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Of a ``spread`` ``[..., 2]`` that below the forecast for ``offsets`` below 0, that above it for others."""
    side: np.ndarray = np.where(offsets < 0, spread[..., 0], spread[..., 1])
    return side


def _quantiles(errors: np.ndarray, levels: np.ndarray, *, axis: int = 0) -> np.ndarray:
    """Of n errors along an axis those that a further one falls below in a share of ``levels``, if all are of one kind.

    The one in place ``level (n + 1)`` of the sorted: a further one is as likely in each of the n + 1 gaps.
    """
    found: np.ndarray = np.quantile(errors, levels, axis=axis, method="weibull")
    return found


def measure_coverage(
    truth: np.ndarray,
    forecast: np.ndarray,
    *,
    origins: np.ndarray,
    intervals: Intervals,
    first_step: int = 1,
    spread: np.ndarray | None = None,
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
    spread : ndarray or None, ``[N, O, G, 2]``
        As the intervals were fitted with.

    Returns
    -------
    tuple of Coverage
        For each of ``SHARES``, over all steps and targets.

    Source: Gibbs and Candes (2021), Adaptive Conformal Inference Under Distribution Shift (the aim); the quantiles of a
    window of recent errors are the simpler way, see docs/decisions.md.
    """
    levels = np.array([0.5 + sign * share / 2 for share in SHARES for sign in (-1, 1)])
    order = np.argsort(origins, kind="stable")
    sides = np.ones((*truth.shape, 2)) if spread is None else spread[order]
    errors = _count_in_spreads(truth[order] - forecast[order], sides)
    held, width = np.zeros(len(SHARES)), np.zeros(len(SHARES))
    for rows, bounds in move_bounds(
        errors, origins=origins[order], intervals=intervals, first_step=first_step, levels=levels
    ):
        part, low, high = errors[rows], bounds[::2, None], bounds[1::2, None]  # [n, O, G], [shares, 1, O, G] twice
        held += ((part >= low) & (part <= high)).sum(axis=(1, 2, 3))
        side = sides[rows]
        width += (high * _pick_side(high, side) - low * _pick_side(low, side)).sum(axis=(1, 2, 3))
    return tuple(
        Coverage(share=share, held=float(h / errors.size), width=float(w / errors.size))
        for share, h, w in zip(SHARES, held, width, strict=True)
    )


def move_bounds(
    errors: np.ndarray, *, origins: np.ndarray, intervals: Intervals, first_step: int, levels: np.ndarray
) -> Iterator[tuple[slice, np.ndarray]]:
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
        Some forecasts, and the quantiles that are told for these, ``[Q, O, G]``.
    """
    by_step = np.ascontiguousarray(np.moveaxis(errors, 0, 1))  # [O, N, G]
    ahead = first_step + np.arange(len(by_step))
    for start in range(0, len(errors), _PAUSE):
        n_known = np.searchsorted(origins, origins[start] - ahead, side="right")  # [O]
        yield slice(start, start + _PAUSE), _look_back(by_step, n_known, intervals=intervals, levels=levels)


def _look_back(by_step: np.ndarray, n_known: np.ndarray, *, intervals: Intervals, levels: np.ndarray) -> np.ndarray:
    """Quantiles ``[Q, O, G]`` of the last errors of each step, of which so many are known."""
    if n_known.min() >= _MEMORY:  # as many of each step: all at once
        places = n_known[:, None] - _MEMORY + np.arange(_MEMORY)
        return _quantiles(np.take_along_axis(by_step, places[..., None], axis=1), levels, axis=1)
    found = []
    for step, n in enumerate(n_known):
        known = by_step[step, max(0, n - _MEMORY) : n]
        if n < _MEMORY:
            known = np.concatenate([intervals.errors[:, step], known])
        found.append(_quantiles(known, levels))
    return np.stack(found, axis=1)
