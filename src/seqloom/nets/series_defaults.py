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
    units : int
        See ``nets.stacks.Stack``.
    hidden : int or None
        Units between what was found and the answer (see ``nets.ForecastSizes``).
    layers, bidirectional, recurrent_dropout, kernel_size, heads
        See ``nets.stacks.Stack``; None where the family has no use for it.
    """

    dropout: float
    learning_rate: float
    epochs: int
    units: int
    hidden: int | None = None
    layers: int | None = None
    bidirectional: bool | None = None
    recurrent_dropout: float | None = None
    kernel_size: int | None = None
    heads: int | None = None


_RECURRENT = SeriesDefaults(
    dropout=0.0,
    learning_rate=0.002,
    epochs=10,
    units=32,
    hidden=0,
    layers=1,
    bidirectional=False,
    recurrent_dropout=0.0,
)
_CONVOLUTION = SeriesDefaults(dropout=0.0, learning_rate=0.001, epochs=10, units=32, hidden=0, layers=2, kernel_size=5)
_BOTH = replace(_CONVOLUTION, layers=1, bidirectional=False, recurrent_dropout=0.0)
_ATTENTION = SeriesDefaults(dropout=0.1, learning_rate=0.001, epochs=10, units=32, hidden=0, layers=1, heads=2)

FORECAST_DEFAULTS = {
    "dense": SeriesDefaults(dropout=0.0, learning_rate=0.001, epochs=10, units=64, hidden=0),
    "conv": _CONVOLUTION,
    "rnn": _RECURRENT,
    "gru": _RECURRENT,
    "lstm": _RECURRENT,
    "conv-gru": _BOTH,
    "conv-lstm": _BOTH,
    "attention": _ATTENTION,
}

SERIES_DEFAULTS = {
    "attention": replace(_ATTENTION, hidden=None),
    "conv": replace(_CONVOLUTION, hidden=None),
    "resnet": SeriesDefaults(dropout=0.0, learning_rate=0.001, epochs=100, units=64, layers=3),
    "rnn": replace(_RECURRENT, hidden=None),
    "gru": replace(_RECURRENT, hidden=None),
    "lstm": replace(_RECURRENT, hidden=None),
    "conv-gru": replace(_BOTH, hidden=None),
    "conv-lstm": replace(_BOTH, hidden=None),
}
