"""Laws that every net for whole series holds."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from seqloom.errors import UsageError
from seqloom.nets import SeriesSizes, build_optimizer, build_series_net, make_pure
from seqloom.nets.series import SERIES_FAMILIES
from seqloom.nets.series_defaults import SERIES_DEFAULTS

T, C = 11, 2

# One of each kind of layer by default, all of them in ``make test-all``.
_BY_DEFAULT = {"resnet", "conv-lstm"}
FAMILIES = [name if name in _BY_DEFAULT else pytest.param(name, marks=pytest.mark.slow) for name in SERIES_FAMILIES]


def make(family: str, *, n_outputs: int = 3, dropout: float = 0.0, units: int = 4, seed: int = 0):
    sizes = SeriesSizes(
        n_channels=C, n_outputs=n_outputs, dropout=dropout, units=units, kernel_size=3, layers=1, seed=seed
    )
    return make_pure(build_series_net(family, sizes), build_optimizer("adam", 0.02))


def draw(n: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Series of different lengths, zeros behind them, and what is real."""
    random = np.random.default_rng(0)
    mask = np.arange(T) < random.integers(3, T + 1, n)[:, None]
    return random.normal(size=(n, T, C)).astype(np.float32) * mask[..., None], mask


def draw_weights(made) -> list[np.ndarray]:
    random = np.random.default_rng(0)
    return [
        (random.normal(size=leaf.shape) / np.sqrt(np.prod(leaf.shape[:-1]))).astype(np.float32)
        for leaf in made.trainable
    ]


@pytest.fixture(scope="module", params=FAMILIES)
def family(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def drawn(family):
    """A net with weights that show."""
    made = make(family)
    return jax.jit(made.infer), draw_weights(made)


def test_law_families_have_defaults():
    assert set(SERIES_FAMILIES) == set(SERIES_DEFAULTS)


def test_law_padding_is_inert(drawn):
    infer, weights = drawn
    steps, mask = draw()
    expected = np.asarray(infer(weights, steps, mask))
    assert expected.shape == (8, 3)
    np.testing.assert_allclose(expected.sum(axis=1), 1, rtol=1e-5)
    assert np.abs(expected - expected[:1]).max() > 1e-3  # it does look at the series
    for n_padding in (1, 13):
        widths = ((0, 0), (0, n_padding))
        found = infer(weights, np.pad(steps, (*widths, (0, 0))), np.pad(mask, widths))
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)


def test_law_rows_do_not_see_each_other(drawn):
    infer, weights = drawn
    steps, mask = draw()
    other = steps.copy()
    other[1:] = other[1:][::-1]
    assert np.array_equal(infer(weights, other, mask)[0], infer(weights, steps, mask)[0])


def test_law_gradient_is_finite_under_full_mask(family):
    made = make(family, dropout=0.5)
    nothing = {"steps": np.zeros((4, T, C), np.float32), "mask": np.zeros((4, T), bool)}

    def objective(trainable):
        outputs, _, _ = made.call(trainable, made.fixed, nothing, True)
        return made.loss(np.array([0, 1, 2, 0], np.int32), outputs).mean()

    value, gradients = jax.jit(jax.value_and_grad(objective))(made.trainable)
    assert np.isfinite(value)
    assert all(np.isfinite(leaf).all() for leaf in gradients)


def test_law_eight_examples_can_be_overfitted(family):
    made, (steps, mask) = make(family, units=16), draw()
    target = (np.arange(8) % 3).astype(np.int32)

    @jax.jit
    def step(trainable, optimizer):
        def objective(trainable):
            outputs, _, _ = made.call(trainable, made.fixed, {"steps": steps, "mask": mask}, True)
            return made.loss(target, outputs).mean(), made.judge(target, outputs).mean()

        gradients, share = jax.grad(objective, has_aux=True)(trainable)
        return *made.update(gradients, trainable, optimizer), share

    trainable, optimizer = made.trainable, made.optimizer
    for _ in range(400):
        trainable, optimizer, share = step(trainable, optimizer)
    assert share == 1.0


def test_error_unknown_family():
    with pytest.raises(UsageError, match=r"family 'rocket' found, one of .*resnet"):
        make("rocket")
