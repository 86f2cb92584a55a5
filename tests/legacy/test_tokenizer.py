from __future__ import annotations

import json
import warnings

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from seqloom.errors import DataError, NotFitted, UsageError
from seqloom.legacy.text import Tokenizer, tokenizer_from_json
from tests.legacy.oracles import TEXT

TABLES = ("word_counts", "word_docs", "index_docs", "word_index", "index_word", "document_count")
MODES = ("binary", "count", "freq", "tfidf")

# Few letters, so that words repeat and tie; capitals that change their length in lower case; more than ASCII.
LETTERS = st.text("aAbß\u0130\ud55c \t,.\u2019'-", max_size=12)
TEXTS = st.lists(LETTERS | st.lists(st.sampled_from(["a", "B", "b", "\ud55c", "a b"]), max_size=5), max_size=6)
IDS = st.lists(st.lists(st.integers(0, 9), max_size=6), max_size=4)

OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "num_words": st.none() | st.integers(1, 6),
        "filters": st.sampled_from(["", "ab", "-,", [",", "."]]),
        "lower": st.booleans(),
        "split": st.sampled_from([" ", "-", ", ", None]),
        "char_level": st.booleans(),
        # "a" stands in the texts: Keras then gives it two places, and what follows must be the same, too.
        "oov_token": st.sampled_from([None, "<OOV>", "a"]),
        "document_count": st.integers(0, 3),
    },
)


def state(tokenizer) -> dict:
    tables = {name: getattr(tokenizer, name) for name in TABLES}
    return tables | {"order": list(tokenizer.word_counts), "numbers": list(tokenizer.word_index)}


def same(ours, theirs) -> None:
    assert state(ours) == state(theirs)
    assert {k: json.loads(v) if k in TABLES[:-1] else v for k, v in ours.get_config().items()} == {
        k: json.loads(v) if k in TABLES[:-1] else v for k, v in theirs.get_config().items()
    }
    assert list(ours.get_config()) == list(theirs.get_config())


@pytest.mark.parametrize("oracle", TEXT, ids=lambda module: module.__name__)
@given(options=OPTIONS, first=TEXTS, second=TEXTS, unseen=TEXTS, ids=IDS)
def test_tokenizer_is_keras(oracle, options, first, second, unseen, ids):
    ours, theirs = Tokenizer(**options), oracle.Tokenizer(**options)
    for texts in (first, second):
        ours.fit_on_texts(iter(texts))
        theirs.fit_on_texts(iter(texts))
        same(ours, theirs)
    for texts in (second, unseen):
        assert ours.texts_to_sequences(texts) == theirs.texts_to_sequences(texts)
        assert list(ours.texts_to_sequences_generator(iter(texts))) == theirs.texts_to_sequences(texts)
    assert ours.sequences_to_texts(ids) == theirs.sequences_to_texts(ids)
    assert list(ours.sequences_to_texts_generator(iter(ids))) == theirs.sequences_to_texts(ids)
    ours.fit_on_sequences(ids)
    theirs.fit_on_sequences(ids)
    same(ours, theirs)


@pytest.mark.parametrize("oracle", TEXT, ids=lambda module: module.__name__)
@given(options=OPTIONS, texts=TEXTS, unseen=TEXTS, ids=IDS, counted=IDS)
def test_matrix_is_keras(oracle, options, texts, unseen, ids, counted):
    ours, theirs = Tokenizer(**options), oracle.Tokenizer(**options)
    for tokenizer in (ours, theirs):
        tokenizer.fit_on_texts(["z", *texts])  # no filter takes it: there is a column
        tokenizer.fit_on_sequences(counted)
    for mode in MODES:
        np.testing.assert_array_equal(ours.texts_to_matrix(unseen, mode), theirs.texts_to_matrix(unseen, mode))
        np.testing.assert_array_equal(ours.sequences_to_matrix(ids, mode), theirs.sequences_to_matrix(ids, mode))


@pytest.mark.parametrize("oracle", TEXT, ids=lambda module: module.__name__)
@given(options=OPTIONS, texts=TEXTS, more=TEXTS)
def test_json_is_keras(oracle, options, texts, more):
    theirs = oracle.Tokenizer(**options)
    theirs.fit_on_texts(texts)
    ours = tokenizer_from_json(theirs.to_json())
    same(ours, theirs)
    same(oracle.tokenizer_from_json(ours.to_json()), theirs)
    assert tokenizer_from_json(ours.to_json(indent=1)).to_json() == ours.to_json()
    # A tokenizer that Keras itself read fails here with a KeyError: it holds plain dicts.
    theirs.fit_on_texts(more)
    ours.fit_on_texts(more)
    same(ours, theirs)


def test_json_in_any_process_is_the_same():
    # Keras writes word_docs in the order of a set of strings, which changes from process to process.
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(["d c b a", "a c e"])
    assert list(tokenizer.word_docs) == ["d", "c", "b", "a", "e"]


@pytest.mark.parametrize("oracle", TEXT[:1], ids=lambda module: module.__name__)
def test_analyzer_is_keras(oracle):
    ours, theirs = Tokenizer(analyzer=str.split), oracle.Tokenizer(analyzer=str.split)
    for tokenizer in (ours, theirs):
        tokenizer.fit_on_texts(["The cat, THE mat", ["X", "y"]])
    assert state(ours) == state(theirs)
    assert ours.texts_to_sequences(["cat, THE x"]) == theirs.texts_to_sequences(["cat, THE x"])
    with pytest.warns(UserWarning, match="analyzer is a function"):
        ours.to_json()


