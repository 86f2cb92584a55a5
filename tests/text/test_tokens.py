"""Texts to provisional ids: against a version that reads a character at a time."""

from __future__ import annotations

import os
import subprocess
import sys
import unicodedata

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from seqloom.errors import DataError
from seqloom.text import cut, tokens
from seqloom.text.tokens import Texts, as_texts, tokenise
from tests.text.slow import JOINER, SELECTOR, TONE, UNICODE_TEXTS, WORD_TEXTS, as_rows, number_words, split_words


def read_rows(texts: Texts) -> list[list[str]]:
    """Every row as its words."""
    words = texts.corpus.words.to_list()
    whole = texts.tokens
    return [[words[i] for i in row] for row in as_rows(whole.values, whole.offsets)]


@settings(max_examples=300)
@given(UNICODE_TEXTS)
@example(["한국어 영화, 정말 좋아요!!", "\u1112\u1161\u11ab\u1100\u116e\u11a8"])
@example(["Caf\u00e9 Cafe\u0301", "中文电影很好看。日本語"])
@example([f"{JOINER}👩{TONE}{JOINER}💻 ❤{SELECTOR} 🇰🇷🇰", "שלום עולם مرحبا بالعالم", "می\u200cخواهم"])
@example(["a\x00b\r\nc\rd", "", " \t\n"])
@example(["ΟΔΟΣ ΣΑΣ Σ", "İstanbul ISPARTA ǅ ẞ"])
def test_law_tokens_equal_a_reading_by_character(texts):
    corpus = tokenise(pl.Series("text", texts, dtype=pl.String))
    words, rows = number_words([split_words(text) for text in texts])
    assert corpus.words.to_list() == words
    assert as_rows(corpus.tokens.values, corpus.tokens.offsets) == rows
    assert corpus.tokens.values.dtype == np.int32
    assert corpus.tokens.offsets.dtype == np.int64


@given(UNICODE_TEXTS)
def test_law_composed_and_decomposed_texts_have_the_same_words(texts):
    rows = [read_rows(as_texts([unicodedata.normalize(form, text) for text in texts])) for form in ("NFC", "NFD")]
    assert rows[0] == rows[1]


@given(UNICODE_TEXTS, st.integers(1, 40))
def test_law_pieces_are_invisible(texts, size):
    series = pl.Series("text", texts, dtype=pl.String)
    whole = tokenise(series)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokens, "_PIECE_BYTES", size)
        parts = tokenise(series)
    assert parts.words.to_list() == whole.words.to_list()
    assert np.array_equal(parts.tokens.values, whole.tokens.values)
    assert np.array_equal(parts.tokens.offsets, whole.tokens.offsets)


@given(UNICODE_TEXTS)
def test_law_a_pattern_finds_what_bytes_find(texts):
    series = pl.Series("text", texts, dtype=pl.String)
    fast, slow = tokenise(series), tokenise(series, pattern=f"(?:{cut.TOKEN_PATTERN})")  # not the string it knows
    assert fast.words.to_list() == slow.words.to_list()
    assert np.array_equal(fast.tokens.values, slow.tokens.values)
    assert np.array_equal(fast.tokens.offsets, slow.tokens.offsets)


def test_characters_let_through_without_composing_neither_change_nor_join():
    every = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]
    held = pl.Series(every).str.contains(cut._MAY_COMPOSE).to_list()
    let_through = {letter for letter, is_held in zip(every, held, strict=True) if not is_held}
    assert len(let_through) > 30_000  # or nothing would be gained
    assert all(unicodedata.is_normalized("NFC", letter) and not unicodedata.combining(letter) for letter in let_through)
    parts = [unicodedata.decomposition(letter).split() for letter in every]
    seconds = {chr(int(part[1], 16)) for part in parts if len(part) == 2 and not part[0].startswith("<")}
    assert not seconds & let_through
    assert not any(0x1100 <= ord(letter) < 0x1200 for letter in let_through)  # Hangul letters join by arithmetic


