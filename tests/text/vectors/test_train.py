"""Training against slow, obvious versions: pairs by a double loop, PMI by its formula, factors by dense algebra."""

from __future__ import annotations

import sys
from importlib.util import find_spec

import numpy as np
import polars as pl
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from seqloom.errors import DataError, UsageError
from seqloom.text.tokens import as_texts
from seqloom.text.vectors import VectorOptions, factorise, train, train_vectors
from seqloom.text.vectors.pairs import count_pairs
from seqloom.text.vectors.skipgram import _Sentences
from seqloom.text.vectors.spool import GAP, Spool, cut_chunks
from tests.text.slow import WORD_TEXTS


def make_texts(n=400, seed=0):
    """Sentences of two worlds that share no content word, so that likeness is known."""
    rng = np.random.default_rng(seed)
    worlds = (["sea", "boat", "fish", "wave", "salt", "net"], ["wood", "tree", "leaf", "deer", "moss", "fern"])
    return [" ".join(["the", *rng.choice(worlds[i % 2], size=6)]) for i in range(n)]


def spool_rows(rows, window):
    """A stream as ``Spool.read`` gives it."""
    return np.array([item for row in rows for item in [*row, *[GAP] * window]], dtype=np.int32)


def count_slowly(rows, n_words, window):
    counts = np.zeros((n_words, n_words))
    for row in rows:
        for i in range(len(row)):
            for j in range(len(row)):
                if i != j and abs(i - j) <= window:
                    counts[row[i], row[j]] += window + 1 - abs(i - j)
    return counts


@given(
    rows=st.lists(st.lists(st.integers(0, 4), max_size=9), max_size=6),
    window=st.integers(1, 4),
    n_block=st.integers(1, 30),
)
def test_pairs_equal_the_double_loop_however_the_stream_is_cut(rows, window, n_block):
    stream = spool_rows(rows, window)
    blocks = [stream[i : i + n_block] for i in range(0, len(stream), n_block)]
    found = count_pairs(blocks, 5, window=window)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found.toarray(), count_slowly(rows, 5, window))


def test_pairs_of_more_words_than_32_bits_hold():
    rows = [[0, 69_999, 5], [69_999, 69_998]]
    found = count_pairs([spool_rows(rows, 2)], 70_000, window=2).tocoo()
    expected = {(0, 69_999): 2, (69_999, 5): 2, (0, 5): 1, (69_999, 69_998): 2}
    expected |= {(j, i): n for (i, j), n in expected.items()}
    assert {(int(i), int(j)): n for i, j, n in zip(found.row, found.col, found.data, strict=True)} == expected


