"""Words as points of a plane, with their names beside them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from seqloom.errors import DataError
from seqloom.report.picture import INK, PIXELS_PER_POINT, QUIET, draw_picture, measure_ems, printable

__all__ = ["place_names", "plot_words"]

_WIDTH, _HEIGHT, _MARGIN = 900, 640, 40  # pixels
_NAME_SIZE = 9.0  # points
_LINE = 1.25 * _NAME_SIZE * PIXELS_PER_POINT  # pixels from one line of text to the next
_GAP = 6.0  # pixels between a point and its name
_KEPT_OFF = 12.0  # pixels between a point and another's name beside it, or that would seem to be its own

# Where a name may stand about its point, the best first: right, left, above, below, and further off; the first number
# tells to which side, the second how many lines up.
_ALIGNED = {1: "left", 0: "center", -1: "right"}
_SIDES: tuple[tuple[int, float], ...] = (
    *((1, 0), (-1, 0), (0, 1), (0, -1), (1, 0.7), (-1, 0.7), (1, -0.7), (-1, -0.7)),
    *((0, 2), (0, -2), (1, 1.6), (-1, 1.6), (1, -1.6), (-1, -1.6)),
)


def plot_words(points: np.ndarray, path: str | Path, *, words: Sequence[str], share: float | None = None) -> None:
    """A map of words, written to ``path``.

    Parameters
    ----------
    points : ndarray, ``[n, 2]``
        Where each word lies.
    path : str or Path
        The file, ``.svg`` or ``.png``.
    words : sequence of str
        ``[n]`` names.
    share : float or None
        Of the variance of the vectors, what the plane holds: told below the map, as a plane hides the rest.

    Raises
    ------
    DataError
        When there is not one name for each point.
    UsageError
        For another ending.
    """
    if points.shape != (len(words), 2):
        raise DataError(f"points of shape {points.shape} for {len(words)} words; expected a row of two for each.")
    names = [printable(word) for word in words]
    spots = _fit(points)  # [n, 2] pixels
    with draw_picture(path, title=f"Map of {len(words)} words", width=_WIDTH, height=_HEIGHT) as figure:
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, _WIDTH), ylim=(0, _HEIGHT))
        axes.axis("off")
        axes.scatter(spots[:, 0], spots[:, 1], s=14, color="#0068a5", linewidths=0)
        for name, (x, y), (across, up) in zip(names, spots, place_names(spots, names), strict=True):
            at = x + _GAP * across, y + _LINE * up
            if abs(up) > 1:
                axes.plot([x, at[0]], [y, at[1]], color="#cccccc", linewidth=0.6, zorder=0)
            axes.text(*at, name, size=_NAME_SIZE, color=INK, va="center_baseline", ha=_ALIGNED[across])
        if share is not None:
            told = f"first two principal components, {100 * share:.0f} % of the variance"
            axes.text(_MARGIN / 2, 12, told, size=7.5, color=QUIET)


def _measure(name: str) -> float:
    return measure_ems(name) * _NAME_SIZE * PIXELS_PER_POINT


def _fit(points: np.ndarray) -> np.ndarray:
    """Points in pixels, the two axes with the same scale: distances are what a map is about."""
    size = np.array([_WIDTH, _HEIGHT]) - 2 * _MARGIN - np.array([60, 20])  # room for names at the edges
    low, high = points.min(axis=0), points.max(axis=0)
    spread = np.maximum(high - low, 1e-12)
    scale = (size / spread).min() if (high > low).any() else 1.0
    return np.array([_WIDTH, _HEIGHT]) / 2 + (points - (low + high) / 2) * scale


def place_names(spots: np.ndarray, names: Sequence[str]) -> list[tuple[int, float]]:
    """The place of each name about its point: the first where it covers no other name and no point.

    Parameters
    ----------
    spots : ndarray, ``[n, 2]``
        Points, in pixels.
    names : sequence of str
        ``[n]``.

    Returns
    -------
    list of (int, float)
        To the right (1), the left (-1) or in the middle (0), and lines up. Where no place is free, the one that covers
        least.

    Source: greedy point-feature labelling (Christensen, Marks and Shieber 1995, section 3).
    """
    around = np.array([_KEPT_OFF, 4])
    dots = np.column_stack([spots - around, spots + around])  # [n, 4] left, bottom, right, top
    taken = np.empty((0, 4))
    placed = []
    for i, name in enumerate(names):
        width, (x, y) = _measure(name), spots[i]
        boxes = np.array([_box((x, y), side, width=width) for side in _SIDES])  # [sides, 4]
        others = np.concatenate([taken, np.delete(dots, i, axis=0)])
        cost = _overlap(boxes, others) + 1e3 * _outside(boxes)
        best = int(cost.argmin())
        taken = np.concatenate([taken, boxes[best][None]])
        placed.append(_SIDES[best])
    return placed


def _box(spot: tuple[float, float], side: tuple[int, float], *, width: float) -> tuple[float, float, float, float]:
    (x, y), (across, up) = spot, side
    left = x + _GAP if across > 0 else x - _GAP - width if across < 0 else x - width / 2
    middle = y + up * _LINE
    return left, middle - _LINE / 2, left + width, middle + _LINE / 2


def _overlap(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Square pixels that each box shares with the others, ``[boxes]``."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    return np.maximum(high - low, 0).prod(axis=2).sum(axis=1)


def _outside(boxes: np.ndarray) -> np.ndarray:
    """Pixels by which each box leaves the sheet, ``[boxes]``."""
    low = np.maximum(4 - boxes[:, :2], 0).sum(axis=1)
    return low + np.maximum(boxes[:, 2:] - [_WIDTH - 4, _HEIGHT - 4], 0).sum(axis=1)
