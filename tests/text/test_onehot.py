"""OneHotVectorizer: against the chapter's loops (listings 6-1 and 6-2, as they are usually written)."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from seqloom import OneHotVectorizer
from seqloom.errors import DataError, NotFitted, UsageError
from tests.text.slow import UNICODE_TEXTS, WORD_TEXTS, fit_or_skip, rank_words, split_words

SAMPLES = ["The cat sat on the mat.", "The dog ate my homework."]


def encode_slowly(rows, known, *, length, pad):
    vectors = np.zeros((len(rows), length, len(known) + 2))
    for n, row in enumerate(rows):
        kept = row[:length]
        for t, word in enumerate(kept, 0 if pad == "after" else length - len(kept)):
            vectors[n, t, known.index(word) + 2 if word in known else 1] = 1
    return vectors


@pytest.mark.parametrize("sparse", [False, True])
@settings(max_examples=25)
@given(WORD_TEXTS, WORD_TEXTS | UNICODE_TEXTS, st.sampled_from(["before", "after"]), st.integers(1, 4))
def test_law_words_equal_a_loop(sparse, train, texts, pad, length):
    vectorizer = fit_or_skip(OneHotVectorizer(sparse=sparse, pad=pad, length=length, min_df=2), train)
    found = vectorizer.transform(texts)
    assert sp.issparse(found) == sparse
    known = rank_words([split_words(text) for text in train], min_df=2, max_features=None)
    expected = encode_slowly([split_words(text) for text in texts], known, length=length, pad=pad)
    assert found.dtype == np.float32
    if sparse:
        assert found.shape == (len(texts) * length, len(known) + 2)
        assert np.array_equal(found.toarray(), expected.reshape(found.shape))
    else:
        assert np.array_equal(found, expected)


@pytest.mark.parametrize("sparse", [False, True])
@settings(max_examples=25)
@given(UNICODE_TEXTS | WORD_TEXTS)
def test_law_decoding_what_was_encoded_gives_the_words_back(sparse, texts):
    vectorizer = fit_or_skip(OneHotVectorizer(sparse=sparse), texts)
    assert vectorizer.inverse_transform(vectorizer.transform(texts)) == [split_words(text) for text in texts]


def test_the_words_of_the_chapter():
    """Listing 6-1: ten words; theirs begins at column 1, ours at 2, behind the one of unknown words."""
    vectors = OneHotVectorizer(token_pattern=r"\w+", lowercase=False, length=10).fit_transform(SAMPLES)
    index = {}
    for sample in SAMPLES:
        for word in sample.replace(".", "").split():
            index.setdefault(word, len(index) + 1)
    assert vectors.shape == (2, 10, len(index) + 2)
    assert vectors.sum() == sum(len(sample.split()) for sample in SAMPLES)


def test_the_characters_of_the_chapter():
    """Listing 6-2."""
    vectorizer = OneHotVectorizer(analyzer="char", lowercase=False, length=50).fit(SAMPLES)
    vectors = vectorizer.transform(SAMPLES)
    assert vectors.shape == (2, 50, len(set("".join(SAMPLES))) + 2)
    assert ["".join(row) for row in vectorizer.inverse_transform(vectors)] == SAMPLES


def test_large_results_are_sparse():
    """Each text has words of its own: 3,000 x 1 x 3,002 would take 36 MB, twice as many four times that."""
    few, many = ([f"w{i}" for i in range(n)] for n in (3_000, 6_000))
    assert OneHotVectorizer().fit_transform(few).shape == (3_000, 1, 3_002)
    assert OneHotVectorizer().fit_transform(many).shape == (6_000, 6_002)
    assert sp.issparse(OneHotVectorizer(dtype="float64").fit_transform(few))
    assert OneHotVectorizer(sparse=False).fit_transform(many).shape == (6_000, 1, 6_002)


# ---- scikit-learn's rules ----


def test_law_constructor_only_stores():
    given_ = {name: object() for name in inspect.signature(OneHotVectorizer).parameters}
    vectorizer = OneHotVectorizer(**given_)
    assert vectorizer.get_params() == given_ == vars(vectorizer)


def test_clone_and_pipeline():
    texts, labels = ["good film", "bad film"] * 20, [1, 0] * 20
    vectorizer = OneHotVectorizer().fit(texts)
    with pytest.raises(NotFitted):
        clone(vectorizer).transform(texts)
    flatten = FunctionTransformer(lambda vectors: vectors.reshape(len(vectors), -1))
    assert cross_val_score(make_pipeline(vectorizer, flatten, LogisticRegression()), texts, labels, cv=4).min() == 1


@pytest.mark.parametrize(
    ("settings_", "texts", "error", "said"),
    [
        ({"analyzer": "char_wb"}, ["a"], UsageError, "for n-grams"),
        ({"dtype": "bool"}, ["a"], UsageError, "dtype 'bool' found"),
        ({"sparse": "yes"}, ["a"], UsageError, "sparse 'yes' found; True, False or None expected"),
        ({}, [], DataError, "no texts found"),
        ({}, ["a", 1.5], DataError, "row 1: 1.5"),
    ],
)
def test_what_cannot_be_meant_is_refused(settings_, texts, error, said):
    with pytest.raises(error, match=said):
        OneHotVectorizer(**settings_).fit(texts)
