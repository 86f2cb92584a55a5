"""The families of models of whole series, from the simplest up, and how their models and plans are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from seqloom import baselines
from seqloom.flow import Plan, Recipe
from seqloom.nets.series_defaults import SERIES_DEFAULTS
from seqloom.network import NetModel, RegressionNet
from seqloom.series.collection import CollectionEncoder

__all__ = ["NUMBER_FAMILIES", "SERIES_FAMILIES", "list_number_recipes", "list_recipes", "plan_training"]

_SOLVED = {"majority": "ConstantModel", "rocket": "RocketModel", "dtw": "NeighbourModel"}
_SOLVED_NUMBERS = {"mean": "MeanModel", "rocket": "RocketRegressor", "dtw": "NeighbourRegressor"}

# Of two that score alike the one that stands earlier is kept.
SERIES_FAMILIES = (*_SOLVED, *SERIES_DEFAULTS)
NUMBER_FAMILIES = (*_SOLVED_NUMBERS, *SERIES_DEFAULTS)

# What a family's defaults and the constructor's arguments both name.
_SIZES = ("dropout", "units", "layers", "bidirectional", "recurrent_dropout", "kernel_size", "heads")


def list_recipes(params: Mapping[str, Any]) -> dict[str, Recipe]:
    """A recipe for each family of classifiers, by the constructor's arguments ``params``."""
    return _list_recipes(_SOLVED, partial(_make_net, params=params))


def list_number_recipes(params: Mapping[str, Any]) -> dict[str, Recipe]:
    """A recipe for each family of regressors, by the constructor's arguments ``params``."""
    return _list_recipes(_SOLVED_NUMBERS, partial(_make_number_net, params=params))


def _list_recipes(solved: Mapping[str, str], make_net: Callable[..., Any]) -> dict[str, Recipe]:
    """Those in ``solved``, of which the first is the trivial rival, and the nets."""
    trivial = next(iter(solved))
    recipes = {
        family: Recipe(encoding=CollectionEncoder(), model=partial(_make_solved, name=name), refit=family != trivial)
        for family, name in solved.items()
    }
    for family in SERIES_DEFAULTS:
        recipes[family] = Recipe(encoding=CollectionEncoder(), model=partial(make_net, family=family))
    return recipes


def _make_solved(_: CollectionEncoder, n_classes: int, *, name: str) -> Any:
    return getattr(baselines, name)(n_classes)


def _make_net(encoder: CollectionEncoder, n_classes: int, *, family: str, params: Mapping[str, Any]) -> NetModel:
    return NetModel(family, n_classes, sizes=_find_sizes(encoder, family=family, params=params))


def _make_number_net(encoder: CollectionEncoder, _: int, *, family: str, params: Mapping[str, Any]) -> RegressionNet:
    return RegressionNet(family, sizes=_find_sizes(encoder, family=family, params=params), loss=params["loss"])


def _find_sizes(encoder: CollectionEncoder, *, family: str, params: Mapping[str, Any]) -> dict[str, Any]:
    default = SERIES_DEFAULTS[family]
    sizes = {
        name: value if params[name] is None else params[name]
        for name in _SIZES
        if (value := getattr(default, name)) is not None
    }
    return {**sizes, "n_channels": encoder.n_channels}


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
