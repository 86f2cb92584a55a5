"""Random convolutions against a loop over everything, and the ridge behind them against scikit-learn's."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.special import log_softmax
from sklearn.linear_model import Ridge, RidgeClassifierCV

from seqloom.baselines.kernels import Kernels, check_kernels, spread_dilations
from seqloom.baselines.ridge import ALPHAS, solve_ridge
from seqloom.baselines.rocket import RocketModel
from seqloom.baselines.sharpness import fit_sharpness
from seqloom.flow import Encoded, Plan, Ragged


def make_steps(lengths, n_channels: int = 2, *, seed: int = 0) -> Ragged:
    values = np.random.default_rng(seed).normal(size=(sum(lengths), n_channels)).astype(np.float32)
    return Ragged(values=values, offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))


def slow_share(row, kernels: Kernels, *, reading: int, place: int, kernel: int, threshold: float) -> float:
    """What one kernel makes of one series: place by place, weight by weight."""
    series = np.diff(row, axis=0, prepend=row[:1]) if reading == 1 else row
    three = list(combinations(range(9), 3))[kernel]
    weights = [(3 if k in three else 0) - (0 if reading == 2 else 1) for k in range(9)]
    dilation, signs, length = int(kernels.dilations[place]), kernels.signs[reading, place, kernel], len(row)
    reach = 4 * dilation
    is_within = (kernel + place) % 2 == 1 and length > 2 * reach
    above = []
    for t in range(reach, length - reach) if is_within else range(length):
        total = 0.0
        for k, weight in enumerate(weights):
            at = t + (k - 4) * dilation
            if 0 <= at < length:
                total += weight * float(signs @ series[at].astype(np.float64))
        above.append(total > threshold)
    return float(np.mean(above))


def test_features_are_those_of_the_slow_loop():
    steps = make_steps([40, 3, 17, 1, 29])
    kernels = Kernels.draw(steps, n_features=252 * 5, seed=3)
    features = kernels.transform(steps)
    first, slow = 0, np.empty_like(features)
    for reading, place in np.ndindex(kernels.signs.shape[:2]):
        n = int(kernels.n_thresholds[place])
        for kernel in range(84):
            for j in range(n):
                at = first + kernel * n + j
                for i in range(len(steps)):
                    slow[i, at] = slow_share(
                        steps.row(i),
                        kernels,
                        reading=reading,
                        place=place,
                        kernel=kernel,
                        threshold=float(kernels.thresholds[at]),
                    )
        first += 84 * n
    assert first == features.shape[1] == 252 * 5
    # a sum that equals its threshold but for its last bit may fall on either side: one place of a series
    differs = np.abs(features - slow) > 1e-6
    assert differs.mean() < 1e-3


def test_rows_do_not_depend_on_those_beside_them():
    steps = make_steps([5, 40, 12, 7, 33, 9])
    kernels = Kernels.draw(steps, n_features=1_000, seed=0)
    together = kernels.transform(steps)
    alone = np.concatenate([kernels.transform(steps.take(np.array([i]))) for i in range(len(steps))])
    # products of matrices of another size may differ in their last bit
    assert (np.abs(together - alone) > 1e-6).mean() < 1e-3


@pytest.mark.parametrize(("length", "per_kernel"), [(1, 3), (9, 39), (150, 39), (1_000, 119), (24, 1)])
def test_dilations_fit_and_every_threshold_is_dealt_out(length, per_kernel):
    dilations, counts = spread_dilations(length, per_kernel)
    assert counts.sum() == per_kernel
    assert counts.min() >= 1
    assert dilations[0] == 1
    assert dilations[-1] == 1 or 8 * dilations[-1] <= length - 1


def make_features(n: int = 60, *, n_classes: int = 3, seed: int = 0):
    rng = np.random.default_rng(seed)
    target = rng.integers(n_classes, size=n)
    features = rng.normal(size=(n, 100)) * rng.uniform(0.1, 5, 100) + 3
    features[:, :5] += target[:, None]
    features[:, 50] = 7.0
    return features.astype(np.float32), target


@pytest.mark.parametrize("n", [60, 300])
def test_the_ridge_is_scikit_learns(n):
    features, target = make_features(n)
    solution = solve_ridge(features, target, n_classes=3)
    deviation = features.std(axis=0, dtype=np.float64)
    scaled = np.where(
        deviation > 1e-6, (features - features.mean(axis=0, dtype=np.float64)) / np.maximum(deviation, 1e-6), 0
    )
    theirs = RidgeClassifierCV(alphas=ALPHAS).fit(scaled, target)
    assert solution.alpha == theirs.alpha_
    margins = features @ solution.coef.T + solution.intercept
    np.testing.assert_allclose(margins, theirs.decision_function(scaled), atol=1e-6)
    assert not solution.coef[:, 50].any()


def test_rows_are_left_out_as_if_each_were_fitted_without():
    features, target = make_features(30)
    weight = np.random.default_rng(1).uniform(0.5, 2, 30)
    solution = solve_ridge(features, target, n_classes=3, weight=weight)
    mean = np.average(features, axis=0, weights=weight)
    deviation = np.sqrt(np.average((features - mean) ** 2, axis=0, weights=weight))
    scaled = (features - mean) / np.where(deviation > 1e-6, deviation, np.inf)
    wanted = np.where(target[:, None] == np.arange(3), 1.0, -1.0)
    for i in range(30):
        rest = np.arange(30) != i
        model = Ridge(alpha=solution.alpha).fit(scaled[rest], wanted[rest], sample_weight=weight[rest])
        np.testing.assert_allclose(solution.left_out[i], model.predict(scaled[[i]])[0], atol=1e-6)


def test_a_row_of_no_weight_is_no_row():
    features, target = make_features(20)
    weight, kept = np.ones(20), np.arange(20) != 5
    weight[5] = 0
    with_it, without = (
        solve_ridge(features, target, n_classes=3, weight=weight),
        solve_ridge(features[kept], target[kept], n_classes=3),
    )
    assert (with_it.alpha, with_it.sharpness) == (without.alpha, without.sharpness)
    np.testing.assert_allclose(with_it.coef, without.coef)


def test_sharpness_is_the_likeliest():
    rng = np.random.default_rng(0)
    target = rng.integers(3, size=400)
    margins = 0.4 * rng.normal(size=(400, 3)) + 0.5 * (target[:, None] == np.arange(3))
    found = fit_sharpness(margins, target)

    def loss(sharpness):
        return -log_softmax(sharpness * margins, axis=1)[np.arange(400), target].mean()

    assert loss(found) < min(loss(s) for s in np.geomspace(0.1, 50, 40)) + 1e-3


def test_a_small_set_that_is_all_right_makes_nobody_sure():
    margins = np.where(np.eye(2)[np.tile([0, 1], 5)] > 0, 1.0, -1.0)
    sharpness = fit_sharpness(margins, np.tile([0, 1], 5))
    assert 0.8 < 1 / (1 + np.exp(-2 * sharpness)) < 0.95


def make_classes(n: int = 60, *, seed: int = 0) -> tuple[Ragged, np.ndarray]:
    """Slow and fast waves of unequal length, at any phase, in noise."""
    rng = np.random.default_rng(seed)
    target = np.arange(n) % 2
    rows = [
        np.sin(np.arange(length) * (0.3 if k else 0.7) + rng.uniform(0, 6)) + 0.3 * rng.normal(size=length)
        for k, length in zip(target, rng.integers(30, 60, n), strict=True)
    ]
    lengths = [len(row) for row in rows]
    values = np.concatenate(rows)[:, None].astype(np.float32)
    return Ragged(values=values, offsets=np.concatenate([[0], np.cumsum(lengths)])), target.astype(np.int32)


def test_it_tells_slow_waves_from_fast_ones_and_says_how_sure():
    (steps, target), (asked, truth) = make_classes(), make_classes(80, seed=1)
    model = RocketModel(2, n_features=1_000)
    (record,) = model.fit(
        Encoded(inputs={"steps": steps}, target=target), Encoded(inputs={"steps": asked}, target=truth), plan=Plan()
    )
    assert record.valid["accuracy"] >= 0.97
    probability = model.predict({"steps": asked})
    np.testing.assert_allclose(probability.sum(axis=1), 1, atol=1e-5)
    again = RocketModel.from_state(*model.state())
    assert np.array_equal(again.predict({"steps": asked}), probability)
    assert check_kernels(model.state()[1], n_channels=1, n_classes=2)
    assert not check_kernels(model.state()[1], n_channels=2, n_classes=2)


def test_a_level_alone_tells_classes_apart():
    rng = np.random.default_rng(0)
    target = (np.arange(40) % 2).astype(np.int32)
    values = (rng.normal(size=(40, 20)) + 2 * target[:, None]).reshape(-1, 1).astype(np.float32)
    steps = Ragged(values=values - values.mean(), offsets=np.arange(41) * 20)
    rows = Encoded(inputs={"steps": steps.take(np.arange(20))}, target=target[:20])
    held = Encoded(inputs={"steps": steps.take(np.arange(20, 40))}, target=target[20:])
    (record,) = RocketModel(2, n_features=1_000).fit(rows, held, plan=Plan())
    assert record.valid["accuracy"] == 1.0
