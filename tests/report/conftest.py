"""Histories as a study hands them to the pictures, and how a picture is read."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from seqloom.flow import EpochRecord

SVG = "{http://www.w3.org/2000/svg}"


def net(*accuracies, best=1, first=1):
    """A net whose loss is one minus its accuracy, best at the given epoch."""
    return [
        EpochRecord(
            epoch=epoch,
            n_steps=5,
            train={"accuracy": value + 0.03, "loss": 0.97 - value},
            valid={"accuracy": value, "loss": 1 - value},
            is_best=epoch <= best,
            seconds=0.1 * epoch,
        )
        for epoch, value in enumerate(accuracies, first)
    ]


def rival(accuracy, loss):
    """A model solved in one go."""
    return [EpochRecord(epoch=1, n_steps=1, train={}, valid={"accuracy": accuracy, "loss": loss})]


def texts(path):
    """All text of an SVG, in its order; fails where it is not XML."""
    return ["".join(element.itertext()).strip() for element in ET.parse(path).iter(f"{SVG}text")]


@pytest.fixture
def histories():
    return {"majority": rival(0.5, 0.693), "linear": rival(0.916, 0.225), "bag": net(0.8, 0.88, 0.902, 0.89, best=3)}
