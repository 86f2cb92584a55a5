"""How nets can be trained by those who know why, each option with the reason for its default."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = [
    "AverageEpochs",
    "ClipNorm",
    "LabelSmoothing",
    "Monitor",
    "Schedule",
    "Warmup",
    "WeightDecay",
]

_PANEL = "How to train a net: more"

Monitor = Annotated[
    str,
    typer.Option(
        "--monitor",
        metavar="SCORE",
        help="loss, accuracy, macro_f1 or roc_auc: which validation score tells the best epoch, and, but for the loss, "
        "the family that is kept (else accuracy does). The loss is the least noisy; macro_f1 for rare classes.",
        rich_help_panel=_PANEL,
    ),
]
Schedule = Annotated[
    str,
    typer.Option(
        "--schedule",
        metavar="NAME",
        help="constant, cosine or linear: how the learning rate comes down, to zero at the last of --epochs. Constant, "
        "as patience mostly ends training before.",
        rich_help_panel=_PANEL,
    ),
]
Warmup = Annotated[
    float,
    typer.Option(
        "--warmup",
        metavar="EPOCHS",
        help="Epochs (half a one is one too) in which the learning rate rises from nearly zero. 0: the nets here do "
        "not need it.",
        rich_help_panel=_PANEL,
    ),
]
ClipNorm = Annotated[
    float | None,
    typer.Option(
        "--clip-norm",
        metavar="LENGTH",
        help="Cut a step's gradient, of all weights together, back to this length. Default: never; 1 where a loss "
        "jumps about.",
        rich_help_panel=_PANEL,
    ),
]
WeightDecay = Annotated[
    float | None,
    typer.Option(
        "--weight-decay",
        metavar="SHARE",
        help="Share of itself, times the learning rate, that a weight loses in each step; biases lose nothing. "
        "Default: the optimizer's own (0.004 for adamw, else none).",
        rich_help_panel=_PANEL,
    ),
]
LabelSmoothing = Annotated[
    float,
    typer.Option(
        "--label-smoothing",
        metavar="SHARE",
        help="Share of each target that is spread over all classes, against too much certainty. 0 by default.",
        rich_help_panel=_PANEL,
    ),
]
AverageEpochs = Annotated[
    float,
    typer.Option(
        "--average-epochs",
        metavar="EPOCHS",
        help="Answer with weights averaged over about so many epochs, instead of those of the last step. 0 by default.",
        rich_help_panel=_PANEL,
    ),
]
