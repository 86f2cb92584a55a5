"""The counts against slow obvious ones."""

from __future__ import annotations

from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqloom.errors import DataError
from seqloom.frames.check import check_classes, count_leaks, describe_rows, leak_rows
from seqloom.frames.split import Parts
from seqloom.frames.table import TextTable, make_table

# Blanks of several kinds; U+0085 and the separators \x1c to \x1f are blank to Python alone, and stay out.
texts = st.lists(st.sampled_from(["", " ", "a", "b", "é\u00a0", "\t\n", "감동"]), max_size=4).map("".join)
rows = st.lists(st.tuples(texts, st.sampled_from(["x", "y", None])), max_size=25)


def table_of(rows: list[tuple[str, str | None]]) -> TextTable:
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], []]
    return make_table(pl.Series(columns[0], dtype=pl.String), labels=pl.Series(columns[1], dtype=pl.String))


@given(rows=rows)
def test_law_facts_equal_slow_counts(rows):
    facts = describe_rows(table_of(rows))
    words = [len(text.split()) for text, _ in rows]
    labels = [label for _, label in rows if label is not None]
    of_text = {text: {label for other, label in rows if other == text} - {None} for text, _ in rows}
    assert facts.n_rows == len(rows)
    assert list(facts.classes.items()) == sorted(Counter(labels).items())
    assert facts.words_mean == pytest.approx(sum(words) / len(words) if words else 0)
    assert (facts.words_min, facts.words_max) == (min(words, default=0), max(words, default=0))
    assert facts.n_blank == words.count(0)
    assert facts.n_duplicates == len(rows) - len(of_text)
    assert facts.n_conflicts == sum(len(found) > 1 for found in of_text.values())
    assert facts.n_unlabelled == len(rows) - len(labels)


@given(rows=rows, chosen=st.sets(st.integers(0, 24)))
def test_law_facts_of_a_part_are_those_of_its_rows(rows, chosen):
    part = [n for n in sorted(chosen) if n < len(rows)]
    found = describe_rows(table_of(rows), np.array(part, dtype=np.int64))
    assert found == describe_rows(table_of([rows[n] for n in part]))


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["10", "9", "-1"], ["-1", "9", "10"]),
        (["10", "9", "x"], ["10", "9", "x"]),
        (["1.5", "1", "1.0"], ["1", "1.0", "1.5"]),
        (["nan", "2", "10"], ["10", "2", "nan"]),
    ],
)
def test_classes_are_sorted_as_numbers_if_all_are(labels, expected):
    assert list(describe_rows(table_of([("t", label) for label in labels])).classes) == expected


@given(rows=rows, parts=st.lists(st.integers(0, 2), min_size=25, max_size=25))
def test_law_leaks_are_test_texts_seen_before(rows, parts):
    of_part = [np.array([n for n in range(len(rows)) if parts[n] == part], dtype=np.int64) for part in range(3)]
    split = Parts(train=of_part[0], valid=of_part[1], test=of_part[2], how="")
    seen = {rows[n][0] for part in of_part[:2] for n in part}
    expected = [n for n in of_part[2] if rows[n][0] in seen]
    assert leak_rows(table_of(rows), split).tolist() == expected
    assert count_leaks(table_of(rows), split) == len(expected)


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (["x", "x"], 'one class only: "x" \\(2 texts\\)'),
        (["x", "x", "y"], "class with one text only: y"),
        (["x", "x", "y", "z"], "2 classes of 3 with one text only: y, z"),
        ([str(n) for n in range(30)], "is it the right one"),
        ([None, None], "no labels"),
    ],
)
def test_classes_that_cannot_be_learned_are_refused(labels, words):
    table = table_of([(f"t{n}", label) for n, label in enumerate(labels)])
    with pytest.raises(DataError, match=words):
        check_classes(table)


def test_classes_are_checked_in_the_given_rows_alone():
    table = table_of([("a", "x"), ("b", "x"), ("c", "y"), ("d", "y"), ("e", "z")])
    check_classes(table, np.arange(4))
    with pytest.raises(DataError, match="one text only: z"):
        check_classes(table)
