"""``seqloom train``: what it says is true, what it writes is whole, and what it refuses it refuses in one line."""

from __future__ import annotations

import gzip
import json
import re

import polars as pl
import pytest
import zstandard
from sklearn import metrics

import seqloom as library
from seqloom.frames.read import read_texts
from seqloom.json_files import read_json
from seqloom.studies.dataset import prepare_table
from seqloom.tasks.families import FAMILIES
from tests.cli.conftest import SHORT, list_files
from tests.cli.reviews import make_reviews, write_csv

ALONE = ("--family", "majority", "--no-rivals")


def test_train_table_equals_metrics_and_sklearn(seqloom, reviews):
    said = seqloom("train", reviews, "-o", "run", *SHORT)
    assert (said.code, said.err) == (0, "")
    numbers = read_json(reviews.parent / "run" / "metrics.json")
    for row in numbers["rows"]:
        scores = {score["metric"]: score["value"] for score in row["scores"]}
        line = next(line for line in said.out.splitlines() if line.startswith(f"{row['family']} "))
        shares = re.findall(r"([\d.]+) %", line)
        assert shares == [f"{100 * scores['accuracy']:.1f}", f"{100 * scores['macro_f1']:.1f}"]
    table = read_texts(reviews)
    test = prepare_table(table).parts.test
    truth, texts = table.labels.gather(test).to_list(), table.texts.gather(test).to_list()
    model = library.load(reviews.parent / "run")
    answer, sure = model.predict(texts), model.predict_proba(texts)
    scores = {score["metric"]: score["value"] for score in numbers["test"]}
    assert scores["accuracy"] == pytest.approx(metrics.accuracy_score(truth, answer))
    assert scores["macro_f1"] == pytest.approx(metrics.f1_score(truth, answer, average="macro"))
    assert scores["log_loss"] == pytest.approx(metrics.log_loss(truth, sure, labels=["neg", "pos"]), rel=1e-5)
    assert scores["roc_auc"] == pytest.approx(metrics.roc_auc_score([t == "pos" for t in truth], sure[:, 1]))
    assert numbers["test_confusion"] == metrics.confusion_matrix(truth, answer).tolist()
    assert f"Test        {100 * scores['accuracy']:.1f} %" in said.out
    assert "on 24 texts, looked at once" in said.out


def test_train_says_what_was_refitted(seqloom, reviews):
    said = seqloom("train", reviews, "-o", "run", "--family", "bag", "--no-rivals", *SHORT)
    assert "Refitted    bag on all 96 texts for" in said.out
    assert "77 rows, chosen on 19, then refitted on both" in seqloom("inspect", "run").out
    said = seqloom("train", reviews, "-o", "cut", "--family", "bag", "--no-rivals", "--budget", "0.001", *SHORT)
    assert "bag is not refitted on all 96 texts: " in said.out
    assert "refitted" not in seqloom("inspect", "cut").out


def test_train_says_what_it_read(seqloom, reviews):
    said = seqloom("train", reviews, *ALONE)
    for words in (
        "Read        120 texts in",
        "2 classes",
        'took "text" as the text (named like one), "label" as the label',
        "train     96       neg 48, pos 48;",
        "test      24       neg 12, pos 12;",
        "24 texts for test and 19 texts for validation: stratified, no duplicate across, seed 0",
        "Kept        majority, the only one trained",
        "Saved       runs/reviews/",
        'seqloom predict runs/reviews --text "..."',
    ):
        assert words in said.out
    assert not [line for line in said.out.splitlines() if line != line.rstrip() or len(line) > 118]


def test_run_folder_holds_what_it_promises(trained):
    assert list_files(trained) >= {
        "card.json",
        "vocabulary.json",
        "weights.safetensors",
        "history.json",
        "metrics.json",
        "run.json",
        "curves.svg",
        "rivals/majority/card.json",
        "rivals/bag/forward.bin",
    }
    assert not [name for name in list_files(trained.parent) if "partial" in name or "writing" in name]
    assert not {"study.json", "row.json", "checkpoint.json"} & {path.name for path in trained.rglob("*")}


