"""The map of words."""

from __future__ import annotations

import numpy as np
import pytest

from seqloom.errors import DataError, UsageError
from seqloom.report.wordmap import place_names, plot_words
from tests.report.conftest import texts


def scatter(n):
    return np.random.default_rng(0).normal(size=(n, 2))


def test_map_names_every_word_and_tells_what_it_hides(tmp_path):
    plot_words(scatter(3), tmp_path / "a.svg", words=["good", "한국어", "\x00$"], share=0.364)
    assert texts(tmp_path / "a.svg") == [
        "good",
        "한국어",
        "\ufffd$",
        "first two principal components, 36 % of the variance",
    ]


@pytest.mark.parametrize("ending", ["svg", "png"])
@pytest.mark.parametrize("n", [2, 60])
def test_map_is_the_same_bytes_twice(tmp_path, ending, n):
    for name in "ab":
        plot_words(scatter(n), tmp_path / f"{name}.{ending}", words=[f"word{i}" for i in range(n)])
    assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()
    assert len(list(tmp_path.iterdir())) == 2


def test_names_give_way_to_each_other_and_to_points():
    alone = np.array([[100.0, 100.0]])
    assert place_names(alone, ["word"]) == [(1, 0)]
    beside = np.array([[100.0, 100.0], [112.0, 100.0]])
    assert place_names(beside, ["word", "word"]) == [(-1, 0), (1, 0)]
    width = 4 * 0.6 * 9 * 4 / 3  # of "word", in pixels
    between = np.array([[100.0, 100.0], [106 + width + 8, 100.0]])  # the name would end at the other's point
    assert place_names(between, ["word", "word"]) == [(-1, 0), (1, 0)]
    edge = np.array([[895.0, 100.0]])
    assert place_names(edge, ["word"]) == [(-1, 0)]
    crowd = np.array([[100.0, 100.0]] * 4)
    assert len(set(place_names(crowd, ["word"] * 4))) == 4


def test_points_in_one_place_are_drawn(tmp_path):
    plot_words(np.zeros((3, 2)), tmp_path / "a.svg", words=["a", "b", "c"])
    assert texts(tmp_path / "a.svg") == ["a", "b", "c"]


def test_map_that_cannot_be_drawn_leaves_nothing(tmp_path):
    with pytest.raises(DataError, match=r"shape \(2, 2\) for 3 words"):
        plot_words(np.zeros((2, 2)), tmp_path / "a.svg", words=["a", "b", "c"])
    with pytest.raises(UsageError, match="pictures are"):
        plot_words(np.zeros((1, 2)), tmp_path / "a.jpg", words=["a"])
    assert not list(tmp_path.iterdir())
