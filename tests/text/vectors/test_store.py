"""The folder of word vectors: there and back, and what is refused."""

from __future__ import annotations

import json
import os
import shutil

import numpy as np
import pytest

from seqloom.errors import ArtifactError
from seqloom.text.vectors import WordVectors, wordvectors
from tests.text.vectors.files import MATRIX, WORDS


@pytest.fixture
def folder(tmp_path):
    WordVectors(WORDS, MATRIX, origin={"file": "a.txt"}).save(tmp_path / "v")
    return tmp_path / "v"


def test_round_trip_maps_the_matrix(folder, monkeypatch):
    vectors = WordVectors.open(folder)
    assert isinstance(vectors.matrix, np.memmap)
    assert (vectors.words, vectors.origin) == (WORDS, {"file": "a.txt"})
    np.testing.assert_array_equal(vectors.matrix, MATRIX)
    assert np.load(folder / "vectors.npy", allow_pickle=False).dtype == np.float32
    assert sorted(path.name for path in folder.iterdir()) == ["card.json", "vectors.npy", "words.json"]


def test_words_of_any_kind_come_back(tmp_path):
    words = ["", "a b", "line\nend", "\x00", "\U0001f600", '"', "\u2028"]
    WordVectors(words, np.ones((7, 2), np.float32)).save(tmp_path / "v")
    assert WordVectors.open(tmp_path / "v").words == words


def test_blocks_make_the_same_folder(tmp_path, folder, monkeypatch):
    monkeypatch.setattr(wordvectors, "_BLOCK_ROWS", 2)
    WordVectors(WORDS, MATRIX, origin={"file": "a.txt"}).save(tmp_path / "w")
    for name in ("card.json", "words.json", "vectors.npy"):
        assert (tmp_path / "w" / name).read_bytes() == (folder / name).read_bytes()


def test_save_over_itself_and_never_over_others(folder, tmp_path):
    vectors = WordVectors.open(folder)
    with pytest.raises(ArtifactError, match="exists already"):
        vectors.save(folder)
    vectors.save(folder, overwrite=True)
    np.testing.assert_array_equal(WordVectors.open(folder).matrix, MATRIX)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    with pytest.raises(ArtifactError, match="is not a vectors folder, so it is left alone"):
        vectors.save(tmp_path / "mine", overwrite=True)
    assert [path.name for path in tmp_path.iterdir() if "writing" in path.name] == []


def change_card(folder, **fields):
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps({**card, **fields}))


def put_array(folder, array):
    np.save(folder / "vectors.npy", array, allow_pickle=array.dtype == object)


def put_words(folder, words):
    """Words with the right digest: what a careful stranger would do."""
    import hashlib

    data = json.dumps(words).encode()
    (folder / "words.json").write_bytes(data)
    change_card(folder, words={"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()})


def link(folder, name):
    shutil.move(folder / name, folder / "elsewhere")
    (folder / name).symlink_to(folder / "elsewhere")


TAMPERED = {
    "no card": (lambda f: (f / "card.json").unlink(), "card.json is missing"),
    "a model's card": (lambda f: change_card(f, format="seqloom-model"), "is not the card of word vectors"),
    "a list as card": (lambda f: (f / "card.json").write_text("[]"), "is not the card of word vectors"),
    "next version": (lambda f: change_card(f, version=2), "version 2 found, 1 expected"),
    "more words": (lambda f: change_card(f, n_words=6), "is not a list of 6 words"),
    "true words": (lambda f: change_card(f, n_words=True), "under 'n_words', a whole number expected"),
    "wider": (lambda f: change_card(f, width=4), r"not float32 of shape \(5, 4\)"),
    "no digest": (lambda f: change_card(f, words={}), "under 'bytes'"),
    "other words": (
        lambda f: (f / "words.json").write_bytes((f / "words.json").read_bytes().replace(b"the", b"tha")),
        "is not the file the card was written for",
    ),
    "numbers as words": (lambda f: put_words(f, [1, 2, 3, 4, 5]), "is not a list of 5 words"),
    "float64": (lambda f: put_array(f, MATRIX.astype(np.float64)), "is not float32"),
    "big-endian": (lambda f: put_array(f, MATRIX.astype(">f4")), "is not float32"),
    "columns first": (lambda f: put_array(f, np.asfortranarray(MATRIX)), "not laid out row by row"),
    "objects": (lambda f: put_array(f, MATRIX.astype(object)), "cannot be mapped"),
    "cut off": (lambda f: (f / "vectors.npy").write_bytes((f / "vectors.npy").read_bytes()[:-4]), "cannot be mapped"),
    "longer": (lambda f: (f / "vectors.npy").write_bytes((f / "vectors.npy").read_bytes() + b"abcd"), "is longer"),
    "no array": (lambda f: (f / "vectors.npy").write_bytes(b"nonsense"), "cannot be mapped"),
    "an archive": (
        lambda f: (np.savez(f / "a.npz", a=MATRIX), os.replace(f / "a.npz", f / "vectors.npy")),
        "is not float32",
    ),
    "words a link": (lambda f: link(f, "words.json"), "is missing, a link"),
    "array a link": (lambda f: link(f, "vectors.npy"), "is missing or is a link"),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_tampered_folder_is_refused(folder, name):
    tamper, words = TAMPERED[name]
    tamper(folder)
    with pytest.raises(ArtifactError, match=words):
        WordVectors.open(folder)


def test_repeated_words_and_nan_are_found_when_asked(folder):
    put_words(folder, ["the", "the", "a", "b", "c"])
    with pytest.raises(ArtifactError, match="the same word stands twice"):
        "the" in WordVectors.open(folder)  # noqa: B015
    put_words(folder, WORDS)
    broken = MATRIX.copy()
    broken[2, 0] = np.nan
    put_array(folder, broken)
    with pytest.raises(ArtifactError, match="the vector of 'café' holds NaN"):
        WordVectors.open(folder).near("the")


def test_no_folder(tmp_path):
    with pytest.raises(ArtifactError, match="does not exist"):
        WordVectors.open(tmp_path / "v")
    (tmp_path / "f").write_text("a 1 2")
    with pytest.raises(ArtifactError, match="seqloom vectors convert"):
        WordVectors.open(tmp_path / "f")
