"""What a person reads: aligned lines on standard output, progress on standard error, or JSON and nothing else."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import zip_longest
from textwrap import wrap
from typing import Any

__all__ = ["Console", "say_bytes", "say_count", "say_share"]

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
        self._began = time.perf_counter()

    def say(self, word: str, text: str) -> None:
        """One line, or several: ``word`` in the margin, ``text`` beside it."""
        if self.is_silent:
            return
        lines = [part for line in text.split("\n") for part in wrap(line, _WIDTH - _MARGIN) or [""]]
        for margin, line in zip_longest([word], lines, fillvalue=""):
            print(f"{margin:<{_MARGIN}}{line}".rstrip())
        sys.stdout.flush()

    def print(self, text: str = "") -> None:
        """One line from the left edge."""
        if not self.is_silent:
            print(text.rstrip(), flush=True)

    def warn(self, text: str) -> None:
        """One line on standard error, whatever is asked of standard output."""
        print(f"seqloom: {text}", file=sys.stderr, flush=True)

    def give(self, value: Any) -> None:
        """The JSON object, where one was asked for."""
        if self.as_json:
            print(json.dumps(value, ensure_ascii=False, indent=1))

    @contextmanager
    def progress(self, total: int, *, label: str) -> Iterator[Any]:
        """A bar with the time left on a terminal; plain lines, at most one in five seconds, elsewhere.

        Parameters
        ----------
        total : int
            Steps.
        label : str
            What is under way.

        Yields
        ------
        callable
            ``advance(note)``, to be called behind each step.
        """
        if self.is_silent:
            yield lambda note: None  # noqa: ARG005
        elif sys.stderr.isatty():
            yield from _show_bar(total, label)
        else:
            yield _print_lines(total, label)


def _show_bar(total: int, label: str) -> Iterator[Any]:
    from rich.console import Console as Terminal
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(24), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, TextColumn("{task.fields[note]}"), console=Terminal(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total, note="")
        yield lambda note: bar.update(task, advance=1, note=note)


def _print_lines(total: int, label: str) -> Any:
    began = last = time.perf_counter()
    done = 0

    def advance(note: str) -> None:
        nonlocal done, last
        done += 1
        now = time.perf_counter()
        if now - last >= 5 and done < total:
            left = (now - began) / done * (total - done)
            print(f"{label} {done}/{total}, {note}, at most {left:.0f} s left", file=sys.stderr, flush=True)
            last = now

    return advance


def say_share(value: float) -> str:
    """A share as per cent: ``91.6 %``."""
    return f"{100 * value:.1f} %"


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
