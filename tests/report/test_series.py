"""Pictures of whole series: who stands in which row, what is said of it, and equal bytes."""

from __future__ import annotations

import numpy as np
import pytest

from seqloom.errors import UsageError
from seqloom.report.series import Example, plot_answers, plot_examples
from tests.report.conftest import texts


def make(n_channels: int, *, length: int = 20, caption: str = "", is_wrong: bool = False) -> Example:
    steps = np.random.default_rng(length).normal(size=(length, n_channels))
    return Example(steps=steps, caption=caption, is_wrong=is_wrong)


def test_each_class_has_a_row_and_wrong_answers_are_named(tmp_path):
    groups = {"up": [make(1), make(1, length=9, caption="taken for down", is_wrong=True)], "down": [make(1)], "no": []}
    for name in ("a.svg", "b.svg"):
        plot_examples(tmp_path / name, groups, channels=("height",), note="by rocket")
    said = texts(tmp_path / "a.svg")
    assert {"up", "down", "taken for down", "by rocket", "step"} <= set(said)
    assert "no" not in said
    assert "height" not in said  # one channel needs no key
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_channels_are_named_the_first_six_of_them(tmp_path):
    names = [f"sensor {k}" for k in range(8)]
    plot_examples(tmp_path / "a.svg", {"up": [make(8)]}, channels=names, note="")
    said = texts(tmp_path / "a.svg")
    assert set(names[:6]) <= set(said)
    assert "6 of 8 channels" in said
    assert "sensor 6" not in said


@pytest.mark.parametrize("steps", [np.full((5, 2), np.nan), np.ones((1, 1)), np.array([[np.nan], [1.0], [2.0]])])
def test_missing_flat_and_short_series_are_drawn(tmp_path, steps):
    plot_examples(tmp_path / "a.svg", {"x": [Example(steps=steps)]}, channels=("a", "b"), note="")
    assert (tmp_path / "a.svg").stat().st_size > 1_000


def test_answers_are_points_one_for_each(tmp_path):
    truth, said = np.array([1.0, 2.0, 4.0]), np.array([1.5, 2.5, 3.0])
    plot_answers(tmp_path / "a.svg", truth=truth, said=said, by="rocket")
    plot_answers(tmp_path / "b.svg", truth=truth, said=truth, by="rocket")
    assert "Test part: what rocket said" in texts(tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_bytes() != (tmp_path / "b.svg").read_bytes()
    with pytest.raises(UsageError, match=r"\.svg or \.png"):
        plot_answers(tmp_path / "a.gif", truth=truth, said=said, by="rocket")
