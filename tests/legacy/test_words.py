from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import hypothesis.strategies as st
import pytest
from hypothesis import given

from seqloom.errors import DataError, UsageError
from seqloom.legacy.text import hashing_trick, one_hot, text_to_word_sequence
from tests.legacy.oracles import TEXT

TEXTS = st.text("aAbß\u0130\ud55c \t,.\u2019'-", max_size=20)
FILTERS = st.sampled_from(["", "ab", "-,", [",", "."], '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'])
SPLITS = st.sampled_from([" ", "-", ", ", "a", None])
ORACLES = pytest.mark.parametrize("oracle", TEXT, ids=lambda module: module.__name__)


@ORACLES
@given(text=st.text() | TEXTS, filters=FILTERS, lower=st.booleans(), split=SPLITS)
def test_words_are_keras(oracle, text, filters, lower, split):
    assert text_to_word_sequence(text) == oracle.text_to_word_sequence(text)
    expected = oracle.text_to_word_sequence(text, filters, lower, split)
    assert text_to_word_sequence(text, filters, lower, split) == expected


@ORACLES
@given(
    text=st.text(st.characters(exclude_categories=["Cs"])) | TEXTS,
    n=st.integers(2, 50),
    function=st.sampled_from([None, "md5", hash, len]),
    filters=FILTERS,
    lower=st.booleans(),
    split=SPLITS,
)
def test_hashes_are_keras(oracle, text, n, function, filters, lower, split):
    expected = oracle.hashing_trick(text, n, function, filters, lower, split)
    assert hashing_trick(text, n, function, filters, lower, split) == expected
    assert one_hot(text, n, filters, lower, split) == oracle.one_hot(text, n, filters, lower, split)


def test_analyzer_is_keras():
    assert hashing_trick("A b", 99, analyzer=str.split) == TEXT[0].hashing_trick("A b", 99, analyzer=str.split)
    assert one_hot("A b", 99, analyzer=str.split) == TEXT[0].one_hot("A b", 99, analyzer=str.split)


def test_md5_is_the_digest():
    assert hashing_trick("\ud55c", 2**40, "md5") == [
        int(hashlib.md5("\ud55c".encode()).hexdigest(), 16) % (2**40 - 1) + 1
    ]


def test_default_differs_between_processes():
    program = (
        "from seqloom.legacy.text import hashing_trick as h; print(h('the cat', 2**60), h('the cat', 2**60, 'md5'))"
    )
    found = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
        ).stdout.split("] [")
        for seed in ("1", "2")
    ]
    assert found[0][0] != found[1][0]
    assert found[0][1] == found[1][1]


@pytest.mark.parametrize("n", [1, 0, -3])
def test_width_too_small(n):
    with pytest.raises(UsageError, match="at least 2"):
        hashing_trick("a", n)
    with pytest.raises(UsageError, match="at least 2"):
        one_hot("a", n)


def test_hash_function_unknown():
    with pytest.raises(UsageError, match=r"'sha1'.*'md5'"):
        hashing_trick("a", 9, hash_function="sha1")


@pytest.mark.parametrize("text", [None, 3, ["a"], b"a"])
@pytest.mark.parametrize("lower", [True, False])
def test_text_that_is_none_is_refused(text, lower):
    with pytest.raises(DataError, match="where a text is expected"):
        text_to_word_sequence(text, lower=lower)
    with pytest.raises(DataError, match="where a text is expected"):
        hashing_trick(text, 9, lower=lower)
