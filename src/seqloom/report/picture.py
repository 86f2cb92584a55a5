"""An empty sheet in the house style, and how it becomes a file that is the same, byte for byte, every time.

Matplotlib's objects are used directly, never ``pyplot``: no window, no list of open figures, nothing that a user's
own plots could notice. The settings are Matplotlib's own with ours on top, so that a person's ``matplotlibrc`` does
not change the file either.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from matplotlib import rc_context, rcParamsDefault
from matplotlib.figure import Figure

from seqloom.errors import UsageError
from seqloom.whole import writing_whole

__all__ = ["INK", "PAPER", "PIXELS_PER_POINT", "QUIET", "RULE", "draw_picture", "measure_ems", "printable"]

INK = "#222222"
QUIET = "#666666"
RULE = "#e4e4e4"
PAPER = "#ffffff"

# A viewer shows an SVG point as 4/3 pixels. PNG files have twice that, for screens with fine pixels.
PIXELS_PER_POINT = 4 / 3
PNG_SCALE = 2

STYLE: dict[str, Any] = {
    # Text stays text: it can be searched and read aloud, any script shows where the viewer has a font for it, and
    # the file is a third of the size. DejaVu Sans comes with Matplotlib, so the layout is the same everywhere.
    "svg.fonttype": "none",
    "svg.hashsalt": "seqloom",  # otherwise the names of clip paths are random
    "font.family": "sans-serif",
    "font.size": 9.0,
    "text.color": INK,
    "text.parse_math": False,  # a class may be called "$"
    "figure.facecolor": PAPER,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#999999",
    "axes.linewidth": 0.8,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "axes.labelcolor": QUIET,
    "axes.titlelocation": "left",
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "grid.color": RULE,
    "grid.linewidth": 0.8,
    "xtick.color": "#999999",
    "ytick.color": "#999999",
    "xtick.labelcolor": QUIET,
    "ytick.labelcolor": QUIET,
    "ytick.major.size": 0,
}

# Choosing a backend is what a user's process does for its own windows; saving never needs one.
_DEFAULTS = {name: value for name, value in rcParamsDefault.items() if not name.startswith(("backend", "interactive"))}

# The version of Matplotlib and the date would make equal pictures unequal.
_METADATA: dict[str, dict[str, Any]] = {
    ".svg": {"Date": None, "Creator": "seqloom"},
    ".png": {"Software": "seqloom"},
}


@contextmanager
def draw_picture(path: str | Path, *, width: float, height: float, title: str) -> Iterator[Figure]:
    """A figure to draw on, saved when the ``with`` block ends without an error: the file is whole, or not there.

    Parameters
    ----------
    path : str or Path
        The file; ``.svg`` or ``.png`` by its ending.
    width : float
        In pixels, as a browser shows the SVG; a PNG has twice as many.
    height : float
        Likewise.
    title : str
        What the picture shows, for those who cannot see it (kept in the file's metadata).

    Yields
    ------
    Figure
        Of that size, in the house style.

    Raises
    ------
    UsageError
        For another ending.
    OSError
        Where the file cannot be written.

    Source: Matplotlib, "Figure" without pyplot, and ``svg.hashsalt``.
    """
    path = Path(path)
    kind = path.suffix.lower()
    if kind not in _METADATA:
        raise UsageError(f"{path.name}: pictures are .svg or .png, not {kind or 'without an ending'}.")
    with rc_context({**_DEFAULTS, **STYLE}), warnings.catch_warnings():
        # Drawn as an empty box in a PNG and as itself in an SVG: no reason to stop a training run for.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure = Figure(figsize=(width / PIXELS_PER_POINT / 72, height / PIXELS_PER_POINT / 72))
        yield figure
        dpi = 72 * PIXELS_PER_POINT * PNG_SCALE
        with writing_whole(path) as partial:
            figure.savefig(partial, format=kind[1:], dpi=dpi, metadata={"Title": title, **_METADATA[kind]})


def printable(text: object, *, limit: int = 24) -> str:
    r"""A name as it can stand in a picture: no control characters, which XML forbids, and not too long.

    Parameters
    ----------
    text : object
        A class or family.
    limit : int, default 24
        Characters at most; a longer name ends in an ellipsis. Longer ones would push the plot off the sheet.

    Returns
    -------
    str
        Of ``limit`` characters at most.

    Examples
    --------
    >>> printable("tab\there"), printable("a" * 30, limit=5)
    ('tab�here', 'aaaa…')
    """
    clean = "".join(c if c.isprintable() else "\ufffd" for c in str(text))
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def measure_ems(text: str) -> float:
    """About how wide ``text`` is, in units of its size; measuring it exactly would need a first drawing.

    Examples
    --------
    >>> measure_ems("linear"), measure_ems("語")
    (3.6, 1.0)
    """
    return round(sum(1.0 if ord(c) >= 0x2E80 else 0.6 for c in text), 1)  # from there on, scripts of square signs
