"""CountVectorizer on raw texts: against scikit-learn's, and by scikit-learn's rules."""

from __future__ import annotations

import inspect
import unicodedata

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer as SklearnVectorizer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.utils.validation import check_is_fitted

from seqloom import CountVectorizer
from seqloom.errors import ArtifactError, DataError, NotFitted, UsageError
from seqloom.text.tokens import as_texts
from seqloom.text.vectorise import encoder_from_state
from tests.text.slow import UNICODE_TEXTS, WORD_TEXTS

SKLEARN_PATTERN = r"(?u)\b\w\w+\b"
HARD = [
    "Two  blanks,\ttabs\t\tand\nlines\n\n\u2003\u2003end \x1c\x1d",
    "née 가나다 \x00NUL \x00\x00 👩‍💻 ❤️ שלום עולם مرحبا हिन्दी",
    " ",
    "a",
    "",
    "ab abc abcd",
]
WORDS = st.lists(st.text(st.sampled_from("abAB ,.é가שد1_\n"), max_size=20), max_size=6)


def fit_both(ours, theirs, texts):
    """Both fitted; None where both say that nothing is left."""
    try:
        theirs.fit(texts)
    except ValueError:  # an empty vocabulary, no terms remain, max_df below min_df
        with pytest.raises(DataError):
            ours.fit(texts)
        return False
    ours.fit(texts)
    return True


def assert_equal(ours, theirs, texts):
    """The same columns under the same names with the same values, bit for bit."""
    assert ours.get_feature_names_out().tolist() == theirs.get_feature_names_out().tolist()
    if not texts:
        return
    found, expected = ours.transform(texts), theirs.transform(texts)
    assert found.shape == expected.shape
    assert found.has_sorted_indices
    assert np.array_equal(found.indptr, expected.indptr)
    assert np.array_equal(found.indices, expected.indices)
    assert np.array_equal(found.data, expected.data)


def compose(texts):
    """Composed, as ours reads them: scikit-learn composes nothing."""
    return [unicodedata.normalize("NFC", text) for text in texts]


@pytest.mark.parametrize("analyzer", ["char", "char_wb"])
@pytest.mark.parametrize("ngram_range", [(1, 3), (2, 4), (4, 5), (6, 7)])
@settings(max_examples=12)
@given(texts=UNICODE_TEXTS, other=UNICODE_TEXTS, lowercase=st.booleans())
@example(texts=HARD, other=HARD[::-1], lowercase=True)
@example(texts=["a bc def ghij klmno"], other=["a", "bc ", " def"], lowercase=True)
def test_law_characters_equal_those_of_scikit_learn(analyzer, ngram_range, texts, other, lowercase):
    same = {"analyzer": analyzer, "ngram_range": ngram_range, "lowercase": lowercase}
    ours, theirs = CountVectorizer(**same), SklearnVectorizer(**same)
    if fit_both(ours, theirs, compose(texts)):
        for part in (texts, other):
            assert_equal(ours, theirs, compose(part))


@pytest.mark.parametrize("ngram_range", [(1, 1), (1, 2), (2, 3)])
@settings(max_examples=20)
@given(
    texts=WORDS,
    other=WORDS,
    lowercase=st.booleans(),
    min_df=st.one_of(st.integers(1, 3), st.floats(0, 1)),
    max_df=st.one_of(st.integers(1, 4), st.floats(0, 1)),
)
def test_law_words_equal_those_of_scikit_learn(ngram_range, texts, other, lowercase, min_df, max_df):
    same = {"token_pattern": SKLEARN_PATTERN, "ngram_range": ngram_range, "lowercase": lowercase}
    same |= {"min_df": min_df, "max_df": max_df}
    ours, theirs = CountVectorizer(**same), SklearnVectorizer(**same)
    if fit_both(ours, theirs, texts):
        for part in (texts, other):
            assert_equal(ours, theirs, part)


