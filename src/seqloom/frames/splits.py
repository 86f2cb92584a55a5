"""The names of the parts of a data set."""

from __future__ import annotations

__all__ = ["NO_SPLIT", "SPLITS"]

# What folders and split columns call the three parts, in small letters.
SPLITS = {
    "train": "train",
    "training": "train",
    "valid": "valid",
    "validation": "valid",
    "val": "valid",
    "dev": "valid",
    "development": "valid",
    "test": "test",
    "testing": "test",
}

# Values of a split column that put a row in none of the three.
NO_SPLIT = frozenset({"unlabelled", "unlabeled", "unsup", "unsupervised"})