def test_json_is_one_object_and_nothing_else(seqloom, reviews):
    said = seqloom("train", reviews, *ALONE, "--json")
    found = json.loads(said.out)
    assert found["kept"] == "majority"
    assert found["folder"] == "runs/reviews"
    assert found["not_trained"] == []
    assert said.err == ""


def test_quiet_says_nothing(seqloom, reviews):
    said = seqloom("train", reviews, *ALONE, "--quiet")
    assert (said.code, said.out, said.err) == (0, "", "")


@pytest.mark.parametrize("name", ["r.csv", "r.tsv", "r.jsonl", "r.parquet", "r.csv.gz", "r.jsonl.zst", "r.txt", "r"])
def test_law_every_kind_of_file_gives_the_same_model(seqloom, reviews, tmp_path, name):
    frame = pl.read_csv(reviews)
    path = tmp_path / name
    writers = {
        "r.csv": lambda: frame.write_csv(path),
        "r.tsv": lambda: frame.write_csv(path, separator="\t"),
        "r.jsonl": lambda: frame.write_ndjson(path),
        "r.parquet": lambda: frame.write_parquet(path),
        "r.csv.gz": lambda: path.write_bytes(gzip.compress(reviews.read_bytes())),
        "r.jsonl.zst": lambda: path.write_bytes(zstandard.compress(frame.write_ndjson().encode())),
        "r.txt": lambda: path.write_text("".join(f"__label__{label} {text}\n" for text, label in frame.rows())),
        "r": lambda: _write_folder(path, frame),
    }
    writers[name]()
    said = seqloom("train", path, "-o", "run", *ALONE, "--quiet")
    assert (said.code, said.err) == (0, "")
    card = read_json(tmp_path / "run" / "card.json")
    assert card["classes"] == ["neg", "pos"]
    assert card["data"]["n_train"] + card["data"]["n_validation"] + card["data"]["n_test"] == 120


def _write_folder(root, frame):
    for i, (text, label) in enumerate(frame.rows()):
        (root / label).mkdir(parents=True, exist_ok=True)
        (root / label / f"{i}.txt").write_text(text)


def test_split_folders_and_leaks(seqloom, tmp_path):
    rows = make_reviews(60)
    for i, (text, label) in enumerate([*rows, rows[0], rows[1]]):
        folder = tmp_path / "d" / ("test" if i >= 50 else "train") / label
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{i}.txt").write_text(text)
    said = seqloom("train", "d", "-o", "kept", *ALONE)
    assert "2 test texts also stand in train (kept in the score; --drop-leaks leaves them out)" in said.out
    assert "on 12 texts, looked at once" in said.out
    said = seqloom("train", "d", "-o", "dropped", *ALONE, "--drop-leaks")
    assert "2 test texts also stand in train (left out)" in said.out
    assert "on 10 texts, looked at once" in said.out
    assert read_json(tmp_path / "dropped" / "metrics.json")["n_dropped"] == 2


def test_data_without_a_test_part_says_so(seqloom, tmp_path):
    rows = [(*row, "valid" if i % 5 == 0 else "train") for i, row in enumerate(make_reviews(40))]
    write_csv(tmp_path / "d.csv", rows, ("text", "label", "split"))
    said = seqloom("train", "d.csv", *ALONE)
    assert said.code == 0
    assert "Test        none: the data names its parts" in said.out


def test_odd_labels_stay_on_their_line(seqloom, tmp_path):
    labels = ["con", "../x", "a/b", "two\nlines", "v" * 300, "서울", "\x1b[31mred"]
    rows = [(f"topic {k} text {i}", label) for i in range(8) for k, label in enumerate(labels)]
    write_csv(tmp_path / "d.csv", rows)
    said = seqloom("train", "d.csv", "-o", "run", *ALONE)
    assert said.code == 0
    assert "\x1b" not in said.out
    assert "two lines" in said.out
    assert sorted(labels) == read_json(tmp_path / "run" / "card.json")["classes"]


