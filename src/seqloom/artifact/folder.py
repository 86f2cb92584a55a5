"""What a model folder holds, and how its files are called."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from seqloom.flow import Arrays, Card, EpochRecord

__all__ = [
    "CARD",
    "FORMAT",
    "FORMAT_VERSION",
    "FORWARD",
    "HISTORY",
    "MOST_CARD_BYTES",
    "WEIGHTS",
    "WORDS",
    "Artifact",
    "plain_history",
]

FORMAT = "seqloom-model"
FORMAT_VERSION = 1

# A card is some kilobytes; one of more than this is not read.
MOST_CARD_BYTES = 16 * 2**20

CARD = "card.json"
WORDS = "vocabulary.json"
WEIGHTS = "weights.safetensors"
FORWARD = "forward.bin"
HISTORY = "history.json"


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """What a model folder holds.

    Parameters
    ----------
    card : Card
        What it is.
    words : list of str
        The vocabulary.
    encoder : dict of str to ndarray
        The encoder's arrays.
    model : dict of str to ndarray
        The model's arrays.
    forward : bytes or None
        The exported forward pass of a net.
    history : list
        Epoch records without clocks.
    """

    card: Card
    words: list[str]
    encoder: Arrays
    model: Arrays
    forward: bytes | None = None
    history: list[dict[str, Any]] = field(default_factory=list)


def plain_history(records: list[EpochRecord]) -> list[dict[str, Any]]:
    """Epoch records without their clocks, as JSON.

    Parameters
    ----------
    records : list of EpochRecord
        Of one training run.

    Returns
    -------
    list of dict
        Equal for equal runs.
    """
    clocks = ("seconds", "compile_seconds")
    return [{name: value for name, value in asdict(record).items() if name not in clocks} for record in records]
