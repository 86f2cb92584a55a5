"""``seqloom rank``: its table is true, its winner is a run like any other, and it goes on where it stopped."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

import seqloom as library
from seqloom.cli import app
from seqloom.frames.read import read_texts
from seqloom.json_files import read_json
from seqloom.studies.dataset import prepare_table
from seqloom.studies.run_folder import RunFolder
from seqloom.tasks.families import BASELINES, FAMILIES
from tests.cli.conftest import call_main, list_files
from tests.cli.reviews import make_reviews, write_csv
from tests.cli.test_stopping import Killed

SHORT = ("--epochs", "2", "--length", "32", "--patience", "0")
FEW = ("--families", "linear,bag")


class _Kept:
    """Stands in for capsys in a fixture of the module."""

    def __init__(self) -> None:
        self.said = ("", "")

    def readouterr(self) -> tuple[str, str]:
        return self.said


@pytest.fixture(scope="module")
def ranked(tmp_path_factory):
    """A ranking of some families on reviews.csv beside it."""
    folder = tmp_path_factory.mktemp("ranked")
    data = write_csv(folder / "reviews.csv", make_reviews(120))
    few = ("--families", "lsa,bag,embedding")
    assert call_main("rank", data, "-o", folder / "run", *SHORT, *few, "--quiet", capture=_Kept()).code == 0
    return folder / "run"


def test_table_equals_metrics(seqloom, reviews):
    said = seqloom("rank", reviews, "-o", "run", *SHORT, *FEW)
    assert said.code == 0
    numbers = read_json(reviews.parent / "run" / "metrics.json")
    assert {row["family"] for row in numbers["rows"]} - {"ensemble"} == {*BASELINES, "bag"}
    accuracies = []
    for row in numbers["rows"]:
        scores = {score["metric"]: score["value"] for score in row["scores"]}
        line = next(line for line in said.out.splitlines() if line.startswith(f"{row['family']} "))
        assert re.findall(r"([\d.]+) %", line) == [f"{100 * scores[m]:.1f}" for m in ("accuracy", "macro_f1")]
        assert f" {row['n_parameters']:,} " in line
        accuracies.append(scores["accuracy"])
    assert accuracies == sorted(accuracies, reverse=True)
    assert f"Kept        {numbers['kept']}, " in said.out
    assert "looked at once" in said.out
    assert all(len(line) <= 118 for line in said.out.splitlines() if not line.startswith(FAMILIES))


@pytest.mark.slow
def test_all_families_that_suit_are_in_it(seqloom, reviews):
    assert seqloom("rank", reviews, "-o", "run", *SHORT, "--quiet").code == 0
    numbers = read_json(reviews.parent / "run" / "metrics.json")
    tried = {row["family"] for row in numbers["rows"]} - {"ensemble"}
    assert tried >= set(FAMILIES) - {"linear-char"}
    assert numbers["not_trained"] == []


def test_winner_is_a_run_like_any_other(seqloom, ranked):
    data = ranked.parent / "reviews.csv"
    table = read_texts(data)
    test = prepare_table(table).parts.test
    model = library.load(ranked)
    numbers = read_json(ranked / "metrics.json")
    scores = {score["metric"]: score["value"] for score in numbers["test"]}
    truth = table.labels.gather(test).to_numpy()
    assert (model.predict(table.texts.gather(test)) == truth).mean() == pytest.approx(scores["accuracy"])
    sure = model.predict_proba(table.texts.gather(test))[np.arange(len(test)), (truth == "pos").astype(int)]
    assert -np.log(sure).mean() == pytest.approx(scores["log_loss"], rel=1e-5)  # of calibrated answers
    assert seqloom("predict", ranked, "--text", "good").code == 0
    assert seqloom("evaluate", ranked, data).code == 0
    told = seqloom("inspect", ranked)
    assert told.code == 0
    assert numbers["kept"] in told.out
    for rival in (ranked / "rivals").iterdir():
        assert seqloom("inspect", rival).code == 0
    names = list_files(ranked)
    assert names >= {"card.json", "metrics.json", "reliability.svg", "curves.svg", "run.json"}
    assert not [name for name in names if "row.json" in name or "answers" in name or "checkpoint" in name]


def test_speed_is_no_business_of_the_card(ranked):
    speeds = [family["texts_per_second"] for family in read_json(ranked / "run.json")["families"].values()]
    assert min(speeds) > 0
    for name in ("card.json", "metrics.json"):
        assert "per_second" not in (ranked / name).read_text()


def test_budget_too_short_for_anything_yields_the_baselines(seqloom, reviews):
    said = seqloom("rank", reviews, "-o", "run", "--budget", "0.01s")
    assert said.code == 0
    assert "were not tried before the training ended" in " ".join(said.out.split())
    assert [row["family"] for row in read_json(reviews.parent / "run" / "metrics.json")["rows"]] == [
        "linear",
        "majority",
    ]


def test_folds_answer_every_training_text(seqloom, reviews):
    said = seqloom("rank", reviews, "-o", "run", "--families", "linear", "--folds", "3", "--json")
    numbers = json.loads(said.out)
    for row in numbers["rows"]:
        assert len(row["folds"]) == 3
        assert row["scores"][0]["n"] == 96
    assert numbers["calibration"]["n"] == 96


def test_no_ensemble(seqloom, reviews):
    said = seqloom("rank", reviews, "-o", "run", *SHORT, "--families", "lsa,linear", "--no-ensemble")
    assert said.code == 0
    assert "\nensemble " not in said.out


def test_json_is_one_object_and_nothing_else(seqloom, reviews):
    said = seqloom("rank", reviews, "--families", "majority", "--json")
    assert json.loads(said.out)["folder"] == "runs/reviews"
    assert said.err == ""


def test_law_resumed_equals_uninterrupted(seqloom, reviews, tmp_path, monkeypatch):
    options = (reviews, *SHORT, *FEW, "--quiet")
    assert seqloom("rank", *options, "-o", "whole").code == 0
    original = RunFolder.write_checkpoint

    def write_checkpoint(self, family, settings, *, arrays):
        original(self, family, settings, arrays=arrays)
        if family == "bag":
            raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(RunFolder, "write_checkpoint", write_checkpoint)
        with pytest.raises(Killed):
            app(["rank", *map(str, options), "-o", "run"], standalone_mode=False)
    assert seqloom("rank", *options, "-o", "run").code == 1
    said = seqloom("rank", reviews, *SHORT, *FEW, "-o", "run", "--resume")
    assert said.code == 0
    assert said.out.count("found finished") == 2
    for name in ("card.json", "weights.safetensors", "metrics.json", "reliability.svg", "curves.svg"):
        assert (tmp_path / "run" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name
    assert not (tmp_path / "run.partial").exists()


def test_resume_with_other_families_is_refused(seqloom, reviews, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(RunFolder, "finish", lambda *_: (_ for _ in ()).throw(Killed()))
        with pytest.raises(Killed):
            app(["rank", str(reviews), "-o", "run", "--families", "linear", "--quiet"], standalone_mode=False)
    said = seqloom("rank", reviews, "-o", "run", "--families", "lsa", "--resume")
    assert said.code == 1
    assert "was begun with other data or other settings" in said.err


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (["--families", "linear,foo"], 2, "--families 'foo' found, one of majority, linear"),
        (["--families", ""], 2, "--families '' found"),
        (["--budget", "0s"], 2, "--budget '0s' found, a duration such as"),
        (["--budget", "abc"], 2, "--budget 'abc' found"),
        (["--folds", "1"], 2, "should be greater than or equal to 2"),
        (["--folds", "-3"], 2, "should be greater than or equal to 2"),
        (["--folds", "1000"], 1, 'the class "neg" has 48 different texts'),
        (["--keep", "middle"], 2, "--keep 'middle' found"),
        (["--unlabelled", "reviews.csv", "--families", "bag"], 2, "only lsa learns from texts without labels"),
    ],
)
def test_what_cannot_be_meant_is_refused(seqloom, reviews, options, code, told):
    said = seqloom("rank", reviews.name, *options)
    assert (said.code, told in said.err) == (code, True), said.err
    assert list_files(reviews.parent) == {"reviews.csv"}


def test_a_class_with_fewer_texts_than_folds_is_named(seqloom, tmp_path):
    rows = [*make_reviews(60), *((f"odd text {i}", "odd") for i in range(4))]
    said = seqloom("rank", write_csv(tmp_path / "d.csv", rows), "--folds", "5")
    assert said.code == 1
    assert 'the class "odd" has 3 different texts to learn from' in said.err


@pytest.mark.parametrize("option", ["--families", "--budget", "--folds", "--no-ensemble", "--seed", "--resume"])
def test_option_stands_in_help(seqloom, monkeypatch, option):
    monkeypatch.setenv("COLUMNS", "200")
    assert f"{option} " in seqloom("rank", "--help").out
