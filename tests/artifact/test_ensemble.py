"""An ensemble's folder: it answers as its members' weighted mean, and whatever was done to it is told."""

from __future__ import annotations

import os
import shutil

import numpy as np
import pytest

import seqloom
from seqloom import TextClassifier
from seqloom.artifact import write_artifact
from seqloom.errors import ArtifactError, SeqloomError
from seqloom.scores.temperature import apply_temperature
from seqloom.studies.ensemble import Ensemble
from tests.artifact.conftest import ASKED, LABELS, TEXTS, Folder
from tests.artifact.test_tampered import DELETED, list_places, put

WEIGHTS = {"linear": 0.5, "linear-char": 0.2, "bag": 0.3}


@pytest.fixture(scope="module")
def ensemble(learners):
    found = Ensemble({name: learners[name] for name in WEIGHTS}, WEIGHTS)
    found.temperature_ = 1.5
    return found


@pytest.fixture(scope="module")
def whole(ensemble, tmp_path_factory):
    folder = tmp_path_factory.mktemp("ensembles") / "ensemble"
    write_artifact(folder, ensemble.to_artifact())
    return folder


@pytest.fixture
def folder(whole, tmp_path):
    shutil.copytree(whole, tmp_path / "ensemble")
    return Folder(tmp_path / "ensemble")


def refusal(folder: Folder) -> str:
    try:
        seqloom.load(folder.path).predict_proba(ASKED)
    except SeqloomError as problem:
        return str(problem)
    return ""


def test_answers_are_the_weighted_mean_of_its_members(whole, learners):
    model = seqloom.load(whole)
    mean = sum(weight * learners[name].predict_proba(ASKED).astype(np.float64) for name, weight in WEIGHTS.items())
    np.testing.assert_allclose(model.predict_proba(ASKED), apply_temperature(mean, 1.5), atol=1e-5)
    assert model.predict(ASKED).tolist() == model.classes_[mean.argmax(axis=1)].tolist()
    assert model.predict_proba([]).shape == (0, 3)
    assert model.top_features() == {}
    assert model.card.family == "ensemble"


def test_law_loaded_answers_as_the_one_that_was_saved(whole, ensemble):
    np.testing.assert_allclose(seqloom.load(whole).predict_proba(ASKED), ensemble.predict_proba(ASKED), atol=1e-5)


def test_a_member_is_a_model_of_its_own(whole, learners):
    member = seqloom.load(whole / "members" / "bag")
    assert member.predict(ASKED).tolist() == learners["bag"].predict(ASKED).tolist()


def test_written_again_it_is_replaced(whole, ensemble, tmp_path):
    write_artifact(tmp_path / "e", ensemble.to_artifact())
    write_artifact(tmp_path / "e", ensemble.to_artifact(), overwrite=True)
    assert (tmp_path / "e" / "card.json").read_bytes() == (whole / "card.json").read_bytes()


def test_law_no_value_of_a_card_leads_to_a_traceback(folder):
    card = folder.card
    for place in list_places(card):
        if place[0] in ("model", "files", "classes", "encoding", "family"):
            for new in (None, [], {}, 0.5, -1, "x", float("nan"), float("inf"), DELETED):
                folder.write_card(put(card, place, new))
                refusal(folder)


@pytest.mark.parametrize(
    "weights",
    [
        {"linear": 0.5, "linear-char": 0.5},
        {"linear": 0.5, "linear-char": 0.2, "bag": 0.3, "../../linear": 0.1},
        {"linear": 0.5, "linear-char": 0.2, "bag": 0.4},
        {"linear": 1.5, "linear-char": -0.8, "bag": 0.3},
        {"linear": 0.5, "linear-char": 0.2, "bag": float("nan")},
        {"linear": True, "linear-char": 0.2, "bag": 0.3},
        {},
        [0.5, 0.2, 0.3],
    ],
    ids=["one less", "elsewhere", "too much", "negative", "nan", "true", "none", "list"],
)
def test_weights_that_cannot_be_meant_are_refused(folder, weights):
    folder.edit_card(lambda card: card["model"].update(weights=weights))
    assert refusal(folder)


@pytest.mark.parametrize("temperature", [0, -1, "hot", None, float("nan"), float("inf"), 1e9])
def test_a_temperature_that_cannot_be_meant_is_refused(folder, copy, temperature):
    for each in (folder, copy("linear")):
        each.edit_card(lambda card: card["model"].update(temperature=temperature))
        assert "temperature" in refusal(each)


def test_a_member_that_was_changed_is_refused(folder):
    card = folder.path / "members" / "linear" / "card.json"
    card.write_text(card.read_text().replace('"min_df": 2', '"min_df": 3'))
    assert f"{card} is not the file the card was written for" in refusal(folder)


@pytest.mark.parametrize("name", ["members", "members/bag", "members/bag/card.json"])
def test_a_member_that_is_missing_or_a_link_is_refused(folder, tmp_path, name):
    os.replace(folder.path / name, tmp_path / "elsewhere")
    assert "does not exist" in refusal(folder) or "missing" in refusal(folder)
    (folder.path / name).symlink_to(tmp_path / "elsewhere")
    assert "link" in refusal(folder)


def test_a_member_of_other_classes_is_refused(folder):
    other = TextClassifier("linear").fit(TEXTS, [label.upper() for label in LABELS])
    shutil.rmtree(folder.path / "members" / "linear")
    other.save(folder.path / "members" / "linear")
    folder.replace("members/linear/card.json", (folder.path / "members" / "linear" / "card.json").read_bytes())
    assert "members/linear: another family or other classes" in refusal(folder)


def test_an_ensemble_of_ensembles_is_refused(folder, whole):
    shutil.rmtree(folder.path / "members" / "linear")
    shutil.copytree(whole, folder.path / "members" / "linear")
    folder.replace("members/linear/card.json", (folder.path / "members" / "linear" / "card.json").read_bytes())
    assert "is an ensemble, a single model expected" in refusal(folder)


def test_the_learner_says_where_the_single_models_are(whole):
    with pytest.raises(ArtifactError, match=r"an ensemble of linear, linear-char, bag found.*in members/"):
        TextClassifier.load(whole)


def test_a_stale_member_is_rebuilt_with_a_warning(folder, whole):
    expected = seqloom.load(whole).predict_proba(ASKED)
    (folder.path / "members" / "bag" / "forward.bin").unlink()
    with pytest.warns(UserWarning, match="rebuilt from card and weights"):
        rebuilt = seqloom.load(folder.path)
    np.testing.assert_allclose(rebuilt.predict_proba(ASKED), expected, atol=1e-6)


def test_a_calibrated_learner_is_calibrated_when_loaded(tmp_path):
    learner = TextClassifier("linear").fit(TEXTS, LABELS)
    before = learner.predict_proba(ASKED)
    learner.temperature_ = 2.5
    learner.save(tmp_path / "m")
    for loaded in (seqloom.load(tmp_path / "m"), TextClassifier.load(tmp_path / "m")):
        np.testing.assert_allclose(loaded.predict_proba(ASKED), apply_temperature(before, 2.5), atol=1e-6)
        assert (loaded.predict_proba(ASKED).argmax(axis=1) == before.argmax(axis=1)).all()
    assert learner.fit(TEXTS, LABELS).temperature_ == 1.0
