"""Laws of every forecaster, on a station whose law is known."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

import seqloom as library
from seqloom.errors import ArtifactError, DataError, NotFitted, SeqloomError, UsageError
from seqloom.json_files import read_json, write_json
from seqloom.series.sample import simulate_station
from seqloom.tasks.forecaster import Forecaster
from tests.learner.fresh import run_fresh

START, HOUR = np.datetime64("2020-01-01", "us"), np.timedelta64(1, "h")
TARGET = "temperature (degC)"
NETS = {"dense", "gru"}
NET = {"units": 4, "epochs": 1, "batch_size": 256}

# One of each kind by default, all of them in ``make test-all``.
_SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in ("last", "drift", "mean", "nlinear", "gru")]
FAMILIES = ("seasonal", "ridge", "dense", *_SLOW)

ASK = """
    import sys
    import polars as pl
    import seqloom
    from seqloom.tasks.forecaster import Forecaster

    frame = pl.read_parquet(sys.argv[2])
    for model in (seqloom.load(sys.argv[1]), Forecaster.load(sys.argv[1])):
        print(model.predict(frame).write_json())
"""


def make_forecaster(family: str = "ridge", **options) -> Forecaster:
    given = {"target": TARGET, "context": "1d", "horizon": "6h"} | (NET if family in NETS else {}) | options
    return Forecaster(family, **given)


@pytest.fixture(scope="module")
def station() -> pl.DataFrame:
    return simulate_station(90)


@pytest.fixture(scope="module", params=FAMILIES)
def fitted(request, station) -> Forecaster:
    return make_forecaster(request.param).fit(station)


def score(scores, metric: str) -> float:
    return next(score.value for score in scores if score.metric == metric)


def test_law_a_forecast_is_a_row_for_each_step_behind_the_last_measured_one(fitted, station):
    answer = fitted.predict(station, quantile_levels=(0.9, 0.1, 0.5))
    assert answer.columns == ["ds", "forecast", "q0.1", "q0.5", "q0.9"]
    assert (
        answer["ds"].to_list()
        == pl.datetime_range(station["time"][-1], pl.lit(station["time"][-1]).dt.offset_by("6h"), "1h", eager=True)[
            1:
        ].to_list()
    )
    assert (answer["q0.1"] <= answer["q0.5"]).all()
    assert (answer["q0.5"] <= answer["q0.9"]).all()
    assert np.isfinite(answer["forecast"].to_numpy()).all()
    assert fitted.predict(station, quantile_levels=None).columns == ["ds", "forecast"]


def test_law_a_loaded_forecaster_is_the_saved_one(fitted, station, tmp_path):
    """In this process, in a new one, and by what ``seqloom.load`` gives."""
    fitted.save(tmp_path / "model")
    station.write_parquet(tmp_path / "rows.parquet")
    loaded, expected = Forecaster.load(tmp_path / "model"), fitted.predict(station)
    assert loaded.get_params() == fitted.get_params()
    assert loaded.scores_ == fitted.scores_
    assert loaded.predict(station).equals(expected)
    lines = run_fresh(ASK, tmp_path / "model", tmp_path / "rows.parquet").splitlines()
    wanted = json.loads(expected.write_json())
    assert [json.loads(line) for line in lines] == [wanted, wanted]


def test_law_saving_again_gives_the_same_bytes(fitted, tmp_path):
    fitted.save(tmp_path / "first")
    Forecaster.load(tmp_path / "first").save(tmp_path / "second")
    first, second = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("first", "second")
    )
    assert first == second


def test_law_a_fit_again_is_a_fresh_fit(fitted, station):
    again = make_forecaster(fitted.family).fit(simulate_station(60, seed=5)).fit(station)
    assert again.predict(station).equals(fitted.predict(station))
    assert again.scores_ == fitted.scores_


def test_law_evaluate_is_the_mean_error_of_all_predictions(fitted, station):
    """One origin after the other, each asked with no row behind it."""
    test = simulate_station(4, seed=3)
    errors = []
    for n in range(24, len(test) - 5):
        answer = fitted.predict(test.head(n), quantile_levels=None)["forecast"].to_numpy()
        errors.append(np.abs(answer - test[TARGET][n : n + 6].to_numpy()).mean())
    found = next(score for score in fitted.evaluate(test) if score.metric == "mae")
    assert found.n == len(errors)
    assert found.value == pytest.approx(np.mean(errors), rel=1e-4)


def test_what_learns_beats_the_last_value_on_a_station_whose_law_is_known(station):
    """Pressure tells the weather of 12 hours later, and the day's wave is the same each day."""
    test = simulate_station(60, seed=9)
    last, ridge = (make_forecaster(family, steps="last").fit(station).evaluate(test) for family in ("last", "ridge"))
    assert score(ridge, "mae") < 0.5 * score(last, "mae")
    assert score(ridge, "skill") > 0.3
    assert score(last, "skill") <= 0


