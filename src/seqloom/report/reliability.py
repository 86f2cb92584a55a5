"""How sure a model is beside how often it is right, before and after calibration."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from seqloom.report.picture import INK, PIXELS_PER_POINT, QUIET, RULE, draw_picture, printable
from seqloom.report.plots import COLOURS, LABEL_SIZE

__all__ = ["Bins", "plot_reliability"]

WIDTH, HEIGHT = 560, 440  # pixels

# Room round the axes, in points: numbers at the left, their title below, titles above.
BEFORE, BELOW, ABOVE, AFTER = 48, 40, 46, 24

# Share of the height in which the bars stand that count rows.
_BARS = 0.16


class Bins(Protocol):
    """What ``scores.calibration`` measures."""

    @property
    def confidence(self) -> np.ndarray:
        """Mean probability of the answers of each bin."""

    @property
    def accuracy(self) -> np.ndarray:
        """Share of them that are right."""

    @property
    def count(self) -> np.ndarray:
        """Rows of each bin."""

    @property
    def error(self) -> float:
        """The expected calibration error."""


def plot_reliability(bins: Mapping[str, Bins], path: str | Path, *, family: str, temperature: float) -> None:
    """A reliability diagram, written to ``path``.

    A point for each bin of confidence: on the diagonal, answers are right as often as they say; below it, they are
    too sure. Bars at the bottom show how many rows stand in each bin, as shares of the largest; the last of ``bins``
    is drawn so. Equal bins give equal bytes.

    Parameters
    ----------
    bins : mapping of str to Bins
        ``before`` and ``after``, or any other names.
    path : str or Path
        The file, ``.svg`` or ``.png``.
    family : str
        Whose answers they are.
    temperature : float
        What lies between the two.

    Raises
    ------
    UsageError
        For another ending.

    Source: Guo et al. (2017), On Calibration of Modern Neural Networks, figure 1; Niculescu-Mizil and Caruana (2005).
    """
    n = int(next(iter(bins.values())).count.sum())
    wide, tall = WIDTH / PIXELS_PER_POINT, HEIGHT / PIXELS_PER_POINT
    room = (BEFORE / wide, BELOW / tall, (wide - BEFORE - AFTER) / wide, (tall - BELOW - ABOVE) / tall)
    with draw_picture(path, width=WIDTH, height=HEIGHT, title=f"Reliability of {printable(family)}") as figure:
        axes = figure.add_axes(room)
        axes.set_title(f"How often is {printable(family)} right, when it is so sure?", pad=24)
        told = f"{n:,} texts it was not trained on; temperature {temperature:.2f}"
        axes.text(0, 1.03, told, transform=axes.transAxes, size=LABEL_SIZE, color=QUIET)
        lowest = min(float(found.confidence.min()) for found in bins.values())
        _set_axes(axes, low=np.floor(10 * lowest - 1e-9) / 10)
        _draw_counts(axes, list(bins.values())[-1])
        for colour, (name, found) in zip(COLOURS, bins.items(), strict=False):
            label = f"{name}: off by {100 * found.error:.1f} points on average"
            (line,) = axes.plot(found.confidence, found.accuracy, "-o", label=label, clip_on=False, zorder=4)
            line.set(color=colour, linewidth=1.6, markersize=5, markeredgewidth=0)
        place = (1.0, _BARS + 0.02)  # at the right above the bars: no point of a model that learned anything is there
        axes.legend(loc="lower right", bbox_to_anchor=place, frameon=False, fontsize=LABEL_SIZE, labelcolor=INK)


def _set_axes(axes: Axes, *, low: float) -> None:
    axes.set_xlim(low, 1.0)
    axes.set_ylim(0.0, 1.0)
    axes.plot([low, 1.0], [low, 1.0], color=QUIET, linewidth=1.0, dashes=(5, 3), zorder=2)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.4g} %"))
    axes.set_xlabel("probability of the answer")
    axes.set_ylabel("share of answers that are right")


def _draw_counts(axes: Axes, found: Bins) -> None:
    """How many rows stand behind each point."""
    height = _BARS * found.count / found.count.max()
    narrow = 0.012 * (axes.get_xlim()[1] - axes.get_xlim()[0])
    axes.bar(found.confidence, height, width=2 * narrow, color=RULE, zorder=1)
