"""The picture of a learning curve: what it says, that it is the same bytes each time, and that odd curves are drawn."""

from __future__ import annotations

import pytest
from PIL import Image

from seqloom.errors import UsageError
from seqloom.report.learning_curve import plot_learning_curve
from tests.report.conftest import texts

SCORES = {
    "linear": {200: [0.75, 0.77, 0.76], 2000: [0.84, 0.85, 0.83], 20_000: [0.91, 0.912, 0.908]},
    "bag": {200: [0.6, 0.7, 0.65], 2000: [0.8, 0.82, 0.81], 20_000: [0.893, 0.89, 0.891]},
}


def draw(path, scores=SCORES, baseline=0.5):
    plot_learning_curve(scores, path, baseline=baseline, n_test=25_000)
    return path


def test_picture_names_families_sizes_and_the_trivial_answer(tmp_path):
    said = texts(draw(tmp_path / "curve.svg"))
    assert {"linear 91.0 %", "bag 89.1 %", "most frequent 50.0 %", "200", "2,000", "20,000"} <= set(said)
    assert "Accuracy on 25,000 test texts" in said


def test_equal_steps_are_equal_factors(tmp_path):
    """The axis is logarithmic: the middle of 200 and 20,000 is 2,000."""
    svg = (draw(tmp_path / "curve.svg")).read_text()
    places = {}
    for label in ("200", "2,000", "20,000"):
        head = svg[: svg.index(f">{label}</text>")].rpartition("<text")[2]
        places[label] = float(head.partition('x="')[2].partition('"')[0] or head.partition("translate(")[2].split()[0])
    assert places["2,000"] == pytest.approx((places["200"] + places["20,000"]) / 2, abs=0.01)


@pytest.mark.parametrize("ending", ["svg", "png"])
def test_same_bytes_twice(tmp_path, ending):
    assert draw(tmp_path / f"a.{ending}").read_bytes() == draw(tmp_path / f"b.{ending}").read_bytes()


def test_size(tmp_path):
    with Image.open(draw(tmp_path / "a.png")) as picture:
        assert picture.size == (1440, 840)


@pytest.mark.parametrize(
    ("scores", "baseline"),
    [
        ({"linear": {100: [0.8]}}, 0.5),  # one size, one seed
        ({"linear": {100: [0.5, 0.5], 200: [0.5, 0.5]}}, 0.5),  # all alike
        ({"linear": {100: [0.0], 200: [1.0]}}, 1.0),  # the whole range
        ({f"family {i}": {100: [0.5 + i / 100]} for i in range(9)}, 0.2),  # more than there are colours
        ({"$a^b$ <&>" + "x" * 50: {100: [0.8], 101: [0.9]}}, 0.5),
    ],
)
def test_odd_curves_are_drawn(tmp_path, scores, baseline):
    assert texts(draw(tmp_path / "curve.svg", scores, baseline))


def test_numbers_that_would_cover_each_other_are_left_out(tmp_path):
    said = texts(draw(tmp_path / "a.svg", {"linear": {100: [0.7], 20_000: [0.9], 24_781: [0.91]}}))
    assert {"100", "24,781"} <= set(said)
    assert "20,000" not in said


def test_other_ending(tmp_path):
    with pytest.raises(UsageError, match=r"pictures are \.svg or \.png"):
        draw(tmp_path / "curve.pdf")
