"""Nets that forecast and nets for whole series as models: trained, checkpointed, saved, exported as those of texts."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from seqloom.artifact import plain_history, read_arrays, write_arrays
from seqloom.engine import load_forward, run_forward
from seqloom.errors import UsageError
from seqloom.flow import Encoded, Model, Plan, Ragged, Windows
from seqloom.network import ForecastNet, NetModel
from seqloom.targets import measure_answers, measure_values
from tests.families import heavy

L, H, F = 10, 3, 2
FORECAST = {"context": L, "n_channels": 2, "n_steps": H, "n_future": F, "horizon": H, "units": 4, "dropout": 0.2}
SERIES = {"n_channels": 2, "units": 4, "dropout": 0.2}
PLAN = Plan(epochs=4, batch_size=16, patience=None, learning_rate=0.02, seed=1)
LEVELS = (0.1, 0.5, 0.9)


def make_windows(n: int = 90) -> Encoded:
    """A sine and its cosine: what comes can be told from what was, and not from the last value alone."""
    time = np.arange(n + L + H)
    values = np.stack([np.sin(time / 3), np.cos(time / 3)], axis=1).astype(np.float32)
    starts = np.arange(n)
    return Encoded(
        inputs={
            "past": Windows(values=values, starts=starts, length=L),
            "future": Windows(values=values[:, ::-1], starts=starts + L, length=H),
        },
        target=Windows(values=values[:, :1], starts=starts + L, length=H),
    )


def make_series(n: int = 60) -> Encoded:
    """Whether the first channel rises, in series of 4 to 20 steps."""
    random = np.random.default_rng(n)
    lengths, target = random.integers(4, 21, n), (np.arange(n) % 2).astype(np.int32)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    place = np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)
    rising = place / np.repeat(lengths, lengths) * np.repeat(2 * target - 1, lengths)
    values = np.stack([rising, random.normal(size=len(rising))], axis=1).astype(np.float32)
    return Encoded(inputs={"steps": Ragged(values=values, offsets=offsets)}, target=target, feed="buckets")


def make(kind: str):
    if kind == "series":
        return NetModel("gru", 2, sizes=SERIES), make_series()
    levels = LEVELS if kind == "quantiles" else None
    return ForecastNet("gru", sizes=FORECAST, loss="quantile" if levels else "mae", levels=levels), make_windows()


@pytest.fixture(scope="module", params=["quantiles", "series", *heavy("forecast")])
def trained(request, tmp_path_factory):
    """A trained net, its kind and rows, and its checkpoint behind the second epoch as it was written."""
    (model, rows), folder = make(request.param), tmp_path_factory.mktemp("run")
    for record in model.fit(rows, rows, plan=PLAN):
        if record.epoch == 2:
            settings, arrays = model.checkpoint()
            write_arrays(folder / "epoch.safetensors", arrays)
            written = json.dumps(settings), folder / "epoch.safetensors"
    return model, rows, request.param, written


def test_law_net_is_a_model(trained):
    model, rows, kind, _ = trained
    shape = {"forecast": (90, H, 1), "quantiles": (90, H, 1, 3), "series": (60, 2)}[kind]
    assert isinstance(model, Model)
    found = model.predict(rows.inputs)
    assert (found.shape, found.dtype) == (shape, np.float32)
    assert model.predict({name: value.take(np.arange(0)) for name, value in rows.inputs.items()}).shape[0] == 0


def test_law_it_learns(trained):
    """More than it began with: the last value, or no idea of the class."""
    model, rows, kind, _ = trained
    records = model.progress_.records
    if kind == "series":
        assert set(records[-1].train) == {"loss", "accuracy"}
        assert records[-1].valid["loss"] < 0.6 < np.log(2)
        return
    assert set(records[-1].train) == {"loss", "mae"}
    last = rows.inputs["past"].gather()[:, -1:, :1]
    assert records[-1].valid["mae"] < 0.5 * np.abs(rows.target.gather() - last).mean()
    if kind == "quantiles":
        assert (np.diff(model.predict(rows.inputs), axis=-1) >= 0).all()


def test_law_best_epoch_is_kept(trained):
    """What answers has the validation loss of the best record."""
    model, rows, kind, _ = trained
    best = min(model.progress_.records, key=lambda record: record.valid["loss"])
    answers = model.predict(rows.inputs)
    if kind == "series":
        found = measure_answers(answers, rows.target)
    else:
        found = measure_values(answers, rows.target, loss=model.loss, levels=model.levels)
    assert model.state()[0]["best_epoch"] == best.epoch
    assert found == best.valid


def test_law_resume_from_files_is_no_interruption(trained):
    whole, rows, kind, (settings, path) = trained
    resumed, _ = make(kind)
    before = resumed.resume(json.loads(settings), read_arrays(path))
    after = list(resumed.fit(rows, rows, plan=PLAN))
    assert plain_history(before + after) == plain_history(list(whole.progress_.records))
    assert all(np.array_equal(resumed.weights_[name], array) for name, array in whole.weights_.items())


def test_law_state_and_back_answers_with_the_same_bits(trained):
    whole, rows, _, _ = trained
    settings, arrays = whole.state()
    again = type(whole).from_state(json.loads(json.dumps(settings)), arrays)
    assert again.state()[0] == settings
    assert np.array_equal(again.predict(rows.inputs), whole.predict(rows.inputs))


def test_law_export_answers_as_the_model(trained):
    whole, rows, kind, _ = trained
    weights = [whole.weights_[name] for name in sorted(whole.weights_)]
    shape = {"forecast": (H, 1), "quantiles": (H, 1, 3), "series": (2,)}[kind]
    inputs = {"steps": (None, 2), "mask": (None,)} if kind == "series" else {"past": (L, 2), "future": (H, F)}
    forward = load_forward(whole.export(), weights, shape=shape, inputs=inputs)
    assert np.array_equal(run_forward(forward, rows.inputs, shape=shape), whole.predict(rows.inputs))


def test_law_weights_of_rows_count():
    """A row of weight zero is as one that is not there, in training and on validation."""
    rows, some = make_windows(), np.arange(90) % 3 > 0
    weighted = replace(rows, weight=some.astype(np.float32))
    taken = Encoded(
        inputs={name: value.take(np.flatnonzero(some)) for name, value in rows.inputs.items()},
        target=rows.target.take(np.flatnonzero(some)),
    )
    with_zeros, without = (
        list(make("forecast")[0].fit(each, each, plan=replace(PLAN, epochs=2))) for each in (weighted, taken)
    )
    for a, b in zip(with_zeros, without, strict=True):
        assert a.train == pytest.approx(b.train, rel=1e-5)
        assert a.valid == pytest.approx(b.valid, rel=1e-5)


def test_monitor_of_a_forecast():
    model, rows = make("forecast")
    records = list(model.fit(rows, rows, plan=replace(PLAN, monitor="mae")))
    assert model.best_epoch_ == min(records, key=lambda record: record.valid["mae"]).epoch
    with pytest.raises(UsageError, match="monitor 'accuracy' found, one of loss, mae expected"):
        list(make("forecast")[0].fit(rows, rows, plan=replace(PLAN, monitor="accuracy")))
