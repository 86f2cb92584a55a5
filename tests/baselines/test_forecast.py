"""Forecasts that are solved in one go: the naive against loops, the linear against scikit-learn on copied windows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from seqloom.baselines import lagged
from seqloom.baselines.lagged import NLinearForecast, RidgeForecast
from seqloom.baselines.naive import NAIVE_FAMILIES, NaiveForecast, find_season
from seqloom.flow import Encoded, Plan, Windows

L, C, G, H, F = 12, 3, 2, 4, 2


def make_rows(n: int = 200, *, first_step: int = 1, future: bool = True, seed: int = 0, start: int = 0) -> Encoded:
    """Windows over noise that remembers itself, ``n`` of them from row ``start`` on."""
    random = np.random.default_rng(seed)
    noise = random.normal(size=(n + L + H + start, C))
    values = np.zeros_like(noise)
    for row in range(1, len(values)):
        values[row] = 0.8 * values[row - 1] + noise[row]
    values = values.astype(np.float32)
    known = random.normal(size=(len(values), F)).astype(np.float32)
    starts = start + np.arange(n)
    inputs = {"past": Windows(values=values, starts=starts, length=L)}
    if future:
        inputs["future"] = Windows(values=known, starts=starts + L, length=H)
    target = Windows(
        values=np.ascontiguousarray(values[:, :G]), starts=starts + L + first_step - 1, length=H - first_step + 1
    )
    return Encoded(inputs=inputs, target=target)


def sizes(first_step: int = 1) -> dict[str, int]:
    return {"n_steps": H - first_step + 1, "first_step": first_step, "n_targets": G}


def fit(model, train: Encoded, valid: Encoded | None = None):
    list(model.fit(train, train if valid is None else valid, plan=Plan()))
    return model


def forecast_slowly(family: str, past: np.ndarray, *, season: int) -> np.ndarray:
    """All steps of one context ``[L, G]``, value by value."""
    grown = list(past)
    for step in range(1, H + 1):
        if family == "last":
            grown.append(past[-1])
        elif family == "seasonal":
            grown.append(grown[-season])
        elif family == "mean":
            grown.append(np.zeros(G))
        else:
            grown.append(past[-1] + step * (past[-1] - past[0]) / (L - 1))
    return np.array(grown[L:])


@pytest.mark.parametrize("family", NAIVE_FAMILIES)
@pytest.mark.parametrize("first_step", [1, 3, H])
def test_naive_equals_a_slow_loop(family, first_step):
    rows = make_rows(30)
    model = NaiveForecast(family, **sizes(first_step))
    for season in (1, 3, 7, L):
        model.season_ = season
        found = model.predict(rows.inputs)
        for place, past in enumerate(rows.inputs["past"].gather()):
            expected = forecast_slowly(family, past[:, :G].astype(np.float64), season=season)[first_step - 1 :]
            np.testing.assert_allclose(found[place], expected, atol=1e-5)


@settings(max_examples=25)
@given(season=st.integers(3, 30), n_seasons=st.integers(6, 20), noise=st.floats(0, 0.3), seed=st.integers(0, 99))
def test_law_a_season_is_found_through_noise(season, n_seasons, noise, seed):
    random = np.random.default_rng(seed)
    values = np.tile(np.sin(2 * np.pi * np.arange(season) / season), n_seasons)
    found = find_season(values + noise * random.normal(size=len(values)), most=int(1.5 * season))
    assert abs(found - season) <= (0 if noise == 0 else max(1, season // 10))


def test_noise_a_line_and_a_constant_have_no_season():
    random = np.random.default_rng(0)
    for values in (random.normal(size=3_000), np.arange(500.0), np.full(500, 3.0), np.zeros(2)):
        assert find_season(values, most=50) == 1


def test_a_season_is_found_as_numpy_correlates():
    """The highest peak of the autocorrelation, each lag by its own number of products."""
    random = np.random.default_rng(3)
    values = np.sin(np.arange(400) * 2 * np.pi / 24) + 0.5 * random.normal(size=400)
    centred = values - values.mean()
    likeness = np.array([centred[lag:] @ centred[: 400 - lag] / (400 - lag) for lag in range(62)])
    peaks = [k for k in range(2, 61) if likeness[k - 1] < likeness[k] >= likeness[k + 1]]
    assert find_season(values, most=60) == max(peaks, key=likeness.__getitem__)


def test_law_rows_between_training_windows_say_nothing_of_the_season():
    """Of two series end to end, what stands behind the first's training rows is its test part."""
    random = np.random.default_rng(0)
    wave = np.sin(2 * np.pi * np.arange(900) / 8) + 0.1 * random.normal(size=900)
    seasons = []
    for between in (np.zeros(300), 1e3 * np.sin(2 * np.pi * np.arange(300) / 5)):
        values = wave.copy()
        values[300:600] = between
        starts = np.concatenate([np.arange(300 - L), 600 + np.arange(300 - L)])
        past = Windows(values=values[:, None].astype(np.float32), starts=starts, length=L)
        seasons.append(fit(NaiveForecast("seasonal", **sizes()), Encoded(inputs={"past": past})).season_)
    assert seasons == [8, 8]


