"""Pairs of words to train vectors from: neighbours, and words drawn at random."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from seqloom.errors import UsageError

__all__ = ["make_sampling_table", "skipgrams"]

_EULER_GAMMA = 0.577  # three digits, as in Keras: more would change the table


def make_sampling_table(size: int, sampling_factor: float = 1e-5) -> np.ndarray:
    """The probability of keeping the word of each rank, frequent ones kept less often.

    Frequencies are taken from Zipf's law, not from the text: rank r stands for a share of about
    1 / (r (ln r + 0.577) + 1/2 - 1/12r).

    Parameters
    ----------
    size : int
        Number of ranks; ``sampling_table[i]`` belongs to the word with id i.
    sampling_factor : float
        The share of a text from which on a word is thinned out.

    Returns
    -------
    ndarray, ``[size] float64``
        Rank 0, which is no word, has the probability of rank 1.

    Raises
    ------
    UsageError
        For a size or factor that is not positive.

    Notes
    -----
    Source: Mikolov et al. (2013), Distributed Representations of Words and Phrases, section 2.3.
    """
    if size < 1 or not sampling_factor > 0:
        raise UsageError(f"size {size} and sampling_factor {sampling_factor} found, both must be above 0.")
    rank = np.maximum(np.arange(size), 1)
    share = sampling_factor * (rank * (np.log(rank) + _EULER_GAMMA) + 0.5 - 1.0 / (12.0 * rank))
    return np.minimum(1.0, share / np.sqrt(share))  # not sqrt(share): that differs from Keras in the last bit


def skipgrams(
    sequence: Sequence[int],
    vocabulary_size: int,
    window_size: int = 4,
    negative_samples: float = 1.0,
    shuffle: bool = True,
    categorical: bool = False,
    sampling_table: Sequence[float] | np.ndarray | None = None,
    seed: int | None = None,
) -> tuple[list[list[int]], list[Any]]:
    """Pairs of word and neighbour (label 1), and of word and random word (label 0).

    **The seed is less than it seems.** It orders the result; which words are kept and which negatives are drawn comes
    from Python's global generator, so call ``random.seed`` before for the same pairs again. And with ``shuffle`` that
    generator is left in a state that depends on ``seed`` alone: with a fixed one, every call after the first draws
    the same numbers. Both are so in Keras, and the pairs are the same, number for number.

    Parameters
    ----------
    sequence : sequence of int
        Ids of a text; 0 is no word and is passed over.
    vocabulary_size : int
        Negatives are drawn from 1 to ``vocabulary_size - 1``. A neighbour, or the word itself, may be among them.
    window_size : int
        Neighbours on each side.
    negative_samples : float
        Negatives for each positive pair.
    shuffle : bool
        Whether pairs are shuffled; otherwise negatives come last.
    categorical : bool
        Labels as ``[0, 1]`` and ``[1, 0]`` instead of 1 and 0.
    sampling_table : sequence of float, optional
        Probability of keeping each id as the word of pairs, as from ``make_sampling_table``; it must be longer than the
        largest id.
    seed : int, optional
        Of the shuffle alone.

    Returns
    -------
    couples : list of [int, int]
        Pairs.
    labels : list
        One each.

    Raises
    ------
    UsageError
        Where negatives are asked of a vocabulary without words.
    """
    if negative_samples > 0 and vocabulary_size < 2:
        raise UsageError(f"vocabulary_size {vocabulary_size} found, at least 2 expected: 0 is no word.")
    couples = _pair_neighbours(sequence, window_size, sampling_table)
    n_positive = len(couples)
    if negative_samples > 0:
        words = [word for word, _ in couples]
        random.shuffle(words)
        couples += [
            [words[i % n_positive], random.randint(1, vocabulary_size - 1)]
            for i in range(int(n_positive * negative_samples))
        ]
    labels: list[Any] = [1] * n_positive + [0] * (len(couples) - n_positive)
    if categorical:
        labels = [[1 - label, label] for label in labels]
    if shuffle:
        _shuffle_alike(couples, labels, seed=seed)
    return couples, labels


def _pair_neighbours(sequence: Sequence[int], window_size: int, sampling_table: Any) -> list[list[int]]:
    couples: list[list[int]] = []
    for i, word in enumerate(sequence):
        if not word or (sampling_table is not None and sampling_table[word] < random.random()):
            continue
        window = range(max(0, i - window_size), min(len(sequence), i + window_size + 1))
        couples += [[word, sequence[j]] for j in window if j != i and sequence[j]]
    return couples


def _shuffle_alike(*rows: list, seed: int | None) -> None:
    """Shuffle lists of one length in the same way, by Python's global generator."""
    if seed is None:
        seed = random.randint(0, 10_000_000)
    for row in rows:
        random.seed(seed)
        random.shuffle(row)
