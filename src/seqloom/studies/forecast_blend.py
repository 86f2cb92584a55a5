"""The best few forecasters together, as one more row: errors of models of different kinds cancel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from seqloom.artifact import Artifact
from seqloom.flow import Card, EpochRecord, Score, Series
from seqloom.forecasts import ENSEMBLE, Answered, pack_answer
from seqloom.scores.conformal import fit_intervals
from seqloom.scores.forecast import errors_by_step
from seqloom.studies.forecasting import ForecastRow, ForecastStudy
from seqloom.tasks.forecast_families import FORECAST_FAMILIES, NAIVE
from seqloom.tasks.forecast_rows import measure
from seqloom.tasks.forecaster import Forecaster

__all__ = ["ForecastEnsemble", "blend_forecasts", "choose_shares"]

# Members that are looked at; a fourth took no share on the stations here.
_MOST_MEMBERS = 4

# Shares are multiples of a tenth: finer ones would fit the luck of the rows that choose.
_N_ROUNDS = 10

# What the mean of several has to bring, as a share of the best one's error, to be worth their cost.
_LEAST_GAIN = 0.005


class ForecastEnsemble:
    """Fitted forecasters that answer together; it looks like one of them to whoever measures and saves it.

    Parameters
    ----------
    members : mapping of str to Forecaster
        By family, the simplest first; fitted on the same rows, for the same span.
    weights : mapping of str to float
        Of the same families, each above 0, 1 in all.
    """

    def __init__(self, members: Mapping[str, Forecaster], weights: Mapping[str, float]) -> None:
        self.members, self.weights = dict(members), dict(weights)
        first = next(iter(self.members.values()))
        self.encoder_ = first.encoder_
        self.yardstick_ = first.yardstick_
        self.intervals_ = first.intervals_
        self.data_: dict[str, Any] = dict(first.data_)
        self.scores_: tuple[Score, ...] = ()
        self.history_: list[EpochRecord] = []

    def answer(self, series: Series, *, since: int, before: int) -> Answered:
        """Forecasts from every origin whose targets lie in a part of time, beside what came."""
        answers = [self.members[name].answer(series, since=since, before=before) for name in self.weights]
        return _mix(answers, list(self.weights.values()))

    def to_artifact(self) -> Artifact:
        """What a model folder of it holds: the members whole, in folders of their own."""
        encoding, _, arrays = self.encoder_.state()
        card = Card(
            task=Forecaster.task,
            family=ENSEMBLE,
            params=next(iter(self.members.values())).to_artifact().card.params,
            classes=[],
            encoding=encoding,
            model={"kind": ENSEMBLE, "weights": self.weights, "season": self.yardstick_.season},
            scores=self.scores_,
            data=self.data_,
        )
        members = {name: member.to_artifact() for name, member in self.members.items()}
        encoder = {**arrays, **pack_answer(self.intervals_, self.yardstick_)}
        return Artifact(card=card, words=[], encoder=encoder, model={}, members=members)


def blend_forecasts(study: ForecastStudy, rows: Sequence[ForecastRow]) -> ForecastRow | None:
    """The best few together as a row of the table; None where one of them alone is about as good.

    Parameters
    ----------
    study : ForecastStudy
        For its series.
    rows : sequence of ForecastRow
        All of the table.

    Returns
    -------
    ForecastRow or None
        Its intervals are of the calibration rows, as those of its members are.
    """
    best = sorted((row for row in rows if row.family not in NAIVE), key=lambda row: row.error)[:_MOST_MEMBERS]
    if len(best) < 2:
        return None
    scale = best[0].learner.encoder_.scaler.scale[: best[0].learner.encoder_.n_targets]
    shares = choose_shares([row.chosen.truth - row.chosen.forecast for row in best], scale=scale)
    kept = {row.family: (row, share) for row, share in zip(best, shares, strict=True) if share}
    members = {name: kept[name] for name in FORECAST_FAMILIES if name in kept}
    if len(members) < 2:
        return None
    learner = ForecastEnsemble(
        {name: row.learner for name, (row, _) in members.items()},
        {name: share for name, (_, share) in members.items()},
    )
    weights = list(learner.weights.values())
    chosen = _mix([row.chosen for row, _ in members.values()], weights)
    calibrated = _mix([row.calibrated for row, _ in members.values()], weights)
    encoder = learner.encoder_
    learner.intervals_ = fit_intervals(calibrated.truth, calibrated.forecast)
    series = encoder.align(study.series)
    learner.scores_ = measure(chosen, series, encoder=encoder, yardstick=learner.yardstick_, who="validation")
    parts = [row for row, _ in members.values()]
    blended = ForecastRow(
        family=ENSEMBLE,
        learner=learner,
        seconds=sum(row.seconds for row in parts),
        compile_seconds=sum(row.compile_seconds for row in parts),
        errors=errors_by_step(chosen.truth, chosen.forecast),
        chosen=chosen,
        calibrated=calibrated,
        n_bytes=sum(row.n_bytes for row in parts),
        n_parameters=sum(row.n_parameters for row in parts),
    )
    return blended if blended.error < best[0].error * (1 - _LEAST_GAIN) else None


def choose_shares(errors: Sequence[np.ndarray], *, scale: np.ndarray) -> list[float]:
    """What share each forecast has in the mean that errs least: one is added at a time, the same ones again too.

    Parameters
    ----------
    errors : sequence of ndarray, ``[N, O, G]`` each
        What came less what each forecast, on rows that choose.
    scale : ndarray, ``[G]``
        Of the targets.

    Returns
    -------
    list of float
        1 in all.

    Source: Caruana et al. (2004), Ensemble Selection from Libraries of Models, section 2.
    """
    counts = np.zeros(len(errors), dtype=np.int64)
    total = np.zeros_like(errors[0])
    for n in range(1, _N_ROUNDS + 1):
        losses = [float(np.abs((total + error) / (n * scale)).mean()) for error in errors]
        place = int(np.argmin(losses))
        counts[place] += 1
        total += errors[place]
    return [float(count) / _N_ROUNDS for count in counts]


def _mix(answers: Sequence[Answered], weights: Sequence[float]) -> Answered:
    mean = np.zeros_like(answers[0].forecast)
    for weight, answered in zip(weights, answers, strict=True):
        mean += weight * answered.forecast
    return replace(answers[0], forecast=mean)
