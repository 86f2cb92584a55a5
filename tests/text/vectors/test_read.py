"""Vector files: each format by hand, and each way in which one can be broken."""

from __future__ import annotations

import gzip
import os
import threading

import numpy as np
import pytest

from seqloom.errors import DataError, UsageError
from seqloom.text.vectors import WordVectors, convert, read
from seqloom.text.vectors.read import VectorFile
from tests.text.vectors.files import MATRIX, WORDS, write_binary, write_text

FORMATS = {
    "glove": lambda path: write_text(path / "a.txt"),
    "glove, Windows line ends": lambda path: write_text(path / "a.txt", end="\r\n"),
    "glove, byte order mark": lambda path: write_text(path / "a.txt", encoding="utf-8-sig"),
    "glove, gz": lambda path: write_text(path / "a.txt.gz"),
    "word2vec text": lambda path: write_text(path / "a.vec", header="5 3"),
    "fastText": lambda path: write_text(path / "a.vec", header="5 3", end=" \n"),
    "fastText, gz": lambda path: write_text(path / "a.vec.gz", header="5 3", end=" \n"),
    "word2vec binary": lambda path: write_binary(path / "a.bin"),
    "word2vec binary, no line ends": lambda path: write_binary(path / "a.bin", end=b""),
}


def read_here(path, **options):
    return WordVectors.read(path, cache=False, **options)


@pytest.mark.parametrize("block", [64, 1 << 24])
@pytest.mark.parametrize("name", FORMATS)
def test_read_every_format(tmp_path, monkeypatch, name, block):
    monkeypatch.setattr(read, "_BLOCK", block)
    vectors = read_here(FORMATS[name](tmp_path))
    assert vectors.words == WORDS
    assert vectors.matrix.dtype == np.float32
    np.testing.assert_array_equal(vectors.matrix, MATRIX)
    assert vectors.notes == []


def test_read_numbers_as_numpy_does(tmp_path):
    matrix = np.random.default_rng(0).normal(size=(500, 20)).astype(np.float32)
    words = [f"w{i}" for i in range(500)]
    vectors = read_here(write_text(tmp_path / "a.txt", words, matrix))
    np.testing.assert_array_equal(vectors.matrix, matrix)  # repr of a float32 as float64 comes back exactly


def test_words_with_blanks_and_broken_bytes_survive_and_are_counted(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b'the 1 2\n. . . 3 4\nat me@home.org 5 6\ncaf\xe9 7 8\ncaf\xe8 9 10\n" 1 1\n')
    vectors = read_here(path)
    assert vectors.words == ["the", ". . .", "at me@home.org", "caf\\xe9", "caf\\xe8", '"']
    assert vectors.matrix[:, 0].tolist() == [1, 3, 5, 7, 9, 1]
    assert vectors.notes == [
        "2 words have blanks in them",
        "2 words have bytes that are no UTF-8, written out as \\x..",
    ]


def test_width_is_found_though_most_words_have_blanks(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(". . . 1 2 3\nnew york 1 2 4\nsan francisco 1 2 5\n7 3 2 1\n")
    vectors = read_here(path)
    assert vectors.words == [". . .", "new york", "san francisco", "7"]
    assert vectors.matrix[:, 2].tolist() == [3, 4, 5, 1]


def test_repeated_words_keep_their_first_vector(tmp_path, monkeypatch):
    monkeypatch.setattr(read, "_BLOCK", 16)
    path = tmp_path / "a.txt"
    path.write_text("a 1 2\na 3 4\nb 5 6\nc 7 8\nb 9 9\n")
    vectors = read_here(path)
    assert dict(zip(vectors.words, vectors.matrix[:, 0].tolist(), strict=True)) == {"a": 1, "b": 5, "c": 7}
    assert vectors.notes == ["2 words stand there again; their first vectors were kept"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("short 1 2", "2 numbers found where 3 are expected"),
        ("one 1", "1 number found where 3 are expected"),
        ("long 1 2 3 4", "more than 3 numbers found where 3 are expected"),
        ("odd 1 2 x", "'x' found where a number is expected"),
        ("not 1 nan 3", "NaN or infinity found where a number is expected"),
        ("far 1 inf 3", "NaN or infinity found"),
        ("farther 1 1e99 3", "NaN or infinity found"),
        ("gap 1  3", "'' found where a number is expected"),
    ],
)
@pytest.mark.parametrize("header", [None, "5 3"])
def test_bad_row_is_an_error_by_line_or_left_out(tmp_path, row, words, header):
    path = write_text(tmp_path / "a.txt", header=header)
    lines = path.read_text().splitlines()
    lines.insert(3, row)
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(DataError) as caught:
        read_here(path)
    assert str(caught.value).startswith(f"{path}, line 4: {words}")
    assert "--on-bad-row skip" in str(caught.value)
    vectors = read_here(path, on_bad_row="skip")
    assert vectors.words == WORDS
    assert vectors.notes[0].startswith(f"left out 1 bad row: line 4 ({words}")


