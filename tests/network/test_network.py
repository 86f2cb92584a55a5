"""A net as a model: checkpoints that survive a process, states that can be saved again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from seqloom import engine
from seqloom.artifact import plain_history, read_arrays, write_arrays
from seqloom.engine import load_forward, run_forward
from seqloom.errors import UsageError
from seqloom.flow import Encoded, Model, Plan, Ragged
from seqloom.nets.defaults import NET_DEFAULTS
from seqloom.network import NetModel, classifier
from seqloom.targets import measure_answers
from tests.families import NETS

SIZES = {"n_ids": 15, "width": 2, "length": 5, "dropout": 0.5}
PLAN = Plan(epochs=4, batch_size=8, patience=None, learning_rate=0.05, seed=1)


def make_rows(family: str, n: int = 30) -> Encoded:
    ids = np.random.default_rng(n).integers(1, 15, (n, 5)).astype(np.int32)
    target = (ids[:, 0] > 7).astype(np.int32)
    if NET_DEFAULTS[family].is_fixed:
        return Encoded(inputs={"ids": ids}, target=target)
    ragged = Ragged(values=ids.ravel(), offsets=np.arange(n + 1, dtype=np.int64) * 5)
    return Encoded(inputs={"ids": ragged}, target=target, feed="buckets")


@pytest.fixture(scope="module", params=NETS)
def trained(request, tmp_path_factory):
    """A trained net, its rows, and its checkpoints as they were written after each epoch."""
    rows, folder = make_rows(request.param), tmp_path_factory.mktemp("run")
    model, written = NetModel(request.param, 2, sizes=SIZES), []
    for record in model.fit(rows, rows, plan=PLAN):
        settings, arrays = model.checkpoint()
        path = folder / f"epoch-{record.epoch}.safetensors"
        write_arrays(path, arrays)
        written.append((json.dumps(settings), path))
    return model, rows, written


def test_law_net_is_a_model(trained):
    assert isinstance(trained[0], Model)


def test_law_resume_from_files_is_no_interruption(trained):
    """JSON and safetensors lose no bit: weights and records as if nothing had happened (clocks aside)."""
    whole, rows, written = trained
    resumed = NetModel(whole.family, 2, sizes=SIZES)
    settings, path = written[1]
    before = resumed.resume(json.loads(settings), read_arrays(path))
    after = list(resumed.fit(rows, rows, plan=PLAN))
    assert [record.epoch for record in before + after] == [1, 2, 3, 4]
    assert plain_history(before + after) == plain_history(list(whole.progress_.records))
    assert resumed.checkpoint()[1].keys() == whole.checkpoint()[1].keys()
    for name, array in whole.checkpoint()[1].items():
        assert np.array_equal(resumed.checkpoint()[1][name], array), name
    assert all(np.array_equal(resumed.weights_[name], array) for name, array in whole.weights_.items())


def test_law_resume_when_over_trains_nothing(trained):
    whole, rows, written = trained
    resumed = NetModel(whole.family, 2, sizes=SIZES)
    settings, path = written[-1]
    resumed.resume(json.loads(settings), read_arrays(path))
    assert list(resumed.fit(rows, rows, plan=PLAN)) == []
    assert np.array_equal(resumed.predict(rows.inputs), whole.predict(rows.inputs))


def test_resume_from_before_the_first_epoch():
    model = NetModel("bag", 2, sizes=SIZES)
    assert model.checkpoint()[0]["records"] == []
    assert model.resume(*model.checkpoint()) == []
    assert model.progress_ is None


def test_law_state_and_back(trained):
    whole, rows, _ = trained
    again = NetModel.from_state(*whole.state())
    assert np.array_equal(again.predict(rows.inputs), whole.predict(rows.inputs))
    settings, arrays = whole.state()
    assert again.state()[0] == json.loads(json.dumps(settings)) == settings
    assert arrays.keys() == again.state()[1].keys()


def test_law_best_epoch_is_kept(trained):
    """The weights answer with the validation loss of the best record, not of the last."""
    whole, rows, _ = trained
    best = min(whole.progress_.records, key=lambda record: record.valid["loss"])
    assert whole.state()[0]["best_epoch"] == best.epoch
    assert measure_answers(whole.predict(rows.inputs), rows.target, weight=rows.weight) == best.valid


def test_law_export_answers_as_the_model(trained):
    whole, rows, _ = trained
    names = sorted(whole.weights_)
    length = SIZES["length"] if NET_DEFAULTS[whole.family].is_fixed else None
    forward = load_forward(
        whole.export(), [whole.weights_[name] for name in names], shape=(2,), inputs={"ids": (length,)}
    )
    assert np.array_equal(run_forward(forward, rows.inputs, shape=(2,)), whole.predict(rows.inputs))


def test_interrupted_net_says_so(monkeypatch):
    rows, calls = make_rows("bag"), []
    run = engine.run_forward

    def interrupt(*arguments, **options):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return run(*arguments, **options)

    monkeypatch.setattr(engine, "run_forward", interrupt)
    model = NetModel("bag", 2, sizes=SIZES)
    records = list(model.fit(rows, rows, plan=PLAN))
    assert [record.epoch for record in records] == [1, 2]
    assert model.is_interrupted
    assert len(model.progress_.records) == 2


def test_law_every_core_is_a_device_of_a_fresh_process():
    """Also where nothing but a training asks for it: an optimizer's variables start JAX, and must not come first."""
    program = (
        "import jax, os\n"
        "from tests.network.test_network import NetModel, PLAN, SIZES, make_rows\n"
        "next(NetModel('lstm', 2, sizes=SIZES).fit(make_rows('lstm'), make_rows('lstm'), plan=PLAN))\n"
        "print(jax.local_device_count(), len(os.sched_getaffinity(0)))"
    )
    environment = {name: value for name, value in os.environ.items() if name != "JAX_NUM_CPU_DEVICES"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True, timeout=120
    )
    n_devices, n_cores = done.stdout.split()
    assert n_devices == n_cores


