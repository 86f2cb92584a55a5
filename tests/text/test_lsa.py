"""LsaVectorizer: against NumPy's whole SVD and scikit-learn's truncated one, and by scikit-learn's rules."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer as SklearnVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.validation import check_is_fitted

from seqloom import LsaVectorizer
from seqloom.errors import ArtifactError, DataError, NotFitted, UsageError
from seqloom.text.tokens import as_texts
from seqloom.text.vectorise import encoder_from_state

PATTERN = r"(?u)\b\w\w+\b"


def make_texts(n: int, *, seed: int = 0, n_words: int = 18) -> list[str]:
    """Texts of 2 to 11 of a few words, some frequent and some rare."""
    random = np.random.default_rng(seed)
    share = 1 / np.arange(1, n_words + 1)
    words = np.array([f"word{i:02}" for i in range(n_words)])
    return [" ".join(random.choice(words, random.integers(2, 12), p=share / share.sum())) for _ in range(n)]


def weigh_slowly(counts: np.ndarray, n_texts: int, df: np.ndarray) -> np.ndarray:
    """Dense, an entry at a time: (1 + log count) * log(N / df)."""
    weighed = np.zeros(counts.shape)
    for row, column in zip(*np.nonzero(counts), strict=True):
        weighed[row, column] = (1 + np.log(counts[row, column])) * np.log(n_texts / df[column])
    return weighed


def bring_to_length_one(rows: np.ndarray) -> np.ndarray:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.where(norms > 1e-9, rows / np.maximum(norms, 1e-9), 0)


def read_slowly(train: list[str], others: list[str], **options) -> tuple[np.ndarray, np.ndarray]:
    """The weighed rows of the training texts at length 1, and those of other texts as they are."""
    counter = SklearnVectorizer(token_pattern=PATTERN, **options)
    counts = counter.fit_transform(train).toarray()
    df = (counts > 0).sum(axis=0)
    weighed = weigh_slowly(counts, len(train), df)
    return bring_to_length_one(weighed), weigh_slowly(counter.transform(others).toarray(), len(train), df)


@pytest.mark.parametrize(("min_df", "max_df"), [(1, 1.0), (2, 0.5)])
@pytest.mark.parametrize("seed", range(3))
def test_law_columns_are_those_of_the_whole_svd(seed, min_df, max_df):
    train, others = make_texts(60, seed=seed), [*make_texts(15, seed=seed + 50), "", "unheard of"]
    rows, asked = read_slowly(train, others, min_df=min_df, max_df=max_df)
    _, strengths, across = np.linalg.svd(rows, full_matrices=False)
    width = 5
    assert (strengths[:width] / strengths[1 : width + 1] > 1.001).all()  # the premise: each column is one direction
    expected = bring_to_length_one(asked @ across[:width].T)
    vectorizer = LsaVectorizer(width=width, min_df=min_df, max_df=max_df, token_pattern=PATTERN).fit(train)
    found = vectorizer.transform(others)
    assert found.dtype == np.float32
    signs = np.sign((found * expected).sum(axis=0))
    np.testing.assert_allclose(found, expected * signs, atol=1e-4)


def test_law_columns_are_those_of_scikit_learn():
    """Its TruncatedSVD of the same weighed matrix, exact (ARPACK)."""
    train, others = make_texts(80), make_texts(20, seed=1)
    rows, asked = read_slowly(train, others, max_df=1.0)
    theirs = TruncatedSVD(6, algorithm="arpack", random_state=0).fit(sp.csr_matrix(rows))
    expected = bring_to_length_one(theirs.transform(sp.csr_matrix(asked)))
    found = LsaVectorizer(width=6, min_df=1, max_df=1.0, token_pattern=PATTERN).fit(train).transform(others)
    np.testing.assert_allclose(np.abs(found.T @ expected).diagonal(), (found**2).sum(axis=0), rtol=1e-3)
    np.testing.assert_allclose(found @ found.T, expected @ expected.T, atol=1e-4)


def test_law_the_largest_weight_of_a_column_is_positive():
    vectorizer = LsaVectorizer(width=6, min_df=1).fit(make_texts(60))
    counts = vectorizer.counter_.transform(make_texts(60))
    directions = vectorizer.components_ / np.log(60 / (counts > 0).sum(axis=0).A1)[:, None]
    assert (directions[np.abs(directions).argmax(axis=0), np.arange(6)] > 0).all()


def test_law_rows_have_length_one_or_no_known_word():
    texts = [*make_texts(50), "", " \n", "unheard of", "word00 unheard"]
    found = LsaVectorizer(width=4, min_df=1, max_df=1.0).fit(texts[:50]).transform(texts)
    lengths = np.linalg.norm(found, axis=1)
    np.testing.assert_allclose(lengths[[*range(50), 53]], 1, atol=1e-5)
    assert (found[50:53] == 0).all()


def test_law_equal_seeds_give_equal_bits():
    texts = make_texts(300, n_words=200)
    first, second = (LsaVectorizer(width=8, random_state=3).fit(texts) for _ in range(2))
    assert first.components_.tobytes() == second.components_.tobytes()
    np.random.default_rng().random(3)
    assert np.array_equal(LsaVectorizer(width=8, random_state=3).fit_transform(texts), first.transform(texts))


def test_law_rows_tokenised_already_are_taken_as_they_are():
    texts = make_texts(40)
    read = as_texts(texts)
    vectorizer = LsaVectorizer(width=3).fit(read)
    assert np.array_equal(vectorizer.components_, LsaVectorizer(width=3).fit(texts).components_)
    rows = np.array([5, 3, 3, 0])
    np.testing.assert_allclose(vectorizer.transform(read.take(rows)), vectorizer.transform(texts)[rows], atol=1e-6)


def test_fewer_texts_or_words_than_columns():
    """What there is of them: columns beyond would be zero."""
    assert LsaVectorizer(min_df=1, max_df=1.0).fit(["aa bb", "aa cc", "dd"]).n_columns == 3
    assert LsaVectorizer(min_df=1, max_df=1.0).fit(["aa bb", "aa", "bb", "bb"]).transform(["aa"]).shape == (1, 2)


def test_words_of_every_text_tell_none_apart():
    """log(N / df) is 0: rows without length, not rows that are no numbers."""
    found = LsaVectorizer(min_df=1, max_df=1.0).fit_transform(["aa bb", "aa bb"])
    assert found.tolist() == [[0, 0], [0, 0]]


def test_characters_too():
    found = LsaVectorizer(width=2, analyzer="char", min_df=1, max_df=0.9).fit_transform(["abc", "abd", "xyz"])
    assert found[0] @ found[1] > found[0] @ found[2]


def test_law_state_is_enough():
    vectorizer = LsaVectorizer(width=5, min_df=2, max_features=12, lowercase=False).fit(make_texts(60))
    settings, words, arrays = vectorizer.state()
    again = encoder_from_state(settings, words, arrays=arrays)
    assert again.get_params() == vectorizer.get_params()
    asked = [*make_texts(10, seed=5), "new"]
    assert np.array_equal(again.transform(asked), vectorizer.transform(asked))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("width", "5", "under 'width'"),
        ("width", 4, r"components of shape \(\d+, 5\) \(float32\) found, \(\d+, 1 to 4\)"),
        ("random_state", 0.5, "under 'random_state'"),
        ("mode", "binary", "mode 'binary' found, count expected"),
        ("ngram_range", [1, 2], r"ngram_range \[1, 2\] found, \[1, 1\] expected"),
        ("analyzer", "words", "analyzer 'words' found"),
        ("min_df", None, "under 'min_df'"),
    ],
)
def test_settings_from_a_strange_card_are_refused(name, value, said):
    settings, words, arrays = LsaVectorizer(width=5, min_df=1).fit(make_texts(60)).state()
    with pytest.raises(ArtifactError, match=said):
        encoder_from_state(settings | {name: value}, words, arrays=arrays)


@pytest.mark.parametrize(
    "change",
    [
        lambda array: array[:-1],
        lambda array: array[:, :0],
        lambda array: array[None],
        lambda array: array[0],
        lambda array: array.T,
        lambda array: array.astype(np.float64),
    ],
    ids=["a word less", "no column", "a cube", "a row", "turned", "wide"],
)
def test_components_that_do_not_fit_are_refused(change):
    settings, words, arrays = LsaVectorizer(width=5, min_df=1).fit(make_texts(60)).state()
    with pytest.raises(ArtifactError, match=r"components of shape .* float32 expected"):
        encoder_from_state(settings, words, arrays=arrays | {"components": change(arrays["components"])})


def test_components_that_are_not_there_are_refused():
    settings, words, arrays = LsaVectorizer(width=5).fit(make_texts(60)).state()
    with pytest.raises(ArtifactError, match="not whole"):
        encoder_from_state(settings, words, arrays={"ngram_keys": arrays["ngram_keys"]})


# ---- scikit-learn's rules ----


def test_law_constructor_only_stores():
    given = {name: object() for name in inspect.signature(LsaVectorizer).parameters}
    vectorizer = LsaVectorizer(**given)
    assert vectorizer.get_params() == given == vars(vectorizer)


def test_a_clone_is_unfitted():
    vectorizer = LsaVectorizer(width=3).fit(make_texts(30))
    check_is_fitted(vectorizer)
    copy = clone(vectorizer)
    assert copy.get_params() == vectorizer.get_params()
    for ask in (lambda: copy.transform(["a"]), lambda: copy.n_columns, copy.state):
        with pytest.raises(NotFitted, match=r"Call fit\(texts\) first"):
            ask()


def test_pipeline_and_cross_validation():
    """Two topics whose words never meet: few columns tell them apart."""
    random = np.random.default_rng(0)
    topics = (["boat", "wave", "sail", "tide"], ["oven", "salt", "cook", "dish"])
    labels = np.arange(80) % 2
    texts = [" ".join([*random.choice(topics[label], 3), f"x{i % 9}"]) for i, label in enumerate(labels)]
    pipeline = make_pipeline(LsaVectorizer(width=4), LogisticRegression())
    assert cross_val_score(pipeline, texts, labels, cv=4).min() > 0.9
    search = GridSearchCV(pipeline, {"lsavectorizer__width": [1, 4]}, cv=2).fit(np.array(texts, dtype=object), labels)
    assert search.best_score_ > 0.9


@pytest.mark.parametrize(
    ("options", "texts", "error", "said"),
    [
        ({"width": 0}, ["a"], UsageError, "width 0 found; a whole number from 1 on expected"),
        ({"width": None}, ["a"], UsageError, "width None found"),
        ({"width": 2.0}, ["a"], UsageError, "width 2.0 found"),
        ({"max_features": 0}, ["a"], UsageError, "max_features 0 found"),
        ({"analyzer": "words"}, ["a"], UsageError, "analyzer 'words' found"),
        ({"max_df": 1.5}, ["a"], UsageError, "max_df 1.5 found"),
        ({}, [], DataError, "no texts found"),
        ({}, ["", " "], DataError, "no n-grams found in 2 texts"),
        ({}, ["a b", "a c"], DataError, "min_df 2 and max_df 0.5 leave them out"),
        ({}, ["a", None], DataError, "row 1: None"),
        ({}, "a", DataError, "one string found"),
    ],
)
def test_what_cannot_be_meant_is_refused(options, texts, error, said):
    with pytest.raises(error, match=said):
        LsaVectorizer(**options).fit(texts)
