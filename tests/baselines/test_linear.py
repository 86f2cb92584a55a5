"""The linear rival against ratios by hand, dense formulas, and scikit-learn's own decision."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.linear_model import LogisticRegression

from seqloom.baselines import LinearModel, linear
from seqloom.baselines.linear import STRENGTHS, weigh_ngrams
from seqloom.baselines.margin import predict_linear, scale_rows, share_margins
from seqloom.flow import Encoded, Model, Plan

SHAPES = st.tuples(st.integers(1, 8), st.integers(1, 6))
COUNTS = SHAPES.flatmap(lambda shape: hnp.arrays(np.float32, shape, elements=st.integers(0, 3).map(float)))


def make_rows(n_rows, n_classes, *, seed, n_features=40):
    """Rows in which some columns lean towards a class, with noise."""
    random = np.random.default_rng(seed)
    target = random.integers(n_classes, size=n_rows).astype(np.int32)
    leaning = random.random((n_classes, n_features)) ** 3
    counts = sp.csr_matrix(random.poisson(leaning[target]).astype(np.float32))
    return Encoded(inputs={"counts": counts}, target=target)


def fit(model, train, valid, seed=0):
    records = list(model.fit(train, valid, plan=Plan(seed=seed)))
    assert len(records) == 1
    return records[0]


def answer_slowly(train, rows, *, n_classes, strength, seed=0):
    """Presence times weight, dense, row norm by hand, and scikit-learn's own probability, a class at a time."""
    counts = train.inputs["counts"]
    columns = []
    for k in range(n_classes) if n_classes > 2 else [1]:
        weight = weigh_ngrams(counts, train.target == k)
        dense = [(part.toarray() > 0) * weight[None] for part in (counts, rows)]
        scaled = [part / np.maximum(np.linalg.norm(part, axis=1, keepdims=True), 1e-9) for part in dense]
        solver = LogisticRegression(C=strength, solver="liblinear", dual=True, tol=1e-2, random_state=seed)
        solver.fit(sp.csr_matrix(scaled[0].astype(np.float32)), train.target == k)
        columns.append(solver.predict_proba(scaled[1])[:, 1])
    shares = np.stack(columns, axis=1)
    return shares / shares.sum(axis=1, keepdims=True) if n_classes > 2 else np.hstack([1 - shares, shares])


@given(COUNTS, st.data())
def test_law_weights_equal_the_formula_term_by_term(dense, data):
    n_rows, n_features = dense.shape
    is_positive = data.draw(hnp.arrays(bool, n_rows))
    row_weight = data.draw(st.none() | hnp.arrays(np.float64, n_rows, elements=st.sampled_from([0.0, 0.5, 1.0, 3.0])))
    weights = np.ones(n_rows) if row_weight is None else row_weight
    p, q, df = np.ones(n_features), np.ones(n_features), np.zeros(n_features)
    for row in range(n_rows):
        for column in range(n_features):
            if dense[row, column] > 0:
                df[column] += 1
                (p if is_positive[row] else q)[column] += weights[row]
    expected = [
        np.log((p[f] / p.sum()) / (q[f] / q.sum())) * np.sqrt(np.log((n_rows + 1) / max(df[f], 1)))
        for f in range(n_features)
    ]
    found = weigh_ngrams(sp.csr_matrix(dense), is_positive, row_weight=row_weight)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_weights_of_three_rows_by_hand():
    counts = sp.csr_matrix(np.array([[2, 1, 0], [0, 1, 0], [0, 0, 5]], dtype=np.float32))
    # positive: the first two rows. p = 1 + [1, 2, 0], q = 1 + [0, 0, 1]; in rows: 1, 2, 1 of 3
    ratio = np.log([(2 / 6) / (1 / 4), (3 / 6) / (1 / 4), (1 / 6) / (2 / 4)])
    rarity = np.sqrt(np.log([4 / 1, 4 / 2, 4 / 1]))
    np.testing.assert_allclose(weigh_ngrams(counts, np.array([True, True, False])), ratio * rarity, rtol=1e-6)


