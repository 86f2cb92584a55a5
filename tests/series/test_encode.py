"""Windows as models take them: aligned, scaled by the training rows, blind for what comes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqloom.errors import ArtifactError, DataError
from seqloom.flow import Series
from seqloom.series.calendar import calendar_features
from seqloom.series.encode import WindowEncoder
from seqloom.series.windows import Span

HOUR = 3_600_000_000
NAMES = ("y", "x", "wind=N", "wind=S")


def make_series(n: int = 60, *, names: tuple[str, ...] = NAMES, seed: int = 0) -> Series:
    values = np.random.default_rng(seed).normal(size=(n, len(names))) * 5 + 20
    offsets, begins = np.array([0, n]), np.array([1_700_000_000_000_000 // HOUR * HOUR])
    return Series(values=values, names=names, offsets=offsets, ids=("",), begins=begins, step=HOUR)


def make_encoder(series: Series, *, before: int | None = None, **options) -> WindowEncoder:
    given = {"span": Span(context=5, horizon=3), "n_targets": 1, "most_gap": 2} | options
    return WindowEncoder(**given).fit(series, before=int(series.times()[40]) if before is None else before)


@settings(max_examples=30)
@given(
    seed=st.integers(0, 99), cut=st.integers(12, 50), learns_path=st.booleans(), future=st.sampled_from([(), ("x",)])
)
def test_law_no_window_of_the_past_sees_a_later_row(seed, cut, learns_path, future):
    """Whatever comes behind row ``cut``: what is read of origins up to it, and the scale, stay bit for bit."""
    random = np.random.default_rng(seed)
    series = make_series(seed=seed)
    series.values[random.random(series.values.shape) < 0.2] = np.nan
    changed = replace(series, values=series.values.copy())
    changed.values[cut + 1 :] = random.normal(size=changed.values[cut + 1 :].shape) * 1e4
    origins = np.arange(4, cut + 1)
    before = int(series.times()[cut + 1])
    options = {"before": before, "learns_path": learns_path, "future": future}
    seen = []
    for each in (series, changed):
        encoder = make_encoder(each, **options)
        inputs = encoder.cut(encoder.prepare(each), origins)
        seen.append((inputs["past"].gather(), encoder.scaler.mean, encoder.scaler.scale, inputs["future"].gather()))
    for one, other in zip(seen[0][:3], seen[1][:3], strict=True):
        np.testing.assert_array_equal(one, other)
    n_known = len(future)
    np.testing.assert_array_equal(seen[0][3][:, :, n_known:], seen[1][3][:, :, n_known:])


def test_windows_are_what_slices_of_the_scaled_rows_would_be():
    """Row by row, of the whole path and of its end."""
    series = make_series()
    for first_step in (1, 3):
        encoder = make_encoder(series, span=Span(context=5, horizon=3, first_step=first_step), future=("x",))
        prepared, origins = encoder.prepare(series), np.array([4, 10, 56])
        inputs, target = encoder.cut(prepared, origins), encoder.cut_targets(prepared, origins)
        train = series.values[:40]
        scaled = (series.values - train.mean(axis=0)) / train.std(axis=0)
        calendar = calendar_features(series.times(), HOUR)[0]
        for row, origin in enumerate(origins):
            ahead = slice(origin + 1, origin + 4)
            np.testing.assert_allclose(inputs["past"].gather()[row], scaled[origin - 4 : origin + 1], atol=1e-5)
            known = np.column_stack([scaled[ahead, 1], calendar[ahead]])
            np.testing.assert_allclose(inputs["future"].gather()[row], known, atol=1e-5)
            wanted = scaled[origin + first_step : origin + 4, :1]
            np.testing.assert_allclose(target.gather()[row], wanted, atol=1e-5)


def test_a_value_missing_for_long_is_the_training_mean_and_for_short_the_last_one():
    series = make_series()
    series.values[10:14, 1] = np.nan
    encoder = make_encoder(series)
    past = encoder.prepare(series).past[:, 1]
    assert past[10] == past[11] == past[9]
    assert past[12] == past[13] == 0


class TestAlign:
    def test_channels_come_in_the_order_of_training_and_others_are_left_out(self):
        encoder = make_encoder(make_series())
        other = make_series(names=("new", "wind=S", "wind=N", "x", "y"), seed=1)
        aligned = encoder.align(other)
        assert aligned.names == NAMES
        for name in NAMES:
            np.testing.assert_array_equal(aligned.pick((name,)).values, other.pick((name,)).values)

    def test_a_category_that_does_not_occur_is_zero_and_a_new_one_left_out(self):
        aligned = make_encoder(make_series()).align(make_series(names=("y", "x", "wind=N", "wind=W"), seed=1))
        assert aligned.names == NAMES
        assert (aligned.pick(("wind=S",)).values == 0).all()

    def test_a_channel_that_is_not_there_is_refused(self):
        with pytest.raises(DataError, match=r"columns y, x found, wind=N, wind=S expected too"):
            make_encoder(make_series()).align(make_series(names=("y", "x")))

    def test_another_frequency_is_refused(self):
        other = replace(make_series(), step=HOUR // 6)
        with pytest.raises(DataError, match="a row every 10 minutes found, every hour expected"):
            make_encoder(make_series()).align(other)


class TestState:
    def test_a_restored_encoder_prepares_the_same(self):
        series = make_series()
        encoder = make_encoder(series, future=("x",), learns_path=True, span=Span(context=4, horizon=3, first_step=3))
        settings_, words, arrays = encoder.state()
        again = WindowEncoder.from_state(settings_, arrays)
        assert words == []
        assert again.state()[0] == settings_
        one, other = encoder.prepare(series), again.prepare(series)
        np.testing.assert_array_equal(one.past, other.past)
        np.testing.assert_array_equal(one.future, other.future)
        assert (again.targets, again.learned, again.n_future) == (encoder.targets, encoder.learned, encoder.n_future)

    @pytest.mark.parametrize(
        "damage",
        [
            {"n_targets": 0},
            {"n_targets": 5},
            {"context": 0},
            {"step": 0},
            {"first_step": 0},
            {"first_step": 4},
            {"most_gap": -1},
            {"future": ["z"]},
            {"channels": ["y"]},
            {"channels": "yxab"},
            {"channels": ["y", "x", 1, 2]},
            {"channels": ["y", "y", "x", "z"]},
            {"horizon": 2.5},
            {"has_calendar": "yes"},
        ],
    )
    def test_damaged_settings_are_refused(self, damage):
        settings_, _, arrays = make_encoder(make_series()).state()
        with pytest.raises(ArtifactError):
            WindowEncoder.from_state(settings_ | damage, arrays)

    @pytest.mark.parametrize("place", ["mean", "scale"])
    @pytest.mark.parametrize("how", ["absent", "short", "nan", "zero"])
    def test_damaged_arrays_are_refused(self, place, how):
        settings_, _, arrays = make_encoder(make_series()).state()
        made = {
            "short": arrays[place][:2],
            "nan": np.full(4, np.nan),
            "zero": np.zeros(4),
        }
        damaged = {name: made.get(how) if name == place else array for name, array in arrays.items()}
        damaged = {name: array for name, array in damaged.items() if array is not None}
        if (place, how) == ("mean", "zero"):
            assert WindowEncoder.from_state(settings_, damaged).scaler.mean.tolist() == [0] * 4
            return
        with pytest.raises(ArtifactError):
            WindowEncoder.from_state(settings_, damaged)


def test_a_constant_target_is_refused_by_the_rows_it_is_learned_from():
    series = make_series()
    series.values[:40, 0] = 7.5
    with pytest.raises(DataError, match=r"y: 7.5 in all 40 rows to train on found"):
        make_encoder(series)
