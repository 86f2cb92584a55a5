"""Word vectors as what a net begins from: opened from wherever they are, and laid out by the ids of a vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from seqloom.errors import ArtifactError, DataError
from seqloom.text.vectors.wordvectors import WordVectors

__all__ = ["make_table", "open_vectors"]


def open_vectors(path: str | Path) -> WordVectors:
    """The vectors of a folder, or of a file in a format that ``WordVectors.read`` knows."""
    return WordVectors.read(path) if Path(path).is_file() else WordVectors.open(path)


def make_table(vectors: WordVectors, words: Sequence[str], *, n_special: int, seed: int) -> np.ndarray:
    """The first rows of an embedding.

    Parameters
    ----------
    vectors : WordVectors
        What to begin from.
    words : sequence of str
        ``[n]``, in the order of their ids.
    n_special : int
        Ids before them: padding, whose row is zeros, and those that are no word.
    seed : int
        Of the rows that have no vector.

    Returns
    -------
    ndarray
        ``[n_special + n, D] float32``. Rows without a vector are uniform between ``-a`` and ``a``, with the variance of
        the vectors that were found: far shorter ones would be out of the net's sight, longer ones would drown the rest.

    Raises
    ------
    DataError
        Where no word has a vector.

    Source: Kim (2014), Convolutional Neural Networks for Sentence Classification, "Further Observations".
    """
    found, is_known = vectors.matrix_for(words)
    if not is_known.any():
        raise DataError(
            f"none of the {len(words):,} words of the vocabulary has a vector ({', '.join(words[:3])} ... found, "
            f"{', '.join(vectors.words[:3])} ... known). Are the vectors of another language?"
        )
    if not np.isfinite(found).all():
        word = words[int(np.isfinite(found).all(axis=1).argmin())]
        raise ArtifactError(f"the vector of {word!r} holds NaN or infinity. Convert or train the vectors again.")
    limit = np.sqrt(3 * found[is_known].var(dtype=np.float64))  # the variance of such a draw is limit ** 2 / 3
    shape = (n_special + len(words), vectors.width)
    table = np.random.default_rng(seed).uniform(-limit, limit, shape).astype(np.float32)  # [V, D]
    table[0] = 0
    table[n_special:][is_known] = found[is_known]
    return table