@given(COUNTS, st.data())
def test_law_scaled_rows_are_presence_times_weight_at_length_one(dense, data):
    weight = data.draw(hnp.arrays(np.float32, dense.shape[1], elements=st.floats(-4, 4, width=16)))
    present = (dense > 0) * weight[None].astype(np.float64)
    norm = np.linalg.norm(present, axis=1, keepdims=True)
    counts = sp.csr_matrix(dense)
    before = counts.copy()
    scaled = scale_rows(counts, weight).toarray()
    expected = np.where(norm > 1e-9, present / np.maximum(norm, 1e-9), 0)
    np.testing.assert_allclose(scaled, expected, atol=1e-5)
    assert (counts != before).nnz == 0
    for length in np.linalg.norm(scaled, axis=1):
        assert length == pytest.approx(1, abs=1e-5) or length == 0


@given(hnp.arrays(np.float64, st.tuples(st.integers(0, 5), st.integers(1, 4)), elements=st.floats(-1e3, 1e3)))
def test_law_shares_are_probabilities(margins):
    shares = share_margins(margins)
    assert shares.shape == (len(margins), 2 if margins.shape[1] == 1 else margins.shape[1])
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-6)
    assert ((shares >= 0) & (shares <= 1)).all()
    if margins.shape[1] == 1:
        assert (shares.argmax(axis=1) == 1)[np.abs(margins[:, 0]) > 1e-6].tolist() == (
            margins[np.abs(margins[:, 0]) > 1e-6, 0] > 0
        ).tolist()


@pytest.mark.parametrize("n_classes", [2, 3, 5])
@pytest.mark.parametrize("strength", [1.0, 10.0])
def test_law_probabilities_equal_those_of_scikit_learn(n_classes, strength):
    train, other = make_rows(80, n_classes, seed=1), make_rows(30, n_classes, seed=2)
    model = LinearModel(n_classes, [strength])
    fit(model, train, other)
    found = model.predict(other.inputs)
    expected = answer_slowly(train, other.inputs["counts"], n_classes=n_classes, strength=strength)
    assert found.shape == (30, n_classes)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=2e-5)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)


@pytest.mark.filterwarnings("ignore:Liblinear failed to converge")  # of the oracle; ours says nothing
@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("seed", range(4))
def test_law_the_strength_is_the_best_on_validation(n_classes, seed):
    train, valid = make_rows(60, n_classes, seed=seed), make_rows(40, n_classes, seed=seed + 100)
    strengths = (0.01, 0.3, 3.0, 30.0, 300.0)
    model = LinearModel(n_classes, strengths)
    record = fit(model, train, valid)
    accuracies = []
    for strength in strengths:
        probability = answer_slowly(train, valid.inputs["counts"], n_classes=n_classes, strength=strength)
        accuracies.append((probability.argmax(axis=1) == valid.target).mean())
    assert model.strength_ == strengths[int(np.argmax(accuracies))]  # of equals the smaller
    assert record.valid["accuracy"] == pytest.approx(max(accuracies))
    probability = model.predict(valid.inputs)
    right = probability[np.arange(40), valid.target]
    assert record.valid["loss"] == pytest.approx(-np.log(right).mean(), rel=1e-4)


@pytest.mark.parametrize(
    ("shares_turned", "n_tried"),
    [((0.1, 0.12, 0.3, 0.0), 3), ((0.1, 0.12, 0.12, 0.08), 4), ((0.3, 0.1, 0.2, 0.0), 3), ((0.0, 0.01, 0.0), 2)],
)
def test_the_path_ends_once_it_is_clearly_past_its_best(monkeypatch, shares_turned, n_tried):
    """Solutions made by hand: each gets a share of 100 rows wrong. A standard error at 90 % is 3 points; behind 100 %
    nothing can be better.
    """
    tried = []
    counts = sp.csr_matrix(np.eye(100, dtype=np.float32))
    rows = Encoded(inputs={"counts": counts}, target=np.arange(100) % 2)

    def solve(scaled, is_positive, *, strength, row_weight, seed):
        del row_weight, seed
        tried.append(strength)
        answer = np.where(is_positive, 1.0, -1.0) / scaled.diagonal()
        answer[: round(100 * shares_turned[len(tried) - 1])] *= -1
        return answer, 0.0

    monkeypatch.setattr(linear, "_solve", solve)
    model = LinearModel(2, range(1, len(shares_turned) + 1))
    record = fit(model, rows, rows)
    assert tried == list(range(1, n_tried + 1))
    best = int(np.argmin(shares_turned[:n_tried]))
    assert model.strength_ == best + 1
    assert record.valid["accuracy"] == pytest.approx(1 - shares_turned[best])


