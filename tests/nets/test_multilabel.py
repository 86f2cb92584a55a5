"""Loss and answers of a net with several labels at once, held to Keras's own."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from seqloom.nets import NetSizes, build_net, judge_classes, make_pure
from seqloom.nets.optimise import build_optimizer


@pytest.fixture(scope="module", params=[2, 4])
def rows(request) -> tuple[np.ndarray, np.ndarray]:
    """Targets and logits, ``[8, K]``."""
    random = np.random.default_rng(0)
    shape = (8, request.param)
    return (random.random(shape) < 0.5).astype(np.uint8), random.normal(size=shape).astype(np.float32)


def make(n_outputs: int, **options):
    net = build_net("bag", NetSizes(n_ids=10, n_outputs=n_outputs, width=4, length=5, dropout=0.0, seed=0))
    return net, make_pure(
        net, build_optimizer("sgd", None), objective=judge_classes(n_outputs, multilabel=True, **options)
    )


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_law_loss_is_keras_binary_crossentropy(rows, smoothing):
    target, logits = rows
    _, pure = make(logits.shape[1], label_smoothing=smoothing)
    oracle = keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=smoothing, reduction="none")
    expected = oracle(target.astype(np.float32), logits)
    np.testing.assert_allclose(pure.loss(target, logits), expected, rtol=1e-5)


def test_law_a_hit_has_all_labels_right(rows):
    target, logits = rows
    target[0] = logits[0] > 0
    _, pure = make(logits.shape[1])
    assert np.array_equal(pure.judge(target, logits), ((logits > 0) == target).all(axis=1))
    assert pure.judge(target, logits)[0] == 1


def test_law_answers_are_the_sigmoid_of_each_output(rows):
    net, pure = make(rows[1].shape[1])
    ids = np.array([[2, 3, 0, 0, 0], [4, 5, 6, 2, 1]], dtype=np.int32)
    found = np.asarray(pure.infer([weight.value for weight in net.weights], ids))
    np.testing.assert_allclose(found, keras.ops.sigmoid(net(ids)), rtol=1e-6)
