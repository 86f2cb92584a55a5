"""Texts as sets: the ids of the n-grams that stand in them, each once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import scipy.sparse as sp

from seqloom.errors import ArtifactError
from seqloom.flow import Arrays, Ragged
from seqloom.text.checks import check_ngram_set_settings
from seqloom.text.conventions import AbstractVectorizer, RawTexts, check_size
from seqloom.text.count import CountVectorizer
from seqloom.text.pad import Cut, cut_ids, measure_cut
from seqloom.text.tokens import Texts

__all__ = ["NgramSetVectorizer"]


class NgramSetVectorizer(AbstractVectorizer):
    """Texts as the ids of the n-grams in them, each once: 0 padding, then n-grams by frequency.

    Parameters
    ----------
    ngram_range : tuple of int
        Shortest and longest n-gram, in words.
    max_features : int or None
        n-grams kept at most, the most frequent first; None keeps all.
    min_df : int or float
        Training texts that an n-gram must stand in, or a share of them.
    length : int
        T, ids of a text at most; the most frequent n-grams of a longer one stay.

    Examples
    --------
    >>> vectorizer = NgramSetVectorizer(ngram_range=(1, 2)).fit(["good film", "a good film", "good good"])
    >>> vectorizer.get_vocabulary()
    ['', 'good', 'film', 'good film', 'a', 'a good', 'good good']
    >>> vectorizer.transform(["good film, good film!"]).row(0).tolist()
    [1, 2, 3]
    """

    # Id 0 is padding. An n-gram that is not known has no id: nothing is lost by leaving it out of a set.
    n_special = 1

    # Of words as texts have them by themselves; nothing here asks for others.
    analyzer, lowercase, token_pattern = "word", True, None

    def __init__(
        self,
        *,
        ngram_range: tuple[int, int] = (1, 1),
        max_features: int | None = None,
        min_df: int | float = 1,
        length: int = 4096,
    ) -> None:
        self.ngram_range = ngram_range
        self.max_features = max_features
        self.min_df = min_df
        self.length = length

    def fit(self, texts: RawTexts, y: Any = None) -> Self:  # noqa: ARG002 (scikit-learn's signature)
        """Itself, with the n-grams of these rows.

        Parameters
        ----------
        texts : Texts or sequence of str
            Training rows.
        y : object
            Not looked at.

        Returns
        -------
        self
            With ``counter_``, the ``CountVectorizer`` that finds them, and ``ids_`` ``[F] int32`` of its columns.
        """
        check_size("length", self.length, least=0, or_none=False)
        self.counter_ = CountVectorizer(
            ngram_range=self.ngram_range, min_df=self.min_df, max_features=self.max_features
        ).fit(self._read(texts))
        order = np.argsort(-self.counter_.df_, kind="stable")
        self.ids_ = np.empty(len(order), dtype=np.int32)
        self.ids_[order] = np.arange(len(order), dtype=np.int32) + self.n_special
        return self

    @property
    def n_ids(self) -> int:
        """The number of ids, V: n-grams and padding."""
        return len(self._learned("ids_")) + self.n_special

    def get_vocabulary(self) -> list[str]:
        """The n-gram of each id, ``[V]``: first ``""`` for padding."""
        return ["", *self.counter_.spell(np.argsort(self._learned("ids_")))]

    def transform(self, texts: RawTexts) -> Ragged:
        """The ids of these rows, in ascending order in each."""
        self._learned("ids_")
        return self.encode(self._read(texts))["ids"]

    def encode(self, texts: Texts) -> dict[str, Ragged]:
        """``ids``, as ``transform`` gives them, by their name for a net."""
        counts = self.counter_.encode(texts)["counts"]
        ids = self._learned("ids_")[counts.indices]
        rows = sp.csr_matrix((counts.data, ids, counts.indptr), shape=(len(texts), self.n_ids))
        rows.sort_indices()
        whole = Ragged(values=rows.indices.astype(np.int32, copy=False), offsets=rows.indptr.astype(np.int64))
        return {"ids": cut_ids(whole, self.length)}

    def count_cut(self, texts: Texts) -> Cut:
        """What of these rows is cut off by ``length``, of the n-grams that are known."""
        low, high = self.ngram_range
        may_be_long = np.flatnonzero(texts.lengths * (high - low + 1) > self.length)
        if not (self._count_ngrams(texts.take(may_be_long)) > self.length).any():
            return Cut(0, 0.0, "n-grams")
        return measure_cut(self._count_ngrams(texts), self.length, unit="n-grams")

    def _count_ngrams(self, texts: Texts) -> np.ndarray:
        """How many different ones that are known stand in each of these rows, ``[N]``."""
        return np.diff(self.counter_.encode(texts)["counts"].indptr)

    def state(self) -> tuple[dict[str, Any], list[str], Arrays]:
        """Settings, words and arrays: all that ``from_state`` needs."""
        counting, words, arrays = self.counter_.state()
        return {**counting, "kind": "ngram-set", "length": self.length}, words, {**arrays, "ngram_ids": self.ids_}

    @classmethod
    def from_state(cls, settings: Mapping[str, Any], words: list[str], *, arrays: Arrays) -> NgramSetVectorizer:
        """The encoder again, from what ``state`` gave."""
        check_ngram_set_settings(settings)
        counter = CountVectorizer.from_state(settings, words, arrays=arrays)
        ids = arrays["ngram_ids"]
        expected = np.arange(counter.n_features) + cls.n_special
        if ids.dtype != np.int32 or not np.array_equal(np.sort(ids, axis=None), expected):
            raise ArtifactError(
                f"weights.safetensors: ngram_ids is not each number from {cls.n_special} to {counter.n_features} once. "
                "Get the folder from its source again."
            )
        names = ("max_features", "min_df", "length")
        encoder = cls(ngram_range=counter.ngram_range, **{name: settings[name] for name in names})
        encoder.counter_, encoder.ids_ = counter, ids
        return encoder