def test_law_no_thread_outlives_a_failed_read(tmp_path, monkeypatch):
    """Else the collector ends them, whenever it comes by: in a thread that is just starting it would wait for good."""
    monkeypatch.setattr(read, "_BLOCK", 100)
    before = set(threading.enumerate())
    bad = tmp_path / "bad.txt"
    bad.write_text("".join(f"w{i} 1 2 {'x' if i == 3 else 3}\n" for i in range(500)))
    with pytest.raises(DataError) as caught:
        read_here(bad)
    assert set(threading.enumerate()) == before, caught  # whose frames are held meanwhile
    good = write_text(tmp_path / "a.txt", [f"w{i}" for i in range(500)], np.zeros((500, 3), np.float32))
    monkeypatch.setattr(convert, "write_store", _write_one_block)
    with pytest.raises(OSError, match="full") as caught:
        convert.convert_file(good, tmp_path / "folder")
    assert set(threading.enumerate()) == before, caught


def _write_one_block(_, blocks, **__):
    next(blocks)
    raise OSError("the disk is full")


def test_line_of_a_bad_row_in_a_later_block(tmp_path, monkeypatch):
    monkeypatch.setattr(read, "_BLOCK", 100)
    path = tmp_path / "a.txt"
    path.write_text("".join(f"w{i} 1 2\n" for i in range(400)) + "bad 1\n")
    with pytest.raises(DataError, match="line 401: 1 number found"):
        read_here(path)


@pytest.mark.parametrize(("header", "promised"), [("9 3", 9), ("3 3", 3)])
def test_header_that_lies_about_rows_of_text_is_told(tmp_path, header, promised):
    vectors = read_here(write_text(tmp_path / "a.vec", header=header))
    assert vectors.words == WORDS
    assert vectors.notes == [f"the header promises {promised} words, 5 are there: cut off, or cut down?"]


def test_header_that_lies_about_the_width_is_an_error(tmp_path):
    with pytest.raises(DataError, match="line 1: the header says that rows have 4 numbers, most rows have 3"):
        read_here(write_text(tmp_path / "a.vec", header="5 4"))


@pytest.mark.parametrize("header", ["2 1", None])
def test_width_of_one_with_and_without_header(tmp_path, header):
    vectors = read_here(write_text(tmp_path / "a.txt", ["7", "8"], np.array([[1.0], [2.0]]), header=header))
    assert (vectors.words, vectors.width) == (["7", "8"], 1)


@pytest.mark.parametrize(
    ("n", "end", "words"),
    [
        (6, b"\n", r"the header promises 6 words of 3 numbers; only 5 are there"),
        (4, b"\n", r"the header promises 4 words of 3 numbers; 20 bytes are left behind the last one"),
    ],
)
def test_binary_header_that_lies(tmp_path, n, end, words):
    with pytest.raises(DataError, match=words):
        read_here(write_binary(tmp_path / "a.bin", n=n, end=end))


@pytest.mark.parametrize("n_bytes", range(1, 18, 4))
def test_binary_cut_off(tmp_path, n_bytes):
    path = write_binary(tmp_path / "a.bin", end=b"")
    path.write_bytes(path.read_bytes()[:-n_bytes])
    with pytest.raises(DataError, match="only 4 are there"):
        read_here(path)


def test_binary_nan_is_named_by_record(tmp_path):
    matrix = MATRIX.copy()
    matrix[3, 1] = np.nan
    path = write_binary(tmp_path / "a.bin", matrix=matrix)
    with pytest.raises(DataError, match="record 4: NaN or infinity found"):
        read_here(path)
    vectors = read_here(path, on_bad_row="skip")
    assert vectors.words == [*WORDS[:3], WORDS[4]]
    np.testing.assert_array_equal(vectors.matrix, matrix[[0, 1, 2, 4]])


