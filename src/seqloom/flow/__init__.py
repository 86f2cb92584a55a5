"""What crosses a border between two stages, and nothing else.

Every stage (``frames``, ``text``, ``nets``, ``engine`` ...) can be read, tested and replaced alone, because what
it takes and gives is one of the frozen records here, plain NumPy, or a Polars frame. Start reading here:
``arrays`` holds rows (of unequal length, cut from one array, on a clock), ``ticks`` clocks that count months or working
days, ``records`` what is done with them.

The way of the data::

    files --frames--> tables --text | series--> Encoded --nets | baselines--> Model --engine--> trained state
          --scores--> Score --report--> page

Axis letters, used in every shape comment of the project (``# [B, T, D]`` at the end of the line that makes it):

    ===  =======================================  ===  ==================================
    B    batch: rows of one training step         V    vocabulary: ids known to an encoder
    N    rows of a whole set                      H    horizon: values to forecast
    T    time: tokens of a text, steps of series  C    channels of a series
    S    steps of one compiled block              K    classes
    D    width of a vector (embedding, layer)     G    targets among the channels
    ===  =======================================  ===  ==================================

A mask is true where something is real and false on padding, everywhere.
"""

from seqloom.flow.arrays import Ragged, Series, Windows
from seqloom.flow.records import (
    Arrays,
    Card,
    Encoded,
    EpochRecord,
    Model,
    Plan,
    Recipe,
    Rows,
    Score,
)
from seqloom.flow.ticks import Ticks

__all__ = [
    "Arrays",
    "Card",
    "Encoded",
    "EpochRecord",
    "Model",
    "Plan",
    "Ragged",
    "Recipe",
    "Rows",
    "Score",
    "Series",
    "Ticks",
    "Windows",
]
