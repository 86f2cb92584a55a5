"""Options that several verbs share, each with its default and the reason for it, and what can be meant by a value."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from seqloom.errors import UsageError

__all__ = [
    "AsJson",
    "BadRow",
    "Encoding",
    "LabelColumn",
    "Overwrite",
    "Quiet",
    "Seed",
    "TextColumn",
    "parse_seconds",
]

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else, for programs.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace a run of that name. Off, as a run may have taken hours.")
]
Seed = Annotated[
    int, typer.Option("--seed", min=0, help="Of split, weights, shuffling, dropout: the same seed gives the same bits.")
]
TextColumn = Annotated[
    str | None,
    typer.Option("--text", metavar="COLUMN", help="Column of the texts. Default: found by name and content, and said."),
]
LabelColumn = Annotated[
    str | None,
    typer.Option("--label", metavar="COLUMN", help="Column of the labels. Default: found by name and content, said."),
]
Encoding = Annotated[
    str,
    typer.Option(
        "--encoding", metavar="NAME", help="Of text files (cp949, latin-1 ...). UTF-8 by default, as most files are."
    ),
]
BadRow = Annotated[
    str,
    typer.Option(
        "--on-bad-row",
        metavar="error|skip",
        help="A row that cannot be read stops the run, or is left out and counted.",
    ),
]


def parse_seconds(text: str | None) -> float | None:
    """A duration in seconds from ``90``, ``90s``, ``10m``, ``1.5h``.

    Parameters
    ----------
    text : str or None
        What was typed.

    Returns
    -------
    float or None
        Seconds; None for None.

    Raises
    ------
    UsageError
        Where it is no duration above zero.

    Examples
    --------
    >>> parse_seconds("10m")
    600.0
    """
    if text is None:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(s|m|h|)", text.strip())
    if not found or float(found[1]) == 0:
        raise UsageError(f"--budget {text!r} found, a duration such as 90s, 10m or 1.5h expected.")
    return float(found[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[found[2]]
