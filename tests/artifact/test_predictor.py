"""A saved model answers as the learner did, light and in pieces of any size."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import polars as pl
import pytest

import seqloom
from seqloom import TextClassifier, predictor
from seqloom.errors import DataError
from seqloom.nets.defaults import OWN_NET
from seqloom.text.tokens import as_texts
from tests.artifact.conftest import ASKED, FAMILIES, LABELS, TEXTS

both = pytest.mark.parametrize("family", FAMILIES)


@both
def test_law_a_saved_model_answers_as_its_learner(learners, saved, family):
    model, learner = seqloom.load(saved / family), learners[family]
    texts = [*TEXTS, *ASKED]
    assert model.classes_.tolist() == learner.classes_.tolist() == ["mid", "neg", "pos"]
    if family in ("majority", "linear"):
        assert np.array_equal(model.predict_proba(texts), learner.predict_proba(texts))
    else:  # another compiled program: bits may differ, labels may not
        np.testing.assert_allclose(model.predict_proba(texts), learner.predict_proba(texts), atol=1e-6)
    assert model.predict(texts).tolist() == learner.predict(texts).tolist()
    assert model.score(TEXTS, LABELS) == learner.score(TEXTS, LABELS)
    again = TextClassifier.load(saved / family)
    assert np.array_equal(again.predict_proba(texts), learner.predict_proba(texts))
    assert again.to_artifact().card == learner.to_artifact().card


@both
@pytest.mark.parametrize("size", [1, 7])
def test_law_pieces_are_invisible(saved, family, size, monkeypatch):
    model, texts = seqloom.load(saved / family), [*TEXTS[:20], *ASKED]
    whole = model.predict_proba(texts)
    monkeypatch.setattr(predictor, "_CHUNK", size)
    for given in (texts, tuple(texts), np.array(texts, dtype=object), pl.Series(texts), iter(texts), as_texts(texts)):
        np.testing.assert_allclose(model.predict_proba(given), whole, atol=1e-6)


@both
def test_no_text_gives_no_row(saved, family):
    model = seqloom.load(saved / family)
    for nothing in ([], np.array([], dtype=object), pl.Series([], dtype=pl.String), iter([]), as_texts([])):
        probability = model.predict_proba(nothing)
        assert probability.shape == (0, 3)
        assert probability.dtype == np.float32
        assert model.predict(nothing).tolist() == []


@both
def test_strange_texts_are_answered(saved, family):
    strange = ["\x00", "\r\n", "👩\u200d💻" * 50, "שלום עולם", "good " * 2_000_000]
    probability = seqloom.load(saved / family).predict_proba(strange)
    np.testing.assert_allclose(probability.sum(axis=1), 1, atol=1e-5)


@both
def test_what_is_no_text_is_refused_by_row(saved, family):
    model = seqloom.load(saved / family)
    with pytest.raises(DataError, match="one string found"):
        model.predict("a good film")
    with pytest.raises(DataError, match="row 1"):
        model.predict(["a", None])


def test_the_row_that_is_refused_is_counted_over_all_pieces(saved, monkeypatch):
    monkeypatch.setattr(predictor, "_CHUNK", 4)
    with pytest.raises(DataError, match="row 9:"):
        seqloom.load(saved / "majority").predict([*TEXTS[:9], 5, *TEXTS[:3]])


def test_top_features_are_those_that_pull_most(saved):
    model = seqloom.load(saved / "linear")
    top = model.top_features(1)
    assert set(top) == {"mid", "neg", "pos"}
    assert set(top["pos"][0].split()) & {"good", "great"}
    assert set(top["neg"][0].split()) & {"bad", "awful"}
    assert seqloom.load(saved / "bag").top_features() == {}


LIGHT = """
import sys, seqloom
model = seqloom.load(sys.argv[1])
print(model.predict(["a good film", "an awful one"]).tolist())
print([name for name in ("keras", "sklearn", "matplotlib", "typer", "pandas") if name in sys.modules])
"""


@both
def test_a_cold_prediction_loads_neither_keras_nor_sklearn(saved, learners, family):
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", LIGHT, str(saved / family)], capture_output=True, text=True, check=True
    )
    labels, heavy = run.stdout.splitlines()
    assert labels == str(learners[family].predict(["a good film", "an awful one"]).tolist())
    assert heavy == "[]"


def test_law_a_net_of_ones_own_has_one_name():
    """The predictor must not reach the room where the name is given."""
    assert predictor._OWN_NET == OWN_NET
