"""Naive and linear forecasts against slow loops, NumPy's least squares and scikit-learn's ridge on copied windows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from seqloom.baselines.lagged import STRENGTHS, NLinearForecast, RidgeForecast
from seqloom.baselines.naive import NAIVE_FAMILIES, NaiveForecast, find_season
from seqloom.flow import Encoded, Plan, Windows

LENGTH, HORIZON, N_CHANNELS, N_TARGETS, N_FUTURE = 6, 3, 3, 2, 2


def make_values(n_rows: int = 400, *, n_channels: int = N_CHANNELS, seed: int = 0) -> np.ndarray:
    """Days of eight rows and noise that drifts, ``[T, C] float32``."""
    random = np.random.default_rng(seed)
    days = np.sin(np.arange(n_rows)[:, None] * 2 * np.pi / 8 + np.arange(n_channels))
    return (days + random.normal(size=(n_rows, n_channels)).cumsum(axis=0) / 10).astype(np.float32)


def cut(values: np.ndarray, starts: np.ndarray, *, first_step: int = 1, future: np.ndarray | None = None) -> Encoded:
    """Windows as a forecaster gives them."""
    inputs = {"past": Windows(values=values, starts=starts, length=LENGTH)}
    if future is not None:
        inputs["future"] = Windows(values=future, starts=starts + LENGTH, length=HORIZON)
    target = Windows(
        values=values[:, :N_TARGETS], starts=starts + LENGTH - 1 + first_step, length=HORIZON - first_step + 1
    )
    return Encoded(inputs=inputs, target=target)


def make_sizes(first_step: int = 1) -> dict[str, int]:
    """Arguments that all models take."""
    return {"n_steps": HORIZON - first_step + 1, "first_step": first_step, "n_targets": N_TARGETS}


def fit(model: Any, train: Encoded, valid: Encoded) -> list[Any]:
    """The records of a training."""
    return list(model.fit(train, valid, plan=Plan()))


def look_back(family: str, context: np.ndarray, *, step: int, season: int) -> np.ndarray:
    """The forecast of one window ``[L, G]``, ``step`` rows behind its end, as one would by hand."""
    if family == "mean":
        return np.zeros(context.shape[1])  # targets are scaled: the mean of the training rows is zero
    if family == "drift":
        return context[-1] + step * (context[-1] - context[0]) / (len(context) - 1)
    if family == "seasonal":
        known = list(context)
        for _ in range(step):
            known.append(known[-season])
        return known[-1]
    return context[-1]


@pytest.mark.parametrize("first_step", [1, HORIZON])
@pytest.mark.parametrize("family", NAIVE_FAMILIES)
def test_naive_slow_loop(family: str, first_step: int) -> None:
    values = make_values()
    rows = cut(values, np.arange(0, 200), first_step=first_step)
    model = NaiveForecast(family, **make_sizes(first_step))
    fit(model, rows, rows)
    expected = [
        [
            look_back(family, window[:, :N_TARGETS].astype(np.float64), step=step, season=model.season_)
            for step in range(first_step, HORIZON + 1)
        ]
        for window in rows.inputs["past"].gather()
    ]
    np.testing.assert_allclose(model.predict(rows.inputs), expected, atol=1e-5)


@given(season=st.integers(2, 5), seed=st.integers(0, 50))
def test_naive_season_repeats_beyond_itself(season: int, seed: int) -> None:
    pattern = np.random.default_rng(seed).normal(size=(season, 1)).astype(np.float32)
    values = np.tile(pattern, (40, N_TARGETS))
    rows = cut(values, np.arange(0, 40))
    model = NaiveForecast("seasonal", **make_sizes())
    model.season_ = season
    np.testing.assert_array_equal(model.predict(rows.inputs), rows.target.gather())


@pytest.mark.parametrize("season", [5, 12, 24, 168])
def test_find_season_known(season: int) -> None:
    random = np.random.default_rng(season)
    values = np.tile(random.normal(size=season), 60) + random.normal(size=60 * season) / 3
    assert find_season(values, most=season + season // 2) == season


def test_find_season_none() -> None:
    assert find_season(np.zeros(100), most=24) == 1
    assert find_season(np.arange(3.0), most=24) == 1
    assert find_season(np.random.default_rng(0).normal(size=5000), most=24) == 1


def copy_ridge(encoded: Encoded) -> tuple[np.ndarray, np.ndarray]:
    """Lags (and what is known in advance) and changes of all windows, copied out one by one."""
    windows = {name: value.gather().astype(np.float64) for name, value in encoded.inputs.items()}
    past, target = windows["past"], encoded.target.gather().astype(np.float64)
    features = [
        np.concatenate([past[i, ::-1].ravel(), *([windows["future"][i].ravel()] if "future" in windows else [])])
        for i in range(len(past))
    ]
    return np.array(features), (target - past[:, -1:, :N_TARGETS]).reshape(len(past), -1)


def copy_nlinear(encoded: Encoded) -> tuple[np.ndarray, np.ndarray]:
    """Lags of each target less the last, and changes: a row for each window and target."""
    past, target = (part.gather().astype(np.float64) for part in (encoded.inputs["past"], encoded.target))
    pairs = [(i, g) for i in range(len(past)) for g in range(N_TARGETS)]
    x = np.array([past[i, :-1, g] - past[i, -1, g] for i, g in pairs])
    return x, np.array([target[i, :, g] - past[i, -1, g] for i, g in pairs])


@pytest.mark.parametrize("has_future", [False, True])
def test_ridge_sklearn(has_future: bool) -> None:
    future = make_values(n_channels=N_FUTURE, seed=9) if has_future else None
    train, test = (cut(make_values(), rows, future=future) for rows in (np.arange(250), np.arange(260, 380)))
    model = RidgeForecast(**make_sizes(), strength=0.01)
    assert fit(model, train, test) == []  # nothing was left to choose
    peer = Ridge(alpha=0.01 * len(train)).fit(*copy_ridge(train))
    x, _ = copy_ridge(test)
    last = test.inputs["past"].gather()[:, -1:, :N_TARGETS]
    expected = peer.predict(x).reshape(len(test), HORIZON, N_TARGETS) + last
    np.testing.assert_allclose(model.predict(test.inputs), expected, atol=2e-4)


@pytest.mark.parametrize("first_step", [1, HORIZON])
def test_nlinear_least_squares(first_step: int) -> None:
    train, test = (cut(make_values(), rows, first_step=first_step) for rows in (np.arange(250), np.arange(260, 380)))
    model = NLinearForecast(**make_sizes(first_step), strength=1e-9)
    fit(model, train, test)
    x, y = copy_nlinear(train)
    solved, *_ = np.linalg.lstsq(np.c_[x, np.ones(len(x))], y, rcond=None)
    asked, came = copy_nlinear(test)
    change = (np.c_[asked, np.ones(len(asked))] @ solved).reshape(len(test), N_TARGETS, -1).transpose(0, 2, 1)
    last = test.inputs["past"].gather()[:, -1:, :N_TARGETS]
    np.testing.assert_allclose(model.predict(test.inputs), change + last, atol=2e-3)
    assert came.shape == (len(test) * N_TARGETS, HORIZON - first_step + 1)


@pytest.mark.parametrize(("kind", "copy"), [(RidgeForecast, copy_ridge), (NLinearForecast, copy_nlinear)])
def test_strength_chosen_as_one_by_one(kind: Any, copy: Any) -> None:
    train, valid = (cut(make_values(), rows) for rows in (np.arange(60), np.arange(80, 380)))
    model = kind(**make_sizes())
    (record,) = fit(model, train, valid)
    (x, y), (asked, came) = copy(train), copy(valid)
    errors = {
        strength: np.abs(Ridge(alpha=strength * len(x)).fit(x, y).predict(asked) - came).mean()
        for strength in STRENGTHS
    }
    assert model.strength == min(errors, key=errors.__getitem__)
    assert record.valid["loss"] == pytest.approx(errors[model.strength], rel=1e-3)


@pytest.mark.parametrize("kind", [RidgeForecast, NLinearForecast])
def test_refit_keeps_strength(kind: Any) -> None:
    train, valid = (cut(make_values(), rows) for rows in (np.arange(100), np.arange(120, 380)))
    model = kind(**make_sizes())
    fit(model, train, valid)
    again = model.for_refit()
    assert fit(again, valid, valid) == []
    assert again.strength == model.strength
    fresh = kind(**make_sizes(), strength=model.strength)
    fit(fresh, valid, valid)
    np.testing.assert_array_equal(again.predict(valid.inputs), fresh.predict(valid.inputs))


@pytest.mark.parametrize("kind", [RidgeForecast, NLinearForecast])
def test_chunks_do_not_matter(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    train = cut(make_values(), np.arange(250))
    answers = []
    for chunk in (7, 10_000):
        monkeypatch.setattr("seqloom.baselines.lagged._CHUNK", chunk)
        model = kind(**make_sizes(), strength=0.1)
        fit(model, train, train)
        answers.append(model.predict(train.inputs))
    np.testing.assert_allclose(answers[0], answers[1], atol=1e-4)


def make_models() -> list[Any]:
    """One of each."""
    linear = [kind(**make_sizes()) for kind in (RidgeForecast, NLinearForecast)]
    return [*linear, *(NaiveForecast(family, **make_sizes()) for family in NAIVE_FAMILIES)]


@pytest.mark.parametrize("model", make_models(), ids=lambda model: getattr(model, "family", model.kind))
def test_law_state_gives_the_model_again(model: Any) -> None:
    train, valid = (cut(make_values(), rows) for rows in (np.arange(100), np.arange(120, 380)))
    fit(model, train, valid)
    again = type(model).from_state(*model.state())
    np.testing.assert_array_equal(again.predict(valid.inputs), model.predict(valid.inputs))
    assert model.predict(valid.inputs).dtype == np.float32


@pytest.mark.parametrize("model", make_models(), ids=lambda model: getattr(model, "family", model.kind))
def test_law_nothing_behind_the_origin_is_read(model: Any) -> None:
    values = make_values()
    train, asked = cut(values, np.arange(100)), cut(values, np.array([150]))
    fit(model, train, train)
    changed = values.copy()
    changed[150 + LENGTH :] = 99
    changed[:150] = 99
    other = cut(changed, np.array([150]))
    np.testing.assert_array_equal(model.predict(asked.inputs), model.predict(other.inputs))


def test_law_rows_between_training_windows_say_nothing_of_the_season() -> None:
    """Of two series end to end, what stands behind the first's training rows is its test part."""
    wave = np.sin(2 * np.pi * np.arange(900) / 8) + 0.1 * np.random.default_rng(0).normal(size=900)
    starts = np.concatenate([np.arange(280), 600 + np.arange(280)])
    seasons = []
    for between in (np.zeros(300), 1e3 * np.sin(2 * np.pi * np.arange(300) / 5)):
        values = wave.copy()
        values[300:600] = between
        train = Encoded(inputs={"past": Windows(values=values[:, None].astype(np.float32), starts=starts, length=20)})
        model = NaiveForecast("seasonal", **make_sizes())
        fit(model, train, train)
        seasons.append(model.season_)
    assert seasons == [8, 8]


def test_ridge_of_the_end_alone_reads_what_is_known_of_the_end_alone() -> None:
    future, values = make_values(n_channels=N_FUTURE, seed=9), make_values()
    train = cut(values, np.arange(250), first_step=HORIZON, future=future)
    model = RidgeForecast(**make_sizes(HORIZON), strength=0.01)
    fit(model, train, train)
    changed = future.copy()
    changed[LENGTH : LENGTH + HORIZON - 1] += 100  # of the first window, all but its last row to come
    answers = [model.predict(cut(values, np.array([0]), future=known).inputs) for known in (future, changed)]
    np.testing.assert_array_equal(*answers)
    changed[LENGTH + HORIZON - 1] += 100
    assert (model.predict(cut(values, np.array([0]), future=changed).inputs) != answers[0]).all()
