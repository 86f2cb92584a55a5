"""The families of forecasters, from the simplest up, and how their models and training plans are made.

Light: neither Keras nor scikit-learn is imported to read this table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from seqloom import baselines
from seqloom.baselines.lagged import NLinearForecast, RidgeForecast
from seqloom.baselines.naive import NAIVE_FAMILIES, NaiveForecast
from seqloom.flow import Plan, Recipe
from seqloom.forecasts import QUANTILES
from seqloom.nets.series_defaults import FORECAST_DEFAULTS
from seqloom.network import ForecastNet
from seqloom.series.encode import WindowEncoder

__all__ = ["FORECAST_FAMILIES", "NAIVE", "list_recipes", "plan_training"]

NAIVE = NAIVE_FAMILIES

# Solved in one go, and once more on all rows: by what makes them.
_SOLVED: dict[str, Callable[..., Any]] = {
    "nlinear": NLinearForecast,
    "ridge": RidgeForecast,
    "trees": lambda **sizes: baselines.TreesForecast(**sizes),  # loads scikit-learn
}

# Of two that err alike the one that stands earlier is kept.
FORECAST_FAMILIES = (*NAIVE, *_SOLVED, *FORECAST_DEFAULTS)

# What a family's defaults and the constructor's arguments both name.
_SIZES = (
    *("dropout", "units", "hidden", "layers", "bidirectional", "recurrent_dropout", "input_dropout", "kernel_size"),
    "heads",
)


def list_recipes(params: Mapping[str, Any]) -> dict[str, Recipe]:
    """A recipe for each family, by the constructor's arguments ``params`` of a forecaster."""
    recipes = {}
    for family in FORECAST_FAMILIES:
        make = _make_net if family in FORECAST_DEFAULTS else _make_solved if family in _SOLVED else _make_naive
        # the encoder depends on the clock of the series, so the learner makes it
        recipes[family] = Recipe(
            encoding=None, model=partial(make, family=family, params=params), refit=family in _SOLVED
        )
    return recipes


def _make_naive(encoder: WindowEncoder, n_targets: int, *, family: str, params: Mapping[str, Any]) -> Any:  # noqa: ARG001
    span = encoder.span
    sizes = {"n_steps": span.n_steps, "first_step": span.first_step, "n_targets": n_targets}
    return NaiveForecast(family, natural=encoder.natural_seasons, **sizes)


def _make_solved(encoder: WindowEncoder, n_targets: int, *, family: str, params: Mapping[str, Any]) -> Any:  # noqa: ARG001
    span = encoder.span
    return _SOLVED[family](n_steps=span.n_steps, first_step=span.first_step, n_targets=n_targets)


def _make_net(encoder: WindowEncoder, n_targets: int, *, family: str, params: Mapping[str, Any]) -> Any:
    default = FORECAST_DEFAULTS[family]
    sizes = {
        name: value if params.get(name) is None else params[name]
        for name in _SIZES
        if (value := getattr(default, name)) is not None
    }
    sizes |= {
        "context": encoder.span.context,
        "n_channels": len(encoder.channels),
        "n_targets": n_targets,
        "n_steps": encoder.learned.n_steps,
        "n_future": encoder.n_future,
        "horizon": encoder.span.horizon,
    }
    levels = QUANTILES if params["loss"] == "quantile" else None
    return ForecastNet(family, sizes=sizes, loss=params["loss"], levels=levels)


def plan_training(params: Mapping[str, Any]) -> Plan:
    """How to train, from the constructor's arguments ``params`` of a forecaster."""
    default = FORECAST_DEFAULTS.get(params["family"])
    rate, epochs, average = params["learning_rate"], params["epochs"], params["average_epochs"]
    return Plan(
        epochs=epochs if epochs is not None else default.epochs if default else 1,
        batch_size=params["batch_size"],
        optimizer=params["optimizer"],
        learning_rate=rate if rate is not None or default is None else default.learning_rate,
        patience=params["patience"],
        budget=params["budget"],
        seed=params["random_state"] or 0,
        devices=params["devices"],
        schedule=params["schedule"],
        weight_decay=params["weight_decay"],
        clip_norm=params["clip_norm"],
        average_epochs=default.average_epochs if average is None and default else average or 0.0,
    )
