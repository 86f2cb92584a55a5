"""``TextClassifier(vectors=...)``: what is begun from, what is said of it, and what does not go together."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from sklearn.base import clone

import seqloom
from seqloom import TextClassifier, WordVectors
from seqloom.errors import ArtifactError, DataError, UsageError
from tests.learner.conftest import make_texts

TEXTS, LABELS = make_texts(120, ["neg", "pos"])
QUICK = {"length": 6, "epochs": 3, "batch_size": 16, "learning_rate": 0.1, "patience": None}


def make_vectors(*, seed: int = 0) -> WordVectors:
    """Of the words that tell the class, and of half of the noise."""
    words = ["word0", "word1", *(f"noise{i}" for i in range(6))]
    matrix = np.random.default_rng(seed).normal(size=(len(words), 3)).astype(np.float32)
    return WordVectors(words, matrix, origin={"method": "drawn"})


def fit(family: str = "bag", **options) -> TextClassifier:
    return TextClassifier(family, **{**QUICK, **options}).fit(TEXTS, LABELS)


def rows_of(model: TextClassifier, words: list[str]) -> np.ndarray:
    ids = [model.encoder_.get_vocabulary().index(word) for word in words]
    return model.model_.weights_["embed/embeddings"][ids]


@pytest.fixture(scope="module", params=[{"freeze": True}, {"thaw_after": 2}], ids=["frozen", "thawed"])
def saved(request, tmp_path_factory):
    """A model that began from vectors in a folder, that model's folder, and the vectors' (which is gone)."""
    folder = tmp_path_factory.mktemp("here")
    make_vectors().save(folder / "vectors")
    model = fit(vectors=str(folder / "vectors"), **request.param)
    shutil.rmtree(folder / "vectors")
    model.save(folder / "model")
    return model, folder / "model", folder


def test_law_net_begins_from_its_vectors():
    vectors = make_vectors()
    model = fit(vectors=vectors, freeze=True)
    assert np.array_equal(rows_of(model, vectors.words), vectors.matrix)
    assert model.model_.sizes["width"] == vectors.width
    assert not model.model_.weights_["embed/embeddings"][0].any()
    trained = fit(vectors=vectors)
    assert not np.array_equal(rows_of(trained, vectors.words), vectors.matrix)


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_law_a_path_is_what_lies_there(tmp_path, monkeypatch, kind):
    monkeypatch.setenv("SEQLOOM_CACHE", str(tmp_path / "cache"))
    vectors, path = make_vectors(), tmp_path / "v"
    if kind == "folder":
        vectors.save(path)
    else:
        rows = zip(vectors.words, vectors.matrix.tolist(), strict=True)
        path.write_text("".join(f"{word} {' '.join(map(repr, row))}\n" for word, row in rows))
    found, expected = fit(vectors=path, epochs=1), fit(vectors=vectors, epochs=1)
    for name, weight in expected.model_.weights_.items():
        assert np.array_equal(found.model_.weights_[name], weight)


def test_law_saved_model_needs_no_vectors(saved):
    model, folder, _ = saved
    expected = model.predict_proba(TEXTS)
    assert np.array_equal(seqloom.load(folder).predict_proba(TEXTS), expected)
    assert np.array_equal(TextClassifier.load(folder).predict_proba(TEXTS), expected)


def test_law_card_tells_what_and_not_where(saved, tmp_path):
    model, folder, place = saved
    params = json.loads((folder / "card.json").read_text())["params"]
    assert params["vectors"] == make_vectors().describe()
    assert (params["freeze"], params["thaw_after"]) == (model.freeze, model.thaw_after)
    assert not [path for path in folder.iterdir() if str(place).encode() in path.read_bytes()]
    TextClassifier.load(folder).save(tmp_path / "again")
    for path in folder.iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes(), path.name


def test_loaded_learner_asks_for_its_vectors(saved):
    loaded = TextClassifier.load(saved[1])
    with pytest.raises(UsageError, match=r"this learner was loaded.*set_params\(vectors=\.\.\.\)"):
        loaded.fit(TEXTS, LABELS)
    again = loaded.set_params(vectors=make_vectors()).fit(TEXTS, LABELS)
    assert np.array_equal(again.predict_proba(TEXTS), saved[0].predict_proba(TEXTS))


def test_families_without_a_table_pass_vectors_over(tmp_path):
    model = fit("linear", vectors="there is nothing here", freeze=True)
    assert np.array_equal(model.predict_proba(TEXTS), fit("linear").predict_proba(TEXTS))
    model.save(tmp_path / "m")
    loaded = TextClassifier.load(tmp_path / "m")
    assert (loaded.vectors, loaded.freeze) == (None, False)
    loaded.fit(TEXTS, LABELS)


def test_clone_holds_the_same_vectors():
    vectors = make_vectors()
    copied = clone(TextClassifier("bag", vectors=vectors, thaw_after=3))
    assert copied.vectors is vectors
    assert copied.get_params() == TextClassifier("bag", vectors=vectors, thaw_after=3).get_params()
    assert repr(copied) == "TextClassifier(family='bag', thaw_after=3, vectors=<WordVectors: 8 words of width 3>)"


@pytest.mark.parametrize(("options", "message"), [
    ({"freeze": True}, "freeze or thaw_after without vectors found"),
    ({"thaw_after": 1}, "freeze or thaw_after without vectors found"),
    ({"vectors": make_vectors(), "freeze": True, "thaw_after": 1}, "freeze and thaw_after found"),
    ({"vectors": make_vectors(), "thaw_after": 0}, "thaw_after 0 and 3 epochs found"),
    ({"vectors": make_vectors(), "thaw_after": 3}, "thaw_after 3 and 3 epochs found"),
    ({"vectors": make_vectors(), "width": 4}, "width 4 and vectors of width 3 found"),
    ({"vectors": np.zeros((2, 3))}, "vectors of type ndarray found, WordVectors or a path expected"),
])  # fmt: skip
def test_error_what_does_not_go_together(options, message):
    learner = TextClassifier("bag", **{**QUICK, **options})
    with pytest.raises(UsageError, match=message):
        learner.fit(TEXTS, LABELS)
    assert not hasattr(learner, "encoder_")


def test_width_of_the_vectors_may_be_said():
    assert fit(vectors=make_vectors(), width=3, epochs=1).model_.sizes["width"] == 3


def test_error_nothing_to_begin_from(tmp_path):
    with pytest.raises(ArtifactError, match="does not exist"):
        fit(vectors=tmp_path / "nothing")
    with pytest.raises(DataError, match="Are the vectors of another language"):
        fit(vectors=WordVectors(["der", "die"], np.ones((2, 3), np.float32)))
