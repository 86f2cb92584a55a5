"""Several labels at once, in the command."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn import metrics

import seqloom as library
from tests.cli.conftest import SHORT, _Kept, call_main

NAMES = ("film", "long", "pos")


def make_rows(n: int, *, seed: int = 0) -> list[tuple[str, list[str]]]:
    random = np.random.default_rng(seed)
    rows = []
    for i, chosen in enumerate(random.random((n, 3)) < (0.5, 0.4, 0.3)):
        labels = [name for name, is_chosen in zip(NAMES, chosen, strict=True) if is_chosen]
        words = [f"of{name}" if random.random() < 0.9 else "other" for name in labels]
        rows.append((" ".join([*words, f"noise{random.integers(9)}", f"number{i}x{seed}"]), labels))
    return rows


def write_lists(path: Path, rows) -> Path:
    path.write_text("".join(json.dumps({"text": text, "tags": labels}) + "\n" for text, labels in rows))
    return path


@pytest.fixture(scope="module")
def several(tmp_path_factory) -> Path:
    """A run on lists."""
    folder = tmp_path_factory.mktemp("several")
    data = write_lists(folder / "rows.jsonl", make_rows(150))
    assert call_main("train", data, "-o", folder / "run", *SHORT, "--quiet", capture=_Kept()).code == 0
    return folder / "run"


def test_train_tells_what_it_found(seqloom, tmp_path):
    rows = [(text, [*labels, *(["rare"] if i < 2 else [])]) for i, (text, labels) in enumerate(make_rows(150))]
    write_lists(tmp_path / "rows.jsonl", rows)
    said = seqloom("train", "rows.jsonl", "-o", "run", *SHORT)
    assert said.code == 0, said.err
    assert "150 texts in rows.jsonl, 4 labels, any number a text" in said.out
    n_empty = sum(not labels for _, labels in rows)
    assert f"{n_empty} rows have none of the labels: that is an answer, too" in said.out
    assert "labels a text on average, " in said.out
    assert "family      validation micro F1 " in said.out
    assert "Test        micro F1 " in said.out
    assert "all labels of a text right" in said.out
    metrics_found = json.loads(Path("run/metrics.json").read_text())
    assert metrics_found["test_confusion"] is None
    assert metrics_found["classes"] == ["film", "long", "pos", "rare"]
    kept = next(row for row in metrics_found["rows"] if row["kept"])
    values = [
        next(score["value"] for score in row["scores"] if score["metric"] == "micro_f1")
        for row in metrics_found["rows"]
    ]
    assert next(s["value"] for s in kept["scores"] if s["metric"] == "micro_f1") == max(values)


def test_a_field_is_cut_at_the_separator(seqloom, tmp_path, several):
    """The same rows as lists and in fields give the same model."""
    with (tmp_path / "rows.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([("text", "tags"), *((text, " ;".join(labels)) for text, labels in make_rows(150))])
    said = seqloom("train", "rows.csv", "--label-separator", ";", "-o", "run", *SHORT, "--quiet")
    assert said.code == 0, said.err
    assert (tmp_path / "run/card.json").read_bytes() == (several / "card.json").read_bytes()
    said = seqloom("evaluate", "run", "rows.csv", "--label-separator", ";", "--json")
    assert json.loads(said.out)["scores"][0]["n"] == 150


def test_evaluate_is_scikit_learns(seqloom, several, tmp_path):
    rows = make_rows(60, seed=3)
    write_lists(tmp_path / "new.jsonl", rows)
    said = seqloom("evaluate", several, "new.jsonl", "--wrong", "wrong.csv")
    assert said.code == 0, said.err
    predicted = library.load(several).predict([text for text, _ in rows])
    truth, answer = (
        np.array([[name in labels for name in NAMES] for labels in of]) for of in ([r[1] for r in rows], predicted)
    )
    micro = metrics.f1_score(truth, answer, average="micro")
    for words, value in (("micro F1", micro), ("accuracy", metrics.accuracy_score(truth, answer))):
        assert f"{words:<12}{f'{100 * value:.1f} %':>8}" in said.out
    assert "taken for" not in said.out
    wrong = pl.read_csv("wrong.csv")
    assert wrong.columns == ["text", "label", "predicted", "probability"]
    assert len(wrong) == (truth != answer).any(axis=1).sum() > 0
    assert wrong["probability"].is_sorted(descending=True)
    as_text = {text: ";".join(labels) for text, labels in rows}
    assert wrong["label"].fill_null("").to_list() == [as_text[text] for text in wrong["text"]]


def test_predict(seqloom, several, tmp_path):
    texts = ["ofpos offilm", "nothing"]
    model = library.load(several)
    said = seqloom("predict", several, *(part for text in texts for part in ("--text", text)), "--json")
    answers = [json.loads(line) for line in said.out.splitlines()]
    assert [answer["labels"] for answer in answers] == model.predict(texts)
    said = seqloom("predict", several, "--text", texts[0])
    assert {"film", "pos"} <= set(said.out.replace(",", " ").split())
    (tmp_path / "new.txt").write_text("\n".join(texts) + "\n")
    for name, expected in (("o.jsonl", model.predict(texts)), ("o.csv", [";".join(r) for r in model.predict(texts)])):
        assert seqloom("predict", several, "new.txt", "-o", name).code == 0
        table = pl.read_ndjson(name) if name.endswith("jsonl") else pl.read_csv(name)
        assert [named or "" for named in table["predicted"].to_list()] == [named or "" for named in expected]


def test_inspect(seqloom, several):
    said = seqloom("inspect", several)
    assert said.code == 0
    assert "any number a text: each from a probability of" in said.out
    assert "micro F1" in said.out


def test_one_label_a_row_can_be_asked_of_several(seqloom, several, tmp_path):
    (tmp_path / "new.csv").write_text("text,label\noffilm,film\nofpos,pos\n")
    said = seqloom("evaluate", several, "new.csv", "--json")
    assert said.code == 0, said.err
    (tmp_path / "strange.csv").write_text("text,label\noffilm,film\nofpos,unheard\n")
    said = seqloom("evaluate", several, "strange.csv")
    assert said.code == 1
    assert 'labels that the model does not know: "unheard" (1)' in said.err


def test_lists_cannot_be_asked_of_a_model_of_one(seqloom, trained, tmp_path):
    write_lists(tmp_path / "new.jsonl", make_rows(5))
    said = seqloom("evaluate", trained, "new.jsonl")
    assert said.code == 1
    assert "the model gives one label a text" in said.err


def test_a_label_of_the_test_part_alone_is_refused(seqloom, tmp_path):
    write_lists(tmp_path / "rows.jsonl", make_rows(60))
    write_lists(tmp_path / "test.jsonl", [("a text", ["film", "unheard"])])
    said = seqloom("train", "rows.jsonl", "--test", "test.jsonl")
    assert said.code == 1
    assert 'test has "unheard" as a label, and no training text has it' in said.err


def test_rank_keeps_by_micro_f1(seqloom, tmp_path):
    write_lists(tmp_path / "rows.jsonl", make_rows(150))
    said = seqloom("rank", "rows.jsonl", "--families", "lsa", "-o", "run")
    assert said.code == 0, said.err
    assert "validation micro F1" in said.out
    assert "Calibrated" not in said.out
    assert library.load("run").threshold_ is not None
    said = seqloom("rank", "rows.jsonl", "--families", "lsa", "--folds", "3", "-o", "other")
    assert said.code == 2
    assert "--folds with several labels a text found" in said.err


def test_curve_refuses_lists(seqloom, tmp_path):
    write_lists(tmp_path / "rows.jsonl", make_rows(30))
    said = seqloom("curve", "rows.jsonl")
    assert said.code == 2
    assert "curve draws samples of texts with one label each" in said.err


def test_class_weights_are_refused(seqloom, tmp_path):
    write_lists(tmp_path / "rows.jsonl", make_rows(60))
    said = seqloom("train", "rows.jsonl", "--class-weight", "balanced")
    assert said.code == 2
    assert "class_weight with several labels a row found" in said.err
