"""Whole series: examples of each class with what a model took them for, and numbers beside what a model said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from seqloom.report.picture import PIXELS_PER_POINT, QUIET, draw_picture, measure_ems, printable
from seqloom.report.plots import COLOURS, LABEL_SIZE

__all__ = ["Example", "plot_answers", "plot_examples"]

# Pixels of a panel, and room above it for its caption.
_WIDE, _TALL, _CAPTION = 190, 74, 24

# Pixels above all panels (title and key), below them (steps), right of them.
_ABOVE, _BELOW, _AFTER = 76, 40, 16

# Channels drawn: more lines in a panel of this size are not told apart.
_MOST_CHANNELS = 6

# The pixels of the picture of answers.
_SQUARE = 440


@dataclass(frozen=True, kw_only=True)
class Example:
    """One series of the picture: its steps ``[T, C]``, what stands above it, and whether that says it is wrong."""

    steps: np.ndarray
    caption: str = ""
    is_wrong: bool = False


def plot_examples(
    path: str | Path, groups: Mapping[str, Sequence[Example]], *, channels: Sequence[str], note: str
) -> None:
    """A picture of some series of each class, a row for each, as small multiples.

    All panels have the same axes, so that height and length can be compared. Of several channels each is drawn over
    its own range among what is shown. Equal series give equal bytes.

    Parameters
    ----------
    path : str or Path
        The file, ``.svg`` or ``.png``.
    groups : mapping of str to sequence of Example
        By class, or by a range of numbers; a group without examples has no row.
    channels : sequence of str
        ``[C]`` names; the first six are drawn.
    note : str
        What stands above the panels.

    Raises
    ------
    UsageError
        For another ending.

    Source: Tufte, The Visual Display of Quantitative Information, 2001, chapter 8 (small multiples).
    """
    groups = {name: shown for name, shown in groups.items() if shown}
    named = [printable(name, limit=20) for name in groups]
    before = 34 + PIXELS_PER_POINT * LABEL_SIZE * max(map(measure_ems, named), default=0.0)
    n_columns = max((len(shown) for shown in groups.values()), default=1)
    width = max(before + n_columns * _WIDE + _AFTER, 420.0)
    height = _ABOVE + len(groups) * (_TALL + _CAPTION) + _BELOW
    everything = [example for shown in groups.values() for example in shown]
    ranges, longest = _find_ranges(everything), max((len(example.steps) for example in everything), default=1)
    with draw_picture(path, width=width, height=height, title=f"Series by group: {', '.join(named)}") as figure:
        figure.text(12 / width, 1 - 22 / height, "Series of the test part", size=10.5, weight="bold")
        figure.text(12 / width, 1 - 40 / height, printable(note, limit=60), size=LABEL_SIZE, color=QUIET)
        _draw_key(figure, channels, n_drawn=len(ranges))
        for row, (name, shown) in enumerate(zip(named, groups.values(), strict=True)):
            floor = height - _ABOVE - (row + 1) * (_TALL + _CAPTION)
            place = (floor + _TALL / 2) / height
            figure.text(12 / width, place, name, size=LABEL_SIZE, va="center", weight="bold")
            for column, example in enumerate(shown):
                left = before + column * _WIDE
                axes = figure.add_axes((left / width, floor / height, (_WIDE - 14) / width, _TALL / height))
                _draw_example(axes, example, ranges=ranges)
                axes.set_xlim(1 - 0.02 * longest, 1.02 * longest)
                has_numbers, has_steps = column == 0 and len(ranges) == 1, row == len(groups) - 1
                axes.tick_params(labelsize=7.0, labelleft=has_numbers, labelbottom=has_steps, pad=2, length=0)
                axes.set_xlabel("step" if has_steps else "", size=7.5, labelpad=1)


def _find_ranges(examples: Sequence[Example]) -> np.ndarray:
    """The lowest and the highest value of each channel that is drawn, ``[C, 2]``; 0 and 1 where none is known."""
    values = np.concatenate([example.steps[:, :_MOST_CHANNELS] for example in examples])
    known = np.isfinite(values)
    low = np.where(known, values, np.inf).min(axis=0)
    high = np.where(known, values, -np.inf).max(axis=0)
    ranges: np.ndarray = np.stack([np.where(known.any(axis=0), low, 0.0), np.where(known.any(axis=0), high, 1.0)], 1)
    return ranges


def _draw_example(axes: Axes, example: Example, *, ranges: np.ndarray) -> None:
    """Its channels, and what stands above it."""
    at = np.arange(1, len(example.steps) + 1)
    mark: dict[str, Any] = {"marker": "o", "markersize": 2.5} if len(at) == 1 else {}
    is_alone = len(ranges) == 1
    for place, (low, high) in enumerate(ranges):
        values = example.steps[:, place]
        drawn = values if is_alone else (values - low) / ((high - low) or 1.0)
        axes.plot(at, drawn, color=COLOURS[place], linewidth=1.1, **mark)
    low, high = ranges[0] if is_alone else (0.0, 1.0)
    margin = 0.06 * (high - low) or 0.5
    axes.set_ylim(low - margin, high + margin)
    axes.yaxis.set_major_locator(MaxNLocator(2))
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    if example.caption:
        colour = COLOURS[1] if example.is_wrong else QUIET
        axes.set_title(printable(example.caption, limit=30), size=7.5, weight="normal", color=colour, pad=2)


def _draw_key(figure: Figure, channels: Sequence[str], *, n_drawn: int) -> None:
    """Which colour is which channel, where there are several."""
    if n_drawn < 2:
        return
    marks = [
        Line2D([], [], color=COLOURS[place], linewidth=1.6, label=printable(name, limit=14))
        for place, name in enumerate(channels[:n_drawn])
    ]
    title = f"{n_drawn} of {len(channels)} channels" if n_drawn < len(channels) else None
    figure.legend(
        handles=marks,
        loc="upper right",
        ncols=min(3, n_drawn),
        frameon=False,
        fontsize=7.5,
        title=title,
        title_fontsize=7.5,
        handlelength=1.2,
        columnspacing=1.0,
        labelspacing=0.3,
        borderaxespad=0.6,
    )


def plot_answers(path: str | Path, *, truth: np.ndarray, said: np.ndarray, by: str) -> None:
    """A picture of numbers and what a model said of them: a point for each, on the diagonal where it is right.

    Parameters
    ----------
    path : str or Path
        The file, ``.svg`` or ``.png``.
    truth, said : ndarray, ``[N]``
        What is right, and the answers.
    by : str
        The family whose answers they are.

    Raises
    ------
    UsageError
        For another ending.
    """
    low, high = (float(reach(part)) for reach, part in ((np.min, [truth, said]), (np.max, [truth, said])))
    margin = 0.04 * (high - low) or 0.5
    ends = [low - margin, high + margin]
    with draw_picture(path, width=_SQUARE, height=_SQUARE, title=f"Numbers and what {printable(by)} said") as figure:
        axes = figure.add_axes((0.14, 0.12, 0.82, 0.78))
        axes.set_title(f"Test part: what {printable(by)} said", pad=10)
        axes.plot(ends, ends, color=QUIET, linewidth=1.0, dashes=(5, 3), zorder=2)
        shade = float(np.clip(60 / max(len(truth), 1), 0.15, 0.8))
        axes.plot(truth, said, "o", color=COLOURS[0], markersize=4.5, markeredgewidth=0, alpha=shade, zorder=3)
        axes.set(xlim=ends, ylim=ends, xlabel="truth", ylabel="said")
        axes.set_aspect("equal")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(6))
