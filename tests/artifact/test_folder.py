"""A model folder written and read back: whole, or not at all."""

from __future__ import annotations

import json

import numpy as np
import pytest

from seqloom.artifact import Artifact, check_free, plain_history, read_artifact, write_artifact
from seqloom.artifact import write as writing
from seqloom.errors import ArtifactError
from seqloom.flow import Card, EpochRecord, Score
from tests.artifact.conftest import FAMILIES


def make_artifact(**changes):
    card = Card(
        task="text-classifier",
        family="majority",
        params={"family": "majority", "budget": None, "rate": 0.1, "ngram_range": [1, 3]},
        classes=["한국어", "é\x00", "👍"],
        encoding={"kind": "ids", "length": 3},
        model={"kind": "constant", "best_epoch": None},
        scores=(
            Score(metric="accuracy", value=0.1 + 0.2, n=7, who="validation", low=0.0, high=1.0),
            Score(metric="log_loss", value=2.5, n=7, who="test"),
        ),
        data={"n_train": 5, "nested": {"deep": [1, {"a": None}]}},
    )
    card = Card(**{**vars(card), "classes": sorted(card.classes)})
    arrays = {"f4": np.array([[0.1, -0.0], [1e-38, 3e38]], np.float32), "none": np.zeros((0, 4), np.float32)}
    content = {
        "card": card,
        "words": ["a", "", "\x00", "한", "👩\u200d💻", '"\\'],
        "encoder": {"keys": np.array([1, 2**62], np.int64)},
        "model": arrays | {"i4": np.arange(6, dtype=np.int32).reshape(2, 3), "u1": np.array([255], np.uint8)},
        "forward": b"\x00\xff program",
        "history": [{"epoch": 1, "n_steps": 3, "train": {"loss": 0.5}, "valid": {}, "is_best": True}],
    }
    return Artifact(**{**content, **changes})


def assert_equal(found, expected):
    assert found.card == expected.card
    assert (found.words, found.forward, found.history) == (expected.words, expected.forward, expected.history)
    for part in ("encoder", "model"):
        ours, theirs = getattr(found, part), getattr(expected, part)
        assert ours.keys() == theirs.keys()
        for name in ours:
            assert ours[name].dtype == theirs[name].dtype
            assert ours[name].shape == theirs[name].shape
            assert ours[name].tobytes() == np.ascontiguousarray(theirs[name]).tobytes()


def list_files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_law_reading_gives_back_what_was_written(tmp_path):
    artifact = make_artifact()
    size = write_artifact(tmp_path / "new" / "model", artifact)
    assert_equal(read_artifact(tmp_path / "new" / "model"), artifact)
    files = list_files(tmp_path / "new" / "model")
    assert set(files) == {"card.json", "vocabulary.json", "weights.safetensors", "forward.bin", "history.json"}
    assert size == sum(len(data) for name, data in files.items() if name != "history.json")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["model"]


def test_views_and_foreign_orders_are_written_as_they_read(tmp_path):
    wide = np.arange(24, dtype=np.float32).reshape(4, 6)
    artifact = make_artifact(model={"t": wide.T, "step": wide[::2, ::-1], "fortran": np.asfortranarray(wide)})
    write_artifact(tmp_path / "m", artifact)
    assert_equal(read_artifact(tmp_path / "m"), artifact)


def test_law_equal_artifacts_give_equal_bytes(tmp_path):
    write_artifact(tmp_path / "a", make_artifact())
    write_artifact(tmp_path / "b", make_artifact())
    assert list_files(tmp_path / "a") == list_files(tmp_path / "b")


def test_every_family_is_json_and_arrays(saved):
    for family in FAMILIES:
        files = list_files(saved / family)
        assert set(files) - {"forward.bin"} == {"card.json", "vocabulary.json", "weights.safetensors", "history.json"}
        assert ("forward.bin" in files) == (family in ("bag", "embedding"))
        for name in ("card.json", "vocabulary.json", "history.json"):
            json.loads(files[name])
        assert "seconds" not in files["card.json"].decode() + files["history.json"].decode()


def test_history_holds_no_clock():
    record = EpochRecord(epoch=1, n_steps=2, train={"loss": 1.0}, seconds=3.0, compile_seconds=4.0)
    assert plain_history([record]) == [{"epoch": 1, "n_steps": 2, "train": {"loss": 1.0}, "valid": {}, "is_best": True}]


