"""Word vectors as the first rows of an embedding, and as settings: told apart by what they hold, never copied."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from seqloom.errors import ArtifactError, DataError
from seqloom.text.vectors import WordVectors
from seqloom.text.vectors.start import make_table, open_vectors
from tests.text.vectors.files import MATRIX, WORDS, write_text


@pytest.fixture
def vectors() -> WordVectors:
    return WordVectors(WORDS, MATRIX)


def test_law_rows_are_the_vectors_of_their_words(vectors):
    words = ["queen", "film", "King", "왕", "story"]
    table = make_table(vectors, words, n_special=2, seed=3)
    assert (table.shape, table.dtype) == ((7, 3), np.float32)
    assert not table[0].any()
    assert [
        np.array_equal(row, vectors[word]) for row, word in zip(table[[2, 4, 5]], ("queen", "king", "왕"), strict=True)
    ]
    assert table[[1, 3, 6]].all()


def test_rows_without_a_vector_have_the_variance_of_the_others():
    random = np.random.default_rng(0)
    known = random.normal(0.3, 0.7, (500, 20)).astype(np.float32)
    vectors = WordVectors([f"w{i}" for i in range(500)], known)
    words = [f"{'w' if i % 2 else 'new'}{i}" for i in range(500)]
    table = make_table(vectors, words, n_special=2, seed=0)
    drawn = np.concatenate([table[1:2], table[2::2]])
    assert drawn.std() == pytest.approx(known[1::2].std(), rel=0.03)
    assert abs(drawn.mean()) < 0.03
    assert np.abs(drawn).max() <= np.sqrt(3) * known[1::2].std() * (1 + 1e-6)


def test_law_seed_alone_decides_the_draw(vectors):
    words = ["king", "film", "story"]
    first, again, other = (make_table(vectors, words, n_special=2, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert [np.array_equal(*rows) for rows in zip(first, other, strict=True)] == [True, False, True, False, False]


def test_error_vectors_of_another_language(vectors):
    with pytest.raises(DataError, match=r"none of the 2 words .*der, film .* found, the, king, café .* known"):
        make_table(vectors, ["der", "film"], n_special=2, seed=0)


def test_error_nan_names_the_word():
    matrix = MATRIX.copy()
    matrix[1, 2] = np.nan
    with pytest.raises(ArtifactError, match="vector of 'king' holds NaN"):
        make_table(WordVectors(WORDS, matrix), ["the", "king"], n_special=2, seed=0)


def test_law_digest_is_of_what_they_hold(vectors, tmp_path, monkeypatch):
    """The same from memory, a folder and a file; another for one bit, one word, or another order."""
    monkeypatch.setenv("SEQLOOM_CACHE", str(tmp_path / "cache"))
    vectors.save(tmp_path / "folder")
    places = (tmp_path / "folder", write_text(tmp_path / "glove.txt"))
    assert {open_vectors(place).digest for place in places} == {vectors.digest}
    changed = MATRIX.copy()
    changed[4, 1] = np.nextafter(changed[4, 1], np.float32(9))
    others = [
        WordVectors(WORDS, changed),
        WordVectors([*WORDS[:-1], "Queen"], MATRIX),
        WordVectors(WORDS[::-1], MATRIX[::-1]),
        WordVectors(WORDS, MATRIX[:, :2]),
    ]
    assert len({vectors.digest, *(other.digest for other in others)}) == 5


def test_description_holds_no_path(tmp_path):
    opened = WordVectors.read(write_text(tmp_path / "glove.txt"), cache=False)
    assert opened.describe() == {"n_words": 5, "width": 3, "origin": {"file": "glove.txt"}, "sha256": opened.digest}


def test_deep_copies_are_themselves(vectors):
    """Or scikit-learn's clone would read a mapped array into memory, once for each fold."""
    assert copy.deepcopy([vectors])[0] is vectors


def test_repr_is_short(vectors):
    assert repr(vectors) == "<WordVectors: 5 words of width 3>"


def test_error_no_vectors_there(tmp_path):
    with pytest.raises(ArtifactError, match="nothing does not exist"):
        open_vectors(tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ArtifactError, match=r"card\.json is missing"):
        open_vectors(tmp_path / "empty")
