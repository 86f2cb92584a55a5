"""Texts as characters: every code point a token, numbered without a Python loop over them."""

from __future__ import annotations

import numpy as np
import polars as pl

from seqloom.flow import Ragged
from seqloom.text.tokens import Corpus

__all__ = ["WHITE", "number_characters", "spell_words"]

# What Python's ``str.isspace`` knows as white space; the regex crate leaves four separators of ASCII out.
WHITE = r"\s\x1c-\x1f"


def number_characters(texts: pl.Series) -> Corpus:
    """A corpus whose tokens are characters, under ids in order of code points.

    Parameters
    ----------
    texts : polars.Series
        ``[N]`` strings, none null, taken as they are.

    Returns
    -------
    Corpus
        Of unit ``char``.

    Examples
    --------
    >>> corpus = number_characters(pl.Series(["abba", "", "가b"]))
    >>> corpus.words.to_list(), corpus.tokens.values.tolist(), corpus.tokens.offsets.tolist()
    (['a', 'b', '가'], [0, 1, 1, 0, 2, 1], [0, 4, 4, 6])
    """
    joined = texts.str.join("").item() if len(texts) else ""
    codes = np.frombuffer(joined.encode("utf-32-le"), dtype=np.int32)
    is_there = np.zeros(0x110000, dtype=bool)
    is_there[codes] = True
    alphabet = np.flatnonzero(is_there)
    number = np.cumsum(is_there, dtype=np.int32)
    number -= 1
    offsets = np.concatenate([[0], np.cumsum(texts.str.len_chars().to_numpy(), dtype=np.int64)]).astype(np.int64)
    words = pl.Series("word", [chr(code) for code in alphabet.tolist()], dtype=pl.String)
    return Corpus(words=words, tokens=Ragged(values=number[codes], offsets=offsets), unit="char")


def spell_words(words: pl.Series) -> Corpus:
    """The characters of each word, a blank before and behind it: a row for each word, so that n-grams end with it."""
    return number_characters(pl.select(pl.concat_str(pl.lit(" "), words, pl.lit(" "))).to_series())
