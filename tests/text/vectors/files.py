"""Files of word vectors written by hand, in each format."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np

WORDS = ["the", "king", "café", "왕", "queen"]
MATRIX = np.array([[0.5, -1.25, 3], [1, 2, 3.5], [0, 0.125, -2], [4, 5, 6], [1, 2.25, 3]], dtype=np.float32)


def write_text(path: Path, words=WORDS, matrix=MATRIX, *, header=None, end="\n", encoding="utf-8") -> Path:
    """GloVe's format; word2vec's with a header; fastText's with ``end=" \\n"``; packed by the name's ending."""
    lines = [f"{word} {' '.join(map(repr, row))}" for word, row in zip(words, np.asarray(matrix).tolist(), strict=True)]
    data = "".join(line + end for line in ([header] if header else []) + lines).encode(encoding)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def write_binary(path: Path, words=WORDS, matrix=MATRIX, *, n=None, end=b"\n") -> Path:
    """word2vec's binary format, number by number."""
    data = f"{len(words) if n is None else n} {len(matrix[0])}\n".encode()
    for word, row in zip(words, np.asarray(matrix).tolist(), strict=True):
        data += word.encode() + b" " + b"".join(struct.pack("<f", number) for number in row) + end
    path.write_bytes(data)
    return path
