"""``predict``, ``evaluate`` and ``inspect``: a saved model answers."""

from __future__ import annotations

import io
import json
import shutil
import sys

import numpy as np
import polars as pl
import pytest
from sklearn import metrics

import seqloom as library
from tests.cli.conftest import list_files
from tests.cli.reviews import make_reviews, write_csv


def test_predict_texts(seqloom, trained):
    said = seqloom("predict", trained, "--text", "good great lovely", "--text", "bad\nawful \x1b[31m")
    assert said.code == 0
    first, second = said.out.splitlines()
    assert first.split()[0] == "pos"
    assert first.endswith("%  good great lovely")
    assert second.split()[0] == "neg"
    assert second.endswith("bad awful \ufffd[31m")


def test_predict_standard_input_as_json(seqloom, trained, monkeypatch):
    text = "good lovely\n\nbad \uc601\ud654\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    said = seqloom("predict", trained, "-", "--json")
    answers = [json.loads(line) for line in said.out.splitlines()]
    assert [answer["text"] for answer in answers] == ["good lovely", "", "bad \uc601\ud654"]
    model = library.load(trained)
    for answer in answers:
        assert answer["label"] == model.predict([answer["text"]])[0]
        expected = model.predict_proba([answer["text"]])[0]
        assert list(answer["probability"].values()) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("name", ["o.csv", "o.tsv", "o.jsonl", "o.parquet", "new/folder/o.csv"])
def test_predict_joins_answers_to_the_table(seqloom, trained, tmp_path, name):
    rows = [(i, text) for i, (text, _) in enumerate(make_reviews(10, seed=4))]
    write_csv(tmp_path / "new.csv", rows, ("predicted", "text"))
    said = seqloom("predict", trained, "new.csv", "-o", name)
    assert said.out == f"Wrote       10 rows to {name}, with the new columns predicted_, p_neg, p_pos\n"
    readers = {".csv": pl.read_csv, ".jsonl": pl.read_ndjson, ".parquet": pl.read_parquet}
    readers[".tsv"] = lambda path: pl.read_csv(path, separator="\t")
    path = tmp_path / name
    frame = readers[path.suffix](path)
    assert frame.columns == ["predicted", "text", "predicted_", "p_neg", "p_pos"]
    assert frame["text"].to_list() == [text for _, text in rows]
    assert frame["predicted_"].to_list() == library.load(trained).predict(frame["text"].to_list()).tolist()
    np.testing.assert_allclose(frame["p_neg"] + frame["p_pos"], 1, atol=2e-6)
    assert not [name for name in list_files(tmp_path) if "writing" in name]


def test_predict_output_said_as_json_or_not_at_all(seqloom, trained):
    said = seqloom("predict", trained, "--text", "good", "-o", "a.csv", "--json")
    assert json.loads(said.out) == {"output": "a.csv", "n_rows": 1, "columns": ["predicted", "p_neg", "p_pos"]}
    said = seqloom("predict", trained, "--text", "good", "-o", "b.csv", "--quiet")
    assert (said.code, said.out, said.err) == (0, "", "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "neither found: give either DATA"),
        (["d.csv", "--text", "x"], "both found: give either DATA"),
        (["d.csv", "-o", "o.xlsx"], "ending '.xlsx' found, one of .csv, .tsv, .jsonl, .parquet expected."),
        (["d.csv", "-o", "o"], "no ending found"),
        (["d.csv", "--plot", "p.svg"], "--plot found, of no use to a text-classifier. Leave it out."),
        (["d.csv", "-o", "taken.csv"], "taken.csv exists already. Give another name, or pass --overwrite."),
        (["d.csv", "-o", "d.csv/o.csv"], "is a file"),
        (["d.csv", "-o", "folder.csv"], "is a folder"),
    ],
)
def test_predict_wrong_usage(seqloom, trained, tmp_path, arguments, words):
    write_csv(tmp_path / "d.csv", make_reviews(4))
    (tmp_path / "taken.csv").write_text("mine")
    (tmp_path / "folder.csv").mkdir()
    before = list_files(tmp_path)
    said = seqloom("predict", trained, *arguments)
    assert (said.code, said.out) == (2, "")
    assert words in said.err
    assert list_files(tmp_path) == before


