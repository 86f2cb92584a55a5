"""Several labels a row: from whatever form they have to an indicator and back, as scikit-learn's binarizer does it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, log_loss
from sklearn.preprocessing import MultiLabelBinarizer

from seqloom.errors import DataError, UsageError
from seqloom.targets import (
    decide,
    encode_labels,
    find_classes,
    find_hits,
    find_strata,
    join_names,
    measure_answers,
    name_answers,
    weigh_rows,
)

ROWS = st.lists(st.lists(st.sampled_from(["a", "b", "c", "d e"]), max_size=5), min_size=1, max_size=8).filter(
    lambda rows: len({label for row in rows for label in row}) > 1
)


@given(ROWS, st.sampled_from([list, tuple, set, frozenset, np.array]), st.booleans())
def test_law_lists_become_the_indicator_and_back(rows, collection, is_series):
    given_rows = pl.Series(rows, dtype=pl.List(pl.String)) if is_series else [collection(row) for row in rows]
    binarizer = MultiLabelBinarizer().fit(rows)
    classes = find_classes(given_rows)
    assert classes.tolist() == binarizer.classes_.tolist()
    target = encode_labels(given_rows, classes)
    assert target.dtype == np.uint8
    assert np.array_equal(target, binarizer.transform(rows))
    assert name_answers(target, classes) == [sorted(set(row)) for row in rows]
    assert join_names(name_answers(target, classes)) == [";".join(sorted(set(row))) for row in rows]


@pytest.mark.parametrize("form", [np.array, sp.csr_matrix, lambda rows: np.array(rows) == 1, pl.DataFrame])
def test_an_indicator_stays_one(form):
    rows = [[1, 0, 1], [0, 0, 0], [0, 1, 1]]
    classes = find_classes(form(rows) if form is not pl.DataFrame else pl.DataFrame(rows, orient="row"))
    target = encode_labels(form(rows) if form is not pl.DataFrame else pl.DataFrame(rows, orient="row"), classes)
    assert classes.tolist() == [0, 1, 2]
    assert target.tolist() == rows
    assert name_answers(target, classes, is_indicator=True).tolist() == rows


def test_whole_numbers_are_labels_and_meet_their_spelling():
    classes = find_classes([[10, 9], [9], []])
    assert classes.tolist() == [9, 10]
    assert encode_labels([["9"], ["10", "9"]], classes).tolist() == [[1, 0], [1, 1]]
    assert find_classes([["a", 1], [1]]).tolist() == ["1", "a"]


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([[], []], "2 rows without any label"),
        (np.zeros((3, 2)), "3 rows without any label"),
        ([["a"], [], ["a", "a"]], r"one class only \(a\)"),
        ([["a"], ["b", None]], "row 1: None found among its labels"),
        ([["a"], ["b", ["c"]]], r"row 1: \['c'\] found among its labels, strings or whole numbers"),
        ([["a"], [1.5]], "row 1: 1.5 found among its labels"),
        ([["a"], "b"], "row 1: 'b' found where other rows have lists"),
        (["b", ["a"]], "row 0: 'b' found where other rows have lists"),
        ([["a"], None], "row 1: None found where other rows have lists"),
        ([[0, 1], [1, 0]], "are they labels or an indicator"),
        (np.array([[0, 1], [2, 0]]), "row 1, column 0: 2 found in an indicator"),
        (np.array([[0, np.nan], [1, 0]]), "row 0, column 1: nan found in an indicator"),
    ],
    ids=repr,
)
def test_what_cannot_be_meant_is_refused_by_row(labels, words):
    with pytest.raises(DataError, match=words):
        find_classes(labels)


def test_what_was_not_learned_is_refused():
    classes, lists = np.array(["a", "b"]), [["a"], ["b", "c"]]
    with pytest.raises(DataError, match=r"row 1: label .*'c'.* found, one of the classes expected \(a, b\)"):
        encode_labels(lists, classes)
    with pytest.raises(DataError, match="an indicator of 3 columns found, one for each of 2 classes"):
        encode_labels(np.eye(3), classes)
    with pytest.raises(DataError, match="several labels a row found, one expected"):
        encode_labels([["a"]], classes, like=np.array([0]))
    with pytest.raises(DataError, match="one label a row found, a list of labels expected"):
        encode_labels(["a"], classes, like=np.array([[0, 1]]))
    with pytest.raises(UsageError, match="class_weight with several labels"):
        weigh_rows(np.eye(2), classes=classes, class_weight="balanced")


def test_rows_are_weighed_apart_from_their_labels():
    assert weigh_rows(np.eye(2), classes=np.array(["a", "b"]), sample_weight=[1, 2]).tolist() == [1, 2]


def test_law_strata_are_the_rarest_label():
    random = np.random.default_rng(0)
    target = (random.random((200, 4)) < (0.5, 0.3, 0.2, 0.05)).astype(np.uint8)
    count = target.sum(axis=0)
    for row, stratum in zip(target, find_strata(target), strict=True):
        mine = np.flatnonzero(row)
        assert stratum == (min(mine, key=lambda k: (count[k], k)) if len(mine) else 4)
    assert find_strata(np.array([2, 0, 1])).tolist() == [2, 0, 1]


def test_law_answers_are_measured_as_by_scikit_learn():
    random = np.random.default_rng(1)
    target, probability = (random.random((50, 3)) < 0.4).astype(np.uint8), random.random((50, 3)).astype(np.float32)
    weight = random.random(50).astype(np.float32)
    found = measure_answers(probability, target, weight=weight)
    answer = decide(probability, 0.5)
    losses = [log_loss(target[:, k], probability[:, k], sample_weight=weight) for k in range(3)]
    assert found["loss"] == pytest.approx(np.mean(losses), rel=1e-5)
    assert found["accuracy"] == pytest.approx(accuracy_score(target, answer, sample_weight=weight))
    assert found["micro_f1"] == pytest.approx(f1_score(target, answer, average="micro", sample_weight=weight))
    assert find_hits(target, answer).mean() == pytest.approx(accuracy_score(target, answer))
    assert measure_answers(np.zeros((2, 2)), np.zeros((2, 2), np.uint8))["micro_f1"] == 0
