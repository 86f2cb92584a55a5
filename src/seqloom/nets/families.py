"""The families of nets, one builder each, and the table that names them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from seqloom.errors import UsageError
from seqloom.nets.attend import AddPlaces, AttentionPool, EncoderLayer
from seqloom.nets.defaults import OWN_NET
from seqloom.nets.initial import draw_glorot, draw_uniform, give_table
from seqloom.nets.own import build_own
from seqloom.nets.pool import MaskedMean, ScaledSum
from seqloom.nets.stacks import Stack, drop_columns, run_convolutions, run_recurrent

__all__ = ["FAMILIES", "NetSizes", "build_net"]

# What columns are multiplied by, so that as many steps move them three times as far: with 800 training rows and a
# column that tells much, bag scored 78.0 % with it, 74.3 without and 78.5 with 10; with 12,800 rows 89.8, 89.3 and 89.7
# (docs/decisions.md).
_COLUMN_GAIN = 3.0


@dataclass(frozen=True, kw_only=True)
class NetSizes(Stack):
    """What a builder needs to know; seed and layers as ``Stack`` has them.

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
        Share of units dropped in training: of word vectors and of what the last layer sees.
    table : ndarray or None
        ``[V, D] float32``, word vectors to begin from; None: drawn by the seed.
    is_frozen : bool
        Whether the word vectors stay as they are.
    n_beside : int
        C, numbers beside the text: a second input, ``columns`` ``[B, C]``; 0 for none.
    own : callable or None
        The user's builder, for the family ``own``.
    """

    n_ids: int
    n_outputs: int
    width: int
    length: int
    dropout: float
    table: np.ndarray | None = None
    is_frozen: bool = False
    n_beside: int = 0
    own: Callable[..., Any] | None = None


def _build_embedding(sizes: NetSizes) -> keras.Model:
    """Embedding, Flatten, Dense: a weight for each word at each place. Padding is not inert here, as it is a place.

    Source: Chollet (2017), Deep Learning with Python, listing 6-7.
    """
    ids = keras.Input((sizes.length,), dtype="int32", name="ids")  # [B, T]
    vectors = _embed(sizes)(ids)  # [B, T, D]
    flat = layers.Flatten(name="flatten")(vectors)  # [B, T * D]
    return _answer(sizes, ids, features=flat)


def _build_bag(sizes: NetSizes) -> keras.Model:
    """The vectors of a text's n-grams added up, whatever their order, and one dense layer.

    Source: Joulin et al. (2017), Bag of Tricks for Efficient Text Classification, sections 2 and 2.2.
    """
    ids, vectors, mask = _read(sizes)
    return _answer(sizes, ids, features=ScaledSum(name="sum")(vectors, mask))  # [B, D]


def _build_recurrent(sizes: NetSizes, cell: str) -> keras.Model:
    """Recurrent layers over the words; the last state is looked at, or both ends of a bidirectional one.

    Source: Chollet (2017), Deep Learning with Python, sections 6.2.2 and 6.3.8; Schuster and Paliwal (1997).
    """
    ids, vectors, mask = _read(sizes)
    return _answer(
        sizes,
        ids,
        features=run_recurrent(sizes, cell, vectors=drop_columns(vectors, sizes.dropout, seed=sizes.seed), mask=mask),
    )


def _build_conv(sizes: NetSizes) -> keras.Model:
    """Convolutions with max pooling between, and the largest of each filter over all.

    Source: Chollet (2017), Deep Learning with Python, listing 6-46; Kim (2014), section 2.
    """
    ids, vectors, mask = _read(sizes)
    outputs, _ = run_convolutions(sizes, vectors=drop_columns(vectors, sizes.dropout, seed=sizes.seed), mask=mask)
    return _answer(
        sizes, ids, features=ops.max(outputs, axis=1)
    )  # [B, F]: outputs are never below zero, nor is padding


def _build_conv_recurrent(sizes: NetSizes, cell: str) -> keras.Model:
    """Convolutions that shorten the text, and a recurrent layer over what they found.

    Source: Chollet (2017), Deep Learning with Python, listing 6-50.
    """
    ids, vectors, mask = _read(sizes)
    outputs, mask = run_convolutions(
        sizes, vectors=drop_columns(vectors, sizes.dropout, seed=sizes.seed), mask=mask, is_pooled=True
    )
    return _answer(sizes, ids, features=run_recurrent(replace(sizes, layers=1), cell, vectors=outputs, mask=mask))


def _build_attention(sizes: NetSizes) -> keras.Model:
    """A mean of the words' vectors in which each word says how much it counts.

    Source: Yang et al. (2016), Hierarchical Attention Networks for Document Classification, section 2.2.
    """
    ids, vectors, mask = _read(sizes)
    return _answer(
        sizes, ids, features=AttentionPool(sizes.units, seed=sizes.seed + 10, name="attention")(vectors, mask)
    )


def _build_transformer(sizes: NetSizes) -> keras.Model:
    """A small Transformer encoder over words and their places, and the mean of what it gives.

    Source: Vaswani et al. (2017), Attention Is All You Need, section 3.
    """
    if sizes.width % sizes.heads:
        raise UsageError(
            f"vectors of width {sizes.width} and {sizes.heads} attention heads found: the heads share the width, so it "
            "must be a multiple of them. Change either."
        )
    ids, vectors, mask = _read(sizes)
    vectors = AddPlaces(name="places")(vectors)
    for i in range(sizes.layers):
        vectors = EncoderLayer(
            sizes.width,
            sizes.heads,
            units=sizes.units,
            dropout=sizes.dropout,
            seed=sizes.seed + 10 * (i + 1),
            name=f"encoder_{i}",
        )(vectors, mask)
    return _answer(sizes, ids, features=MaskedMean(name="mean")(vectors, mask))


def _read(sizes: NetSizes) -> tuple[Any, Any, Any]:
    """What every net of any length begins with: ids and their mask, ``[B, T]``, and vectors, ``[B, T, D]``."""
    ids = keras.Input((None,), dtype="int32", name="ids")
    return ids, _embed(sizes)(ids), ops.not_equal(ids, 0)


def _answer(sizes: NetSizes, ids: Any, *, features: Any) -> keras.Model:
    """What every net ends with: one dense layer, on what was found in the text and on the columns beside it.

    The columns' part of it begins at zero, so that the net begins as it would without them, and is not dropped: no
    other unit could stand in for a column.
    """
    logits = _dense(sizes)(_drop(sizes)(features))  # [B, R]
    if not sizes.n_beside:
        return keras.Model(ids, logits)
    columns = keras.Input((sizes.n_beside,), dtype="float32", name="columns")  # [B, C]
    of_columns = layers.Dense(sizes.n_outputs, use_bias=False, kernel_initializer="zeros", name="column_logits")
    return keras.Model([ids, columns], logits + of_columns(_COLUMN_GAIN * columns))


def _embed(sizes: NetSizes) -> layers.Layer:
    first = draw_uniform(sizes.seed) if sizes.table is None else give_table(sizes.table)
    return layers.Embedding(
        sizes.n_ids, sizes.width, embeddings_initializer=first, trainable=not sizes.is_frozen, name="embed"
    )


def _drop(sizes: NetSizes) -> layers.Layer:
    return layers.Dropout(sizes.dropout, seed=sizes.seed + 1, name="dropout")


def _dense(sizes: NetSizes) -> layers.Layer:
    return layers.Dense(sizes.n_outputs, kernel_initializer=draw_glorot(sizes.seed + 2), name="logits")


# From the simplest up.
FAMILIES: dict[str, Callable[[NetSizes], keras.Model]] = {
    "bag": _build_bag,
    "embedding": _build_embedding,
    "attention": _build_attention,
    "conv": _build_conv,
    "rnn": partial(_build_recurrent, cell="rnn"),
    "gru": partial(_build_recurrent, cell="gru"),
    "lstm": partial(_build_recurrent, cell="lstm"),
    "conv-gru": partial(_build_conv_recurrent, cell="gru"),
    "conv-lstm": partial(_build_conv_recurrent, cell="lstm"),
    "transformer": _build_transformer,
}


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
        From ``ids``, and ``columns`` where there are any, to logits.

    Raises
    ------
    UsageError
        For a family that is not in the table.
    """
    if family == OWN_NET:
        return build_own(sizes.own, n_ids=sizes.n_ids, n_outputs=sizes.n_outputs, seed=sizes.seed)
    if family not in FAMILIES:
        raise UsageError(f"family {family!r} found, one of {', '.join(sorted(FAMILIES))} expected.")
    return FAMILIES[family](sizes)
