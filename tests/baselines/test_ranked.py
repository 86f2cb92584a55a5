"""The model of few columns: its rule against a slow cross-validation, its answers against scikit-learn's own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.linear_model import LogisticRegression

from seqloom.baselines import RankedModel
from seqloom.baselines.margin import predict_ranked, take_columns
from seqloom.baselines.ranked import N_FOLDS, RANKS, STRENGTH, choose_fewest, deal_folds
from seqloom.flow import Encoded, Model, Plan


def make_rows(n: int, n_classes: int = 2, *, n_columns: int = 12, seed: int = 0) -> Encoded:
    """Dense rows in which the first columns say something of the class, and the later ones nothing."""
    random = np.random.default_rng(seed)
    target = np.arange(n) % n_classes
    topics = random.normal(size=(n, n_columns))
    topics[:, :3] += 1.5 * np.random.default_rng(99).normal(size=(n_classes, 3))[target]
    return Encoded(inputs={"topics": topics.astype(np.float32)}, target=target)


def fit(model: RankedModel, train: Encoded, valid: Encoded | None = None, *, seed: int = 0):
    records = list(model.fit(train, train if valid is None else valid, plan=Plan(seed=seed)))
    assert len(records) == 1
    return records[0]


def answer_slowly(topics, target, asked, *, rank: int, weight=None) -> np.ndarray:
    """scikit-learn's probabilities on the first columns, each row brought to length 1 by hand."""
    parts = [part[:, :rank] / np.linalg.norm(part[:, :rank], axis=1, keepdims=True) for part in (topics, asked)]
    solver = LogisticRegression(C=STRENGTH, max_iter=1000).fit(parts[0], target, sample_weight=weight)
    return solver.predict_proba(parts[1])


def choose_slowly(train: Encoded, ranks, *, seed: int) -> int:
    """Each fold left out in turn; then the fewest columns within one standard error of the best."""
    topics, target = train.inputs["topics"], train.target
    fold = deal_folds(target, seed=seed)
    right = {rank: [False] * len(target) for rank in ranks}
    for rank in ranks:
        for k in range(N_FOLDS):
            rest = [i for i in range(len(target)) if fold[i] != k]
            held = [i for i in range(len(target)) if fold[i] == k]
            shares = answer_slowly(topics[rest], target[rest], topics[held], rank=rank)
            for i, share in zip(held, shares, strict=True):
                right[rank][i] = share.argmax() == target[i]
    best = max(ranks, key=lambda rank: sum(right[rank]))
    for rank in ranks:
        only_best = sum(b and not a for a, b in zip(right[rank], right[best], strict=True))
        only_this = sum(a and not b for a, b in zip(right[rank], right[best], strict=True))
        if only_best - only_this <= (only_best + only_this) ** 0.5:
            return rank
    raise AssertionError("the best is within its own error")


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("seed", range(3))
def test_law_the_rank_is_that_of_a_slow_cross_validation(n_classes, seed):
    train, ranks = make_rows(45, n_classes, seed=seed), (1, 2, 3, 6, 12)
    model = RankedModel(n_classes, ranks)
    fit(model, train, seed=seed)
    assert model.rank_ == choose_slowly(train, ranks, seed=seed)
    assert model.state()[1]["coef"].shape[1] == model.rank_


def test_law_validation_rows_choose_nothing():
    """Their score is that of a model that has not looked at them."""
    train = make_rows(60)
    ranks = (1, 3, 12)
    models = [RankedModel(2, ranks) for _ in range(2)]
    fit(models[0], train, make_rows(20, seed=1))
    wrong = make_rows(20, seed=1)
    fit(models[1], train, Encoded(inputs=wrong.inputs, target=1 - wrong.target))
    assert models[0].rank_ == models[1].rank_
    assert np.array_equal(models[0].arrays_["coef"], models[1].arrays_["coef"])


def test_a_clear_gain_buys_columns_and_a_small_one_does_not():
    rows = np.arange(400)
    assert choose_fewest(np.stack([rows < 300, rows < 340])) == 1
    assert choose_fewest(np.stack([rows < 300, rows < 301])) == 0
    assert choose_fewest(np.stack([rows < 300, rows < 302])) == 1  # twice and never the other way: 2 > sqrt(2)
    assert choose_fewest(np.stack([rows < 300, rows >= 95])) == 0  # five more, but on other rows: nothing is clear


@given(hnp.arrays(np.int64, st.integers(1, 40), elements=st.integers(0, 3)), st.integers(0, 5))
def test_law_folds_are_even_within_each_class(target, seed):
    fold = deal_folds(target, seed=seed)
    for rows in (fold, *(fold[target == k] for k in np.unique(target))):
        counts = np.bincount(rows, minlength=N_FOLDS)
        assert len(counts) == N_FOLDS
        assert counts.max() - counts.min() <= 1
    assert np.array_equal(fold, deal_folds(target, seed=seed))