@given(texts=WORD_TEXTS, window=st.integers(1, 3), n_block=st.integers(1, 20), n_chunks=st.integers(1, 3))
def test_spool_gives_the_kept_words_of_each_text(texts, window, n_block, n_chunks):
    cut = max(1, -(-len(texts) // n_chunks))
    with Spool(window) as spool:
        for i in range(0, len(texts), cut):
            spool.add(as_texts(texts[i : i + cut]))
        rows = [text.split() for text in texts]
        assert dict(zip(spool.words, spool.count.tolist(), strict=True)) == {
            word: sum(row.count(word) for row in rows) for word in spool.words
        }
        rank = np.array([-1 if word == "a" else i for i, word in enumerate(spool.words)], dtype=np.int32)
        stream = np.concatenate([np.empty(0, np.int32), *spool.read(rank, n_block)])
        kept = [[spool.words.index(word) for word in row if word != "a"] for row in rows]
        np.testing.assert_array_equal(stream, spool_rows(kept, window))
        if spool.words:
            sentences = list(_Sentences(spool, spool.words, rank=rank))
            assert sentences == [[word for word in row if word != "a"] for row in rows if set(row) - {"a"}]


def test_weights_equal_the_dense_formula():
    rng = np.random.default_rng(1)
    counts = rng.poisson(1.0, size=(30, 30)).astype(np.float64)
    counts = counts + counts.T
    counts[:, 4] = counts[4, :] = 0
    row, total = counts.sum(axis=1), counts.sum()
    smooth = row**0.75 / (row**0.75).sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        one_way = np.log((counts / total) / ((row / total)[:, None] * smooth[None, :]))  # Levy et al., equation 3
        expected = np.nan_to_num(np.maximum((one_way + one_way.T) / 2, 0))
    found = factorise.weigh_pairs(sp.csr_matrix(counts.astype(np.float32)))
    np.testing.assert_allclose(found.toarray(), expected, atol=2e-6)
    assert (found.data > 0).all()


def make_symmetric(n, rank, seed=0):
    """A sparse-looking matrix with large positive eigenvalues that are apart, and negative ones beside them."""
    rng = np.random.default_rng(seed)
    axes = np.linalg.qr(rng.normal(size=(n, n)))[0]
    values = np.concatenate([np.linspace(50, 10, rank), -np.linspace(30, 20, 3), 0.1 * rng.normal(size=n - rank - 3)])
    return sp.csr_matrix(((axes * values) @ axes.T).astype(np.float32))


@pytest.mark.parametrize("is_dense", [True, False])
def test_vectors_equal_those_of_dense_algebra(monkeypatch, is_dense):
    monkeypatch.setattr(factorise, "_DENSE_WORDS", 1_000 if is_dense else 0)
    width = 8
    matrix = make_symmetric(150, width)
    left, singular, right = np.linalg.svd(matrix.toarray().astype(np.float64))
    is_positive = (left * right.T).sum(axis=0) > 0  # left and right agree where the eigenvalue is positive
    expected = left[:, is_positive][:, :width] * np.sqrt(singular[is_positive][:width])
    found = factorise.find_vectors(matrix, width)
    for column in range(width):
        sign = np.sign(found[:, column] @ expected[:, column])
        np.testing.assert_allclose(found[:, column], sign * expected[:, column], atol=2e-4)
        assert found[np.abs(found[:, column]).argmax(), column] > 0
    np.testing.assert_array_equal(factorise.find_vectors(matrix, width), found)


def test_vectors_of_few_positive_eigenvalues_end_in_zeros():
    matrix = sp.csr_matrix(np.array([[0, 2.0], [2, 0]], dtype=np.float32))  # eigenvalues 2 and -2
    np.testing.assert_allclose(factorise.find_vectors(matrix, 2), [[1, 0], [1, 0]], atol=1e-6)
    assert factorise.find_vectors(matrix, 3).shape == (2, 3)


def test_krylov_steps_are_enough_for_a_slow_spectrum(monkeypatch):
    """The spectrum of word counts falls slowly: what is found must hold nearly all that the best vectors hold."""
    monkeypatch.setattr(factorise, "_DENSE_WORDS", 0)
    rng = np.random.default_rng(2)
    n, width = 600, 10
    axes = np.linalg.qr(rng.normal(size=(n, n)))[0]
    values = 100 / np.arange(1, n + 1) ** 0.5 * np.where(np.arange(n) % 9 == 4, -1, 1)
    matrix = sp.csr_matrix(((axes * values) @ axes.T).astype(np.float32))
    found = factorise.find_vectors(matrix, width)
    kept = np.sort((found.astype(np.float64) ** 2).sum(axis=0))[::-1]  # eigenvalues, as vectors are their roots
    np.testing.assert_allclose(kept, np.sort(values[values > 0])[::-1][:width], rtol=2e-2)


def test_words_of_one_world_are_near():
    vectors = train_vectors(make_texts(), VectorOptions(width=8))
    assert vectors.words[0] == "the"  # the most frequent
    assert vectors.notes[0] == "2,800 tokens of 400 texts, 13 different words"
    for word, world in (("sea", "boat fish wave salt net"), ("moss", "wood tree leaf deer fern")):
        near = [found for found, _ in vectors.near(word, 6) if found != "the"]
        assert set(near[:5]) == set(world.split())


def test_law_chunks_blocks_and_kinds_of_input_change_no_bit(monkeypatch):
    texts, options = make_texts(), VectorOptions(width=6)
    whole = train_vectors(texts, options)
    kinds = (
        pl.Series(texts),
        as_texts(texts),
        iter(texts),
        (texts[i : i + 7] for i in range(0, len(texts), 7)),
        [pl.Series(texts[:100]), as_texts(texts[100:])],
    )
    for given_texts in kinds:
        found = train_vectors(given_texts, options)
        assert found.words == whole.words
        np.testing.assert_array_equal(found.matrix, whole.matrix)
    monkeypatch.setattr(train, "_BLOCK_TOKENS", 17)
    np.testing.assert_array_equal(train_vectors(texts, options).matrix, whole.matrix)


def test_law_same_seed_same_bits(monkeypatch):
    monkeypatch.setattr(factorise, "_DENSE_WORDS", 0)
    monkeypatch.setattr(factorise, "N_STEPS", 1)
    monkeypatch.setattr(factorise, "_BLOCK_MORE", 0)
    texts = make_texts()
    first, again, other = (train_vectors(texts, VectorOptions(width=3, seed=seed)).matrix for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_rare_words_and_words_beyond_the_most_are_left_out():
    texts = ["a a a b b b c c d"] * 2
    assert train_vectors(texts, VectorOptions(width=2, min_count=4)).words == ["a", "b", "c"]
    assert train_vectors(texts, VectorOptions(width=2, min_count=1, max_words=2)).words == ["a", "b"]


@pytest.mark.parametrize("texts", [[], [""], ["one two"], iter([])])
def test_too_few_words(texts):
    with pytest.raises(DataError, match="words stand 5 times or more in the texts, and vectors of 100 numbers need"):
        train_vectors(texts)


def test_words_that_never_stand_together():
    with pytest.raises(DataError, match="no two known words stand in one text"):
        train_vectors(["a", "b", "c"] * 9, VectorOptions(width=2))


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ("one string", "one string found where a sequence of texts is expected"),
        (3, r"3 \(int\) found where a sequence of texts is expected"),
        (["a b", None], "row 1: None"),
        ([["a b"], ["c", 4]], r"row 2: 4 \(int\) found where a string is expected"),
    ],
)
def test_texts_that_are_none(texts, words):
    with pytest.raises(DataError, match=words):
        train_vectors(texts)


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ({"width": 0}, "width 0 found; a whole number from 1 on expected"),
        ({"width": 2.5}, "width 2.5 found"),
        ({"window": 0}, "window 0 found"),
        ({"min_count": 0}, "min_count 0 found"),
        ({"max_words": 1}, "max_words 1 found; a whole number from 2 on expected"),
        ({"seed": -1}, "seed -1 found"),
    ],
)
def test_options_that_cannot_be_meant(option, words):
    with pytest.raises(UsageError, match=words):
        train_vectors(["a b c"] * 9, VectorOptions(**{"width": 2, **option}))


