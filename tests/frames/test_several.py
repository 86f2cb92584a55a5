"""Several labels a row, as files of every kind have them, and split so that training has every label."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqloom.errors import DataError, UsageError
from seqloom.frames.check import check_classes, describe_rows
from seqloom.frames.read import read_texts
from seqloom.frames.split import deal_folds, hold_out, split_table
from seqloom.frames.table import ReadOptions, join_tables, make_table

LABELS = [["film", "pos"], [], ["pos"]]


@pytest.mark.parametrize(
    ("name", "content", "options"),
    [
        (
            "r.jsonl",
            '{"text": "a b", "tags": ["pos", " film ", "pos"]}\n{"text": "c", "tags": []}\n'
            '{"text": "d e", "tags": ["pos"]}\n',
            {},
        ),
        ("r.csv", "text,tags\na b,pos; film;pos\nc,\nd e,pos\n", {"label_separator": ";"}),
        ("r.tsv", "text\ttags\na b\tpos|film|pos\nc\t\nd e\tpos\n", {"label_separator": "|"}),
        ("r.txt", "__label__pos __label__film __label__pos a b\n\nc\nd __label__pos e\n", {}),
    ],
)
def test_labels_of_files(write, name, content, options):
    table = read_texts(write(name, content), ReadOptions(**options))
    assert table.are_several
    assert table.labels.to_list() == LABELS
    assert table.texts.to_list() == ["a b", "c", "d e"]
    assert "1 row has none of the labels: that is an answer, too" in table.notes
    assert "1 row names a label twice (counted once)" in table.notes


@pytest.mark.parametrize("labels", [pl.Series(LABELS), pl.Series(LABELS, dtype=pl.List(pl.Categorical()))])
def test_labels_of_parquet(tmp_path, labels):
    pl.DataFrame({"text": ["a b", "c", "d e"], "label": labels}).write_parquet(tmp_path / "r.parquet")
    assert read_texts(tmp_path / "r.parquet").labels.to_list() == LABELS


def test_numbers_are_labels_and_null_is_a_missing_one(write):
    content = '{"text": "a b", "label": [10, 9]}\n{"text": "c", "label": null}\n{"text": "d", "label": ["9"]}\n'
    table = read_texts(write("r.jsonl", content))
    assert table.labels.to_list() == [["10", "9"], None, ["9"]]
    assert "1 row has no label and is left out" in table.notes


def test_one_label_on_each_line_is_no_list(write):
    table = read_texts(write("r.txt", "__label__a x__label__b\n__label__c y\n"))
    assert table.frame.select("text", "label").rows() == [("x__label__b", "a"), ("y", "c")]


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        ('{"text": "a", "label": ["x"]}\n\n{"text": "b", "label": [["y"]]}\n', 3, "a list of something else here"),
        ('{"text": "a", "label": ["x"]}\n{"text": "b", "label": [null]}\n', 2, "a list of something else here"),
        ('{"text": "a", "label": ["x"]}\n{"text": "b", "label": [1.5]}\n', 2, "a list of something else here"),
        ('{"text": "a", "label": ["x"]}\n{"text": "b", "label": "y"}\n', 2, "a string here, and lists of strings"),
        ('{"text": "a", "label": []}\n{"text": "b", "label": []}\n', None, "empty in every row"),
    ],
)
def test_lists_that_cannot_be_meant_are_refused(write, content, line, words):
    with pytest.raises(DataError, match=words) as caught:
        read_texts(write("r.jsonl", content))
    assert caught.value.line == line


def test_empty_separator_is_refused(write):
    with pytest.raises(UsageError, match="--label-separator is empty"):
        read_texts(write("r.csv", "text,label\na,b\n"), ReadOptions(label_separator=""))


def test_joined_tables_have_lists_where_one_has():
    several = make_table(pl.Series(["a", "b"]), labels=pl.Series([["x", "y"], []]))
    single = make_table(pl.Series(["c", "d"]), labels=pl.Series(["x", None]))
    assert join_tables(several, single, split="test").labels.to_list() == [["x", "y"], [], ["x"], None]
    assert join_tables(single, several, split="test").labels.to_list() == [["x"], None, ["x", "y"], []]


def test_facts():
    labels = pl.Series([["x", "y"], [], ["x"], ["y", "x"], ["x"], None])
    table = make_table(pl.Series(["a b", "c", "d", "a b", "a b", "e"]), labels=labels)
    facts = describe_rows(table)
    assert facts.classes == {"x": 4, "y": 2}
    assert facts.labels_mean == pytest.approx(6 / 5)
    assert facts.labels_max == 2
    assert facts.n_conflicts == 1  # x and y, y and x, and x alone
    assert facts.n_unlabelled == 1
    single = make_table(pl.Series(["a", "b"]), labels=pl.Series(["x", "y"]))
    assert describe_rows(single).labels_mean is None


def test_a_label_may_be_rare_but_not_alone():
    check_classes(make_table(pl.Series(["a", "b"]), labels=pl.Series([["x", "y"], ["x"]])))
    with pytest.raises(DataError, match='one class only: "x"'):
        check_classes(make_table(pl.Series(["a", "b"]), labels=pl.Series([["x"], []])))


@given(
    shape=st.tuples(st.integers(2, 40), st.integers(2, 8)),
    n_groups=st.integers(1, 40),
    fraction=st.floats(0.0, 0.9),
    seed=st.integers(0, 99),
)
def test_law_training_has_every_label(shape, n_groups, fraction, seed):
    random = np.random.default_rng(seed)
    target = (random.random(shape) < random.random(shape[1])).astype(np.uint8)
    groups = random.integers(0, n_groups, shape[0])
    kept, held = hold_out(groups, target, fraction=fraction, seed=seed)
    assert sorted([*kept, *held]) == list(range(shape[0]))
    assert not set(groups[kept]) & set(groups[held])
    assert (target[kept].any(axis=0) == target.any(axis=0)).all()
    again = hold_out(groups, target, fraction=fraction, seed=seed)
    assert np.array_equal(again[0], kept)


def test_held_out_rows_have_labels_by_their_share():
    random = np.random.default_rng(0)
    target = (random.random((1000, 4)) < (0.5, 0.3, 0.1, 0.02)).astype(np.uint8)
    _, held = hold_out(np.arange(1000), target, fraction=0.2, seed=0)
    assert len(held) == 200
    share = target[held].sum(axis=0) / target.sum(axis=0)
    assert share[3] == pytest.approx(0.2, abs=0.03)  # the rarest is what rows are dealt out by
    assert share[:3] == pytest.approx(0.2, abs=0.06)
    fold = deal_folds(np.arange(1000), target, n_folds=5, seed=0)
    assert np.bincount(fold).tolist() == [200] * 5


def test_table_is_split_with_every_label_in_training():
    labels = [["x", f"rare {i}"] if i < 5 else ["y"] if i % 2 else [] for i in range(60)]
    table = make_table(pl.Series([f"text {i % 50}" for i in range(60)]), labels=pl.Series(labels))
    parts = split_table(table)
    assert sorted([*parts.train, *parts.valid, *parts.test]) == list(range(60))
    assert set(table.labels.gather(parts.train).explode().drop_nulls()) == {"x", "y", *(f"rare {i}" for i in range(5))}
