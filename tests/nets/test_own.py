"""A net of the user's own: looked over, and the same as Keras runs it."""

from __future__ import annotations

import os

import numpy as np
import pytest

os.environ["KERAS_BACKEND"] = "jax"  # before Keras is imported

import keras
from keras import layers

from seqloom.errors import UsageError
from seqloom.nets.own import build_own


def build_small(ids, *, n_ids, n_outputs):
    vectors = layers.Embedding(n_ids, 4, mask_zero=True)(ids)
    return keras.Model(ids, layers.Dense(n_outputs)(layers.Dropout(0.3)(layers.LSTM(5)(vectors))))


def make_builder(*between):
    """A builder with these layers between embedding and pooling."""

    def build(ids, *, n_ids, n_outputs):
        vectors = layers.Embedding(n_ids, 4)(ids)
        for layer in between:
            vectors = layer(vectors)
        return keras.Model(ids, layers.Dense(n_outputs)(layers.GlobalMaxPooling1D()(vectors)))

    return build


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"padding": "same"},
        {"padding": "same", "dilation_rate": 2},
        {"padding": "causal", "dilation_rate": 2, "activation": "relu"},
        {"strides": 2, "use_bias": False},
    ],
)
def test_law_convolution_is_keras_own(options):
    layer = layers.Conv1D(6, 3, **options)
    vectors = keras.Input((None, 4))
    expected = keras.Model(vectors, layer(vectors))
    x = np.random.default_rng(1).normal(size=(3, 11, 4)).astype(np.float32)
    if layer.use_bias:
        layer.bias.assign(np.arange(6.0))
    before = np.asarray(expected(x))
    build_own(make_builder(layer), n_ids=20, n_outputs=1, seed=0)
    assert "partial" in type(layer.call).__name__
    np.testing.assert_allclose(np.asarray(expected(x)), before, rtol=1e-5, atol=1e-6)


def test_law_weights_depend_on_the_seed_alone():
    def weights(seed):
        net = build_own(build_small, n_ids=20, n_outputs=3, seed=seed)
        return [np.asarray(variable.value) for variable in net.variables]

    first = weights(3)
    keras.utils.set_random_seed(5)
    again, other = weights(3), weights(4)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(first, other, strict=True))


@pytest.mark.parametrize(
    ("builder", "message"),
    [
        (make_builder(layers.BatchNormalization()), r"BatchNormalization found .* LayerNormalization"),
        (make_builder(layers.Conv1D(4, 3, groups=2)), r"Conv1D found .* without groups"),
        (make_builder(layers.Conv1D(4, 3, strides=2, padding="same")), r"Conv1D found"),
        (make_builder(layers.SeparableConv1D(4, 3)), r"SeparableConv1D found"),
        (lambda *_, **__: "net", r"gave a str, a keras.Model expected"),
        (
            lambda ids, n_ids, n_outputs: keras.Model(ids, layers.Embedding(n_ids, n_outputs)(ids)),
            r"outputs of shape .*\(None, None, 1\).*logits of shape \(None, 1\)",
        ),
        (
            lambda ids, n_ids, **_: build_small(ids, n_ids=n_ids, n_outputs=7),
            r"outputs of shape \[\(None, 7\)\]",
        ),
    ],
)
def test_error_strange_nets(builder, message):
    with pytest.raises(UsageError, match=message):
        build_own(builder, n_ids=20, n_outputs=1, seed=0)
