"""One small saved model of each family, and ways to tamper with a copy of it."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from safetensors.numpy import load, save

from seqloom import TextClassifier

FAMILIES = ("majority", "linear", "linear-char", "lsa", "bag", "embedding")
TEXTS = [f"{word} film number {i % 7}" for i in range(20) for word in ("good", "great", "bad", "awful", "so-so")]
LABELS = ["pos", "pos", "neg", "neg", "mid"] * 20
ASKED = ["a good film", "", "bad 😀", "한국어", "awful\x00 number 3", "good great good " * 200]


class Folder:
    """A copy of a model folder that a test may change, digests included, as somebody who means harm would."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def card(self) -> dict[str, Any]:
        return json.loads((self.path / "card.json").read_text())

    def write_card(self, card: Any) -> None:
        (self.path / "card.json").write_text(json.dumps(card))

    def edit_card(self, edit: Callable[[dict[str, Any]], Any]) -> None:
        card = self.card
        edit(card)
        self.write_card(card)

    def replace(self, name: str, data: bytes) -> None:
        """Another content for a file, with the card made to agree."""
        (self.path / name).write_bytes(data)
        promise = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        self.edit_card(lambda card: card["files"].update({name: promise}))

    def edit_arrays(self, edit: Callable[[dict[str, Any]], Any]) -> None:
        """Other arrays, with the card made to agree."""
        arrays = load((self.path / "weights.safetensors").read_bytes())
        edit(arrays)
        self.replace("weights.safetensors", save(arrays))
        listed = {name: [str(array.dtype), list(array.shape)] for name, array in sorted(arrays.items())}
        self.edit_card(lambda card: card.update(arrays=listed))

    def edit_words(self, edit: Callable[[list[str]], Any]) -> None:
        words = json.loads((self.path / "vocabulary.json").read_text())
        edit(words)
        self.replace("vocabulary.json", json.dumps(words).encode())


@pytest.fixture(scope="session")
def learners() -> dict[str, TextClassifier]:
    return {family: TextClassifier(family, epochs=2, length=12).fit(TEXTS, LABELS) for family in FAMILIES}


@pytest.fixture(scope="session")
def saved(learners, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("saved")
    for family, learner in learners.items():
        learner.save(folder / family)
    return folder


@pytest.fixture
def copy(saved, tmp_path) -> Callable[[str], Folder]:
    """``copy("linear")``: the folder of that family, to be changed."""

    def copy_folder(family: str) -> Folder:
        path = tmp_path / family
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(saved / family, path)
        return Folder(path)

    return copy_folder
