"""A saved forecaster answering: arrays and the exported forward pass. Neither Keras nor scikit-learn is imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from seqloom import engine
from seqloom.artifact import Artifact
from seqloom.baselines.branches import GrownTrees, check_trees
from seqloom.baselines.lagged import NLinearForecast, RidgeForecast
from seqloom.baselines.naive import NaiveForecast
from seqloom.errors import ArtifactError, ForwardStale
from seqloom.flow import Arrays, Card, Series
from seqloom.forecasts.answer import (
    LEVELS,
    Ahead,
    Answer,
    Answered,
    Yardstick,
    answer_part,
    forecast_ahead,
    look_ahead,
    read_series,
)
from seqloom.forecasts.quantiles import QUANTILES, check_quantiles, take_median
from seqloom.json_files import check_fields
from seqloom.scores.conformal import Intervals
from seqloom.series.encode import WindowEncoder

__all__ = [
    "ENSEMBLE",
    "SOLVED",
    "ForecastPredictor",
    "make_answer",
    "pack_answer",
    "restore_solved",
    "unpack_answer",
]

# Several forecasters as one, in tables, cards and folders.
ENSEMBLE = "ensemble"

# By which weights may miss 1 in all.
_ROUNDING = 1e-6


def pack_answer(intervals: Intervals, yardstick: Yardstick) -> Arrays:
    """The arrays of ``intervals`` and ``yardstick``, to lie beside those of the encoder."""
    return {"intervals": intervals.errors, "season_error": yardstick.error}


def unpack_answer(artifact: Artifact) -> tuple[WindowEncoder, Intervals, Yardstick]:
    """Encoder, intervals and yardstick of an ``artifact``; ArtifactError where they do not belong together."""
    arrays = dict(artifact.encoder)
    errors, season_error = arrays.pop("intervals", None), arrays.pop("season_error", None)
    encoder = WindowEncoder.from_state(artifact.card.encoding, arrays)
    check_fields(artifact.card.model, {"kind": (str,), "season": (int,)}, where="the model in card.json")
    season = artifact.card.model["season"]
    if season_error is None or season_error.shape != (encoder.n_targets,) or not 1 <= season <= encoder.span.context:
        raise ArtifactError("a season that does not belong to the model found. Get the folder from its source again.")
    sizes = {"n_steps": encoder.span.n_steps, "n_targets": encoder.n_targets}
    intervals = Intervals.from_state({} if errors is None else {"errors": errors}, **sizes)
    return encoder, intervals, Yardstick(season=season, error=season_error)


class ForecastPredictor:
    """A saved forecaster, ready to answer.

    Parameters
    ----------
    artifact : Artifact
        From ``read_artifact``.

    Attributes
    ----------
    card : Card
        What the model is.

    Examples
    --------
    >>> import seqloom
    >>> model = seqloom.load("runs/jena")  # doctest: +SKIP
    >>> model.predict(recent).head()  # doctest: +SKIP
    """

    def __init__(self, artifact: Artifact) -> None:
        self.card: Card = artifact.card
        self.encoder_, self.intervals_, self.yardstick_ = unpack_answer(artifact)
        self._answer = make_answer(artifact, self.encoder_)

    @property
    def params(self) -> dict[str, Any]:
        """The constructor arguments of the forecaster, as it reads tables by them."""
        return {name: tuple(v) if isinstance(v, list) else v for name, v in self.card.params.items()}

    def answer(self, series: Series, *, since: int, before: int) -> Answered:
        """Forecasts from every origin whose targets lie in a part of time, beside what came."""
        return answer_part(series, encoder=self.encoder_, answer=self._answer, since=since, before=before)

    def look_ahead(self, series: Series) -> Ahead:
        """The forecast of the first target of the first series, with its past and its bands, as a picture wants it."""
        return look_ahead(series, encoder=self.encoder_, answer=self._answer, intervals=self.intervals_)

    def predict(self, frame: Any, *, quantile_levels: Sequence[float] | None = LEVELS) -> Any:
        """The values behind the last measured row of each series in ``frame``, as ``Forecaster.predict`` gives them."""
        series, _ = read_series(frame, self.params, clock=self.encoder_.clock)
        return forecast_ahead(
            series, encoder=self.encoder_, answer=self._answer, intervals=self.intervals_, levels=quantile_levels
        )


# Models that answer from a few arrays.
SOLVED: dict[str, Any] = {
    "naive": NaiveForecast,
    "ridge": RidgeForecast,
    "nlinear": NLinearForecast,
    "trees": GrownTrees,
}


def make_answer(artifact: Artifact, encoder: WindowEncoder) -> Answer:
    """How the model of an ``artifact`` answers, once it was looked over; its windows are those of ``encoder``."""
    model, arrays = artifact.card.model, artifact.model
    if model["kind"] == ENSEMBLE:
        return _blend_members(artifact, encoder)
    if model["kind"] in SOLVED:
        answer: Answer = restore_solved(artifact, encoder).predict
        return answer
    if model["kind"] != "net":
        raise ArtifactError(f"a model of kind {model['kind']!r:.60} found. Is it of a newer version of seqloom?")
    if artifact.forward is None:
        raise ForwardStale("the folder has no forward.bin.")
    engine.prepare_jax()
    span, weights = encoder.learned, [arrays[name] for name in sorted(arrays)]
    shape = (span.n_steps, encoder.n_targets, *([len(QUANTILES)] if check_quantiles(model) else []))
    inputs: dict[str, tuple[int | None, ...]] = {"past": (span.context, len(encoder.channels))}
    if encoder.n_future:
        inputs["future"] = (span.horizon, encoder.n_future)
    forward = engine.load_forward(artifact.forward, weights, shape=shape, inputs=inputs)
    return partial(engine.run_forward, forward, shape=shape)


def _blend_members(artifact: Artifact, encoder: WindowEncoder) -> Answer:
    """The weighted mean of what the members of an ensemble answer; all read the same windows."""
    found = artifact.card.model.get("weights")
    weights: dict[str, Any] = found if isinstance(found, dict) else {}
    is_mean = bool(weights) and set(weights) == set(artifact.members)
    is_mean = is_mean and all(isinstance(weight, float) and weight > 0 for weight in weights.values())
    if not is_mean or abs(sum(weights.values()) - 1) > _ROUNDING:
        raise ArtifactError("card.json: an ensemble with a weight above 0 for each member, 1 in all, expected.")
    answers = []
    for name in weights:
        of_member, _, _ = unpack_answer(artifact.members[name])
        is_same = (of_member.span, of_member.channels) == (encoder.span, encoder.channels)
        if not is_same or not np.array_equal(of_member.scaler.scale, encoder.scaler.scale):
            raise ArtifactError(f"members/{name}: other windows than the ensemble's found. Get the folder again.")
        answers.append(make_answer(artifact.members[name], of_member))

    def answer(inputs: Mapping[str, Any]) -> np.ndarray:
        n, total = encoder.span.n_steps, 0.0
        for weight, of_member in zip(weights.values(), answers, strict=True):
            total = total + weight * take_median(of_member(inputs)[:, -n:])
        return np.asarray(total, dtype=np.float32)

    return answer


def restore_solved(artifact: Artifact, encoder: WindowEncoder) -> Any:
    """The model of an ``artifact`` that answers from a few arrays; ArtifactError where these do not fit ``encoder``."""
    model, span = artifact.card.model, encoder.span
    check_fields(model, dict.fromkeys(("n_steps", "first_step", "n_targets"), (int,)), where="the model in card.json")
    found = (model["n_steps"], model["first_step"], model["n_targets"])
    shapes = {name: array.shape for name, array in artifact.model.items()}
    expected: dict[str, tuple[int, ...]] = {}
    if model["kind"] == "trees":
        expected = shapes if check_trees(artifact.model, n_targets=encoder.n_targets) else {}
    elif model["kind"] != "naive":
        n_answers = span.n_steps * (encoder.n_targets if model["kind"] == "ridge" else 1)
        n_features = shapes.get("coef", (0,))[0]
        expected = {"coef": (n_features, n_answers), "intercept": (n_answers,)}
    if found != (span.n_steps, span.first_step, encoder.n_targets) or shapes != expected:
        raise ArtifactError("card.json and weights do not belong together; get the folder from its source again.")
    return SOLVED[model["kind"]].from_state(model, artifact.model)
