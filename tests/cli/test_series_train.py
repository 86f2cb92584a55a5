"""Whole series from the command line: trained, compared, tested, asked."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

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
    drawn = {path.name for path in (tmp_path / "runs/waves").glob("*.svg")}
    assert drawn == {"confusion.svg", "examples.svg"}
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
        assert "a .ts file" in said.err
    broken = tmp_path / "broken.ts"
    broken.write_text("1,2,3:a\n")
    said = seqloom("train", broken)
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert not (tmp_path / "runs" / "broken").exists()


def make_paces(n: int, *, seed: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Waves of two channels ``[T, 2]``, and how fast each is, ``[n]``."""
    random = np.random.default_rng(seed)
    pace = random.uniform(0.2, 1.0, size=n)
    times = [np.arange(random.integers(30, 50))[:, None] * each for each in pace]
    return [np.hstack([np.sin(at), 3 * np.cos(at)]) + 0.1 * random.normal(size=(len(at), 2)) for at in times], pace


@pytest.fixture
def paces(tmp_path):
    """``pace.ts`` and ``pace_test.ts`` with numbers; the same as ``pace.csv`` and ``pace_test.csv``."""
    for name, n, seed in (("pace", 60, 0), ("pace_test", 30, 1)):
        rows, numbers = make_paces(n, seed=seed)
        text = write_ts(rows, [f"{number:.17g}" for number in numbers], classes=("x",))
        (tmp_path / f"{name}.ts").write_text(text.replace("@classLabel true x", "@targetLabel true"))
        steps = [
            (f"s{i}", *step, number)
            for i, (row, number) in enumerate(zip(rows, numbers.tolist(), strict=True))
            for step in row.tolist()
        ]
        pl.DataFrame(steps, schema=["id", "a", "b", "pace"], orient="row").write_csv(tmp_path / f"{name}.csv")
    return tmp_path


AS_FILE = ("pace.ts", "--test", "pace_test.ts")
AS_TABLE = ("pace.csv", "--series-id", "id", "--target", "pace", "--test", "pace_test.csv")


def test_numbers_are_learned_tested_told_and_scored(seqloom, paces):
    said = seqloom("train", *AS_FILE, "-o", "run")
    assert said.code == 0, said.err
    assert "numbers from 0.2" in said.out
    assert "nothing learned" not in said.out
    kept, mean = (json.loads((paces / "run/metrics.json").read_text())["rows"][at] for at in (1, 0))
    assert (kept["family"], mean["family"]) == ("rocket", "mean")
    answered = [json.loads(line) for line in seqloom("predict", "run", "pace_test.ts", "--json").out.splitlines()]
    truth = make_paces(30, seed=1)[1]
    error = np.array([answer["number"] for answer in answered]) - truth
    test = {s["metric"]: s["value"] for s in json.loads((paces / "run/metrics.json").read_text())["test"]}
    assert np.abs(error).mean() == pytest.approx(test["mae"], rel=1e-5)
    assert test["r2"] > 0.95
    scored = json.loads(seqloom("evaluate", "run", "pace_test.ts", "--json").out)
    assert {score["metric"]: score["value"] for score in scored["scores"]} == pytest.approx(test, rel=1e-5)
    assert f"{answered[0]['number']:.5g}  series 1\n" in seqloom("predict", "run", "pace_test.ts").out
    told = seqloom("inspect", "run").out
    assert "rocket (series-regressor), a number, of" in told
    assert "mean         RMSE" in told
    assert {path.name for path in (paces / "run").glob("*.svg")} == {"answers.svg", "examples.svg"}


def test_a_table_of_numbers_gives_the_same_bits_as_a_file(seqloom, paces):
    for name, asked in (("file", AS_FILE), ("table", AS_TABLE)):
        said = seqloom("train", *asked, "-o", name, "--no-rivals")
        assert said.code == 0, said.err
    weights = [(paces / name / "weights.safetensors").read_bytes() for name in ("file", "table")]
    assert weights[0] == weights[1]
    assert seqloom("predict", "table", "pace_test.csv", "-o", "out.csv").code == 0
    written = pl.read_csv(paces / "out.csv")
    assert written.columns == ["id", "predicted"]
    assert written["id"].to_list() == [f"s{i}" for i in range(30)]
    scored = seqloom("evaluate", "table", "pace_test.csv", "--json")
    assert json.loads(scored.out)["scores"][0]["metric"] == "mae"
    renamed = pl.read_csv(paces / "pace_test.csv").rename({"pace": "speed"})
    renamed.write_csv(paces / "renamed.csv")
    again = seqloom("evaluate", "table", "renamed.csv", "--label", "speed", "--json")
    assert json.loads(again.out)["scores"] == json.loads(scored.out)["scores"]


def test_numbers_that_no_series_tells_are_said_to_be_so(seqloom, paces):
    random = np.random.default_rng(0)
    text = write_ts(make_paces(40, seed=0)[0], [f"{number:.6f}" for number in random.normal(size=40)], classes=("x",))
    (paces / "noise.ts").write_text(text.replace("@classLabel true x", "@targetLabel true"))
    said = seqloom("train", "noise.ts", "-o", "run")
    metrics = json.loads((paces / "run/metrics.json").read_text())
    assert ("nothing learned comes nearer than always saying the mean" in said.out) == (metrics["kept"] == "mean")
    assert next(score["value"] for score in metrics["test"] if score["metric"] == "r2") < 0.5


def test_what_cannot_be_meant_of_numbers_is_one_line(seqloom, waves, paces):
    assert seqloom("train", *AS_FILE, "--no-rivals", "-o", "run").code == 0
    table = pl.read_csv(paces / "pace.csv").with_row_index()
    table.with_columns(pace=pl.when(pl.col("index") != 5).then("pace")).drop("index").write_csv(paces / "hole.csv")
    table.with_columns(pace=pl.lit("fast")).drop("index").write_csv(paces / "words.csv")
    asked = ("--series-id", "id", "--target")
    for given, code, told in (
        (("train", "pace.ts", "--family", "majority"), 2, "one of mean, rocket"),
        (("train", "pace.ts", "--class-weight", "balanced"), 2, "--class-weight found, of no use where numbers"),
        (("train", "pace.ts", "--loss", "quantile"), 2, "one of mse, mae, huber expected"),
        (("train", waves, "--loss", "mse"), 2, "--loss found, of no use where classes are learned"),
        (("train", "pace.ts", "--test", waves), 1, "classes found, numbers expected as in pace.ts"),
        (("train", "pace.csv", *asked, "a"), 1, "To forecast it over time, say how far with --horizon"),
        (("train", "pace.csv", *asked, "nothing"), 1, "no column 'nothing' found (--target"),
        (("train", "pace.csv", *asked, "pace", "--label", "pace"), 2, "--label and --target found, one of them"),
        (("train", "hole.csv", *asked, "pace"), 1, 'row 6: no number found in "pace"'),
        (("train", "words.csv", *asked, "pace"), 1, '"pace" holds no numbers'),
        (("evaluate", "run", waves), 1, "labels found beside the series, numbers expected"),
    ):
        said = seqloom(*given, *(("-o", "free") if given[0] == "train" else ()))
        assert (said.code, said.err.count("\n")) == (code, 1), said.err
        assert told in said.err
        assert not (paces / "free").exists()
