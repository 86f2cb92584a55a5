"""Whole series in long tables from the command line: trained, scored, answered for by their ids."""

from __future__ import annotations

import gzip
import json

import numpy as np
import polars as pl
import pytest

from seqloom.artifact import read_artifact
from tests.frames.test_ts_files import write_ts
from tests.tasks.test_series_classifier import make_waves


def make_table(n: int, *, seed: int, prefix: str) -> pl.DataFrame:
    """The waves of the classifier's tests as a long table, its rows shuffled."""
    rows = [
        (f"{prefix}{i}", t, *step, label)
        for i, (row, label) in enumerate(zip(*make_waves(n, seed=seed), strict=True))
        for t, step in enumerate(row.tolist())
    ]
    frame = pl.DataFrame(rows, schema=["id", "t", "x", "y", "class"], orient="row")
    return frame.sample(fraction=1.0, shuffle=True, seed=seed)


@pytest.fixture
def gestures(tmp_path):
    """``gestures.csv.gz`` to train on, ``other.parquet`` with other series, columns in another order."""
    packed = gzip.compress(make_table(40, seed=0, prefix="g").write_csv().encode())
    (tmp_path / "gestures.csv.gz").write_bytes(packed)
    other = make_table(20, seed=1, prefix="h")
    other.select("y", "class", "t", "x", "id").write_parquet(tmp_path / "other.parquet")
    other.drop("class").write_ndjson(tmp_path / "asked.jsonl")
    return tmp_path


ASKED = ("--series-id", "id", "--label", "class")
QUICK = ("--no-rivals", "--family", "majority")


def test_train_predict_and_evaluate_know_series_by_their_ids(seqloom, gestures):
    said = seqloom("train", "gestures.csv.gz", *ASKED, "--test", "other.parquet")
    assert said.code == 0, said.err
    assert "Read        40 series of gestures.csv.gz: 20 to 34 steps, 2 channels x, y" in said.out
    assert 'took "id" as the id, "t" as the time, "class" as the label' in said.out
    assert "train 32, valid 8, test 20" in said.out
    metrics = json.loads((gestures / "runs/gestures/metrics.json").read_text())
    accuracy = next(score["value"] for score in metrics["test"] if score["metric"] == "accuracy")
    truth = dict(pl.read_parquet(gestures / "other.parquet").select("id", "class").unique().iter_rows())
    answered = [
        json.loads(line) for line in seqloom("predict", "runs/gestures", "asked.jsonl", "--json").out.splitlines()
    ]
    assert {answer["series"] for answer in answered} == truth.keys()
    assert np.mean([answer["label"] == truth[answer["series"]] for answer in answered]) == accuracy
    scored = json.loads(seqloom("evaluate", "runs/gestures", "other.parquet", "--json").out)
    assert scored["scores"][0]["value"] == accuracy
    permuted = [
        json.loads(line) for line in seqloom("predict", "runs/gestures", "other.parquet", "--json").out.splitlines()
    ]
    assert permuted == answered
    assert f"series {answered[0]['series']}\n" in seqloom("predict", "runs/gestures", "asked.jsonl").out
    assert seqloom("predict", "runs/gestures", "asked.jsonl", "-o", "out.csv").code == 0
    written = pl.read_csv(gestures / "out.csv")
    assert written.columns == ["id", "predicted", "p_fast", "p_slow"]
    assert written["id"].to_list() == [answer["series"] for answer in answered]
    assert "2 channels (x, y)" in seqloom("inspect", "runs/gestures").out


def test_a_table_and_a_ts_file_of_the_same_series_give_the_same_bits(seqloom, tmp_path):
    rows, labels = make_waves(30, seed=0)
    (tmp_path / "a.ts").write_text(write_ts(rows, labels, classes=("slow", "fast")))
    steps = [(i, t, *step, labels[i]) for i, row in enumerate(rows) for t, step in enumerate(row.tolist())]
    pl.DataFrame(steps, schema=["id", "t", "x", "y", "class"], orient="row").write_csv(tmp_path / "a.csv")
    assert seqloom("train", "a.ts", "--no-rivals", "-o", "ts").code == 0
    assert seqloom("train", "a.csv", *ASKED, "--no-rivals", "-o", "csv").code == 0
    one, other = read_artifact(tmp_path / "ts"), read_artifact(tmp_path / "csv")
    for ours, theirs in ((one.model, other.model), (one.encoder, other.encoder)):
        assert ours.keys() == theirs.keys()
        assert all(ours[name].tobytes() == theirs[name].tobytes() for name in ours)
    assert one.card.scores == other.card.scores
    asked = [seqloom("predict", folder, "a.ts", "--json").out for folder in ("ts", "csv")]
    assert asked[0] == asked[1]


