"""The families of nets, one builder each, and the table that names them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
from keras import layers, ops

from seqloom.errors import UsageError
from seqloom.nets.initial import draw_glorot, draw_uniform, give_table
from seqloom.nets.pool import MaskedMean

__all__ = ["FAMILIES", "NetSizes", "build_net"]


@dataclass(frozen=True, kw_only=True)
class NetSizes:
    """What a builder needs to know.

    Parameters
    ----------
    n_ids : int
        V, ids of the encoder with padding and ``[UNK]``.
    n_outputs : int
        R, columns of logits: 1 for two classes, else K.
    width : int
        D, width of the embedding.
    length : int
        T of a net of fixed length.
    dropout : float
        Share of units dropped in training.
    seed : int
        Of weights and dropout.
    table : ndarray or None
        ``[V, D] float32``, word vectors to begin from; None: drawn by the seed.
    is_frozen : bool
        Whether the word vectors stay as they are.
    """

    n_ids: int
    n_outputs: int
    width: int
    length: int
    dropout: float
    seed: int
    table: np.ndarray | None = None
    is_frozen: bool = False


def _build_embedding(sizes: NetSizes) -> keras.Model:
    """Embedding, Flatten, Dense: a weight for each word at each place. Padding is not inert here, as it is a place.

    Source: Chollet (2017), Deep Learning with Python, listing 6-7.
    """
    ids = keras.Input((sizes.length,), dtype="int32", name="ids")  # [B, T]
    vectors = _embed(sizes)(ids)  # [B, T, D]
    flat = layers.Flatten(name="flatten")(vectors)  # [B, T * D]
    return keras.Model(ids, _dense(sizes)(_drop(sizes)(flat)))


def _build_bag(sizes: NetSizes) -> keras.Model:
    """The mean of the words' vectors, and one dense layer: any length, order plays no part.

    Source: Joulin et al. (2017), Bag of Tricks for Efficient Text Classification, section 2.
    """
    ids = keras.Input((None,), dtype="int32", name="ids")  # [B, T]
    vectors = _embed(sizes)(ids)  # [B, T, D]
    mean = MaskedMean(name="mean")(vectors, ops.not_equal(ids, 0))  # [B, D]
    return keras.Model(ids, _dense(sizes)(_drop(sizes)(mean)))


def _embed(sizes: NetSizes) -> layers.Layer:
    first = draw_uniform(sizes.seed) if sizes.table is None else give_table(sizes.table)
    return layers.Embedding(
        sizes.n_ids, sizes.width, embeddings_initializer=first, trainable=not sizes.is_frozen, name="embed"
    )


def _drop(sizes: NetSizes) -> layers.Layer:
    return layers.Dropout(sizes.dropout, seed=sizes.seed + 1, name="dropout")


def _dense(sizes: NetSizes) -> layers.Layer:
    return layers.Dense(sizes.n_outputs, kernel_initializer=draw_glorot(sizes.seed + 2), name="logits")


FAMILIES: dict[str, Callable[[NetSizes], keras.Model]] = {"bag": _build_bag, "embedding": _build_embedding}


def build_net(family: str, sizes: NetSizes) -> keras.Model:
    """The net of a family, with fresh weights that depend on the seed alone.

    Parameters
    ----------
    family : str
        One of ``FAMILIES``.
    sizes : NetSizes
        Widths and seed.

    Returns
    -------
    keras.Model
        From ``ids`` to logits.

    Raises
    ------
    UsageError
        For a family that is not in the table.
    """
    if family not in FAMILIES:
        raise UsageError(f"family {family!r} found, one of {', '.join(sorted(FAMILIES))} expected.")
    return FAMILIES[family](sizes)