@pytest.mark.parametrize("family", ["last", "drift", "mean", "seasonal"])
def test_the_end_of_the_path_is_the_last_step(family, station):
    path, last = (make_forecaster(family, steps=steps).fit(station) for steps in ("path", "last"))
    assert path.predict(station)["forecast"][-1] == pytest.approx(last.predict(station)["forecast"].item(), rel=1e-6)
    assert path.predict(station)["ds"][-1] == last.predict(station)["ds"].item()


def test_several_series_are_forecast_each_from_its_own_rows(station):
    long = pl.concat([simulate_station(40, seed=seed).with_columns(unique_id=pl.lit(f"s{seed}")) for seed in (0, 1)])
    model = make_forecaster().fit(long)
    answer = model.predict(long)
    assert answer["unique_id"].to_list() == ["s0"] * 6 + ["s1"] * 6
    for name in ("s0", "s1"):
        alone = model.predict(long.filter(unique_id=name))
        expected = answer.filter(unique_id=name).drop("unique_id")
        np.testing.assert_allclose(alone.drop("ds").to_numpy(), expected.drop("ds").to_numpy(), rtol=1e-5)
    with pytest.raises(DataError, match="series 's1': 5 rows up to the last measured one found, 24 expected"):
        model.predict(pl.concat([long.filter(unique_id="s0"), long.filter(unique_id="s1").head(5)]))


def test_several_targets_are_told_apart(station):
    both = make_forecaster(target=(TARGET, "pressure (hPa)")).fit(station).predict(station)
    assert both["target"].to_list() == [TARGET, "pressure (hPa)"] * 6
    one = make_forecaster().fit(station).predict(station)
    errors = both.filter(target=TARGET)["forecast"].to_numpy() - one["forecast"].to_numpy()
    assert abs(errors).max() < 0.5
    assert both.filter(target="pressure (hPa)")["forecast"].is_between(950, 1080).all()


def test_a_short_gap_is_bridged_and_a_long_one_costs_the_windows_over_it(station):
    whole = make_forecaster(max_gap=2).fit(station)
    for n_gone in (2, 9):
        torn = make_forecaster(max_gap=2).fit(station.filter(~pl.int_range(pl.len()).is_between(500, 499 + n_gone)))
        aims_at_gap = set(range(500 - 6, 500 + n_gone - 1))
        reads_unbridged = {origin for row in range(502, 500 + n_gone) for origin in range(row, row + 24)}
        assert whole.data_["n_train"] - torn.data_["n_train"] == len(aims_at_gap | reads_unbridged)
        assert [finding.kind for finding in torn.findings_] == ["gap"]
        assert np.isfinite(torn.predict(station)["forecast"].to_numpy()).all()


class TestKnownInAdvance:
    """A channel that says six hours before what comes."""

    @staticmethod
    def make_frame(n: int = 900) -> pl.DataFrame:
        random = np.random.default_rng(0)
        holiday = random.normal(size=n)
        times = np.datetime64("2024-01-01T00", "us") + np.arange(n) * np.timedelta64(3_600_000_000, "us")
        return pl.DataFrame({"ds": times, "y": holiday + 0.05 * random.normal(size=n), "plan": holiday})

    def fit(self) -> Forecaster:
        return Forecaster("ridge", target="y", context=4, horizon=3, future=("plan",)).fit(self.make_frame())

    def test_what_is_known_is_read(self):
        model, frame = self.fit(), self.make_frame()
        ahead = frame.with_columns(pl.when(pl.int_range(pl.len()) < 897).then("y").alias("y"))
        answer = model.predict(ahead)["forecast"].to_numpy()
        assert np.abs(answer - frame["plan"].tail(3).to_numpy()).max() < 0.1

    @pytest.mark.parametrize("n_known", [0, 2])
    def test_what_is_not_known_is_refused(self, n_known):
        frame = self.make_frame()
        hidden = frame.with_columns(
            pl.when(pl.int_range(pl.len()) < 897).then("y").alias("y"),
            pl.when(pl.int_range(pl.len()) < 897 + n_known).then("plan").alias("plan"),
        )
        with pytest.raises(DataError, match=f"plan: {3 - n_known} of the 3 rows to come have no value"):
            self.fit().predict(hidden)

    def test_a_target_is_never_known(self):
        with pytest.raises(UsageError, match="y found as target and as known in advance"):
            Forecaster(target="y", context=4, horizon=3, future=("y",)).fit(self.make_frame())


def make_unsure(n: int = 4_000, *, seed: int = 0) -> pl.DataFrame:
    """A series that is calm in the first half of each day and wild in the second."""
    hour, random = np.arange(n) % 24, np.random.default_rng(seed)
    values = np.where(hour < 12, 0.1, 2.0) * random.normal(size=n)
    return pl.DataFrame({"ds": START + np.arange(n) * HOUR, "y": values})