@settings(max_examples=20)
@given(WORDS, st.sampled_from(["word", "char", "char_wb"]))
def test_law_tfidf_equals_that_of_scikit_learn(texts, analyzer):
    same = {"analyzer": analyzer, "ngram_range": (1, 2)}
    pattern = {"token_pattern": SKLEARN_PATTERN} if analyzer == "word" else {}
    ours = CountVectorizer(mode="tfidf", dtype="float64", **same, **pattern)
    theirs = TfidfVectorizer(**same, **pattern)
    if fit_both(ours, theirs, texts):
        assert np.allclose(ours.transform(texts).toarray(), theirs.transform(texts).toarray(), rtol=1e-12, atol=0)
        assert np.allclose(ours.idf_, theirs.idf_, rtol=1e-12, atol=0)


def test_max_features_keeps_what_scikit_learn_keeps():
    """Without ties, which scikit-learn breaks as the sort happens to."""
    texts = [" ".join(word for i, word in enumerate(["aa", "bb", "cc", "dd", "ee", "ff"]) for _ in range(i + 1))] * 2
    for limit in (1, 3, 6, 100):
        same = {"max_features": limit, "token_pattern": SKLEARN_PATTERN}
        assert_equal(CountVectorizer(**same).fit(texts), SklearnVectorizer(**same).fit(texts), texts)


def test_modes_by_hand():
    texts, rows = ["b a a", "b", "", "new"], {}
    for mode in ("count", "binary", "freq", "tfidf"):
        vectorizer = CountVectorizer(mode=mode, dtype="float64").fit(texts[:3])
        assert vectorizer.get_feature_names_out().tolist() == ["a", "b"]
        rows[mode] = vectorizer.transform(texts).toarray()
        assert np.allclose(vectorizer.fit_transform(texts[:3]).toarray(), rows[mode][:3])
    idf = np.array([np.log(4 / 2) + 1, np.log(4 / 3) + 1])  # a stands in one text of three, b in two
    first = np.array([2, 1]) * idf
    zero = [0, 0]
    assert rows["count"].tolist() == [[2, 1], [0, 1], zero, zero]
    assert rows["binary"].tolist() == [[1, 1], [0, 1], zero, zero]
    assert np.allclose(rows["freq"], [[2 / 3, 1 / 3], [0, 1], zero, zero])
    assert np.allclose(rows["tfidf"], [first / np.linalg.norm(first), [0, 1], zero, zero])


@settings(max_examples=15)
@given(UNICODE_TEXTS | WORD_TEXTS, st.sampled_from(["word", "char", "char_wb", str.split]), st.data())
def test_law_rows_tokenised_already_are_taken_as_they_are(texts, analyzer, data):
    vectorizer = CountVectorizer(analyzer=analyzer, ngram_range=(1, 2))
    read = vectorizer._read(texts)
    try:
        found = vectorizer.fit_transform(read)
    except DataError:
        return
    assert (found != vectorizer.fit_transform(texts)).nnz == 0
    rows = np.array(data.draw(st.lists(st.integers(0, len(texts) - 1), max_size=8)), dtype=int)
    assert (vectorizer.transform(read.take(rows)) != found[rows]).nnz == 0


def test_a_callable_sees_the_text_as_it_is():
    seen = []
    texts = ["Ab  é", "", "c-D c"]
    vectorizer = CountVectorizer(analyzer=lambda text: seen.append(text) or text.split("-"), ngram_range=(1, 2))
    counts = vectorizer.fit_transform(texts)
    assert seen == texts
    assert vectorizer.get_feature_names_out().tolist() == ["", "Ab  é", "D c", "c", "c D c"]
    assert counts.toarray().tolist() == [[0, 1, 0, 0, 0], [1, 0, 0, 0, 0], [0, 0, 1, 1, 1]]


@settings(max_examples=15)
@given(WORDS, st.sampled_from(["word", "char", "char_wb"]), st.sampled_from(["count", "binary", "freq", "tfidf"]))
def test_law_state_is_enough(texts, analyzer, mode):
    vectorizer = CountVectorizer(analyzer=analyzer, mode=mode, ngram_range=(1, 4), max_df=0.9, lowercase=False)
    try:
        vectorizer.fit(texts)
    except DataError:
        return
    settings_, words, arrays = vectorizer.state()
    again = encoder_from_state(settings_, words, arrays=arrays)
    assert again.get_params() == vectorizer.get_params()
    assert (again.transform([*texts, "new Ab"]) != vectorizer.transform([*texts, "new Ab"])).nnz == 0


