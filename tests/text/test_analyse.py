"""Tokens of every kind, against loops over characters; and strings that are hard to read."""

from __future__ import annotations

import re
import sys
import unicodedata

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from seqloom.errors import DataError, UsageError
from seqloom.text import analyse
from seqloom.text.analyse import Analyser
from seqloom.text.characters import number_characters
from seqloom.text.tokens import as_texts
from tests.text.slow import UNICODE_TEXTS, as_rows, split_words
from tests.text.test_count import HARD


def read_rows(texts, **settings_):
    """The tokens of each text, as strings."""
    read = Analyser(**settings_).read(texts)
    words = read.corpus.words.to_list()
    assert len(set(words)) == len(words)
    assert read.corpus.unit == (
        settings_.get("analyzer") if settings_.get("analyzer") in ("char", "char_wb") else "word"
    )
    return [[words[i] for i in row] for row in as_rows(read.tokens.values, read.tokens.offsets)]


def clean(text, *, lowercase):
    text = unicodedata.normalize("NFC", text)
    return text.lower() if lowercase else text


@settings(max_examples=40)
@given(UNICODE_TEXTS, st.booleans())
@example(HARD, True)
def test_law_characters_equal_a_loop(texts, lowercase):
    expected = [list(re.sub(r"\s\s+", " ", clean(text, lowercase=lowercase))) for text in texts]
    assert read_rows(texts, analyzer="char", lowercase=lowercase) == expected


@settings(max_examples=40)
@given(UNICODE_TEXTS, st.booleans())
@example(HARD, True)
def test_law_words_between_white_space_equal_split(texts, lowercase):
    expected = [clean(text, lowercase=lowercase).split() for text in texts]
    assert read_rows(texts, analyzer="char_wb", lowercase=lowercase) == expected


@settings(max_examples=40)
@given(UNICODE_TEXTS)
def test_law_words_are_those_of_the_other_door(texts):
    assert read_rows(texts) == [split_words(text) for text in texts]
    assert Analyser().read(texts).corpus.words.to_list() == as_texts(texts).corpus.words.to_list()


def test_case_is_kept_when_asked():
    assert read_rows(["É Éa e\u0301"], lowercase=False) == [["É", "Éa", "é"]]


def test_a_pattern_of_ones_own():
    assert read_rows(["it's  well-known, a"], token_pattern=r"[\w'-]{2,}") == [["it's", "well-known"]]


@settings(max_examples=40)
@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=4), max_size=5), max_size=5))
def test_law_a_callable_is_taken_at_its_word(rows):
    """Whatever it gives: empty tokens, blanks, NUL, no token at all."""
    waiting = iter(rows)
    assert read_rows([""] * len(rows), analyzer=lambda _: next(waiting)) == rows


def test_a_callable_may_be_a_generator():
    assert read_rows(["b a", ""], analyzer=lambda text: (word.upper() for word in text.split())) == [["B", "A"], []]


@settings(max_examples=40)
@given(UNICODE_TEXTS)
def test_law_characters_are_numbered_as_they_are(texts):
    corpus = number_characters(pl.Series(texts, dtype=pl.String))
    words = corpus.words.to_list()
    assert words == sorted(set("".join(texts)))
    rows = as_rows(corpus.tokens.values, corpus.tokens.offsets)
    assert ["".join(words[i] for i in row) for row in rows] == texts


def test_parts_of_characters_are_characters():
    """A joined emoji is three code points and two joiners; a mark that cannot be composed stays behind its letter."""
    assert read_rows(["👩‍💻x̂", "שלום"], analyzer="char") == [["👩", "\u200d", "💻", "x", "\u0302"], list("שלום")]


def test_joined_corpora_keep_their_unit():
    read = Analyser(analyzer="char_wb").read
    assert read(["a b"]).join(read(["c"])).corpus.unit == "char_wb"


@pytest.mark.parametrize("analyzer", ["word", "char", "char_wb", str.split])
@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["a", None], "row 1: None .* a string is expected"),
        (["a", 7], "row 1: 7"),
        ("one", "one string found"),
        (3, "3 .int. found where a sequence of texts is expected"),
        (["a \ud83d"], "row 0: half a character"),
    ],
)
def test_texts_that_are_none_are_refused(analyzer, texts, said):
    with pytest.raises(DataError, match=said):
        Analyser(analyzer=analyzer).read(texts)


def test_rows_are_counted_from_where_a_piece_begins():
    with pytest.raises(DataError, match="row 11: 5"):
        Analyser(analyzer="char").read(["a", 5], first_row=10)
    with pytest.raises(DataError, match="row 11: None came from the analyzer"):
        Analyser(analyzer=lambda text: None if text else []).read(["", "b"], first_row=10)


# ---- Korean morphemes ----


def test_morphemes_of_korean():
    pytest.importorskip("kiwipiepy", reason="the extra korean is not installed")
    film, went = read_rows(["영화가 재미있었어요! Good", "방에 들어간다"], analyzer="morpheme")
    assert {"영화", "가", "재미있", "었", "good"} <= set(film)
    assert {"방", "에", "들어가"} <= set(went)
    assert read_rows(["", "영화"], analyzer="morpheme") == [[], ["영화"]]


def test_morphemes_without_the_extra_say_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "kiwipiepy", None)
    analyse._load_kiwi.cache_clear()
    with pytest.raises(UsageError, match=r"needs kiwipiepy.*pip install 'seqloom\[korean\]'"):
        Analyser(analyzer="morpheme").read(["영화"])


# ---- rows that are tokenised already ----


@settings(max_examples=15)
@given(UNICODE_TEXTS, st.sampled_from(["char", "char_wb"]), st.data())
def test_law_words_are_read_again_as_characters(texts, analyzer, data):
    analyser = Analyser(analyzer=analyzer)
    rows = np.array(data.draw(st.lists(st.integers(0, len(texts) - 1), max_size=6)) if texts else [], dtype=np.int64)
    words = as_texts(texts)
    found = analyser.read(words.take(rows))
    expected = analyser.read(texts).take(rows)
    assert found.corpus.words.to_list() == expected.corpus.words.to_list()
    assert np.array_equal(found.tokens.values, expected.tokens.values)
    assert analyser.read(words).corpus is found.corpus  # once for a corpus


def test_joined_rows_are_read_again_too():
    both = as_texts(["ab", "left out"]).take(np.array([0])).join(as_texts(["cd ab"]))
    read = Analyser(analyzer="char").read(both)
    assert ["".join(read.corpus.words.gather(read.tokens.row(i))) for i in range(2)] == ["ab", "cd ab"]


@pytest.mark.parametrize(
    ("first", "then"), [("char", "word"), ("char_wb", "char"), (str.split, "char"), ("char", "char_wb")]
)
def test_rows_whose_texts_were_not_kept_cannot_be_read_in_another_way(first, then):
    cut = Analyser(analyzer=first).read(["a b", "c"])
    with pytest.raises(DataError, match="pass the texts themselves, as strings"):
        Analyser(analyzer=then).read(cut)
