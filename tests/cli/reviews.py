"""Small synthetic reviews, and files of them."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

_WORDS = {"pos": ["good", "great", "lovely", "superb"], "neg": ["bad", "awful", "poor", "dull"]}
_FILLING = ["the", "film", "was", "a", "story", "of", "people", "and", "time", "with", "music", "in", "it"]


def make_reviews(n: int, *, seed: int = 0) -> list[tuple[str, str]]:
    """``n`` different texts in which two words in three say which of two classes they are of."""
    random = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        label = ("neg", "pos")[i % 2]
        other = ("pos", "neg")[i % 2]
        told = [random.choice(_WORDS[label if random.random() < 0.8 else other]) for _ in range(3)]
        filling = random.choice(_FILLING, size=random.integers(3, 12)).tolist()
        rows.append((" ".join(random.permutation([*filling, *told])) + f" number{i}", label))
    return rows


def write_csv(path: Path, rows: list[tuple], header: tuple[str, ...] = ("text", "label")) -> Path:
    """A table of rows under a header."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    return path
