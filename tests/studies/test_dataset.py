"""Leaks are counted, parts are what they say, and a fingerprint changes with what it stands for."""

from __future__ import annotations

import polars as pl
import pytest

from seqloom.errors import DataError
from seqloom.frames.table import make_table
from seqloom.studies.dataset import digest_parts, prepare_table, tokenise_table
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
