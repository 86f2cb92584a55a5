"""What each family of nets takes where nothing is said. Light: Keras is not imported to read this table.

The reasons, with the runs behind them, stand in ``docs/decisions.md``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

__all__ = ["NET_DEFAULTS", "OWN_NET", "NetDefaults"]

# The family that a net of the user's own is of; it stands in no table, as it has no defaults.
OWN_NET = "own"


@dataclass(frozen=True, kw_only=True)
class NetDefaults:
    """Defaults of one family.

    Parameters
    ----------
    width : int
        D, of the embedding.
    length : int
        T, words read of a text.
    dropout : float
        Share of units dropped in training.
    learning_rate : float or None
        None: the optimizer's own.
    frozen_rate : float or None
        The same where word vectors are frozen.
    is_fixed : bool
        Whether the net takes exactly ``length`` ids; otherwise any number, and padding is inert.
    reads_sets : bool
        Whether its ids are those of the n-grams in a text, each once, not of its words in their order.
    refits : bool
        Whether it is trained once more, on all rows, when validation has chosen its number of epochs.
    max_features : int
        Words known at most, or n-grams.
    units, layers, bidirectional, recurrent_dropout, kernel_size, heads
        See ``nets.families.NetSizes``; None where the family has no use for it.
    """

    width: int
    length: int
    dropout: float
    learning_rate: float | None
    frozen_rate: float | None
    is_fixed: bool = False
    reads_sets: bool = False
    refits: bool = False
    max_features: int = 50_000
    units: int | None = None
    layers: int | None = None
    bidirectional: bool | None = None
    recurrent_dropout: float | None = None
    kernel_size: int | None = None
    heads: int | None = None


# Beside 0.002, a rate of 0.005 trains an LSTM on reviews no faster and ends a point lower.
_RECURRENT = NetDefaults(
    width=32,
    length=512,
    dropout=0.2,
    learning_rate=0.002,
    frozen_rate=0.005,
    units=32,
    layers=1,
    bidirectional=False,
    recurrent_dropout=0.0,
)
_CONVOLUTION = NetDefaults(
    width=32, length=512, dropout=0.2, learning_rate=0.002, frozen_rate=0.002, units=32, layers=2, kernel_size=5
)
# The same before a recurrent layer.
_BOTH = replace(_CONVOLUTION, bidirectional=False, recurrent_dropout=0.0)

NET_DEFAULTS = {
    # 512 words hold nine reviews in ten whole; wider vectors than 32 and other rates did not validate better. What
    # stands behind frozen vectors is a weight for each column of a mean that differs little from text to text: slow at
    # 0.005.
    "bag": NetDefaults(
        width=16,
        length=4096,
        dropout=0.5,
        learning_rate=0.003,
        frozen_rate=0.05,
        reads_sets=True,
        refits=True,
        max_features=200_000,
    ),
    # Width 8 is the book's; it reads 20 words there to make a point, 200 is what a text of ordinary length has.
    "embedding": NetDefaults(width=8, length=200, dropout=0.0, learning_rate=None, frozen_rate=None, is_fixed=True),
    "attention": NetDefaults(width=32, length=512, dropout=0.2, learning_rate=0.005, frozen_rate=0.01, units=32),
    "conv": _CONVOLUTION,
    "rnn": _RECURRENT,
    "gru": _RECURRENT,
    "lstm": _RECURRENT,
    "conv-gru": _BOTH,
    "conv-lstm": _BOTH,
    # Half of the words, as attention costs the square of them: with 512 it answered 160 texts a second, an LSTM 5,100.
    "transformer": NetDefaults(
        width=32, length=256, dropout=0.2, learning_rate=0.002, frozen_rate=0.002, units=64, layers=1, heads=4
    ),
}
