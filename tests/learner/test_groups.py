"""Groups in a fit and in folds: what validation asks about, nothing that was trained on belongs to."""

from __future__ import annotations

import numpy as np
import pytest

from seqloom import TextClassifier
from seqloom.errors import DataError
from seqloom.studies.dataset import Part, digest_parts
from seqloom.studies.folds import check_folds
from seqloom.text.tokens import as_texts

# Each document says one word of its own and the same nonsense word throughout; labels follow documents, not words. So
# whoever has seen a document knows its label, and whoever has not can only guess.
DOCUMENTS = np.repeat(np.arange(40), 5)
TEXTS = [f"document{document} sentence{row}" for row, document in enumerate(DOCUMENTS)]
LABELS = np.array(["a", "b"])[np.random.default_rng(0).permutation(40) % 2][DOCUMENTS]


def fit(**options) -> TextClassifier:
    return TextClassifier(family="linear", ngram_range=(1, 1)).fit(TEXTS, LABELS, **options)


def test_validation_of_unseen_groups_does_not_flatter():
    assert fit().is_right_.mean() == 1.0
    together = fit(groups=DOCUMENTS)
    assert together.is_right_.mean() < 0.8
    assert (together.data_["n_train"], together.data_["n_validation"]) == (160, 40)
    named = fit(groups=[f"paper {document}" for document in DOCUMENTS])
    np.testing.assert_array_equal(named.valid_probability_, together.valid_probability_)


def test_groups_of_another_length_are_refused():
    with pytest.raises(DataError, match="199 groups found for 200 texts"):
        fit(groups=DOCUMENTS[1:])


def test_groups_go_along_with_rows():
    texts = as_texts(TEXTS).keep_together(DOCUMENTS)
    some = texts.take(np.array([7, 3, 9]))
    assert len(np.unique(some.group_rows())) == 2
    assert len(np.unique(some.join(texts.take(np.array([5, 199]))).group_rows())) == 3
    assert len(texts.without(some)) == 197  # equal words only: the rest of a document stays


def test_folds_count_groups_and_a_study_with_others_is_another():
    plain = as_texts(TEXTS)
    parts = {
        name: {"train": Part(texts=texts.take(np.arange(100)), labels=LABELS[:100])}
        | {"valid": Part(texts=texts.take(np.arange(100, 200)), labels=LABELS[100:])}
        for name, texts in (("plain", plain), ("grouped", plain.keep_together(DOCUMENTS)))
    }
    check_folds(parts["plain"], 30)
    with pytest.raises(DataError, match=r'the class "a" has 20 groups to learn from, one for each fold'):
        check_folds(parts["grouped"], 30)
    check_folds(parts["grouped"], 20)
    assert digest_parts(parts["plain"], {}) != digest_parts(parts["grouped"], {})
