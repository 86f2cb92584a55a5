"""Sets of n-grams as ids, against a loop over words; and what a foreign folder may say."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqloom.errors import ArtifactError, NotFitted, UsageError
from seqloom.text.ngram_set import NgramSetVectorizer
from seqloom.text.tokens import as_texts
from seqloom.text.vectorise import encoder_from_state
from tests.text.slow import WORD_TEXTS, as_rows, fit_or_skip

TEXTS = ["a b a b", "b c", "a b c", "", "c c c"]


def list_ngrams(text: str, *, longest: int) -> set[tuple[str, ...]]:
    words = text.split()
    return {tuple(words[i : i + n]) for n in range(1, longest + 1) for i in range(len(words) - n + 1)}


def encode_slowly(train, texts, vectorizer):
    """Ids from 1 by the number of texts, ties in alphabetical order; the smallest ``length`` of each text."""
    longest = vectorizer.ngram_range[1]
    often = Counter(ngram for text in train for ngram in list_ngrams(text, longest=longest))
    kept = sorted(ngram for ngram, n in often.items() if n >= vectorizer.min_df)
    number = {ngram: i for i, ngram in enumerate(sorted(kept, key=lambda ngram: -often[ngram]), 1)}
    whole = [sorted(number[n] for n in list_ngrams(text, longest=longest) if n in number) for text in texts]
    return [row[: vectorizer.length] for row in whole], [len(row) for row in whole]


@given(
    WORD_TEXTS,
    WORD_TEXTS,
    st.builds(
        NgramSetVectorizer,
        ngram_range=st.sampled_from([(1, 1), (1, 2), (1, 3)]),
        min_df=st.integers(1, 2),
        length=st.integers(0, 9),
    ),
)
def test_law_ids_equal_a_look_up_one_by_one(train, texts, vectorizer):
    fit_or_skip(vectorizer, as_texts(train))
    for part in (train, texts):
        ids = vectorizer.encode(as_texts(part))["ids"]
        expected, lengths = encode_slowly(train, part, vectorizer)
        assert as_rows(ids.values, ids.offsets) == expected
        assert ids.values.dtype == np.int32
        n_more = [max(n - vectorizer.length, 0) for n in lengths]
        cut = vectorizer.count_cut(as_texts(part))
        assert cut == (np.count_nonzero(n_more), pytest.approx(sum(n_more) / max(sum(lengths), 1)), "n-grams")


def test_vocabulary_is_by_frequency_and_may_be_limited():
    vectorizer = NgramSetVectorizer(ngram_range=(1, 2), max_features=3).fit(TEXTS)
    assert vectorizer.get_vocabulary()[0] == ""
    assert set(vectorizer.get_vocabulary()[1:]) == {"a", "b", "c"}  # of all, those that stand most often
    assert vectorizer.n_ids == 4


def test_law_state_gives_the_same_encoder():
    vectorizer = NgramSetVectorizer(ngram_range=(1, 2), length=3).fit(TEXTS)
    settings, words, arrays = vectorizer.state()
    again = encoder_from_state(json.loads(json.dumps(settings)), words, arrays=arrays)
    new = as_texts(["c b a b", "z", "b a"])
    found, expected = (encoder.encode(new)["ids"] for encoder in (again, vectorizer))
    np.testing.assert_array_equal(found.values, expected.values)
    np.testing.assert_array_equal(found.offsets, expected.offsets)
    assert again.get_params() == vectorizer.get_params()
    assert again.get_vocabulary() == vectorizer.get_vocabulary()


@pytest.mark.parametrize(
    ("settings", "ids", "message"),
    [
        ({"length": -1}, {}, "length -1 found, 0 or more expected"),
        ({"length": "4"}, {}, "length"),
        ({"mode": "tfidf"}, {}, "mode 'tfidf' found"),
        ({"analyzer": "char"}, {}, "analyzer 'char' found, 'word' expected"),
        ({"lowercase": False}, {}, "lowercase False found"),
        ({"token_pattern": "a+"}, {}, "token_pattern 'a\\+' found"),
        ({}, {"ngram_ids": lambda ids: ids + 1}, "ngram_ids is not each number from 1 to"),
        ({}, {"ngram_ids": lambda ids: ids.astype(np.int64)}, "ngram_ids"),
        ({}, {"ngram_ids": lambda ids: ids[:-1]}, "ngram_ids"),
        ({}, {"ngram_ids": lambda ids: np.where(ids == 2, 1, ids).astype(np.int32)}, "ngram_ids"),
    ],
)
def test_error_foreign_state(settings, ids, message):
    told, words, arrays = NgramSetVectorizer(ngram_range=(1, 2)).fit(TEXTS).state()
    arrays |= {name: change(arrays[name]) for name, change in ids.items()}
    with pytest.raises(ArtifactError, match=message):
        encoder_from_state({**told, **settings}, words, arrays=arrays)


def test_error_array_is_missing():
    told, words, arrays = NgramSetVectorizer().fit(TEXTS).state()
    del arrays["ngram_ids"]
    with pytest.raises(ArtifactError, match="ngram-set encoding in the card is not whole"):
        encoder_from_state(told, words, arrays=arrays)


def test_error_settings():
    with pytest.raises(UsageError, match="length"):
        NgramSetVectorizer(length=-1).fit(TEXTS)
    with pytest.raises(NotFitted):
        NgramSetVectorizer().transform(TEXTS)