def test_cut_texts_are_counted(seqloom, reviews):
    said = seqloom("train", reviews, "--family", "embedding", "--no-rivals", "--epochs", 1, "--length", 5)
    assert said.code == 0
    assert re.search(r"embedding .* \d\d texts cut", said.out)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Missing argument 'DATA'. See: seqloom train --help"),
        (["d.csv", "--epochs", 0], "'--epochs'"),
        (["d.csv", "--length", 0], "'--length'"),
        (["d.csv", "--seed", -1], "'--seed'"),
        (["d.csv", "--learning-rate", "fast"], "'--learning-rate'"),
        (["d.csv", "--learning-rate", "nan"], "--learning-rate nan found, a number above 0 expected"),
        (["d.csv", "--learning-rate", 0], "--learning-rate 0 found"),
        (["d.csv", "--budget", "abc"], "--budget 'abc' found, a duration such as 90s, 10m or 1.5h expected."),
        (["d.csv", "--budget", "0s"], "--budget '0s' found"),
        (["d.csv", "--optimizer", "foo"], "--optimizer 'foo' found, one of adam, adamw,"),
        (
            ["d.csv", "--family", "foo"],
            f"--family 'foo' found, one of {', '.join(FAMILIES)} expected.",
        ),
        (["d.csv", "--task", "translate"], "--task 'translate' found, classify expected."),
        (["d.csv", "--keep", "middle"], "--keep 'middle' found, one of first, last expected."),
        (["d.csv", "--on-bad-row", "mend"], "--on-bad-row 'mend' found"),
        (["d.csv", "--encoding", "nix"], "there is no such text encoding"),
        (["d.csv", "--shiny"], "No such option: --shiny"),
    ],
)
def test_wrong_usage_is_code_2(seqloom, tmp_path, arguments, words):
    write_csv(tmp_path / "d.csv", make_reviews(20))
    said = seqloom("train", *arguments)
    assert (said.code, said.out) == (2, "")
    assert words in said.err
    assert said.err.count("\n") == 1
    assert list_files(tmp_path) == {"d.csv"}


BAD_TABLES = {
    "one class only": ([(f"t {i}", "a") for i in range(9)], "one class only"),
    "one example": ([*make_reviews(20), ("x", "new")], "one text only"),
    "two rows": ([("a b", "x"), ("c d", "y")], "one text only"),
    "all texts equal": ([("the same", "ab"[i % 2]) for i in range(30)], "too few different texts"),
    "header only": ([], "only a header"),
}


@pytest.mark.parametrize("name", BAD_TABLES)
def test_bad_tables_are_code_1(seqloom, tmp_path, name):
    rows, words = BAD_TABLES[name]
    write_csv(tmp_path / "d.csv", rows)
    said = seqloom("train", "d.csv", *ALONE)
    assert said.code == 1
    assert said.err.startswith("seqloom: d.csv")
    assert words in said.err
    assert list_files(tmp_path) == {"d.csv"}


BAD_FILES = {
    "missing.csv": (None, "there is no such file or folder"),
    "empty.csv": (b"", "the file is empty"),
    "ragged.csv": (b"text,label\na b,x\nc,d,e\n", "line 3: 3 fields where the header has 2"),
    "quote.csv": (b'text,label\n"never closed,x\na,y\n', "line 2: a quote opened on this line is never closed"),
    "latin.csv": ("text,label\n\u00e9t\u00e9,a\n".encode("latin-1"), "line 2: byte 0xE9"),
    "cut.csv.gz": (gzip.compress(b"text,label\n" * 500)[:30], "cut off before its end"),
    "broken.jsonl": (b'{"text": "a", "label": "x"}\n{"text": "b", \n', "line 2: not JSON"),
    "nothing.csv": (b"a,b\n1,2\n3,4\n", "no column of texts found"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_files_are_code_1(seqloom, tmp_path, name):
    data, words = BAD_FILES[name]
    if data is not None:
        (tmp_path / name).write_bytes(data)
    before = list_files(tmp_path)
    said = seqloom("train", name, *ALONE)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(f"seqloom: {name}")
    assert words in said.err
    assert list_files(tmp_path) == before


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("x", "c", "test"), ("y", "c", "test")], 'test has "c" as a label, and no training text has it'),
        ([("x", "c", "valid"), ("y", "c", "valid")], 'validation has "c" as a label'),
    ],
)
def test_label_that_is_not_taught_is_refused_before_training(seqloom, tmp_path, rows, words):
    taught = [(*row, "train") for row in make_reviews(30)]
    write_csv(tmp_path / "d.csv", [*taught, *rows], ("text", "label", "split"))
    said = seqloom("train", "d.csv", *ALONE)
    assert said.code == 1
    assert words in said.err
    assert list_files(tmp_path) == {"d.csv"}