def test_one_string_of_characters_is_keras():
    # Chapters on character models hand over one long string; that is how Keras counted its characters.
    ours, theirs = Tokenizer(char_level=True), TEXT[0].Tokenizer(char_level=True)
    for tokenizer in (ours, theirs):
        tokenizer.fit_on_texts("To be, or not to be")
    same(ours, theirs)
    assert ours.texts_to_sequences("be") == theirs.texts_to_sequences("be")


@pytest.mark.parametrize("method", ["fit_on_texts", "texts_to_sequences", "texts_to_matrix"])
def test_one_string_of_words_warns(method):
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(["a b"])
    with pytest.warns(UserWarning, match=r"pass \[text\]"):
        getattr(tokenizer, method)("a b")


def test_tokens_of_any_kind_where_nothing_is_lowered():
    ours, theirs = Tokenizer(lower=False), TEXT[0].Tokenizer(lower=False)
    for tokenizer in (ours, theirs):
        tokenizer.fit_on_texts([[1, 2, 2], [("a", "b")]])
    assert state(ours) == state(theirs)


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["a", None], r"row 1: None \(NoneType\)"),
        (["a", "b", 3.5], r"row 2: 3.5 \(float\)"),
        ([("a", "b")], r"row 0: \('a', 'b'\) \(tuple\)"),
        ([b"a"], r"row 0: b'a' \(bytes\)"),
        (["a", ["b", 7]], r"row 1: token 7 \(int\)"),
    ],
)
@pytest.mark.parametrize("char_level", [False, True])
def test_text_that_is_none_is_refused(texts, found, char_level):
    tokenizer = Tokenizer(char_level=char_level)
    with pytest.raises(DataError, match=found):
        tokenizer.fit_on_texts(texts)
    assert state(tokenizer) == state(Tokenizer())  # nothing was counted
    with pytest.raises(DataError, match=found):
        tokenizer.texts_to_sequences(texts)


@pytest.mark.parametrize("num_words", [0, -1, float("nan")])
def test_num_words_below_one_is_refused(num_words):
    with pytest.raises(UsageError, match="1 or more"):
        Tokenizer(num_words=num_words)


def test_num_words_set_later_is_keras():
    ours, theirs = Tokenizer(), TEXT[0].Tokenizer()
    for tokenizer in (ours, theirs):
        tokenizer.fit_on_texts(["a a b b c"])
        tokenizer.num_words = 2
    assert ours.texts_to_sequences(["a b c"]) == theirs.texts_to_sequences(["a b c"]) == [[1]]


def test_old_names_and_places():
    with pytest.warns(UserWarning, match="num_words"):
        assert Tokenizer(nb_words=7).num_words == 7
    with pytest.raises(UsageError, match="analyzer=") as caught:
        Tokenizer(None, "", True, " ", False, None, str.split)
    assert isinstance(caught.value, ValueError)
    with pytest.raises(TypeError):
        Tokenizer(words=7)


def test_nothing_to_count():
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts([])
    assert tokenizer.word_index == {}
    assert tokenizer.texts_to_sequences([]) == []
    assert tokenizer.texts_to_sequences(["a", ""]) == [[], []]
    with pytest.raises(NotFitted, match="columns"):
        tokenizer.texts_to_matrix(["a"])
    with pytest.raises(NotFitted, match="tfidf"):
        Tokenizer(num_words=3).sequences_to_matrix([[1]], mode="tfidf")
    with pytest.raises(NotFitted, match="'<OOV>'"):  # Keras gave None for an id
        Tokenizer(oov_token="<OOV>").texts_to_sequences(["a"])
    assert Tokenizer(num_words=3).sequences_to_matrix([]).shape == (0, 3)


@pytest.mark.parametrize(
    ("sequences", "found"),
    [
        ([[1], [], [2, -1]], "row 2: id -1"),
        ([[1], [1.5]], "row 1"),
        ([[1], 3], "row 1"),
        ([["a"]], "row 0"),
    ],
)
def test_ids_that_are_none_are_refused(sequences, found):
    with pytest.raises(DataError, match=found):
        Tokenizer(num_words=4).sequences_to_matrix(sequences)


def test_rows_may_be_arrays():
    expected = Tokenizer(num_words=4).sequences_to_matrix([[1, 2], [3, 3]], "count")
    found = Tokenizer(num_words=4).sequences_to_matrix(np.array([[1, 2], [3, 3]]), "count")
    np.testing.assert_array_equal(found, expected)


def test_mode_unknown():
    with pytest.raises(UsageError, match=r"'tf-idf'.*tfidf"):
        Tokenizer(num_words=4).sequences_to_matrix([[1]], mode="tf-idf")


def _config(**changes) -> str:
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(["a"])
    config = tokenizer.get_config() | changes
    return json.dumps({"config": {name: value for name, value in config.items() if value != "gone"}})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "a JSON object expected"),
        ("[1]", "a JSON object expected"),
        ("{}", "no config"),
        (None, "a JSON object expected"),
        (_config(word_index="gone"), "word_index: None found"),
        (_config(word_docs="{"), "word_docs"),
        (_config(index_word='{"a": "b"}'), "index_word: ids expected"),
        (_config(units=32), "units found"),
        (_config(num_words=0), "num_words 0"),
    ],
)
def test_json_that_is_none_is_refused(text, found):
    with pytest.raises((DataError, UsageError), match=found):
        tokenizer_from_json(text)


def test_json_without_analyzer_does_not_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Tokenizer().to_json()
