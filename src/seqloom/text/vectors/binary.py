"""Records of word2vec's binary format: a word, a blank, the float32 numbers, and often a line end."""

from __future__ import annotations

import numpy as np

from seqloom.text.vectors.rows import Part, decode_words

__all__ = ["parse_records"]

# No word of any file seen is longer; without a bound, a file of another kind would be searched to its end.
_MOST_WORD_BYTES = 8_192


def parse_records(block: bytes, width: int, *, most: int) -> tuple[Part, int, str]:
    r"""Words and vectors of whole records.

    Parameters
    ----------
    block : bytes
        Records, the last of which may be cut.
    width : int
        Numbers of a record, D.
    most : int
        Records at most: what the header leaves.

    Returns
    -------
    part : Part
        What was read.
    used : int
        Bytes that belong to it.
    fault : str
        What is wrong behind it, if anything: it can be no record, however much of the file followed.

    Source: word2vec.c (Mikolov et al. 2013), ``SaveModel`` with ``binary 1``.
    """
    size, at, fault = 4 * width, 0, ""
    words: list[bytes] = []
    starts: list[int] = []
    while len(words) < most:
        end = block.find(b" ", at, at + _MOST_WORD_BYTES)
        if end < 0 or end + 1 + size > len(block):
            if end < 0 and len(block) - at >= _MOST_WORD_BYTES:
                fault = f"no blank found within {_MOST_WORD_BYTES:,} bytes where a word and a blank are expected"
            break
        words.append(block[at:end].lstrip(b"\n"))
        starts.append(end + 1)
        at = end + 1 + size
    return _make_part(words, _gather(block, starts, size=size).view("<f4").reshape(-1, width)), at, fault


def _gather(block: bytes, starts: list[int], *, size: int) -> np.ndarray:
    """The ``size`` bytes from each start on, ``[n, size] uint8``."""
    if not starts:
        return np.empty((0, size), np.uint8)
    return np.lib.stride_tricks.sliding_window_view(np.frombuffer(block, np.uint8), size)[starts]


def _make_part(words: list[bytes], matrix: np.ndarray) -> Part:
    decoded, n_broken = decode_words(words)
    good = np.flatnonzero(np.isfinite(matrix).all(axis=1)).tolist()
    bad = sorted(set(range(len(words))) - set(good)) if len(good) < len(words) else []
    return Part(
        words=[decoded[i] for i in good],
        matrix=matrix[good] if bad else matrix,
        n_rows=len(words),
        n_broken=n_broken,
        bad=tuple((i + 1, "NaN or infinity found where a number is expected") for i in bad),
    )
