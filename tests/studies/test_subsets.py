"""Samples of a learning curve: nested, stratified, each text once, none of the test part."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqloom.errors import UsageError
from seqloom.frames.table import make_table
from seqloom.studies.dataset import prepare_table
from seqloom.studies.subsets import find_pool, nest_rows, parse_sizes

CLASS_SIZES = st.lists(st.integers(1, 60), min_size=1, max_size=6)
SEEDS = st.integers(0, 2**32)


def make_labels(sizes: list[int], seed: int) -> np.ndarray:
    labels = np.repeat([f"class{k}" for k in range(len(sizes))], sizes)
    return np.random.default_rng(seed).permutation(labels)


@given(CLASS_SIZES, SEEDS)
def test_law_order_holds_each_row_once(sizes, seed):
    labels = make_labels(sizes, seed)
    assert sorted(nest_rows(labels, seed=seed).tolist()) == list(range(len(labels)))


@given(CLASS_SIZES, SEEDS)
def test_law_each_beginning_is_stratified(sizes, seed):
    """At most half a row off, and what the others' rounding, half a row each, makes of a class's share."""
    labels = make_labels(sizes, seed)
    order = nest_rows(labels, seed=seed)
    for name, n_class in zip(*np.unique(labels, return_counts=True), strict=True):
        share = n_class / len(labels)
        seen = np.cumsum(labels[order] == name)
        wanted = share * np.arange(1, len(labels) + 1)
        assert np.abs(seen - wanted).max() <= 0.5 + share * len(sizes) / 2 + 1


@given(st.integers(1, 20), st.integers(2, 5), SEEDS)
def test_law_classes_of_one_size_are_balanced_to_one_row(n_rounds, n_classes, seed):
    labels = make_labels([n_rounds] * n_classes, seed)
    order = nest_rows(labels, seed=seed)
    for n in range(1, len(labels) + 1):
        counts = [int((labels[order[:n]] == f"class{k}").sum()) for k in range(n_classes)]
        assert max(counts) - min(counts) <= 1


def test_law_samples_are_random_within_a_class():
    """Every row of a class is as likely as the next to be in a sample: a chi-squared statistic, by hand."""
    labels = np.repeat(["a", "b"], 20)
    drawn = np.bincount(np.concatenate([nest_rows(labels, seed=seed)[:10] for seed in range(2000)]), minlength=40)
    expected = 2000 * 10 / 40
    assert ((drawn - expected) ** 2 / expected).sum() < 80  # 40 cells: beyond it once in 10,000


def test_same_seed_same_order_and_others_differ():
    labels = np.repeat(["a", "b"], 50)
    np.testing.assert_array_equal(nest_rows(labels, seed=3), nest_rows(labels, seed=3))
    assert not np.array_equal(nest_rows(labels, seed=3), nest_rows(labels, seed=4))


ROWS = st.lists(st.tuples(st.integers(0, 15), st.sampled_from(["train", "valid", "test"])), min_size=30, max_size=60)


@settings(max_examples=40)
@given(ROWS, SEEDS)
def test_law_pool_has_each_text_once_and_none_of_the_test(rows, seed):
    rows = [*rows, (90, "train"), (91, "train"), (92, "train"), (93, "train")]
    texts = [f"text {number}" for number, _ in rows]
    labels = ["ab"[number % 2] for number, _ in rows]
    splits = [part for _, part in rows]
    table = make_table(pl.Series(texts), labels=pl.Series(labels), splits=pl.Series(splits))
    dataset = prepare_table(table, seed=seed % 100, validation=0.0)
    pool = find_pool(dataset)
    test = {text for text, part in zip(texts, splits, strict=True) if part == "test"}
    taught = {text for text, part in zip(texts, splits, strict=True) if part != "test"}
    found = [texts[row] for row in pool.rows]
    assert sorted(found) == sorted(taught - test)
    assert all(texts.index(texts[row]) == row or splits[texts.index(texts[row])] == "test" for row in pool.rows)
    n_known = sum(part != "test" for part in splits)
    assert len(found) + pool.n_repeats + pool.n_leaks == n_known


def test_default_sizes_climb_to_all():
    assert parse_sizes(None, n_pool=24_881) == (100, 300, 1000, 3000, 10_000, 24_881)
    assert parse_sizes(None, n_pool=140) == (140,)
    assert parse_sizes(None, n_pool=151) == (100, 151)


def test_sizes_as_typed():
    assert parse_sizes("2_000, 200,all,200", n_pool=5000) == (200, 2000, 5000)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("200,many", "'many' found, whole numbers and all expected"),
        ("", "'' found"),
        ("200,", "'' found"),
        ("-5", "'-5' found"),
        ("1e3", "'1e3' found"),
        ("\u0663\u0660", "found, whole numbers"),
        ("9", "9 is too few: a fifth is held out"),
        ("200,5001", "5,001 is more than the 5,000 labelled texts there are. Write all for those."),
    ],
)
def test_sizes_that_cannot_be_meant(text, words):
    with pytest.raises(UsageError, match=words.replace(".", r"\.")):
        parse_sizes(text, n_pool=5000)
