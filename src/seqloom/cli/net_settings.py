"""What nets can be asked for, each option with the reason for its default."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "BatchSize",
    "Bidirectional",
    "Budget",
    "Devices",
    "Dropout",
    "Epochs",
    "Freeze",
    "Heads",
    "Keep",
    "KernelSize",
    "Layers",
    "LearningRate",
    "Length",
    "Optimizer",
    "Patience",
    "RecurrentDropout",
    "ThawAfter",
    "Units",
    "Vectors",
    "Width",
]

_SHAPE, _TRAINING = "What net to build", "How to train a net"

# ---- what net to build ----

Length = Annotated[
    int | None,
    typer.Option(
        "--length",
        min=1,
        metavar="WORDS",
        help="Words a net reads of a text; different n-grams (bag). Default: 512, which holds nine reviews in ten "
        "whole; 4096 (bag), 256 (transformer), 200 (embedding). Longer texts are cut, and counted.",
        rich_help_panel=_SHAPE,
    ),
]
Keep = Annotated[
    str,
    typer.Option(
        "--keep",
        metavar="first|last",
        help="Which end of a longer text is read; reviews say at the end what they mean.",
        rich_help_panel=_SHAPE,
    ),
]
Width = Annotated[
    int | None,
    typer.Option(
        "--width",
        min=1,
        metavar="N",
        help="Length of a word's vector. Default: that of --vectors; without them 32, as wider was not better; 16 "
        "(bag), 8 (embedding, the book's).",
        rich_help_panel=_SHAPE,
    ),
]
Vectors = Annotated[
    Path | None,
    typer.Option(
        "--vectors",
        metavar="PATH",
        help="Word vectors that nets begin from: a folder that seqloom vectors wrote, or a file of GloVe, word2vec or "
        "fastText. Default: small random numbers: vectors do not always help, so compare.",
        rich_help_panel=_SHAPE,
    ),
]
Freeze = Annotated[
    bool,
    typer.Option(
        "--freeze",
        help="Leave the vectors as they are, and train what is behind them. Off: trained too they mostly serve better.",
        rich_help_panel=_SHAPE,
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
        rich_help_panel=_SHAPE,
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
        rich_help_panel=_SHAPE,
    ),
]

Units = Annotated[
    int | None,
    typer.Option(
        "--units",
        min=1,
        metavar="N",
        help="Units of a recurrent layer, filters of a convolution, hidden units of attention. Default: 32; 64 "
        "(transformer).",
        rich_help_panel=_SHAPE,
    ),
]
Layers = Annotated[
    int | None,
    typer.Option(
        "--layers",
        min=1,
        metavar="N",
        help="Layers one upon the other (recurrent, conv, transformer). Default: 1; 2 convolutions.",
        rich_help_panel=_SHAPE,
    ),
]
Bidirectional = Annotated[
    bool,
    typer.Option(
        "--bidirectional",
        help="Let recurrent layers read backwards too. Off, as it doubles the time.",
        rich_help_panel=_SHAPE,
    ),
]
RecurrentDropout = Annotated[
    float,
    typer.Option(
        "--recurrent-dropout",
        min=0.0,
        max=0.95,
        metavar="SHARE",
        help="Share of state units dropped on their way to the next step (recurrent).",
        rich_help_panel=_SHAPE,
    ),
]
KernelSize = Annotated[
    int | None,
    typer.Option(
        "--kernel-size",
        min=1,
        metavar="WORDS",
        help="Words that a filter sees (conv). Default: 5.",
        rich_help_panel=_SHAPE,
    ),
]
Heads = Annotated[
    int | None,
    typer.Option(
        "--heads",
        min=1,
        metavar="N",
        help="Attention heads (transformer); they share --width. Default: 4.",
        rich_help_panel=_SHAPE,
    ),
]

# ---- how to train it ----

Optimizer = Annotated[
    str,
    typer.Option(
        "--optimizer",
        metavar="NAME",
        help="adam, adamw, nadam, rmsprop or sgd. Adam needs the least tuning.",
        rich_help_panel=_TRAINING,
    ),
]
LearningRate = Annotated[
    float | None,
    typer.Option(
        "--learning-rate",
        metavar="RATE",
        help="Default with adam: 0.005 (bag, attention: few epochs), 0.002 (conv, recurrent, transformer), 0.001 "
        "(embedding); larger with --freeze.",
        rich_help_panel=_TRAINING,
    ),
]
Epochs = Annotated[
    int,
    typer.Option(
        "--epochs",
        min=1,
        metavar="N",
        help="At most: patience mostly ends training earlier, and short texts gain beyond the twelfth.",
        rich_help_panel=_TRAINING,
    ),
]
BatchSize = Annotated[
    int,
    typer.Option(
        "--batch-size",
        min=1,
        metavar="ROWS",
        help="Rows of a step; 128 keeps two cores busy.",
        rich_help_panel=_TRAINING,
    ),
]
Budget = Annotated[
    str | None,
    typer.Option(
        "--budget",
        metavar="TIME",
        help="Training time of a net at most (90s, 10m); a resumed run gets it anew. None by default: a clock makes "
        "runs differ.",
        rich_help_panel=_TRAINING,
    ),
]
Devices = Annotated[
    int | None,
    typer.Option(
        "--devices",
        min=1,
        metavar="N",
        help="Cores that share each step. Default: all where a step of the net is worth it, else 1; the card tells. "
        "Another number gives other last bits.",
        rich_help_panel=_TRAINING,
    ),
]
Patience = Annotated[
    int,
    typer.Option(
        "--patience",
        min=0,
        metavar="EPOCHS",
        help="Epochs without a better --monitor before training stops: 2, as one may be chance. 0 never stops early.",
        rich_help_panel=_TRAINING,
    ),
]
