"""HashingVectorizer: the same columns, signs and sums as scikit-learn's; streams; collisions counted by hand."""

from __future__ import annotations

import inspect
import subprocess
import sys
import tracemalloc
from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.feature_extraction.text import HashingVectorizer as SklearnVectorizer
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils import murmurhash3_32

from seqloom import HashingVectorizer
from seqloom.errors import DataError, UsageError
from seqloom.text import hashing
from seqloom.text.murmur import hash_strings
from tests.text.slow import UNICODE_TEXTS, WORD_TEXTS, list_ngrams, split_words
from tests.text.test_count import HARD, SKLEARN_PATTERN, WORDS, compose, make_reviews


@settings(max_examples=50)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), max_size=20))
@example(["", "a", "ab", "abc", "abcd", "abcde", "\x00", "\x00\x00\x00\x00", "x" * 1_000, "가", "👩‍💻"])
def test_law_hashes_equal_those_of_scikit_learn(strings):
    found = hash_strings(pl.Series(strings, dtype=pl.String))
    assert found.dtype == np.int32
    assert found.tolist() == [murmurhash3_32(string, 0) for string in strings]


@pytest.mark.parametrize("analyzer", ["word", "char", "char_wb"])
@settings(max_examples=25)
@given(
    texts=WORDS,
    n_features=st.sampled_from([1, 2, 7, 64, 2**20, 2**31 - 1]),
    alternate_sign=st.booleans(),
    norm=st.sampled_from([None, "l1", "l2"]),
    ngram_range=st.sampled_from([(1, 1), (1, 2), (2, 3)]),
)
@example(texts=compose(HARD[:1] + HARD[2:]), n_features=16, alternate_sign=True, norm="l2", ngram_range=(1, 2))
def test_law_matrix_equals_that_of_scikit_learn(analyzer, texts, n_features, alternate_sign, norm, ngram_range):
    same = {"analyzer": analyzer, "n_features": n_features, "alternate_sign": alternate_sign}
    same |= {"norm": norm, "ngram_range": ngram_range}
    same |= {"token_pattern": SKLEARN_PATTERN} if analyzer == "word" else {}
    found = HashingVectorizer(dtype="float64", **same).transform(texts)
    assert found.shape == (len(texts), n_features)
    if not texts:
        return
    expected = SklearnVectorizer(**same).transform(texts)
    assert np.array_equal(found.indptr, expected.indptr)
    assert np.array_equal(found.indices, expected.indices)
    assert np.allclose(found.data, expected.data, rtol=1e-12, atol=0)


@settings(max_examples=25)
@given(UNICODE_TEXTS | WORD_TEXTS, st.integers(1, 20), st.integers(1, 4))
def test_law_stream_equals_the_whole(texts, n_features, size):
    vectorizer = HashingVectorizer(n_features=n_features, ngram_range=(1, 2))
    chunks = [texts[start : start + size] for start in range(0, len(texts), size)]
    parts = [part.toarray() for part in vectorizer.transform_stream(iter(chunks))]
    assert np.array_equal(np.concatenate([np.zeros((0, n_features)), *parts]), vectorizer.transform(texts).toarray())


def test_long_lists_are_hashed_in_pieces(monkeypatch):
    texts = [f"word{i} and word{i // 3}" for i in range(25)]
    whole = HashingVectorizer(n_features=64).transform(texts)
    monkeypatch.setattr(hashing, "_CHUNK", 4)
    assert (HashingVectorizer(n_features=64).transform(texts) != whole).nnz == 0
    with pytest.raises(DataError, match="row 21: 5"):
        HashingVectorizer().transform([*texts[:21], 5])


def test_a_stream_is_read_as_it_is_asked_for_and_names_its_rows():
    asked = []

    def chunks():
        for i in range(3):
            asked.append(i)
            yield ["a b", None if i == 2 else "c"]

    stream = HashingVectorizer(n_features=8).transform_stream(chunks())
    assert asked == []
    next(stream)
    assert asked == [0]
    next(stream)
    with pytest.raises(DataError, match="row 5: None"):
        next(stream)


def test_a_stream_of_strings_is_refused():
    with pytest.raises(DataError, match="one string found"):
        list(HashingVectorizer().transform_stream(["a b", "c"]))


def test_memory_of_a_stream_does_not_grow():
    """Python's own allocations, NumPy's among them: the tenth chunk needs what the second did."""
    words = np.random.default_rng(0).integers(0, 50_000, (12, 300, 20))
    chunks = ([" ".join(f"w{i}" for i in row) for row in chunk] for chunk in words.tolist())
    stream = HashingVectorizer(ngram_range=(1, 2)).transform_stream(chunks)
    tracemalloc.start()
    sizes = [tracemalloc.get_traced_memory()[0] for _ in stream]
    tracemalloc.stop()
    assert max(sizes[6:]) < 1.5 * max(sizes[1:6])


