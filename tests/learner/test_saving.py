"""Saved, loaded, asked in another process: the same answers; trained in two processes: the same bytes."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

import seqloom
from seqloom import TextClassifier
from tests.learner.conftest import QUICK
from tests.learner.fresh import run_fresh

ASK = """
    import json, sys
    import seqloom
    from seqloom import TextClassifier

    folder, texts = sys.argv[1], json.loads(sys.argv[2])
    for model in (seqloom.load(folder), TextClassifier.load(folder)):
        print(json.dumps([model.predict(texts).tolist(), model.predict_proba(texts).tolist()]))
"""

TRAIN = """
    import json, sys
    from seqloom import TextClassifier

    texts, labels = json.load(open(sys.argv[3]))
    for family, options in json.loads(sys.argv[2]).items():
        TextClassifier(family, **options).fit(texts, labels).save(f"{sys.argv[1]}/{family}")
"""

FILES = ("card.json", "vocabulary.json", "weights.safetensors", "history.json")


def test_law_new_process_answers_the_same(fitted, sample, tmp_path):
    fitted.save(tmp_path / "model")
    texts = [*sample[0][:20], "", "never seen"]
    expected = [fitted.predict(texts).tolist(), fitted.predict_proba(texts).tolist()]
    lines = run_fresh(ASK, tmp_path / "model", json.dumps(texts)).splitlines()
    assert [json.loads(line) for line in lines] == [expected, expected]


def test_law_loaded_learner_is_the_saved_one(fitted, sample, tmp_path):
    fitted.save(tmp_path / "model")
    loaded = TextClassifier.load(tmp_path / "model")
    assert loaded.get_params() == fitted.get_params()
    assert loaded.classes_.tolist() == fitted.classes_.tolist()
    assert loaded.scores_ == fitted.scores_
    assert [record.valid for record in loaded.history_] == [dict(record.valid) for record in fitted.history_]
    assert np.array_equal(loaded.predict_proba(sample[0]), fitted.predict_proba(sample[0]))
    assert np.array_equal(fitted.to_predictor().predict_proba(sample[0]), fitted.predict_proba(sample[0]))


def test_law_saving_again_gives_the_same_bytes(fitted, tmp_path):
    fitted.save(tmp_path / "first")
    TextClassifier.load(tmp_path / "first").save(tmp_path / "second")
    first = {path.name: path.read_bytes() for path in (tmp_path / "first").iterdir()}
    second = {path.name: path.read_bytes() for path in (tmp_path / "second").iterdir()}
    assert first == second


def test_loaded_learner_can_be_fitted_again(fitted, sample, tmp_path):
    fitted.save(tmp_path / "model")
    again = TextClassifier.load(tmp_path / "model").fit(*sample)
    assert np.array_equal(again.predict_proba(sample[0]), fitted.predict_proba(sample[0]))


def test_stale_program_is_rebuilt_with_a_warning(fitted, sample, tmp_path):
    """Without forward.bin a net answers all the same, from card and weights."""
    fitted.save(tmp_path / "model")
    program = tmp_path / "model" / "forward.bin"
    if not program.exists():
        assert fitted.family in ("linear", "linear-char", "lsa", "majority")
        return
    program.unlink()
    with pytest.warns(UserWarning, match="rebuilt from card and weights"):
        model = seqloom.load(tmp_path / "model")
    assert np.array_equal(model.predict_proba(sample[0]), fitted.predict_proba(sample[0]))


@pytest.fixture(scope="module")
def twice(sample, tmp_path_factory):
    """The same two families trained in two processes: on one of them a TensorFlow stands in the way, and Keras is
    told to use it.
    """
    folder = tmp_path_factory.mktemp("twice")
    fake = folder / "packages" / "tensorflow"
    fake.mkdir(parents=True)
    (fake / "__init__.py").write_text("raise ImportError('TensorFlow was imported')\n")
    (folder / "data.json").write_text(json.dumps(sample))
    quick = {**QUICK, "epochs": 3, "dropout": 0.3}
    families = json.dumps({"linear": {}, "bag": quick})
    odd = {"first": str(folder / "packages"), "KERAS_BACKEND": "tensorflow", "PYTHONHASHSEED": "7"}
    for name, environment in {"plain": {"PYTHONHASHSEED": "1"}, "odd": odd}.items():
        (folder / name).mkdir()
        cache = str(folder / f"cache-{name}")  # or the second process would run what the first has compiled
        run_fresh(TRAIN, folder / name, families, folder / "data.json", SEQLOOM_CACHE=cache, **environment)
        assert (folder / f"cache-{name}").is_dir()
    return folder


def test_the_fake_tensorflow_is_in_the_way(twice):
    """Or the law below would hold against nothing."""
    with pytest.raises(AssertionError, match="TensorFlow was imported"):
        run_fresh("import tensorflow", first=str(twice / "packages"))


@pytest.mark.parametrize("family", ["linear", "bag"])
def test_law_same_seed_same_bytes(twice, family):
    """In two processes, with other hash seeds; TensorFlow is never imported, whatever KERAS_BACKEND says."""
    plain, odd = twice / "plain" / family, twice / "odd" / family
    assert {path.name for path in plain.iterdir()} == {path.name for path in odd.iterdir()} >= set(FILES)
    for path in plain.iterdir():
        assert (odd / path.name).read_bytes() == path.read_bytes(), path.name


def test_law_other_seed_other_weights(sample, tmp_path):
    for seed in (0, 1):
        learner = TextClassifier("bag", **{**QUICK, "epochs": 1}, random_state=seed).fit(*sample)
        learner.save(tmp_path / str(seed))
    files = [(tmp_path / name / "weights.safetensors").read_bytes() for name in "01"]
    assert files[0] != files[1]


def test_card_holds_no_place_and_no_clock(twice):
    for path in (twice / "plain").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert str(twice).encode() not in content
            assert sys.prefix.encode() not in content
            assert b"seconds" not in content
