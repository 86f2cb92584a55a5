"""Trees kept as arrays answer as scikit-learn's own do, and are chosen, grown again and saved as any model."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor

from seqloom.baselines import trees
from seqloom.baselines.branches import MOST_LEAVES, Branches, GrownTrees, check_trees, read_features
from seqloom.baselines.trees import TreesForecast, export_trees
from seqloom.flow import Encoded, Plan, Windows

LENGTH, HORIZON, N_TARGETS = 30, 3, 2


def make_rows(first_step: int = 1, *, n_rows: int = 500) -> Encoded:
    """Three channels of which the first two are forecast; what is known in advance moves them."""
    random = np.random.default_rng(0)
    future = random.normal(size=(n_rows, 1)).astype(np.float32)
    values = random.normal(size=(n_rows, 3)).cumsum(axis=0).astype(np.float32) / 10 + 2 * np.sign(future)
    starts = np.arange(n_rows - LENGTH - HORIZON + 1)
    inputs = {
        "past": Windows(values=values, starts=starts, length=LENGTH),
        "future": Windows(values=future, starts=starts + LENGTH, length=HORIZON),
    }
    first = starts + LENGTH - 1 + first_step
    return Encoded(inputs=inputs, target=Windows(values=values[:, :2], starts=first, length=HORIZON - first_step + 1))


def grow(seed: int) -> tuple[np.ndarray, HistGradientBoostingRegressor]:
    """Features and scikit-learn's trees of them, with repeated values, on which thresholds may fall."""
    random = np.random.default_rng(seed)
    features = random.normal(size=(600, 5)).astype(np.float32)
    features[:, 0] = np.round(features[:, 0])
    change = np.sin(features[:, 1]) + features[:, 0] * features[:, 2]
    return features, HistGradientBoostingRegressor(loss="absolute_error", max_iter=30).fit(features, change)


@pytest.mark.parametrize("seed", range(3))
def test_walk_sklearn(seed: int) -> None:
    features, grown = grow(seed)
    arrays = export_trees([grown])
    said = arrays["base"][0] + Branches(arrays).answer(features).sum(axis=1, dtype=np.float64)
    np.testing.assert_allclose(said, grown.predict(features), atol=1e-5)
    stages = arrays["base"][0] + Branches(arrays).answer(features).cumsum(axis=1, dtype=np.float64)
    np.testing.assert_allclose(stages, np.stack(list(grown.staged_predict(features)), axis=1), atol=1e-5)


def test_walk_first_trees_of_two_targets() -> None:
    features, grown = grow(0)
    _, other = grow(1)
    arrays = export_trees([grown, other], n_trees=4)
    assert arrays["target"].tolist() == [0] * 4 + [1] * 4
    said = Branches(arrays).answer(features)
    for g, one in enumerate((grown, other)):
        *_, fourth = (stage for stage, _ in zip(one.staged_predict(features), range(4), strict=False))
        np.testing.assert_allclose(arrays["base"][g] + said[:, 4 * g : 4 * g + 4].sum(axis=1), fourth, atol=1e-5)


@pytest.mark.parametrize("first_step", [1, HORIZON])
def test_forecast_uses_what_is_known(monkeypatch: pytest.MonkeyPatch, first_step: int) -> None:
    monkeypatch.setattr(trees, "_MOST_TREES", 60)
    rows = make_rows(first_step)
    train, valid = (
        Encoded(inputs={n: w.take(part) for n, w in rows.inputs.items()}, target=rows.target.take(part))
        for part in (np.arange(350), np.arange(360, len(rows)))
    )
    model = TreesForecast(n_steps=HORIZON - first_step + 1, first_step=first_step, n_targets=N_TARGETS)
    (record,) = model.fit(train, valid, plan=Plan())
    forecast, came = model.predict(valid.inputs), valid.target.gather()
    assert forecast.shape == came.shape
    last = valid.inputs["past"].gather()[:, -1:, :N_TARGETS]
    error = np.abs(forecast - came).mean()
    assert error < np.abs(last - came).mean() / 2  # half the rows change sides
    assert record.valid["loss"] == pytest.approx(error, rel=1e-4)
    again = GrownTrees.from_state(*model.state())  # without scikit-learn
    np.testing.assert_array_equal(again.predict(valid.inputs), forecast)
    refit = model.for_refit()
    assert list(refit.fit(train, valid, plan=Plan())) == []
    np.testing.assert_array_equal(refit.predict(valid.inputs), forecast)


def plant(random: np.random.Generator, *, n_leaves: int, n_features: int) -> list[list]:
    """The nodes of one tree, grown by splitting leaves at random: feature, threshold, left, right, value."""
    nodes = [[0, 0.0, 0, 0, random.normal()]]
    while sum(node[2] == at for at, node in enumerate(nodes)) < n_leaves:
        leaf = random.choice([at for at, node in enumerate(nodes) if node[2] == at])
        nodes[leaf][:4] = [int(random.integers(n_features)), random.normal(), len(nodes), len(nodes) + 1]
        nodes += [[0, 0.0, len(nodes) + side, len(nodes) + side, random.normal()] for side in (0, 1)]
    return nodes


