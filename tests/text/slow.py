"""Slow, obvious versions of what ``seqloom.text`` does fast: loops over characters, tokens and rows."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from seqloom.errors import DataError

# Pictographs of the Unicode property Extended_Pictographic, picked by hand; and what goes with them without being one.
PICTOGRAPHS = "😀👍👩💻❤☺🚀🎬🏳🏴"
TONE, SELECTOR, JOINER, NON_JOINER = "\U0001f3fd", "\ufe0f", "\u200d", "\u200c"
FLAG_LETTERS = [chr(code) for code in range(0x1F1E6, 0x1F200)]

_EDGES = "\x00\r\n\t !?.,'-aéE\u0301\u0308 가\u1100\u1161\u11a8中日שלוםم\u0627ßẞΣςſİıǅ_09٣"
CHARACTERS = st.one_of(
    st.sampled_from([*_EDGES, *PICTOGRAPHS, TONE, SELECTOR, JOINER, NON_JOINER, *FLAG_LETTERS[:4]]),
    st.characters(
        categories=["Ll", "Lu", "Lt", "Lo", "Lm", "Mn", "Mc", "Nd", "Nl", "Pc", "Zs", "Cc", "Ps", "Pe", "Sc"]
    ),
)
UNICODE_TEXTS = st.lists(st.text(CHARACTERS, max_size=30), max_size=8)

# Few words, so that they repeat: within a row, across rows, and across the border between two rows.
WORD_TEXTS = st.lists(st.lists(st.sampled_from(["a", "b", "c", "d", "e"]), max_size=8).map(" ".join), max_size=10)


def is_mark_or_joiner(character: str) -> bool:
    return unicodedata.category(character)[0] == "M" or character in (JOINER, NON_JOINER)


def is_word_start(character: str) -> bool:
    return unicodedata.category(character)[0] == "L" or unicodedata.category(character) in ("Nd", "Nl", "Pc")


def split_words(text: str) -> list[str]:
    """Words of one text, a character at a time: composed, lower-cased, and then read from left to right."""
    text = unicodedata.normalize("NFC", text).lower()
    words: list[str] = []
    at = 0
    while at < len(text):
        end = at + 1
        if is_word_start(text[at]):
            while end < len(text) and (is_word_start(text[end]) or is_mark_or_joiner(text[end])):
                end += 1
            words.append(text[at:end])
        elif text[at : at + 2] and all(c in FLAG_LETTERS for c in text[at : at + 2]) and len(text) > end:
            end = at + 2
            words.append(text[at:end])
        elif text[at] in "!?" + PICTOGRAPHS:
            words.append(text[at])
        at = end
    return words


def number_words(rows: Sequence[Sequence[str]]) -> tuple[list[str], list[list[int]]]:
    """Distinct words in order of first appearance, and each row as places in that list."""
    place: dict[str, int] = {}
    numbered = [[place.setdefault(word, len(place)) for word in row] for row in rows]
    return list(place), numbered


def rank_words(rows: Sequence[Sequence[str]], *, min_df: int, max_features: int | None) -> list[str]:
    """Words by how often they stand, ties by first appearance."""
    often = Counter(word for row in rows for word in row)  # in order of first appearance
    rows_with = Counter(word for row in rows for word in set(row))
    ranked = sorted((word for word in often if rows_with[word] >= min_df), key=lambda word: -often[word])
    return ranked[:max_features]


def list_ngrams(words: Sequence[str], ngram_range: tuple[int, int]) -> list[str]:
    """The n-grams of one row, words joined by a blank."""
    low, high = ngram_range
    return [" ".join(words[at : at + n]) for n in range(low, high + 1) for at in range(len(words) - n + 1)]


def as_rows(values: np.ndarray, offsets: np.ndarray) -> list[list[int]]:
    """A ragged array as lists."""
    return [values[a:b].tolist() for a, b in pairwise(offsets)]


def fit_or_skip(vectorizer, texts):
    """The vectorizer, fitted; a law says nothing about texts of which nothing is left."""
    try:
        return vectorizer.fit(texts)
    except DataError:
        assume(False)
