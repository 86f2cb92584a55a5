"""``seqloom vectors``: train, convert, ask, cover, plot."""

from __future__ import annotations

import gzip
import inspect
import json
import typing

import numpy as np
import pytest

import seqloom as library
from seqloom.cli import vectors as verbs
from seqloom.text.vectors import VectorOptions
from tests.cli.conftest import list_files
from tests.cli.reviews import make_reviews, write_csv

GLOVE = "the 1 0\nking 0.5 1\nqueen 0.4 1.1\nman 0.9 0.1\nwoman 0.8 0.2\n"
OPTIONS = (
    "--text",
    "--encoding",
    "--on-bad-row",
    "--method",
    "--width",
    "--window",
    "--max-words",
    "--min-count",
    "--seed",
)


@pytest.fixture
def glove(tmp_path):
    (tmp_path / "glove.txt").write_text(GLOVE)
    return tmp_path / "glove.txt"


@pytest.fixture
def folder(seqloom, glove):
    assert seqloom("vectors", "convert", "glove.txt", "glove").code == 0
    return "glove"


def test_train_from_tables_and_lines(seqloom, tmp_path):
    write_csv(tmp_path / "a.csv", make_reviews(60))
    (tmp_path / "b.txt").write_text("good film\n\nbad film\n" * 30)
    said = seqloom("vectors", "train", "a.csv", "b.txt", "-o", "v", "--width", "5", "--window", "2")
    assert (said.code, said.err) == (0, "")
    for words in (
        "Read        60 texts in a.csv",
        "Read        90 texts in b.txt",
        "Counted",
        "5 numbers each",
        "Saved       v/",
    ):
        assert words in said.out
    vectors = library.WordVectors.open(tmp_path / "v")
    assert vectors.width == 5
    assert vectors.origin["window"] == 2
    assert seqloom("vectors", "near", "v", "good").code == 0


def test_train_of_json_and_quiet(seqloom, tmp_path):
    (tmp_path / "b.txt").write_text("a b c\n" * 9)
    said = seqloom("vectors", "train", "b.txt", "-o", "v", "--width", "2", "--json")
    assert json.loads(said.out)["n_words"] == 3
    said = seqloom("vectors", "train", "b.txt", "-o", "v", "--width", "2", "--overwrite", "--quiet")
    assert (said.code, said.out, said.err) == (0, "", "")


def test_train_leaves_nothing_behind_when_it_fails(seqloom, tmp_path):
    (tmp_path / "b.txt").write_text("a b c\n" * 9)
    before = list_files(tmp_path)
    said = seqloom("vectors", "train", "b.txt", "-o", "v")
    assert said.code == 1
    assert "3 words stand 5 times or more in the texts, and vectors of 100 numbers need as many words" in said.err
    assert list_files(tmp_path) == before


def test_train_refuses_a_taken_name_before_it_reads(seqloom, tmp_path, folder):
    said = seqloom("vectors", "train", "nowhere.csv", "-o", folder)
    assert said.code == 1
    assert "glove exists already. Give another name, or pass --overwrite" in said.err
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "x").write_text("")
    said = seqloom("vectors", "train", "nowhere.csv", "-o", "mine", "--overwrite")
    assert "is not a vectors folder, so it is left alone" in said.err


def test_convert_counts_what_is_odd(seqloom, tmp_path):
    (tmp_path / "g.txt.gz").write_bytes(gzip.compress(GLOVE.encode() + b". . 1 1\nking 1 1\ncaf\xe9 1 1\nshort 1\n"))
    said = seqloom("vectors", "convert", "g.txt.gz", "v")
    assert (said.code, said.out) == (1, "")
    assert "g.txt.gz, line 9: 1 number found where 2 are expected. Mend the line, or leave such rows out: " in said.err
    assert "seqloom vectors convert --on-bad-row skip" in said.err
    assert not (tmp_path / "v").exists()
    said = seqloom("vectors", "convert", "g.txt.gz", "v", "--on-bad-row", "skip")
    assert said.code == 0
    for words in (
        *("7 words, 2 numbers each", "1 word has blanks", "1 word has bytes that are no UTF-8"),
        *("1 word stands there again", "left out 1 bad row: line 9"),
    ):
        assert words in said.out
    said = seqloom("vectors", "convert", "g.txt.gz", "v", "--on-bad-row", "skip", "--overwrite", "--json")
    assert json.loads(said.out)["n_words"] == 7


def test_near_and_analogy(seqloom, folder):
    said = seqloom("vectors", "near", folder, "King", "-n", "2")
    vectors = library.WordVectors.open(folder)
    (first, likeness), (second, _) = vectors.near("king", 2)
    assert said.out.splitlines() == [f"queen  {likeness:6.3f}", f"{second:<5}  {vectors.near('king', 2)[1][1]:6.3f}"]
    assert first == "queen"
    said = seqloom("vectors", "analogy", folder, "man", "king", "woman", "--json")
    assert json.loads(said.out)[0]["word"] == "queen"


def test_a_file_is_asked_as_a_folder_is(seqloom, glove, folder, tmp_path, monkeypatch):
    monkeypatch.setenv("SEQLOOM_CACHE", str(tmp_path / "cache"))
    assert seqloom("vectors", "near", "glove.txt", "king").out == seqloom("vectors", "near", folder, "king").out


