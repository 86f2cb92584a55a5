"""Word vectors from one's own texts: counted, weighed, factorised."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from seqloom.errors import DataError, UsageError
from seqloom.text.conventions import check_size
from seqloom.text.tokens import Texts
from seqloom.text.vectors.factorise import N_STEPS, find_vectors, weigh_pairs
from seqloom.text.vectors.pairs import count_pairs
from seqloom.text.vectors.skipgram import find_word2vec, train_skipgram
from seqloom.text.vectors.spool import Spool, cut_chunks
from seqloom.text.vectors.wordvectors import WordVectors

__all__ = ["N_STAGES", "VectorOptions", "train_vectors"]

# What progress is counted in: tokens, pairs, and the steps of the factorisation.
N_STAGES = 2 + N_STEPS

# Tokens whose pairs are counted at a time: a quarter of a gigabyte for each core.
_BLOCK_TOKENS = 1 << 23


@dataclass(frozen=True, kw_only=True)
class VectorOptions:
    """How word vectors are trained.

    Parameters
    ----------
    width : int
        Numbers of a vector, D.
    window : int
        How far apart words still stand together; words left out are not counted.
    min_count : int
        Times a word must stand in the texts: of rarer ones too little is known.
    max_words : int
        Words at most, the most frequent: time and memory grow with the pairs among them.
    method : {"ppmi", "skipgram"}
        Counts, weighed and factorised; or skip-gram with negative sampling, by gensim, which must be installed.
    seed : int
        The same seed gives the same bits, but for skip-gram, whose threads do not wait for each other.
    """

    width: int = 100
    window: int = 5
    min_count: int = 5
    max_words: int = 30_000
    method: str = "ppmi"
    seed: int = 0


_DEFAULTS = VectorOptions()


def train_vectors(
    texts: Texts | pl.Series | Iterable[Any],
    options: VectorOptions = _DEFAULTS,
    *,
    advance: Callable[[str], None] = lambda note: None,  # noqa: ARG005
) -> WordVectors:
    """Word vectors of some texts, the most frequent word first.

    Parameters
    ----------
    texts : Texts, polars.Series, iterable of str, or iterable of any of these
        The texts, or chunks of them: each is tokenised and spooled to disk before the next is asked for, so that
        together they may be larger than memory.
    options : VectorOptions
        How.
    advance : callable
        Called with a note behind each of ``N_STAGES`` stages.

    Returns
    -------
    WordVectors
        ``notes`` says how much was counted.

    Raises
    ------
    UsageError
        Where an option cannot be meant.
    DataError
        Where there are too few words, or none stand together.

    Examples
    --------
    >>> texts = ["the king sat", "the queen sat", "a dog ran", "a cat ran"] * 5
    >>> sorted(word for word, _ in train_vectors(texts, VectorOptions(width=4)).near("king", n=3))
    ['queen', 'sat', 'the']

    Source: Levy, Goldberg and Dagan (2015), Improving Distributional Similarity with Lessons Learned.
    """
    _check(options)
    if options.method == "skipgram":
        find_word2vec()  # before the texts are read, not behind it
    with Spool(options.window) as spool:
        for chunk in cut_chunks(texts):
            spool.add(chunk)
        chosen = _choose_words(spool.count, options)
        advance("tokens")
        words = [spool.words[number] for number in chosen]
        rank = np.full(len(spool.words), -1, dtype=np.int32)
        rank[chosen] = np.arange(len(chosen), dtype=np.int32)
        if options.method == "skipgram":
            matrix = train_skipgram(spool, words, rank=rank, width=options.width, seed=options.seed)
        else:
            matrix = _factorise(spool, rank, options=options, advance=advance)
        n_tokens, n_kept = int(spool.count.sum()), int(spool.count[chosen].sum())
        told = f"{n_tokens:,} tokens of {spool.n_texts:,} texts, {len(spool.words):,} different words"
        kept = f"kept {len(words):,} words, {100 * n_kept / n_tokens:.1f} % of the tokens"
    origin = {"method": options.method, "window": options.window, "seed": options.seed, "n_tokens": n_tokens}
    return WordVectors(words, matrix, notes=[told, kept], origin=origin)


def _check(options: VectorOptions) -> None:
    if options.method not in ("ppmi", "skipgram"):
        raise UsageError(f"method {options.method!r} found, ppmi or skipgram expected.")
    for name, least in (("width", 1), ("window", 1), ("min_count", 1), ("max_words", 2), ("seed", 0)):
        check_size(name, getattr(options, name), least=least, or_none=False)


def _choose_words(count: np.ndarray, options: VectorOptions) -> np.ndarray:
    """Numbers of the words that get a vector, by frequency, ties by first appearance."""
    order = np.argsort(-count, kind="stable")
    chosen = order[count[order] >= options.min_count][: options.max_words]
    if len(chosen) < max(2, options.width):
        found = (
            f"{len(chosen):,} word{' stands' if len(chosen) == 1 else 's stand'} {options.min_count:,} times or more"
        )
        need = f"vectors of {options.width:,} numbers need as many words"
        raise DataError(
            f"{found} in the texts, and {need}. Give more texts, a smaller --width (width), a smaller --min-count "
            "(min_count), or a larger --max-words (max_words)."
        )
    return chosen


def _factorise(spool: Spool, rank: np.ndarray, *, options: VectorOptions, advance: Callable[[str], None]) -> np.ndarray:
    n_words = int(rank.max()) + 1
    counts = count_pairs(spool.read(rank, _BLOCK_TOKENS), n_words, window=options.window)
    if not counts.nnz:
        raise DataError("no two known words stand in one text, so nothing can be learned of them. Give longer texts.")
    advance("pairs")
    return find_vectors(weigh_pairs(counts), options.width, seed=options.seed, advance=advance)