def test_predict_without_texts(seqloom, trained, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    assert "standard input: there is no text in it" in seqloom("predict", trained, "-").err
    (tmp_path / "empty.csv").write_text("text\n")
    said = seqloom("predict", trained, "empty.csv")
    assert said.code == 1
    assert said.err.startswith("seqloom: empty.csv")


def test_nested_columns_do_not_fit_a_csv(seqloom, trained, tmp_path):
    pl.DataFrame({"text": ["good"], "tags": [["a", "b"]]}).write_parquet(tmp_path / "d.parquet")
    said = seqloom("predict", trained, "d.parquet", "-o", "o.csv")
    assert said.code == 2
    assert "(tags), which .csv cannot hold. Write .parquet or .jsonl." in said.err
    assert seqloom("predict", trained, "d.parquet", "-o", "o.jsonl").code == 0


def test_evaluate_equals_sklearn(seqloom, trained, tmp_path):
    rows = make_reviews(50, seed=9)
    write_csv(tmp_path / "d.csv", rows)
    said = seqloom("evaluate", trained, "d.csv", "--json", "--wrong", "wrong.csv")
    found = json.loads(said.out)
    truth = [label for _, label in rows]
    model = library.load(trained)
    answer = model.predict([text for text, _ in rows])
    scores = {score["metric"]: score["value"] for score in found["scores"]}
    assert scores["accuracy"] == pytest.approx(metrics.accuracy_score(truth, answer))
    assert scores["f1[neg]"] == pytest.approx(metrics.f1_score(truth, answer, pos_label="neg"))
    assert found["confusion"] == metrics.confusion_matrix(truth, answer).tolist()
    wrong = pl.read_csv(tmp_path / "wrong.csv")
    assert sorted(wrong["text"]) == sorted(
        text for (text, label), said in zip(rows, answer, strict=True) if label != said
    )
    assert wrong["probability"].is_sorted(descending=True)
    shown = seqloom("evaluate", trained, "d.csv").out
    assert f"accuracy  {100 * scores['accuracy']:>8.1f} %" in shown
    assert "those that the model was trained on, if any, flatter it" in shown


def test_evaluate_takes_the_test_part(seqloom, trained, tmp_path):
    rows = [(*row, "test" if i < 10 else "train") for i, row in enumerate(make_reviews(30))]
    write_csv(tmp_path / "d.csv", rows, ("text", "label", "split"))
    assert "10 texts in d.csv, its test part (30 in all)" in seqloom("evaluate", trained, "d.csv").out


def test_evaluate_unknown_labels(seqloom, trained, tmp_path):
    write_csv(tmp_path / "d.csv", [*make_reviews(10), ("x", "new"), ("y", "new")])
    said = seqloom("evaluate", trained, "d.csv", "--quiet")
    assert (said.code, said.out) == (1, "")
    assert 'd.csv: labels that the model does not know: "new" (2). It knows neg, pos.' in said.err


def test_inspect(seqloom, trained):
    said = seqloom("inspect", trained)
    assert said.code == 0
    for words in (
        "Model       linear (text-classifier), 2 classes: neg, pos",
        "Compared",
        "Speaks for  pos: ",
        "card.json",
    ):
        assert words in said.out
    assert json.loads(seqloom("inspect", trained, "--json").out)["family"] == "linear"
    assert "at most" in seqloom("inspect", trained / "rivals" / "bag").out
    assert "nothing of a text" in seqloom("inspect", trained / "rivals" / "majority").out


def test_inspect_of_strange_metrics(seqloom, trained, tmp_path):
    shutil.copytree(trained, tmp_path / "run")
    (tmp_path / "run" / "metrics.json").write_text('{"rows": [3]}')
    said = seqloom("inspect", "run")
    assert said.code == 1
    assert "Traceback" not in said.err
    assert "Get the folder from its source again" in said.err


@pytest.mark.parametrize("verb", ["predict", "evaluate", "inspect"])
def test_folder_that_is_no_model(seqloom, tmp_path, verb):
    (tmp_path / "d.csv").write_text("text,label\na,b\n")
    more = [] if verb == "inspect" else ["d.csv"]
    for name, words in (("nowhere", "does not exist"), (".", "card.json is missing"), ("d.csv", "is a file")):
        said = seqloom(verb, name, *more)
        assert (said.code, said.out) == (1, "")
        assert words in said.err


def test_no_verb_shows_help(seqloom):
    said = seqloom()
    assert said.code == 2
    assert "Exit codes" in said.out


def test_unknown_verb(seqloom):
    said = seqloom("trian", "x")
    assert said.code == 2
    assert said.err == "seqloom: No such command 'trian'. Did you mean 'train', 'rank'? See: seqloom --help\n"
