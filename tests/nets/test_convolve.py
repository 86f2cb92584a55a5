"""The convolution that loops run fast, and its gradients: the same as XLA's own."""

from __future__ import annotations

import os

import numpy as np
import pytest

os.environ["KERAS_BACKEND"] = "jax"  # before Keras is imported

import jax
from jax import lax

from seqloom.nets.convolve import convolve_padded


@pytest.mark.parametrize(
    ("width", "n_filters", "kernel_size", "stride", "dilation", "length"),
    [
        (6, 4, 3, 1, 1, 11),  # outputs are narrower, and are shifted
        (4, 6, 3, 1, 1, 11),  # inputs are
        (5, 5, 4, 1, 3, 12),
        (3, 7, 2, 2, 1, 9),
        (7, 3, 3, 3, 2, 14),
        (4, 4, 1, 1, 1, 6),  # nothing is shifted
        (6, 2, 5, 1, 1, 5),  # one output a row
        (2, 6, 3, 1, 2, 5),
    ],
)
def test_law_convolution_and_gradients_are_xlas_own(width, n_filters, kernel_size, stride, dilation, length):
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(3, length, width)).astype(np.float32)
    kernel = rng.normal(size=(kernel_size, width, n_filters)).astype(np.float32)
    n_outputs = 1 + (length - 1 - dilation * (kernel_size - 1)) // stride
    pull = rng.normal(size=(3, n_outputs, n_filters)).astype(np.float32)

    def ours(vectors, kernel):
        return convolve_padded(vectors, kernel, stride=stride, dilation=dilation)

    def of_xla(vectors, kernel):
        return lax.conv_general_dilated(
            vectors, kernel, (stride,), "VALID", rhs_dilation=(dilation,), dimension_numbers=("NWC", "WIO", "NWC")
        )

    results = []
    for convolve in (ours, of_xla):
        outputs, pull_back = jax.vjp(convolve, vectors, kernel)
        results.append((outputs, *pull_back(pull)))
    for found, expected in zip(*results, strict=True):
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
