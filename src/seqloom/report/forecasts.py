"""A forecast beside what came, with the bands it promised; how the error grows with the distance; who errs least."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.ticker import MaxNLocator

from seqloom.report.picture import INK, PIXELS_PER_POINT, QUIET, draw_picture, measure_ems, printable
from seqloom.report.plots import COLOURS, LABEL_GAP, LABEL_SIZE, spread

__all__ = ["plot_errors", "plot_forecast", "plot_skill"]

WIDTH, HEIGHT = 900, 360  # pixels

# Room round the axes, in points.
BEFORE, BELOW, ABOVE, AFTER = 52, 40, 34, 14

# How dark the bands are, from the widest to the narrowest.
_SHADES = (0.14, 0.22, 0.34)


def plot_forecast(
    path: str | Path,
    *,
    past: tuple[np.ndarray, np.ndarray],
    ahead: tuple[np.ndarray, np.ndarray],
    bands: Mapping[float, tuple[np.ndarray, np.ndarray]] | None = None,
    truth: np.ndarray | None = None,
    title: str = "",
) -> None:
    """A picture of one forecast: the past as a line, the forecast behind it with its bands, and what came, if known.

    Parameters
    ----------
    path : str or Path
        The file, ``.svg`` or ``.png``.
    past, ahead : tuple of ndarray
        Times (``int64`` microseconds since 1970) and values of what was known, and of the forecast.
    bands : mapping of float to tuple of ndarray, optional
        By their share of all cases (0.5, 0.8, 0.95): lower and upper bounds at the forecast's times.
    truth : ndarray, optional
        What came at the forecast's times.
    title : str
        What is forecast, with its unit.

    Raises
    ------
    UsageError
        For another ending.
    """
    known, (times, forecast) = past, ahead
    with draw_picture(path, width=WIDTH, height=HEIGHT, title=f"Forecast of {printable(title, limit=60)}") as figure:
        wide, tall = WIDTH / PIXELS_PER_POINT, HEIGHT / PIXELS_PER_POINT
        room = (BEFORE / wide, BELOW / tall, (wide - BEFORE - AFTER) / wide, (tall - BELOW - ABOVE) / tall)
        axes = figure.add_axes(room)
        axes.set_title(printable(title, limit=44), pad=12)
        axes.plot(_dates(known[0]), known[1], color=QUIET, linewidth=1.2, label="known")
        shares = sorted(bands or {}, reverse=True)
        for share, shade in zip(shares, _SHADES[-len(shares) :] if shares else (), strict=True):
            low, high = (bands or {})[share]
            axes.fill_between(
                _dates(times), low, high, color=COLOURS[0], alpha=shade, linewidth=0, label=f"{100 * share:.0f} %"
            )
        mark: dict[str, Any] = {"marker": "o", "markersize": 4.0} if len(times) == 1 else {}
        axes.plot(_dates(times), forecast, color=COLOURS[0], linewidth=1.8, label="forecast", **mark)
        if truth is not None:
            axes.plot(_dates(times), truth, color=COLOURS[1], linewidth=1.4, label="what came", **mark)
        axes.axvline(_dates(known[0][-1:])[0], color=INK, linewidth=0.8, dashes=(4, 3))
        _set_dates(axes)
        n_entries = 3 + len(shares)
        axes.legend(
            loc="lower right",
            bbox_to_anchor=(1.0, 1.0),
            ncols=n_entries,
            frameon=False,
            fontsize=LABEL_SIZE,
            handlelength=1.4,
            columnspacing=1.2,
            borderaxespad=0.1,
        )


def plot_errors(
    path: str | Path, errors: Mapping[str, Sequence[float]], *, steps: Sequence[float], unit: str, title: str
) -> None:
    """A picture of the mean absolute error by how far ahead the forecast is, a line for each family.

    Parameters
    ----------
    path : str or Path
        The file, ``.svg`` or ``.png``.
    errors : mapping of str to sequence of float
        For each family one for each step.
    steps : sequence of float
        How far ahead each step is, in ``unit``.
    unit : str
        ``hours``, ``rows`` ...
    title : str
        Whose errors.

    Raises
    ------
    UsageError
        For another ending.
    """
    named = ", ".join(printable(name) for name in errors)
    with draw_picture(path, width=WIDTH, height=HEIGHT, title=f"Error by horizon: {named}") as figure:
        labels = [f"{printable(name)} {values[-1]:.3g}" for name, values in errors.items()]
        wide, tall = WIDTH / PIXELS_PER_POINT, HEIGHT / PIXELS_PER_POINT
        after = 12 + LABEL_SIZE * max(measure_ems(label) for label in labels)
        room = (BEFORE / wide, BELOW / tall, (wide - BEFORE - after) / wide, (tall - BELOW - ABOVE) / tall)
        axes = figure.add_axes(room)
        axes.set_title(printable(title, limit=80), pad=10)
        for place, values in enumerate(errors.values()):
            axes.plot(steps, values, color=COLOURS[place % len(COLOURS)], linewidth=1.6)
        axes.set_xlabel(f"{unit} ahead")
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_locator(MaxNLocator(6))
        axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
        _label_ends(axes, labels, ends=[float(values[-1]) for values in errors.values()])


def plot_skill(
    path: str | Path,
    errors: Mapping[str, tuple[float, float, float]],
    *,
    naive: Collection[str],
    level: float,
    title: str,
) -> None:
    """A picture of the table: a dot for each family's mean absolute error with its interval, the least above.

    A dashed line stands at the error of the best naive forecast; what lies left of it has skill, which is written
    beside the name.

    Parameters
    ----------
    path : str or Path
        The file, ``.svg`` or ``.png``.
    errors : mapping of str to tuple of float
        Error of each family, and the bounds of its interval.
    naive : collection of str
        Names of naive families.
    level : float
        The error of the best of these, whether it is in the table or not.
    title : str
        Whose errors.

    Raises
    ------
    UsageError
        For another ending.

    Source: Cleveland (1985), The Elements of Graphing Data, section 3.3 (dot plots).
    """
    order = sorted(errors, key=lambda family: errors[family][0])
    height = 84 + 24 * len(order)
    labels = [f"{printable(family)}  {_say_skill(errors[family][0], level)}" for family in order]
    wide, tall = WIDTH / PIXELS_PER_POINT, height / PIXELS_PER_POINT
    before = 14 + LABEL_SIZE * max(map(measure_ems, labels))
    with draw_picture(path, width=WIDTH, height=height, title=f"Skill of {', '.join(map(printable, order))}") as figure:
        room = (before / wide, BELOW / tall, (wide - before - AFTER) / wide, (tall - BELOW - 26) / tall)
        axes = figure.add_axes(room)
        axes.set_title(printable(title, limit=80), pad=8)
        axes.grid(visible=True, axis="x")
        axes.axvline(level, color=QUIET, linewidth=1.0, dashes=(5, 3), zorder=2)
        for place, family in enumerate(order):
            value, low, high = errors[family]
            colour = QUIET if family in naive else COLOURS[0] if value < level else COLOURS[1]
            axes.plot([low, high], [place, place], color=colour, linewidth=1.6, alpha=0.5, zorder=3)
            axes.plot([value], [place], "o", color=colour, markersize=6, markeredgewidth=0, zorder=4)
        axes.set_yticks(range(len(order)), labels, size=LABEL_SIZE)
        axes.set_ylim(len(order) - 0.4, -0.6)
        axes.xaxis.set_major_locator(MaxNLocator(8))
        axes.set_xlabel("mean absolute error; in brackets how much less it is than that of the best naive forecast")


def _say_skill(error: float, level: float) -> str:
    """Skill against the best naive family as a signed share."""
    share = round(100 * (1 - error / level), 1) + 0.0 if level > 0 else 0.0  # never -0.0
    return f"({share:+.1f} %)" if share else "(0.0 %)"


def _label_ends(axes: Axes, labels: Sequence[str], *, ends: Sequence[float]) -> None:
    """Names at the right end of their lines, moved apart where they would overlap."""
    low, high = axes.get_ylim()
    tall = axes.get_position().height * HEIGHT / PIXELS_PER_POINT  # points
    wanted = [(end - low) / (high - low) * tall for end in ends]
    for place, (label, height) in enumerate(
        zip(labels, spread(wanted, gap=LABEL_GAP, low=0.0, high=tall), strict=True)
    ):
        colour = COLOURS[place % len(COLOURS)]
        axes.text(1.02, height / tall, label, transform=axes.transAxes, va="center", size=LABEL_SIZE, color=colour)


def _dates(times: np.ndarray) -> np.ndarray:
    """Microseconds since 1970 as Matplotlib counts time."""
    dates: np.ndarray = date2num(np.asarray(times, dtype="datetime64[us]"))
    return dates


def _set_dates(axes: Axes) -> None:
    locator = AutoDateLocator(minticks=3)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