def test_what_is_odd_about_a_file_is_told_on_standard_error(seqloom, tmp_path, monkeypatch):
    monkeypatch.setenv("SEQLOOM_CACHE", str(tmp_path / "cache"))
    (tmp_path / "g.vec").write_text(f"9 2\n{GLOVE}")
    for _ in range(2):  # from the cache, too
        said = seqloom("vectors", "near", "g.vec", "king", "-n", "1")
        assert said.out.startswith("queen")
        assert said.err == "seqloom: g.vec: the header promises 9 words, 5 are there: cut off, or cut down?\n"


def test_near_of_an_absent_word_offers_spellings(seqloom, folder):
    said = seqloom("vectors", "near", folder, "quen")
    assert (said.code, said.out) == (1, "")
    assert said.err == "seqloom: 'quen' has no vector; spelled nearly so: queen.\n"


def test_coverage(seqloom, folder, tmp_path):
    (tmp_path / "t.txt").write_text("the king and the queen\nand me\n")
    said = seqloom("vectors", "coverage", folder, "t.txt")
    assert "Tokens      57.1 % of 7 have a vector" in said.out
    assert "Types       60.0 % of 5 have a vector" in said.out
    assert "Missing     and (2), me (1)\n" in said.out
    found = json.loads(seqloom("vectors", "coverage", folder, "t.txt", "--json").out)
    assert found == {
        "tokens": {"n": 7, "known": 4},
        "types": {"n": 5, "known": 3},
        "missing": [{"word": "and", "n": 2}, {"word": "me", "n": 1}],
    }


def test_plot(seqloom, folder, tmp_path):
    said = seqloom("vectors", "plot", folder, "--words", "king, queen,man,king")
    assert said.out.startswith("Drew        3 words to map.svg")
    svg = (tmp_path / "map.svg").read_text()
    assert ">queen<" in svg
    assert ">woman<" not in svg
    assert "map.svg exists already" in seqloom("vectors", "plot", folder).err
    found = json.loads(seqloom("vectors", "plot", folder, "-o", "b.png", "--json").out)
    assert [placed["word"] for placed in found["words"]] == ["the", "king", "queen", "man", "woman"]
    points, share = library.WordVectors.open(folder).plane(["the", "king", "queen", "man", "woman"])
    np.testing.assert_allclose([[placed["x"], placed["y"]] for placed in found["words"]], points, atol=1e-6)
    assert found["share"] == pytest.approx(share)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("near", "nowhere", "x"), 1, "nowhere does not exist, a folder of word vectors expected"),
        (("plot", "glove", "--words", "king"), 2, "two words or more expected"),
        (("plot", "glove", "--words", "king,quen"), 1, "'quen' has no vector"),
        (("plot", "glove", "-o", "a.jpg"), 2, "a.jpg: pictures are .svg or .png"),
        (
            ("train", "t.csv", "-o", "v", "--method", "glove"),
            2,
            "--method 'glove' found, one of ppmi, skipgram expected",
        ),
        (("train", "t.csv", "-o", "v", "--on-bad-row", "mend"), 2, "one of error, skip expected"),
        (("train", "nowhere.csv", "-o", "v"), 1, "there is no such file"),
        (("convert", "nowhere.txt", "v"), 1, "nowhere.txt: there is no such file"),
        (("plot", "glove", "-o", "nowhere/a.svg"), 2, "nowhere is no folder that exists. Make it"),
        (("plot", "glove", "-o", "glove", "--overwrite"), 2, "glove: pictures are .svg or .png"),
        (("near", "glove"), 2, "Missing argument 'WORD'. See: seqloom vectors near --help"),
        (("near", "glove", "x", "-n", "0"), 2, "See: seqloom vectors near --help"),
        (("neer", "glove"), 2, "See: seqloom vectors --help"),
        ((), 2, "Missing command. See: seqloom vectors --help"),
    ],
)
def test_vectors_wrong_usage(seqloom, folder, tmp_path, arguments, code, words):
    before = list_files(tmp_path)
    said = seqloom("vectors", *arguments)
    assert (said.code, said.out) == (code, "")
    assert words in said.err
    assert "Traceback" not in said.err
    assert list_files(tmp_path) == before


@pytest.mark.parametrize("option", OPTIONS)
def test_option_stands_in_help(seqloom, monkeypatch, option):
    monkeypatch.setenv("COLUMNS", "200")
    assert f"{option} " in seqloom("vectors", "train", "--help").out


def test_law_defaults_are_the_library_s():
    ours, library_s = inspect.signature(verbs.train).parameters, inspect.signature(VectorOptions).parameters
    for name, parameter in library_s.items():
        assert ours[name].default == parameter.default


@pytest.mark.parametrize("verb", [verbs.train, verbs.convert, verbs.coverage, verbs.plot, verbs.near, verbs.analogy])
def test_law_every_argument_is_explained(verb):
    hints = typing.get_type_hints(verb, include_extras=True)
    for name in inspect.signature(verb).parameters:
        assert hints[name].__metadata__[0].help, name
