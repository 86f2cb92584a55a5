"""n-grams as single integers, the same in every corpus, and written out."""

from __future__ import annotations

import numpy as np
import polars as pl

__all__ = ["join_words", "lookup_keys", "pack_keys", "unpack_keys"]


def pack_keys(words: np.ndarray, *, bits: int) -> np.ndarray:
    """One integer for each n-gram, the same for the same words in every corpus.

    Parameters
    ----------
    words : ndarray, ``[F, n] int``
        Vocabulary ids counted from 0; -1 behind the last word of a shorter n-gram, -2 for a word not known.
    bits : int
        Bits a word: 63 // n, so 21 for three words, enough for two million words.

    Returns
    -------
    ndarray, ``[F] int64``
        -1 where a word is not known or does not fit its bits. Different n-grams never share a key. The first word has
        the highest bits, so that keys are in order as the n-grams are: of an alphabetical vocabulary, alphabetical.

    Examples
    --------
    >>> pack_keys(np.array([[0, -1], [0, 1], [5, -2]]), bits=31).tolist()
    [2147483648, 2147483650, -1]
    """
    known = ((words != -2) & (words < (1 << bits) - 1)).all(axis=1)
    keys = np.zeros(len(words), dtype=np.int64)
    for column in words.T:
        keys <<= bits
        keys |= column + np.int64(1)
    return np.where(known, keys, np.int64(-1))


def unpack_keys(keys: np.ndarray, n: int, *, bits: int) -> np.ndarray:
    """The ``n`` words of each n-gram, ``[F, n] int64``: what ``pack_keys`` made ``keys`` of, with these ``bits``."""
    shifts = np.arange(bits * (n - 1), -1, -bits)
    return ((keys[:, None] >> shifts) & ((1 << bits) - 1)) - 1


def join_words(names: pl.Series, words: np.ndarray, *, joiner: str) -> pl.Series:
    """Each n-gram written out, ``[F]`` strings.

    Parameters
    ----------
    names : polars.Series
        ``[V]`` words.
    words : ndarray, ``[F, n] int``
        Places in ``names``, -1 behind the last.
    joiner : str
        What stands between two words.
    """
    frame = pl.DataFrame({str(i): column for i, column in enumerate(words.T)})
    place = pl.all().replace(-1, None)
    parts = frame.select(place).get_columns()
    spelt = [names.gather(part).alias(part.name) for part in parts]
    return pl.select(pl.concat_str(spelt, separator=joiner, ignore_nulls=True)).to_series()


def lookup_keys(keys: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The place of each key in ``known``, -1 where it is absent.

    Parameters
    ----------
    keys : ndarray, ``[F] int64``
        What to look for.
    known : ndarray, ``[V] int64``
        Ascending.

    Returns
    -------
    ndarray, ``[F] int64``
        Places.
    """
    if not len(known):
        return np.full(len(keys), -1, dtype=np.int64)
    place = np.searchsorted(known, keys)
    place[place == len(known)] = 0
    return np.where(known[place] == keys, place, -1)
