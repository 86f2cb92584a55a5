"""``seqloom train --unlabelled``, and characters where many words are new: what it says, and what it refuses."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import seqloom as library
from seqloom.json_files import read_json
from tests.cli.reviews import make_reviews, write_csv

LSA = ("--family", "lsa", "--no-rivals", "-o", "run")


@pytest.fixture
def more(tmp_path):
    """A hundred texts more, with labels that are wrong."""
    rows = make_reviews(100, seed=7)
    return write_csv(tmp_path / "more.csv", [(text, "wrong") for text, _ in rows])


def write_folder(root, texts):
    root.mkdir(parents=True)
    for i, text in enumerate(texts):
        (root / f"{i}.txt").write_text(text, encoding="utf-8")


def test_lsa_stands_beside_the_others(seqloom, reviews, more):
    said = seqloom("train", reviews, "--unlabelled", more, "-o", "run", "--epochs", "1")
    assert (said.code, said.err) == (0, "")
    assert "and 100 texts without labels, none of validation or test: " in said.out
    numbers = read_json(reviews.parent / "run" / "metrics.json")
    assert [row["family"] for row in numbers["rows"]] == ["majority", "linear", "lsa", "bag"]
    assert read_json(reviews.parent / "run" / "rivals" / "majority" / "card.json")["data"]["n_unlabelled"] == 0
    assert not [line for line in said.out.splitlines() if line != line.rstrip() or len(line) > 118]


def test_lsa_alone_is_the_default_without_rivals(seqloom, reviews, more):
    said = seqloom("train", reviews, "--unlabelled", more, "--no-rivals", "-o", "run")
    assert "Kept        lsa, the only one trained" in said.out
    card = read_json(reviews.parent / "run" / "card.json")
    assert card["data"]["n_unlabelled"] == 100
    assert card["model"]["kind"] == "ranked"


def test_law_test_texts_among_the_unlabelled_change_nothing(seqloom, reviews, tmp_path):
    """Nor do labels: the model is that of the other texts alone."""
    texts = [text for text, _ in make_reviews(100, seed=7)]
    tested = [text for text, _ in make_reviews(30, seed=3)]
    write_csv(tmp_path / "test.csv", make_reviews(30, seed=3))
    files = {"clean": [(text, "pos") for text in texts], "mixed": [(text, None) for text in [*tested, *texts, *tested]]}
    for name, rows in files.items():
        write_csv(tmp_path / f"{name}.csv", rows)
        options = ("--test", "test.csv", "--unlabelled", f"{name}.csv", "--family", "lsa", "--no-rivals", "-o", name)
        said = seqloom("train", reviews, *options)
        assert "and 100 texts without labels" in said.out
    for name in ("weights.safetensors", "vocabulary.json"):
        assert (tmp_path / "clean" / name).read_bytes() == (tmp_path / "mixed" / name).read_bytes()


def test_law_of_a_folder_with_unsup_only_that_is_taken(seqloom, reviews, tmp_path):
    texts = [text for text, _ in make_reviews(80, seed=7)]
    write_folder(tmp_path / "d" / "train" / "unsup", texts[:50])
    write_folder(tmp_path / "d" / "train" / "pos", texts[50:60])
    write_folder(tmp_path / "d" / "test" / "neg", texts[60:])
    write_csv(tmp_path / "same.csv", [(text,) for text in texts[:50]], ("text",))
    said = seqloom("train", reviews, "--unlabelled", "d", *LSA)
    assert "and 50 texts without labels" in said.out
    seqloom("train", reviews, "--unlabelled", "same.csv", "--family", "lsa", "--no-rivals", "-o", "same")
    # the files of a folder come by name, 0, 1, 10 ...: the same words, columns of the same space
    assert read_json(tmp_path / "run" / "vocabulary.json") == read_json(tmp_path / "same" / "vocabulary.json")
    asked = [text for text, _ in make_reviews(20, seed=9)]
    found = [library.load(tmp_path / name).predict_proba(asked) for name in ("run", "same")]
    np.testing.assert_allclose(found[0], found[1], atol=1e-2)


@pytest.mark.parametrize("kind", ["classes", "flat", "parquet", "lines"])
def test_unlabelled_texts_of_any_kind(seqloom, reviews, tmp_path, kind):
    texts = [text for text, _ in make_reviews(30, seed=7)]
    if kind == "classes":
        write_folder(tmp_path / "d" / "a", texts[:10])
        write_folder(tmp_path / "d" / "b", texts[10:])
    elif kind == "flat":
        write_folder(tmp_path / "d", texts)
    elif kind == "parquet":
        pl.DataFrame({"text": texts, "label": range(30), "class": range(30)}).write_parquet(tmp_path / "d")
        (tmp_path / "d").rename(tmp_path / "d.parquet")
    else:
        (tmp_path / "d.txt").write_text("\n".join(texts) + "\n", encoding="utf-8")
    name = {"classes": "d", "flat": "d", "parquet": "d.parquet", "lines": "d.txt"}[kind]
    said = seqloom("train", reviews, "--unlabelled", name, *LSA)
    assert (said.code, said.err) == (0, "")
    assert "and 30 texts without labels" in said.out


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (("--unlabelled", "none.csv"), 1, "none.csv: there is no such file"),
        (
            ("--unlabelled", "more.csv", "--family", "bag", "--no-rivals"),
            2,
            "only lsa learns from texts without labels",
        ),
        (("--unlabelled", "reviews.csv", "--test", "reviews.csv"), 1, "all of them also stand in validation or test"),
        (("--unlabelled", "more.csv", "--text", "review"), 1, "there is no such column"),
    ],
)
def test_what_is_refused(seqloom, reviews, more, options, code, told):
    said = seqloom("train", reviews, *options, "-o", "run")
    assert said.code == code
    assert told in said.err
    assert len(said.err.strip().splitlines()) <= 3
    assert not (reviews.parent / "run").exists()


# ---- characters ----


def make_long_words(n: int) -> list[tuple[str, str]]:
    """Texts of words that are a stem of a class and endings that hardly come twice, as Korean builds them."""
    random = np.random.default_rng(0)
    stems = {"pos": "좋", "neg": "싫"}
    syllables = [chr(code) for code in range(0xAC00, 0xAC00 + 400, 4)]
    rows = []
    for i in range(n):
        label = ("neg", "pos")[i % 2]
        words = ["".join([stems[label], *random.choice(syllables, 3)]) for _ in range(2)]
        rows.append((" ".join([*words, random.choice(["영화", "배우", "이야기"])]), label))
    return rows


def test_characters_are_tried_where_many_words_are_new_and_it_is_said(seqloom, tmp_path):
    write_csv(tmp_path / "korean.csv", make_long_words(200))
    said = seqloom("train", "korean.csv", "-o", "run", "--epochs", "1")
    assert (said.code, said.err) == (0, "")
    assert "of the validation words are new: characters are tried too (linear-char)" in said.out
    assert "Kept        linear-char, the best on validation" in said.out
    assert "linear: loses to linear-char by" in said.out
    asked = ["좋가나다", "싫가나다"]
    assert library.load(tmp_path / "run").predict(asked).tolist() == ["pos", "neg"]
    assert [row["family"] for row in read_json(tmp_path / "run" / "metrics.json")["rows"]] == [
        "majority", "linear", "linear-char", "bag",
    ]  # fmt: skip


def test_characters_are_not_tried_on_english(seqloom, reviews):
    """A number of its own in each of these reviews is a new word in ten; without it there is none."""
    frame = pl.read_csv(reviews).with_columns(pl.col("text").str.replace(r" number\d+", ""))
    frame.write_csv(reviews)
    said = seqloom("train", reviews, "-o", "run", "--family", "linear")
    assert said.code == 0
    assert "linear-char" not in said.out


def test_characters_that_were_asked_for_are_no_news(seqloom, reviews):
    said = seqloom("train", reviews, "-o", "run", "--family", "linear-char")
    assert "linear-char" in said.out
    assert "are tried too" not in said.out
