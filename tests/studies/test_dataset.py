"""Leaks are counted, parts are what they say, and a fingerprint changes with what it stands for."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from seqloom.errors import DataError
from seqloom.frames.table import make_table
from seqloom.studies.dataset import add_characters, count_unseen, digest_parts, prepare_table, tokenise_table
from seqloom.studies.judge import pick_rows
from tests.cli.reviews import make_reviews


def given_parts(rows, splits):
    texts, labels = zip(*rows, strict=True)
    return make_table(pl.Series(texts), labels=pl.Series(labels), splits=pl.Series(splits))


def test_law_leaks_are_counted_and_dropped():
    rows = make_reviews(40)
    rows += [rows[0], rows[1], rows[1]]
    splits = ["train"] * 30 + ["test"] * 13
    kept = prepare_table(given_parts(rows, splits))
    seen = {text for (text, _), split in zip(rows, splits, strict=True) if split == "train"}
    leaks = [i for i, split in enumerate(splits) if split == "test" and rows[i][0] in seen]
    assert (kept.n_leaks, kept.n_dropped, len(kept.parts.test)) == (len(leaks), 0, 13)
    dropped = prepare_table(given_parts(rows, splits), drop_leaks=True)
    assert (dropped.n_leaks, dropped.n_dropped) == (3, 3)
    assert set(dropped.parts.test) == set(kept.parts.test) - set(leaks)
    assert dropped.parts.train.tolist() == kept.parts.train.tolist()


def test_law_parts_are_disjoint_and_complete(table):
    dataset = prepare_table(table)
    rows = [*dataset.parts.train, *dataset.parts.valid, *dataset.parts.test]
    assert sorted(rows) == list(range(60))
    parts = tokenise_table(dataset)
    assert parts["valid"].labels.tolist() == table.labels.gather(dataset.parts.valid).to_list()
    assert [len(parts[name]) for name in ("train", "valid", "test")] == [38, 10, 12]


@pytest.mark.parametrize("part", ["test", "valid"])
def test_label_that_training_does_not_have(part):
    rows = [*make_reviews(20), ("x", "new"), ("y", "new")]
    with pytest.raises(DataError, match='has "new" as a label, and no training text has it'):
        prepare_table(given_parts(rows, ["train"] * 20 + [part] * 2))


def test_training_part_of_one_class():
    rows = sorted(make_reviews(20), key=lambda row: row[1])
    with pytest.raises(DataError, match='one class only in the training part: "neg"'):
        prepare_table(given_parts(rows, ["train"] * 10 + ["test"] * 10))


def test_law_fingerprint_changes_with_words_labels_order_and_settings():
    rows = make_reviews(30)

    def digest(rows, settings=None):
        texts, labels = zip(*rows, strict=True)
        dataset = prepare_table(make_table(pl.Series(texts), labels=pl.Series(labels)))
        return digest_parts(tokenise_table(dataset), settings or {"epochs": 2})

    word = [(rows[0][0].replace("number0", "numberX"), rows[0][1]), *rows[1:]]
    label = [(rows[0][0], rows[1][1]), (rows[1][0], rows[0][1]), *rows[2:]]
    found = [digest(rows), digest(word), digest(label), digest(rows[::-1]), digest(rows, {"epochs": 3})]
    assert len(set(found)) == len(found)
    assert digest(rows) == digest(list(rows))


def make_unlabelled(texts, labels=None):
    return make_table(pl.Series(texts), labels=None if labels is None else pl.Series(labels), name="more.csv")


def test_law_unlabelled_texts_of_validation_and_test_are_left_out(table):
    """Word for word: a text that stands there twice, in capitals or with other blanks, too."""
    dataset = prepare_table(table)
    held = [table.texts[int(i)] for part in (dataset.parts.valid, dataset.parts.test) for i in part]
    taught = [table.texts[int(i)] for i in dataset.parts.train]
    others = ["unheard of", taught[0], "another one", "unheard of"]
    more = [held[0], others[0], held[-1].upper(), *others[1:3], held[1].replace(" ", "  "), others[3], *held]
    parts = tokenise_table(dataset, make_unlabelled(more))
    rows = parts["unlabelled"].texts
    words = rows.corpus.words
    assert [" ".join(words.gather(rows.tokens.row(i))) for i in range(len(rows))] == others
    assert len(parts["unlabelled"]) == 4


def test_law_unlabelled_texts_change_nothing_of_the_other_parts(table):
    """Not even the corpus: other families would count n-grams that they have no use for."""
    dataset = prepare_table(table)
    alone, beside = tokenise_table(dataset), tokenise_table(dataset, make_unlabelled(["new words", "good film"]))
    for name in ("train", "valid", "test"):
        assert beside[name].texts.corpus.words.equals(alone[name].texts.corpus.words)
        assert np.array_equal(beside[name].texts.tokens.values, alone[name].texts.tokens.values)
        assert beside[name].labels.tolist() == alone[name].labels.tolist()
    assert beside["unlabelled"].texts.corpus is not beside["train"].texts.corpus
    assert set(alone) == {"train", "valid", "test"}


def test_law_labels_of_unlabelled_texts_are_not_looked_at(table):
    dataset = prepare_table(table)
    texts = ["new words", "good film", "a bad one"]
    found = [
        digest_parts(tokenise_table(dataset, make_unlabelled(texts, labels)), {})
        for labels in (None, ["pos", "neg", "neg"], ["strange", None, "pos"])
    ]
    assert len(set(found)) == 1
    assert found[0] != digest_parts(tokenise_table(dataset), {})
    assert found[0] != digest_parts(tokenise_table(dataset, make_unlabelled(texts[:2])), {})


def test_unlabelled_texts_of_which_none_is_left(table):
    dataset = prepare_table(table)
    held = [table.texts[int(i)] for i in dataset.parts.test]
    with pytest.raises(DataError, match=r"more\.csv: 12 texts without labels found, and all of them also stand in"):
        tokenise_table(dataset, make_unlabelled(held))


def test_law_unseen_words_are_counted(table):
    parts = tokenise_table(prepare_table(table))
    words = parts["train"].texts.corpus.words
    known, asked = ([words[int(i)] for i in parts[name].texts.tokens.values] for name in ("train", "valid"))
    new = [word for word in asked if word not in set(known)]
    assert new  # each text has a number of its own
    assert count_unseen(parts) == pytest.approx(len(new) / len(asked))


def test_law_words_of_unlabelled_texts_are_not_new():
    """Those of rows that are left out, as they stand in validation too, count for nothing."""
    rows = [("good film", "p"), ("bad film", "n")] * 5 + [("alpha beta gamma", "p"), ("delta film", "n")]
    dataset = prepare_table(given_parts(rows, ["train"] * 10 + ["valid"] * 2))
    assert count_unseen(tokenise_table(dataset)) == pytest.approx(4 / 5)
    more = ["alpha", "some beta", "alpha beta gamma", "delta film"]
    assert count_unseen(tokenise_table(dataset, make_unlabelled(more))) == pytest.approx(2 / 5)


def test_unseen_words_of_nothing():
    rows = [("", label) for _, label in make_reviews(20)]
    assert count_unseen(tokenise_table(prepare_table(given_parts(rows, ["train"] * 10 + ["valid"] * 10)))) == 0


@pytest.mark.parametrize(
    ("families", "unseen", "expected"),
    [
        (("majority", "linear", "bag"), 0.2, ("majority", "linear", "linear-char", "bag")),
        (("majority", "linear", "bag"), 0.1, ("majority", "linear", "linear-char", "bag")),
        (("majority", "linear", "bag"), 0.09, ("majority", "linear", "bag")),
        (("majority", "linear", "linear-char"), 0.2, ("majority", "linear", "linear-char")),
        (("majority", "linear", "linear-char"), 0.0, ("majority", "linear", "linear-char")),
        (("linear",), 0.2, ("linear",)),
        (("bag",), 0.2, ("bag",)),
    ],
)
def test_characters_are_tried_where_many_words_are_new(families, unseen, expected):
    assert add_characters(families, unseen=unseen) == expected


def test_pick_rows():
    rows = make_reviews(10)
    chosen, remark = pick_rows(given_parts(rows, ["train"] * 6 + ["test"] * 4))
    assert (chosen.tolist(), remark) == ([6, 7, 8, 9], ", its test part (10 in all)")
    chosen, remark = pick_rows(given_parts(rows, ["test"] * 10))
    assert (len(chosen), remark) == (10, "")
    chosen, remark = pick_rows(given_parts(rows, [None] * 10))
    assert len(chosen) == 10
    assert "flatter" in remark
    with pytest.raises(DataError, match="no row with a label"):
        pick_rows(make_table(pl.Series(["a"])))
