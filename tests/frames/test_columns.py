"""Which column is taken, and what is asked when two could be."""

from __future__ import annotations

import polars as pl
import pytest

from seqloom.errors import DataError
from seqloom.frames.columns import choose_columns
from seqloom.frames.table import ReadOptions, Sheet

LONG = [f"this is quite a long text number {n}" for n in range(8)]
SHORT = [f"a title {n}" for n in range(8)]
CODES = [f"tt{n:04}" for n in range(8)]
NUMBERS = [str(1000 + n) for n in range(8)]
TWO = ["pos", "neg"] * 4
STARS = ["1", "5"] * 4


def choose(columns: dict[str, list[object]], **options: object) -> tuple[str, str | None, str | None]:
    choice = choose_columns(Sheet(frame=pl.DataFrame(columns)), ReadOptions(**options), path="a.csv")
    return choice.text, choice.label, choice.split


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"text": LONG, "label": TWO}, ("text", "label", None)),
        ({"Review": LONG, "Stars": STARS}, ("Review", "Stars", None)),
        ({"id": CODES, "text": SHORT, "description": LONG, "author": TWO}, ("text", "author", None)),
        ({"title": SHORT, "review": LONG, "class": TWO}, ("review", "class", None)),
        ({"id": CODES, "words": LONG, "verdict": TWO, "when": NUMBERS}, ("words", "verdict", None)),
        ({"text": LONG, "label": TWO, "rating": STARS}, ("text", "label", None)),
        ({"sentiment": TWO, "id": NUMBERS, "tweet": SHORT}, ("tweet", "sentiment", None)),
        ({"surname": CODES, "country": TWO}, ("surname", "country", None)),
        ({"text": LONG, "label": TWO, "split": ["train", "test"] * 4}, ("text", "label", "split")),
        ({"text": LONG, "label": TWO, "Set": ["train", "dev", "unlabelled", "test"] * 2}, ("text", "label", "Set")),
        ({"text": LONG, "label": TWO, "fold": STARS}, ("text", "label", None)),
        ({"text": LONG, "stars": [1, 5] * 4}, ("text", "stars", None)),
        ({"text": LONG, "verdict": [True, False] * 4}, ("text", "verdict", None)),
    ],
)
def test_columns_are_found_by_name_and_look(columns, expected):
    assert choose(columns) == expected


def test_options_win_over_names():
    columns = {"text": LONG, "title": SHORT, "label": TWO, "stars": STARS}
    assert choose(columns, text="title", label="stars") == ("title", "stars", None)


@pytest.mark.parametrize(
    ("columns", "options", "words"),
    [
        ({"de": LONG, "en": LONG, "label": TWO}, {}, ['"de"', '"en"', "--text de", "--text en"]),
        ({"text": LONG, "coarse": TWO, "fine": STARS}, {}, ['"coarse"', '"fine"', "--label coarse"]),
        ({"text": LONG, "a": TWO, "b": STARS}, {}, ['"a"', '"b"', "--label b"]),
        ({"n": NUMBERS, "label": TWO[:1] * 8}, {"label": "label"}, ["no column of texts", "n (String)", "--text"]),
        ({"text": LONG, "id": CODES}, {}, ["no column of labels", "id (String)", "--label"]),
        ({"text": LONG, "label": TWO}, {"label": "lable"}, ["--label lable", "no such column", "--label label?"]),
        ({"text": LONG, "label": TWO}, {"text": "x"}, ["--text x", "text, label"]),
        ({"text": LONG, "label": TWO}, {"split": "x"}, ["--split x"]),
        ({"text": LONG, "label": TWO}, {"text": "text", "label": "text"}, ["both the text and the label"]),
    ],
)
def test_doubt_is_an_error_that_names_columns_and_option(columns, options, words):
    with pytest.raises(DataError) as caught:
        choose(columns, **options)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_no_label_is_needed_when_predicting():
    assert choose({"text": LONG, "id": CODES}, needs_label=False) == ("text", None, None)
    assert choose({"text": LONG, "label": TWO}, needs_label=False) == ("text", "label", None)
    assert choose({"text": LONG, "coarse": TWO, "fine": STARS}, needs_label=False) == ("text", None, None)
    assert choose({"id": NUMBERS, "text": NUMBERS}, needs_label=False) == ("text", None, None)


def test_categories_are_strings():
    frame = pl.DataFrame({"words": LONG, "verdict": TWO}).cast(pl.Categorical)
    choice = choose_columns(Sheet(frame=frame), ReadOptions(), path="a.parquet")
    assert (choice.text, choice.label) == ("words", "verdict")


def test_note_says_why():
    choice = choose_columns(
        Sheet(frame=pl.DataFrame({"id": CODES, "words": LONG, "verdict": TWO})), ReadOptions(), path="a.csv"
    )
    assert choice.notes == ('took "words" as the text (longest column), "verdict" as the label (2 different values)',)