def test_drop_leaks_that_leaves_no_test(seqloom, reviews):
    said = seqloom("train", reviews, "--test", reviews, "--drop-leaks", *ALONE)
    assert said.code == 1
    assert "--drop-leaks leaves no test text: all 120 also stand in training" in said.err


@pytest.mark.parametrize("place", ["reviews.csv/run", "."])
def test_impossible_output_is_refused_before_reading(seqloom, tmp_path, place):
    (tmp_path / "reviews.csv").write_text("not even read")
    said = seqloom("train", "reviews.csv", "-o", place)
    assert said.code == 1
    assert "-o" in said.err
    assert list_files(tmp_path) == {"reviews.csv"}


def test_folder_that_is_no_run_is_never_replaced(seqloom, reviews, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    (tmp_path / "run.partial").mkdir()
    (tmp_path / "run.partial" / "thesis.txt").write_text("years of work")
    for name in ("mine", "run"):
        said = seqloom("train", reviews, "-o", name, "--overwrite", *ALONE)
        assert said.code == 1
        assert "Give another name" in said.err
    assert (tmp_path / "mine" / "thesis.txt").exists()
    assert (tmp_path / "run.partial" / "thesis.txt").exists()


def test_run_that_exists_is_kept_unless_overwritten(seqloom, reviews, tmp_path):
    assert seqloom("train", reviews, "-o", "run", *ALONE, "--quiet").code == 0
    said = seqloom("train", reviews, "-o", "run", *ALONE)
    assert said.code == 1
    assert "--overwrite" in said.err
    assert seqloom("train", reviews, "-o", "run", *ALONE, "--quiet", "--overwrite", "--seed", 7).code == 0
    assert read_json(tmp_path / "run" / "card.json")["params"]["random_state"] == 7
    assert "is finished" in seqloom("train", reviews, "-o", "run", "--resume").err


def test_failed_training_leaves_nothing(seqloom, tmp_path):
    write_csv(tmp_path / "d.csv", [("a b", "x"), ("c d", "y"), ("e a", "x"), ("f c", "y")])
    said = seqloom("train", "d.csv", "-o", "run")  # no word stands in two training texts
    assert said.code == 1
    assert "min_df" in said.err
    assert list_files(tmp_path) == {"d.csv"}


def test_full_disk_says_what_is_kept(seqloom, reviews, tmp_path, monkeypatch):
    from seqloom.studies import run_folder

    writes = []

    def fill_folder(folder, artifact):
        writes.append(folder.name)
        if len(writes) == 3:
            raise OSError(28, "No space left on device", str(folder))
        return original(folder, artifact)

    original = run_folder.fill_folder
    monkeypatch.setattr(run_folder, "fill_folder", fill_folder)
    said = seqloom("train", reviews, "-o", "run", "--family", "embedding", *SHORT)
    assert said.code == 1
    assert "No space left on device" in said.err
    assert (
        "keeps linear, majority and the last epoch of embedding. Go on with the same command and --resume." in said.err
    )
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    said = seqloom("train", reviews, "-o", "run", "--family", "embedding", *SHORT, "--resume")
    assert said.code == 0
    assert said.out.count("found finished") == 2
