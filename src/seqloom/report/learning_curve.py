"""Accuracy against the number of labels, a line for each family with its spread over the seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from seqloom.report.picture import PIXELS_PER_POINT, QUIET, draw_picture, measure_ems, printable
from seqloom.report.plots import COLOURS, LABEL_GAP, LABEL_SIZE, spread

__all__ = ["plot_learning_curve"]

WIDTH, HEIGHT = 720, 420  # pixels

# Room round the axes, in points: the numbers at the left, sizes and their title below, the title above.
BEFORE, BELOW, ABOVE = 44, 42, 30

TICK_SIZE = 9.0  # points, as picture.STYLE has it

Scores = Mapping[str, Mapping[int, Sequence[float]]]


def plot_learning_curve(scores: Scores, path: str | Path, *, baseline: float, n_test: int) -> None:
    """A picture of accuracy by number of labels, written to ``path``.

    The line of a family goes through its means, the band round it is one standard deviation wide to either side, and
    each fit is a dot. The number beside a name is the mean at the most labels. The dashed level is the trivial answer.
    The axis of labels is logarithmic: equal steps are equal factors. Equal scores give equal bytes.

    Parameters
    ----------
    scores : mapping of str to mapping of int to sequence of float
        For each family and number of labels the accuracies, one for each seed.
    path : str or Path
        The file, ``.svg`` or ``.png``.
    baseline : float
        Accuracy of always saying the most frequent class.
    n_test : int
        Rows of the test part.

    Raises
    ------
    UsageError
        For another ending.

    Source: Perlich, Provost and Simonoff (2003), Tree Induction vs. Logistic Regression: A Learning-Curve Analysis.
    """
    title = f"Test accuracy by number of labels: {', '.join(printable(name) for name in scores)}"
    with draw_picture(path, width=WIDTH, height=HEIGHT, title=title) as figure:
        labels = {name: f"{printable(name)} {100 * _means(by_size)[-1]:.1f} %" for name, by_size in scores.items()}
        labels[""] = f"most frequent {100 * baseline:.1f} %"
        after = 12 + LABEL_SIZE * max(measure_ems(label) for label in labels.values())
        wide, tall = WIDTH / PIXELS_PER_POINT, HEIGHT / PIXELS_PER_POINT
        room = (BEFORE / wide, BELOW / tall, (wide - BEFORE - after) / wide, (tall - BELOW - ABOVE) / tall)
        axes = figure.add_axes(room)
        axes.set_title(f"Accuracy on {n_test:,} test texts", pad=10)
        n_seeds = max(len(values) for by_size in scores.values() for values in by_size.values())
        if n_seeds > 1:
            key = f"line: mean of {n_seeds} samples (dots); band: one standard deviation"
            figure.text(1 - 8 / wide, 1 - 8 / tall, key, ha="right", va="top", size=LABEL_SIZE, color=QUIET)
        _set_axes(axes, scores, baseline=baseline)
        for colour, by_size in zip(_colours(scores), scores.values(), strict=True):
            _draw_family(axes, by_size, colour=colour)
        axes.axhline(baseline, color=QUIET, linewidth=1.3, dashes=(5, 3), zorder=1)
        _draw_labels(axes, scores, labels=labels, baseline=baseline)


def _colours(scores: Scores) -> list[str]:
    return [COLOURS[i % len(COLOURS)] for i in range(len(scores))]


def _means(by_size: Mapping[int, Sequence[float]]) -> np.ndarray:
    return np.array([np.mean(by_size[size]) for size in sorted(by_size)])


def _set_axes(axes: Axes, scores: Scores, *, baseline: float) -> None:
    sizes = sorted({size for by_size in scores.values() for size in by_size})
    values = np.array(
        [value for by_size in scores.values() for many in by_size.values() for value in many] + [baseline]
    )
    margin = 0.06 * float(np.ptp(values)) or 0.05
    axes.set_ylim(max(values.min() - margin, 0.0), min(values.max() + margin, 1.0))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.4g} %"))
    axes.yaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 2.5, 5, 10]))
    axes.set_xscale("log")
    axes.set_xlim(sizes[0] / 1.12, sizes[-1] * 1.12)
    axes.xaxis.set_major_locator(
        FixedLocator(_thin_out(sizes, wide=axes.get_position().width * WIDTH / PIXELS_PER_POINT))
    )
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.set_xlabel("labelled texts, validation among them")


def _thin_out(sizes: Sequence[int], *, wide: float) -> list[int]:
    """Sizes whose numbers have room below ``wide`` points of axis; the largest always has."""
    per_factor = wide / np.log(sizes[-1] * 1.12**2 / sizes[0])  # points of a factor e
    kept = [sizes[-1]]
    for size in reversed(sizes[:-1]):
        need = TICK_SIZE * (measure_ems(f"{size:,}") + measure_ems(f"{kept[-1]:,}")) / 2 + 6
        if per_factor * np.log(kept[-1] / size) >= need:
            kept.append(size)
    return kept[::-1]


def _draw_family(axes: Axes, by_size: Mapping[int, Sequence[float]], *, colour: str) -> None:
    """Line, band and dots."""
    sizes = sorted(by_size)
    means = _means(by_size)
    deviations = np.array([np.std(by_size[size], ddof=1) if len(by_size[size]) > 1 else 0.0 for size in sizes])
    axes.fill_between(sizes, means - deviations, means + deviations, color=colour, alpha=0.15, linewidth=0)
    axes.plot(sizes, means, "-o", color=colour, linewidth=1.8, markersize=4.5, markeredgewidth=0, clip_on=False)
    for size in sizes:
        dots = np.sort(by_size[size])
        axes.plot([size] * len(dots), dots, "o", color=colour, alpha=0.45, markersize=2.6, markeredgewidth=0)


def _draw_labels(axes: Axes, scores: Scores, *, labels: Mapping[str, str], baseline: float) -> None:
    """Names at the right end of their lines, moved apart where they would overlap."""
    low, high = axes.get_ylim()
    tall = axes.get_position().height * HEIGHT / PIXELS_PER_POINT  # points
    ends = [float(_means(by_size)[-1]) for by_size in scores.values()] + [baseline]
    wanted = [(end - low) / (high - low) * tall for end in ends]
    heights = spread(wanted, gap=LABEL_GAP, low=0.0, high=tall)
    for label, height, colour in zip(labels.values(), heights, [*_colours(scores), QUIET], strict=True):
        axes.text(1.02, height / tall, label, transform=axes.transAxes, va="center", size=LABEL_SIZE, color=colour)
