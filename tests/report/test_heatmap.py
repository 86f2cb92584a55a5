"""The picture of the confusion matrix."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from seqloom.errors import DataError
from seqloom.report.heatmap import plot_confusion
from tests.families import heavy
from tests.report.conftest import texts


def test_confusion_shows_names_and_counts_but_no_zeros(tmp_path):
    plot_confusion(np.array([[12500, 7], [0, 430]]), tmp_path / "a.svg", classes=["neg", "pos"])
    said = texts(tmp_path / "a.svg")
    assert sorted(said) == sorted(["neg", "pos", "neg", "pos", "12,500", "7", "430", "truth", "taken for"])


@pytest.mark.parametrize("ending", ["svg", "png"])
@pytest.mark.parametrize("n_classes", [2, *heavy(20, 30, 60)])
def test_confusion_is_the_same_bytes_twice(tmp_path, ending, n_classes):
    matrix = np.arange(n_classes**2).reshape(n_classes, n_classes)
    for name in "ab":
        plot_confusion(matrix, tmp_path / f"{name}.{ending}", classes=range(n_classes))
    assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()


@pytest.mark.parametrize(
    ("n_classes", "has_counts", "has_names"), [(20, True, True), (21, False, True), (41, False, False)]
)
def test_confusion_of_many_classes_says_less(tmp_path, n_classes, has_counts, has_names):
    names = [f"class {k}" for k in range(n_classes)]
    plot_confusion(np.full((n_classes, n_classes), 77_777), tmp_path / "a.svg", classes=names)
    said = texts(tmp_path / "a.svg")
    assert ("77,777" in said) == has_counts
    assert (names[-1] in said) == has_names


@pytest.mark.parametrize("n_classes", [2, 12, 20, 40, 200])
def test_confusion_stays_on_one_screen(tmp_path, n_classes):
    matrix = np.eye(n_classes, dtype=np.int64)
    plot_confusion(matrix, tmp_path / "a.png", classes=["a rather long class name"] * n_classes)
    with Image.open(tmp_path / "a.png") as image:
        assert max(image.size) <= 2 * 1200


def test_confusion_of_a_class_without_rows(tmp_path):
    plot_confusion(np.array([[3, 1], [0, 0]]), tmp_path / "a.svg", classes=["neg", "한국어\x00"])
    assert "한국어\ufffd" in texts(tmp_path / "a.svg")


def test_confusion_refuses_names_that_do_not_match(tmp_path):
    with pytest.raises(DataError, match=r"shape \(2, 2\) for 3 classes"):
        plot_confusion(np.eye(2, dtype=int), tmp_path / "a.svg", classes=["a", "b", "c"])
    assert not list(tmp_path.iterdir())
