"""What nets can be asked for, each option with the reason for its default."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "AverageEpochs",
    "BatchSize",
    "Budget",
    "ClipNorm",
    "Dropout",
    "Epochs",
    "Freeze",
    "Keep",
    "LabelSmoothing",
    "LearningRate",
    "Length",
    "Monitor",
    "Optimizer",
    "Patience",
    "Schedule",
    "ThawAfter",
    "Vectors",
    "Warmup",
    "WeightDecay",
    "Width",
]

_SHAPE, _TRAINING, _CRAFT = "What net to build", "How to train a net", "How to train a net: more"

# ---- what net to build ----

Length = Annotated[
    int | None,
    typer.Option(
        "--length",
        min=1,
        metavar="WORDS",
        help="Words a net reads of a text. Default: 512 (bag), which holds nine reviews in ten whole; 200 (embedding). "
        "Longer texts are cut, and counted.",
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
        help="Length of a word's vector. Default: that of --vectors; without them 32 (bag; wider was not better), 8 "
        "(embedding, the book's).",
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
        help="Default: 0.005 (bag with adam: few epochs; 0.05 with --freeze), else the optimizer's own.",
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

# ---- how to train it, for those who know why ----

Monitor = Annotated[
    str,
    typer.Option(
        "--monitor",
        metavar="SCORE",
        help="loss, accuracy, macro_f1 or roc_auc: which validation score tells the best epoch, and, but for the loss, "
        "the family that is kept (else accuracy does). The loss is the least noisy; macro_f1 for rare classes.",
        rich_help_panel=_CRAFT,
    ),
]
Schedule = Annotated[
    str,
    typer.Option(
        "--schedule",
        metavar="NAME",
        help="constant, cosine or linear: how the learning rate comes down, to zero at the last of --epochs. Constant, "
        "as patience mostly ends training before.",
        rich_help_panel=_CRAFT,
    ),
]
Warmup = Annotated[
    float,
    typer.Option(
        "--warmup",
        metavar="EPOCHS",
        help="Epochs (half a one is one too) in which the learning rate rises from nearly zero. 0: the nets here do "
        "not need it.",
        rich_help_panel=_CRAFT,
    ),
]
ClipNorm = Annotated[
    float | None,
    typer.Option(
        "--clip-norm",
        metavar="LENGTH",
        help="Cut a step's gradient, of all weights together, back to this length. Default: never; 1 where a loss "
        "jumps about.",
        rich_help_panel=_CRAFT,
    ),
]
WeightDecay = Annotated[
    float | None,
    typer.Option(
        "--weight-decay",
        metavar="SHARE",
        help="Share of itself, times the learning rate, that a weight loses in each step; biases lose nothing. "
        "Default: the optimizer's own (0.004 for adamw, else none).",
        rich_help_panel=_CRAFT,
    ),
]
LabelSmoothing = Annotated[
    float,
    typer.Option(
        "--label-smoothing",
        metavar="SHARE",
        help="Share of each target that is spread over all classes, against too much certainty. 0 by default.",
        rich_help_panel=_CRAFT,
    ),
]
AverageEpochs = Annotated[
    float,
    typer.Option(
        "--average-epochs",
        metavar="EPOCHS",
        help="Answer with weights averaged over about so many epochs, instead of those of the last step. 0 by default.",
        rich_help_panel=_CRAFT,
    ),
]
