"""Texts without labels: who learns from them, what is left out of them, and what they are good for."""

from __future__ import annotations

import numpy as np
import pytest

import seqloom
from seqloom import LsaVectorizer, TextClassifier
from seqloom.errors import DataError, UsageError
from tests.learner.conftest import FAMILIES, make_learner

TOPICS = ("kitchen", "sea")


def make_topics(n: int, *, words: range, seed: int = 0) -> tuple[list[str], list[str]]:
    """Texts of two topics, eight of whose words each is made of, and a number of its own."""
    random = np.random.default_rng(seed)
    labels = [TOPICS[i % 2] for i in range(n)]
    told = [" ".join(f"{label}{k}" for k in random.choice(words, 8)) for label in labels]
    return [f"{text} n{seed}x{i}" for i, text in enumerate(told)], labels


@pytest.fixture(scope="module")
def few() -> tuple[list[str], list[str]]:
    """Twelve labelled texts that know a third of the words."""
    return make_topics(12, words=range(20))


@pytest.fixture(scope="module")
def more() -> list[str]:
    """Texts without labels, of all words."""
    return make_topics(400, words=range(60), seed=1)[0]


@pytest.fixture(scope="module")
def held() -> tuple[list[str], list[str]]:
    """To choose on."""
    return make_topics(6, words=range(20), seed=2)


def test_unlabelled_texts_teach_words_that_no_label_was_seen_with(few, more, held):
    """Of words that stand in no labelled text: their neighbours tell."""
    texts, labels = make_topics(60, words=range(20, 60), seed=3)
    learner = TextClassifier("lsa").fit(*few, validation_data=held, unlabelled=more)
    assert learner.score(texts, labels) > 0.9
    alone = TextClassifier("lsa").fit(*few, validation_data=held)
    assert np.ptp(alone.predict_proba(texts)[:, 0]) == 0  # it knows none of these words
    assert learner.data_["n_unlabelled"] == 400
    assert alone.data_["n_unlabelled"] == 0


def test_law_the_encoder_is_that_of_training_and_unlabelled_rows(few, more, held):
    """Fitted once, and kept when the labelled rows are all trained on."""
    learner = TextClassifier("lsa").fit(*few, validation_data=held, unlabelled=more)
    expected = LsaVectorizer().fit([*few[0], *more])
    assert np.array_equal(learner.encoder_.components_, expected.components_)
    assert learner.encoder_.state()[1] == expected.state()[1]


def test_law_texts_held_out_are_left_out_of_the_unlabelled_ones(few, more):
    held = (["secret sea1 secret", "secret kitchen1 secret"], ["sea", "kitchen"])
    clean = TextClassifier("lsa", min_df=1).fit(*few, validation_data=held, unlabelled=more)
    given = [*held[0], *more, "Secret KITCHEN1 secret"]
    mixed = TextClassifier("lsa", min_df=1).fit(*few, validation_data=held, unlabelled=given)
    assert mixed.data_["n_unlabelled"] == clean.data_["n_unlabelled"] == 400
    assert "secret" not in mixed.encoder_.state()[1]
    assert np.array_equal(mixed.encoder_.components_, clean.encoder_.components_)


def test_law_saved_it_answers_the_same(few, more, tmp_path):
    learner = TextClassifier("lsa", validation_split=0.3).fit(*few, unlabelled=more)
    learner.save(tmp_path / "model")
    asked = [*more[:9], "", "unheard of"]
    for model in (seqloom.load(tmp_path / "model"), TextClassifier.load(tmp_path / "model")):
        assert np.array_equal(model.predict_proba(asked), learner.predict_proba(asked))
        assert model.predict(asked).tolist() == learner.predict(asked).tolist()


@pytest.mark.parametrize("unlabelled", [[], (), "held"])
def test_unlabelled_texts_of_which_nothing_is_left_are_none(few, held, unlabelled):
    given = held[0] if unlabelled == "held" else unlabelled
    learner = TextClassifier("lsa").fit(*few, validation_data=held, unlabelled=given)
    alone = TextClassifier("lsa").fit(*few, validation_data=held)
    assert learner.data_ == alone.data_
    assert np.array_equal(learner.encoder_.components_, alone.encoder_.components_)


@pytest.mark.parametrize("family", [family for family in FAMILIES if family != "lsa"])
def test_families_that_cannot_use_them_refuse_them(family, few, more):
    with pytest.raises(UsageError, match=r"of no use to this family\. Leave them out, or take family='lsa'"):
        make_learner(family).fit(*few, unlabelled=more)


@pytest.mark.parametrize(("unlabelled", "said"), [(["a", None], "row 1: None"), ("a b", "one string found")])
def test_unlabelled_texts_that_are_none_are_refused(few, unlabelled, said):
    with pytest.raises(DataError, match=said):
        TextClassifier("lsa").fit(*few, unlabelled=unlabelled)


@pytest.mark.parametrize("n", [4, 6, 9])
def test_fewer_labelled_texts_than_folds(n, more):
    learner = TextClassifier("lsa", validation_split=0.34).fit(*make_topics(n, words=range(60)), unlabelled=more)
    assert learner.score(*make_topics(60, words=range(60), seed=3)) > 0.9


# ---- characters ----


def test_law_characters_of_tokenised_rows_are_those_of_the_texts(sample):
    """A study tokenises once, for words; characters are read from the same texts again."""
    from_strings = TextClassifier("linear-char").fit(*sample)
    from_tokens = TextClassifier("linear-char").fit(from_strings._read(sample[0]), sample[1])
    asked = [*sample[0][:5], "wrd1", ""]
    assert np.array_equal(from_strings.predict_proba(asked), from_tokens.predict_proba(asked))
    assert "".join(sorted(set("".join(sample[0])))) == "".join(sorted(from_tokens.encoder_.state()[1]))


def test_characters_know_words_by_their_parts():
    """No word of the test was seen in training; its stem was."""
    stems = {"pos": "gud", "neg": "bhed"}
    random = np.random.default_rng(0)

    def make(n, first):
        labels = ["pos", "neg"] * (n // 2)
        return [f"{stems[label]}{first}{chr(97 + random.integers(26))}{i}" for i, label in enumerate(labels)], labels

    learner = TextClassifier("linear-char").fit(*make(60, "a"))
    assert learner.score(*make(40, "z")) == 1