def join(planted: list[list[list]]) -> dict[str, np.ndarray]:
    """Trees as arrays of nodes."""
    sizes = np.array([len(nodes) for nodes in planted])
    roots = np.cumsum(sizes) - sizes
    rows = [
        [feature, threshold, left + root, right + root, value]
        for root, nodes in zip(roots.tolist(), planted, strict=True)
        for feature, threshold, left, right, value in nodes
    ]
    feature, threshold, left, right, value = zip(*rows, strict=True)
    kinds = {"feature": np.int32, "threshold": np.float32, "left": np.int32, "right": np.int32, "value": np.float32}
    arrays = dict(zip(kinds, (feature, threshold, left, right, value), strict=True))
    return {
        **{name: np.array(array, dtype=kinds[name]) for name, array in arrays.items()},
        "roots": roots.astype(np.int32),
        "target": np.zeros(len(planted), dtype=np.int32),
        "base": np.zeros(1),
    }


def walk(arrays: dict[str, np.ndarray], row: np.ndarray) -> list[float]:
    """What each tree says of one row, branch by branch."""
    said = []
    for place in arrays["roots"]:
        while arrays["left"][place] != place:
            side = "left" if row[arrays["feature"][place]] <= arrays["threshold"][place] else "right"
            place = arrays[side][place]
        said.append(arrays["value"][place])
    return said


@pytest.mark.parametrize("n_leaves", [1, 2, 3, 31, MOST_LEAVES])
def test_bits_lead_where_the_branches_lead(n_leaves: int) -> None:
    """All at once, and joined of features that were looked at apart."""
    random = np.random.default_rng(n_leaves)
    arrays = join([plant(random, n_leaves=n_leaves, n_features=6) for _ in range(12)])
    assert check_trees(arrays, n_targets=1)
    rows = random.normal(size=(50, 6)).astype(np.float32)
    rows[:10, 0] = arrays["threshold"][:10]  # exactly on it goes to the left
    branches, slow = Branches(arrays), np.array([walk(arrays, row) for row in rows])
    np.testing.assert_array_equal(branches.answer(rows), slow)
    apart = (
        branches.narrow(rows[:, :4]) & branches.narrow(rows[:, 4:5], first=4) & branches.narrow(rows[:, 5:], first=5)
    )
    np.testing.assert_array_equal(branches.read(apart), slow)


def test_windows_and_steps_are_answered_as_pairs_one_by_one() -> None:
    """Windows in any order, some twice: what is known of a moment belongs to its own pair."""
    rows, random = make_rows(), np.random.default_rng(3)
    asked = {name: value.take(random.integers(len(rows), size=40)) for name, value in rows.inputs.items()}
    asked["future"] = Windows(values=rows.inputs["future"].values, starts=asked["past"].starts + LENGTH, length=HORIZON)
    width = read_features(asked, np.ones(40, dtype=np.int64), n_targets=2).shape[1]
    arrays = join([plant(random, n_leaves=20, n_features=width) for _ in range(9)])
    arrays |= {"target": np.arange(9, dtype=np.int32) % 2, "base": np.array([0.5, -1.0])}
    model = GrownTrees(n_steps=HORIZON, first_step=1, n_targets=2)
    model.arrays_ = arrays
    forecast, last = model.predict(asked), asked["past"].gather()[:, -1, :2]
    for o in range(HORIZON):
        features = read_features(asked, np.full(40, o + 1), n_targets=2)
        said = np.array([walk(arrays, row) for row in features])
        for g in range(2):
            expected = last[:, g] + arrays["base"][g] + said[:, arrays["target"] == g].sum(axis=1)
            np.testing.assert_allclose(forecast[:, o, g], expected, rtol=1e-5, atol=1e-5)


def test_what_is_no_tree_is_refused() -> None:
    random = np.random.default_rng(0)
    assert not check_trees(join([plant(random, n_leaves=MOST_LEAVES + 1, n_features=3)]), n_targets=1)
    arrays = join([plant(random, n_leaves=8, n_features=3)])
    inner = np.flatnonzero(arrays["left"] != np.arange(len(arrays["left"])))
    for name, at, value in (
        ("left", inner[0], inner[0]),  # leads back to itself, and to the right
        ("left", inner[0], arrays["right"][inner[0]]),  # one node on two ways, one on none
        ("right", inner[-1], len(arrays["left"])),
        ("roots", 0, 1),
        ("target", 0, 1),
        ("value", 0, np.nan),
    ):
        broken = {key: array.copy() for key, array in arrays.items()}
        broken[name][at] = value
        assert not check_trees(broken, n_targets=1), name