def copy_windows(rows: Encoded, *, first_step: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features, changes from the last value, and the last values."""
    past = rows.inputs["past"].gather().astype(np.float64)
    parts = [past.reshape(len(past), -1)]
    if "future" in rows.inputs:
        parts.append(rows.inputs["future"].gather()[:, first_step - 1 :].reshape(len(past), -1))
    last = past[:, -1:, :G]
    return np.concatenate(parts, axis=1), (rows.target.gather() - last).reshape(len(past), -1), last


@pytest.mark.parametrize("strength", [1e-6, 1e-2, 1.0])
@pytest.mark.parametrize(("first_step", "future"), [(1, True), (H, True), (1, False)])
def test_ridge_equals_scikit_learn_on_copied_windows(strength, first_step, future):
    train, test = (make_rows(n, first_step=first_step, future=future, seed=s) for n, s in ((300, 0), (40, 1)))
    found = fit(RidgeForecast(**sizes(first_step), strength=strength), train).predict(test.inputs)
    x, change, _ = copy_windows(train, first_step=first_step)
    asked, _, last = copy_windows(test, first_step=first_step)
    solved = Ridge(alpha=strength * len(x), solver="cholesky").fit(x, change)
    expected = solved.predict(asked).reshape(len(asked), -1, G) + last
    np.testing.assert_allclose(found, expected, atol=2e-4)


@pytest.mark.parametrize("strength", [1e-4, 1.0])
def test_nlinear_equals_scikit_learn_on_every_target_end_to_end(strength):
    train, test = make_rows(300, future=False), make_rows(40, future=False, seed=1)
    found = fit(NLinearForecast(**sizes(), strength=strength), train).predict(test.inputs)
    x, y = [], []
    for past, target in zip(train.inputs["past"].gather(), train.target.gather(), strict=True):
        for channel in range(G):
            x.append(past[:-1, channel] - past[-1, channel])
            y.append(target[:, channel] - past[-1, channel])
    solved = Ridge(alpha=strength * len(x), solver="cholesky").fit(np.array(x, np.float64), np.array(y))
    for place, past in enumerate(test.inputs["past"].gather()):
        for channel in range(G):
            expected = solved.predict(past[None, :-1, channel] - past[-1, channel])[0] + past[-1, channel]
            np.testing.assert_allclose(found[place, :, channel], expected, atol=2e-4)


@pytest.mark.parametrize("make", [RidgeForecast, NLinearForecast])
@pytest.mark.parametrize("chunk", [1, 7, 300, 10_000])
def test_law_rows_by_chunks_are_rows_at_once(make, chunk, monkeypatch):
    train, valid = make_rows(150), make_rows(50, seed=1)
    whole = fit(make(**sizes()), train, valid)
    monkeypatch.setattr(lagged, "_CHUNK", chunk)
    parts = fit(make(**sizes()), train, valid)
    assert parts.strength == whole.strength
    np.testing.assert_allclose(parts.predict(valid.inputs), whole.predict(valid.inputs), atol=1e-4)


@pytest.mark.parametrize("make", [RidgeForecast, NLinearForecast])
def test_the_strength_kept_is_the_one_that_errs_least_on_validation(make):
    train, valid = make_rows(60), make_rows(200, seed=1)
    model = make(**sizes())
    records = list(model.fit(train, valid, plan=Plan()))
    errors = {}
    for strength in lagged.STRENGTHS:
        answer = fit(make(**sizes(), strength=strength), train).predict(valid.inputs)
        errors[strength] = float(np.abs(answer - valid.target.gather()).mean())
    assert model.strength == min(errors, key=errors.__getitem__)
    assert [record.valid["loss"] for record in records] == [pytest.approx(errors[model.strength], rel=1e-4)]


@pytest.mark.parametrize("make", [RidgeForecast, NLinearForecast])
def test_law_a_refit_is_a_fresh_fit_of_the_same_strength(make):
    train, valid, everything = make_rows(100), make_rows(50, seed=1), make_rows(180, seed=2)
    chosen = fit(make(**sizes()), train, valid)
    again, fresh = fit(chosen.for_refit(), everything), fit(make(**sizes(), strength=chosen.strength), everything)
    np.testing.assert_array_equal(again.predict(valid.inputs), fresh.predict(valid.inputs))


@pytest.mark.parametrize(
    "model",
    [NaiveForecast("seasonal", **sizes()), RidgeForecast(**sizes()), NLinearForecast(**sizes())],
    ids=lambda model: model.kind,
)
def test_law_a_restored_model_forecasts_the_same(model):
    fit(model, make_rows(80))
    again = type(model).from_state(*model.state())
    rows = make_rows(20, seed=1)
    np.testing.assert_array_equal(again.predict(rows.inputs), model.predict(rows.inputs))
    assert again.predict(rows.inputs).dtype == np.float32
    assert again.predict(rows.inputs).shape == rows.target.shape


def test_of_very_many_lags_the_last_is_read_always(monkeypatch):
    monkeypatch.setattr(lagged, "_MOST_LAGS", 10)
    rows = make_rows(50, future=False)
    found = RidgeForecast(**sizes())._read_features(rows.inputs)
    np.testing.assert_array_equal(found.reshape(50, -1, C), rows.inputs["past"].gather()[:, ::-4])
