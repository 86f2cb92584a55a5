"""What each family of nets for series takes where nothing is said. Light: Keras is not imported to read this table.

The reasons, with the runs behind them, stand in ``docs/decisions.md``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

__all__ = ["FORECAST_DEFAULTS", "SERIES_DEFAULTS", "SeriesDefaults"]


@dataclass(frozen=True, kw_only=True)
class SeriesDefaults:
    """Defaults of one family.

    Parameters
    ----------
    dropout, learning_rate : float
        Share of units dropped in training; of the optimizer Adam.
    epochs : int
        At most.
    average_epochs : float
        Over which the weights that answer are averaged.
    units : int
        See ``nets.stacks.Stack``.
    hidden : int or None
        Units between what was found and the answer (see ``nets.ForecastSizes``).
    input_dropout : float
        Share of channels dropped from a whole window in training.
    layers, bidirectional, recurrent_dropout, kernel_size, heads
        See ``nets.stacks.Stack``; None where the family has no use for it.
    """

    dropout: float
    learning_rate: float
    epochs: int
    average_epochs: float
    units: int
    hidden: int | None = None
    input_dropout: float = 0.0
    layers: int | None = None
    bidirectional: bool | None = None
    recurrent_dropout: float | None = None
    kernel_size: int | None = None
    heads: int | None = None


# Chosen on validation rows of Beijing's temperature 24 hours ahead, mean absolute error in degrees: a hidden layer
# behind the last state 2.09 (without 2.12), weights averaged over an epoch 2.08; what is dropped keeps later ones from
# turning worse.
_RECURRENT = SeriesDefaults(
    dropout=0.2,
    learning_rate=0.002,
    epochs=20,
    average_epochs=1.0,
    units=32,
    hidden=32,
    layers=1,
    bidirectional=False,
    recurrent_dropout=0.2,
)
_CONVOLUTION = SeriesDefaults(
    dropout=0.3,
    learning_rate=0.002,
    epochs=20,
    average_epochs=1.0,
    units=32,
    hidden=32,
    layers=2,
    kernel_size=5,
)
_BOTH = replace(_CONVOLUTION, layers=1, bidirectional=False, recurrent_dropout=0.3)
_ATTENTION = SeriesDefaults(
    dropout=0.1, learning_rate=0.001, epochs=20, average_epochs=1.0, units=32, hidden=32, layers=1, heads=2
)

FORECAST_DEFAULTS = {
    # All values of a window at once are learned by heart soon: half of the hidden units dropped, and slowly.
    "dense": SeriesDefaults(dropout=0.5, learning_rate=0.0005, epochs=20, average_epochs=1.0, units=64, hidden=0),
    "conv": _CONVOLUTION,
    "rnn": replace(_RECURRENT, learning_rate=0.001),
    "gru": _RECURRENT,
    "lstm": replace(_RECURRENT, dropout=0.3, recurrent_dropout=0.3),  # at 0.0 and 0.0 it turns worse from epoch 5 on
    "conv-gru": _BOTH,
    "conv-lstm": _BOTH,
    "attention": _ATTENTION,
}

# Sets of series are small, a few dozen rows to a few hundred: many epochs, each of a few steps.
_MANY = 200

SERIES_DEFAULTS = {
    "attention": replace(_ATTENTION, hidden=None, epochs=_MANY),
    "conv": replace(_CONVOLUTION, hidden=None, epochs=_MANY),
    "resnet": SeriesDefaults(dropout=0.0, learning_rate=0.001, epochs=_MANY, average_epochs=1.0, units=64, layers=3),
    "rnn": replace(_RECURRENT, hidden=None, epochs=_MANY),
    "gru": replace(_RECURRENT, hidden=None, epochs=_MANY),
    "lstm": replace(_RECURRENT, hidden=None, epochs=_MANY),
    "conv-gru": replace(_BOTH, hidden=None, epochs=_MANY),
    "conv-lstm": replace(_BOTH, hidden=None, epochs=_MANY),
}
