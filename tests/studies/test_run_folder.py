"""A run's folder: partial while it goes on, whole under its name, and never somebody else's."""

from __future__ import annotations

import numpy as np
import pytest

from seqloom import TextClassifier
from seqloom.errors import ArtifactError, DataError, SeqloomError
from seqloom.studies.run_folder import RunFolder
from tests.cli.reviews import make_reviews


@pytest.fixture(scope="module")
def artifact():
    texts, labels = zip(*make_reviews(40), strict=True)
    return TextClassifier(family="majority").fit(list(texts), list(labels)).to_artifact()


def finish_one(folder: RunFolder, artifact, *, digest: str = "d") -> None:
    folder.begin(digest)
    folder.write_family("majority", artifact, row={"seconds": 1.0})
    folder.finish("majority", artifact)


def test_states_from_begin_to_finish(tmp_path, artifact):
    folder = RunFolder(tmp_path / "deep" / "er" / "run")
    assert not folder.partial.exists()
    assert folder.begin("d") is False
    assert folder.partial.is_dir()
    assert folder.read_row("majority") is None
    size = folder.write_family("majority", artifact, row={"seconds": 1.0})
    assert folder.read_row("majority") == {"seconds": 1.0, "n_bytes": size}
    folder.finish("majority", artifact)
    assert not folder.partial.exists()
    assert (folder.folder / "card.json").exists()
    assert not (folder.folder / "rivals").exists()


def test_checkpoint_of_its_family_alone(tmp_path, artifact):
    folder = RunFolder(tmp_path / "run")
    folder.begin("d")
    folder.write_checkpoint("bag", {"is_over": False}, arrays={"a": np.arange(3)})
    settings, arrays = folder.read_checkpoint("bag")
    assert settings["is_over"] is False
    np.testing.assert_array_equal(arrays["a"], np.arange(3))
    assert folder.read_checkpoint("embedding") is None
    folder.write_family("bag", artifact, row={})
    assert folder.read_checkpoint("bag") is None


def test_taken_names(tmp_path, artifact):
    finish_one(RunFolder(tmp_path / "run"), artifact)
    with pytest.raises(ArtifactError, match="exists already"):
        RunFolder(tmp_path / "run")
    (tmp_path / "run" / "metrics.json").write_text("{}")  # what a study writes beside the model
    with pytest.raises(ArtifactError, match="is finished: there is nothing to go on with"):
        RunFolder(tmp_path / "run", resume=True)
    finish_one(RunFolder(tmp_path / "run", overwrite=True), artifact)
    assert not (tmp_path / "run" / "metrics.json").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"run"}


def test_unfinished_run_is_resumed_or_begun_anew(tmp_path, artifact):
    first = RunFolder(tmp_path / "run")
    first.begin("d")
    first.write_family("majority", artifact, row={})
    with pytest.raises(ArtifactError, match="Pass --resume to go on with it, or --overwrite"):
        RunFolder(tmp_path / "run")
    with pytest.raises(ArtifactError, match="other data or other settings"):
        RunFolder(tmp_path / "run", resume=True).begin("e")
    resumed = RunFolder(tmp_path / "run", resume=True)
    assert resumed.begin("d") is True
    assert resumed.read_row("majority") is not None
    anew = RunFolder(tmp_path / "run", overwrite=True)
    assert anew.begin("d") is False
    assert anew.read_row("majority") is None


def test_run_being_overwritten_is_there_until_the_new_one_is_whole(tmp_path, artifact):
    finish_one(RunFolder(tmp_path / "run"), artifact)
    folder = RunFolder(tmp_path / "run", overwrite=True)
    folder.begin("d")
    assert (tmp_path / "run" / "card.json").exists()
    both = RunFolder(tmp_path / "run", overwrite=True, resume=True)
    assert both.begin("d") is True
    both.write_family("majority", artifact, row={})
    both.finish("majority", artifact)
    assert {path.name for path in tmp_path.iterdir()} == {"run"}


@pytest.mark.parametrize("what", ["file", "folder"])
def test_partial_name_that_is_not_ours(tmp_path, what):
    place = tmp_path / "run.partial"
    if what == "file":
        place.write_text("mine")
    else:
        place.mkdir()
        (place / "mine.txt").write_text("mine")
    for options in ({}, {"overwrite": True}, {"resume": True}):
        with pytest.raises(ArtifactError, match="something that is no run stands there"):
            RunFolder(tmp_path / "run", **options)


def test_link_to_a_run_stays_a_link(tmp_path, artifact):
    finish_one(RunFolder(tmp_path / "real"), artifact)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    finish_one(RunFolder(tmp_path / "link", overwrite=True), artifact)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "card.json").exists()


def begun(tmp_path, *families, artifact=None) -> RunFolder:
    folder = RunFolder(tmp_path / "run")
    folder.begin("d")
    for family in families:
        folder.write_family(family, artifact, row={})
    return folder


def test_guard_drops_what_would_fail_again(tmp_path, artifact):
    folder = begun(tmp_path, "majority", "linear", artifact=artifact)
    with pytest.raises(DataError), folder.guard():
        raise DataError("no good")
    assert not folder.partial.exists()


def test_guard_keeps_what_an_earlier_start_had_finished(tmp_path, artifact):
    begun(tmp_path, "linear", artifact=artifact)
    folder = RunFolder(tmp_path / "run", resume=True)
    folder.begin("d")
    with pytest.raises(DataError), folder.guard():
        raise DataError("no good")
    assert folder.read_row("linear") is not None


@pytest.mark.parametrize("problem", [KeyboardInterrupt(), OSError(28, "No space left on device", "x")])
def test_guard_says_what_a_stopped_run_keeps(tmp_path, artifact, problem):
    folder = begun(tmp_path, "majority", artifact=artifact)
    with pytest.raises(SeqloomError, match="Nothing was finished, so nothing was kept"), folder.guard():
        raise problem
    assert not folder.partial.exists()
    folder = begun(tmp_path, "linear", "majority", artifact=artifact)
    with pytest.raises(SeqloomError, match=r"keeps linear and majority\. Go on with .* --resume\."), folder.guard():
        raise problem
    assert folder.read_row("linear") is not None