FAILURES = {
    "weights": (writing, "save_arrays", MemoryError),
    "card": (writing, "write_json", KeyboardInterrupt),
    "full disk": (writing, "fill_folder", OSError),
}


@pytest.mark.parametrize("where", FAILURES)
def test_a_failure_in_the_middle_leaves_nothing(tmp_path, monkeypatch, where):
    module, name, kind = FAILURES[where]

    def fail(*arguments, **named):
        raise kind("in the middle")

    write_artifact(tmp_path / "old", make_artifact())
    before = list_files(tmp_path / "old")
    monkeypatch.setattr(module, name, fail)
    expected = ArtifactError if kind is OSError else kind
    with pytest.raises(expected, match="in the middle"):
        write_artifact(tmp_path / "new", make_artifact())
    with pytest.raises(expected, match="in the middle"):
        write_artifact(tmp_path / "old", make_artifact(words=["other"]), overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["old"]
    assert list_files(tmp_path / "old") == before


def test_a_failure_of_the_last_step_brings_the_former_folder_back(tmp_path, monkeypatch):
    write_artifact(tmp_path / "m", make_artifact())
    before, replace = list_files(tmp_path / "m"), writing.os.replace

    def fail_on_folders(source, target):
        if str(source).endswith("m.writing"):
            raise PermissionError("not here")
        replace(source, target)

    monkeypatch.setattr(writing.os, "replace", fail_on_folders)
    with pytest.raises(ArtifactError, match="cannot be written"):
        write_artifact(tmp_path / "m", make_artifact(words=["other"]), overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["m"]
    assert list_files(tmp_path / "m") == before


def test_what_stands_there_is_replaced_only_when_asked(tmp_path):
    write_artifact(tmp_path / "m", make_artifact())
    before = list_files(tmp_path / "m")
    with pytest.raises(ArtifactError, match=r"exists already.*--overwrite"):
        write_artifact(tmp_path / "m", make_artifact(words=["other"]))
    assert list_files(tmp_path / "m") == before
    write_artifact(tmp_path / "m", make_artifact(words=["other"], forward=None), overwrite=True)
    assert read_artifact(tmp_path / "m").words == ["other"]
    assert "forward.bin" not in list_files(tmp_path / "m")
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("content", [{"notes.txt": "mine"}, {"card.json": '{"name": "Ace"}'}, {"card.json": "{"}])
def test_a_folder_that_is_no_model_is_never_replaced(tmp_path, content, overwrite):
    (tmp_path / "mine").mkdir()
    for name, text in content.items():
        (tmp_path / "mine" / name).write_text(text)
    with pytest.raises(ArtifactError, match="not a model folder, so it is left alone"):
        write_artifact(tmp_path / "mine", make_artifact(), overwrite=overwrite)
    assert {name: data.decode() for name, data in list_files(tmp_path / "mine").items()} == content


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_file_is_never_replaced(tmp_path, overwrite):
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(ArtifactError, match="left alone"):
        write_artifact(tmp_path / "mine", make_artifact(), overwrite=overwrite)
    assert (tmp_path / "mine").read_text() == "mine"


def test_a_damaged_model_and_an_empty_folder_may_be_replaced(tmp_path):
    write_artifact(tmp_path / "damaged", make_artifact())
    (tmp_path / "damaged" / "weights.safetensors").unlink()
    (tmp_path / "empty").mkdir()
    for name in ("damaged", "empty"):
        check_free(tmp_path / name, overwrite=True)
        write_artifact(tmp_path / name, make_artifact(), overwrite=True)
        assert_equal(read_artifact(tmp_path / name), make_artifact())


def test_a_link_to_a_folder_stays_one(tmp_path):
    write_artifact(tmp_path / "real", make_artifact())
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_artifact(tmp_path / "link", make_artifact(words=["other"]), overwrite=True)
    assert (tmp_path / "link").is_symlink()
    assert read_artifact(tmp_path / "real").words == read_artifact(tmp_path / "link").words == ["other"]


def test_a_place_that_cannot_be_written_is_an_error_with_its_name(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(ArtifactError, match="cannot be written"):
        write_artifact(tmp_path / "file" / "below", make_artifact())
