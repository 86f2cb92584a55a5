"""Laws that every net that forecasts holds, and every loss of forecasts."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from scipy.special import huber
from sklearn.metrics import mean_absolute_error, mean_pinball_loss, mean_squared_error

from seqloom.errors import UsageError
from seqloom.flow import Windows
from seqloom.nets import ForecastSizes, build_forecaster, build_optimizer, judge_values, make_pure
from seqloom.nets.forecast import FORECASTERS
from seqloom.nets.series_defaults import FORECAST_DEFAULTS
from seqloom.targets import measure_values

L, C, H, F, G = 12, 4, 3, 2, 2

# One of each kind of layer by default, all of them in ``make test-all``.
_BY_DEFAULT = {"dense", "conv-gru"}
FAMILIES = [name if name in _BY_DEFAULT else pytest.param(name, marks=pytest.mark.slow) for name in FORECASTERS]


def make(family: str, *, seed: int = 0, levels: tuple[float, ...] | None = None, **sizes):
    given = {"n_steps": H, "n_future": F, "horizon": H, "dropout": 0.0, "units": 4, "kernel_size": 3} | sizes
    net = build_forecaster(
        family,
        ForecastSizes(context=L, n_channels=C, n_targets=G, seed=seed, n_levels=len(levels or ()), **given),
    )
    objective = judge_values("mse" if levels is None else "quantile", levels=levels)
    return make_pure(net, build_optimizer("adam", 0.02), objective=objective)


def draw_weights(made) -> list[np.ndarray]:
    """Weights that are large enough for differences to show."""
    random = np.random.default_rng(0)
    return [
        (random.normal(size=leaf.shape) / np.sqrt(np.prod(leaf.shape[:-1]))).astype(np.float32)
        for leaf in made.trainable
    ]


def draw_inputs(n: int = 8, seed: int = 1) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    shapes = {"past": (n, L, C), "future": (n, H, F)}
    return {name: random.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


@pytest.fixture(scope="module", params=FAMILIES)
def family(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def drawn(family):
    """A net with weights that show, and its answers to eight windows."""
    made = make(family)
    weights, infer = draw_weights(made), jax.jit(made.infer)
    return infer, weights, np.asarray(infer(weights, *draw_inputs().values()))


def test_law_families_have_defaults():
    assert set(FORECASTERS) == set(FORECAST_DEFAULTS)


def test_law_begins_as_the_last_value(family):
    """Of each target, at every step, whatever quantile."""
    inputs = draw_inputs()
    last = inputs["past"][:, -1:, :G]
    for levels in (None, (0.1, 0.5, 0.9)):
        made = make(family, levels=levels)
        found = np.asarray(made.infer(made.trainable, *inputs.values()))
        of_levels = () if levels is None else (3,)
        assert found.shape == (8, H, G, *of_levels)
        expected = np.broadcast_to(last if levels is None else last[..., None], found.shape)
        assert np.array_equal(found, expected)


def test_law_rows_do_not_see_each_other(drawn):
    infer, weights, found = drawn
    other = draw_inputs(seed=2)
    inputs = draw_inputs()
    mixed = {name: np.concatenate([inputs[name][:1], other[name][1:]]) for name in inputs}
    assert np.array_equal(infer(weights, *mixed.values())[0], found[0])


def test_law_all_that_is_known_is_heard(drawn):
    """Each channel of the past, and at each step the future's own row."""
    infer, weights, found = drawn
    for channel in range(C):
        inputs = draw_inputs()
        inputs["past"][:, L // 2, channel] += 1
        assert np.abs(infer(weights, *inputs.values()) - found).max() > 1e-5
    inputs = draw_inputs()
    inputs["future"][:, 1] += 1
    moved = np.abs(np.asarray(infer(weights, *inputs.values())) - found).max(axis=(0, 2)) > 1e-4
    assert moved.tolist() == [False, True, False]


def test_law_eight_examples_can_be_overfitted(family):
    made, inputs = make(family, units=16), draw_inputs()
    target = np.random.default_rng(5).normal(size=(8, H, G)).astype(np.float32)

    @jax.jit
    def step(trainable, optimizer):
        def objective(trainable):
            outputs, _, _ = made.call(trainable, made.fixed, inputs, True)
            return made.loss(target, outputs).mean()

        value, gradients = jax.jit(jax.value_and_grad(objective))(trainable)
        return *made.update(gradients, trainable, optimizer), value

    trainable, optimizer, values = made.trainable, made.optimizer, []
    for _ in range(600):
        trainable, optimizer, value = step(trainable, optimizer)
        values.append(float(value))
    assert values[-1] < 0.02 * values[0]


def test_law_gradient_is_finite_under_constant_series(family):
    made = make(family, dropout=0.5, levels=(0.1, 0.9))
    nothing = {"past": np.zeros((4, L, C), np.float32), "future": np.zeros((4, H, F), np.float32)}

    def objective(trainable):
        outputs, _, _ = made.call(trainable, made.fixed, nothing, True)
        return made.loss(np.ones((4, H, G), np.float32), outputs).mean()

    value, gradients = jax.jit(jax.value_and_grad(objective))(made.trainable)
    assert np.isfinite(value)
    assert all(np.isfinite(leaf).all() for leaf in gradients)


def test_law_weights_depend_on_the_seed_alone(family):
    first, again, other = (make(family, seed=seed).trainable for seed in (3, 3, 4))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert any(not np.array_equal(a, b) for a, b in zip(first, other, strict=True))


def test_last_step_alone_hears_its_own_future():
    """With one step, the last row of what is known in advance is the one that counts."""
    made = make("dense", n_steps=1)
    weights, inputs = draw_weights(made), draw_inputs()
    found = made.infer(weights, *inputs.values())
    assert found.shape == (8, 1, G)
    inputs["future"][:, :-1] += 1
    assert np.array_equal(made.infer(weights, *inputs.values()), found)
    inputs["future"][:, -1] += 1
    assert not np.allclose(made.infer(weights, *inputs.values()), found)


def test_nothing_known_in_advance():
    made = make("gru", n_future=0, horizon=1)
    assert made.infer(made.trainable, draw_inputs()["past"]).shape == (8, H, G)


def test_error_unknown_family():
    with pytest.raises(UsageError, match=r"family 'grv' found, one of .*gru"):
        make("grv")


# ---- losses ----

RANDOM = np.random.default_rng(7)
TARGET = RANDOM.normal(size=(6, H, G)).astype(np.float32)
VALUES = RANDOM.normal(size=(6, H, G)).astype(np.float32)
LEVELS = (0.1, 0.5, 0.8)
QUANTILES = np.sort(RANDOM.normal(size=(6, H, G, 3)).astype(np.float32), axis=-1)


@pytest.mark.parametrize(("loss", "oracle"), [
    ("mae", mean_absolute_error),
    ("mse", mean_squared_error),
    ("huber", lambda target, values: huber(1.0, target - values).mean()),
])  # fmt: skip
def test_law_loss_of_a_row_is_the_oracles(loss, oracle):
    made = judge_values(loss)
    expected = [oracle(target.ravel(), values.ravel()) for target, values in zip(TARGET, VALUES, strict=True)]
    np.testing.assert_allclose(made.loss(TARGET, VALUES), expected, rtol=1e-5)
    errors = [
        mean_absolute_error(target.ravel(), values.ravel()) for target, values in zip(TARGET, VALUES, strict=True)
    ]
    np.testing.assert_allclose(made.judge(TARGET, VALUES), errors, rtol=1e-5)
    assert made.told == "mae"


def test_law_quantile_loss_is_twice_scikit_learns():
    made = judge_values("quantile", levels=LEVELS)
    expected = [
        2 * np.mean([mean_pinball_loss(target.ravel(), found[..., q].ravel(), alpha=a) for q, a in enumerate(LEVELS)])
        for target, found in zip(TARGET, QUANTILES, strict=True)
    ]
    np.testing.assert_allclose(made.loss(TARGET, QUANTILES), expected, rtol=1e-5)
    np.testing.assert_allclose(
        made.judge(TARGET, QUANTILES), np.abs(TARGET - QUANTILES[..., 1]).mean(axis=(1, 2)), rtol=1e-5
    )


def test_quantiles_do_not_cross():
    mixed = QUANTILES[..., ::-1]
    assert np.array_equal(judge_values("quantile", levels=LEVELS).answer(mixed), QUANTILES)


@pytest.mark.parametrize("loss", ["mae", "mse", "huber", "quantile"])
def test_law_measured_is_what_is_trained_for(loss):
    """On the host and on the device, with weights."""
    levels = LEVELS if loss == "quantile" else None
    answers, weight = QUANTILES if levels else VALUES, np.array([0, 1, 2, 0.5, 1, 3])
    made = judge_values(loss, levels=levels)
    windows = Windows(values=TARGET.reshape(-1, G), starts=np.arange(6) * H, length=H)
    found = measure_values(answers, windows, loss=loss, levels=levels, weight=weight)
    assert found == {
        "loss": pytest.approx(np.average(made.loss(TARGET, answers), weights=weight), rel=1e-5),
        "mae": pytest.approx(np.average(made.judge(TARGET, answers), weights=weight), rel=1e-5),
    }


@pytest.mark.parametrize(
    ("loss", "levels"),
    [
        ("rmse", None),
        ("quantile", None),
        ("mae", (0.5,)),
        ("quantile", ()),
        ("quantile", (0.5, 0.1)),
        ("quantile", (0.0,)),
    ],
)
def test_error_loss(loss, levels):
    with pytest.raises(UsageError, match=r"found, .* expected"):
        judge_values(loss, levels=levels)
