"""Several families forecast the same series: one table, the best on validation kept, tested once, beside the naive."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from seqloom.errors import TrainingError
from seqloom.flow import Arrays, EpochRecord, Score, Series
from seqloom.forecasts import Answered
from seqloom.studies.run_folder import RunFolder
from seqloom.tasks.forecast_families import NAIVE
from seqloom.tasks.forecaster import Forecaster

__all__ = ["ForecastEvent", "ForecastRow", "ForecastStudy", "compare_forecasts", "digest_series", "keep_forecast"]

# Which answers of a row are kept, and what of each.
_ANSWERED, _PARTS = ("chosen", "calibrated"), ("origins", "forecast", "truth", "spread")

# What of a row is written as it is.
_PLAIN = ("seconds", "compile_seconds", "is_interrupted", "divergence", "n_parameters")


@dataclass(frozen=True, kw_only=True)
class ForecastStudy:
    """What a comparison of forecasters is made of.

    Parameters
    ----------
    families : sequence of str
        In the order they are trained, the simplest first.
    series : Series
        Targets first; the test rows among them are not looked at here.
    cuts : ndarray, ``[5] int64``
        Moments at which the rows to train on, to choose on, to calibrate on and to test on begin, and the end.
    params : mapping
        Constructor arguments of the learners, ``family`` aside.
    folder : RunFolder
        Begun.
    """

    families: Sequence[str]
    series: Series
    cuts: np.ndarray
    params: Mapping[str, Any] = field(default_factory=dict)
    folder: RunFolder


@dataclass(frozen=True, kw_only=True)
class ForecastRow:
    """One family's line of the table.

    Parameters
    ----------
    family : str
        Its name.
    learner : Forecaster or ForecastEnsemble
        Fitted.
    chosen, calibrated : Answered
        Its forecasts of the rows that choose and of those that calibrate, before it was fitted on these too.
    seconds, compile_seconds : float
        All it took, and how much of it was compiling.
    errors : ndarray or None, ``[O, G]``
        The mean absolute validation error of each step and target.
    n_bytes, n_parameters : int
        Of its model folder; numbers that were learned.
    is_resumed, is_interrupted : bool
        Whether it was found finished; whether Ctrl-C ended it, and the best epoch so far is what it stands with.
    divergence : str or None
        Where its loss was not a number any more, if that ended it.
    """

    family: str
    learner: Any
    chosen: Answered
    calibrated: Answered
    seconds: float
    compile_seconds: float
    errors: np.ndarray | None = None
    n_bytes: int = 0
    n_parameters: int = 0
    is_resumed: bool = False
    is_interrupted: bool = False
    divergence: str | None = None

    def score(self, metric: str) -> Score:
        """The validation score of a metric."""
        return next(score for score in self.learner.scores_ if score.metric == metric)

    @property
    def error(self) -> float:
        """What families are compared by: the mean absolute error, of several targets each in its own spread."""
        return self.score("scaled_mae").value


@dataclass(frozen=True, kw_only=True)
class ForecastEvent:
    """Something to tell of a family: it begins, an epoch is over (``record``), it is finished (``row``), or failed."""

    family: str
    record: EpochRecord | None = None
    row: ForecastRow | None = None
    failure: str | None = None


def compare_forecasts(study: ForecastStudy, *, deadline: float | None = None) -> Iterator[ForecastEvent]:
    """Train each family, telling what happens; finished ones of a resumed run are not trained again.

    Parameters
    ----------
    study : ForecastStudy
        Families, rows, settings.
    deadline : float or None
        When, by ``time.perf_counter``, all should be trained: each family has an equal share of the time that is left.

    Yields
    ------
    ForecastEvent
        The last of each family carries its row, or says why there is none, and the others go on.

    Raises
    ------
    KeyboardInterrupt
        After Ctrl-C before anything but the naive was learned.
    TrainingError
        Where no family was left.
    """
    finished: list[str] = []
    problem = None
    for place, family in enumerate(study.families):
        yield ForecastEvent(family=family)
        if (row := _read_row(study.folder, family)) is not None:
            finished.append(family)
            yield ForecastEvent(family=family, row=row)
            continue
        budget = (
            None if deadline is None else max(1.0, (deadline - time.perf_counter()) / (len(study.families) - place))
        )
        learner = Forecaster(family=family, **{**study.params, **({} if budget is None else {"budget": budget})})
        began = time.perf_counter()
        try:
            for record in learner.fit_epochs(study.series, cuts=study.cuts[:4]):
                yield ForecastEvent(family=family, record=record)
        except KeyboardInterrupt:
            if set(finished) <= set(NAIVE):
                raise
            return
        except TrainingError as failure:
            problem = failure
            yield ForecastEvent(family=family, failure=str(failure))
            continue
        row = _keep_row(study, family, learner=learner, seconds=time.perf_counter() - began)
        finished.append(family)
        yield ForecastEvent(family=family, row=row)
        if row.is_interrupted:
            return
    if problem is not None and not finished:
        raise problem


def keep_forecast(rows: Sequence[ForecastRow]) -> ForecastRow:
    """The row with the least validation error; of equal ones the first, which is the simpler."""
    return min(rows, key=lambda row: row.error)


def digest_series(series: Series, settings: Mapping[str, Any]) -> str:
    """A fingerprint of a ``series`` and settings: a run is gone on with only where both are what it began with."""
    digest = hashlib.sha256(np.ascontiguousarray(series.values).tobytes())
    clock = [series.names, series.ids, series.offsets.tolist(), series.begins.tolist(), series.step]
    digest.update(json.dumps([clock, settings], sort_keys=True, default=str).encode())
    return digest.hexdigest()


def _keep_row(study: ForecastStudy, family: str, *, learner: Forecaster, seconds: float) -> ForecastRow:
    arrays = learner.model_.state()[1].values()
    row = ForecastRow(
        family=family,
        learner=learner,
        seconds=seconds,
        compile_seconds=sum(record.compile_seconds for record in learner.history_),
        errors=learner.errors_,
        chosen=learner.chosen_,
        calibrated=learner.calibrated_,
        n_parameters=sum(array.size for array in arrays if array.dtype.kind == "f"),
        is_interrupted=learner.is_interrupted_,
        divergence=getattr(learner.model_, "divergence", None),
    )
    plain = {name: getattr(row, name) for name in _PLAIN} | {"scores": [asdict(score) for score in learner.scores_]}
    n_bytes = study.folder.write_family(family, learner.to_artifact(), row=plain, answers=_pack(row))
    return replace(row, n_bytes=n_bytes)


def _pack(row: ForecastRow) -> Arrays:
    answered = {f"{name}/{part}": getattr(getattr(row, name), part) for name in _ANSWERED for part in _PARTS}
    return {name: array for name, array in {**answered, "errors": row.errors}.items() if array is not None}


def _read_row(folder: RunFolder, family: str) -> ForecastRow | None:
    plain = folder.read_row(family)
    if plain is None:
        return None
    learner = Forecaster.load(folder.family_folder(family))
    found: dict[str, Any] = {name: plain[name] for name in _PLAIN}
    answers = folder.read_answers(family)
    found["errors"] = answers["errors"]
    for name in _ANSWERED:
        parts: dict[str, Any] = {part: answers.get(f"{name}/{part}") for part in _PARTS}
        found[name] = Answered(**parts)
    return ForecastRow(family=family, learner=learner, n_bytes=plain["n_bytes"], is_resumed=True, **found)