def test_truncated_gz(tmp_path):
    path = write_text(tmp_path / "a.txt.gz")
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(DataError, match="the packed file is cut off before its end"):
        read_here(path)
    path.write_bytes(gzip.compress(b"a 1 2\n")[:10] + b"nonsense" * 4)
    with pytest.raises(DataError, match="the packed file is damaged"):
        read_here(path)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "the file is empty"),
        (b"\n \n", "the file is empty"),
        (b"5 3\n", "line 1: a header that promises 5 words, and no word behind it"),
        (b"just\nwords\n", "most lines do not end in numbers"),
        (b"a text of\nwords only\n", "most lines do not end in numbers"),
        (b"5 0\nabc", "line 1: vectors of 0 numbers promised"),
        (b"5 999999999\na \x00\x00", "vectors of 999,999,999 numbers promised"),
        (b"PK\x03\x04rest", "a zip archive. Unpack it first: unzip"),
        (b"\x28\xb5\x2f\xfdrest", "packed with zstd"),
        (b"\x80\x04\x95", "a pickle, which is never opened"),
        (b"\xba\x16\x4f\x2f\x0c", "a whole fastText model"),
    ],
)
def test_files_that_are_none(tmp_path, data, words):
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    with pytest.raises(DataError, match=words):
        read_here(path)


def test_no_file_a_folder_and_a_wrong_option(tmp_path):
    with pytest.raises(DataError, match="there is no such file"):
        read_here(tmp_path / "nothing.txt")
    with pytest.raises(DataError, match=r"it is a folder\. Expected a file: GloVe"):
        read_here(tmp_path)
    with pytest.raises(UsageError, match="error or skip expected"):
        read_here(write_text(tmp_path / "a.txt"), on_bad_row="mend")


def test_cache_is_used_and_a_stale_one_noticed(tmp_path, monkeypatch):
    monkeypatch.setenv("SEQLOOM_CACHE", str(tmp_path / "cache"))
    path = write_text(tmp_path / "a.vec", header="6 3")
    first = WordVectors.read(path)
    assert isinstance(first.matrix, np.memmap)
    assert first.notes == ["the header promises 6 words, 5 are there: cut off, or cut down?"]
    monkeypatch.setattr(VectorFile, "__iter__", None)  # a second reading would fail
    second = WordVectors.read(path)
    assert (second.words, second.notes) == (WORDS, first.notes)
    monkeypatch.undo()
    monkeypatch.setenv("SEQLOOM_CACHE", str(tmp_path / "cache"))
    before = path.stat()
    write_text(path, ["new", *WORDS[1:]], header="6 3")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))  # as long as before, a nanosecond younger
    assert WordVectors.read(path).words[0] == "new"
    (kept,) = (tmp_path / "cache" / "vectors").iterdir()
    (kept / "words.json").unlink()  # a damaged cache is no reason to fail
    assert WordVectors.read(path).words[0] == "new"
    assert len(list((tmp_path / "cache" / "vectors").iterdir())) == 1


def test_file_converted_by_two_processes_at_once(tmp_path, monkeypatch):
    """While one converts, another finishes: neither is in the other's way, and both read the same."""
    monkeypatch.setenv("SEQLOOM_CACHE", str(tmp_path / "cache"))
    path = write_text(tmp_path / "a.txt")
    read_slowly = VectorFile.__iter__

    def read_and_be_overtaken(reader):
        monkeypatch.setattr(VectorFile, "__iter__", read_slowly)
        with monkeypatch.context() as other:
            other.setattr(os, "getpid", lambda: -1)
            assert WordVectors.read(path).words == WORDS
        yield from read_slowly(reader)

    monkeypatch.setattr(VectorFile, "__iter__", read_and_be_overtaken)
    np.testing.assert_array_equal(WordVectors.read(path).matrix, MATRIX)
    assert len(list((tmp_path / "cache" / "vectors").iterdir())) == 1


def test_cache_that_cannot_be_written_is_no_reason_to_fail(tmp_path, monkeypatch):
    (tmp_path / "cache").write_text("a file where the folder should be")
    monkeypatch.setenv("SEQLOOM_CACHE", str(tmp_path / "cache"))
    vectors = WordVectors.read(write_text(tmp_path / "a.txt"))
    np.testing.assert_array_equal(vectors.matrix, MATRIX)
    assert vectors.notes[0].startswith("not kept converted: ")


def test_messages_name_the_file_as_it_was_given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEQLOOM_CACHE", "cache")
    (tmp_path / "a.txt").write_text("a 1 2\nb 3\n")
    with pytest.raises(DataError, match=r"^a\.txt, line 2: "):
        WordVectors.read("a.txt")


def test_failed_reading_leaves_no_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SEQLOOM_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "a.txt"
    path.write_text("a 1 2\nb 3\n")
    with pytest.raises(DataError):
        WordVectors.read(path)
    assert not list((tmp_path / "cache" / "vectors").iterdir())