def test_equal_in_another_process():
    code = (
        "import seqloom as s; print(s.HashingVectorizer(n_features=999).transform(['good film 가']).indices.tolist())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(HashingVectorizer(n_features=999).transform(["good film 가"]).indices.tolist())


@settings(max_examples=40)
@given(WORD_TEXTS, st.integers(1, 12))
def test_law_collisions_equal_a_count_by_hand(texts, n_features):
    ngrams = {ngram for text in texts for ngram in list_ngrams(split_words(text), (1, 2))}

    def share(width):
        columns = Counter(abs(murmurhash3_32(ngram, 0)) % width for ngram in ngrams)
        return len(columns), sum(n for n in columns.values() if n > 1)

    found = HashingVectorizer(n_features=n_features, ngram_range=(1, 2)).count_collisions(texts)
    assert (found.n_features, found.n_ngrams) == (n_features, len(ngrams))
    assert (found.n_used, found.n_colliding) == share(n_features)
    if found.n_colliding:
        widths = [n_features << i for i in range(1, 31) if n_features << i <= 2**31]
        halving = next(width for width in widths if 2 * share(width)[1] <= found.n_colliding)
        assert (found.halving_n_features, found.halving_n_colliding) == (halving, share(halving)[1])
    else:
        assert found.halving_n_features is None


def test_collisions_are_told_in_words():
    known = {"n_features": 2, "n_ngrams": 4_000, "n_used": 2, "n_colliding": 4_000}
    assert str(hashing.Collisions(**known, halving_n_features=4_096, halving_n_colliding=1_900)) == (
        "4,000 different n-grams fall into 2 of 2 columns; 4,000 (100.0%) share theirs with another. "
        "With n_features=4,096 (2**12) it would be 1,900."
    )
    told = hashing.Collisions(**known, halving_n_features=6_000, halving_n_colliding=3)
    assert str(told).endswith("With n_features=6,000 it would be 3.")
    told = hashing.Collisions(**known, halving_n_features=None, halving_n_colliding=None)
    assert str(told).endswith("More columns do not help.")
    vectorizer = HashingVectorizer()
    assert str(vectorizer.count_collisions(["a b"])).endswith("No more columns are needed.")
    assert str(vectorizer.count_collisions([])).startswith("0 different")


# ---- scikit-learn's rules ----


def test_law_constructor_only_stores():
    given_ = {name: object() for name in inspect.signature(HashingVectorizer).parameters}
    vectorizer = HashingVectorizer(**given_)
    assert vectorizer.get_params() == given_ == vars(vectorizer)


def test_nothing_is_learned():
    vectorizer = HashingVectorizer(n_features=32)
    alone = vectorizer.transform(["a b"])
    assert vars(vectorizer.fit(["c d"])) == vectorizer.get_params()
    assert (vectorizer.transform(["a b"]) != alone).nnz == 0
    assert (clone(vectorizer).fit_transform(["a b"]) != alone).nnz == 0
    assert vectorizer.transform([]).shape == (0, 32)


def test_pipeline_and_partial_fit():
    texts, labels = make_reviews(80)
    pipeline = make_pipeline(HashingVectorizer(n_features=2**10, ngram_range=(1, 2)), LogisticRegression(C=100))
    assert cross_val_score(pipeline, texts, labels, cv=4).min() > 0.9
    model, chunks = SGDClassifier(random_state=0), [texts[start : start + 16] for start in range(0, 80, 16)]
    for matrix, start in zip(HashingVectorizer().transform_stream(chunks), range(0, 80, 16), strict=True):
        model.partial_fit(matrix, labels[start : start + 16], classes=[False, True])
    assert model.score(HashingVectorizer().transform(texts), labels) > 0.9


@pytest.mark.parametrize(
    ("settings_", "said"),
    [
        ({"n_features": 0}, r"n_features 0 found; the number of columns, 1 to 2,147,483,648, expected"),
        ({"n_features": 2**32}, "n_features 4294967296 found"),
        ({"n_features": 2.0}, "n_features 2.0 found"),
        ({"alternate_sign": "no"}, "alternate_sign 'no' found; True or False expected"),
        ({"norm": "max"}, "norm 'max' found; 'l1', 'l2' or None expected"),
        ({"dtype": int}, "dtype .* found, 'float32' or 'float64' expected"),
        ({"analyzer": "words"}, "analyzer 'words' found"),
        ({"ngram_range": (0, 1)}, "ngram_range"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(settings_, said):
    for ask in ("fit", "transform", "count_collisions"):
        with pytest.raises(UsageError, match=said):
            getattr(HashingVectorizer(**settings_), ask)(["a"])
    with pytest.raises(UsageError, match=said):
        next(HashingVectorizer(**settings_).transform_stream([["a"]]))
