"""What a person reads: aligned lines on standard output, progress on standard error, or JSON and nothing else."""

from __future__ import annotations

import json
import math
import os
import sys
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import zip_longest
from textwrap import wrap
from typing import Any

__all__ = ["Console", "count_places", "dump_json", "fill", "say_bytes", "say_count", "say_name", "say_share"]

# Width of the word that begins a line ("Vectorised"), with its gap.
_MARGIN = 12

# Longer lines are folded: what two windows side by side on a laptop still show.
_WIDTH = 118


class Console:
    """Where a verb's output goes.

    Parameters
    ----------
    quiet : bool
        Say nothing but errors.
    as_json : bool
        Say nothing but one JSON object at the end.
    """

    def __init__(self, *, quiet: bool = False, as_json: bool = False) -> None:
        self.is_silent = quiet or as_json
        self.as_json = as_json

    def say(self, word: str, text: str) -> None:
        """One line, or several: ``word`` in the margin, ``text`` beside it."""
        if self.is_silent:
            return
        lines = [part for line in text.split("\n") for part in _fold(line)]
        for margin, line in zip_longest([word], lines, fillvalue=""):
            self.print(f"{margin:<{_MARGIN}}{line}")

    def print(self, text: str = "") -> None:
        """One line from the left edge."""
        if self.is_silent:
            return
        try:
            print(text.rstrip(), flush=True)
        except BrokenPipeError:
            # Whoever read this (head, a pager) has gone. What is being made is still wanted, so the work goes on.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            self.is_silent = True

    def warn(self, text: str) -> None:
        """One line on standard error, whatever is asked of standard output."""
        print(f"seqloom: {text}", file=sys.stderr, flush=True)

    def give(self, value: Any) -> None:
        """The JSON object, where one was asked for."""
        if self.as_json:
            print(dump_json(value, indent=1), flush=True)

    @contextmanager
    def progress(self, total: int, *, label: str, is_even: bool = True) -> Iterator[Any]:
        """A bar with the time left on a terminal; plain lines, at most one in five seconds, elsewhere.

        Parameters
        ----------
        total : int
            Steps.
        label : str
            What is under way.
        is_even : bool
            Whether the steps take about as long as each other, so that the time left can be told.

        Yields
        ------
        callable
            ``advance(note, steps=1)``, to be called behind each step, or with 0 steps to tell something in between.
        """
        if self.is_silent:
            yield lambda note, steps=1: None  # noqa: ARG005
        elif sys.stderr.isatty():
            yield from _show_bar(total, label, is_even=is_even)
        else:
            yield _print_lines(total, label, is_even=is_even)

    @contextmanager
    def transfer(self, *, label: str) -> Iterator[Any]:
        """A bar of bytes with speed and time left on a terminal; plain lines, at most one in five seconds, elsewhere.

        Parameters
        ----------
        label : str
            What is under way.

        Yields
        ------
        callable
            ``show(n_done, n_total)``; the total may be None.
        """
        if self.is_silent:
            yield lambda n_done, n_total: None  # noqa: ARG005
        elif sys.stderr.isatty():
            yield from _show_bytes(label)
        else:
            yield _print_bytes(label)


def _fold(line: str) -> list[str]:
    """A line in pieces that fit; paths and commands stay whole, so that they can be copied."""
    return wrap(line, _WIDTH - _MARGIN, break_long_words=False, break_on_hyphens=False) or [""]


