"""``seqloom train`` of a station: what it says is what it measured, and what it refuses leaves nothing behind."""

from __future__ import annotations

import json
import re

import numpy as np
import polars as pl
import pytest

import seqloom as library
from seqloom.json_files import read_json
from seqloom.series.sample import simulate_station
from tests.cli.conftest import list_files

TARGET = "temperature (degC)"
ASKED = ("--target", TARGET, "--context", "1d", "--horizon", "6h")
QUICK = ("--family", "ridge", "--no-rivals")


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    return simulate_station(60)


@pytest.fixture
def station(tmp_path, frame):
    frame.write_csv(tmp_path / "station.csv")
    return tmp_path / "station.csv"


def test_the_table_equals_the_metrics_and_the_saved_model(seqloom, station, frame, tmp_path):
    said = seqloom("train", station, "-o", "run", *ASKED, "--family", "ridge")
    assert (said.code, said.err) == (0, "")
    metrics = read_json(tmp_path / "run" / "metrics.json")
    assert [row["family"] for row in metrics["rows"]] == ["last", "seasonal", "ridge", "trees"]
    for row in metrics["rows"]:
        scores = {score["metric"]: score for score in row["scores"]}
        line = next(line for line in said.out.splitlines() if line.startswith(row["family"]))
        mae = scores["mae"]
        assert f"{mae['value']:.4g}  ({mae['low']:.4g}-{mae['high']:.4g})" in line
        assert f"{scores['rmse']['value']:.4g}" in line
        assert f"{100 * scores['skill']['value']:.1f} %" in line
    test = {score["metric"]: score["value"] for score in metrics["test"]}
    model, test_rows, errors = library.load(tmp_path / "run"), 24 * 15, []
    for n in range(len(frame) - test_rows, len(frame) - 5):  # the last quarter of the time
        answer = model.predict(frame.head(n), quantile_levels=None)["forecast"].to_numpy()
        errors.append(np.abs(answer - frame[TARGET][n : n + 6].to_numpy()).mean())
    assert test["mae"] == pytest.approx(np.mean(errors), rel=1e-4)
    assert f"MAE {test['mae']:.4g}" in said.out
    assert f"on {len(errors)} forecasts, looked at once" in said.out


@pytest.mark.parametrize(
    "typed", [("evaluate", "--wrong", "w.csv"), ("evaluate", "--label", "y"), ("predict", "--column", "y")]
)
def test_options_for_other_models_are_refused(seqloom, station, tmp_path, typed):
    assert seqloom("train", station, "-o", "run", *ASKED, "--family", "last", "--no-rivals", "--quiet").code == 0
    said = seqloom(typed[0], "run", station, *typed[1:])
    assert (said.code, said.out) == (2, "")
    assert f"{typed[1]} found, of no use to a forecaster. Leave it out." in said.err
    assert not (tmp_path / "w.csv").exists()


def test_law_the_test_part_evaluated_again_is_what_train_said(seqloom, station, frame, tmp_path):
    assert seqloom("train", station, "-o", "run", *ASKED, *QUICK, "--quiet").code == 0
    frame.tail(24 * 15 + 24).write_csv(tmp_path / "last.csv")  # a quarter, and the context of its first forecast
    said = seqloom("evaluate", "run", "last.csv")
    assert (said.code, said.err) == (0, "")
    metrics = read_json(tmp_path / "run" / "metrics.json")
    told = ", ".join(
        f"{100 * of['share']:.0f} % held {100 * of['held']:.1f} % (width {of['width']:.4g})"
        for of in metrics["intervals"]
    )
    assert f"Intervals {told}" in " ".join(said.out.split())
    test = {score["metric"]: score for score in metrics["test"]}
    assert f"Test MAE {test['mae']['value']:.4g}" in " ".join(said.out.split())
    given = json.loads(seqloom("evaluate", "run", "last.csv", "--json").out)
    assert [of["held"] for of in given["intervals"]] == pytest.approx([of["held"] for of in metrics["intervals"]])


def test_what_was_read_and_how_it_was_split_is_said(seqloom, tmp_path, frame):
    torn = pl.concat([frame[:700], frame[699:700], frame[703:]])
    torn.write_csv(tmp_path / "torn.csv")
    said = seqloom("train", "torn.csv", *ASKED, *QUICK)
    for words in (
        "Read        1,440 rows of torn.csv, one every hour, 2020-01-01 00:00 to 2020-02-29 23:00",
        "3 channels: temperature (degC), pressure (hPa), wind (m/s)",
        "row 701",
        "3 rows missing behind row 700",
        "train           720 rows from 2020-01-01 00:00",
        "test            360 rows from 2020-02-15 00:00",
        "24 rows are known, the next 6 rows are forecast",
        "Kept        ridge, the least validation error",
        "Saved       runs/torn/",
        "seqloom predict runs/torn recent.csv",
    ):
        assert words in said.out
    kinds = {finding["kind"] for finding in read_json(tmp_path / "runs" / "torn" / "metrics.json")["findings"]}
    assert {"duplicate", "gap"} <= kinds
    assert not [line for line in said.out.splitlines() if len(line) > 120]


