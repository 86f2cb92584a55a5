"""Near words, analogies, coverage and the map, against brute force."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cosine

from seqloom.errors import ArtifactError, DataError, UnknownWord, UsageError
from seqloom.text.tokens import as_texts
from seqloom.text.vectors import WordVectors
from seqloom.text.vectors.plane import project_plane


@pytest.fixture
def vectors():
    rng = np.random.default_rng(3)
    words = [f"word{i}" for i in range(300)]
    return WordVectors(words, rng.normal(size=(300, 12)).astype(np.float32))


def rank_slowly(vectors, target, *, but, n):
    """Every word against the target, one by one."""
    scored = [
        (1 - cosine(target, vectors.matrix[i].astype(np.float64)), word)
        for i, word in enumerate(vectors.words)
        if word not in but
    ]
    return sorted(scored, key=lambda item: -item[0])[:n]


def agree(found, expected):
    assert [word for word, _ in found] == [word for _, word in expected]
    np.testing.assert_allclose([value for _, value in found], [value for value, _ in expected], atol=2e-6)


@pytest.mark.parametrize("n", [1, 10, 299])
def test_near_equals_brute_force(vectors, n):
    expected = rank_slowly(vectors, vectors["word7"].astype(np.float64), but={"word7"}, n=n)
    agree(vectors.near("word7", n), expected)


def test_near_gives_no_more_than_there_is(vectors):
    assert len(vectors.near("word7", n=1000)) == 299
    assert WordVectors(["one"], np.ones((1, 2), np.float32)).near("one") == []
    with pytest.raises(UsageError, match="n 0 found; a whole number from 1 on expected"):
        vectors.near("word7", n=0)


def test_analogy_equals_brute_force(vectors):
    a, b, c = ("word1", "word2", "word3")
    unit = {word: vectors[word] / np.linalg.norm(vectors[word].astype(np.float64)) for word in (a, b, c)}
    expected = rank_slowly(vectors, unit[b] - unit[a] + unit[c], but={a, b, c}, n=5)
    agree(vectors.analogy(a, b, c, n=5), expected)


def test_analogy_with_a_word_twice(vectors):
    found = vectors.analogy("word1", "word1", "word3", n=298)
    assert not {"word1", "word3"} & {word for word, _ in found}


def test_a_vector_of_zeros_is_like_none():
    vectors = WordVectors(["a", "b", "zero"], np.array([[1, 0], [1, 1], [0, 0]], np.float32))
    assert vectors.near("a") == [("b", pytest.approx(0.707107)), ("zero", 0.0)]
    assert vectors.near("zero") == [("a", 0.0), ("b", 0.0)]


def test_case_falls_back_to_the_first_of_that_spelling():
    vectors = WordVectors(["us", "Paris", "US", "PARIS"], np.eye(4, dtype=np.float32))
    for word, row in (("us", 0), ("US", 2), ("Us", 0), ("paris", 1), ("PARIS", 3)):
        assert word in vectors
        assert vectors[word].argmax() == row
    assert "London" not in vectors


def test_unknown_word_offers_close_spellings():
    vectors = WordVectors(["terrible", "terribly", "horrible", "good"], np.eye(4, dtype=np.float32))
    with pytest.raises(UnknownWord, match=r"^'terible' has no vector; spelled nearly so: terrible, terribly\.$"):
        vectors.near("terible")
    with pytest.raises(KeyError):
        vectors["xyzzy"]
    with pytest.raises(DataError, match="no word is spelled nearly so"):
        vectors.analogy("good", "xyzzy", "good")


def test_every_word_that_is_missing_is_told():
    vectors = WordVectors(["king", "queen", "man"], np.eye(3, dtype=np.float32))
    told = "'kingg' has no vector; spelled nearly so: king. 'xyzzy' has no vector; and no word is spelled nearly so."
    with pytest.raises(UnknownWord) as caught:
        vectors.analogy("man", "kingg", "xyzzy")
    assert str(caught.value) == told
    with pytest.raises(UnknownWord) as caught:
        vectors.plane(["kingg", "man", "xyzzy", "kingg"])
    assert str(caught.value) == told


@pytest.mark.parametrize(
    ("ask", "error", "words"),
    [
        (lambda vectors: vectors[5], DataError, r"row 0: 5 found where a word \(str\) is expected"),
        (lambda vectors: vectors.near(None), DataError, "row 0: None found"),
        (lambda vectors: vectors.near("word1", n=2.5), UsageError, "n 2.5 found; a whole number"),
        (lambda vectors: vectors.matrix_for(["word1", None]), DataError, "row 1: None found"),
        (lambda vectors: vectors.matrix_for("word1"), DataError, "one string found where a sequence of words"),
        (lambda vectors: vectors.plane(["word1"]), UsageError, "1 words found, two or more expected"),
        (lambda vectors: vectors.plane([]), UsageError, "0 words found, two or more expected"),
        (lambda vectors: vectors.coverage(["a", None]), DataError, r"row 1: None \(NoneType\) found"),
        (lambda vectors: vectors.coverage([None, "a"]), DataError, r"row 0: None \(NoneType\) found"),
        (lambda vectors: WordVectors([1, 2], vectors.matrix[:2]), DataError, "row 0: 1 found where a word"),
        (lambda vectors: WordVectors("ab", vectors.matrix[:2]), DataError, "one string found"),
    ],
)
def test_what_is_no_word_is_refused_by_row(vectors, ask, error, words):
    with pytest.raises(error, match=words):
        ask(vectors)


def test_words_and_rows_as_plain_lists():
    vectors = WordVectors(("a", "b"), [[1, 0], [1, 1]])
    assert vectors.matrix.dtype == np.float32
    assert vectors.near("a") == [("b", pytest.approx(0.707107))]
    assert 5 not in vectors
    assert repr(vectors) == "<WordVectors: 2 words of width 2>"


def test_matrix_for_a_vocabulary():
    vectors = WordVectors(["a", "b"], np.array([[1, 2], [3, 4]], np.float32))
    matrix, is_known = vectors.matrix_for(["b", "x", "A", "b"])
    assert matrix.dtype == np.float32
    assert matrix.tolist() == [[3, 4], [0, 0], [1, 2], [3, 4]]
    assert is_known.tolist() == [True, False, True, True]
    matrix, is_known = vectors.matrix_for([])
    assert matrix.shape == (0, 2)
    assert is_known.dtype == bool


def test_coverage_counts_tokens_and_types():
    vectors = WordVectors(["good", "film"], np.eye(2, dtype=np.float32))
    texts = ["A good, GOOD film!", "", "a bad bad bad film"]
    known = vectors.coverage(texts)
    assert (known.n_tokens, known.n_known_tokens, known.n_types, known.n_known_types) == (10, 4, 5, 2)
    assert known.missing == (("bad", 3), ("a", 2), ("!", 1))
    some = vectors.coverage(as_texts(texts).take(np.array([0])))
    assert (some.n_tokens, some.n_types, some.missing) == (5, 4, (("a", 1), ("!", 1)))
    nothing = vectors.coverage([])
    assert (nothing.n_tokens, nothing.n_types, nothing.missing) == (0, 0, ())


def test_plane_holds_distances_as_well_as_a_plane_can():
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(20, 7))
    points, share = project_plane(matrix)
    unit = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    variances = np.linalg.eigvalsh(np.cov(unit.T))[::-1]  # the closed form
    np.testing.assert_allclose(points.var(axis=0, ddof=1), variances[:2])
    assert share == pytest.approx(variances[:2].sum() / variances.sum())
    np.testing.assert_array_equal(project_plane(matrix)[0], points)
    assert project_plane(np.ones((3, 2)))[0].tolist() == [[0, 0]] * 3
    assert project_plane(np.array([[1.0], [-1.0]]))[0].round(9).tolist() == [[1, 0], [-1, 0]]


@pytest.mark.parametrize("shape", [(2, 3), (0, 3), (3,)])
def test_words_and_rows_that_do_not_match(shape):
    words = ["a", "b", "c"][: shape[0] + 1] if shape[0] else []
    with pytest.raises(DataError, match="a row of numbers a word expected"):
        WordVectors(words, np.zeros(shape, np.float32))


def test_repeated_words_are_refused():
    with pytest.raises(ArtifactError, match="stands twice"):
        WordVectors(["a", "a"], np.eye(2, dtype=np.float32)).near("a")
