"""scikit-learn's conventions."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from sklearn.base import clone, is_classifier
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_predict, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.validation import check_is_fitted

from seqloom import TextClassifier
from seqloom.errors import UsageError
from tests.families import heavy
from tests.learner.conftest import FAMILIES, make_learner, make_texts


def test_law_constructor_only_stores():
    """Whatever is handed in can be had again, the same object, unchecked: checking is fit's work."""
    given = {name: object() for name in inspect.signature(TextClassifier).parameters}
    assert TextClassifier(**given).get_params() == given


def test_law_params_round():
    learner = make_learner("bag", min_df=1)
    params = learner.get_params()
    assert TextClassifier(**params).get_params() == params
    assert TextClassifier().set_params(**params).get_params(deep=False) == params
    assert "cells" not in params
    with pytest.raises(UsageError, match=r"parameter 'cells' found, one of .*width"):
        learner.set_params(cells=3)


def test_repr_is_the_call():
    assert repr(TextClassifier("bag", epochs=3)) == "TextClassifier(epochs=3, family='bag')"


def test_clone_is_unfitted_and_equal(fitted):
    copy = clone(fitted)
    assert copy.get_params() == fitted.get_params()
    assert not hasattr(copy, "classes_")
    assert is_classifier(copy)
    check_is_fitted(fitted)


@pytest.mark.parametrize("family", [*(name for name in FAMILIES if name != "bag"), *heavy("bag")])
def test_cross_val_score(family, sample):
    """Equal to the folds by hand."""
    texts, labels = np.array(sample[0]), np.array(sample[1])
    folds = StratifiedKFold(2)
    learner = make_learner(family, **({"epochs": 2} if family in ("bag", "embedding") else {}))
    found = cross_val_score(learner, texts, labels, cv=folds)
    by_hand = [
        clone(learner).fit(texts[train], labels[train]).score(texts[test], labels[test])
        for train, test in folds.split(texts, labels)
    ]
    assert found.tolist() == by_hand


def test_cross_val_predict_probabilities(sample):
    found = cross_val_predict(make_learner("linear"), *sample, cv=2, method="predict_proba")
    assert (found.argmax(axis=1) == (np.array(sample[1]) == "pos")).mean() > 0.9


def test_grid_search(sample):
    """The bad setting loses: n-grams that no two texts share."""
    search = GridSearchCV(make_learner("linear"), {"family": ["majority", "linear"], "min_df": [2]}, cv=2)
    search.fit(*sample)
    assert search.best_params_ == {"family": "linear", "min_df": 2}
    assert search.score(*make_texts(40, ["neg", "pos"], seed=7)) > 0.9


def test_pipeline_with_sample_weight(sample):
    texts, labels = sample
    lower = FunctionTransformer(lambda x: [text.lower() for text in x])
    pipeline = Pipeline([("lower", lower), ("model", make_learner("linear"))])
    pipeline.fit([text.upper() for text in texts], labels, model__sample_weight=np.ones(120))
    assert pipeline.score([text.upper() for text in texts], labels) > 0.9
    assert pipeline.set_params(model__min_df=3).get_params()["model__min_df"] == 3
    assert pipeline.classes_.tolist() == ["neg", "pos"]