def test_json_is_the_metrics_and_nothing_else(seqloom, station, tmp_path):
    said = seqloom("train", station, "-o", "run", *ASKED, "--family", "last", "--no-rivals", "--json")
    assert (said.code, said.err) == (0, "")
    told = json.loads(said.out)
    assert told.pop("folder") == "run"
    assert told == read_json(tmp_path / "run" / "metrics.json")
    assert told["kept"] == "last"


def test_two_equal_runs_differ_in_their_clock_alone(seqloom, station, tmp_path):
    for name in ("one", "two"):
        assert seqloom("train", station, "-o", name, *ASKED, *QUICK, "--quiet").code == 0
    assert list_files(tmp_path / "one") == list_files(tmp_path / "two")
    for path in (tmp_path / "one").rglob("*"):
        if path.is_file() and path.name != "run.json":
            assert path.read_bytes() == (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_bytes(), path.name


def test_the_end_of_the_horizon_alone_is_asked_for(seqloom, station, tmp_path):
    said = seqloom("train", station, "-o", "run", *ASKED, *QUICK, "--steps", "last")
    assert "24 rows are known, the one 6 rows ahead is forecast" in said.out.replace("are forecast", "is forecast")
    answer = seqloom("predict", "run", station)
    assert (answer.code, answer.err) == (0, "")
    assert "2020-03-01 05:00" in answer.out


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (("--target", "z", "--horizon", "6h"), 2, "target 'z' found, one of .* expected"),
        (("--horizon", "6h"), 2, "say which to forecast, with --target"),
        (("--target", TARGET, "--horizon", "0"), 2, "horizon 0 found, 1 row at least expected"),
        (("--target", TARGET, "--horizon", "90min"), 2, "rows follow every hour"),
        (
            ("--target", TARGET, "--horizon", "6h", "--width", "9"),
            2,
            "--width found, of no use to a forecast",
        ),
        ((*ASKED, "--family", "prophet"), 2, "prophet"),
        ((*ASKED, "--steps", "first"), 2, "--steps .first. found"),
        (("--target", "words", "--horizon", "6h"), 1, "column 'words', row 1: 'warm' found, a number expected"),
        (("--target", "same", "--horizon", "6h"), 1, "same: 3 in all .* rows to train on found"),
        (("--target", TARGET, "--horizon", "60d"), 1, "none of these can be forecast"),
        ((*ASKED, "--time", "wind (m/s)"), 1, "column 'wind .*' holds no times"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_leaves_nothing(seqloom, tmp_path, frame, options, code, told):
    frame.with_columns(pl.lit("warm").alias("words"), pl.lit(3).alias("same")).write_csv(tmp_path / "station.csv")
    said = seqloom("train", "station.csv", "-o", "run", *QUICK, *options)
    assert said.code == code
    assert re.search(told, said.err)
    assert said.err.count("\n") == 1
    assert list_files(tmp_path) == {"station.csv"}


def test_a_run_that_stands_there_is_not_written_over_unasked(seqloom, station, tmp_path):
    alone = ("--family", "last", "--no-rivals", "--quiet")
    assert seqloom("train", station, "-o", "run", *ASKED, *alone).code == 0
    before = (tmp_path / "run" / "metrics.json").read_bytes()
    said = seqloom("train", station, "-o", "run", *ASKED, *QUICK)
    assert said.code == 1
    assert "--overwrite" in said.err
    assert (tmp_path / "run" / "metrics.json").read_bytes() == before
    assert seqloom("train", station, "-o", "run", *ASKED, *QUICK, "--overwrite").code == 0
    assert read_json(tmp_path / "run" / "metrics.json")["kept"] == "ridge"


def test_law_resumed_equals_uninterrupted(seqloom, station, tmp_path, monkeypatch):
    """Stopped behind the last family: none is trained again, and what a net said of its own width is still known."""
    quantiles = ("--family", "dense", "--loss", "quantile", "--epochs", "1", "--units", "4")
    asked = ("train", station, *ASKED, *quantiles)
    assert seqloom(*asked, "-o", "whole", "--quiet").code == 0
    with monkeypatch.context() as patched:
        patched.setattr("seqloom.studies.finish_forecast.finish_forecast", _stop)
        assert seqloom(*asked, "-o", "run", "--quiet").code != 0
    said = seqloom(*asked, "-o", "run", "--resume")
    assert (said.code, said.out.count("found finished")) == (0, 5)
    for name in ("metrics.json", "card.json", "forecast.svg"):
        assert (tmp_path / "run" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name


def _stop(*_, **__):
    raise KeyboardInterrupt
