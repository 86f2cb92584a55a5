"""Vocabulary and the encoder of word ids: against counting with dictionaries."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from seqloom.errors import NotFitted, UsageError
from seqloom.flow import Ragged
from seqloom.text.pad import cut_ids, pad_ids
from seqloom.text.tokens import as_texts
from seqloom.text.vectorise import TextVectorizer, encoder_from_state
from seqloom.text.vocabulary import fit_vocabulary
from tests.text.slow import UNICODE_TEXTS, WORD_TEXTS, as_rows, fit_or_skip, rank_words, split_words

LIMITS = st.one_of(st.none(), st.integers(0, 7))
RAGGED = st.lists(st.lists(st.integers(1, 99), max_size=7), max_size=6)


def make_ragged(rows):
    lengths = [len(row) for row in rows]
    values = np.array([value for row in rows for value in row], dtype=np.int32)
    return Ragged(values=values, offsets=np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64))


@settings(max_examples=50)
@given(WORD_TEXTS, st.integers(0, 4), LIMITS)
@example(["b a", "a b c", "c"], 1, None)
@example(["a a a b", "b"], 2, None)
def test_law_vocabulary_is_by_frequency_then_first_appearance(texts, min_df, limit):
    words = fit_vocabulary(as_texts(texts), max_features=limit, min_df=min_df).words.to_list()
    assert words == rank_words([split_words(text) for text in texts], min_df=min_df, max_features=limit)


@settings(max_examples=50)
@given(WORD_TEXTS, st.integers(1, 3), LIMITS, st.data())
def test_law_vocabulary_sees_training_rows_only(texts, min_df, limit, data):
    rows = data.draw(st.lists(st.integers(0, len(texts) - 1), max_size=8) if texts else st.just([]))
    among = fit_vocabulary(as_texts(texts).take(np.array(rows, dtype=int)), max_features=limit, min_df=min_df)
    alone = fit_vocabulary(as_texts([texts[i] for i in rows]), max_features=limit, min_df=min_df)
    assert among.words.to_list() == alone.words.to_list()


@settings(max_examples=50)
@given(WORD_TEXTS, WORD_TEXTS)
def test_law_index_is_the_place_in_the_vocabulary(train, other):
    vocabulary = fit_vocabulary(as_texts(train), max_features=3)
    corpus, words = as_texts(other).corpus, vocabulary.words.to_list()
    expected = [words.index(word) if word in words else -1 for word in corpus.words]
    assert vocabulary.index(corpus.words).tolist() == expected


def encode_slowly(train, texts, vectorizer):
    """Ids of each text, one word at a time."""
    limit = None if vectorizer.max_features is None else vectorizer.max_features - TextVectorizer.n_special
    known = rank_words([split_words(text) for text in train], min_df=vectorizer.min_df, max_features=limit)
    ids = [[known.index(word) + 2 if word in known else 1 for word in split_words(text)] for text in texts]
    length = vectorizer.length
    cut = [row[:length] if vectorizer.keep == "first" else row[max(len(row) - length, 0) :] for row in ids]
    return [[0] * (length - len(row)) + row for row in cut] if vectorizer.fixed else cut


@settings(max_examples=50)
@given(
    UNICODE_TEXTS | WORD_TEXTS,
    WORD_TEXTS,
    st.builds(
        TextVectorizer,
        max_features=st.none() | st.integers(TextVectorizer.n_special, 6),
        min_df=st.integers(1, 3),
        length=st.integers(0, 6),
        keep=st.sampled_from(["first", "last"]),
        fixed=st.booleans(),
    ),
)
def test_law_ids_equal_a_look_up_word_by_word(train, texts, vectorizer):
    fit_or_skip(vectorizer, as_texts(train))
    for part in (train, texts):
        ids = vectorizer.encode(as_texts(part))["ids"]
        found = ids.tolist() if vectorizer.fixed else as_rows(ids.values, ids.offsets)
        assert found == encode_slowly(train, part, vectorizer)
        assert (ids if vectorizer.fixed else ids.values).dtype == np.int32
        n_words = [len(split_words(text)) for text in part]
        n_more = [max(n - vectorizer.length, 0) for n in n_words]
        share = sum(n_more) / max(sum(n_words), 1)
        assert vectorizer.count_cut(as_texts(part)) == (np.count_nonzero(n_more), pytest.approx(share), "words")


@settings(max_examples=50)
@given(UNICODE_TEXTS)
def test_law_decoding_gives_the_words_back(texts):
    vectorizer = fit_or_skip(TextVectorizer(fixed=False), texts)
    ids = vectorizer.encode(as_texts(texts))["ids"]
    words = ["", "[UNK]", *vectorizer.state()[1]]
    assert [[words[i] for i in row] for row in as_rows(ids.values, ids.offsets)] == [split_words(t) for t in texts]


def test_a_vocabulary_without_words_knows_padding_and_unknown_only():
    vectorizer = TextVectorizer(max_features=2, min_df=1, length=3, fixed=True).fit(as_texts(["a b", "a"]))
    assert vectorizer.n_ids == 2
    assert vectorizer.encode(as_texts(["a", "", "b c d e"]))["ids"].tolist() == [[0, 0, 1], [0, 0, 0], [1, 1, 1]]


@pytest.mark.parametrize("max_features", [0, 1])
def test_fewer_ids_than_the_special_ones_are_refused(max_features):
    with pytest.raises(UsageError, match=f"max_features {max_features} found; a whole number from 2 on"):
        TextVectorizer(max_features=max_features).fit(["a b", "a"])


def test_max_features_is_the_number_of_ids():
    vectorizer = TextVectorizer(max_features=4, min_df=1).fit(as_texts(["a b c d", "b c"]))
    assert vectorizer.n_ids == 4
    assert vectorizer.state()[1] == ["b", "c"]


@settings(max_examples=50)
@given(WORD_TEXTS, st.booleans(), st.sampled_from(["first", "last"]))
def test_law_state_is_enough(texts, fixed, keep):
    vectorizer = fit_or_skip(TextVectorizer(min_df=1, length=4, fixed=fixed, keep=keep), as_texts(texts))
    settings, words, arrays = vectorizer.state()
    again = encoder_from_state(json.loads(json.dumps(settings)), json.loads(json.dumps(words)), arrays=arrays)
    assert again.state() == vectorizer.state()
    ours, theirs = (encoder.encode(as_texts([*texts, "b new a b c d e"]))["ids"] for encoder in (vectorizer, again))
    if fixed:
        assert np.array_equal(ours, theirs)
    else:
        assert np.array_equal(ours.values, theirs.values)
        assert np.array_equal(ours.offsets, theirs.offsets)


def test_an_encoder_without_vocabulary_says_so():
    with pytest.raises(NotFitted, match="fit"):
        TextVectorizer().encode(as_texts(["a"]))
    with pytest.raises(NotFitted, match="fit"):
        TextVectorizer().state()


@settings(max_examples=50)
@given(RAGGED, st.integers(0, 8), st.sampled_from(["first", "last"]), st.sampled_from(["before", "after"]))
def test_law_padding_equals_a_loop_over_rows(rows, length, keep, pad):
    cut = [row[:length] if keep == "first" else row[max(len(row) - length, 0) :] for row in rows]
    kept = cut_ids(make_ragged(rows), length, keep=keep)
    assert as_rows(kept.values, kept.offsets) == cut
    zeros = [[0] * (length - len(row)) for row in cut]
    padded = [z + row if pad == "before" else row + z for z, row in zip(zeros, cut, strict=True)]
    found = pad_ids(make_ragged(rows), length, keep=keep, pad=pad)
    assert found.shape == (len(rows), length)
    assert found.tolist() == padded


@settings(max_examples=50)
@given(RAGGED, st.data())
def test_law_ragged_rows_are_taken_as_from_a_list(rows, data):
    wanted = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=8) if rows else st.just([]))
    taken = make_ragged(rows).take(np.array(wanted, dtype=int))
    assert as_rows(taken.values, taken.offsets) == [rows[i] for i in wanted]
    assert taken.lengths.tolist() == [len(rows[i]) for i in wanted]
