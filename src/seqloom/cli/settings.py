"""What ``seqloom train`` alone can be asked for, each option with the reason for its default."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "BatchSize",
    "Budget",
    "Data",
    "DropLeaks",
    "Dropout",
    "Epochs",
    "Family",
    "Freeze",
    "Keep",
    "LearningRate",
    "Length",
    "MaxFeatures",
    "MinDf",
    "NoRivals",
    "Optimizer",
    "Output",
    "Patience",
    "Resume",
    "SplitColumn",
    "Task",
    "Test",
    "ThawAfter",
    "Unlabelled",
    "Vectors",
    "Width",
]

_READ, _MODEL, _NET = "What to read", "What to train", "How to train a net"

# ---- train: what to read ----

Data = Annotated[
    Path,
    typer.Argument(
        metavar="DATA",
        help="A folder of classes (with train/ and test/, or not), CSV, TSV, JSONL, Parquet, __label__ lines.",
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
        help="bag, embedding, linear, linear-char, lsa or majority. Default: bag, the net that needs no fixed length.",
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
        help="Words (nets) or n-grams (linear) known at most. Default: 50,000 words, a model of some megabytes; all "
        "n-grams, as rare ones help.",
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
Length = Annotated[
    int | None,
    typer.Option(
        "--length",
        min=1,
        metavar="WORDS",
        help="Words a net reads of a text. Default: 512 (bag), which holds nine reviews in ten whole; 200 (embedding). "
        "Longer texts are cut, and counted.",
        rich_help_panel=_MODEL,
    ),
]
Keep = Annotated[
    str,
    typer.Option(
        "--keep",
        metavar="first|last",
        help="Which end of a longer text is read; reviews say at the end what they mean.",
        rich_help_panel=_MODEL,
    ),
]
Width = Annotated[
    int | None,
    typer.Option(
        "--width",
        min=1,
        metavar="N",
        help="Length of a word's vector. Default: that of --vectors; without them 32 (bag; wider was not better), 8 "
        "(embedding, the book's).",
        rich_help_panel=_MODEL,
    ),
]
Vectors = Annotated[
    Path | None,
    typer.Option(
        "--vectors",
        metavar="PATH",
        help="Word vectors that nets begin from: a folder that seqloom vectors wrote, or a file of GloVe, word2vec or "
        "fastText. Default: small random numbers: vectors do not always help, so compare.",
        rich_help_panel=_MODEL,
    ),
]
Freeze = Annotated[
    bool,
    typer.Option(
        "--freeze",
        help="Leave the vectors as they are, and train what is behind them. Off: trained too they mostly serve better.",
        rich_help_panel=_MODEL,
    ),
]
ThawAfter = Annotated[
    int | None,
    typer.Option(
        "--thaw-after",
        min=1,
        metavar="EPOCHS",
        help="Leave the vectors as they are for so many epochs, then train them too: the rest is no longer random by "
        "then. Default: trained from the first step.",
        rich_help_panel=_MODEL,
    ),
]
Dropout = Annotated[
    float | None,
    typer.Option(
        "--dropout",
        min=0.0,
        max=0.95,
        metavar="SHARE",
        help="Share of units dropped in training. Default: 0.2 (bag), 0 (embedding, the book's).",
        rich_help_panel=_MODEL,
    ),
]

# ---- train: how to train a net ----

Optimizer = Annotated[
    str,
    typer.Option(
        "--optimizer",
        metavar="NAME",
        help="adam, adamw, nadam, rmsprop or sgd. Adam needs the least tuning.",
        rich_help_panel=_NET,
    ),
]
LearningRate = Annotated[
    float | None,
    typer.Option(
        "--learning-rate",
        metavar="RATE",
        help="Default: 0.005 (bag with adam: few epochs; 0.05 with --freeze), else the optimizer's own.",
        rich_help_panel=_NET,
    ),
]
Epochs = Annotated[
    int,
    typer.Option(
        "--epochs",
        min=1,
        metavar="N",
        help="At most: patience mostly ends training earlier, and short texts gain beyond the twelfth.",
        rich_help_panel=_NET,
    ),
]
BatchSize = Annotated[
    int,
    typer.Option(
        "--batch-size", min=1, metavar="ROWS", help="Rows of a step; 128 keeps two cores busy.", rich_help_panel=_NET
    ),
]
Budget = Annotated[
    str | None,
    typer.Option(
        "--budget",
        metavar="TIME",
        help="Training time of a net at most (90s, 10m); a resumed run gets it anew. None by default: a clock makes "
        "runs differ.",
        rich_help_panel=_NET,
    ),
]
Patience = Annotated[
    int,
    typer.Option(
        "--patience",
        min=0,
        metavar="EPOCHS",
        help="Epochs without a better validation loss before training stops: 2, as one may be chance. 0 never stops "
        "early.",
        rich_help_panel=_NET,
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
