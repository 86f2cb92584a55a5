"""Skip-gram with negative sampling, by gensim: an optional extra."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from seqloom.errors import UsageError
from seqloom.text.vectors.spool import GAP, Spool

__all__ = ["find_word2vec", "train_skipgram"]

# gensim's own number is 5; on 18 M tokens the third pass was the last that changed likeness by more than noise.
_EPOCHS = 3

# Tokens read at a time; gensim cuts texts longer than 10,000 tokens anyway.
_BLOCK_TOKENS = 1 << 20


class _Sentences:
    """The texts of a spool as lists of words, from the beginning each time they are asked for."""

    def __init__(self, spool: Spool, words: Sequence[str], *, rank: np.ndarray) -> None:
        self._spool, self._words, self._rank = spool, np.array(words, dtype=object), rank

    def __iter__(self) -> Iterator[list[str]]:
        rest = np.empty(0, dtype=np.int32)
        for block in self._spool.read(self._rank, _BLOCK_TOKENS):
            stream = np.concatenate([rest, block])
            is_end = stream == GAP
            cut = len(stream) - int(is_end[::-1].argmax()) if is_end.any() else 0
            rest = stream[cut:]
            gaps = np.flatnonzero(is_end[:cut])
            yield from (
                self._words[piece[piece >= 0]].tolist() for piece in np.split(stream[:cut], gaps) if (piece >= 0).any()
            )


def find_word2vec() -> Any:
    """The class ``Word2Vec`` of gensim; raises UsageError, with the remedy, where gensim is not installed."""
    try:
        from gensim.models import Word2Vec
    except ImportError as problem:
        raise UsageError(
            f"skip-gram needs gensim, which cannot be imported ({problem}). Install it: pip install 'seqloom[vectors]'"
        ) from problem
    return Word2Vec


def train_skipgram(spool: Spool, words: Sequence[str], *, rank: np.ndarray, width: int, seed: int) -> np.ndarray:
    """Vectors by gensim's ``Word2Vec``.

    Parameters
    ----------
    spool : Spool
        The texts.
    words : sequence of str
        ``[V]``, by rank.
    rank : ndarray, ``[V of the spool] int32``
        Of each number of the spool; -1 leaves a word out.
    width : int
        D.
    seed : int
        Of the first vectors. The threads still differ from run to run.

    Returns
    -------
    ndarray
        ``[V, D] float32``.

    Source: Mikolov et al. (2013), with gensim's settings, but for 3 epochs.
    """
    Word2Vec = find_word2vec()
    model = Word2Vec(
        sentences=_Sentences(spool, words, rank=rank),
        vector_size=width,
        window=spool.window,
        sg=1,
        epochs=_EPOCHS,
        min_count=1,
        workers=os.cpu_count() or 1,
        seed=seed,
    )
    return np.asarray(model.wv[list(words)], dtype=np.float32)
