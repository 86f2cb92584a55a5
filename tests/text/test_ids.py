"""TextVectorizer on raw texts, by scikit-learn's rules."""

from __future__ import annotations

import inspect

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from seqloom import TextVectorizer
from seqloom.errors import ArtifactError, DataError, NotFitted, UsageError
from seqloom.text.vectorise import encoder_from_state
from tests.text.slow import UNICODE_TEXTS, WORD_TEXTS, as_rows, fit_or_skip, split_words


@settings(max_examples=30)
@given(UNICODE_TEXTS | WORD_TEXTS, st.sampled_from(["before", "after"]), st.booleans())
def test_law_decoding_what_was_encoded_gives_the_words_back(texts, pad, fixed):
    vectorizer = fit_or_skip(TextVectorizer(pad=pad, fixed=fixed), texts)
    ids = vectorizer.transform(texts)
    assert vectorizer.inverse_transform(ids) == [split_words(text) for text in texts]


@settings(max_examples=30)
@given(WORD_TEXTS, WORD_TEXTS, st.sampled_from(["before", "after"]), st.sampled_from(["first", "last"]))
def test_law_padded_rows_equal_ragged_ones(train, texts, pad, keep):
    """As long as the longest training text, whatever comes later."""
    padded = fit_or_skip(TextVectorizer(pad=pad, keep=keep), train)
    ragged = fit_or_skip(TextVectorizer(keep=keep, fixed=False), train).transform(texts)
    length = max(len(split_words(text)) for text in train)
    rows = as_rows(ragged.values, ragged.offsets)
    zeros = [[0] * (length - len(row)) for row in rows]
    expected = [z + row if pad == "before" else row + z for z, row in zip(zeros, rows, strict=True)]
    found = padded.transform(texts)
    assert found.shape == (len(texts), length) == (len(texts), len(padded.get_feature_names_out()))
    assert found.dtype == np.int32
    assert found.tolist() == expected


@pytest.mark.parametrize("given_as", [list, tuple, np.array, pl.Series, iter])
def test_texts_come_in_any_sequence(given_as):
    texts = ["b a", "", "c!"]
    assert TextVectorizer().fit_transform(given_as(texts)).tolist() == [[2, 3], [0, 0], [4, 5]]


def test_characters_and_callables():
    characters = TextVectorizer(analyzer="char", pad="after").fit(["Aba", "b \t c"])
    assert characters.inverse_transform(characters.transform(["ab c?"])) == [["a", "b", " "]]
    called = TextVectorizer(analyzer=lambda text: text.split(","))
    assert called.fit_transform(["x,Y z", "x"]).tolist() == [[2, 3], [0, 2]]
    assert called.vocabulary_ == {"x": 2, "Y z": 3}


def test_case_is_kept_when_asked():
    assert TextVectorizer(lowercase=False).fit(["Good good"]).get_vocabulary() == ["", "[UNK]", "Good", "good"]


@pytest.mark.parametrize("settings_", [{"analyzer": "char", "pad": "after"}, {"token_pattern": "a+", "min_df": 0.5}])
def test_state_is_enough(settings_):
    vectorizer = TextVectorizer(**settings_).fit(["aab a", "b a"])
    again = encoder_from_state(vectorizer.state()[0], vectorizer.state()[1], arrays={})
    assert again.get_params() == vectorizer.get_params() | {"length": vectorizer.length_}
    assert np.array_equal(again.transform(["a b", "abc"]), vectorizer.transform(["a b", "abc"]))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("analyzer", "char_wb", "'char_wb' found, word or char or morpheme expected"),
        ("token_pattern", "(", "a regular expression expected"),
        ("pad", "left", "before or after"),
        ("length", 2**16 + 1, "0 to 65,536 expected"),
    ],
)
def test_settings_from_a_strange_card_are_refused(name, value, said):
    settings_, words, _ = TextVectorizer().fit(["a"]).state()
    with pytest.raises(ArtifactError, match=said):
        encoder_from_state(settings_ | {name: value}, words, arrays={})


def test_law_constructor_only_stores():
    given_ = {name: object() for name in inspect.signature(TextVectorizer).parameters}
    vectorizer = TextVectorizer(**given_)
    assert vectorizer.get_params() == given_ == vars(vectorizer)


def test_clone_and_pipeline():
    texts, labels = ["good film", "bad film"] * 20, [1, 0] * 20
    vectorizer = TextVectorizer(length=2).fit(texts)
    with pytest.raises(NotFitted):
        clone(vectorizer).transform(texts)
    pipeline = make_pipeline(vectorizer, OneHotEncoder(handle_unknown="ignore"), LogisticRegression())
    assert cross_val_score(pipeline, texts, labels, cv=4).min() == 1


@pytest.mark.parametrize(
    ("settings_", "said"),
    [
        ({"analyzer": "char_wb"}, "for n-grams"),
        ({"keep": "middle"}, "keep 'middle' found, first or last expected"),
        ({"pad": "left"}, "pad 'left' found, before or after expected"),
        ({"length": -1}, "length -1 found; a whole number from 0 on, or None, expected"),
        ({"length": "3"}, "length '3' found"),
        ({"max_features": 9.0}, "max_features 9.0 found"),
        ({"fixed": "no"}, "fixed 'no' found; True or False expected"),
        ({"min_df": "2"}, "min_df '2' found"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(settings_, said):
    with pytest.raises(UsageError, match=said):
        TextVectorizer(**settings_).fit(["a b", "b"])


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ([], "no texts found"),
        (["", "\n"], "no words found in 2 texts: are they empty"),
        (["a", "b"], "nothing is left of 2 different words in 2 texts. min_df 2 leaves out the others: lower it"),
        (["a", b"b"], "row 1: b'b'"),
    ],
)
def test_texts_of_which_nothing_can_be_made_are_refused(texts, said):
    with pytest.raises(DataError, match=said):
        TextVectorizer(min_df=2).fit(texts)


@pytest.mark.parametrize("ids", [[[2, 4]], [[-1]], [[1.0]]])
def test_ids_that_are_none_are_refused(ids):
    with pytest.raises(DataError, match="whole numbers below 4 expected"):
        TextVectorizer().fit(["a b"]).inverse_transform(ids)
