"""Options that several verbs take, each with the reason for its default."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "AsJson",
    "BadRow",
    "Encoding",
    "LabelColumn",
    "LabelSeparator",
    "Overwrite",
    "Quiet",
    "ReplaceFile",
    "Run",
    "Seed",
    "TextColumn",
]

_READ = "What to read"

Run = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, or what save() wrote.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else, for programs.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
ReplaceFile = Annotated[
    bool, typer.Option("--overwrite", help="Replace the file that is written. Off, so that nothing is lost.")
]
Overwrite = Annotated[
    bool,
    typer.Option("--overwrite", help="Replace a run of that name. Off, as a run may have taken hours."),
]
Seed = Annotated[
    int, typer.Option("--seed", min=0, help="Of split, weights, shuffling, dropout: the same seed gives the same bits.")
]
TextColumn = Annotated[
    str | None,
    typer.Option(
        "--text",
        metavar="COLUMN",
        help="Column of the texts. Default: found by name and content, and said.",
        rich_help_panel=_READ,
    ),
]
LabelColumn = Annotated[
    str | None,
    typer.Option(
        "--label",
        metavar="COLUMN",
        help="Column of the labels. Default: found by name and content, and said.",
        rich_help_panel=_READ,
    ),
]
LabelSeparator = Annotated[
    str | None,
    typer.Option(
        "--label-separator",
        metavar="SIGN",
        help="What stands between several labels in one field, such as ;. A field without any is a text without labels "
        "then. Default: a field is one label. Lists (JSONL, Parquet) and several __label__ are known as they are.",
        rich_help_panel=_READ,
    ),
]
Encoding = Annotated[
    str,
    typer.Option(
        "--encoding",
        metavar="NAME",
        help="Of text files (cp949, latin-1 ...). UTF-8, as most files are; a byte order mark goes before it.",
        rich_help_panel=_READ,
    ),
]
BadRow = Annotated[
    str,
    typer.Option(
        "--on-bad-row",
        metavar="error|skip",
        help="A row that cannot be read stops all, or is left out and counted. Stopping, as a row left out is easily "
        "forgotten.",
        rich_help_panel=_READ,
    ),
]
