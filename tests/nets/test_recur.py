"""Recurrent layers give what Keras's own give, outputs and gradients, for rows of any length."""

from __future__ import annotations

import os

import jax
import numpy as np
import pytest

os.environ["KERAS_BACKEND"] = "jax"  # before Keras is imported

import keras

from seqloom.nets.recur import Recurrent, RecurrentSequence
from tests.families import heavy

B, T, D, H = 5, 9, 4, 6
KERAS = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU, "rnn": keras.layers.SimpleRNN}
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(B, T, D)).astype(np.float32)
MASK = np.arange(T) < np.array([9, 5, 1, 7, 3])[:, None]


def make_both(cell: str, *, is_reversed: bool, return_sequences: bool):
    """Our layer and Keras's, and weights for both."""
    kind = RecurrentSequence if return_sequences else Recurrent
    ours = kind(cell, H, is_reversed=is_reversed, seed=0, name="ours")
    ours(X, MASK)
    theirs = KERAS[cell](H, go_backwards=is_reversed, return_sequences=return_sequences)
    theirs.build((None, None, D))
    shapes = [tuple(variable.shape) for variable in theirs.trainable_variables]
    assert [tuple(variable.shape) for variable in ours.trainable_variables] == shapes
    return ours, theirs, [(0.5 * RANDOM.normal(size=shape)).astype(np.float32) for shape in shapes]


def run_layer(layer, weights, *arguments, **options):
    fixed = [variable.value for variable in layer.non_trainable_variables]
    return layer.stateless_call(weights, fixed, *arguments, **options)[0]


@pytest.mark.parametrize("is_reversed", [False, True])
@pytest.mark.parametrize("return_sequences", [False, True])
@pytest.mark.parametrize("cell", ["gru", "lstm", *heavy("rnn")])
def test_law_outputs_and_gradients_are_keras_own(cell, is_reversed, return_sequences):
    ours, theirs, weights = make_both(cell, is_reversed=is_reversed, return_sequences=return_sequences)
    pull = RANDOM.normal(size=(B, T, H) if return_sequences else (B, H)).astype(np.float32)
    if return_sequences:
        pull *= MASK[:, :, None]  # what Keras gives on padding is its own affair

    def run_ours(weights, x):
        outputs = run_layer(ours, weights, x, MASK)
        return (outputs * pull).sum(), outputs

    def run_theirs(weights, x):
        outputs = run_layer(theirs, weights, x, mask=MASK)
        outputs = outputs[:, ::-1] if return_sequences and is_reversed else outputs
        return (outputs * pull).sum(), outputs

    (_, found), found_gradients = jax.jit(jax.value_and_grad(run_ours, argnums=(0, 1), has_aux=True))(weights, X)
    (_, expected), gradients = jax.jit(jax.value_and_grad(run_theirs, argnums=(0, 1), has_aux=True))(weights, X)
    real = MASK if return_sequences else slice(None)
    np.testing.assert_allclose(np.asarray(found)[real], np.asarray(expected)[real], rtol=1e-5, atol=1e-6)
    for mine, theirs_ in zip(jax.tree.leaves(found_gradients), jax.tree.leaves(gradients), strict=True):
        np.testing.assert_allclose(mine, theirs_, rtol=1e-4, atol=1e-5)
    if return_sequences:
        assert not np.asarray(found)[~MASK].any()


@pytest.mark.parametrize("cell", sorted(KERAS))
def test_law_padding_may_stand_in_front(cell):
    """Rows whose real steps stand together anywhere: the same last output."""
    ours, _, weights = make_both(cell, is_reversed=False, return_sequences=False)
    moved = np.zeros_like(X), np.zeros_like(MASK)
    for row, n in enumerate(MASK.sum(axis=1)):
        moved[0][row, T - n :], moved[1][row, T - n :] = X[row, :n], True
    found = run_layer(ours, weights, *moved)
    np.testing.assert_allclose(found, run_layer(ours, weights, X, MASK), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("cell", sorted(KERAS))
def test_law_recurrent_dropout_drops_the_state_alone(cell):
    """The same for the same seed, and without effect on a first step, which has no state to drop."""
    layer = Recurrent(cell, H, recurrent_dropout=0.5, seed=3, name="ours")
    layer(X, MASK)
    trained = np.asarray(layer(X, MASK, training=True))
    again = Recurrent(cell, H, recurrent_dropout=0.5, seed=3, name="ours")
    again(X, MASK)
    assert np.array_equal(again(X, MASK, training=True), trained)
    assert not np.allclose(layer(X, MASK), trained)
    one_step = MASK & (np.arange(T) == 0)
    np.testing.assert_allclose(layer(X, one_step, training=True), layer(X, one_step), rtol=1e-5, atol=1e-6)


def test_law_a_row_of_padding_gives_zeros():
    layer = Recurrent("lstm", H, seed=0, name="ours")
    assert not np.asarray(layer(X, np.zeros_like(MASK))).any()
