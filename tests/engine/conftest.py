"""Small nets and rows for the engine's laws."""

from __future__ import annotations

import os

import numpy as np
import pytest

os.environ["KERAS_BACKEND"] = "jax"  # before a test module imports Keras

from seqloom.engine import Functions, TrainState
from seqloom.flow import Encoded, Ragged
from seqloom.nets import NetSizes, PureNet, build_net, build_optimizer, make_pure

N_IDS = 30


def make_ragged(lengths: list[int], *, seed: int = 0) -> Ragged:
    """Rows of random ids above 0."""
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    values = np.random.default_rng(seed).integers(1, N_IDS, offsets[-1]).astype(np.int32)
    return Ragged(values=values, offsets=offsets)


def make_rows(n: int, *, feed: str, weight: np.ndarray | None = None) -> Encoded:
    """Rows with a target that can be learned: whether the first id is even."""
    random = np.random.default_rng(n)
    if feed == "rows":
        ids = random.integers(1, N_IDS, (n, 6)).astype(np.int32)  # [N, T]
        return Encoded(inputs={"ids": ids}, target=(ids[:, 0] % 2).astype(np.int32), weight=weight)
    ids = make_ragged(random.integers(1, 33, n).tolist(), seed=n)
    target = (ids.values[ids.offsets[:-1]] % 2).astype(np.int32)
    return Encoded(inputs={"ids": ids}, target=target, weight=weight, feed="buckets")


def make_bag(*, dropout: float = 0.0, optimizer: str = "adam", learning_rate: float | None = 0.05) -> PureNet:
    """The bag net as pure functions; equal calls give equal weights."""
    sizes = NetSizes(n_ids=N_IDS, n_outputs=1, width=3, length=6, dropout=dropout, seed=4)
    return make_pure(build_net("bag", sizes), build_optimizer(optimizer, learning_rate))


def functions_of(pure: PureNet) -> Functions:
    """What the engine takes of a net."""
    return Functions(*(getattr(pure, name) for name in Functions._fields))


def state_of(pure: PureNet) -> TrainState:
    """Where training begins."""
    return TrainState(pure.trainable, pure.fixed, pure.optimizer)


@pytest.fixture(scope="module")
def bag() -> PureNet:
    """A bag net with dropout, trained by Adam: state in all three parts."""
    return make_bag(dropout=0.5)
