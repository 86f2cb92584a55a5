"""The hashing trick: n-grams to columns by a hash of their text, without a vocabulary.

Source: Weinberger et al. (2009), Feature Hashing for Large Scale Multitask Learning.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import numpy as np
import polars as pl
import scipy.sparse as sp

from seqloom.errors import UsageError
from seqloom.text.analyse import check_flag
from seqloom.text.conventions import AbstractVectorizer, RawTexts, check_dtype, check_ngram_range
from seqloom.text.keys import join_words
from seqloom.text.murmur import hash_strings
from seqloom.text.ngrams import Ngrams, count_ngrams, take_rows
from seqloom.text.tokens import Texts, as_strings

__all__ = ["Collisions", "HashingVectorizer"]

# Different hashes that there are: their absolute values, of 32 bits with a sign.
_MOST_FEATURES = 2**31

# Texts hashed at a time: bounds memory, and is enough to keep the cores busy.
_CHUNK = 8_192


@dataclass(frozen=True, kw_only=True)
class Collisions:
    """How crowded the columns are for the n-grams of some texts; ``str`` says it in words.

    Parameters
    ----------
    n_features : int
        Columns that there are.
    n_ngrams : int
        Different n-grams in the texts.
    n_used : int
        Columns that any of them fall into.
    n_colliding : int
        n-grams that share their column with another.
    halving_n_features : int or None
        The least number of columns, of this one doubled again and again, that at most half as many would share; None
        where there is none (no collision, or hashes that are equal at any width).
    halving_n_colliding : int or None
        How many would share then.
    """

    n_features: int
    n_ngrams: int
    n_used: int
    n_colliding: int
    halving_n_features: int | None
    halving_n_colliding: int | None

    def __str__(self) -> str:
        """Two sentences."""
        told = (
            f"{self.n_ngrams:,} different n-grams fall into {self.n_used:,} of {self.n_features:,} columns; "
            f"{self.n_colliding:,} ({self.n_colliding / max(self.n_ngrams, 1):.1%}) share theirs with another."
        )
        if self.halving_n_features is None:
            return (
                f"{told} No more columns are needed." if not self.n_colliding else f"{told} More columns do not help."
            )
        power = self.halving_n_features.bit_length() - 1
        exact = f" (2**{power})" if self.halving_n_features == 1 << power else ""
        return f"{told} With n_features={self.halving_n_features:,}{exact} it would be {self.halving_n_colliding:,}."


class HashingVectorizer(AbstractVectorizer):
    r"""Texts as hashed n-grams, a sparse row each: no vocabulary, nothing to fit, the same columns as scikit-learn's.

    The column of an n-gram is the MurmurHash3 of its text modulo ``n_features``: the same in every process and version.

    Parameters
    ----------
    analyzer : {"word", "char", "char_wb", "morpheme"} or callable
        What tokens are (see ``text.analyse``). The n-grams of a callable are made of what it gives.
    lowercase : bool
        Whether texts are lower-cased first (not for a callable).
    token_pattern : str or None
        What a word is, as a regular expression; None: words of any script, ``!``, ``?`` and pictographs.
        With ``r"\b\w\w+\b"``, scikit-learn's, the matrix equals scikit-learn's.
    ngram_range : tuple of int
        Shortest and longest n-gram.
    n_features : int
        F, columns. ``count_collisions`` tells what a number means for given texts.
    alternate_sign : bool
        Whether half of all n-grams (by their hash) count negative, so that collisions cancel out on average.
    norm : {"l2", "l1", None}
        To which length each row is brought.
    dtype : {"float32", "float64"}
        Of the values.

    Examples
    --------
    >>> vectorizer = HashingVectorizer(ngram_range=(1, 2), n_features=16, norm=None)
    >>> vectorizer.transform(["not good", "good"]).nnz
    4
    >>> print(vectorizer.count_collisions(["not good", "not bad"]))
    5 different n-grams fall into 4 of 16 columns; 2 (40.0%) share theirs with another. With n_features=1,024 (2**10) it
    would be 0.
    """

    def __init__(
        self,
        *,
        analyzer: str | Callable[[str], Iterable[str]] = "word",
        lowercase: bool = True,
        token_pattern: str | None = None,
        ngram_range: tuple[int, int] = (1, 1),
        n_features: int = 2**20,
        alternate_sign: bool = True,
        norm: str | None = "l2",
        dtype: str = "float32",
    ) -> None:
        self.analyzer = analyzer
        self.lowercase = lowercase
        self.token_pattern = token_pattern
        self.ngram_range = ngram_range
        self.n_features = n_features
        self.alternate_sign = alternate_sign
        self.norm = norm
        self.dtype = dtype

    def fit(self, texts: RawTexts, y: Any = None) -> Self:  # noqa: ARG002 (scikit-learn's signature)
        """Itself: settings are checked, and nothing is learned from ``texts`` or ``y``."""
        self._check()
        return self

    def _check(self) -> None:
        is_number = isinstance(self.n_features, int | np.integer) and not isinstance(self.n_features, bool)
        if not is_number or not 1 <= self.n_features <= _MOST_FEATURES:
            raise UsageError(
                f"n_features {self.n_features!r:.60} found; the number of columns, 1 to {_MOST_FEATURES:,}, expected."
            )
        if self.norm not in ("l1", "l2", None):
            raise UsageError(f"norm {self.norm!r:.60} found; 'l1', 'l2' or None expected.")
        check_flag("alternate_sign", self.alternate_sign)
        check_dtype(self.dtype)
        check_ngram_range(self.ngram_range)
        self._analyser.check()

    def transform(self, texts: RawTexts) -> sp.csr_matrix:
        """The matrix of these rows.

        Parameters
        ----------
        texts : Texts or sequence of str
            Rows, tokenised or not.

        Returns
        -------
        CSR matrix, ``[N, F]``
            It takes about as much memory as it has entries; for more than fits, see ``transform_stream``.
        """
        if isinstance(texts, Texts):
            self._check()
            return self._hash_rows(texts)
        strings = as_strings(texts)
        self._check()
        starts = range(0, max(len(strings), 1), _CHUNK)
        # NumPy, SciPy and Polars work without Python's lock: a thread for each core, a chunk for each thread
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            read = partial(self._read_rows, strings)
            return sp.vstack(list(pool.map(read, starts)), format="csr")

    def _read_rows(self, strings: pl.Series, start: int) -> sp.csr_matrix:
        return self._hash_rows(self._read(strings.slice(start, _CHUNK), first_row=start))

    def transform_stream(self, chunks: Iterable[RawTexts]) -> Iterator[sp.csr_matrix]:
        """A matrix for each chunk of texts as it comes: memory for one chunk, however many there are.

        Parameters
        ----------
        chunks : iterable of sequences of str
            Some thousand texts each, say.

        Yields
        ------
        CSR matrix, ``[rows of the chunk, F]``
            What ``transform`` gives of it.
        """
        self._check()
        first_row = 0
        for chunk in chunks:
            texts = self._read(chunk, first_row=first_row)
            first_row += len(texts)
            yield self._hash_rows(texts)

    def _hash_rows(self, texts: Texts) -> sp.csr_matrix:
        ngrams = self._count(texts)
        hashes = hash_strings(self._spell(ngrams))
        columns = self._place(hashes, self.n_features)
        order = np.argsort(columns)  # so that turning the matrix to rows sorts these, for nothing
        counts = take_rows(ngrams.counts[:, order], texts)
        data = counts.data.astype(check_dtype(self.dtype), copy=False)
        if self.alternate_sign:
            data *= np.where(hashes >= 0, 1, -1).astype(data.dtype)[order][counts.indices]
        place = columns[order].astype(counts.indices.dtype)[counts.indices]
        hashed = sp.csr_matrix((data, place, counts.indptr), shape=(len(texts), self.n_features))
        hashed.has_sorted_indices = True
        hashed.sum_duplicates()
        if self.norm is not None:
            length = sp.linalg.norm(hashed, ord=int(self.norm[1]), axis=1)
            length[length == 0] = 1  # where signs have cancelled everything out
            hashed.data /= np.repeat(length, np.diff(hashed.indptr))
        return hashed

    def _count(self, texts: Texts) -> Ngrams:
        return count_ngrams(texts.corpus, check_ngram_range(self.ngram_range))

    def _spell(self, ngrams: Ngrams) -> pl.Series:
        return join_words(ngrams.names, ngrams.words, joiner=self._analyser.joiner)

    @staticmethod
    def _place(hashes: np.ndarray, n_features: int) -> np.ndarray:
        return np.abs(hashes.astype(np.int64)) % n_features

    def count_collisions(self, texts: RawTexts) -> Collisions:
        """How many n-grams of these texts share a column, exactly.

        Parameters
        ----------
        texts : Texts or sequence of str
            Rows, tokenised or not.

        Returns
        -------
        Collisions
            With the number of columns that would halve them; ``print`` it.
        """
        self._check()
        hashes = hash_strings(self._spell(self._count(self._read(texts))).unique())
        n_used, n_colliding = _count_shared(self._place(hashes, self.n_features))
        width, then = self.n_features, n_colliding
        while n_colliding and 2 * then > n_colliding and 2 * width <= _MOST_FEATURES:
            width *= 2
            then = _count_shared(self._place(hashes, width))[1]
        is_found = n_colliding > 0 and 2 * then <= n_colliding
        return Collisions(
            n_features=self.n_features,
            n_ngrams=len(hashes),
            n_used=n_used,
            n_colliding=n_colliding,
            halving_n_features=width if is_found else None,
            halving_n_colliding=then if is_found else None,
        )

    def __sklearn_tags__(self) -> Any:
        """As for all vectorisers, and that it works unfitted."""
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        return tags


def _count_shared(columns: np.ndarray) -> tuple[int, int]:
    """How many columns are used, and how many of the n-grams share theirs."""
    ordered = np.sort(columns)
    is_same = ordered[1:] == ordered[:-1]
    is_shared = np.append(is_same, False) | np.insert(is_same, 0, False)
    return len(ordered) - int(is_same.sum()), int(is_shared[: len(ordered)].sum())
