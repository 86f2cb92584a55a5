"""The two curves: what they say, that they are the same bytes each time, and that odd histories still give them."""

from __future__ import annotations

import math
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from seqloom.errors import UsageError
from seqloom.flow import EpochRecord
from seqloom.report.plots import plot_curves, spread
from tests.report.conftest import net, rival, texts


def test_curves_name_every_family_with_what_it_reached(histories, tmp_path):
    plot_curves(histories, tmp_path / "curves.svg")
    said = texts(tmp_path / "curves.svg")
    assert {"Accuracy", "Loss", "training", "validation", "validation, no epochs"} <= set(said)
    assert {"majority 50.0 %", "linear 91.6 %", "bag 90.2 %", "majority 0.693", "linear 0.225", "bag 0.098"} <= set(
        said
    )
    assert said.count("epoch") == 2


@pytest.mark.parametrize("ending", ["svg", "png"])
def test_curves_are_the_same_bytes_twice_whatever_the_clock_and_settings(histories, tmp_path, ending):
    plot_curves(histories, tmp_path / f"a.{ending}")
    with mpl.rc_context({"font.size": 20, "axes.facecolor": "black", "svg.hashsalt": "other"}):
        plot_curves(histories, tmp_path / f"b.{ending}")
    assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()


def test_curves_are_the_same_bytes_in_another_process(histories, tmp_path):
    plot_curves(histories, tmp_path / "a.svg")
    code = (
        "from tests.report.conftest import net, rival; from seqloom.report.plots import plot_curves;"
        "plot_curves({'majority': rival(0.5, 0.693), 'linear': rival(0.916, 0.225),"
        f" 'bag': net(0.8, 0.88, 0.902, 0.89, best=3)}}, {str(tmp_path / 'b.svg')!r})"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_curves_leave_the_settings_of_others_alone(histories, tmp_path):
    before = dict(mpl.rcParams)
    plot_curves(histories, tmp_path / "a.svg")
    assert dict(mpl.rcParams) == before


def test_curves_have_their_size(histories, tmp_path):
    plot_curves(histories, tmp_path / "a.png")
    plot_curves(histories, tmp_path / "a.svg")
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == (1800, 720)
    assert 'width="675pt" height="270pt"' in (tmp_path / "a.svg").read_text(encoding="utf-8")  # 900 x 360 pixels


def test_curves_count_whole_epochs_only(tmp_path):
    plot_curves({"bag": net(0.5, 0.6)}, tmp_path / "a.svg")
    ticks = [text for text in texts(tmp_path / "a.svg") if text.replace(".", "").isdigit() and "0." not in text]
    assert ticks[:2] == ["1", "2"]


def test_curves_of_rivals_alone_have_no_epochs(tmp_path):
    plot_curves({"majority": rival(0.5, 0.693)}, tmp_path / "a.svg")
    said = texts(tmp_path / "a.svg")
    assert "epoch" not in said
    assert "training" not in said
    assert "majority 50.0 %" in said


@pytest.mark.parametrize("histories", [{}, {"majority": []}], ids=["no family", "no record"])
def test_curves_of_nothing_say_so(histories, tmp_path):
    plot_curves(histories, tmp_path / "a.svg")
    assert texts(tmp_path / "a.svg").count("nothing was measured") == 2


ODD = {
    "no validation": [EpochRecord(epoch=e, n_steps=1, train={"loss": 1 / e, "accuracy": 0.5}) for e in (1, 2, 3)],
    "not a number": [
        *net(0.5, 0.6),
        EpochRecord(epoch=3, n_steps=1, train={"loss": math.nan}, valid={"loss": math.inf}),
    ],
    "perfect": net(1.0, 1.0),
    "many epochs": net(*[0.5 + e / 400 for e in range(150)]),
    "resumed": net(0.7, 0.8, first=5, best=6),
    "many families": None,
}


@pytest.mark.parametrize("case", ODD)
def test_curves_of_odd_histories_are_drawn(case, tmp_path):
    records = ODD[case]
    histories = {"odd": records} if records else {f"family {i}": net(0.8, 0.81 + i / 1000) for i in range(14)}
    plot_curves(histories, tmp_path / "a.svg")
    said = texts(tmp_path / "a.svg")
    for name in histories:
        assert sum(text.startswith(f"{name} ") for text in said) == 2
    assert not any("nan" in text for text in said)


@pytest.mark.parametrize(
    ("name", "shown"),
    [("한국어", "한국어"), ("$x_1$ & <b>", "$x_1$ & <b>"), ("a\x00b\ud800", "a\ufffdb\ufffd"), ("_hidden", "_hidden")],
)
@pytest.mark.parametrize("ending", ["svg", "png"])
def test_curves_take_any_name(name, shown, ending, tmp_path):
    plot_curves({name: net(0.5, 0.6)}, tmp_path / f"a.{ending}")
    if ending == "svg":
        assert f"{shown} 50.0 %" in texts(tmp_path / "a.svg")


@pytest.mark.parametrize("name", ["a.pdf", "curves"])
def test_curves_refuse_other_endings_and_write_nothing(histories, tmp_path, name):
    with pytest.raises(UsageError, match=r"pictures are \.svg or \.png"):
        plot_curves(histories, tmp_path / name)
    assert not list(tmp_path.iterdir())


@given(st.lists(st.floats(-50, 150), max_size=8))
def test_law_spread_keeps_order_and_distance(heights):
    placed = spread(heights, gap=10.0, low=0.0, high=100.0)
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    assert all(placed[b] - placed[a] >= 10.0 - 1e-9 for a, b in pairwise(order))
    assert all(-1e-9 <= height <= 100.0 for height in placed)


def test_spread_leaves_what_is_far_enough_apart():
    assert spread([10.0, 90.0, 50.0], gap=10.0, low=0.0, high=100.0) == [10.0, 90.0, 50.0]


def test_pictures_need_no_pyplot():
    code = "import sys, seqloom.report.plots, seqloom.report.heatmap; print('matplotlib.pyplot' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
