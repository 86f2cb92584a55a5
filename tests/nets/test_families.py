"""Laws that every family of nets holds. The table of families is the package's own: a new one is held too."""

from __future__ import annotations

import os

import jax
import numpy as np
import pytest

os.environ["KERAS_BACKEND"] = "jax"  # before Keras is imported

import keras

from seqloom.errors import UsageError
from seqloom.nets import NetSizes, build_net, build_optimizer, make_pure
from seqloom.nets.defaults import NET_DEFAULTS
from seqloom.nets.families import FAMILIES
from seqloom.nets.optimise import OPTIMIZERS
from seqloom.nets.pool import MaskedMean
from tests.families import NETS

T = 8
N_IDS = 20


def make_net(family: str, *, n_outputs: int = 1, seed: int = 0, dropout: float = 0.0):
    sizes = NetSizes(n_ids=N_IDS, n_outputs=n_outputs, width=4, length=T, dropout=dropout, seed=seed)
    return build_net(family, sizes)


def make_pure_net(family: str, **options):
    return make_pure(make_net(family, **options), build_optimizer("adam", 0.05))


def draw_weights(made) -> list[np.ndarray]:
    """Weights that are large enough for differences to show, and small enough for probabilities between 0 and 1."""
    random = np.random.default_rng(0)
    fan_in = [
        1 if "embed" in name else np.prod(leaf.shape[:-1])
        for name, leaf in zip(made.names, made.trainable, strict=True)
    ]
    drawn = [random.normal(size=leaf.shape) / np.sqrt(n) for n, leaf in zip(fan_in, made.trainable, strict=True)]
    return [weights.astype(np.float32) for weights in drawn]


@pytest.fixture(scope="module", params=NETS)
def family(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def pure(family):
    """A net of three classes with weights large enough for differences to show."""
    made = make_pure_net(family, n_outputs=3)
    return made, jax.jit(made.infer), draw_weights(made)


@pytest.fixture(scope="module")
def pure_beside(family):
    """The same with two columns beside the ids."""
    sizes = NetSizes(n_ids=N_IDS, n_outputs=3, width=4, length=T, dropout=0.5, seed=0, n_beside=2)
    return make_pure(build_net(family, sizes), build_optimizer("adam", 0.05))


@pytest.fixture(scope="module")
def ids():
    return np.random.default_rng(1).integers(1, N_IDS, (16, T)).astype(np.int32)


def test_law_families_have_defaults():
    assert set(FAMILIES) == set(NET_DEFAULTS)


def test_law_padding_is_inert(family, pure, ids):
    """Except in families of fixed length, where padding is a place as any other: there it must show."""
    _, infer, weights = pure
    if NET_DEFAULTS[family].is_fixed:
        cut = ids.copy()
        cut[:, :3] = 0
        assert np.abs(infer(weights, cut) - infer(weights, ids)).max() > 1e-3
        return
    expected = infer(weights, ids)
    for n_padding in (1, 24):
        padded = np.concatenate([ids, np.zeros((16, n_padding), np.int32)], axis=1)
        np.testing.assert_allclose(infer(weights, padded), expected, rtol=0, atol=1e-6)
    assert np.abs(expected - expected[:1]).max() > 1e-3  # it does look at the ids


def test_law_row_order_is_irrelevant(pure, ids):
    _, infer, weights = pure
    order = np.random.default_rng(2).permutation(16)
    assert np.array_equal(infer(weights, ids[order]), np.asarray(infer(weights, ids))[order])


def test_law_rows_do_not_see_each_other(pure, ids):
    _, infer, weights = pure
    other = ids.copy()
    other[1:] = ids[:-1]
    assert np.array_equal(infer(weights, other)[0], infer(weights, ids)[0])


def test_law_alone_as_in_a_batch(pure, ids):
    """The same label, though another shape is another program, and may round otherwise."""
    _, infer, weights = pure
    whole = np.asarray(infer(weights, ids))
    alone = np.concatenate([infer(weights, row[None]) for row in ids])
    np.testing.assert_allclose(alone, whole, rtol=1e-4, atol=1e-6)
    assert alone.argmax(axis=1).tolist() == whole.argmax(axis=1).tolist()


def test_law_outputs_are_probabilities(pure, ids):
    _, infer, weights = pure
    found = np.asarray(infer(weights, ids))
    assert found.shape == (16, 3)
    assert found.min() >= 0
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-6)


