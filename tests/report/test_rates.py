"""The picture of a range test."""

from __future__ import annotations

import numpy as np
import pytest

from seqloom.errors import UsageError
from seqloom.report.rates import plot_rates
from tests.report.conftest import texts

RATES = np.geomspace(1e-5, 10, 50)


def draw(path, *, marks=None):
    losses = 1 - np.exp(-(np.log10(RATES / 0.1) ** 2))
    plot_rates(RATES, losses, smoothed=losses, marks=marks or {"suggested": 0.0123, "lowest loss": 0.123}, path=path)
    return path


def test_picture_names_its_marks_and_its_axis(tmp_path):
    said = texts(draw(tmp_path / "rates.svg"))
    assert {"suggested 0.012", "lowest loss 0.12", "0.001", "0.00001", "learning rate, logarithmic"} <= set(said)


@pytest.mark.parametrize("ending", ["svg", "png"])
def test_same_bytes_twice(tmp_path, ending):
    assert draw(tmp_path / f"a.{ending}").read_bytes() == draw(tmp_path / f"b.{ending}").read_bytes()


def test_marks_at_the_edges_are_drawn(tmp_path):
    assert "first 1e-05" in texts(draw(tmp_path / "a.svg", marks={"first": 1e-5, "last": 10.0}))


def test_other_ending(tmp_path):
    with pytest.raises(UsageError, match=r"pictures are \.svg or \.png"):
        draw(tmp_path / "rates.pdf")
