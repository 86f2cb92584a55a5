"""Folders of classes: what is read, in which order, and what is passed over."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqloom.errors import DataError
from seqloom.frames import documents
from seqloom.frames.read import read_texts
from seqloom.frames.table import ReadOptions


@pytest.fixture
def reviews(write) -> Path:
    """The layout of aclImdb in small: two splits, two classes, and what else lies there."""
    for part in ("train", "test"):
        for label in ("pos", "neg"):
            for n in (10, 2, 1):
                write(f"aclImdb/{part}/{label}/{n}_7.txt", f"{part} {label} {n}")
        write(f"aclImdb/{part}/labeledBow.feat", "9 0:9")
        write(f"aclImdb/{part}/urls_pos.txt", "http://")
    write("aclImdb/train/unsup/0_0.txt", "nobody knows")
    write("aclImdb/train/unsup/1_0.txt", "nobody asks")
    write("aclImdb/README", "Large Movie Review Dataset")
    return write("aclImdb/imdb.vocab", "the").parent


def test_splits_and_classes_come_from_names(reviews):
    table = read_texts(reviews)
    # Row by row: a file's own content says where it lies.
    for (text, label, split), file in zip(table.frame.rows(), table.source["file"], strict=True):
        number = file.split("/")[-1].split("_")[0]
        assert text == f"{split} {label} {number}"
        assert file == f"{split}/{label}/{number}_7.txt"
    assert len(table) == 12
    assert table.source["file"].to_list() == sorted(table.source["file"])


def test_what_is_passed_over_is_said(reviews):
    (note,) = read_texts(reviews).notes
    assert note.startswith("passed over train/unsup (2 texts without labels)")
    assert "test/urls_pos.txt" in note
    assert "and 1 more" in note


def test_unlabelled_are_read_when_asked_for(reviews):
    table = read_texts(reviews, ReadOptions(unlabelled=True))
    assert table.frame.filter(table.labels.is_null()).rows() == [
        ("nobody knows", None, "train"),
        ("nobody asks", None, "train"),
    ]


def test_one_part_alone_names_no_split(reviews):
    table = read_texts(reviews / "test")
    assert len(table) == 6
    assert table.frame["split"].null_count() == 6
    assert set(table.labels) == {"pos", "neg"}


def test_class_may_be_called_test(write):
    write("food/test/a.txt", "a")
    root = write("food/train/b", "b").parent.parent
    assert sorted(read_texts(root).frame.rows()) == [("a", "test", None), ("b", "train", None)]


def test_names_without_letters_are_texts_and_others_are_not(write):
    for name in ("53068", "1.2", "a.text", "b.TXT"):
        write(f"news/{'space'}/{name}", name)
    for name in (".hidden", "README.txt", "c.jpg", "deep/d.txt"):
        write(f"news/space/{name}", b"\xff")
    table = read_texts(write("news/autos/1", "vroom").parent.parent)
    assert table.frame.filter(table.labels == "space")["text"].to_list() == ["1.2", "53068", "a.text", "b.TXT"]
    assert "space/c.jpg" in table.notes[0]
    assert "space/deep/" in table.notes[0]


def test_class_without_texts_is_no_class_and_said(write, tmp_path):
    write("r/pos/a.txt", "a")
    (tmp_path / "r" / "none").mkdir()
    table = read_texts(tmp_path / "r")
    assert table.labels.to_list() == ["pos"]
    assert "none (no texts in it)" in table.notes[0]


def test_flat_folder_is_read_only_where_no_label_is_needed(write):
    write("flat/b.txt", "second")
    root = write("flat/a.txt", "first").parent
    assert read_texts(root, ReadOptions(needs_label=False)).texts.to_list() == ["first", "second"]
    with pytest.raises(
        DataError, match=r"no classes found; it holds a\.txt, b\.txt\. Expected a folder for each class"
    ):
        read_texts(root)


def test_empty_folder_and_folder_of_tables_say_what_to_do(write, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="the folder is empty"):
        read_texts(tmp_path / "empty")
    with pytest.raises(DataError, match=r"Name one of them: reviews\.csv\.gz"):
        read_texts(write("tables/reviews.csv.gz", "x").parent)


def test_byte_order_marks_and_scripts_are_understood(write):
    write("r/a/1.txt", "\ufeffnaïve 감동 😀\r\n")
    write("r/a/2.txt", "été".encode("utf-16"))
    write("r/a/3.txt", b"")
    root = write("r/b/4.txt", "nul\x00 \u05d0").parent.parent
    assert read_texts(root).texts.to_list() == ["naïve 감동 😀\r\n", "été", "", "nul\x00 \u05d0"]


def test_wrong_byte_is_named_by_file_and_line_and_mended_by_encoding(write):
    path = write("r/a/1.txt", "one\ntwo caf\xe9\n".encode("latin-1"))
    with pytest.raises(DataError, match=r"byte 0xE9 at place 8 of the line is not UTF-8.*--encoding") as caught:
        read_texts(path.parent.parent)
    assert (Path(caught.value.path), caught.value.line) == (path, 2)
    assert read_texts(path.parent.parent, ReadOptions(encoding="cp1252")).texts.to_list() == ["one\ntwo café\n"]


@given(sizes=st.lists(st.sampled_from([0, 1, 65_535, 65_536, 65_537, 3_000_000]), min_size=1, max_size=4))
def test_law_files_of_any_size_are_whole(tmp_path_factory, sizes):
    folder = tmp_path_factory.mktemp("sizes")
    contents = [bytes([65 + i]) * size for i, size in enumerate(sizes)]
    for i, content in enumerate(contents):
        (folder / str(i)).write_bytes(content)
    assert documents.read_documents(folder, [str(i) for i in range(len(sizes))]) == contents


@pytest.mark.parametrize("slow_seconds", [-1.0, 1e9], ids=["threads", "one thread"])
def test_threads_keep_the_order(tmp_path, monkeypatch, slow_seconds):
    monkeypatch.setattr(documents, "_SLOW_SECONDS", slow_seconds)
    monkeypatch.setattr(documents, "_BLOCK", 7)
    names = [f"{n:03}" for n in range(100)]
    for name in names:
        (tmp_path / name).write_text(name)
    assert documents.read_documents(tmp_path, names) == [name.encode() for name in names]


def test_file_that_may_not_be_read_is_named(write, monkeypatch):
    path = write("r/a/1.txt", "x")

    def refuse(*args: object, **kwargs: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(documents.os, "read", refuse)  # not by chmod: root may read everything
    with pytest.raises(DataError, match=r"1\.txt: it cannot be read \(permission denied\)"):
        read_texts(path.parent.parent)
