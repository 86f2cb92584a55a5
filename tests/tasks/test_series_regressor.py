"""A number for each whole series: learned where there is one to learn, saved bit for bit, refused where it is none."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score

import seqloom as library
from seqloom.baselines.ridge import ALPHAS, fit_planes
from seqloom.errors import ArtifactError, DataError, NotFitted, UsageError
from seqloom.json_files import read_json, write_json
from seqloom.scores.regression import regression_scores, share_explained
from seqloom.tasks.series_regressor import SeriesRegressor
from tests.learner.fresh import run_fresh

NET = {"epochs": 2, "units": 4}
FAMILIES = {"mean": {}, "rocket": {}, "conv": NET}

ASK = """
    import sys
    import numpy as np
    import seqloom

    waves = np.load(sys.argv[2])
    print(seqloom.load(sys.argv[1]).predict(waves).tobytes().hex())
    assert "keras" not in sys.modules and "sklearn" not in sys.modules
"""


def draw(n: int, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Noisy waves ``[n, 40, 1]`` that begin anywhere, and 100 times their pace."""
    random = np.random.default_rng(seed)
    pace = random.uniform(0.2, 1.0, size=n)
    waves = np.sin(np.arange(40) * pace[:, None] + random.uniform(0, 6, size=(n, 1)))
    return (waves + 0.2 * random.normal(size=waves.shape))[:, :, None], 100 * pace


@pytest.fixture(scope="module", params=FAMILIES)
def fitted(request) -> SeriesRegressor:
    return SeriesRegressor(request.param, **FAMILIES[request.param]).fit(*draw(80))


def test_the_pace_of_a_wave_is_learned_and_the_mean_is_no_rival():
    x, y = draw(60, seed=1)
    rocket, mean = (SeriesRegressor(family).fit(*draw(150)) for family in ("rocket", "mean"))
    assert rocket.score(x, y) > 0.9
    assert mean.score(x, y) == pytest.approx(0, abs=0.05)
    assert rocket.score(x, y) == pytest.approx(r2_score(y, rocket.predict(x)))


def test_a_net_learns_it_too():
    x, y = draw(60, seed=1)
    assert SeriesRegressor("conv", learning_rate=0.01, epochs=40).fit(*draw(150)).score(x, y) > 0.5


def test_law_a_loaded_regressor_is_the_saved_one(fitted, tmp_path):
    """In this process, in a new one without Keras, and by what ``seqloom.load`` gives."""
    x, _ = draw(20, seed=2)
    expected = fitted.predict(x)
    fitted.save(tmp_path / "model")
    for loaded in (SeriesRegressor.load(tmp_path / "model"), library.load(tmp_path / "model"), fitted.to_predictor()):
        np.testing.assert_array_equal(loaded.predict(x), expected)
    np.save(tmp_path / "waves.npy", x)
    assert run_fresh(ASK, tmp_path / "model", tmp_path / "waves.npy").strip() == expected.tobytes().hex()
    SeriesRegressor.load(tmp_path / "model").save(tmp_path / "again")
    for path in (tmp_path / "model").iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes(), path.name


@pytest.mark.parametrize("family", ["mean", "rocket"])
def test_law_numbers_moved_and_stretched_move_and_stretch_the_answers(family):
    (x, y), (asked, _) = draw(60), draw(10, seed=3)
    plain, moved = (SeriesRegressor(family).fit(x, target).predict(asked) for target in (y, 1_000 + 20 * y))
    np.testing.assert_allclose(moved, 1_000 + 20 * plain, rtol=1e-4)


@pytest.mark.parametrize("changed", [{"target_scale": 0.0}, {"target_mean": "far"}, {"n_classes": 2}, {"kind": "own"}])
def test_a_card_that_does_not_fit_is_refused(changed, tmp_path):
    SeriesRegressor().fit(*draw(40)).save(tmp_path / "model")
    card = read_json(tmp_path / "model" / "card.json")
    card["model"] |= changed
    write_json(tmp_path / "model" / "card.json", card)
    for load in (SeriesRegressor.load, library.load):
        with pytest.raises(ArtifactError):
            load(tmp_path / "model")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda x, y: (x, np.full(len(y), 3.0)), "3 as the target of all .* training rows found"),
        (lambda x, y: (x, [*y[:-1], np.nan]), "row 39: nan found as its target"),
        (lambda x, y: (x, ["warm"] * len(y)), "targets that are no numbers found"),
        (lambda x, y: (x, y[:, None]), "targets of 40 x 1 found"),
        (lambda x, y: (x[:-1], y), "39"),
        (lambda x, y: (x[:1], y[:1]), "too few to hold"),
    ],
)
def test_what_cannot_be_learned_from_is_refused(spoil, told):
    with pytest.raises(DataError, match=told):
        SeriesRegressor().fit(*spoil(*draw(40)))


def test_what_cannot_be_meant_is_refused():
    for options, told in (({"family": "prophet"}, "one of mean"), ({"loss": "hinge"}, "one of mse")):
        with pytest.raises(UsageError, match=told):
            SeriesRegressor(**options).fit(*draw(40))
    model = SeriesRegressor("conv", **NET)
    with pytest.raises(NotFitted):
        model.predict(draw(2)[0])
    assert clone(model).get_params() == model.get_params()
    with pytest.raises(DataError, match="2 channels found, 1 expected"):
        SeriesRegressor().fit(*draw(40)).predict(np.zeros((3, 40, 2)))


def test_planes_are_scikit_learns_ridge_of_features_at_one_scale():
    random = np.random.default_rng(0)
    features, wanted = random.normal(size=(50, 7)) * np.arange(1, 8), random.normal(size=(50, 1))
    weight = random.uniform(0.5, 2, size=50)
    found = fit_planes(features, wanted, weight=weight)
    mean = np.average(features, axis=0, weights=weight)
    scale = np.sqrt(np.average((features - mean) ** 2, axis=0, weights=weight))

    def left_out(alpha: float) -> np.ndarray:
        errors = []
        for row in range(50):
            kept = np.delete(np.arange(50), row)
            ridge = Ridge(alpha=alpha).fit((features / scale)[kept], wanted[kept], sample_weight=weight[kept])
            errors.append(wanted[row] - ridge.predict((features / scale)[[row]])[0])
        return float((weight[:, None] * np.array(errors) ** 2).sum() / weight.sum())

    assert found.alpha == min(ALPHAS, key=left_out)
    ridge = Ridge(alpha=found.alpha).fit(features / scale, wanted, sample_weight=weight)
    answers = (features @ found.coef.T + found.intercept).ravel()
    np.testing.assert_allclose(answers, ridge.predict(features / scale).ravel(), rtol=1e-6)


def test_intervals_of_scores_hold_the_true_error():
    """Of 200 draws of 100 rows whose errors have deviation 1: the mean absolute error is the root of 2 over pi."""
    held = 0
    for seed in range(200):
        random = np.random.default_rng(seed)
        truth = random.normal(size=100)
        mae = regression_scores(truth, truth + random.normal(size=100), who="test")[0]
        held += mae.low <= np.sqrt(2 / np.pi) <= mae.high
    assert 0.88 <= held / 200 <= 0.99
    assert share_explained(truth, truth) == 1
    assert share_explained(np.ones(3), np.ones(3)) == 0
