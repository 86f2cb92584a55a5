"""How many devices there are, how many a net takes, and what its work comes to."""

from __future__ import annotations

import os
import subprocess
import sys

import jax
import keras
import numpy as np
import pytest

from seqloom.engine import choose_n_devices, count_step_work
from seqloom.engine.work import count_work
from seqloom.errors import UsageError
from tests.engine.conftest import make_rows

B, T, V, D, U = 8, 20, 50, 3, 5


def choose(**options) -> int:
    sizes = {"batch_size": 128, "work": 10**9, "n_parameters": 10**5, **options}
    return choose_n_devices(sizes.pop("wanted", None), **sizes)


def test_large_nets_take_all_devices_and_small_ones_one():
    assert choose() == jax.local_device_count() == 2
    assert choose(work=10**5) == 1
    assert choose(n_parameters=10**9) == 1  # all that is trained is added up in each step
    assert choose(batch_size=8) == 1


def test_a_number_that_was_asked_for_is_taken():
    assert [choose(wanted=1), choose(wanted=2, work=0, batch_size=1)] == [1, 2]


@pytest.mark.parametrize("wanted", [0, 3])
def test_error_more_devices_than_there_are(wanted):
    with pytest.raises(UsageError, match=f"{wanted} devices wanted, 2 found.*Pass 1 to 2"):
        choose(wanted=wanted)


def _work_of(*layers) -> int:
    net = keras.Sequential([keras.Input((T,), dtype="int32"), keras.layers.Embedding(V, D), *layers])
    return count_work(lambda ids: net(ids), jax.ShapeDtypeStruct((B, T), np.int32))


@pytest.mark.parametrize(("layers", "a_row"), [
    ([keras.layers.Flatten(), keras.layers.Dense(U)], T * D * U),
    ([keras.layers.GlobalAveragePooling1D()], 0),
    ([keras.layers.LSTM(U)], T * 4 * U * (D + U)),
    ([keras.layers.GRU(U)], T * 3 * U * (D + U)),
    ([keras.layers.Bidirectional(keras.layers.LSTM(U))], 2 * T * 4 * U * (D + U)),
    ([keras.layers.Conv1D(U, 7)], (T - 6) * 7 * D * U),
], ids=["dense", "mean", "lstm", "gru", "bidirectional", "convolution"])  # fmt: skip
def test_law_work_is_the_closed_form(layers, a_row):
    assert _work_of(*layers) == B * a_row


def test_work_of_a_step_is_the_average_of_its_buckets():
    rows = make_rows(40, feed="buckets")
    lengths = rows.inputs["ids"].lengths
    found = count_step_work(lambda ids: jax.numpy.ones((1, D)) @ jax.numpy.ones((D, ids.shape[1])), rows, batch_size=4)
    assert found == D * (16 * (lengths <= 16).sum() + 32 * (lengths > 16).sum()) // 40


def _count_devices(before: str) -> int:
    """Devices of a fresh process that runs ``before`` and then prepares JAX."""
    program = f"import jax\n{before}\nfrom seqloom.engine import prepare_jax\nprepare_jax()\nprint(len(jax.devices()))"
    environment = {name: value for name, value in os.environ.items() if name != "JAX_NUM_CPU_DEVICES"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    return int(done.stdout)


@pytest.mark.parametrize(("before", "n_devices"), [
    ("", None),
    ("jax.devices()", 1),
    ("import os; os.environ['XLA_FLAGS'] = '--xla_force_host_platform_device_count=3'", 3),
], ids=["fresh", "started", "flagged"])  # fmt: skip
def test_every_core_is_a_device_unless_the_process_chose_before(before, n_devices):
    assert _count_devices(before) == (n_devices or len(os.sched_getaffinity(0)))