@pytest.mark.parametrize("is_weighted", [False, True])
@pytest.mark.parametrize("rank", [2, 12])
@pytest.mark.parametrize("n_classes", [2, 4])
def test_law_probabilities_equal_those_of_scikit_learn(n_classes, rank, is_weighted):
    train, other = make_rows(60, n_classes, seed=1), make_rows(25, n_classes, seed=2)
    weight = np.random.default_rng(0).uniform(0.2, 3, 60).astype(np.float32) if is_weighted else None
    model = RankedModel(n_classes, [rank])
    record = fit(model, Encoded(inputs=train.inputs, target=train.target, weight=weight), other)
    found = model.predict(other.inputs)
    expected = answer_slowly(train.inputs["topics"], train.target, other.inputs["topics"], rank=rank, weight=weight)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-3)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)
    assert record.valid["accuracy"] == (found.argmax(axis=1) == other.target).mean()
    assert record.valid["loss"] == pytest.approx(-np.log(found[np.arange(25), other.target]).mean(), rel=1e-5)


def test_law_state_is_enough():
    train, other = make_rows(60, 3), make_rows(30, 3, seed=4)
    model = RankedModel(3)
    fit(model, train, other)
    again = RankedModel.from_state(*model.state())
    assert isinstance(again, Model)
    assert again.state()[0] == model.state()[0] == {"kind": "ranked", "n_classes": 3, "rank": model.rank_}
    assert np.array_equal(again.predict(other.inputs), model.predict(other.inputs))
    assert np.array_equal(predict_ranked(other.inputs, model.state()[1]), model.predict(other.inputs))


def test_law_the_chosen_rank_alone_is_fitted_again():
    train = make_rows(60)
    model = RankedModel(2, (1, 3, 12))
    fit(model, train)
    again = model.for_refit()
    assert again.ranks == (model.rank_,)
    fit(again, train)
    assert np.array_equal(again.arrays_["coef"], model.arrays_["coef"])
    assert RankedModel(2).for_refit().ranks == RANKS


@given(
    hnp.arrays(
        np.float32, st.tuples(st.integers(0, 5), st.integers(1, 6)), elements=st.sampled_from([0, -3.5, 0.01, 2])
    )
)
def test_law_taken_columns_have_length_one(topics):
    for n in (1, 3, 9):
        found = take_columns(topics, n)
        assert found.shape == (len(topics), min(n, topics.shape[1]))
        for row, given_ in zip(found, topics[:, :n], strict=True):
            assert np.linalg.norm(row) == pytest.approx(float(given_.any()), abs=1e-4)


def test_more_ranks_than_columns():
    """All that there are; of equals the fewest."""
    train = make_rows(40, n_columns=4)
    model = RankedModel(2, (20, 50))
    fit(model, train)
    assert model.rank_ == 20
    assert model.state()[1]["coef"].shape == (1, 4)


@pytest.mark.parametrize("n", [2, 3, 4])
def test_fewer_rows_than_folds(n):
    model = RankedModel(2, (1, 3))
    fit(model, make_rows(n), make_rows(10, seed=1))
    assert np.isfinite(model.predict(make_rows(10).inputs)).all()


def test_a_class_in_one_fold_alone():
    """With it left out, two classes of three remain, or one of two."""
    train = make_rows(21, 3)
    for classes in ([0, 1, 2], [0, 1]):
        rows = np.flatnonzero(train.target < 2 if len(classes) == 3 else train.target < 1)
        kept = np.append(rows, np.flatnonzero(train.target == classes[-1])[0])
        model = RankedModel(len(classes), (1, 3))
        fit(model, Encoded(inputs={"topics": train.inputs["topics"][kept]}, target=train.target[kept]))
        assert model.predict(train.inputs).shape == (21, len(classes))


@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("known", [[1], [0], [0, 1]])
def test_a_class_without_rows_is_never_answered(n_classes, known):
    train = make_rows(40, n_classes)
    rows = np.flatnonzero(np.isin(train.target, known))
    model = RankedModel(n_classes, (2, 5))
    fit(model, Encoded(inputs={"topics": train.inputs["topics"][rows]}, target=train.target[rows]))
    found = model.predict(train.inputs)
    assert set(found.argmax(axis=1)) <= set(known)
    assert found[:, [k for k in range(n_classes) if k not in known]].max(initial=0) < 1e-6
    if len(known) == 2:
        two = answer_slowly(train.inputs["topics"][rows], train.target[rows], train.inputs["topics"], rank=model.rank_)
        np.testing.assert_allclose(found[:, known], two, atol=1e-3)


def test_rows_of_zeros_get_an_answer():
    """A text without a known word."""
    train = make_rows(40)
    train.inputs["topics"][:3] = 0
    model = RankedModel(2, (2, 5))
    fit(model, train)
    found = model.predict({"topics": np.zeros((2, 12), dtype=np.float32)})
    assert np.isfinite(found).all()
    assert np.array_equal(found[0], found[1])