def _show_bar(total: int, label: str, *, is_even: bool) -> Iterator[Any]:
    from rich.console import Console as Terminal
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = [TextColumn("{task.description}"), BarColumn(24), MofNCompleteColumn()]
    columns += [TimeRemainingColumn()] if is_even else []
    with Progress(*columns, TextColumn("{task.fields[note]}"), console=Terminal(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total, note="")
        yield lambda note, steps=1: bar.update(task, advance=steps, note=note)


def _show_bytes(label: str) -> Iterator[Any]:
    from rich.console import Console as Terminal
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (BarColumn(24), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(TextColumn("{task.description}"), *columns, console=Terminal(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda n_done, n_total: bar.update(task, completed=n_done, total=n_total)


def _print_bytes(label: str) -> Any:
    last = time.perf_counter()

    def show(n_done: int, n_total: int | None) -> None:
        nonlocal last
        if time.perf_counter() - last >= 5 and n_done != n_total:
            of = f" of {say_bytes(n_total)}" if n_total else ""
            print(f"{label} {say_bytes(n_done)}{of}", file=sys.stderr, flush=True)
            last = time.perf_counter()

    return show


def _print_lines(total: int, label: str, *, is_even: bool) -> Any:
    began = last = time.perf_counter()
    done = 0

    def advance(note: str, steps: int = 1) -> None:
        nonlocal done, last
        done += steps
        now = time.perf_counter()
        if now - last >= 5 and done < total:
            left = f", at most about {(now - began) / done * (total - done):.0f} s left" if is_even else ""
            print(f"{label} {done}/{total}, {note}{left}", file=sys.stderr, flush=True)
            last = now

    return advance


def dump_json(value: Any, *, indent: int | None = None) -> str:
    """A value as JSON that standard output can carry.

    Parameters
    ----------
    value : object
        Numbers that JSON does not have (NaN, infinity) become null.
    indent : int or None
        As for ``json.dumps``.

    Returns
    -------
    str
        Characters as they are where standard output writes Unicode, escaped elsewhere.

    Examples
    --------
    >>> dump_json({"loss": float("nan")})
    '{"loss": null}'
    """
    is_unicode = (getattr(sys.stdout, "encoding", None) or "ascii").lower().startswith("utf")
    return json.dumps(_without_nan(value), ensure_ascii=not is_unicode, indent=indent, allow_nan=False)


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nan(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def say_name(name: object, most: int = 40) -> str:
    r"""A name or text of the data on one line: blanks made one, what steers a terminal made visible, cut to ``most``.

    Examples
    --------
    >>> say_name("two\nlines, " + "x" * 50, most=16)
    'two lines, xx...'
    >>> say_name("\x1b[31mred")
    '\ufffd[31mred'
    """
    # enough for `most` characters, however long the text is; Bidi controls could turn a line round
    shown = " ".join(str(name)[: 20 * most].split())
    shown = "".join("\ufffd" if _steers_terminal(letter) else letter for letter in shown)
    return shown if len(shown) <= most else shown[: most - 3] + "..."


def _steers_terminal(letter: str) -> bool:
    return (
        unicodedata.category(letter) in ("Cc", "Cs") or "\u202a" <= letter <= "\u202e" or "\u2066" <= letter <= "\u2069"
    )


def fill(text: str, width: int, *, right: bool = False) -> str:
    """A text filled with blanks to ``width`` places of a terminal, where Korean or Chinese letters take two each.

    Parameters
    ----------
    text : str
        One line.
    width : int
        In places.
    right : bool
        Whether the text stands at the right.

    Returns
    -------
    str
        At least the text.

    Examples
    --------
    >>> fill("ab", 4), fill("서울", 5), fill("7", 3, right=True)
    ('ab  ', '서울 ', '  7')
    """
    blanks = " " * (width - count_places(text))
    return blanks + text if right else text + blanks


def count_places(text: str) -> int:
    """The places of a terminal that a text takes.

    Examples
    --------
    >>> count_places("서울")
    4
    """
    return sum(_PLACES.get(unicodedata.east_asian_width(letter), 1) for letter in text if not _is_joined(letter))


_PLACES = {"W": 2, "F": 2}


def _is_joined(letter: str) -> bool:
    """Whether a letter takes no place of its own: accents, joiners."""
    return unicodedata.category(letter) in ("Mn", "Me", "Cf")


def say_share(value: float) -> str:
    """A share as per cent: ``91.6 %``; a dash where it is not defined."""
    return f"{100 * value:.1f} %" if math.isfinite(value) else "-"


def say_bytes(n: int) -> str:
    """A size for a person: ``9 MB``."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if n >= size:
            return f"{n / size:.0f} {unit}" if n >= 10 * size else f"{n / size:.1f} {unit}"
    return f"{n} B"


def say_count(n: int, noun: str) -> str:
    """A number with its noun: ``1 text``, ``50,000 texts``, ``2 classes``."""
    ending = "" if n == 1 else "es" if noun.endswith("s") else "s"
    return f"{n:,} {noun}{ending}"
