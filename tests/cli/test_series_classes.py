"""Whole series from the command line: trained, compared, tested, asked."""

from __future__ import annotations

import json

import numpy as np
import pytest

from seqloom.tasks.series_regressor import SeriesRegressor
from tests.frames.test_ts_files import write_ts
from tests.tasks.test_series_classifier import make_waves


@pytest.fixture
def waves(tmp_path):
    """``waves_TRAIN.ts`` and ``waves_TEST.ts``."""
    for part, n, seed in (("TRAIN", 40, 0), ("TEST", 20, 1)):
        rows, labels = make_waves(n, seed=seed)
        (tmp_path / f"waves_{part}.ts").write_text(write_ts(rows, labels, classes=("slow", "fast")))
    return tmp_path / "waves_TRAIN.ts"


def test_train_compares_keeps_tests_and_saves_and_predict_answers(seqloom, waves, tmp_path):
    said = seqloom("train", waves)
    assert said.code == 0, said.err
    assert "waves_TEST.ts beside it is the test part" in said.out
    assert "train 32, valid 8, test 20" in said.out
    assert "majority" in said.out
    assert "Kept        rocket" in said.out
    asked = seqloom("predict", "runs/waves", tmp_path / "waves_TEST.ts", "--json")
    labels = [json.loads(line)["label"] for line in asked.out.splitlines()]
    truth = make_waves(20, seed=1)[1]
    metrics = json.loads((tmp_path / "runs/waves/metrics.json").read_text())
    accuracy = next(score["value"] for score in metrics["test"] if score["metric"] == "accuracy")
    assert np.mean([a == b for a, b in zip(labels, truth, strict=True)]) == accuracy
    assert seqloom("inspect", "runs/waves").code == 0
    scored = json.loads(seqloom("evaluate", "runs/waves", tmp_path / "waves_TEST.ts", "--json").out)
    assert scored["scores"][0]["value"] == accuracy
    written = seqloom("predict", "runs/waves", tmp_path / "waves_TEST.ts", "-o", "out.csv")
    assert written.code == 0, written.err
    assert (tmp_path / "out.csv").read_text().startswith("series,predicted,p_fast,p_slow\n1,")


def test_one_file_is_split_and_rivals_can_be_left_out(seqloom, waves, tmp_path):
    alone = waves.rename(tmp_path / "alone.ts")
    said = seqloom("train", alone, "--family", "majority", "--no-rivals", "-o", "run", "--json")
    assert said.code == 0, said.err
    assert json.loads(said.out)["n_rows"] == {"train": 26, "valid": 6, "test": 8}
    again = seqloom("train", alone, "--family", "majority", "--no-rivals", "-o", "run")
    assert (again.code, "exists already" in again.err) == (1, True)


def test_what_cannot_be_meant_is_one_line(seqloom, waves, tmp_path):
    said = seqloom("train", waves, "--family", "linear")
    assert said.code == 2
    assert "rocket" in said.err
    seqloom("train", waves, "--family", "majority", "--no-rivals", "-o", "run")
    for asked in (("--text", "abc"), (tmp_path / "rows.csv",)):
        said = seqloom("predict", "run", *asked)
        assert said.code == 2
        assert "a .ts file expected" in said.err
    broken = tmp_path / "broken.ts"
    broken.write_text("1,2,3:a\n")
    said = seqloom("train", broken)
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert not (tmp_path / "runs" / "broken").exists()


@pytest.mark.parametrize("verb", ["predict", "evaluate"])
def test_a_regressor_is_refused_with_the_way_to_ask_it(seqloom, tmp_path, verb):
    random = np.random.default_rng(0)
    x = random.normal(size=(40, 20))
    SeriesRegressor().fit(x, x.mean(axis=1)).save(tmp_path / "model")
    said = seqloom(verb, "model", "asked.ts")
    assert said.code == 2
    assert "seqloom.load(folder).predict(series)" in said.err
