"""Encoders that come from a file: settings, words and keys looked over before they are used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from seqloom.errors import ArtifactError, UsageError
from seqloom.json_files import check_fields
from seqloom.text.analyse import ANALYZERS, Analyser
from seqloom.text.keys import unpack_keys

__all__ = [
    "MODES",
    "MOST_WORDS",
    "check_idf",
    "check_ids_settings",
    "check_keys",
    "check_lsa_settings",
    "check_ngram_set_settings",
    "check_ngrams_settings",
    "check_words",
]

_WHERE = "the encoding in card.json"
_REMEDY = "Get the folder from its source again."
_COMMON: dict[str, tuple[type, ...]] = {
    "max_features": (int, type(None)),
    "min_df": (int, float),
    "analyzer": (str,),
    "lowercase": (bool,),
    "token_pattern": (str, type(None)),
}

# Words of an n-gram: they share 63 bits, so that with three the vocabulary may have 2 M words, with four 32,766, with
# five 4,094, and with seven 510, which is room for an alphabet still.
MOST_WORDS = 7

MODES = ("count", "binary", "freq", "tfidf")

# A row of fixed length is filled up to it, so a card must not ask for any number: this is 250 kB a text.
_MOST_FIXED_IDS = 2**16


def check_ids_settings(settings: Mapping[str, Any]) -> None:
    """Nothing, if these can be the settings of a ``TextVectorizer``; else ArtifactError."""
    check_fields(settings, {**_COMMON, "length": (int,), "fixed": (bool,)}, where=_WHERE)
    _check_analyser(settings, kinds=tuple(kind for kind in ANALYZERS if kind != "char_wb"))
    most = _MOST_FIXED_IDS if settings["fixed"] else 2**31
    if not 0 <= settings["length"] <= most:
        raise ArtifactError(f"{_WHERE}: length {settings['length']:,} found, 0 to {most:,} expected. {_REMEDY}")
    _check_choice(settings, "keep", choices=("first", "last"))
    _check_choice(settings, "pad", choices=("before", "after"))


def _check_choice(settings: Mapping[str, Any], name: str, *, choices: tuple[str, ...]) -> None:
    if settings.get(name) not in choices:
        raise ArtifactError(
            f"{_WHERE}: {name} {settings.get(name)!r:.60} found, {' or '.join(choices)} expected. {_REMEDY}"
        )


def _check_analyser(settings: Mapping[str, Any], *, kinds: tuple[str, ...] = ANALYZERS) -> None:
    """How texts are read: a pattern from a card is only ever given to a regex engine that needs linear time."""
    _check_choice(settings, "analyzer", choices=kinds)
    names = ("analyzer", "lowercase", "token_pattern")
    try:
        Analyser(**{name: settings[name] for name in names}).check()
    except UsageError as problem:
        raise ArtifactError(f"{_WHERE}: {problem} {_REMEDY}") from problem


def check_ngrams_settings(settings: Mapping[str, Any]) -> None:
    """Nothing, if these can be the settings of an ``CountVectorizer``; else ArtifactError."""
    check_fields(settings, {**_COMMON, "max_df": (int, float), "ngram_range": (list,)}, where=_WHERE)
    _check_analyser(settings)
    _check_choice(settings, "mode", choices=MODES)
    _check_choice(settings, "dtype", choices=("float32", "float64"))
    bounds = settings["ngram_range"]
    is_pair = len(bounds) == 2 and all(type(bound) is int for bound in bounds)
    if not is_pair or not 1 <= bounds[0] <= bounds[1] <= MOST_WORDS:
        raise ArtifactError(
            f"{_WHERE}: ngram_range {bounds!r:.60} found, two numbers from 1 to {MOST_WORDS} expected. {_REMEDY}"
        )


def check_lsa_settings(settings: Mapping[str, Any]) -> None:
    """Nothing, if these can be the settings of an ``LsaVectorizer``, which counts single words; else ArtifactError."""
    check_fields(settings, {"width": (int,), "random_state": (int, type(None)), "ngram_range": (list,)}, where=_WHERE)
    _check_choice(settings, "mode", choices=("count",))
    if settings["ngram_range"] != [1, 1]:
        raise ArtifactError(f"{_WHERE}: ngram_range {settings['ngram_range']!r:.60} found, [1, 1] expected. {_REMEDY}")


def check_ngram_set_settings(settings: Mapping[str, Any]) -> None:
    """Nothing, if these can be the settings of an ``NgramSetVectorizer`` beyond its n-grams'; else ArtifactError."""
    check_fields(settings, {"length": (int,)}, where=_WHERE)
    for name, expected in (("mode", "count"), ("analyzer", "word"), ("lowercase", True), ("token_pattern", None)):
        if settings[name] != expected:
            raise ArtifactError(f"{_WHERE}: {name} {settings[name]!r:.60} found, {expected!r} expected. {_REMEDY}")
    if settings["length"] < 0:
        raise ArtifactError(f"{_WHERE}: length {settings['length']:,} found, 0 or more expected. {_REMEDY}")


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


def check_keys(keys: np.ndarray, ngram_range: tuple[int, int], *, n_words: int, analyzer: str) -> np.ndarray:
    """The n-gram keys, if they are what ``pack_keys`` gives of this vocabulary, in ascending order.

    Parameters
    ----------
    keys : ndarray, ``[F] int64``
        From a weights file.
    ngram_range : tuple of int
        Shortest and longest n-gram.
    n_words : int
        V, words of the vocabulary.
    analyzer : str
        What tokens are.

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
    words = unpack_keys(keys, high, bits=bits)
    is_gap = (words[:, :-1] < 0) & (words[:, 1:] >= 0)  # no word, and then one
    length = (words >= 0).sum(axis=1)
    is_packed = keys >> (bits * high) == 0
    # within words, one too short for the shortest n-gram counts whole
    is_long = (length >= low) | (analyzer == "char_wb")
    if is_gap.any() or not ((words < n_words).all(axis=1) & is_packed & is_long).all():
        raise ArtifactError(f"weights.safetensors: n-gram keys name words that vocabulary.json has not. {_REMEDY}")
    return keys


def check_idf(idf: np.ndarray, *, n_ngrams: int) -> np.ndarray:
    """The rarities ``idf``, ``[F] float64``, if there is a number for each of ``n_ngrams``; else ArtifactError."""
    if idf.dtype != np.float64 or idf.shape != (n_ngrams,) or not np.isfinite(idf).all():
        raise ArtifactError(f"weights.safetensors: ngram_idf is not one number for each n-gram. {_REMEDY}")
    return idf
