"""The exported forward pass: the same bits as in the process it comes from, and nothing of a stranger's is run."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import textwrap

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from seqloom.engine import compile_forward, export_forward, load_forward, run_forward
from seqloom.engine.forward import _check_calls, _group_batches
from seqloom.engine.gather import iterate_padded
from seqloom.errors import ArtifactError, ForwardStale
from seqloom.flow import Ragged
from seqloom.nets import NetSizes, build_net, build_optimizer, make_pure
from tests.engine.conftest import N_IDS, make_ragged

IDS = {"ids": (None,)}
BESIDE = {**IDS, "columns": (3,)}


@pytest.fixture(scope="module", params=["bag", "embedding"])
def net(request):
    """Functions, exported bytes and inputs of a family."""
    sizes = NetSizes(n_ids=N_IDS, n_outputs=3, width=4, length=16, dropout=0.3, seed=1)
    pure = make_pure(build_net(request.param, sizes), build_optimizer("adam", None))
    is_fixed = request.param == "embedding"
    shapes = {"ids": (16 if is_fixed else None,)}
    data = export_forward(pure.infer, pure.trainable, inputs=shapes)
    ids = make_ragged(np.random.default_rng(0).integers(0, 60, 300).tolist())
    fixed = np.random.default_rng(0).integers(0, N_IDS, (300, 16)).astype(np.int32)
    forward = load_forward(data, pure.trainable, shape=(3,), inputs=shapes)
    return pure, data, {"ids": fixed if is_fixed else ids}, forward


def test_law_exported_is_in_process(net):
    pure, _, inputs, forward = net
    ours = compile_forward(pure.infer)
    expected = run_forward(ours(pure.trainable), inputs, shape=(3,))
    found = run_forward(forward, inputs, shape=(3,))
    assert np.array_equal(found, expected)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-6)
    assert len(np.unique(found)) > 100


@pytest.fixture(scope="module")
def net_beside():
    """The same of a net with three columns beside its ids."""
    sizes = NetSizes(n_ids=N_IDS, n_outputs=3, width=4, length=16, dropout=0.3, seed=1, n_beside=3)
    pure = make_pure(build_net("bag", sizes), build_optimizer("adam", None))
    random = np.random.default_rng(0)
    weights = [random.normal(size=weight.shape).astype(np.float32) for weight in pure.trainable]
    data = export_forward(pure.infer, weights, inputs=BESIDE)
    inputs = {"columns": random.normal(size=(300, 3)).astype(np.float32), "ids": make_ragged([*range(60)] * 5)}
    return pure, data, inputs, weights


def test_law_columns_come_through(net_beside):
    """Exported as in this process, on several devices as on one, and each row with its own columns."""
    pure, data, inputs, weights = net_beside
    forward = load_forward(data, weights, shape=(3,), inputs=BESIDE)
    found = run_forward(forward, inputs, shape=(3,))
    assert np.array_equal(found, run_forward(compile_forward(pure.infer)(weights), inputs, shape=(3,)))
    for row in (0, 7, 299):
        ids = inputs["ids"].row(row)[None].astype(np.int32)
        alone = np.asarray(
            pure.infer(weights, ids if ids.size else np.zeros((1, 1), np.int32), inputs["columns"][row][None])
        )
        np.testing.assert_allclose(found[row], alone[0], rtol=1e-5)
    moved = {**inputs, "columns": np.roll(inputs["columns"], 1, axis=0)}
    assert np.abs(run_forward(forward, moved, shape=(3,)) - found).min(axis=1).max() > 1e-3


@pytest.mark.parametrize("n_beside", [0, 2, 4])
def test_program_of_other_columns_is_refused(net_beside, n_beside):
    _, data, _, weights = net_beside
    inputs = {"ids": (None,)} | ({"columns": (n_beside,)} if n_beside else {})
    with pytest.raises(ArtifactError, match="the exported program takes"):
        load_forward(data, weights, shape=(3,), inputs=inputs)


def test_law_bits_do_not_depend_on_the_number_of_devices(net):
    """As one device alone runs them: several batches of 256 in a bucket, an odd number of them, and shorter ones."""
    _, _, inputs, forward = net
    rows = np.random.default_rng(1).integers(0, 300, 1_290)
    ids = inputs["ids"]
    many = {"ids": ids.take(rows) if isinstance(ids, Ragged) else ids[rows]}
    groups = [len(batches) for _, batches in _group_batches(many, 2)]
    assert 2 in groups
    found = run_forward(forward, many, shape=(3,))
    for of_batch, arrays in iterate_padded(many):
        (alone,) = forward.run([(arrays["ids"],)])
        assert np.array_equal(found[of_batch], alone[: len(of_batch)])


def test_law_row_by_row_is_all_at_once(net):
    """Other shapes, so not to the bit, but to rounding."""
    _, _, inputs, forward = net
    whole = run_forward(forward, inputs, shape=(3,))
    for row in range(0, 300, 60):
        ids = inputs["ids"]
        one = {"ids": ids.take(np.array([row])) if isinstance(ids, Ragged) else ids[[row]]}
        np.testing.assert_allclose(run_forward(forward, one, shape=(3,))[0], whole[row], rtol=1e-5)


def test_forward_of_no_rows(net):
    _, _, inputs, forward = net
    ids = inputs["ids"]
    none = {"ids": ids.take(np.arange(0)) if isinstance(ids, Ragged) else ids[:0]}
    assert run_forward(forward, none, shape=(3,)).shape == (0, 3)


def test_law_export_names_no_place(net):
    """Equal functions give equal bytes, whoever calls: the card holds their digest."""
    pure, data, inputs, _ = net
    shapes = {"ids": (None if isinstance(inputs["ids"], Ragged) else 16,)}

    def call_from_elsewhere():
        return export_forward(pure.infer, pure.trainable, inputs=shapes)

    assert call_from_elsewhere() == data
    assert b".py" not in data
    assert jax.config.values["jax_traceback_in_locations_limit"] != 0  # and JAX's setting is as it was


WEIGHTS = [np.eye(2, dtype=np.float32)]


def _factorise(weights, ids):
    return jnp.zeros((ids.shape[0], 2)) + jnp.linalg.cholesky(weights[0])[0]


def _call_back(weights, ids):
    told = jax.pure_callback(lambda w: w, jax.ShapeDtypeStruct((2, 2), np.float32), weights[0])
    return jnp.zeros((ids.shape[0], 2)) + told[0]


def test_error_foreign_call():
    with pytest.raises(
        ArtifactError, match=r"calls lapack_spotrf_ffi, .* was not run\..* delete forward\.bin"
    ) as caught:
        load_forward(export_forward(_factorise, WEIGHTS, inputs=IDS), WEIGHTS, shape=(2,), inputs=IDS)
    assert not isinstance(caught.value, ForwardStale)  # not mended by rebuilding in silence


def test_callback_cannot_be_exported():
    """Python functions do not survive an export: JAX itself refuses."""
    with pytest.raises(Exception, match="callback"):
        export_forward(_call_back, WEIGHTS, inputs=IDS)


@pytest.mark.parametrize(
    "text",
    [
        "%1 = stablehlo.custom_call @evil(%0) : () -> ()",
        '%1 = stablehlo.custom_call @"evil name"(%0) : () -> ()',
        '%1 = "stablehlo.custom_call"(%0) <{call_target_name = "evil"}> : () -> ()',
        "stablehlo.custom_call @shape_assertion(%0)\nstablehlo.custom_call @xla_ffi_python_cpu_callback(%0)",
    ],
)
def test_error_foreign_call_however_it_is_written(text):
    with pytest.raises(ArtifactError, match=r"evil|xla_ffi_python_cpu_callback"):
        _check_calls(text)


def test_allowed_call():
    _check_calls('stablehlo.custom_call @shape_assertion(%2, %0) {error_message = "a custom call"}')


@pytest.mark.parametrize(
    ("change", "n_columns"),
    [
        (lambda weights: [weights[0][:-1], *weights[1:]], 3),
        (lambda weights: weights[::-1], 3),
        (lambda weights: weights[:-1], 3),
        (lambda weights: [weight.astype(np.float16) for weight in weights], 3),
        (lambda weights: weights, 2),
    ],
    ids=["shorter", "reversed", "missing", "type", "classes"],
)
def test_error_shapes_disagree(net, change, n_columns):
    pure, data, inputs, _ = net
    shapes = {"ids": (None if isinstance(inputs["ids"], Ragged) else 16,)}
    with pytest.raises(ArtifactError, match="card and weights promise"):
        load_forward(data, change(list(pure.trainable)), shape=(n_columns,), inputs=shapes)


def test_law_damaged_bytes_are_stale(tmp_path):
    """In a process of its own: read without a digest, some of these bytes end the process in JAX's bytecode reader."""
    data = export_forward(lambda weights, ids: jnp.zeros((ids.shape[0], 2)) + weights[0][0], WEIGHTS, inputs=IDS)
    (tmp_path / "whole.bin").write_bytes(data)
    program = textwrap.dedent("""
        import sys
        import numpy as np
        from seqloom.engine import load_forward
        from seqloom.errors import ForwardStale

        data = open(sys.argv[1], "rb").read()
        weights, n_stale, n_cases = [np.eye(2, dtype=np.float32)], 0, 0
        random = np.random.default_rng(0)
        cases = [data[:cut] for cut in range(0, len(data), 7)]
        for place in random.integers(0, len(data), 400):
            cases.append(data[:place] + bytes([data[place] ^ int(random.integers(1, 256))]) + data[place + 1 :])
        cases += [b"", b"garbage", data + b"more", data[::-1]]
        for case in cases:
            try:
                load_forward(case, weights, shape=(2,), inputs={"ids": (None,)})
            except ForwardStale:
                n_stale += 1
        load_forward(data, weights, shape=(2,), inputs={"ids": (None,)})
        print(n_stale, len(cases))
    """)
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "whole.bin")], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    n_stale, n_cases = map(int, done.stdout.split())
    assert n_stale == n_cases > 500


def test_error_program_of_another_version():
    """Whole by its digest, and yet nothing that this JAX can read."""
    program = b"\x00" * 64
    mark = export_forward(lambda _, ids: ids, WEIGHTS, inputs=IDS).partition(b"\n")[0] + b"\n"
    with pytest.raises(ForwardStale, match="cannot be read by this version of JAX"):
        load_forward(mark + hashlib.sha256(program).digest() + program, WEIGHTS, shape=(2,), inputs=IDS)
