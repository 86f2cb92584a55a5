"""Encoders that come from a file: settings, words and keys looked over before they are used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from seqloom.errors import ArtifactError
from seqloom.json_files import check_fields

__all__ = ["MOST_WORDS", "check_ids_settings", "check_keys", "check_ngrams_settings", "check_words"]

_WHERE = "the encoding in card.json"
_REMEDY = "Get the folder from its source again."
_COMMON: dict[str, tuple[type, ...]] = {"max_features": (int, type(None)), "min_df": (int,)}

# Words of an n-gram: they share 63 bits, so that with three the vocabulary may have 2 M words, with four 32,766, with
# five 4,094; with more nothing useful is left.
MOST_WORDS = 5

# A row of fixed length is filled up to it, so a card must not ask for any number: this is 250 kB a text.
_MOST_FIXED_IDS = 2**16


def check_ids_settings(settings: Mapping[str, Any]) -> None:
    """Nothing, if these can be the settings of a ``TextVectorizer``; else ArtifactError."""
    check_fields(settings, {**_COMMON, "length": (int,), "keep": (str,), "fixed": (bool,)}, where=_WHERE)
    most = _MOST_FIXED_IDS if settings["fixed"] else 2**31
    if not 0 <= settings["length"] <= most:
        raise ArtifactError(f"{_WHERE}: length {settings['length']:,} found, 0 to {most:,} expected. {_REMEDY}")
    if settings["keep"] not in ("first", "last"):
        raise ArtifactError(f"{_WHERE}: keep {settings['keep']!r:.60} found, first or last expected. {_REMEDY}")


def check_ngrams_settings(settings: Mapping[str, Any]) -> None:
    """Nothing, if these can be the settings of an ``NgramVectorizer``; else ArtifactError."""
    check_fields(settings, {**_COMMON, "ngram_range": (list,)}, where=_WHERE)
    bounds = settings["ngram_range"]
    is_pair = len(bounds) == 2 and all(type(bound) is int for bound in bounds)
    if not is_pair or not 1 <= bounds[0] <= bounds[1] <= MOST_WORDS:
        raise ArtifactError(
            f"{_WHERE}: ngram_range {bounds!r:.60} found, two numbers from 1 to {MOST_WORDS} expected. {_REMEDY}"
        )


def check_words(words: list[str]) -> pl.Series:
    """The vocabulary, each word once; a word that stands twice would move the ids of all others.

    Raises
    ------
    ArtifactError
        Where a word stands twice.
    """
    series = pl.Series("word", words, dtype=pl.String)
    if series.n_unique() != len(series):
        twice = series.filter(series.is_duplicated())[0]
        raise ArtifactError(f"vocabulary.json: the word {twice!r:.60} stands there twice. {_REMEDY}")
    return series


def check_keys(keys: np.ndarray, ngram_range: tuple[int, int], *, n_words: int) -> np.ndarray:
    """The n-gram keys, if they are what ``pack_keys`` gives of this vocabulary, in ascending order.

    Parameters
    ----------
    keys : ndarray, ``[F] int64``
        From a weights file.
    ngram_range : tuple of int
        Shortest and longest n-gram.
    n_words : int
        V, words of the vocabulary.

    Returns
    -------
    ndarray, ``[F] int64``
        The same keys.

    Raises
    ------
    ArtifactError
        Where the keys are unsorted (they are found by bisection), or name words that are not there.
    """
    if keys.dtype != np.int64 or keys.ndim != 1 or (len(keys) and keys[0] < 1) or (np.diff(keys) <= 0).any():
        raise ArtifactError(f"weights.safetensors: the n-gram keys are not ascending whole numbers. {_REMEDY}")
    low, high = ngram_range
    bits = 63 // high
    length, left = np.zeros(len(keys), dtype=np.int8), keys
    is_whole = np.ones(len(keys), dtype=bool)
    for _ in range(high):
        word = left & ((1 << bits) - 1)
        is_whole &= (word <= n_words) & ((word > 0) | (left == 0))
        length += word > 0
        left = left >> bits
    if not (is_whole & (left == 0) & (length >= low)).all():
        raise ArtifactError(f"weights.safetensors: n-gram keys name words that vocabulary.json has not. {_REMEDY}")
    return keys
