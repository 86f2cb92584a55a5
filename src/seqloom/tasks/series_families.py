"""The families of classifiers of whole series, from the simplest up, and how their models and plans are made."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from seqloom import baselines
from seqloom.flow import Plan, Recipe
from seqloom.nets.series_defaults import SERIES_DEFAULTS
from seqloom.network import NetModel
from seqloom.series.collection import CollectionEncoder

__all__ = ["SERIES_FAMILIES", "list_recipes", "plan_training"]

_SOLVED = {"majority": "ConstantModel", "rocket": "RocketModel", "dtw": "NeighbourModel"}

# Of two that score alike the one that stands earlier is kept.
SERIES_FAMILIES = (*_SOLVED, *SERIES_DEFAULTS)

# What a family's defaults and the constructor's arguments both name.
_SIZES = ("dropout", "units", "layers", "bidirectional", "recurrent_dropout", "kernel_size", "heads")


def list_recipes(params: Mapping[str, Any]) -> dict[str, Recipe]:
    """A recipe for each family, by the constructor's arguments ``params``."""
    recipes = {
        family: Recipe(encoding=CollectionEncoder(), model=partial(_make_solved, name=name), refit=family != "majority")
        for family, name in _SOLVED.items()
    }
    for family in SERIES_DEFAULTS:
        recipes[family] = Recipe(encoding=CollectionEncoder(), model=partial(_make_net, family=family, params=params))
    return recipes


def _make_solved(_: CollectionEncoder, n_classes: int, *, name: str) -> Any:
    return getattr(baselines, name)(n_classes)


def _make_net(encoder: CollectionEncoder, n_classes: int, *, family: str, params: Mapping[str, Any]) -> NetModel:
    default = SERIES_DEFAULTS[family]
    sizes = {
        name: value if params[name] is None else params[name]
        for name in _SIZES
        if (value := getattr(default, name)) is not None
    }
    return NetModel(family, n_classes, sizes={**sizes, "n_channels": encoder.n_channels})


def plan_training(params: Mapping[str, Any]) -> Plan:
    """How to train, from the constructor's arguments ``params``."""
    default = SERIES_DEFAULTS.get(params["family"])
    rate, epochs = params["learning_rate"], params["epochs"]
    return Plan(
        epochs=epochs if epochs is not None else default.epochs if default else 1,
        batch_size=params["batch_size"],
        optimizer=params["optimizer"],
        learning_rate=rate if rate is not None or default is None else default.learning_rate,
        patience=params["patience"],
        monitor=params["monitor"],
        budget=params["budget"],
        seed=params["random_state"] or 0,
        devices=params["devices"],
    )
