"""A net of one's own in place of a family: trained, saved, and answering without its builder."""

from __future__ import annotations

import os

import numpy as np
import pytest

os.environ["KERAS_BACKEND"] = "jax"  # before Keras is imported

import keras
from keras import layers

import seqloom
from seqloom.errors import UsageError
from seqloom.tasks.text_classifier import TextClassifier

TEXTS = [f"{word} film number {i}" for i in range(30) for word in ("good", "great", "bad", "awful")]
LABELS = ["pos", "pos", "neg", "neg"] * 30


def build(ids, *, n_ids, n_outputs):
    vectors = layers.Embedding(n_ids, 8)(ids)
    found = layers.Conv1D(8, 3, padding="same", activation="relu")(vectors)
    return keras.Model(ids, layers.Dense(n_outputs)(layers.GlobalMaxPooling1D()(found)))


@pytest.fixture(scope="module")
def fitted():
    return TextClassifier(net=build, epochs=8, learning_rate=0.05, min_df=1).fit(TEXTS, LABELS)


def test_law_own_net_learns_and_is_saved(fitted, tmp_path):
    assert fitted.score(TEXTS, LABELS) > 0.95
    fitted.save(tmp_path / "model")
    loaded = seqloom.load(tmp_path / "model")
    assert loaded.card.family == "own"
    np.testing.assert_allclose(loaded.predict_proba(TEXTS), fitted.predict_proba(TEXTS), rtol=0, atol=1e-6)


def test_law_own_net_is_repeatable(fitted):
    again = TextClassifier(net=build, epochs=8, learning_rate=0.05, min_df=1).fit(TEXTS, LABELS)
    assert np.array_equal(again.predict_proba(TEXTS), fitted.predict_proba(TEXTS))


def test_own_net_is_trained_again_with_its_builder_only(fitted, tmp_path):
    fitted.save(tmp_path / "model")
    learner = TextClassifier.load(tmp_path / "model")
    with pytest.raises(UsageError, match=r"without its builder.*pass net=build"):
        learner.predict(["a good film"])
    with pytest.raises(UsageError, match="without its builder"):
        learner.fit(TEXTS, LABELS)
    assert learner.set_params(net=build).fit(TEXTS, LABELS).predict(["a good film"]) is not None


def test_error_builder_that_gives_no_net():
    with pytest.raises(UsageError, match=r"keras\.Model expected"):
        TextClassifier(net=lambda *_, **__: 3, min_df=1).fit(TEXTS, LABELS)
