"""Texts with a known answer, and learners fitted on them once."""

from __future__ import annotations

import numpy as np
import pytest

from seqloom import TextClassifier

FAMILIES = ("majority", "linear", "linear-char", "lsa", "bag", "embedding")
# Small nets that learn the sample below in a second.
QUICK = {"length": 6, "width": 4, "epochs": 30, "batch_size": 16, "learning_rate": 0.1, "patience": None}


def make_texts(n: int, classes: list, *, seed: int = 0) -> tuple[list[str], list]:
    """Texts of four words, the last of which belongs to one class alone; every class is equally frequent."""
    random = np.random.default_rng(seed)
    labels = [classes[i % len(classes)] for i in range(n)]
    noise = random.integers(0, 12, (n, 2))
    # a number of its own for each text: duplicates would stay on one side of the split
    texts = [f"noise{a} other{b} id{i} word{i % len(classes)}" for i, (a, b) in enumerate(noise)]
    return texts, labels


def make_learner(family: str, **options) -> TextClassifier:
    """A learner of a family, small if it is a net."""
    quick = QUICK if family in ("bag", "embedding") else {}
    return TextClassifier(family, **{**quick, **options})


def make_first(family: str, **options) -> TextClassifier:
    """The same, without the training on all rows behind the one that is measured."""
    learner = make_learner(family, **options)
    learner.refits_nets = False
    return learner


@pytest.fixture(scope="session")
def sample() -> tuple[list[str], list[str]]:
    """120 texts of two classes."""
    return make_texts(120, ["neg", "pos"])


@pytest.fixture(scope="session", params=FAMILIES)
def fitted(request, sample) -> TextClassifier:
    """A fitted learner of each family."""
    return make_learner(request.param).fit(*sample)