@pytest.mark.parametrize("wanted", [None, 1, 2])
def test_number_of_devices_is_told(wanted):
    """Nets of these sizes take one by themselves; what was asked for stands in the settings, and comes back."""
    rows, model = make_rows("bag"), NetModel("bag", 2, sizes=SIZES)
    list(model.fit(rows, rows, plan=replace(PLAN, epochs=1, devices=wanted)))
    settings, arrays = model.state()
    assert settings["n_devices"] == (wanted or 1)
    assert NetModel.from_state(settings, arrays).state()[0] == settings
    del settings["n_devices"]  # a folder of before there was a choice
    assert NetModel.from_state(settings, arrays).n_devices_ is None


def test_error_more_devices_than_there_are():
    rows = make_rows("bag")
    with pytest.raises(UsageError, match="9 devices wanted, 2 found"):
        list(NetModel("bag", 2, sizes=SIZES).fit(rows, rows, plan=replace(PLAN, devices=9)))


def test_rows_are_not_updated_alone_by_two_devices():
    rows = make_rows("embedding")
    model = NetModel("embedding", 2, sizes={**SIZES, "n_ids": 160})
    list(model.fit(rows, rows, plan=replace(PLAN, optimizer="rmsprop", epochs=1, devices=2)))
    assert model._by_row is None
    assert model.n_devices_ == 2


@pytest.mark.parametrize(("family", "optimizer", "n_ids", "is_taken"), [
    ("embedding", "rmsprop", 160, True),
    ("embedding", "rmsprop", 159, False),
    ("embedding", "adam", 160, False),
    ("bag", "rmsprop", 10_000, False),
])  # fmt: skip
def test_rows_are_updated_alone_where_a_step_reads_few(family, optimizer, n_ids, is_taken):
    """8 rows of 5 ids are 40: a quarter of 160. The rule knows no clock, so equal settings take equal ways."""
    rows = make_rows(family)
    model = NetModel(family, 2, sizes={**SIZES, "n_ids": n_ids})
    list(model.fit(rows, rows, plan=replace(PLAN, optimizer=optimizer, epochs=1)))
    assert (model._by_row is not None) == is_taken


@pytest.mark.slow
def test_law_both_ways_of_updating_train_the_same_net(monkeypatch):
    rows, plan = make_rows("embedding"), replace(PLAN, optimizer="rmsprop")
    models = []
    for rows_a_read in (0, 10**9):
        monkeypatch.setattr(classifier, "_ROWS_A_READ", rows_a_read)
        models.append(NetModel("embedding", 2, sizes=SIZES))
        list(models[-1].fit(rows, rows, plan=plan))
    assert [model._by_row is None for model in models] == [False, True]
    for name, weight in models[0].checkpoint()[1].items():
        np.testing.assert_allclose(weight, models[1].checkpoint()[1][name], rtol=1e-5, atol=1e-6, err_msg=name)
