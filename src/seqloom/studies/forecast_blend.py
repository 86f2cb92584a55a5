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

__all__ = ["ForecastEnsemble", "average", "blend_forecasts", "choose_members"]

# Members that are looked at; a fourth took no share on the stations here.
_MOST_MEMBERS = 4

# What the mean of several has to bring, as a share of the best one's error, to be worth their cost.
_LEAST_GAIN = 0.005


class ForecastEnsemble:
    """Fitted forecasters that answer together; it looks like one of them to whoever measures and saves it.

    Parameters
    ----------
    members : mapping of str to Forecaster
        By family, the simplest first; fitted on the same rows, for the same span.
    """

    def __init__(self, members: Mapping[str, Forecaster]) -> None:
        self.members = dict(members)
        first = next(iter(self.members.values()))
        self.encoder_ = first.encoder_
        self.yardstick_ = first.yardstick_
        self.intervals_ = first.intervals_
        self.data_: dict[str, Any] = dict(first.data_)
        self.scores_: tuple[Score, ...] = ()
        self.history_: list[EpochRecord] = []

    def answer(self, series: Series, *, since: int, before: int) -> Answered:
        """Forecasts from every origin whose targets lie in a part of time, beside what came."""
        return average([member.answer(series, since=since, before=before) for member in self.members.values()])

    def to_artifact(self) -> Artifact:
        """What a model folder of it holds: the members whole, in folders of their own."""
        encoding, _, arrays = self.encoder_.state()
        weights = dict.fromkeys(self.members, 1 / len(self.members))
        card = Card(
            task=Forecaster.task,
            family=ENSEMBLE,
            params=next(iter(self.members.values())).to_artifact().card.params,
            classes=[],
            encoding=encoding,
            model={"kind": ENSEMBLE, "weights": weights, "season": self.yardstick_.season},
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
    places = choose_members([row.chosen.truth - row.chosen.forecast for row in best], scale=scale)
    if len(places) < 2:
        return None
    parts = sorted((best[place] for place in places), key=lambda row: FORECAST_FAMILIES.index(row.family))
    learner = ForecastEnsemble({row.family: row.learner for row in parts})
    chosen, calibrated = average([row.chosen for row in parts]), average([row.calibrated for row in parts])
    encoder = learner.encoder_
    learner.intervals_ = fit_intervals(calibrated.truth, calibrated.forecast)
    series = encoder.align(study.series)
    learner.scores_ = measure(chosen, series, encoder=encoder, yardstick=learner.yardstick_, who="validation")
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


def choose_members(errors: Sequence[np.ndarray], *, scale: np.ndarray) -> list[int]:
    """Which forecasts have the mean that errs least: the best one, and then each that makes it better.

    All count alike. Weights fitted on the rows that choose did worse on others: Beijing's temperature a day ahead has
    an error of 2.19 degrees by the plain mean of ridge and GRU, 2.21 by weights of 30 and 70 %.

    Parameters
    ----------
    errors : sequence of ndarray, ``[N, O, G]`` each
        What came less what each forecast, on rows that choose; the best one first.
    scale : ndarray, ``[G]``
        Of the targets.

    Returns
    -------
    list of int
        Places in ``errors``, ascending.

    Source: Caruana et al. (2004), Ensemble Selection from Libraries of Models, section 2; Smith and Wallis (2009), A
    Simple Explanation of the Forecast Combination Puzzle (equal weights).
    """
    members = [0]
    total, least = errors[0], float(np.abs(errors[0] / scale).mean())
    for place in range(1, len(errors)):
        loss = float(np.abs((total + errors[place]) / ((len(members) + 1) * scale)).mean())
        if loss < least:
            members.append(place)
            total, least = total + errors[place], loss
    return members


def average(answers: Sequence[Answered]) -> Answered:
    """The plain mean of several forecasts of the same rows; without a spread, as not every member has one."""
    mean = np.mean([answered.forecast for answered in answers], axis=0)
    return replace(answers[0], forecast=mean, spread=None)
