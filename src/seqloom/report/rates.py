"""The loss against a rising learning rate, with the rate that it suggests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from seqloom.report.picture import INK, PAPER, PIXELS_PER_POINT, QUIET, draw_picture, printable
from seqloom.report.plots import COLOURS, LABEL_SIZE

__all__ = ["plot_rates"]

WIDTH, HEIGHT = 640, 360  # pixels
BEFORE, AFTER, BELOW, ABOVE = 44, 16, 36, 44  # points round the axes


def plot_rates(
    rates: np.ndarray, losses: np.ndarray, *, smoothed: np.ndarray, marks: dict[str, float], path: Path
) -> None:
    """A picture of the loss of each step (dots) and of the smoothed loss (line) against the learning rate.

    Parameters
    ----------
    rates : ndarray, ``[S]``
        Learning rates, rising; the axis is logarithmic.
    losses : ndarray, ``[S]``
        Of the steps.
    smoothed : ndarray, ``[S]``
        The same, smoothed; the picture is as high as this line, and dots beyond it are left out.
    marks : dict of str to float
        Rates to point out, by what they are called; the first is drawn as the result.
    path : Path
        The file, ``.svg`` or ``.png``.

    Raises
    ------
    UsageError
        For another ending.

    Source: Smith (2017), Cyclical Learning Rates for Training Neural Networks, figure 3.
    """
    title = f"Loss by learning rate: {', '.join(f'{printable(name)} {rate:.2g}' for name, rate in marks.items())}"
    with draw_picture(path, width=WIDTH, height=HEIGHT, title=title) as figure:
        wide, tall = WIDTH / PIXELS_PER_POINT, HEIGHT / PIXELS_PER_POINT
        room = (BEFORE / wide, BELOW / tall, (wide - BEFORE - AFTER) / wide, (tall - BELOW - ABOVE) / tall)
        axes = figure.add_axes(room)
        axes.set_title("Training loss while the learning rate rises", pad=10)
        _set_axes(axes, rates, losses=losses, smoothed=smoothed)
        axes.plot(rates, losses, "o", color=COLOURS[0], alpha=0.35, markersize=2.8, markeredgewidth=0)
        axes.plot(rates, smoothed, "-", color=COLOURS[0], linewidth=1.8)
        _draw_marks(axes, marks)


def _set_axes(axes: Axes, rates: np.ndarray, *, losses: np.ndarray, smoothed: np.ndarray) -> None:
    axes.set_xscale("log")
    axes.set_xlim(rates[0], rates[-1])
    axes.xaxis.set_major_locator(LogLocator(numticks=12))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.9f}".rstrip("0").rstrip(".")))
    axes.set_xlabel("learning rate, logarithmic")
    low, first = float(min(smoothed.min(), losses.min())), float(smoothed[0])
    margin = 0.08 * (first - low)
    axes.set_ylim(low - margin, first + 5 * margin)  # how high it climbs behind its turn tells nothing
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.4g}"))


def _draw_marks(axes: Axes, marks: dict[str, float]) -> None:
    """Levels from top to bottom, each with its name beside its head; a name near the right edge stands at the left."""
    low, high = np.log(axes.get_xlim())
    for i, (name, rate) in enumerate(marks.items()):
        colour, style = (INK, "-") if i == 0 else (QUIET, (0, (5, 3)))
        axes.axvline(rate, color=colour, linewidth=1.3, linestyle=style, zorder=1)
        is_right = (np.log(rate) - low) / (high - low) > 0.75
        axes.annotate(
            f"{printable(name)} {rate:.2g}",
            (rate, 0.97 - 0.07 * i),
            xycoords=axes.get_xaxis_transform(),
            xytext=(-4 if is_right else 4, 0),
            textcoords="offset points",
            ha="right" if is_right else "left",
            va="center",
            size=LABEL_SIZE,
            color=colour,
            bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 1.0},
        )