def test_a_callable_cannot_be_saved():
    with pytest.raises(UsageError, match="holds no code"):
        CountVectorizer(analyzer=str.split).fit(["a"]).state()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("analyzer", "chars", "'chars' found, word or char or char_wb or morpheme expected"),
        ("token_pattern", "(", "a regular expression expected"),
        ("mode", "counts", "count or binary or freq or tfidf"),
        ("dtype", "object", "float32 or float64"),
        ("lowercase", "yes", "under 'lowercase'"),
    ],
)
def test_settings_from_a_strange_card_are_refused(name, value, said):
    settings_, words, arrays = CountVectorizer().fit(["a"]).state()
    with pytest.raises(ArtifactError, match=said.replace("(", r"\(")):
        encoder_from_state(settings_ | {name: value}, words, arrays=arrays)


@pytest.mark.parametrize("idf", [np.ones(3), np.ones(2, np.float32), np.array([1.0, np.nan])])
def test_rarities_that_do_not_fit_are_refused(idf):
    settings_, words, arrays = CountVectorizer(mode="tfidf").fit(["a b"]).state()
    with pytest.raises(ArtifactError, match="ngram_idf"):
        encoder_from_state(settings_, words, arrays=arrays | {"ngram_idf": idf})


def test_inverse_transform_tells_what_stands_in_a_row():
    vectorizer = CountVectorizer(ngram_range=(1, 2)).fit(["b a", "c"])
    found = vectorizer.inverse_transform(vectorizer.transform(["a b c", "", "b a"]))
    assert [row.tolist() for row in found] == [["a", "b", "c"], [], ["a", "b", "b a"]]
    assert vectorizer.vocabulary_ == {"a": 0, "b": 1, "b a": 2, "c": 3}


# ---- scikit-learn's rules ----


def test_law_constructor_only_stores():
    given_ = {name: object() for name in inspect.signature(CountVectorizer).parameters}
    vectorizer = CountVectorizer(**given_)
    assert vectorizer.get_params() == given_
    assert vars(vectorizer) == given_
    assert clone(CountVectorizer(ngram_range=(1, 2))).get_params()["ngram_range"] == (1, 2)


def test_a_clone_is_unfitted():
    vectorizer = CountVectorizer(min_df=2).fit(["a", "a"])
    check_is_fitted(vectorizer)
    with pytest.raises(NotFitted, match=r"Call fit\(texts\) first"):
        clone(vectorizer).transform(["a"])
    with pytest.raises(NotFitted):
        clone(vectorizer).get_feature_names_out()


def make_reviews(n):
    words = np.array(["good", "fine", "bad", "poor"])
    picked = np.random.default_rng(0).integers(0, 4, n)
    return [f"{words[i]} film {k % 7}" for k, i in enumerate(picked)], picked < 2


@pytest.mark.parametrize("mode", ["count", "tfidf"])
def test_pipeline_and_cross_validation(mode):
    texts, labels = make_reviews(80)
    pipeline = make_pipeline(CountVectorizer(mode=mode), LogisticRegression())
    assert cross_val_score(pipeline, texts, labels, cv=4).min() > 0.9
    assert cross_val_score(pipeline, np.array(texts, dtype=object), labels, cv=4).min() > 0.9
    assert pipeline.fit(texts, labels).predict(["a good one"]).tolist() == [True]
    assert "good" in pipeline[:-1].get_feature_names_out()
    search = GridSearchCV(pipeline, {"countvectorizer__analyzer": ["word", "char_wb"]}, cv=2).fit(texts, labels)
    assert search.best_score_ > 0.9


