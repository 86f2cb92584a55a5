"""Encoders of text: fitted on training rows, saved with the model, the same in training and in service.

Each has ``fit(texts)``, ``encode(texts) -> inputs by name``, ``state() -> settings, words, arrays`` and
``from_state``. The words of an encoder are a JSON list, its arrays stand beside the weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import polars as pl
import scipy.sparse as sp

from seqloom.errors import ArtifactError, NotFitted, UsageError
from seqloom.flow import Arrays, Ragged
from seqloom.text.checks import MOST_WORDS, check_ids_settings, check_keys, check_ngrams_settings, check_words
from seqloom.text.ngrams import count_ngrams, lookup_keys, pack_keys
from seqloom.text.pad import cut_ids, pad_ids
from seqloom.text.tokens import Corpus, Texts
from seqloom.text.vocabulary import Vocabulary, fit_vocabulary

__all__ = ["N_SPECIAL", "NgramVectorizer", "TextVectorizer", "encoder_from_state"]

# Ids 0 and 1 are padding and [UNK]; words begin at 2.
N_SPECIAL = 2


class TextVectorizer:
    """Texts as word ids: 0 padding, 1 ``[UNK]``, then words by frequency.

    Parameters
    ----------
    max_features : int or None
        Words kept at most, the most frequent first; None keeps all.
    min_df : int
        Training texts a word must stand in; 2 drops half of all words, which are typing errors and names.
    length : int
        Ids a text at most.
    keep : {"first", "last"}
        Which end of a longer text stays.
    fixed : bool
        Whether every row has exactly ``length`` ids, padded before (nets that flatten), or as many as it needs.

    Examples
    --------
    >>> from seqloom.text.tokens import as_texts
    >>> texts = as_texts(["good film", "good one"])
    >>> vectorizer = TextVectorizer(min_df=1, length=3, fixed=True).fit(texts)
    >>> vectorizer.encode(as_texts(["one GOOD thing indeed"]))["ids"].tolist()
    [[4, 2, 1]]
    """

    def __init__(
        self,
        *,
        max_features: int | None = None,
        min_df: int = 2,
        length: int = 512,
        keep: str = "first",
        fixed: bool = False,
    ) -> None:
        self.max_features = max_features
        self.min_df = min_df
        self.length = length
        self.keep = keep
        self.fixed = fixed
        self.vocabulary_: Vocabulary | None = None

    @property
    def n_ids(self) -> int:
        """The number of ids, V: words and the two special ones."""
        return len(self._fitted()) + N_SPECIAL

    def _fitted(self) -> Vocabulary:
        if self.vocabulary_ is None:
            raise NotFitted("this TextVectorizer has no vocabulary yet. Call fit(texts) first.")
        return self.vocabulary_

    def fit(self, texts: Texts) -> Self:
        """Itself, with the vocabulary of these rows."""
        # The two special ids count towards max_features, as the width of the embedding is what the user limits.
        limit = None if self.max_features is None else max(self.max_features - N_SPECIAL, 0)
        self.vocabulary_ = fit_vocabulary(texts, max_features=limit, min_df=self.min_df)
        return self

    def encode(self, texts: Texts) -> dict[str, Ragged | np.ndarray]:
        """``ids``: ``[N, T] int32`` if fixed, else ragged."""
        number = self._fitted().index(texts.corpus) + np.int32(N_SPECIAL)  # an unknown word, -1, becomes 1
        tokens = cut_ids(texts.corpus.tokens, self.length, keep=self.keep, rows=texts.rows)
        ids = Ragged(values=number[tokens.values], offsets=tokens.offsets)
        return {"ids": pad_ids(ids, self.length) if self.fixed else ids}

    def count_cut(self, texts: Texts) -> int:
        """How many tokens of these rows are cut off by ``length``."""
        return int(np.maximum(texts.lengths - self.length, 0).sum())

    def state(self) -> tuple[dict[str, Any], list[str], Arrays]:
        """Settings, words and arrays: all that ``from_state`` needs."""
        settings = {name: getattr(self, name) for name in ("max_features", "min_df", "length", "keep", "fixed")}
        return {"kind": "ids", **settings}, self._fitted().words.to_list(), {}

    @classmethod
    def from_state(cls, settings: Mapping[str, Any], words: list[str], *, arrays: Arrays) -> TextVectorizer:  # noqa: ARG003
        """The encoder again, from what ``state`` gave."""
        check_ids_settings(settings)
        encoder = cls(**{name: settings[name] for name in ("max_features", "min_df", "length", "keep", "fixed")})
        encoder.vocabulary_ = Vocabulary(words=check_words(words))
        return encoder


class NgramVectorizer:
    """Texts as counts of word n-grams, a sparse row each.

    Parameters
    ----------
    ngram_range : tuple of int
        Shortest and longest n-gram, in words.
    max_features : int or None
        n-grams kept at most, those in most training texts first; None keeps all.
    min_df : int
        Training texts an n-gram must stand in.

    Examples
    --------
    >>> from seqloom.text.tokens import as_texts
    >>> texts = as_texts(["not good", "not bad", "good"])
    >>> vectorizer = NgramVectorizer(ngram_range=(1, 2), min_df=1).fit(texts)
    >>> vectorizer.encode(texts)["counts"].toarray().sum(axis=1).tolist()
    [3.0, 3.0, 1.0]
    """

    def __init__(
        self, *, ngram_range: tuple[int, int] = (1, 3), max_features: int | None = None, min_df: int = 2
    ) -> None:
        self.ngram_range = ngram_range
        self.max_features = max_features
        self.min_df = min_df
        self.vocabulary_: Vocabulary | None = None
        self.keys_: np.ndarray | None = None
        # The corpus fitted on, and how often its n-grams must stand in it to be worth counting.
        self._home: tuple[object, int] = (None, 1)

    @property
    def n_features(self) -> int:
        """The number of columns, F."""
        return len(self._keys())

    @property
    def _bits(self) -> int:
        return 63 // self.ngram_range[1]

    def _keys(self) -> np.ndarray:
        if self.keys_ is None:
            raise NotFitted("this NgramVectorizer has no n-grams yet. Call fit(texts) first.")
        return self.keys_

    def fit(self, texts: Texts) -> Self:
        """Itself, with the n-grams of these rows."""
        low, high = self.ngram_range
        if not 1 <= low <= high <= MOST_WORDS:
            raise UsageError(f"ngram_range {low, high} found; shortest and longest from 1 to {MOST_WORDS} expected.")
        limit = (1 << self._bits) - 2  # what packs exactly; 2 M words for three of them
        self.vocabulary_ = fit_vocabulary(texts, max_features=limit, min_df=self.min_df)
        # Seen too rarely in the whole corpus is too rarely in its rows, unless a row is taken twice (a bootstrap).
        min_count = self.min_df if len(np.unique(texts.rows)) == len(texts) else 1
        self._home = (texts.corpus.memo.setdefault("identity", object()), min_count)
        ngrams = count_ngrams(texts.corpus, self.ngram_range, min_count=min_count)
        df = np.bincount(ngrams.counts[texts.rows].indices, minlength=ngrams.counts.shape[1])
        keys = self._pack(texts.corpus, ngrams.words)
        kept = np.flatnonzero((df >= max(self.min_df, 1)) & (keys >= 0))
        if self.max_features is not None and len(kept) > self.max_features:
            kept = kept[np.argsort(-df[kept], kind="stable")[: self.max_features]]
        self.keys_ = np.sort(keys[kept])
        return self

    def encode(self, texts: Texts) -> dict[str, sp.csr_matrix]:
        """``counts``: CSR ``[N, F] float32``."""
        known = self._keys()
        ngrams = count_ngrams(texts.corpus, self.ngram_range, min_count=self._min_count(texts))
        column = lookup_keys(self._pack(texts.corpus, ngrams.words), known).astype(np.int32)
        rows = ngrams.counts[texts.rows]
        place = column[rows.indices]
        hit = place >= 0
        before = np.concatenate([[0], np.cumsum(hit)])
        indptr = before[rows.indptr].astype(rows.indptr.dtype)
        counts = sp.csr_matrix((rows.data[hit], place[hit], indptr), shape=(len(texts), len(known)))
        counts.sort_indices()
        return {"counts": counts}

    def _min_count(self, texts: Texts) -> int:
        """What may be dropped unseen: rare n-grams of the corpus this was fitted on, nothing of any other."""
        home, min_count = self._home
        return min_count if home is not None and texts.corpus.memo.get("identity") is home else 1

    def _pack(self, corpus: Corpus, words: np.ndarray) -> np.ndarray:
        if self.vocabulary_ is None:
            raise NotFitted("this NgramVectorizer has no n-grams yet. Call fit(texts) first.")
        index = self.vocabulary_.index(corpus)
        number = np.append(np.where(index < 0, np.int32(-2), index), np.int32(-1))  # the last serves -1, "no word"
        return pack_keys(number[words], bits=self._bits)

    def spell(self, columns: np.ndarray) -> list[str]:
        """The n-grams of the given columns, words joined by a blank."""
        words = self.vocabulary_.words if self.vocabulary_ is not None else pl.Series([], dtype=pl.String)
        mask = (1 << self._bits) - 1
        spelt = []
        for key in self._keys()[columns].tolist():
            parts = []
            while key:
                parts.append(words[(key & mask) - 1])
                key >>= self._bits
            spelt.append(" ".join(reversed(parts)))
        return spelt

    def state(self) -> tuple[dict[str, Any], list[str], Arrays]:
        """Settings, words and arrays: all that ``from_state`` needs."""
        keys = self._keys()
        words = self.vocabulary_.words.to_list() if self.vocabulary_ is not None else []
        settings = {"max_features": self.max_features, "min_df": self.min_df}
        return {"kind": "ngrams", "ngram_range": list(self.ngram_range), **settings}, words, {"ngram_keys": keys}

    @classmethod
    def from_state(cls, settings: Mapping[str, Any], words: list[str], *, arrays: Arrays) -> NgramVectorizer:
        """The encoder again, from what ``state`` gave."""
        check_ngrams_settings(settings)
        low, high = settings["ngram_range"]
        encoder = cls(ngram_range=(low, high), max_features=settings["max_features"], min_df=settings["min_df"])
        encoder.vocabulary_ = Vocabulary(words=check_words(words))
        encoder.keys_ = check_keys(arrays["ngram_keys"], (low, high), n_words=len(words))
        return encoder


def encoder_from_state(
    settings: Mapping[str, Any], words: list[str], *, arrays: Arrays
) -> TextVectorizer | NgramVectorizer:
    """The encoder that a card names.

    Parameters
    ----------
    settings : mapping
        What ``state`` gave; ``kind`` tells which encoder.
    words : list of str
        The vocabulary.
    arrays : dict of str to ndarray
        The encoder's arrays (others are not looked at).

    Returns
    -------
    TextVectorizer or NgramVectorizer
        Fitted.

    Raises
    ------
    ArtifactError
        Where the kind is not known to this version, or a setting or array is missing.
    """
    kinds: dict[str, type[TextVectorizer] | type[NgramVectorizer]] = {"ids": TextVectorizer, "ngrams": NgramVectorizer}
    kind = str(settings.get("kind"))
    if kind not in kinds:
        raise ArtifactError(f"encoding {kind!r} found, {' or '.join(kinds)} expected. Is the model of a newer version?")
    try:
        return kinds[kind].from_state(settings, words, arrays=arrays)
    except (KeyError, TypeError, ValueError) as problem:
        raise ArtifactError(f"the {kind} encoding in the card is not whole: {problem!r}.") from problem
