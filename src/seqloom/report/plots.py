"""The textbook's two curves: accuracy and loss, epoch by epoch, training beside validation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from seqloom.flow import EpochRecord
from seqloom.report.picture import PAPER, PIXELS_PER_POINT, QUIET, draw_picture, measure_ems, printable

__all__ = ["plot_curves", "spread"]

WIDTH, HEIGHT = 900, 360  # pixels; fits a README and half a screen

# Told apart with any kind of colour vision, and dark enough for text on white (Okabe and Ito, 2008, darkened).
COLOURS = ("#0068a5", "#c24e00", "#00805d", "#a8457f", "#7a6200", "#5546b0", "#2f8fb8", "#5c5c5c")

LABEL_SIZE = 8.5  # points
LABEL_GAP = 1.3 * LABEL_SIZE  # from one label's middle to the next one's
MANY_EPOCHS = 40  # beyond it points of training would touch


@dataclass(frozen=True, kw_only=True)
class _Curve:
    """One metric of one family: ``[epochs]`` each; NaN where it was not measured."""

    name: str
    colour: str
    epoch: np.ndarray
    train: np.ndarray
    valid: np.ndarray
    best: int

    @property
    def is_level(self) -> bool:
        """Whether the model was solved in one go: a level to compare with, not a curve."""
        return len(self.epoch) == 1

    @property
    def drawn(self) -> np.ndarray:
        """All that is drawn of it and is a number."""
        drawn = self.valid if self.is_level else np.concatenate([self.train, self.valid])
        return drawn[np.isfinite(drawn)]

    @property
    def end(self) -> float:
        """Where the label stands: the last value of validation, or of training where there was no validation."""
        known = [side[np.isfinite(side)] for side in (self.train, self.valid)]
        return float(next(side[-1] for side in reversed(known) if len(side)))

    @property
    def result(self) -> float:
        """What the label says: validation at the best epoch, whose weights are kept."""
        best = float(self.valid[self.best])
        return best if np.isfinite(best) else self.end


@dataclass(frozen=True, kw_only=True)
class _Panel:
    """What differs between the two panels."""

    metric: str
    title: str
    low: float
    high: float
    tick: Callable[[float], str]
    write: Callable[[float], str]


_PANELS = {
    panel.metric: panel
    for panel in (
        _Panel(
            metric="accuracy",
            title="Accuracy",
            low=0.0,
            high=1.0,
            tick=lambda v: f"{100 * v:.4g} %",
            write=lambda v: f"{100 * v:.1f} %",
        ),
        _Panel(
            metric="loss", title="Loss", low=0.0, high=np.inf, tick=lambda v: f"{v:.4g}", write=lambda v: f"{v:.3f}"
        ),
        _Panel(
            metric="mae",
            title="Mean absolute error, scaled",
            low=0.0,
            high=np.inf,
            tick=lambda v: f"{v:.4g}",
            write=lambda v: f"{v:.3f}",
        ),
    )
}


def plot_curves(
    histories: Mapping[str, Sequence[EpochRecord]],
    path: str | Path,
    *,
    metrics: tuple[str, str] = ("accuracy", "loss"),
) -> None:
    """A picture of accuracy (left) and loss (right) by epoch, written to ``path``.

    Training is drawn as points and validation as a line, a colour for each family, a ring round the best epoch; the
    number beside a name is validation at that epoch. A family with a single record has no curve: its validation
    value is a dashed level across the panel, so that a net can be seen to pass below or above its rival. Equal
    records give equal bytes.

    Parameters
    ----------
    histories : mapping of str to sequence of EpochRecord
        By family, in the order of the colours; families without records, or without these two metrics, are left out.
    path : str or Path
        The file, ``.svg`` or ``.png``.
    metrics : tuple of str
        What is drawn left and right: two of ``accuracy``, ``loss``, ``mae``.

    Raises
    ------
    UsageError
        For another ending.

    Source: Chollet, Deep Learning with Python, 2018, section 3.4 (the form of the two plots).
    """
    panels = [_PANELS[metric] for metric in metrics]
    title = (
        f"{panels[0].title} and {panels[1].title.lower()} by epoch: {', '.join(printable(name) for name in histories)}"
    )
    with draw_picture(path, width=WIDTH, height=HEIGHT, title=title) as figure:
        drawn = [_collect(histories, panel.metric) for panel in panels]
        for axes, panel, curves in zip(_place(figure, drawn, panels=panels), panels, drawn, strict=True):
            _draw_panel(axes, panel, curves=curves)
        _draw_key(figure, drawn[0] + drawn[1])


def spread(heights: Sequence[float], *, gap: float, low: float, high: float) -> list[float]:
    """Heights moved apart until no two are nearer than ``gap``, in their old order.

    Parameters
    ----------
    heights : sequence of float
        Where labels would like to stand.
    gap : float
        The least distance between two.
    low, high : float
        None stands above ``high``; none below ``low`` as long as there is room for all.

    Returns
    -------
    list of float
        In the order given.

    Examples
    --------
    >>> spread([5.0, 5.5, 0.0], gap=1.0, low=0.0, high=6.0)
    [5.0, 6.0, 0.0]
    """
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    placed = [heights[i] for i in order]
    for i in range(len(placed)):  # up from the floor, then down from the ceiling
        placed[i] = max(placed[i], placed[i - 1] + gap if i else low)
    for i in reversed(range(len(placed))):
        placed[i] = min(placed[i], placed[i + 1] - gap if i + 1 < len(placed) else high)
    return [height for _, height in sorted(zip(order, placed, strict=True))]


def _collect(histories: Mapping[str, Sequence[EpochRecord]], metric: str) -> list[_Curve]:
    """The curves of one metric, of the families that have any value of it."""
    found = []
    for i, (name, records) in enumerate(histories.items()):
        best = [at for at, record in enumerate(records) if record.is_best]
        curve = _Curve(
            name=printable(name),
            colour=COLOURS[i % len(COLOURS)],
            epoch=np.array([record.epoch for record in records], dtype=np.int64),
            train=np.array([record.train.get(metric, np.nan) for record in records], dtype=np.float64),
            valid=np.array([record.valid.get(metric, np.nan) for record in records], dtype=np.float64),
            best=best[-1] if best else -1,  # each best epoch was the best so far: the last one is the best of all
        )
        if len(curve.drawn):
            found.append(curve)
    return found


def _label(curve: _Curve, panel: _Panel) -> str:
    """A name and what it reached; beside the line, as values at the rings would cover each other."""
    return f"{curve.name} {panel.write(curve.result)}"


def _place(figure: Figure, drawn: Sequence[Sequence[_Curve]], *, panels: Sequence[_Panel]) -> list[Axes]:
    """Two panels side by side, each with room at its right for the longest label. In points, from the left below."""
    width, height = WIDTH / PIXELS_PER_POINT, HEIGHT / PIXELS_PER_POINT
    before, below, above = 44, 36, 44
    texts = [_label(curve, panel) for panel, curves in zip(panels, drawn, strict=True) for curve in curves]
    after = 10 + LABEL_SIZE * max((measure_ems(text) for text in texts), default=0.0)
    half = width / 2
    return [
        figure.add_axes(
            (left / width, below / height, (half - before - after) / width, (height - below - above) / height)
        )
        for left in (before, half + before)
    ]


def _draw_panel(axes: Axes, panel: _Panel, *, curves: Sequence[_Curve]) -> None:
    """One metric of every family."""
    axes.set_title(panel.title, pad=10)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: panel.tick(value)))
    axes.yaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 2.5, 5, 10]))
    _draw_epochs(axes, curves)
    if not curves:
        axes.set_yticks([])
        axes.text(0.5, 0.5, "nothing was measured", transform=axes.transAxes, ha="center", color=QUIET)
        return
    values = np.concatenate([curve.drawn for curve in curves])
    margin = 0.08 * (values.max() - values.min()) or 0.05
    axes.set_ylim(max(values.min() - margin, panel.low), min(values.max() + margin, panel.high))
    for curve in curves:
        _draw_curve(axes, curve)
    _draw_labels(axes, panel, curves=curves)


def _draw_epochs(axes: Axes, curves: Sequence[_Curve]) -> None:
    """Whole epochs below, or nothing at all where no family has epochs."""
    last = max((int(curve.epoch[-1]) for curve in curves if not curve.is_level), default=0)
    if last == 0:
        axes.set_xticks([])
        return
    axes.set_xlim(max(1 - 0.03 * last, 0.5), last + 0.03 * last)  # there is no epoch 0
    axes.xaxis.set_major_locator(MaxNLocator(10, integer=True, steps=[1, 2, 5, 10]))
    axes.set_xlabel("epoch")


def _draw_curve(axes: Axes, curve: _Curve) -> None:
    """Points, line and ring of a net; the level of a rival."""
    if curve.is_level:
        axes.axhline(curve.end, color=curve.colour, linewidth=1.3, dashes=(5, 3), zorder=2)
        return
    size = 3.6 if len(curve.epoch) <= MANY_EPOCHS else 1.8
    axes.plot(curve.epoch, curve.train, "o", color=curve.colour, markersize=size, markeredgewidth=0, clip_on=False)
    axes.plot(curve.epoch, curve.valid, "-", color=curve.colour, linewidth=1.8, clip_on=False)
    best = curve.epoch[curve.best], curve.valid[curve.best]
    axes.plot(*best, "o", color=curve.colour, markersize=7.5, markerfacecolor=PAPER, markeredgewidth=1.8, zorder=4)


def _draw_labels(axes: Axes, panel: _Panel, *, curves: Sequence[_Curve]) -> None:
    """Names at the right end of their lines, moved apart where they would overlap."""
    low, high = axes.get_ylim()
    tall = axes.get_position().height * HEIGHT / PIXELS_PER_POINT  # points
    wanted = [(curve.end - low) / (high - low) * tall for curve in curves]
    for curve, height in zip(curves, spread(wanted, gap=LABEL_GAP, low=0.0, high=tall), strict=True):
        axes.text(
            1.02,
            height / tall,
            _label(curve, panel),
            transform=axes.transAxes,
            va="center",
            size=LABEL_SIZE,
            color=curve.colour,
        )


def _draw_key(figure: Figure, curves: Sequence[_Curve]) -> None:
    """What points, lines and rings stand for, at the right above; only what the picture has."""
    marks = []
    if any(not curve.is_level for curve in curves):
        marks += [
            Line2D([], [], color=QUIET, marker="o", markersize=3.6, linestyle="none", label="training"),
            Line2D([], [], color=QUIET, linewidth=1.8, label="validation"),
            Line2D([], [], color=QUIET, marker="o", markersize=7, markerfacecolor=PAPER, markeredgewidth=1.8,
                   linestyle="none", label="best epoch (value at the right)"),
        ]  # fmt: skip
    if any(curve.is_level for curve in curves):
        marks.append(Line2D([], [], color=QUIET, linewidth=1.3, dashes=(5, 3), label="validation, no epochs"))
    if marks:
        figure.legend(
            handles=marks, loc="upper right", ncols=len(marks), frameon=False, fontsize=LABEL_SIZE, labelcolor=QUIET
        )
