"""n-gram counts: against scikit-learn's CountVectorizer, and a loop over windows."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer as SklearnVectorizer

from seqloom.errors import ArtifactError, DataError, NotFitted, UsageError
from seqloom.text import ngrams
from seqloom.text.count import CountVectorizer
from seqloom.text.keys import join_words, lookup_keys, pack_keys, unpack_keys
from seqloom.text.ngrams import count_ngrams
from seqloom.text.tokens import as_texts
from seqloom.text.vectorise import encoder_from_state
from tests.text.slow import UNICODE_TEXTS, WORD_TEXTS, fit_or_skip, list_ngrams, split_words

RANGES = [(1, 1), (1, 2), (1, 3), (2, 3), (3, 3), (2, 5)]
TEXTS = WORD_TEXTS | UNICODE_TEXTS


def list_entries(vectorizer, texts):
    """What an encoder counts, as a set of (n-gram, row, count)."""
    counts = vectorizer.encode(texts)["counts"]
    assert counts.shape == (len(texts), vectorizer.n_features)
    assert counts.dtype == np.float32
    assert counts.has_sorted_indices
    entries = counts.tocoo()
    spelt = vectorizer.spell(np.arange(vectorizer.n_features))
    assert len(set(spelt)) == len(spelt)
    found = {(spelt[column], int(row), int(n)) for row, column, n in zip(*entries.coords, entries.data, strict=True)}
    assert len(found) == counts.nnz  # none twice
    return found


def count_with_sklearn(train, texts, *, ngram_range, min_df):
    """The same set from CountVectorizer with our token rule."""
    oracle = SklearnVectorizer(tokenizer=split_words, lowercase=False, token_pattern=None, ngram_range=ngram_range)
    if not any(list_ngrams(split_words(text), ngram_range) for text in train):
        return set(), set()  # scikit-learn refuses an empty vocabulary
    train_counts = oracle.fit_transform(train)
    names = oracle.get_feature_names_out()
    kept = set(names[np.asarray((train_counts > 0).sum(axis=0)).ravel() >= min_df])
    entries = oracle.transform(texts).tocoo() if texts else train_counts[:0].tocoo()
    counted = zip(names[entries.coords[1]], entries.coords[0], entries.data, strict=True)
    return kept, {(name, int(row), int(n)) for name, row, n in counted if name in kept}


@pytest.mark.parametrize("ngram_range", RANGES)
@settings(max_examples=40)
@given(train=TEXTS, other=WORD_TEXTS, min_df=st.integers(1, 3))
@example(train=["a b c", "b c", "", "c a b"], other=["", "a b", "z a"], min_df=2)
@example(train=["a", "b", "a", "b"], other=["a b"], min_df=1)
@example(train=["a a a a", "a a a", "a a"], other=["a a a a a"], min_df=3)
@example(train=[], other=["a b"], min_df=1)
@example(train=["", "", ""], other=["", "a"], min_df=1)
@example(train=["word"], other=[], min_df=1)
def test_law_counts_equal_those_of_scikit_learn(ngram_range, train, other, min_df):
    vectorizer = CountVectorizer(ngram_range=ngram_range, min_df=min_df)
    if not count_with_sklearn(train, train, ngram_range=ngram_range, min_df=min_df)[0]:
        with pytest.raises(DataError):
            vectorizer.fit(as_texts(train))
        return
    vectorizer.fit(as_texts(train))
    for texts in (train, other):
        kept, entries = count_with_sklearn(train, texts, ngram_range=ngram_range, min_df=min_df)
        assert set(vectorizer.spell(np.arange(vectorizer.n_features))) == kept
        assert list_entries(vectorizer, as_texts(texts)) == entries


@settings(max_examples=50)
@given(WORD_TEXTS, st.data(), st.sampled_from(RANGES), st.integers(1, 3))
def test_law_rows_of_a_larger_corpus_are_fitted_and_encoded_as_if_alone(texts, data, ngram_range, min_df):
    rows = data.draw(st.lists(st.integers(0, len(texts) - 1), max_size=8) if texts else st.just([]))
    home = as_texts(texts)
    among, alone = (CountVectorizer(ngram_range=ngram_range, min_df=min_df) for _ in range(2))
    mine = as_texts([texts[i] for i in rows])
    rows_with = Counter(ngram for i in rows for ngram in set(list_ngrams(split_words(texts[i]), ngram_range)))
    if max(rows_with.values(), default=0) < min_df:
        for vectorizer, given_rows in ((among, home.take(np.array(rows, dtype=int))), (alone, mine)):
            with pytest.raises(DataError):
                vectorizer.fit(given_rows)
        return
    among.fit(home.take(np.array(rows, dtype=int)))
    alone.fit(mine)
    everything = np.arange(among.n_features)
    assert among.spell(everything) == alone.spell(everything)
    assert np.array_equal(among.keys_, alone.keys_)
    # at home rare n-grams are dropped before they are looked up; abroad nothing may be
    expected = list_entries(alone, as_texts(texts))
    assert list_entries(among, home) == expected
    assert list_entries(among, as_texts(texts)) == expected


@settings(max_examples=50)
@given(WORD_TEXTS, st.integers(1, 12), st.sampled_from([(1, 1), (1, 2), (2, 3)]), st.integers(1, 2))
def test_law_max_features_keeps_the_most_frequent(texts, limit, ngram_range, min_df):
    vectorizer = fit_or_skip(
        CountVectorizer(ngram_range=ngram_range, min_df=min_df, max_features=limit), as_texts(texts)
    )
    rows_with = Counter(ngram for text in texts for ngram in set(list_ngrams(split_words(text), ngram_range)))
    total = Counter(ngram for text in texts for ngram in list_ngrams(split_words(text), ngram_range))
    often = {ngram: n for ngram, n in total.items() if rows_with[ngram] >= min_df}
    kept = vectorizer.spell(np.arange(vectorizer.n_features))
    assert len(kept) == min(limit, len(often))
    assert sorted((often[ngram] for ngram in kept), reverse=True) == sorted(often.values(), reverse=True)[:limit]
    everything = fit_or_skip(CountVectorizer(ngram_range=ngram_range, min_df=min_df), as_texts(texts))
    expected = {entry for entry in list_entries(everything, as_texts(texts)) if entry[0] in set(kept)}
    assert list_entries(vectorizer, as_texts(texts)) == expected


@settings(max_examples=50)
@given(WORD_TEXTS, st.sampled_from(RANGES), st.integers(1, 4))
def test_law_whole_corpus_counts_equal_a_loop(texts, ngram_range, min_count):
    corpus = as_texts(texts).corpus
    counted = count_ngrams(corpus, ngram_range, min_count=min_count)
    words = corpus.words.to_list()
    spelt = [" ".join(words[i] for i in row if i >= 0) for row in counted.words.tolist()]
    by_row = [Counter(list_ngrams(split_words(text), ngram_range)) for text in texts]
    total = sum(by_row, Counter())
    # single words are never dropped: they are what the longer ones are made of
    assert set(spelt) == {ngram for ngram, n in total.items() if n >= min_count or " " not in ngram}
    entries = counted.counts.tocoo()
    found = {(spelt[c], int(r)): int(n) for r, c, n in zip(*entries.coords, entries.data, strict=True)}
    assert found == {(s, r): n for r, row in enumerate(by_row) for s, n in row.items() if s in set(spelt)}


def test_ngrams_never_cross_rows():
    vectorizer = CountVectorizer(ngram_range=(2, 3), min_df=1).fit(as_texts(["a b", "c", "", "d e f"]))
    assert set(vectorizer.spell(np.arange(vectorizer.n_features))) == {"a b", "d e", "e f", "d e f"}


@settings(max_examples=50)
@given(WORD_TEXTS, st.sampled_from(RANGES), st.integers(1, 3))
def test_law_keys_too_wide_for_their_position_count_alike(texts, ngram_range, min_count):
    usual = count_ngrams(as_texts(texts).corpus, ngram_range, min_count=min_count)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ngrams, "_DENSE", 0)
        patch.setattr(ngrams, "_KEY_BITS", 1)  # nothing fits: always the argsort
        wide = count_ngrams(as_texts(texts).corpus, ngram_range, min_count=min_count)
    assert np.array_equal(usual.words, wide.words)
    assert np.array_equal(usual.counts.toarray(), wide.counts.toarray())


@settings(max_examples=30)
@given(WORD_TEXTS, st.sampled_from(RANGES), st.integers(1, 3))
def test_law_a_table_of_all_keys_counts_as_sorting_does(texts, ngram_range, min_count):
    counted = []
    for dense in (0, 10**9):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ngrams, "_DENSE", dense)
            counted.append(count_ngrams(as_texts(texts).corpus, ngram_range, min_count=min_count))
    assert np.array_equal(counted[0].words, counted[1].words)
    assert np.array_equal(counted[0].counts.toarray(), counted[1].counts.toarray())


@settings(max_examples=50)
@given(st.lists(st.integers(0, 2**62), max_size=30), st.integers(1, 3))
@example([2**62, 0, 2**62, 5, 0, 0], 2)
def test_law_keys_are_numbered_in_ascending_order(keys, min_count):
    often = Counter(keys)
    kept = sorted(key for key, n in often.items() if n >= min_count)
    ids, found = ngrams._number_keys(np.array(keys, dtype=np.int64), min_count=min_count)
    assert found.tolist() == kept
    assert ids.tolist() == [kept.index(key) if key in kept else -1 for key in keys]


def test_counting_is_done_once_for_a_corpus():
    texts = as_texts(["a b", "b a"])
    assert count_ngrams(texts.corpus, (1, 2)) is count_ngrams(texts.take(np.array([1])).corpus, (1, 2))
    assert count_ngrams(texts.corpus, (1, 2), min_count=2) is not count_ngrams(texts.corpus, (1, 2))


@settings(max_examples=50)
@given(st.lists(st.lists(st.integers(-2, 6), min_size=3, max_size=3), max_size=20))
def test_law_keys_tell_ngrams_apart(rows):
    # -1 stands only behind the last word
    rows = [[w for w in row if w != -1] for row in rows]
    rows = [row + [-1] * (3 - len(row)) for row in rows if row]
    keys = pack_keys(np.array(rows, dtype=np.int64).reshape(-1, 3), bits=3).tolist()
    for row, key in zip(rows, keys, strict=True):
        assert (key == -1) == (-2 in row)  # 6 is the largest that fits three bits
        assert all((key == other) == (row == again) for again, other in zip(rows, keys, strict=True) if key >= 0)
    known = [(key, row) for row, key in zip(rows, keys, strict=True) if key >= 0]
    assert [row for _, row in sorted(known)] == sorted(row for _, row in known)  # alphabetical, where the words are
    unpacked = unpack_keys(np.array([key for key, _ in known], dtype=np.int64), 3, bits=3)
    assert unpacked.tolist() == [row for _, row in known]


def test_ngrams_are_written_out():
    names = pl.Series(["a", "b", ""])
    words = np.array([[0, -1], [1, 0], [2, -1], [2, 1]])
    assert join_words(names, words, joiner=" ").to_list() == ["a", "b a", "", " b"]
    assert join_words(names, words[:0], joiner=" ").to_list() == []


def test_a_word_that_does_not_fit_its_bits_is_unknown():
    assert pack_keys(np.array([[6], [7], [8]]), bits=3).tolist() == [7, -1, -1]


@settings(max_examples=50)
@given(st.lists(st.integers(-1, 20)), st.sets(st.integers(0, 20)))
def test_law_look_up_is_the_place(keys, known):
    ordered = sorted(known)
    found = lookup_keys(np.array(keys, dtype=np.int64), np.array(ordered, dtype=np.int64))
    assert found.tolist() == [ordered.index(key) if key in known else -1 for key in keys]


@settings(max_examples=50)
@given(WORD_TEXTS, st.sampled_from(RANGES))
def test_law_state_is_enough(texts, ngram_range):
    vectorizer = fit_or_skip(CountVectorizer(ngram_range=ngram_range, min_df=1), as_texts(texts))
    state, words, arrays = vectorizer.state()
    again = encoder_from_state(json.loads(json.dumps(state)), json.loads(json.dumps(words)), arrays=arrays)
    assert again.state()[:2] == (state, words)
    asked = as_texts([*texts, "b new a b c d e"])
    assert (again.encode(asked)["counts"] != vectorizer.encode(asked)["counts"]).nnz == 0


def test_an_encoder_without_ngrams_says_so():
    with pytest.raises(NotFitted, match="fit"):
        CountVectorizer().encode(as_texts(["a"]))
    with pytest.raises(NotFitted, match="fit"):
        CountVectorizer().state()


@pytest.mark.parametrize("wrong", [(0, 1), (2, 1), (1, 8), (-1, 1), (1, 2, 3), 2, (1, None), (True, 2), "ab"])
def test_a_range_that_cannot_be_meant_is_refused(wrong):
    with pytest.raises(UsageError, match=r"ngram_range .* from 1 to 7, expected"):
        CountVectorizer(ngram_range=wrong).fit(as_texts(["a b"]))


def test_an_unknown_kind_of_encoder_is_refused():
    with pytest.raises(ArtifactError, match=r"'trigrams' found, one of ids, ngram-set, ngrams, lsa expected"):
        encoder_from_state({"kind": "trigrams"}, [], arrays={})


def test_an_encoder_without_its_keys_is_refused():
    settings, words, _ = CountVectorizer(ngram_range=(1, 2)).fit(["a b"]).state()
    with pytest.raises(ArtifactError, match="not whole"):
        encoder_from_state(settings, words, arrays={})
