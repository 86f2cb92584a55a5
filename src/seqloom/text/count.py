"""Texts as counts of n-grams: the matrix of the bag of words, in four modes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

import numpy as np
import polars as pl
import scipy.sparse as sp

from seqloom.errors import UsageError
from seqloom.flow import Arrays
from seqloom.text.checks import MODES, check_idf, check_keys, check_ngrams_settings, check_words
from seqloom.text.conventions import (
    AbstractVectorizer,
    RawTexts,
    check_dtype,
    check_ngram_range,
    check_size,
    count_rows,
    refuse_nothing,
)
from seqloom.text.keys import join_words, lookup_keys, pack_keys, unpack_keys
from seqloom.text.ngrams import Ngrams, count_ngrams, take_rows
from seqloom.text.tokens import Texts
from seqloom.text.vocabulary import Vocabulary

__all__ = ["CountVectorizer"]

_SETTINGS = ("max_features", "min_df", "max_df", "mode")


class CountVectorizer(AbstractVectorizer):
    r"""Texts as counts of n-grams, a sparse row each, columns in alphabetical order: scikit-learn's, faster.

    Parameters
    ----------
    analyzer : {"word", "char", "char_wb", "morpheme"} or callable
        What tokens are (see ``text.analyse``). The n-grams of a callable are made of what it gives.
    lowercase : bool
        Whether texts are lower-cased first (not for a callable).
    token_pattern : str or None
        What a word is, as a regular expression; None: words of any script, ``!``, ``?`` and pictographs.
        ``r"\b\w\w+\b"`` is scikit-learn's.
    ngram_range : tuple of int
        Shortest and longest n-gram. The tokens of the longest share 63 bits: with three there may be 2 M different
        ones in use, with four 32,766, with five 4,094; more are refused.
    min_df, max_df : int or float
        Training texts that an n-gram must, and may, stand in; a float is a share of them.
    max_features : int or None
        n-grams kept at most, the most frequent first, ties in alphabetical order; None keeps all.
    mode : {"count", "binary", "freq", "tfidf"}
        ``count``: how often, tf. ``binary``: 1 where present. ``freq``: tf over the sum of the row.
        ``tfidf``: tf * (log((1 + N) / (1 + df)) + 1), each row then of Euclidean length 1 (scikit-learn's rule; Keras's
        old one is kept by ``legacy.text.Tokenizer``).
    dtype : {"float32", "float64"}
        Of the values; counts are exact in both up to 16 million.

    Examples
    --------
    >>> vectorizer = CountVectorizer(ngram_range=(1, 2))
    >>> vectorizer.fit_transform(["not good", "not bad", "good good"]).toarray().tolist()
    [[0.0, 1.0, 0.0, 1.0, 0.0, 1.0], [1.0, 0.0, 0.0, 1.0, 1.0, 0.0], [0.0, 2.0, 1.0, 0.0, 0.0, 0.0]]
    >>> vectorizer.get_feature_names_out().tolist()
    ['bad', 'good', 'good good', 'not', 'not bad', 'not good']
    """

    def __init__(
        self,
        *,
        analyzer: str | Callable[[str], Iterable[str]] = "word",
        lowercase: bool = True,
        token_pattern: str | None = None,
        ngram_range: tuple[int, int] = (1, 1),
        min_df: int | float = 1,
        max_df: int | float = 1.0,
        max_features: int | None = None,
        mode: str = "count",
        dtype: str = "float32",
    ) -> None:
        self.analyzer = analyzer
        self.lowercase = lowercase
        self.token_pattern = token_pattern
        self.ngram_range = ngram_range
        self.min_df = min_df
        self.max_df = max_df
        self.max_features = max_features
        self.mode = mode
        self.dtype = dtype

    # ---- fitting ----

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
            With ``words_`` (what n-grams are made of), ``keys_`` (these, packed), ``df_`` (texts that each stands in;
            not saved) and, for ``tfidf``, ``idf_``.

        Raises
        ------
        UsageError
            Where a setting cannot be meant.
        DataError
            Where a text is no string, or no n-gram is left.
        """
        self._check()
        rows = self._read(texts)
        least = max(count_rows("min_df", self.min_df, n_rows=len(rows)), 1)
        most = count_rows("max_df", self.max_df, n_rows=len(rows))
        # Seen too rarely in the whole corpus is too rarely in its rows, unless a row is taken twice (a bootstrap).
        min_count = least if len(np.unique(rows.rows)) == len(rows) else 1
        ngrams = count_ngrams(rows.corpus, self._range, min_count=min_count)
        df = _count_texts(ngrams.counts, rows)
        kept = np.flatnonzero((df >= least) & (df <= most))
        if not len(kept):
            remedy = (
                f"min_df {self.min_df} and max_df {self.max_df} leave them out: lower the first, or raise the second."
            )
            everything = _count_texts(count_ngrams(rows.corpus, self._range).counts, rows)
            refuse_nothing("n-grams", n_texts=len(rows), n_seen=int((everything > 0).sum()), remedy=remedy)
        kept = self._learn(ngrams, kept, rows=rows)
        self.df_ = df[kept]
        if self.mode == "tfidf":
            self.idf_ = np.log((1 + len(rows)) / (1 + self.df_)) + 1
        column = np.full(len(df), -1, dtype=np.int64)
        column[kept] = np.arange(len(kept))
        identity = rows.corpus.memo.setdefault("identity", object())
        # The corpus fitted on, how often n-grams must stand in it to be worth counting, and the columns of those.
        self._home: tuple[object, int, np.ndarray | None] = (identity, min_count, column)
        return self

    @property
    def _range(self) -> tuple[int, int]:
        return check_ngram_range(self.ngram_range)

    @property
    def _bits(self) -> int:
        return 63 // self.ngram_range[1]

    def _check(self) -> None:
        if self.mode not in MODES:
            raise UsageError(f"mode {self.mode!r:.60} found, one of {', '.join(MODES)} expected.")
        check_ngram_range(self.ngram_range)
        check_dtype(self.dtype)
        check_size("max_features", self.max_features, least=1)

    def _learn(self, ngrams: Ngrams, kept: np.ndarray, *, rows: Texts) -> np.ndarray:
        """Words and keys of the n-grams to be kept; gives these in the order of the columns."""
        number, names = _sort_names(ngrams, kept)
        if len(names) > (1 << self._bits) - 2:
            raise UsageError(
                f"{len(names):,} different tokens stand in the n-grams that are kept; of n-grams of up to "
                f"{self.ngram_range[1]} at most {(1 << self._bits) - 2:,} can be told apart. "
                "Make ngram_range shorter, or raise min_df."
            )
        keys = pack_keys(number[ngrams.words[kept]], bits=self._bits)
        order = np.argsort(keys)
        if self.max_features is not None and len(kept) > self.max_features:
            often = np.asarray(take_rows(ngrams.counts, rows).sum(axis=0)).ravel()[kept[order]]
            order = order[np.sort(np.argsort(-often, kind="stable")[: self.max_features])]
        self.words_ = Vocabulary(words=names)
        self.keys_ = keys[order]
        return kept[order]

    # ---- encoding ----

    @property
    def n_features(self) -> int:
        """The number of columns, F."""
        return len(self._learned("keys_"))

    @property
    def vocabulary_(self) -> dict[str, int]:
        """The column of each n-gram."""
        return dict(zip(self.get_feature_names_out().tolist(), range(self.n_features), strict=True))

    def transform(self, texts: RawTexts) -> sp.csr_matrix:
        """The matrix of these rows.

        Parameters
        ----------
        texts : Texts or sequence of str
            Rows, tokenised or not.

        Returns
        -------
        CSR matrix, ``[N, F]``
            In the mode and dtype of the constructor; n-grams that ``fit`` did not see are left out.
        """
        self._learned("keys_")
        return self.encode(self._read(texts))["counts"]

    def encode(self, texts: Texts) -> dict[str, sp.csr_matrix]:
        """``counts``: CSR ``[N, F]``, as ``transform`` gives it, by its name for a model."""
        self._learned("keys_")
        texts = self._read(texts)
        home, min_count, column = self._home
        if texts.corpus.memo.get("identity") is not home:  # nothing of another corpus is too rare to be looked up
            min_count, column = 1, None
        ngrams = count_ngrams(texts.corpus, self._range, min_count=min_count)
        if column is None:
            column = lookup_keys(self._pack(ngrams), self.keys_)
        known = np.flatnonzero(column >= 0)
        known = known[np.argsort(column[known])]
        taken = take_rows(ngrams.counts[:, known], texts)
        place = column[known].astype(taken.indices.dtype)[taken.indices]
        counts = sp.csr_matrix((taken.data, place, taken.indptr), shape=(len(texts), self.n_features))
        return {"counts": self._weigh(counts)}

    def _pack(self, ngrams: Ngrams) -> np.ndarray:
        index = self.words_.index(ngrams.names)
        number = np.append(np.where(index < 0, np.int32(-2), index), np.int32(-1))  # the last serves -1, "no word"
        return pack_keys(number[ngrams.words], bits=self._bits)

    def _weigh(self, counts: sp.csr_matrix) -> sp.csr_matrix:
        """Counts in the mode asked for."""
        counts = counts.astype(check_dtype(self.dtype), copy=False)
        if self.mode == "binary":
            counts.data[:] = 1
        elif self.mode != "count":
            if self.mode == "tfidf":
                counts.data *= self.idf_[counts.indices]
            length = sp.linalg.norm(counts, ord=2 if self.mode == "tfidf" else 1, axis=1)
            counts.data /= np.repeat(length, np.diff(counts.indptr))
        return counts

    # ---- reading the columns ----

    def spell(self, columns: np.ndarray) -> list[str]:
        """The n-grams of the given columns, written out."""
        words = unpack_keys(self._learned("keys_")[columns], self.ngram_range[1], bits=self._bits)
        return join_words(self.words_.words, words, joiner=self._analyser.joiner).to_list()

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:  # noqa: ARG002 (scikit-learn's signature)
        """The n-gram of each column, ``[F]`` objects; ``input_features`` is there for scikit-learn."""
        return np.array(self.spell(np.arange(self.n_features)), dtype=object)

    def inverse_transform(self, matrix: Any) -> list[np.ndarray]:
        """The n-grams that stand in each row of a matrix, ``[N]`` arrays of strings, in alphabetical order."""
        rows, names = sp.csr_matrix(matrix), self.get_feature_names_out()
        rows.eliminate_zeros()
        rows.sort_indices()
        return np.split(names[rows.indices], rows.indptr[1:-1])

    # ---- saving ----

    def state(self) -> tuple[dict[str, Any], list[str], Arrays]:
        """Settings, words and arrays: all that ``from_state`` needs."""
        arrays = {"ngram_keys": self._learned("keys_")} | ({"ngram_idf": self.idf_} if self.mode == "tfidf" else {})
        settings = {name: getattr(self, name) for name in _SETTINGS} | self._tell_analyser()
        settings |= {"ngram_range": list(self.ngram_range), "dtype": check_dtype(self.dtype)}
        return {"kind": "ngrams", **settings}, self.words_.words.to_list(), arrays

    @classmethod
    def from_state(cls, settings: Mapping[str, Any], words: list[str], *, arrays: Arrays) -> CountVectorizer:
        """The encoder again, from what ``state`` gave."""
        check_ngrams_settings(settings)
        low, high = settings["ngram_range"]
        names = (*_SETTINGS, "dtype", "analyzer", "lowercase", "token_pattern")
        encoder = cls(ngram_range=(low, high), **{name: settings[name] for name in names})
        encoder.words_ = Vocabulary(words=check_words(words))
        encoder.keys_ = check_keys(
            arrays["ngram_keys"], (low, high), n_words=len(words), analyzer=str(encoder.analyzer)
        )
        if encoder.mode == "tfidf":
            encoder.idf_ = check_idf(arrays["ngram_idf"], n_ngrams=len(encoder.keys_))
        encoder._home = (None, 1, None)
        return encoder


def _count_texts(counts: sp.csc_matrix, texts: Texts) -> np.ndarray:
    """In how many of these rows each n-gram stands, ``[F] int``."""
    if texts.is_whole:
        return np.diff(counts.indptr)
    return np.bincount(take_rows(counts, texts).indices, minlength=counts.shape[1])


def _sort_names(ngrams: Ngrams, kept: np.ndarray) -> tuple[np.ndarray, pl.Series]:
    """The words in use in alphabetical order; before them the place of each word of the corpus there, -1 for none."""
    is_used = np.zeros(len(ngrams.names) + 1, dtype=bool)
    is_used[ngrams.words[kept]] = True  # the last place serves -1, "no word"
    places = np.flatnonzero(is_used[:-1])
    names = ngrams.names.gather(places)
    number = np.full(len(is_used), -1, dtype=np.int32)
    number[places[names.arg_sort().to_numpy()]] = np.arange(len(places))
    return number, names.sort()
