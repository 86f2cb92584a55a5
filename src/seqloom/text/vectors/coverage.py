"""How much of some texts a set of vectors knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from seqloom.text.tokens import Texts
from seqloom.text.vectors.spelling import Index

__all__ = ["Coverage", "measure_coverage"]

# Of missing words, those told of: the most frequent are what a person can do something about.
_N_MISSING = 20


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """How much of some texts a set of vectors knows.

    Parameters
    ----------
    n_tokens, n_known_tokens : int
        Words of the texts, each as often as it stands there, and those of them with a vector.
    n_types, n_known_types : int
        Different words, and those of them with a vector.
    missing : tuple of (str, int)
        The most frequent words without one, and how often they stand there.
    """

    n_tokens: int
    n_known_tokens: int
    n_types: int
    n_known_types: int
    missing: tuple[tuple[str, int], ...]


def measure_coverage(index: Index, chunks: Iterable[Texts]) -> Coverage:
    """The coverage of all chunks together.

    Parameters
    ----------
    index : Index
        Of the words that have a vector.
    chunks : iterable of Texts
        Tokenised texts.

    Returns
    -------
    Coverage
        Ties among missing words by first appearance.
    """
    often: Counter[str] = Counter()
    for chunk in chunks:
        count = np.bincount(chunk.tokens.values, minlength=len(chunk.corpus.words))
        there = np.flatnonzero(count)
        often.update(dict(zip(chunk.corpus.words.gather(there).to_list(), count[there].tolist(), strict=True)))
    words = list(often)
    is_known = index.find(words) >= 0
    missing = Counter({words[i]: often[words[i]] for i in np.flatnonzero(~is_known).tolist()})
    n_missing = missing.total()
    return Coverage(
        n_tokens=often.total(),
        n_known_tokens=often.total() - n_missing,
        n_types=len(words),
        n_known_types=len(words) - len(missing),
        missing=tuple(missing.most_common(_N_MISSING)),
    )
