"""Labels to indices and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqloom.errors import DataError
from seqloom.targets import encode_labels, find_classes, measure_answers

LABELS = st.one_of(
    st.lists(st.text(max_size=3).filter(lambda s: "\x00" not in s), min_size=2),
    st.lists(st.integers(-(2**40), 2**40), min_size=2),
    st.lists(st.booleans(), min_size=2),
).filter(lambda labels: len(set(labels)) > 1)


@given(LABELS, st.sampled_from([list, np.array, lambda labels: np.array(labels, dtype=object)]))
def test_law_labels_survive_the_way_there_and_back(labels, as_sequence):
    classes = find_classes(as_sequence(labels))
    assert classes.tolist() == sorted(set(labels))
    indices = encode_labels(as_sequence(labels), classes)
    assert indices.dtype == np.int32
    assert classes[indices].tolist() == labels
    assert indices.tolist() == [sorted(set(labels)).index(label) for label in labels]


def test_numbers_and_their_spelling_meet():
    assert encode_labels(["1", "0"], np.array([0, 1])).tolist() == [1, 0]
    assert encode_labels([1, 0], np.array(["0", "1"])).tolist() == [1, 0]


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_a_missing_label_is_refused_by_row(missing):
    with pytest.raises(DataError, match="row 2: no label"):
        find_classes(np.array(["a", "b", missing], dtype=object))


@pytest.mark.parametrize(("labels", "found"), [([], "no rows"), (["a"], "one class only"), ([3, 3, 3], r"only \(3\)")])
def test_fewer_than_two_classes_are_refused(labels, found):
    with pytest.raises(DataError, match=found):
        find_classes(labels)


def test_several_labels_a_row_are_refused():
    with pytest.raises(DataError, match=r"shape \(2, 2\)"):
        find_classes(np.array([["a", "b"], ["c", "d"]]))


@pytest.mark.parametrize("label", ["", "c", "aa", "zzz"])
def test_a_label_that_is_no_class_is_refused_by_row(label):
    with pytest.raises(DataError, match=r"row 1: label .* found, one of the classes expected \(a, b\)"):
        encode_labels(["a", label, "b"], np.array(["a", "b"]))


@pytest.mark.parametrize("label", [["b"], ("b",), b"b", {"b"}], ids=repr)
def test_a_label_of_another_kind_is_refused_by_row(label):
    labels = np.empty(3, dtype=object)
    labels[:] = ["a", "b", ""]
    labels[2] = label
    for read in (find_classes, lambda labels: encode_labels(labels, np.array(["a", "b"]))):
        with pytest.raises(DataError, match=r"row 2: label .* found, a string or number expected"):
            read(labels)


@pytest.mark.parametrize("labels", [np.array([b"a", b"b"]), np.array(["2020-01-01", "2020-01-02"], "datetime64[D]")])
def test_labels_that_a_card_cannot_hold_are_refused(labels):
    with pytest.raises(DataError, match="Pass labels as str"):
        find_classes(labels)


@pytest.mark.parametrize("labels", [[1.0, np.nan, 2.0], np.array(["a", None, "b"], dtype=object)])
def test_a_missing_label_is_refused_wherever_labels_are_read(labels):
    for read in (find_classes, lambda labels: encode_labels(labels, np.array(["a", "b"]))):
        with pytest.raises(DataError, match="row 1: no label"):
            read(labels)


def test_law_answers_are_measured_by_the_weighted_mean():
    probability, target = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]]), np.array([0, 1, 1])
    found = measure_answers(probability, target, weight=np.array([1.0, 2.0, 1.0]))
    assert found["loss"] == pytest.approx(-(np.log(0.9) + 2 * np.log(0.8) + np.log(0.4)) / 4)
    assert found["accuracy"] == pytest.approx(3 / 4)
    unweighted = measure_answers(probability, target, weight=np.zeros(3))
    assert unweighted == measure_answers(probability, target)
    assert unweighted["accuracy"] == pytest.approx(2 / 3)


def test_answer_of_probability_zero_has_a_finite_loss():
    found = measure_answers(np.array([[1.0, 0.0]]), np.array([1]))
    assert found == {"loss": pytest.approx(-np.log(1e-7)), "accuracy": 0.0}