def test_a_split_is_kept_and_its_test_rows_are_scored(seqloom, gestures):
    frame = make_table(40, seed=0, prefix="g")
    is_test = pl.col("id").is_in([f"g{i}" for i in range(10)])
    frame = frame.with_columns(pl.when(is_test).then(pl.lit("test")).otherwise(pl.lit("train")).alias("split"))
    frame.write_csv(gestures / "split.tsv", separator="\t")
    said = json.loads(seqloom("train", "split.tsv", *ASKED, *QUICK, "--json").out)
    assert said["n_rows"]["test"] == 10
    scored = json.loads(seqloom("evaluate", "runs/split", "split.tsv", "--json").out)
    assert scored["scores"][0]["n"] == 10


def test_what_cannot_be_meant_is_one_line(seqloom, gestures):
    assert seqloom("train", "gestures.csv.gz", *ASKED, *QUICK).code == 0
    pl.read_parquet(gestures / "other.parquet").rename({"y": "z"}).write_csv(gestures / "z.csv")
    pl.DataFrame({"id": ["a"], "x": [1.0], "class": ["u"]}).write_csv(gestures / "one.csv")
    (gestures / "empty.csv").write_text("")
    table = ("train", "gestures.csv.gz")
    for asked, code, told in (
        (
            ("predict", "runs/gestures", "z.csv"),
            1,
            "channels x, y expected, y not found. The columns are z, class, t, x, id",
        ),
        (("evaluate", "runs/gestures", "asked.jsonl"), 1, "no column 'class' found (--label"),
        (("predict", "runs/gestures", "--text", "a"), 2, "a .ts file or a long table expected"),
        (("predict", "runs/gestures", "-"), 2, "standard input found"),
        ((*table, "--series-id", "id"), 2, "--series-id found alone"),
        ((*table, "--channels", "x"), 2, "--channels found alone"),
        ((*table, *ASKED, "--ngrams", "2", "--text", "x"), 2, "--ngrams, --text found, of no use to whole series"),
        ((*table, *ASKED, "--family", "bag"), 2, "one of majority, rocket"),
        ((*table, *ASKED, "--channels", "x,,y"), 2, "--channels 'x,,y' found, different names"),
        ((*table, "--label", "class"), 1, "no column of texts found"),
        (("train", "one.csv", *ASKED), 1, '1 series found, two or more expected. Is "id" the column'),
        (("train", "empty.csv", *ASKED), 1, "the file is empty. Expected a header line and rows below it."),
    ):
        said = seqloom(*asked, *(("-o", "free") if asked[0] == "train" else ()))
        assert (said.code, said.err.count("\n")) == (code, 1), said.err
        assert told in said.err
        assert not (gestures / "free").exists()


def test_a_table_of_numbers_with_labels_is_asked_for_its_id(seqloom, gestures):
    said = seqloom("train", "gestures.csv.gz", "--label", "class")
    assert "Add --series-id id. If they are the texts, add --text id." in said.err
    assert seqloom("train", "gestures.csv.gz", "--label", "class", "--text", "id", *QUICK).code == 0
    word, parts = [f"w{letter}" for letter in "abcdefghij"] * 6, ["train"] * 40 + ["test"] * 20
    words = pl.DataFrame({"word": word, "split": parts, "class": ["de", "en"] * 30})
    words.write_csv(gestures / "words.csv")  # words that repeat, and no number beside them, are texts
    assert seqloom("train", "words.csv", "--label", "class", *QUICK).code == 0
    numbers = make_table(10, seed=0, prefix="g").with_columns(pl.col("id").str.strip_prefix("g"))
    numbers.write_csv(gestures / "numbers.csv")
    assert (
        "Whole series, a row for each step? Add --series-id id."
        in seqloom("train", "numbers.csv", "--label", "class").err
    )