def test_unknown_method():
    with pytest.raises(UsageError, match="method 'glove' found, ppmi or skipgram expected"):
        train_vectors(["a"], VectorOptions(method="glove"))


def test_chunks_are_asked_for_one_by_one():
    asked = []

    def give():
        for i in range(3):
            asked.append(i)
            yield [f"text {i}"]

    chunks = cut_chunks(give())
    next(chunks)
    assert asked == [0]


def test_skipgram_without_gensim(monkeypatch):
    monkeypatch.setitem(sys.modules, "gensim", None)
    with pytest.raises(UsageError, match=r"pip install 'seqloom\[vectors\]'"):
        train_vectors((pytest.fail(text) for text in ["read"]), VectorOptions(method="skipgram"))


@pytest.mark.skipif(find_spec("gensim") is None, reason="gensim, the optional extra, is not installed")
def test_skipgram_by_gensim():
    vectors = train_vectors(make_texts(3_000), VectorOptions(width=10, method="skipgram"))
    assert vectors.matrix.shape == (13, 10)
    assert {word for word, _ in vectors.near("sea", 5)} == {"boat", "fish", "wave", "salt", "net"}


@pytest.mark.data
@pytest.mark.slow
def test_the_queen_is_found_in_reviews(data_folder):
    parts = (pl.read_parquet(data_folder / f"imdb_{part}.parquet")["text"] for part in ("train", "unsup"))
    vectors = train_vectors(parts)
    assert vectors.analogy("man", "king", "woman", n=1)[0][0] == "queen"
    assert {word for word, _ in vectors.near("terrible", 3)} <= {"awful", "horrible", "bad", "atrocious", "dreadful"}
