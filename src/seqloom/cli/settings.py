"""What ``seqloom train`` alone can be asked for, with the reason for each default (nets: ``net_settings``)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "ClassWeight",
    "Data",
    "DropLeaks",
    "Family",
    "GroupColumn",
    "MaxFeatures",
    "MinDf",
    "Ngrams",
    "NoRivals",
    "Output",
    "Resume",
    "SplitColumn",
    "Task",
    "Test",
    "Unlabelled",
    "With",
]

_READ, _MODEL = "What to read", "What to train"

# ---- train: what to read ----

Data = Annotated[
    Path,
    typer.Argument(
        metavar="DATA",
        help="A folder of classes (with train/ and test/, or not), CSV, TSV, JSONL, Parquet, __label__ lines; "
        ".ts: whole series; --series-id and --label: those of a table.",
    ),
]
Task = Annotated[
    str,
    typer.Option(
        "--task", metavar="classify", help="One label a text: the one task there is so far.", rich_help_panel=_READ
    ),
]
Test = Annotated[
    Path | None,
    typer.Option(
        "--test",
        metavar="FILE",
        help="Test rows in a file or folder of their own. Default: a test part of DATA, or a fifth of it held out.",
        rich_help_panel=_READ,
    ),
]
SplitColumn = Annotated[
    str | None,
    typer.Option(
        "--split",
        metavar="COLUMN",
        help="Column that says train, valid or test. Default: one named so; without one, a shuffled and stratified "
        "split.",
        rich_help_panel=_READ,
    ),
]
GroupColumn = Annotated[
    str | None,
    typer.Option(
        "--group",
        metavar="COLUMN",
        help="Column of what rows belong to (a document, a person, a film): rows of one value are never split between "
        "training, validation, test or folds. Default: none, only equal texts stay together.",
        rich_help_panel=_READ,
    ),
]
With = Annotated[
    str | None,
    typer.Option(
        "--with",
        metavar="COLUMN,...",
        help="Columns of numbers and categories to learn from beside the text. Numbers are standardised, each frequent "
        "value of a category is a number of its own, and what is missing is one too. Default: none, the text alone.",
        rich_help_panel=_READ,
    ),
]
Unlabelled = Annotated[
    Path | None,
    typer.Option(
        "--unlabelled",
        metavar="FILE",
        help="More texts, without labels: lsa learns from them what words go together, which with few labels is worth "
        "more than any model. Labels are not looked at; of a folder with unsup, only this is taken. Texts that also "
        "stand in validation or test are left out. Default: none.",
        rich_help_panel=_READ,
    ),
]
DropLeaks = Annotated[
    bool,
    typer.Option(
        "--drop-leaks",
        help="Leave test texts out that stand in training too. Off: published scores keep them.",
        rich_help_panel=_READ,
    ),
]

# ---- train: what to train ----

Family = Annotated[
    str | None,
    typer.Option(
        "--family",
        metavar="NAME",
        help="attention, bag, conv, conv-gru, conv-lstm, embedding, gru, linear, linear-char, lsa, lstm, majority, rnn "
        "or transformer. Default: bag, the net that trains fastest. Of whole series: attention, conv, conv-gru, "
        "conv-lstm, dtw, gru, lstm, majority, resnet, rnn or rocket. Default: rocket. Of a forecast: attention, conv, "
        "conv-gru, conv-lstm, dense, drift, gru, last, lstm, mean, nlinear, ridge, rnn, seasonal or trees. "
        "Default: gru.",
        rich_help_panel=_MODEL,
    ),
]
NoRivals = Annotated[
    bool,
    typer.Option(
        "--no-rivals",
        help="Train --family alone. Off, as a score says little without majority and linear beside it.",
        rich_help_panel=_MODEL,
    ),
]
MaxFeatures = Annotated[
    int | None,
    typer.Option(
        "--max-features",
        min=3,
        metavar="N",
        help="Words (nets) or n-grams (linear, bag) known at most. Default: 50,000 words, a model of some megabytes; "
        "200,000 n-grams (bag); all n-grams (linear), as rare ones help.",
        rich_help_panel=_MODEL,
    ),
]
Ngrams = Annotated[
    int,
    typer.Option(
        "--ngrams",
        min=1,
        max=7,
        metavar="N",
        help="Words in a row that linear and bag take as one, at most; 3 brought a point on reviews over 2.",
        rich_help_panel=_MODEL,
    ),
]
MinDf = Annotated[
    int,
    typer.Option(
        "--min-df",
        min=1,
        metavar="N",
        help="Training texts a word must stand in. 2 halves the vocabulary at no cost in accuracy.",
        rich_help_panel=_MODEL,
    ),
]


ClassWeight = Annotated[
    list[str] | None,
    typer.Option(
        "--class-weight",
        metavar="balanced|CLASS=N",
        help="balanced: rare classes weigh as much as frequent ones, in every family. Or the weight of each row of a "
        "class, once for each class (--class-weight spam=5). Default: each row weighs 1.",
        rich_help_panel=_MODEL,
    ),
]

# ---- train: the run ----

Output = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FOLDER",
        help="Where the run goes. Default: runs/NAME, after the data.",
    ),
]
Resume = Annotated[
    bool,
    typer.Option("--resume", help="Go on with an unfinished run of that name, to the identical result."),
]
