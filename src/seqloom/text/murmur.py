"""MurmurHash3 (x86, 32 bits) of many strings at once: the same number in every process, version and language.

Block by block over all strings together, the longest first, so that those that still have a block stand in front.

Source: Austin Appleby, MurmurHash3 (2011, public domain); scikit-learn hashes with it, with seed 0.
"""

from __future__ import annotations

import numpy as np
import polars as pl

__all__ = ["hash_strings"]

_C1, _C2 = np.uint32(0xCC9E2D51), np.uint32(0x1B873593)
_TAIL = np.array([0, 0xFF, 0xFFFF, 0xFFFFFF], dtype=np.uint32)  # which bytes of the last four belong to the string


def hash_strings(strings: pl.Series) -> np.ndarray:
    """The hash of each string's UTF-8 bytes, with seed 0.

    Parameters
    ----------
    strings : polars.Series
        ``[N]`` strings, none null.

    Returns
    -------
    ndarray, ``[N] int32``
        Signed, as scikit-learn's ``murmurhash3_32`` gives it.

    Examples
    --------
    >>> hash_strings(pl.Series(["", "a", "not good", "가나다"])).tolist()
    [0, 1009084850, -111246651, 451092919]
    """
    if not len(strings):
        return np.zeros(0, dtype=np.int32)
    lengths = strings.str.len_bytes().to_numpy().astype(np.int64)
    # three bytes more, so that four can be read wherever a string ends
    joined = strings.str.join("").item().encode() + bytes(3)
    four = np.ndarray(len(joined) - 3, dtype="<u4", buffer=joined, strides=(1,))  # the four bytes from each byte on
    order = np.argsort(-(lengths // 4), kind="stable")
    start = (np.cumsum(lengths) - lengths)[order]
    size = lengths[order]
    n_blocks = size // 4
    mixed = np.zeros(len(size), dtype=np.uint32)
    for block in range(int(n_blocks[0])):
        n = len(n_blocks) - np.searchsorted(n_blocks[::-1], block, side="right")  # that have this block
        mixed[:n] = _stir(mixed[:n] ^ _scramble(four[start[:n] + 4 * block]))
    has_tail = size % 4 > 0
    last = (start + 4 * n_blocks)[has_tail]
    mixed[has_tail] ^= _scramble(four[last] & _TAIL[(size % 4)[has_tail]])
    hashes = np.empty(len(size), dtype=np.uint32)
    hashes[order] = _finish(mixed ^ size.astype(np.uint32))
    return hashes.view(np.int32)


def _rotate(numbers: np.ndarray, bits: int) -> np.ndarray:
    return (numbers << np.uint32(bits)) | (numbers >> np.uint32(32 - bits))


def _scramble(block: np.ndarray) -> np.ndarray:
    return _rotate(block * _C1, 15) * _C2


def _stir(mixed: np.ndarray) -> np.ndarray:
    return _rotate(mixed, 13) * np.uint32(5) + np.uint32(0xE6546B64)


def _finish(mixed: np.ndarray) -> np.ndarray:
    mixed = (mixed ^ (mixed >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    mixed = (mixed ^ (mixed >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return mixed ^ (mixed >> np.uint32(16))
