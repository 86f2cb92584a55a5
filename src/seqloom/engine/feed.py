"""Which rows go into which step of an epoch: buckets of like length, shuffled and cut into blocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seqloom.flow import Encoded, Ragged

__all__ = ["BlockOrder", "bucket_rows", "bucket_to_train", "fit_lengths", "order_epoch"]

# Forward passes know lengths of powers of two from 16 on, so that any text wastes less than half of its row, and new
# rows rarely need a new program. Training knows its rows: its lengths are multiples of this, the best few of them.
_SHORTEST = 16

# In a forward pass, a length with fewer of the rows than this joins the next longer one: it would cost half a second to
# compile and save less.
_LEAST_SHARE = 1 / 16

# Lengths in training: each is a program, a second or two to compile. On IMDB, of 219 words on average (512 at most), 1
# to 8 lengths pad to 512, 327, 286, 268, 258, 252 and 243.
_MOST_LENGTHS = 5

# Lengths that are looked at to find them: their table is this squared, and goes with the longest row.
_MOST_GRID = 256

# Steps of a block at most: some tenths of a second for the nets here, which is how often progress can be told.
_MOST_STEPS = 128

# The same where there are several lengths. A block has one of them, and what it says of the target too: with a whole
# epoch in five blocks, an LSTM unlearned in each what the one before had taught.
_MIXED_STEPS = 8


@dataclass(frozen=True, kw_only=True)
class BlockOrder:
    """The rows of one block: ``length`` T of its batches (0 for fixed shapes), ``order`` and ``weight`` ``[S, B]``."""

    length: int
    order: np.ndarray
    weight: np.ndarray


def bucket_rows(encoded: Encoded, least: int = 1, *, most: int | None = None) -> dict[int, np.ndarray]:
    """Row numbers by bucket length; a bucket of few rows goes into the next longer one.

    Parameters
    ----------
    encoded : Encoded
        With ``feed`` rows (one bucket, length 0) or buckets.
    least : int
        Rows a bucket must have to stand alone; training asks for one batch.
    most : int or None
        Buckets at most, of the lengths that fit these rows best; None: those of forward passes.

    Returns
    -------
    dict of int to ndarray
        Ascending lengths; together every row once, but for rows of weight zero: they are left out, as a step of nothing
        but them must not be run.
    """
    rows = np.arange(len(encoded)) if encoded.weight is None else np.flatnonzero(encoded.weight)
    if encoded.feed == "rows":
        return {0: rows}
    lengths = np.max([value.lengths for value in encoded.inputs.values() if isinstance(value, Ragged)], axis=0)[rows]
    if most is None:
        wanted = np.maximum(_SHORTEST, 2 ** np.ceil(np.log2(np.maximum(lengths, 1))).astype(np.int64))
        least = max(least, int(len(lengths) * _LEAST_SHARE))
    else:
        fitted = fit_lengths(lengths, most)
        wanted = fitted[np.searchsorted(fitted, lengths)]
    buckets: dict[int, np.ndarray] = {}
    waiting = np.empty(0, dtype=np.int64)
    sizes = np.unique(wanted)
    for size in sizes:
        mine = np.sort(np.concatenate([waiting, rows[wanted == size]]))
        if len(mine) < least and size != sizes[-1]:
            waiting = mine
        else:
            buckets[int(size)], waiting = mine, np.empty(0, dtype=np.int64)
    return buckets


def bucket_to_train(encoded: Encoded, batch_size: int) -> dict[int, np.ndarray]:
    """The buckets of ``encoded`` in training, of at least one batch of ``batch_size`` rows each."""
    return bucket_rows(encoded, batch_size, most=_MOST_LENGTHS)


def fit_lengths(lengths: np.ndarray, most: int) -> np.ndarray:
    """At most so many lengths, ascending multiples of 16 (of more, for rows beyond 4,096), that need the least padding.

    Parameters
    ----------
    lengths : ndarray, ``[N]``
        Of the rows, N > 0.
    most : int
        How many.

    Returns
    -------
    ndarray
        The last holds the longest row.

    Source: Bellman (1961), On the approximation of curves by line segments using dynamic programming.
    """
    longest = max(int(lengths.max()), 1)
    unit = _SHORTEST * -(-longest // (_SHORTEST * _MOST_GRID))
    grid = -(-np.maximum(lengths, 1).astype(np.int64) // unit)
    n_rows = np.cumsum(np.bincount(grid))  # [G + 1], of at most so many units
    n_grid = len(n_rows) - 1
    # cost[i, j]: of rows longer than i units and no longer than j, at j units
    cost = np.where(np.tri(n_grid + 1, dtype=bool).T, (n_rows[None] - n_rows[:, None]) * np.arange(n_grid + 1), np.inf)
    best, choices = cost[0], []
    for _ in range(min(most, n_grid) - 1):
        total = best[:, None] + cost
        choices.append(total.argmin(axis=0))
        best = total.min(axis=0)
    ends = [n_grid]
    for choice in reversed(choices):
        ends.append(int(choice[ends[-1]]))
    return np.unique([end for end in ends if end]) * unit


def order_epoch(
    buckets: dict[int, np.ndarray], row_weight: np.ndarray, *, batch_size: int, seed: int, epoch: int
) -> list[BlockOrder]:
    """The blocks of one epoch: rows shuffled within their bucket, blocks shuffled; every row once.

    Parameters
    ----------
    buckets : dict of int to ndarray
        From ``bucket_rows``.
    row_weight : ndarray, ``[N] float32``
        Weight of each row.
    batch_size : int
        B.
    seed, epoch : int
        Together they decide the order, so that a resumed run goes on as it would have.

    Returns
    -------
    list of BlockOrder
        All with the same S and B, filled up with rows of weight zero.
    """
    random = np.random.default_rng([seed, epoch])
    most = max(-(-len(rows) // batch_size) for rows in buckets.values())
    longest = _MOST_STEPS if len(buckets) == 1 else _MIXED_STEPS
    n_steps = -(-most // -(-most // longest))  # even blocks: 157 steps are two blocks of 79, not 128 and 29
    blocks = []
    for length, rows in buckets.items():
        rows = random.permutation(rows)
        for start in range(0, len(rows), n_steps * batch_size):
            part = rows[start : start + n_steps * batch_size]
            order = np.zeros(n_steps * batch_size, dtype=np.int32)
            weight = np.zeros(n_steps * batch_size, dtype=np.float32)
            order[: len(part)], weight[: len(part)] = part, row_weight[part]
            shape = (n_steps, batch_size)
            blocks.append(BlockOrder(length=length, order=order.reshape(shape), weight=weight.reshape(shape)))
    return [blocks[i] for i in random.permutation(len(blocks))]