def test_feature_union():
    texts, _ = make_reviews(10)
    words, characters = CountVectorizer(), CountVectorizer(analyzer="char_wb", ngram_range=(2, 3))
    both = FeatureUnion([("words", words), ("characters", characters)]).fit_transform(texts)
    assert both.shape == (10, words.fit(texts).n_features + characters.fit(texts).n_features)


# ---- what cannot be meant ----


@pytest.mark.parametrize(
    ("settings_", "said"),
    [
        ({"analyzer": "words"}, r"analyzer 'words' found; word, char, char_wb, morpheme or a callable expected"),
        ({"analyzer": None}, r"analyzer None found"),
        ({"token_pattern": "("}, r"(?s)a regular expression expected: regex error.*unclosed group\. The regex crate"),
        ({"token_pattern": r"(?=a)"}, r"a regular expression expected.*look-around"),
        ({"token_pattern": "a", "analyzer": "char"}, r"token_pattern is for analyzer 'word'"),
        ({"mode": "tf"}, r"mode 'tf' found, one of count, binary, freq, tfidf expected"),
        ({"dtype": "int64"}, r"dtype 'int64' found"),
        ({"max_features": 0}, r"max_features 0 found; a whole number from 1 on, or None"),
        ({"max_features": 2.5}, r"max_features 2.5 found"),
        ({"lowercase": "no"}, r"lowercase 'no' found; True or False expected"),
        ({"token_pattern": 3}, r"token_pattern 3 found"),
        ({"min_df": -1}, r"min_df -1 found"),
        ({"min_df": 1.5}, r"min_df 1.5 found; a number of texts \(int\), or a share"),
        ({"max_df": True}, r"max_df True found"),
        ({"ngram_range": (2, 1)}, r"ngram_range \(2, 1\) found"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(settings_, said):
    with pytest.raises(UsageError, match=f"(?s){said}"):
        CountVectorizer(**settings_).fit(["a b", "b"])


@pytest.mark.parametrize(
    ("texts", "settings_", "said"),
    [
        ([], {}, "no texts found"),
        (["", " "], {}, "no n-grams found in 2 texts: are they empty"),
        (["a", "b"], {"min_df": 2}, r"nothing is left of 2 different n-grams in 2 texts. min_df 2 and max_df 1.0"),
        (["a b", "c d"], {"min_df": 2, "ngram_range": (2, 2)}, "nothing is left of 2 different n-grams in 2 texts"),
        (["a", "a"], {"max_df": 1}, "nothing is left of 1 different n-grams in 2 texts"),
        ("a b", {}, "one string found"),
        (["a", None], {}, "row 1: None"),
        (["a", 3], {}, "row 1: 3"),
        (["a", "b"], {"analyzer": len}, "row 0: 1 came from the analyzer where a list of tokens"),
        (["a", "b"], {"analyzer": str.upper}, "row 0: 'A' came from the analyzer"),
        (["a", "b"], {"analyzer": lambda text: [text, 1]}, "row 0: .* came from the analyzer"),
    ],
)
def test_texts_of_which_nothing_can_be_made_are_refused(texts, settings_, said):
    with pytest.raises(DataError, match=said):
        CountVectorizer(**settings_).fit(texts)


def test_more_tokens_than_can_be_told_apart_are_refused():
    letters = [chr(0xAC00 + i) for i in range(600)]
    texts = ["".join(letters)]
    assert CountVectorizer(analyzer="char", ngram_range=(1, 6)).fit(texts).n_features == sum(range(595, 601))
    with pytest.raises(UsageError, match=r"600 different tokens .* up to 7 at most 510 .* Make ngram_range shorter"):
        CountVectorizer(analyzer="char", ngram_range=(1, 7)).fit(texts)
    # what is not kept needs no room
    assert CountVectorizer(analyzer="char", ngram_range=(1, 7), min_df=2).fit([*texts, "가각"]).n_features == 3


def test_no_rows_are_a_matrix_without_rows():
    vectorizer = CountVectorizer().fit(["a b"])
    assert vectorizer.transform([]).shape == (0, 2)
    assert vectorizer.transform(as_texts([])).shape == (0, 2)
