"""Which words a model knows, learned from training rows alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from seqloom.text.ngrams import count_words
from seqloom.text.tokens import Texts

__all__ = ["Vocabulary", "fit_vocabulary"]


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """Words in order of frequency, ties by first appearance.

    Parameters
    ----------
    words : polars.Series
        ``[V]`` strings, each once.
    """

    words: pl.Series

    def __len__(self) -> int:
        """The number of words, V."""
        return len(self.words)

    def index(self, words: pl.Series) -> np.ndarray:
        """The vocabulary index of each of these words, ``[V of them] int32``, -1 where unknown."""
        ours = pl.DataFrame({"word": self.words, "index": np.arange(len(self.words), dtype=np.int32)})
        found = words.alias("word").to_frame().join(ours, on="word", how="left", maintain_order="left")
        return found["index"].fill_null(-1).to_numpy()


def fit_vocabulary(texts: Texts, *, max_features: int | None = None, min_df: int = 1) -> Vocabulary:
    """The most frequent words of some rows.

    Parameters
    ----------
    texts : Texts
        Training rows; words of other rows of the same corpus are not seen.
    max_features : int or None
        Words at most; None keeps all.
    min_df : int
        Rows that a word must stand in.

    Returns
    -------
    Vocabulary
        By frequency, ties by first appearance in these rows.
    """
    tokens = texts.tokens
    n_words = len(texts.corpus.words)
    count = np.bincount(tokens.values, minlength=n_words)
    first = np.full(n_words, len(tokens.values), dtype=np.int64)
    first[tokens.values[::-1]] = np.arange(len(tokens.values) - 1, -1, -1)
    order = np.lexsort((first, -count))
    enough = count[order] > 0 if min_df <= 1 else np.diff(count_words(tokens, n_words).indptr)[order] >= min_df
    return Vocabulary(words=texts.corpus.words.gather(order[enough][:max_features]))
