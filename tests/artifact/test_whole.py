"""A file stands there whole or not at all, and an error names the file that was asked for."""

from __future__ import annotations

import errno

import pytest

from seqloom.whole import writing_whole


def test_law_failure_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("before")

    def fail():
        with writing_whole(path) as partial:
            partial.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert path.read_text() == "before"
    assert [file.name for file in tmp_path.iterdir()] == ["a.json"]


def test_success_replaces_it(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("before")
    with writing_whole(path) as partial:
        partial.write_text("after")
        assert path.read_text() == "before"
    assert path.read_text() == "after"
    assert [file.name for file in tmp_path.iterdir()] == ["a.json"]


def test_error_names_what_was_asked_for(tmp_path):
    path = tmp_path / "nowhere" / "a.json"
    with pytest.raises(FileNotFoundError) as caught, writing_whole(path) as partial:
        partial.write_text("half")
    assert caught.value.filename == str(path)
    assert ".writing" not in str(caught.value)


def test_error_without_a_name_is_given_one_and_another_files_is_left_alone(tmp_path):
    path = tmp_path / "a.json"
    with pytest.raises(OSError, match=r"a\.json") as caught, writing_whole(path):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert caught.value.errno == errno.ENOSPC
    with pytest.raises(FileNotFoundError) as other, writing_whole(path):
        (tmp_path / "b.txt").read_text()
    assert other.value.filename == str(tmp_path / "b.txt")
