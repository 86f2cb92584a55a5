"""What a model folder holds, and how its files are called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from seqloom.flow import Arrays, Card, EpochRecord

__all__ = [
    "CARD",
    "FORMAT",
    "FORMAT_VERSION",
    "FORWARD",
    "HISTORY",
    "MEMBERS",
    "MOST_CARD_BYTES",
    "WEIGHTS",
    "WORDS",
    "Artifact",
    "name_members",
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
MEMBERS = "members"

# What a family, and so a member's folder, can be called: nothing that leads elsewhere.
_FAMILY = re.compile(r"[a-z][a-z0-9-]{0,39}")


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
    members : dict of str to Artifact
        Of an ensemble: its models, by family; each lies in a folder of its own, ``members/FAMILY/``.
    """

    card: Card
    words: list[str]
    encoder: Arrays
    model: Arrays
    forward: bytes | None = None
    history: list[dict[str, Any]] = field(default_factory=list)
    members: dict[str, Artifact] = field(default_factory=dict)


def name_members(model: Mapping[str, Any]) -> tuple[str, ...]:
    """The families whose folders an ensemble's card names under ``model``; none for a model that stands alone.

    Parameters
    ----------
    model : mapping
        From a card, not checked yet.

    Returns
    -------
    tuple of str
        Names that can be folders; whatever else stands there is left out, and missed by those who read it.
    """
    weights = model.get("weights") if model.get("kind") == "ensemble" else None
    return tuple(name for name in weights if _FAMILY.fullmatch(name)) if isinstance(weights, dict) else ()


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