@pytest.fixture(scope="module")
def unsure() -> Forecaster:
    options = {
        "target": "y",
        "context": 24,
        "horizon": 6,
        "units": 8,
        "batch_size": 64,
        "epochs": 20,
        "learning_rate": 0.003,
    }
    return Forecaster("dense", loss="quantile", **options).fit(make_unsure())


class TestANetThatLearnsQuantiles:
    def test_intervals_are_wide_where_it_is_unsure(self, unsure):
        frame = make_unsure(480, seed=1)
        calm, wild = (unsure.predict(frame.head(n), quantile_levels=(0.1, 0.5, 0.9)) for n in (456, 468))
        widths = [(one["q0.9"] - one["q0.1"]).mean() for one in (calm, wild)]
        assert widths[1] > 3 * widths[0]  # the noise is 20 times as wide
        for one in (calm, wild):
            assert (one["q0.1"] <= one["q0.5"]).all()
            assert (one["q0.5"] <= one["q0.9"]).all()

    def test_it_is_saved_with_them(self, unsure, tmp_path):
        frame = make_unsure(100)
        unsure.save(tmp_path / "model")
        for loaded in (Forecaster.load(tmp_path / "model"), library.load(tmp_path / "model")):
            assert loaded.predict(frame).equals(unsure.predict(frame))

    @pytest.mark.parametrize("changed", [{"levels": [0.2, 0.5, 0.9]}, {"levels": None}, {"loss": "mae"}])
    def test_a_card_with_other_quantiles_is_refused(self, changed, unsure, tmp_path):
        unsure.save(tmp_path / "model")
        card = read_json(tmp_path / "model" / "card.json")
        card["model"] |= changed
        write_json(tmp_path / "model" / "card.json", card)
        for load in (Forecaster.load, library.load):
            with pytest.raises(ArtifactError, match=r"a net with loss .* and levels .* found"):
                load(tmp_path / "model")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"loss": "mape", "family": "dense"}, "loss 'mape' and levels None found, one of"),
        ({"horizon": 0}, "horizon 0 found, 1 row at least expected"),
        ({"horizon": "90min"}, "horizon 90min found, and rows follow every hour"),
        ({"horizon": None}, "no horizon found"),
        ({"horizon": "soon"}, "duration 'soon' found"),
        ({"context": 0}, "context 0 found"),
        ({"target": "wind"}, "target 'wind' found, one of"),
        ({"steps": "first"}, "steps 'first' found, path or last expected"),
        ({"family": "prophet"}, "family 'prophet' found, one of last"),
        ({"future": ("z",)}, "z known in advance"),
        ({"max_gap": 0}, "max_gap 0 found"),
        ({"drop": ("z",)}, "no column 'z' to drop found"),
    ],
)
def test_what_cannot_be_meant_is_refused(options, told, station):
    with pytest.raises(UsageError, match=told):
        Forecaster(**{"target": TARGET, "context": "1d", "horizon": "6h"} | options).fit(station)


def test_rows_that_cannot_be_learned_from_are_refused(station):
    model = make_forecaster()
    with pytest.raises(DataError, match=r"20 rows found, .* a context of 24 rows and 6 measured ones behind it"):
        model.fit(station.head(20))
    with pytest.raises(DataError, match=r"to choose on, and none of these can be forecast"):
        make_forecaster(horizon="20h").fit(station.head(110))
    with pytest.raises(DataError, match=r"temperature .*: 5 in all .* rows to train on found"):
        model.fit(station.with_columns(pl.lit(5.0).alias(TARGET)))
    with pytest.raises(DataError, match=r"no value in 2,160 rows found"):
        model.fit(station.with_columns(pl.lit(None, dtype=pl.Float64).alias(TARGET)))
    with pytest.raises(DataError, match=r"row 1: 'warm' found, a number expected"):
        model.fit(station.with_columns(pl.lit("warm").alias(TARGET)))
    with pytest.raises(NotFitted):
        model.predict(station)


def test_what_cannot_be_answered_is_refused(station):
    model = make_forecaster().fit(station)
    refused = {
        "pressure .* expected too": station.drop("pressure (hPa)"),
        "target 'temperature .*' found": station.drop(TARGET),
        "a row every 6 hours found, every hour expected": station.gather_every(6),
        "a row every 10 minutes found, every hour expected": station.with_columns(
            time=pl.datetime(2020, 1, 1) + pl.duration(minutes=10 * pl.int_range(pl.len()))
        ),
        "23 rows up to the last measured one found, 24 expected": station.head(23),
    }
    for told, frame in refused.items():
        with pytest.raises(SeqloomError, match=told):
            model.predict(frame)
    with pytest.raises(UsageError, match=r"quantile levels 1\.5 found"):
        model.predict(station, quantile_levels=(1.5,))


def test_a_channel_that_rises_by_one_a_row_in_recent_rows_is_still_that_channel(station):
    """Only where it is learned from does a column that numbers the rows say nothing."""
    model = make_forecaster().fit(station)
    recent = station.tail(24).with_columns(pl.Series("wind (m/s)", np.arange(24.0)))
    assert len(model.predict(recent)) == 6