def test_law_gradient_is_finite_under_full_mask(family):
    made = make_pure_net(family, dropout=0.5)
    nothing = {"ids": np.zeros((4, T), np.int32)}
    target = np.array([0, 1, 0, 1], np.int32)

    def objective(trainable):
        outputs, _, _ = made.call(trainable, made.fixed, nothing, True)
        return made.loss(target, outputs).mean()

    value, gradients = jax.jit(jax.value_and_grad(objective))(made.trainable)
    assert np.isfinite(value)
    assert all(np.isfinite(leaf).all() for leaf in gradients)
    bias = next(g for g, name in zip(gradients, made.names, strict=True) if name == "logits/bias")
    assert bias.shape == (1,)


def test_law_eight_examples_can_be_overfitted(family):
    n_outputs = 1 if len(family) % 2 else 4  # either loss, on half of the families: compiling takes seconds
    made = make_pure_net(family, n_outputs=n_outputs)
    ids = {"ids": np.random.default_rng(5).integers(1, N_IDS, (8, T)).astype(np.int32)}
    target = (np.arange(8) % max(n_outputs, 2)).astype(np.int32)

    @jax.jit
    def step(trainable, optimizer):
        def objective(trainable):
            outputs, _, _ = made.call(trainable, made.fixed, ids, True)
            return made.loss(target, outputs).mean(), made.judge(target, outputs).mean()

        gradients, share = jax.grad(objective, has_aux=True)(trainable)
        return *made.update(gradients, trainable, optimizer), share

    trainable, optimizer = made.trainable, made.optimizer
    for _ in range(300):
        trainable, optimizer, share = step(trainable, optimizer)
    assert share == 1.0
    predicted = np.asarray(jax.jit(made.infer)(trainable, ids["ids"])).argmax(axis=1)
    assert predicted.tolist() == target.tolist()


def test_law_weights_depend_on_the_seed_alone(family):
    first = make_pure_net(family, seed=3).trainable
    keras.utils.set_random_seed(99)  # the process's own state plays no part
    make_net(family, seed=4)
    again, other = make_pure_net(family, seed=3).trainable, make_pure_net(family, seed=4).trainable
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert any(not np.array_equal(a, b) for a, b in zip(first, other, strict=True))


def test_law_dropout_depends_on_the_seed_alone(family):
    ids = {"ids": np.ones((8, T), np.int32)}
    outputs = {}
    for seed in (3, 3, 4):
        made = make_pure_net(family, seed=seed, dropout=0.5)
        found, _, _ = jax.jit(made.call, static_argnums=3)(draw_weights(made), made.fixed, ids, True)
        assert np.array_equal(outputs.setdefault(seed, found), found)
    assert not np.array_equal(outputs[3], outputs[4])


def test_law_names_are_our_own(family):
    """Unique, and the same however many nets this process has built: Keras counts its own up."""
    first, second = make_pure_net(family), make_pure_net(family)
    assert first.names == second.names
    assert len(set(first.names)) == len(first.names) == len(first.trainable)
    assert all("/" in name for name in first.names)


def test_law_sizes_are_heard(family):
    shapes = {leaf.shape for leaf in make_pure_net(family, n_outputs=5).trainable}
    assert (N_IDS, 4) in shapes
    assert (5,) in shapes


def test_error_unknown_family():
    with pytest.raises(UsageError, match=r"family 'lstn' found, one of .*bag"):
        make_net("lstn")


