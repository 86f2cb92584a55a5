"""Trees kept as arrays answer as scikit-learn's own do, and are chosen, grown again and saved as any model."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor

from seqloom.baselines import trees
from seqloom.baselines.branches import GrownTrees, walk_trees
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
    said = arrays["base"][0] + walk_trees(features, arrays).sum(axis=1, dtype=np.float64)
    np.testing.assert_allclose(said, grown.predict(features), atol=1e-5)
    stages = arrays["base"][0] + walk_trees(features, arrays).cumsum(axis=1, dtype=np.float64)
    np.testing.assert_allclose(stages, np.stack(list(grown.staged_predict(features)), axis=1), atol=1e-5)


def test_walk_first_trees_of_two_targets() -> None:
    features, grown = grow(0)
    _, other = grow(1)
    arrays = export_trees([grown, other], n_trees=4)
    assert arrays["target"].tolist() == [0] * 4 + [1] * 4
    said = walk_trees(features, arrays)
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
