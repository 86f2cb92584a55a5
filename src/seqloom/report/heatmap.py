"""Which classes a model takes for which: the confusion matrix as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from seqloom.errors import DataError
from seqloom.report.picture import INK, PAPER, PIXELS_PER_POINT, QUIET, draw_picture, measure_ems, printable

__all__ = ["plot_confusion"]

# Classes at most, and the pixels of a cell. Down to 36 pixels a count of five digits fits; below, only shades are
# shown, and from 40 classes on there is no room for names either.
_CELLS = ((6, 64), (12, 48), (20, 38), (40, 20))
_TINY_CELL_SHEET = 800  # pixels for all cells together, where they have no names
_COUNT_CELL = 38
_NAME_SIZE, _COUNT_SIZE = 8.5, 7.5  # points

_SHADES = LinearSegmentedColormap.from_list("share", [PAPER, "#0068a5"])


def plot_confusion(matrix: np.ndarray, path: str | Path, *, classes: Sequence[object]) -> None:
    """A picture of who was taken for whom, written to ``path``.

    A cell is as dark as the root of its share of the rows of its true class: shares, so that small classes can be
    read beside large ones, and the root, so that 2 % of mistakes are seen beside 90 % of hits. Counts are written
    into it for up to 20 classes, names beside it for up to 40. Zeros are left blank.

    Parameters
    ----------
    matrix : ndarray, ``[K, K]`` of int
        Truth down, prediction across, as ``scores.confusion.confusion_matrix`` gives it.
    path : str or Path
        The file, ``.svg`` or ``.png``.
    classes : sequence of str
        ``[K]`` names.

    Raises
    ------
    DataError
        When there is not one name for each row and column.
    UsageError
        For another ending.

    Source: scikit-learn, ``ConfusionMatrixDisplay(normalize="true")`` for the shades.
    """
    n_classes = len(classes)
    if matrix.shape != (n_classes, n_classes):
        raise DataError(
            f"a matrix of shape {matrix.shape} for {n_classes} classes; expected a row and column for each."
        )
    has_names = n_classes <= _CELLS[-1][0]
    cell = next((size for most, size in _CELLS if n_classes <= most), _TINY_CELL_SHEET / n_classes)
    names = [printable(name) for name in classes] if has_names else []
    edge = 40 + PIXELS_PER_POINT * _NAME_SIZE * max((measure_ems(name) for name in names), default=0.0)
    sheet, end = cell * n_classes, 16
    is_flat = edge - 40 <= cell  # names stand across the columns where they fit, and climb where they do not
    above = 62.0 if is_flat else edge
    size = {"width": edge + sheet + end, "height": above + sheet + end}
    title = f"Confusion matrix of {n_classes} classes"
    with draw_picture(path, title=title, width=size["width"], height=size["height"]) as figure:
        place = (edge / size["width"], end / size["height"], sheet / size["width"], sheet / size["height"])
        axes = figure.add_axes(place)
        _draw_cells(axes, matrix, has_counts=cell >= _COUNT_CELL)
        _draw_names(axes, names, is_flat=is_flat)


def _draw_cells(axes: Axes, matrix: np.ndarray, *, has_counts: bool) -> None:
    """Shades by row, and counts."""
    total = matrix.sum(axis=1, keepdims=True)
    shade = np.sqrt(matrix / np.maximum(total, 1))  # [K, K]
    n_classes = len(matrix)
    edges = np.arange(n_classes + 1)
    # Where cells have no counts there are thousands of them: as pixels, or the file has a path for each.
    axes.pcolormesh(edges, edges, shade, cmap=_SHADES, vmin=0, vmax=1, edgecolors="#eeeeee" if has_counts else "face",
                    linewidth=0.6 if has_counts else 0, rasterized=not has_counts)  # fmt: skip
    axes.invert_yaxis()
    for i, k in zip(*np.nonzero(matrix), strict=True) if has_counts else ():
        ink = PAPER if shade[i, k] > 0.6 else INK  # white on dark from where black has less contrast
        axes.text(k + 0.5, i + 0.5, f"{matrix[i, k]:,}", ha="center", va="center", size=_COUNT_SIZE, color=ink)


def _draw_names(axes: Axes, names: Sequence[str], *, is_flat: bool) -> None:
    """Truth at the left, prediction above."""
    axes.grid(visible=False)
    for side in axes.spines.values():
        side.set_visible(False)
    middle = np.arange(len(names)) + 0.5
    axes.xaxis.tick_top()
    axes.set_xticks(middle, names, size=_NAME_SIZE, rotation=0 if is_flat else 90)
    axes.set_yticks(middle, names, size=_NAME_SIZE)
    axes.tick_params(length=0)
    axes.xaxis.set_label_position("top")
    axes.set_xlabel("taken for", color=QUIET, labelpad=6)
    axes.set_ylabel("truth", color=QUIET, labelpad=6)