def test_emoji_leave_no_invisible_words_behind():
    assert read_rows(as_texts([f"👩{TONE}{JOINER}💻 good❤{SELECTOR}!"])) == [["👩", "💻", "good", "❤", "!"]]


THREADS = """
import hashlib, random, polars as pl
from seqloom.text.tokens import tokenise
random.seed(5)
words = [f"w{i}" for i in range(3000)] + ["한국어", "é", "👍"]
texts = [" ".join(random.choices(words, k=random.randrange(40))) for _ in range(20_000)]
corpus = tokenise(pl.Series(texts))
told = repr(corpus.words.to_list()).encode() + corpus.tokens.values.tobytes() + corpus.tokens.offsets.tobytes()
print(pl.thread_pool_size(), hashlib.sha256(told).hexdigest())
"""


def test_law_ids_do_not_depend_on_the_number_of_threads():
    digests = {}
    for threads in ("1", "2"):
        environment = {**os.environ, "POLARS_MAX_THREADS": threads}
        run = subprocess.run(
            [sys.executable, "-c", THREADS], env=environment, capture_output=True, text=True, check=True
        )
        pool, digest = run.stdout.split()
        assert pool == threads
        digests[threads] = digest
    assert digests["1"] == digests["2"]


def test_a_text_of_ten_megabytes_is_one_row():
    n = 2_000_000
    texts = as_texts(["one", "good bad " * (n // 2), "bad"])
    assert texts.tokens.lengths.tolist() == [1, n, 1]
    assert texts.corpus.words.to_list() == ["one", "good", "bad"]
    assert texts.tokens.values.tolist() == [0, *[1, 2] * (n // 2), 2]


ROWS = ["a b", "", "c é"]


@pytest.mark.parametrize(
    "given_as",
    [
        ROWS,
        tuple(ROWS),
        np.array(ROWS),
        np.array(ROWS, dtype=object),
        pl.Series(ROWS),
        pl.Series(ROWS).cast(pl.Categorical).cast(pl.String),
        (text for text in ROWS),
        dict.fromkeys(ROWS),
        [np.str_(text) for text in ROWS],
    ],
    ids=["list", "tuple", "array", "object array", "series", "cast series", "generator", "keys", "numpy strings"],
)
def test_texts_come_in_any_sequence(given_as):
    assert read_rows(as_texts(given_as)) == [["a", "b"], [], ["c", "é"]]


def test_texts_of_a_pandas_series():
    pandas = pytest.importorskip("pandas")
    assert read_rows(as_texts(pandas.Series(ROWS))) == [["a", "b"], [], ["c", "é"]]


def test_texts_pass_through():
    texts = as_texts(ROWS)
    assert as_texts(texts) is texts


@pytest.mark.parametrize("wrong", [None, 7, 1.5, float("nan"), b"bytes", ["nested"]], ids=repr)
@pytest.mark.parametrize("as_sequence", [list, tuple, lambda rows: np.array([*rows, 0], dtype=object)[:-1]])
def test_an_item_that_is_no_string_is_refused_by_row(wrong, as_sequence):
    with pytest.raises(DataError, match=r"^row 2: .*(Pass texts as str|Leave the row out)"):
        as_texts(as_sequence(["a", "b", wrong, "d"]))


def test_a_null_of_a_series_is_refused_by_row():
    with pytest.raises(DataError, match=r"^row 1,001: no text \(None\)"):
        as_texts(pl.Series(["a"] * 1_001 + [None, "b", None]))


@pytest.mark.parametrize("wrong", [pl.Series([1, 2]), pl.Series([b"a"]), pl.Series([["a"]])], ids=str)
def test_a_series_of_another_type_is_refused(wrong):
    with pytest.raises(DataError, match=r"strings expected.*cast"):
        as_texts(wrong)


@pytest.mark.parametrize("wrong", ["one text", b"one text"])
def test_a_lone_string_is_refused(wrong):
    with pytest.raises(DataError, match=r"one string found.*\[text\]"):
        as_texts(wrong)


@pytest.mark.parametrize("wrong", [None, 5, 2.5, np.array("a")], ids=repr)
def test_what_is_no_sequence_is_refused(wrong):
    with pytest.raises(DataError, match="a sequence of texts is expected"):
        as_texts(wrong)


@pytest.mark.parametrize(
    ("wrong", "size"),
    [
        (np.array([["a", "b"]]), "1 x 2"),
        (np.array(["a", "b"])[:, None], "2 x 1"),
        (pl.DataFrame({"text": ["a", "b", "c"]}), "3 x 1"),
    ],
    ids=["array", "column", "frame"],
)
def test_a_table_is_refused_with_the_remedy(wrong, size):
    with pytest.raises(DataError, match=f"a table of {size} found where a sequence of texts is expected. Pass one col"):
        as_texts(wrong)


def test_half_a_character_is_refused_by_row():
    with pytest.raises(DataError, match="row 2: half a character"):
        as_texts(["a", "\U0001f600", "b \ud83d", "c"])


@given(UNICODE_TEXTS, st.data())
def test_law_take_equals_taking_texts(texts, data):
    rows = data.draw(st.lists(st.integers(0, len(texts) - 1), max_size=6) if texts else st.just([]))
    taken = as_texts(texts).take(np.array(rows, dtype=int))
    assert read_rows(taken) == [split_words(texts[i]) for i in rows]
    again = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=4) if rows else st.just([]))
    assert read_rows(taken.take(np.array(again, dtype=int))) == [split_words(texts[rows[i]]) for i in again]


@given(UNICODE_TEXTS, UNICODE_TEXTS, st.data())
def test_law_join_equals_joining_lists(ours, theirs, data):
    rows = data.draw(st.permutations(range(len(ours))))
    joined = as_texts(ours).take(np.array(rows, dtype=int)).join(as_texts(theirs))
    assert read_rows(joined) == [split_words(text) for text in [*(ours[i] for i in rows), *theirs]]


def test_join_within_a_corpus_copies_no_tokens():
    texts = as_texts(["a", "b", "c"])
    joined = texts.take(np.array([2])).join(texts.take(np.array([0, 0])))
    assert joined.corpus is texts.corpus
    assert joined.rows.tolist() == [2, 0, 0]


@given(st.lists(st.text("ab ", max_size=6), max_size=12), UNICODE_TEXTS)
def test_law_rows_are_grouped_by_their_words(few, many):
    texts = few + many
    numbers = as_texts(texts).group_rows().tolist()
    words = [tuple(split_words(text)) for text in texts]
    assert len(set(numbers)) == len(set(words)) == len(set(zip(numbers, words, strict=True)))


def test_a_row_is_grouped_alike_wherever_it_stands():
    alone, behind = as_texts(["x y z"]), as_texts(["x y z", "a b", "x y z", "y x z"]).take(np.array([2, 3, 0]))
    first, swapped, second = behind.group_rows().tolist()
    assert first == second == alone.group_rows()[0]
    assert swapped != first


@settings(max_examples=40)
@given(WORD_TEXTS, WORD_TEXTS, st.booleans())
def test_law_without_leaves_out_what_has_the_same_words(texts, others, is_one_corpus):
    if is_one_corpus:
        both = as_texts([*texts, *others])
        ours, theirs = both.take(np.arange(len(texts))), both.take(np.arange(len(texts), len(both)))
    else:
        ours, theirs = as_texts(texts), as_texts(others)
    known = {tuple(split_words(text)) for text in others}
    expected = [i for i, text in enumerate(texts) if tuple(split_words(text)) not in known]
    assert ours.without(theirs).rows.tolist() == expected