def test_law_columns_add_to_the_logits(pure_beside, pure, ids):
    """At first nothing, so the net begins as without them; then a kernel of their own, in training undropped."""
    _, infer, _ = pure
    beside, columns = pure_beside, np.random.default_rng(1).normal(size=(len(ids), 2)).astype(np.float32)
    rest = [i for i, name in enumerate(beside.names) if not name.startswith("column")]
    weights = [weight.copy() for weight in beside.trainable]
    expected = infer([weights[i] for i in rest], ids)
    infer, call = jax.jit(beside.infer), jax.jit(beside.call, static_argnums=3)
    np.testing.assert_allclose(infer(weights, ids, columns), expected, rtol=1e-5)
    (place,) = set(range(len(weights))) - set(rest)
    weights[place] = np.random.default_rng(2).normal(size=(2, 3)).astype(np.float32)
    logits, _, _ = call(weights, beside.fixed, {"ids": ids, "columns": columns}, False)
    of_text, _, _ = call(weights, beside.fixed, {"ids": ids, "columns": np.zeros_like(columns)}, False)
    np.testing.assert_allclose(logits - of_text, 3 * columns @ weights[place], rtol=1e-4, atol=1e-5)
    trained, _, _ = call(weights, beside.fixed, {"ids": ids, "columns": columns}, True)
    of_text, _, _ = call(weights, beside.fixed, {"ids": ids, "columns": np.zeros_like(columns)}, True)
    np.testing.assert_allclose(trained - of_text, 3 * columns @ weights[place], rtol=1e-4, atol=1e-5)


def test_law_judge_agrees_with_infer(family, ids):
    """What training counts as right is what the answer says."""
    for n_outputs in (1, 3):
        made = make_pure_net(family, n_outputs=n_outputs)
        weights = draw_weights(made)
        target = (np.arange(16) % max(n_outputs, 2)).astype(np.int32)
        outputs, _, _ = jax.jit(made.call, static_argnums=3)(weights, made.fixed, {"ids": ids}, False)
        predicted = np.asarray(jax.jit(made.infer)(weights, ids)).argmax(axis=1)
        assert np.array_equal(made.judge(target, outputs) > 0, predicted == target)


@pytest.mark.parametrize("n_outputs", [1, 3])
def test_law_loss_is_minus_log_probability(n_outputs, ids):
    made = make_pure_net("bag", n_outputs=n_outputs)
    weights = draw_weights(made)
    target = (np.arange(16) % max(n_outputs, 2)).astype(np.int32)
    outputs, _, _ = made.call(weights, made.fixed, {"ids": ids}, False)
    right = np.asarray(made.infer(weights, ids))[np.arange(16), target]
    np.testing.assert_allclose(made.loss(target, outputs), -np.log(right), rtol=1e-4, atol=1e-5)


def test_law_masked_mean_is_the_mean_of_the_rest():
    random = np.random.default_rng(0)
    vectors = random.normal(size=(3, 5, 2)).astype(np.float32)  # [B, T, D]
    mask = np.array([[1, 1, 0, 0, 0], [0, 1, 0, 1, 1], [0, 0, 0, 0, 0]], bool)
    found = np.asarray(MaskedMean()(vectors, mask))
    for row in range(2):
        np.testing.assert_allclose(found[row], vectors[row][mask[row]].mean(axis=0), rtol=1e-6)
    assert not found[2].any()


def test_law_making_pure_leaves_keras_as_it_is(ids):
    net = make_net("bag")
    before = [np.array(variable.value) for variable in net.trainable_variables]
    made = make_pure(net, build_optimizer("adam", None))
    made.update([np.ones_like(leaf) for leaf in made.trainable], made.trainable, made.optimizer)
    assert all(np.array_equal(a, v.value) for a, v in zip(before, net.trainable_variables, strict=True))


@pytest.mark.parametrize("name", [*OPTIMIZERS, "Adam", "SGD"])
def test_optimizers_by_name(name):
    made = build_optimizer(name, 0.25)
    assert type(made).__name__.lower() == name.lower()
    assert float(made.learning_rate) == 0.25
    assert float(build_optimizer(name, None).learning_rate) == float(type(made)().learning_rate)


@pytest.mark.parametrize(("name", "rate"), [("adaam", None), ("adam", 0.0), ("adam", -1.0), ("adam", float("nan"))])
def test_error_optimizer(name, rate):
    with pytest.raises(UsageError, match=r"found, .* expected"):
        build_optimizer(name, rate)
