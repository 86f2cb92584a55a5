"""Splits: disjoint, complete, stratified, repeatable, and no text on both sides."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqloom.errors import DataError, UsageError
from seqloom.frames.split import deal_folds, group_rows, hold_out, split_table
from seqloom.frames.table import make_table

# Rows as pairs of group and label; groups of many sizes, some with two labels.
rows = st.lists(st.tuples(st.integers(0, 30), st.sampled_from("abc")), min_size=1, max_size=80)
fractions = st.sampled_from([0.0, 0.1, 0.2, 0.5, 0.9])


@given(texts=st.lists(st.sampled_from(["", "a", "b", "A", "a ", "é", "e\u0301"]), max_size=20))
def test_law_groups_are_numbered_by_first_appearance(texts):
    numbers: dict[str, int] = {}
    expected = [numbers.setdefault(text, len(numbers)) for text in texts]
    found = group_rows(pl.Series(texts, dtype=pl.String))
    assert found.tolist() == expected
    assert found.dtype == np.int64


@given(rows=rows, fraction=fractions, seed=st.integers(0, 2**32))
def test_law_parts_are_disjoint_complete_and_whole(rows, fraction, seed):
    groups, labels = np.array([g for g, _ in rows]), np.array([label for _, label in rows])
    kept, held = hold_out(groups, labels, fraction=fraction, seed=seed)
    assert sorted([*kept, *held]) == list(range(len(rows)))
    assert set(groups[kept]).isdisjoint(groups[held])
    assert set(labels[kept]) == set(labels)
    assert (np.diff(kept) > 0).all()
    assert (np.diff(held) > 0).all()


@given(counts=st.lists(st.integers(1, 60), min_size=1, max_size=4), fraction=fractions, seed=st.integers(0, 2**32))
def test_law_single_rows_are_held_out_to_the_row(counts, fraction, seed):
    """Each class within a row of its share, and all together exactly, unless a class would vanish."""
    labels = np.repeat(np.arange(len(counts)), counts)
    _, held = hold_out(np.arange(len(labels)), labels, fraction=fraction, seed=seed)
    of_class = np.bincount(labels[held], minlength=len(counts))
    assert (np.abs(of_class - fraction * np.array(counts)) <= 1).all()
    if all(fraction * n <= n - 1 for n in counts) and fraction:
        assert len(held) == max(round(fraction * len(labels)), min(1, len(labels) - 1))


@given(sizes=st.lists(st.integers(1, 6), min_size=2, max_size=10), fraction=fractions, seed=st.integers(0, 2**32))
def test_law_groups_are_held_out_as_near_as_one_group_more_or_less_permits(sizes, fraction, seed):
    """With one class: no group that could still be moved over brings the held part nearer to its share."""
    groups = np.repeat(np.arange(len(sizes)), sizes)
    kept, held = hold_out(groups, np.zeros(len(groups)), fraction=fraction, seed=seed)
    quota = max(round(fraction * len(groups)), 1) if fraction else 0
    moved = [sizes[g] for g in set(groups[kept])]
    if len(moved) > 1:
        assert abs(len(held) - quota) <= min(abs(len(held) + size - quota) for size in moved)


@given(rows=rows, seed=st.integers(0, 100))
def test_law_same_seed_same_rows(rows, seed):
    groups, labels = np.array([g for g, _ in rows]), np.array([label for _, label in rows], dtype=object)
    first, second = (hold_out(groups, labels, fraction=0.3, seed=seed) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_seeds_shuffle_evenly():
    """Every row is as likely to be held out as any other: 400 draws of 20 in 100, six deviations."""
    labels = np.repeat([0, 1], [50, 50])
    n_held = np.zeros(100)
    for seed in range(400):
        n_held[hold_out(np.arange(100), labels, fraction=0.2, seed=seed)[1]] += 1
    assert np.abs(n_held - 80).max() < 6 * np.sqrt(400 * 0.2 * 0.8)


@pytest.mark.parametrize("labels", [np.arange(6) % 2, (np.arange(6) % 2).astype(bool), np.array(list("ababab"))])
def test_labels_of_any_type_are_strata(labels):
    _, held = hold_out(np.arange(6), labels, fraction=1 / 3, seed=0)
    assert len(set(labels[held].tolist())) == 2


def test_nothing_can_be_held_out_of_nothing_and_no_more_than_all():
    kept, held = hold_out(np.zeros(0, int), np.zeros(0, int), fraction=0.2, seed=0)
    assert len(kept) == len(held) == 0
    for fraction in (-0.1, 1.0, float("nan")):
        with pytest.raises(UsageError, match="cannot be held out"):
            hold_out(np.arange(3), np.zeros(3), fraction=fraction, seed=0)


def table_of(texts: list[str], labels: list[str | None], splits: list[str | None] | None = None):
    strings = {"dtype": pl.String}
    return make_table(
        pl.Series(texts, **strings),
        labels=pl.Series(labels, **strings),
        splits=None if splits is None else pl.Series(splits, **strings),
    )


def test_table_without_parts_is_split_in_three():
    texts = [f"text {n % 90}" for n in range(100)]  # ten stand twice
    table = table_of(texts, ["a", "b"] * 50)
    parts = split_table(table, validation=0.25, test=0.2, seed=3)
    assert sorted([*parts.train, *parts.valid, *parts.test]) == list(range(100))
    assert (len(parts.test), len(parts.valid)) == (20, 20)
    texts_of = [set(table.texts[part]) for part in (parts.train, parts.valid, parts.test)]
    assert sum(map(len, texts_of)) == len(set(texts))
    assert parts.how == "20 texts for test and 20 texts for validation: stratified, no duplicate across, seed 3"


def test_named_parts_are_honoured_and_validation_comes_of_train():
    splits = ["train"] * 20 + ["test"] * 10 + [None] * 2
    labels = ["a", "b"] * 15 + ["a", "b"]
    parts = split_table(table_of([str(n) for n in range(32)], labels, splits))
    assert parts.test.tolist() == list(range(20, 30))
    assert sorted([*parts.train, *parts.valid]) == list(range(20))
    assert len(parts.valid) == 4
    assert parts.how == (
        "4 of train for validation: stratified, no duplicate across, seed 0; 2 labelled texts in no part"
    )


def test_named_validation_is_kept_whole():
    splits = ["train", "train", "valid", "valid"] * 3
    parts = split_table(table_of([str(n) for n in range(12)], ["a", "b"] * 6, splits))
    assert parts.valid.tolist() == [2, 3, 6, 7, 10, 11]
    assert len(parts.test) == 0
    assert parts.how == "the parts as given"


@pytest.mark.parametrize("splits", [None, ["train", "test"] * 20])
def test_rows_without_a_label_are_in_no_part(splits):
    labels = [None if n % 5 == 0 else "ab"[n % 2] for n in range(40)]
    parts = split_table(table_of([str(n) for n in range(40)], labels, splits))
    taken = np.concatenate([parts.train, parts.valid, parts.test])
    assert sorted(taken) == [n for n in range(40) if n % 5]


def test_test_and_validation_may_be_none():
    parts = split_table(table_of(list("abcdef"), ["x", "y"] * 3), validation=0, test=0)
    assert (len(parts.train), len(parts.valid), len(parts.test)) == (6, 0, 0)


def test_too_little_to_split_is_said():
    with pytest.raises(DataError, match="no row with a label to train on"):
        split_table(table_of(["a", "b"], ["x", "y"], ["test", "test"]))
    with pytest.raises(DataError, match="too few different texts"):
        split_table(table_of(["a", "a"], ["x", "x"]), test=0)


@given(st.integers(2, 6), st.integers(0, 2**32 - 1))
def test_law_folds_are_stratified_complete_and_split_no_group(n_folds, seed):
    random = np.random.default_rng(seed)
    groups = random.integers(0, 40, random.integers(60, 120))
    labels = np.array(["a", "b", "c"])[random.integers(0, 3, 40)][groups]
    fold = deal_folds(groups, labels, n_folds=n_folds, seed=seed % 100)
    assert len(fold) == len(groups)
    assert set(fold) <= set(range(n_folds))
    for group in np.unique(groups):
        assert len(set(fold[groups == group])) == 1
    for k in range(n_folds):  # what is trained on has every class that has groups to spare
        for label in np.unique(labels):
            if len(np.unique(groups[labels == label])) >= n_folds:
                assert (labels[fold != k] == label).any()
    np.testing.assert_array_equal(fold, deal_folds(groups, labels, n_folds=n_folds, seed=seed % 100))


@pytest.mark.parametrize("n_folds", [2, 3, 7])
def test_folds_of_single_rows_differ_by_one_row(n_folds):
    labels = np.repeat(["a", "b", "c"], [30, 17, n_folds])
    fold = deal_folds(np.arange(len(labels)), labels, n_folds=n_folds, seed=0)
    for label in "abc":
        count = np.bincount(fold[labels == label], minlength=n_folds)
        assert count.min() >= 1
        assert count.max() - count.min() <= 1
    total = np.bincount(fold, minlength=n_folds)
    assert total.max() - total.min() <= 1
