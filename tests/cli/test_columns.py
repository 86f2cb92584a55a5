"""``--with``: columns beside the text, from reading to answering."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.cli.conftest import SHORT
from tests.cli.reviews import write_csv

HEADER = ("text", "label", "stars", "country")


def make_rows(n: int, *, seed: int = 0) -> list[tuple]:
    """Texts that say nothing: the label stands in the stars, and a little in the country; some stars are missing."""
    random = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        label = ("neg", "pos")[i % 2]
        stars = int(np.clip(round(random.normal(4 if label == "pos" else 2, 0.7)), 1, 5))
        country = random.choice(["DE", "KR", ""])
        filling = " ".join(f"word{word}" for word in random.integers(0, 30, 6))
        rows.append((f"{filling} left{i % 50} right{i // 50} of{seed}", label, "NA" if i % 40 == 7 else stars, country))
    return rows


@pytest.fixture
def table(tmp_path):
    return write_csv(tmp_path / "reviews.csv", make_rows(160), header=HEADER)


@pytest.fixture
def run(seqloom, table):
    said = seqloom("train", table, "--with", "stars,country", "--family", "linear", "-o", "run")
    assert said.code == 0, said.err
    return said


def flat(text: str) -> str:
    return " ".join(text.split())


def test_train_tells_what_columns_were_taken_for(run):
    told = flat(run.out)
    assert '"label" as the label (named like one), "stars" and "country" beside the text' in told
    assert "2 columns beside the text as 5 numbers, by what stands in train" in told
    assert '"stars" is a number, ' in told
    assert '"country" is one of ' in told
    assert "missing in some" in told
    assert "no number that can be used ('NA'), and so missing" in told
    card = json.loads(Path("run/card.json").read_text())
    assert [(column["name"], column["kind"]) for column in card["encoding"]["columns"]] == [
        ("stars", "number"),
        ("country", "category"),
    ]
    accuracy = next(score["value"] for score in card["scores"] if score["who"] == "test")
    assert accuracy > 0.8


def test_predict_takes_columns_of_a_table_by_name(seqloom, run, tmp_path):
    rows = [(row[2], row[1], row[0], row[3]) for row in make_rows(40, seed=1)]
    more = write_csv(tmp_path / "more.csv", rows, header=("stars", "label", "text", "country"))
    said = seqloom("predict", "run", more, "-o", "answers.csv")
    assert said.code == 0, said.err
    with open("answers.csv", encoding="utf-8") as file:
        answers = list(csv.DictReader(file))
    assert np.mean([answer["predicted"] == answer["label"] for answer in answers]) > 0.8
    assert "\"stars\": 1 value is no number that can be used ('NA'), and so missing" in said.err
    judged = seqloom("evaluate", "run", more)
    assert judged.code == 0, judged.err
    assert "on 40 texts" in flat(judged.out) or "40 texts in" in flat(judged.out)


def test_table_without_a_column_is_refused_by_name(seqloom, run, tmp_path):
    less = write_csv(tmp_path / "less.csv", [row[:3] for row in make_rows(10)], header=HEADER[:3])
    for verb in ("predict", "evaluate"):
        said = seqloom(verb, "run", less)
        assert said.code == 1
        assert 'less.csv: no column "country" found, which is to stand beside the text' in said.err
        assert "The columns are text, label, stars." in said.err


def test_text_alone_counts_columns_as_missing(seqloom, run):
    said = seqloom("predict", "run", "--text", "word1 word2", "--with-value", "stars=5", "--json")
    assert json.loads(said.out)["label"] == "pos"
    assert "country counted as missing. --with-value country=VALUE gives one." in said.err
    low = seqloom(
        "predict", "run", "--text", "word1 word2", "--with-value", "stars=1", "--with-value", "country=DE", "--json"
    )
    assert json.loads(low.out)["label"] == "neg"
    assert low.err == ""
    strange = seqloom("predict", "run", "--text", "word1", "--with-value", "stars=many", "--with-value", "country=XX")
    assert "1 value is no number that can be used ('many')" in strange.err
    assert "too few training rows have ('XX')" in strange.err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (
            ("--text", "a", "--with-value", "star=5"),
            "COLUMN=VALUE expected, each once. The columns of the model are stars",
        ),
        (("--text", "a", "--with-value", "stars"), "COLUMN=VALUE expected"),
        (("--text", "a", "--with-value", "stars=1", "--with-value", "stars=2"), "each once"),
        (("reviews.csv", "--with-value", "stars=5"), "--with-value with DATA found"),
    ],
)
def test_with_value_that_cannot_be_meant_is_refused(seqloom, run, options, told):
    said = seqloom("predict", "run", *options)
    assert said.code == 2
    assert told in said.err


def test_inspect_shows_columns(seqloom, run):
    told = flat(seqloom("inspect", "run").out)
    assert 'Columns "stars" is a number, ' in told
    assert "of the columns stars low" in told
    assert "of the columns stars high" in told


def test_lines_and_folders_have_no_columns(seqloom, run, tmp_path, monkeypatch):
    (tmp_path / "lines.txt").write_text("word1\nword2\n")
    said = seqloom("predict", "run", "lines.txt")
    assert said.code == 1
    assert "stars, country beside the text (--with, here or when the model was trained): only a table has" in said.err
    for label in ("pos", "neg"):
        (tmp_path / "folder" / label).mkdir(parents=True)
        (tmp_path / "folder" / label / "a.txt").write_text(f"word {label}")
    said = seqloom("train", "folder", "--with", "stars", "-o", "other")
    assert said.code == 1
    assert "stars beside the text (--with, here or when the model was trained): only a table has columns" in said.err


@pytest.mark.parametrize(
    ("asked", "code", "told"),
    [
        ("star", 1, "The columns are text, label, stars, country. Did you mean stars?"),
        ("text", 1, '"text" cannot be both the text and the column beside the text'),
        ("stars,label", 1, "label"),
        ("stars,,country", 2, "different names of columns with commas between expected"),
        ("stars,stars", 2, "different names"),
    ],
)
def test_with_that_cannot_be_meant_is_refused(seqloom, table, asked, code, told):
    said = seqloom("train", table, "--with", asked, "--text", "text", "--label", "label", "-o", "run")
    assert said.code == code
    assert told in said.err


def test_column_of_identifiers_is_refused(seqloom, tmp_path):
    rows = [(*row, f"user{i}") for i, row in enumerate(make_rows(60))]
    data = write_csv(tmp_path / "users.csv", rows, header=(*HEADER, "user"))
    said = seqloom("train", data, "--with", "stars,user", "-o", "run")
    assert said.code == 1
    assert '"user" has ' in said.err
    assert "an identifier, or another text" in said.err


@pytest.mark.parametrize("ending", [".jsonl", ".parquet", ".tsv"])
def test_columns_of_other_tables(seqloom, tmp_path, ending):
    frame = pl.DataFrame(make_rows(80), schema=HEADER, orient="row", strict=False)
    frame = frame.with_columns(pl.col("stars").cast(pl.String).replace("NA", None).cast(pl.Int64))
    path = tmp_path / f"table{ending}"
    write = {".jsonl": frame.write_ndjson, ".parquet": frame.write_parquet}
    write.get(ending, lambda path: frame.write_csv(path, separator="\t"))(path)
    said = seqloom("train", path, "--with", "stars", "--family", "linear", "--no-rivals", "-o", "run")
    assert said.code == 0, said.err
    assert '"stars" is a number' in flat(said.out)


def test_column_of_objects_is_refused_with_its_line(seqloom, tmp_path):
    rows = [{"text": f"word{i}", "label": "ab"[i % 2], "stars": i if i < 7 else {"n": i}} for i in range(20)]
    (tmp_path / "table.jsonl").write_text("\n".join(map(json.dumps, rows)))
    said = seqloom("train", "table.jsonl", "--with", "stars", "-o", "run")
    assert said.code == 1
    assert 'table.jsonl, line 8: "stars" holds an object, and a number or a name was expected (--with).' in said.err


def test_column_of_lists_is_refused(seqloom, tmp_path):
    frame = pl.DataFrame({"text": [f"word{i}" for i in range(20)], "label": ["a", "b"] * 10, "tags": [["x"]] * 20})
    frame.write_parquet(tmp_path / "table.parquet")
    said = seqloom("train", "table.parquet", "--with", "tags", "-o", "run")
    assert said.code == 1
    assert '"tags" holds List(String), and a number or a name was expected (--with).' in said.err


def test_test_file_may_have_other_types(seqloom, table, tmp_path):
    """Strings with a gap in one file and whole numbers in the other are one column."""
    rows = [
        (text, label, stars if stars != "NA" else 3, country) for text, label, stars, country in make_rows(40, seed=2)
    ]
    test = write_csv(tmp_path / "test.csv", rows, header=HEADER)
    options = ("--with", "stars,country", "--family", "linear", "--no-rivals")
    said = seqloom("train", table, "--test", test, *options, "-o", "run")
    assert said.code == 0, said.err
    assert "on 40 texts, looked at once" in flat(said.out)


def test_rank_keeps_a_model_that_takes_columns(seqloom, table):
    options = ("--families", "linear,lsa,bag", "--budget", "60s", "--epochs", "3", "--length", "8")
    said = seqloom("rank", table, "--with", "stars,country", *options, "-o", "ranked")
    assert said.code == 0, said.err
    assert "cut" in said.out  # of what stands beside, nothing is: that remark is on the texts
    answered = seqloom(
        "predict", "ranked", "--text", "word1", "--with-value", "stars=5", "--with-value", "country=DE", "--json"
    )
    assert json.loads(answered.out)["label"] == "pos"


@pytest.mark.parametrize(
    "command",
    [
        ("curve", "--families", "linear", "--sizes", "40", "--seeds", "1", "-o", "curve"),
        ("rate", "--family", "bag", "--batch-size", "4", "-o", "rates.svg"),
        ("train", "--family", "bag", *SHORT, "-o", "net"),
        ("rank", "--families", "linear", "--folds", "2", "-o", "folds"),
    ],
    ids=lambda command: command[0],
)
def test_other_verbs_learn_from_columns(seqloom, table, command):
    verb, *options = command
    said = seqloom(verb, table, "--with", "stars", *options)
    assert said.code == 0, said.err
    assert '"stars" is a number' in flat(said.out)


def test_run_of_other_columns_is_not_resumed(tmp_path, table):
    """The fingerprint of a run tells values apart, not only names."""
    from seqloom.frames.read import read_texts
    from seqloom.frames.table import ReadOptions
    from seqloom.studies.dataset import digest_parts, prepare_table, tokenise_table

    def digest(path, *beside: str) -> str:
        return digest_parts(tokenise_table(prepare_table(read_texts(path, ReadOptions(beside=beside)))), {})

    changed = [
        (text, label, "5" if i == 3 else stars, country)
        for i, (text, label, stars, country) in enumerate(make_rows(160))
    ]
    other = write_csv(tmp_path / "other.csv", changed, header=HEADER)
    found = [digest(table), digest(table, "stars"), digest(table, "country"), digest(other, "stars")]
    assert len(set(found)) == 4
    assert digest(other, "country") == digest(table, "country")