def test_law_the_chosen_strength_alone_is_fitted_again():
    train, valid = make_rows(60, 3, seed=5), make_rows(40, 3, seed=6)
    model = LinearModel(3, (0.1, 1.0, 10.0))
    fit(model, train, valid)
    again = model.for_refit()
    assert again.strengths == (model.strength_,)
    fit(again, train, train)
    for name, array in model.state()[1].items():
        assert np.array_equal(array, again.state()[1][name])
    assert LinearModel(3, (0.1, 1.0)).for_refit().strengths == (0.1, 1.0)


def test_law_equal_seeds_give_equal_bits():
    train, valid = make_rows(60, 3, seed=5), make_rows(40, 3, seed=6)
    states = []
    for _ in range(2):
        model = LinearModel(3)
        fit(model, train, valid, seed=3)
        np.random.default_rng().random(3)  # other people's draws change nothing
        states.append(model.state())
    assert states[0][0] == states[1][0]
    for name, array in states[0][1].items():
        assert array.tobytes() == states[1][1][name].tobytes()


def test_law_state_is_enough():
    train, valid = make_rows(60, 3, seed=5), make_rows(40, 3, seed=6)
    model = LinearModel(3)
    fit(model, train, valid)
    again = LinearModel.from_state(*model.state())
    assert isinstance(model, Model)
    assert again.state()[0] == model.state()[0]
    assert np.array_equal(again.predict(valid.inputs), model.predict(valid.inputs))
    assert np.array_equal(predict_linear(valid.inputs, model.state()[1]), model.predict(valid.inputs))


def test_law_a_weight_of_two_equals_the_row_twice():
    train, valid = make_rows(40, 2, seed=7), make_rows(30, 2, seed=8)
    weight = np.where(np.arange(40) < 10, 2.0, 1.0).astype(np.float32)
    twice = np.concatenate([np.arange(40), np.arange(10)])
    weighted = Encoded(inputs=train.inputs, target=train.target, weight=weight)
    repeated = Encoded(inputs={"counts": train.inputs["counts"][twice]}, target=train.target[twice])
    p, q = (
        weigh_ngrams(rows.inputs["counts"], rows.target == 1, row_weight=rows.weight) for rows in (weighted, repeated)
    )
    assert np.array_equal(np.sign(p), np.sign(q))  # rarity counts rows, not weights; the ratio is the same
    models = [LinearModel(2, [1.0]), LinearModel(2, [1.0])]
    for model, rows in zip(models, (weighted, repeated), strict=True):
        fit(model, rows, valid)
    found, expected = (model.predict(valid.inputs) for model in models)
    assert np.abs(found - expected).max() < 0.1
    assert np.array_equal(found.argmax(axis=1), expected.argmax(axis=1))


def test_rows_of_weight_zero_teach_nothing():
    train, valid = make_rows(60, 2, seed=9), make_rows(30, 2, seed=10)
    wrong = train.target.copy()
    wrong[40:] = 1 - wrong[40:]
    weight = np.where(np.arange(60) < 40, 1.0, 0.0)
    models = [LinearModel(2, [1.0]), LinearModel(2, [1.0])]
    for model, target in zip(models, (train.target, wrong), strict=True):
        fit(model, Encoded(inputs=train.inputs, target=target, weight=weight), valid)
    np.testing.assert_allclose(models[0].predict(valid.inputs), models[1].predict(valid.inputs), atol=0.02)


@settings(max_examples=20)
@given(st.integers(2, 4), st.integers(0, 3))
def test_rows_without_a_known_ngram_get_the_intercept(n_classes, n_rows):
    train = make_rows(40, n_classes, seed=11)
    model = LinearModel(n_classes, [1.0])
    fit(model, train, train)
    nothing = sp.csr_matrix((n_rows, 40), dtype=np.float32)
    expected = share_margins(np.tile(model.state()[1]["intercept"], (n_rows, 1)))
    np.testing.assert_allclose(model.predict({"counts": nothing}), expected, atol=1e-6)


def test_strengths_rise_as_ties_go_to_the_first():
    assert list(STRENGTHS) == sorted(STRENGTHS)
