"""Craft by options: what reaches the learner, imbalance told aloud, a net that diverges, and ``seqloom rate``."""

from __future__ import annotations

import json

import pytest

from seqloom.cli.arguments import parse_class_weight
from seqloom.engine import loop
from seqloom.errors import UsageError
from seqloom.json_files import read_json
from tests.cli.conftest import SHORT
from tests.cli.reviews import make_reviews, write_csv

CRAFT = {
    "monitor": "macro_f1",
    "schedule": "linear",
    "warmup": 0.5,
    "clip_norm": 1.0,
    "weight_decay": 0.01,
    "label_smoothing": 0.1,
    "average_epochs": 1.0,
}


def as_options(settings: dict) -> list[str]:
    return [word for name, value in settings.items() for word in (f"--{name.replace('_', '-')}", str(value))]


def test_law_options_reach_the_card(seqloom, reviews, tmp_path):
    more = ["--class-weight", "pos=2", "--class-weight", "neg=0.5", "--family", "bag", "--no-rivals"]
    said = seqloom("train", reviews, "-o", "run", *SHORT, *as_options(CRAFT), *more)
    assert said.code == 0, said.err
    params = read_json(tmp_path / "run" / "card.json")["params"]
    assert {name: params[name] for name in CRAFT} == CRAFT
    assert params["class_weight"] == {"pos": 2.0, "neg": 0.5}
    told = seqloom("inspect", "run").out
    assert "schedule linear" in told
    assert "class_weight pos=2.0 neg=0.5" in told
    assert seqloom("predict", "run", "--text", "good film").code == 0


def test_what_was_not_asked_for_is_not_told(seqloom, trained):
    told = seqloom("inspect", trained / "rivals" / "bag").out
    assert "schedule" not in told
    assert "warmup" not in told


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--schedule", "step"], "--schedule 'step' found, one of constant, cosine, linear expected"),
        (["--monitor", "f1"], "--monitor 'f1' found, one of loss, accuracy, macro_f1, roc_auc expected"),
        (["--class-weight", "5"], "--class-weight '5' found, balanced or CLASS=NUMBER expected"),
        (["--class-weight", "good=5"], "class_weight for 'good' found, one of the classes expected (neg, pos)"),
        (["--family", "bag", "--no-rivals", "--warmup", "30"], "warmup 30.0 and 3 epochs found"),
        (["--clip-norm", "0"], "clip_norm 0.0 found, a number above 0 expected"),
    ],
)
def test_error_options(seqloom, reviews, tmp_path, options, found):
    said = seqloom("train", reviews, "-o", "run", *SHORT, *options)
    assert said.code == 2
    assert found in said.err
    assert not list(tmp_path.glob("run*"))


def test_class_weight_as_learners_take_it():
    assert parse_class_weight(None) is None
    assert parse_class_weight(["balanced"]) == "balanced"
    assert parse_class_weight(["a=1", "b=.5"]) == {"a": 1.0, "b": 0.5}
    with pytest.raises(UsageError, match="'balanced' found"):
        parse_class_weight(["balanced", "a=1"])


@pytest.fixture
def rare(tmp_path):
    """Nine texts in ten are of one class."""
    rows = [row for i, row in enumerate(make_reviews(400)) if row[1] == "pos" or i % 9 == 0]
    return write_csv(tmp_path / "rare.csv", rows)


def test_imbalance_is_told_and_macro_f1_chooses(seqloom, rare):
    said = seqloom("train", rare, "-o", "run", *SHORT, "--monitor", "macro_f1", "--class-weight", "balanced")
    assert said.code == 0
    assert "% of train are pos, and so right whoever always says so" in said.out
    assert "points of macro F1 behind" in said.out


def test_balanced_classes_are_not_told_of(seqloom, reviews):
    said = seqloom("train", reviews, "-o", "run", "--family", "majority", "--no-rivals")
    assert "whoever always says so" not in said.out


def _diverge_in(monkeypatch, epoch: int) -> None:
    """Let the loss of the second step of an epoch be no number."""
    original = loop._Runner.run_epoch

    def run_epoch(self, state, number, *, deadline):
        if number == epoch:
            raise loop._Divergence(2)
        return original(self, state, number, deadline=deadline)

    monkeypatch.setattr(loop._Runner, "run_epoch", run_epoch)


def test_divergence_keeps_the_best_epoch_and_says_so(seqloom, reviews, tmp_path, monkeypatch):
    _diverge_in(monkeypatch, 3)
    said = seqloom("train", reviews, "-o", "run", *SHORT, "--learning-rate", "0.1")
    assert said.code == 0, said.err
    assert "diverged in epoch 3, step 2, at learning rate 0.1; kept epoch 2" in said.out
    row = read_json(tmp_path / "run" / "metrics.json")["rows"][-1]
    assert row["divergence"] == "in epoch 3, step 2, at learning rate 0.1"
    assert len(row["history"]) == 2


def test_a_family_that_diverges_at_once_leaves_the_others(seqloom, reviews, tmp_path, monkeypatch):
    _diverge_in(monkeypatch, 1)
    said = seqloom("train", reviews, "-o", "run", *SHORT)
    assert said.code == 0
    assert "bag         failed: the loss is not a number in epoch 1, step 2, at learning rate 0.003." in said.out
    assert "Ctrl-C" not in said.out
    metrics = read_json(tmp_path / "run" / "metrics.json")
    assert list(metrics["failed"]) == ["bag"]
    assert metrics["not_trained"] == []
    assert [row["family"] for row in metrics["rows"]] == ["majority", "linear"]


def test_a_family_that_diverges_alone_fails(seqloom, reviews, tmp_path, monkeypatch):
    _diverge_in(monkeypatch, 1)
    said = seqloom("train", reviews, "-o", "run", *SHORT, "--no-rivals")
    assert said.code == 1
    assert "the loss is not a number in epoch 1, step 2" in said.err
    assert not list(tmp_path.glob("run*"))


RATE = ("--length", "16", "--width", "4", "--batch-size", "16")


def test_rate_suggests_draws_and_says_what_is_next(seqloom, reviews, tmp_path):
    said = seqloom("rate", reviews, "-o", "r.svg", *RATE)
    assert said.code == 0, said.err
    assert (tmp_path / "r.svg").exists()
    (suggested,) = [line for line in said.out.splitlines() if line.startswith("Suggested")]
    number = suggested.split()[1].rstrip(",")
    assert f"--family bag --learning-rate {number}" in " ".join(said.out.split())
    assert seqloom("rate", reviews, "-o", "r.svg", *RATE).code == 2  # never over a file that is there
    found = json.loads(seqloom("rate", reviews, "-o", "r.svg", *RATE, "--overwrite", "--json").out)
    assert f"{found['suggestion']:.2g}" == number
    assert len(found["rates"]) == len(found["losses"]) == len(found["smoothed"])


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["-o", "r.pdf"], "pictures are .svg or .png, not .pdf"),
        (["-o", "none/r.svg"], "none is no folder that exists"),
        (["--family", "linear"], "--family 'linear' found, one of attention, bag"),
    ],
)
def test_error_rate(seqloom, reviews, options, found):
    said = seqloom("rate", reviews, *options)
    assert said.code == 2
    assert found in said.err
