"""The laws of a learner, held by classifiers of whole series."""

from __future__ import annotations

import json

import numpy as np
import pytest

import seqloom
from seqloom import SeriesClassifier
from seqloom.errors import ArtifactError, DataError, NotFitted, UsageError

FAMILIES = ("majority", "rocket", "dtw", pytest.param("conv", marks=pytest.mark.slow))
QUICK = {"conv": {"epochs": 2, "units": 4}}


def make_waves(n: int = 40, *, seed: int = 0) -> tuple[list[np.ndarray], list[str]]:
    """Two channels, one of which says at its speed which class it is; of unequal length."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        step = np.arange(20 + rng.integers(0, 15))
        wave = np.sin(step * (0.4 if i % 2 else 0.9) + rng.uniform(0, 6))
        rows.append(np.stack([wave + 0.1 * rng.normal(size=len(step)), rng.normal(size=len(step))], axis=1))
    return rows, ["slow" if i % 2 else "fast" for i in range(n)]


def make_learner(family: str, **options) -> SeriesClassifier:
    return SeriesClassifier(family, **QUICK.get(family, {}), **options)


@pytest.fixture(scope="module", params=FAMILIES)
def fitted(request) -> SeriesClassifier:
    if request.param == "dtw":
        pytest.importorskip("dtaidistance")
    return make_learner(request.param).fit(*make_waves())


def test_probabilities_are_such_and_the_label_is_the_most_probable(fitted):
    asked, _ = make_waves(10, seed=1)
    probability = fitted.predict_proba(asked)
    assert probability.shape == (10, 2)
    assert probability.dtype == np.float32
    np.testing.assert_allclose(probability.sum(axis=1), 1, atol=1e-5)
    assert fitted.predict(asked).tolist() == fitted.classes_[probability.argmax(axis=1)].tolist()


def test_what_was_saved_answers_the_same_as_learner_and_as_predictor(fitted, tmp_path):
    asked, truth = make_waves(10, seed=1)
    probability = fitted.predict_proba(asked)
    fitted.save(tmp_path / "model")
    again, light = SeriesClassifier.load(tmp_path / "model"), seqloom.load(tmp_path / "model")
    assert np.array_equal(again.predict_proba(asked), probability)
    np.testing.assert_allclose(light.predict_proba(asked), probability, atol=1e-6)
    assert light.score(asked, truth) == again.score(asked, truth) == fitted.score(asked, truth)
    assert again.get_params() == fitted.get_params()
    assert fitted.to_predictor().predict(asked).tolist() == light.predict(asked).tolist()


def test_a_second_fit_is_a_first_one(fitted):
    asked, _ = make_waves(10, seed=1)
    first = fitted.predict_proba(asked)
    again = make_learner(fitted.family).fit(*make_waves(30, seed=5))
    again.fit(*make_waves())
    assert np.array_equal(again.predict_proba(asked), first)


def test_the_default_learns_and_beats_the_majority():
    asked, truth = make_waves(60, seed=2)
    learner = SeriesClassifier().fit(*make_waves())
    assert learner.score(asked, truth) >= 0.95
    assert {score.metric for score in learner.evaluate(asked, truth)} >= {"accuracy", "macro_f1", "log_loss"}
    other = SeriesClassifier(random_state=1).fit(*make_waves())
    assert not np.array_equal(other.predict_proba(asked), learner.predict_proba(asked))


def test_one_array_of_equal_lengths_and_number_labels():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(30, 12, 1)), np.repeat([3, 7, 9], 10)
    x += y[:, None, None]
    learner = SeriesClassifier().fit(x, y)
    assert learner.score(x, y) == 1.0
    assert np.array_equal(learner.predict(x[:, :, 0]), learner.predict(x))


def test_what_cannot_be_meant_is_told():
    rows, labels = make_waves()
    with pytest.raises(NotFitted):
        SeriesClassifier().predict(rows)
    with pytest.raises(UsageError, match="family 'rokcet' found, one of majority, rocket, dtw"):
        SeriesClassifier("rokcet").fit(rows, labels)
    with pytest.raises(DataError, match=r"40 .* and 39 labels"):
        SeriesClassifier().fit(rows, labels[:-1])
    with pytest.raises(UsageError, match="several labels"):
        SeriesClassifier().fit(rows, [[label] for label in labels])
    with pytest.raises(DataError, match="1 channels found, 2 expected"):
        SeriesClassifier("majority").fit(rows, labels).predict([row[:, :1] for row in rows])


@pytest.mark.parametrize("family", ["rocket", "dtw"])
def test_a_folder_whose_parts_do_not_fit_is_refused(family, tmp_path):
    if family == "dtw":
        pytest.importorskip("dtaidistance")
    make_learner(family).fit(*make_waves()).save(tmp_path / "model")
    card = json.loads((tmp_path / "model" / "card.json").read_text())
    for model in ({"n_classes": 3}, {"kind": "linear"}, {"alpha": "x", "window": "x"}):
        wrong = {**card, "model": {**card["model"], **model}}
        (tmp_path / "model" / "card.json").write_text(json.dumps(wrong))
        with pytest.raises(ArtifactError):
            seqloom.load(tmp_path / "model")
        with pytest.raises(ArtifactError):
            SeriesClassifier.load(tmp_path / "model")


def test_rows_of_one_person_are_not_torn_apart():
    rows, labels = make_waves()
    people = [f"person {i // 4}" for i in range(40)]
    learner = SeriesClassifier("majority").fit(rows, labels, groups=people)
    assert learner.data_["n_validation"] % 4 == 0
