"""Weights of classes: balanced as scikit-learn has it, or by name."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_sample_weight

from seqloom.errors import UsageError
from seqloom.targets import weigh_rows

CLASSES = np.array(["a", "b", "c"])


@given(
    target=st.lists(st.integers(0, 2), min_size=3, max_size=30).map(lambda rows: [0, 1, 2, *rows]),
    weights=st.dictionaries(st.sampled_from(["a", "b", "c"]), st.floats(0.1, 10), min_size=1),
    is_balanced=st.booleans(),
)
def test_law_class_weights_are_scikit_learns(target, weights, is_balanced):
    class_weight = "balanced" if is_balanced else weights
    found = weigh_rows(np.array(target), classes=CLASSES, class_weight=class_weight)
    np.testing.assert_allclose(found, compute_sample_weight(class_weight, CLASSES[target]), rtol=1e-6)


def test_law_class_weight_and_sample_weight_multiply():
    found = weigh_rows(np.array([0, 1, 1]), classes=CLASSES, sample_weight=[1, 2, 3], class_weight={"b": 5})
    assert found.tolist() == [1, 10, 15]


@pytest.mark.parametrize("key", [7, "7"])
def test_classes_that_are_numbers_go_by_their_name_too(key):
    """A card knows them as strings."""
    found = weigh_rows(np.array([0, 1]), classes=np.array([3, 7]), class_weight={key: 2})
    assert found.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("class_weight", "found"),
    [
        ("heavy", "class_weight 'heavy' found, None, 'balanced' or a weight for each class expected"),
        ({"d": 2}, r"class_weight for 'd' found, one of the classes expected \(a, b, c\)"),
        ({"a": -1}, "class_weight -1 for 'a' found, a number from 0 on expected"),
        ({"a": "2"}, "class_weight '2' for 'a' found"),
        ({"a": float("nan")}, "class_weight nan for 'a' found"),
    ],
)
def test_error_class_weight(class_weight, found):
    with pytest.raises(UsageError, match=found):
        weigh_rows(np.array([0, 1, 2]), classes=CLASSES, class_weight=class_weight)
