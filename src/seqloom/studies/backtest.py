"""A forecaster as it would have answered at some moments of the past, each time knowing what was known by then."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from seqloom.artifact import read_arrays, write_arrays
from seqloom.errors import DataError
from seqloom.flow import Arrays, Series
from seqloom.forecasts import LEVELS, ForecastPredictor
from seqloom.scores.conformal import fit_intervals
from seqloom.series.durations import format_duration
from seqloom.studies.forecast_blend import ForecastEnsemble, average
from seqloom.studies.study_folder import AbstractStudyFolder
from seqloom.tasks.forecaster import Forecaster

__all__ = ["Backtest", "BacktestFolder", "choose_cutoffs", "run_backtest"]


class BacktestFolder(AbstractStudyFolder):
    """The folder of one backtest: ``forecasts.csv``, ``backtest.json``; see ``AbstractStudyFolder`` for its states."""

    results = ("backtest.json", "forecasts.csv")
    parts = "cutoffs"
    outlives_errors = True

    def _check_free(self) -> None:
        if self.folder.exists() and not self.overwrite:
            raise DataError(f"{self.folder} exists already. Give another name with -o, or pass --overwrite.")

    def _say_where_to_look(self) -> str:
        return f"See {self.folder / 'forecasts.csv'}."

    def _name_finished(self) -> str:
        n = len(list((self.partial / self.parts).glob("*.safetensors")))
        return f"{n} cutoffs" if n else ""

    def read_cutoff(self, cutoff: int) -> Arrays | None:
        """What a finished cutoff came to; None where it was not finished."""
        path = self.partial / self.parts / f"{cutoff}.safetensors"
        return read_arrays(path) if path.exists() else None

    def write_cutoff(self, cutoff: int, arrays: Arrays) -> None:
        """Keep a finished cutoff."""
        write_arrays(self.partial / self.parts / f"{cutoff}.safetensors", arrays)

    def finish(self) -> None:
        """Give it its name."""
        for path in (self.partial / self.parts).glob("*"):
            path.unlink()
        (self.partial / self.parts).rmdir()
        (self.partial / "study.json").unlink()
        self._take_name()


@dataclass(frozen=True, kw_only=True)
class Backtest:
    """What is asked.

    Parameters
    ----------
    predictor : ForecastPredictor
        Of a run folder.
    series : Series
        With the channels that it was trained with.
    cutoffs : sequence of int
        Moments, in microseconds since 1970: the last that each forecast knows.
    refit : bool
        Whether each is answered by a model trained anew on what was known by then, instead of the saved one.
    n_jobs : int
        Processes that train at a time.
    """

    predictor: ForecastPredictor
    series: Series
    cutoffs: Sequence[int]
    refit: bool = False
    n_jobs: int = 1


def choose_cutoffs(series: Series, *, horizon: int, n: int, every: int) -> list[int]:
    """The last ``n`` moments of a ``series``, ``every`` so many rows, that have a ``horizon`` of rows behind them.

    Raises
    ------
    DataError
        Where there are not so many.
    """
    last = int(series.times().max()) - horizon * series.step
    cutoffs = [last - place * every * series.step for place in range(n)][::-1]
    if cutoffs[0] < int(series.times().min()):
        raise DataError(
            f"{n} cutoffs, one every {format_duration(every * series.step)}, reach back beyond the first of "
            f"{len(series):,} rows. Ask for fewer (--cutoffs), or closer ones (--every)."
        )
    return cutoffs


def run_backtest(backtest: Backtest, folder: BacktestFolder) -> Iterator[tuple[int, Arrays]]:
    """Each cutoff with what was forecast behind it, in their order; finished ones of a resumed run are not done again.

    Parameters
    ----------
    backtest : Backtest
        What is asked.
    folder : BacktestFolder
        Begun; each cutoff is kept there as soon as it is finished.

    Yields
    ------
    tuple
        The cutoff; ``rows`` ``[n]`` of the series that it was answered from, ``forecast`` and ``truth`` ``[n, O, G]``,
        ``bounds`` ``[n, O, G, Q]``.
    """
    waiting = [cutoff for cutoff in backtest.cutoffs if folder.read_cutoff(cutoff) is None]
    if backtest.refit and backtest.n_jobs > 1 and len(waiting) > 1:
        _refit_apart(backtest, folder, waiting=waiting)
    for cutoff in backtest.cutoffs:
        arrays = folder.read_cutoff(cutoff)
        if arrays is None:
            if backtest.refit:
                arrays = _refit_at(_describe(backtest), backtest.series, cutoff=cutoff)
            else:
                arrays = _answer(backtest.predictor, backtest.series, cutoff=cutoff)
            folder.write_cutoff(cutoff, arrays)
        yield cutoff, arrays


def _refit_apart(backtest: Backtest, folder: BacktestFolder, *, waiting: Sequence[int]) -> None:
    """Some cutoffs in processes of their own: spawned, as JAX does not survive a fork."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(backtest.n_jobs, mp_context=context) as pool:
        tasks = {
            cutoff: pool.submit(_refit_at, _describe(backtest), backtest.series, cutoff=cutoff) for cutoff in waiting
        }
        for cutoff, task in tasks.items():
            folder.write_cutoff(cutoff, task.result())


def _describe(backtest: Backtest) -> Mapping[str, Any]:
    """Families and settings of the saved model; one device each, so that the bits do not depend on the processes."""
    card = backtest.predictor.card
    families = list(card.model.get("weights", {})) or [card.family]
    return {"families": families, "params": {**backtest.predictor.params, "devices": 1}}


def _refit_at(asked: Mapping[str, Any], series: Series, *, cutoff: int) -> Arrays:
    """What a model says behind a cutoff that was trained on the rows up to it."""
    known, learners = _cut_off(series, cutoff), {}
    for family in asked["families"]:
        learners[family] = Forecaster(**{**asked["params"], "family": family}).fit(known)
    if len(learners) == 1:
        return _answer(next(iter(learners.values())), series, cutoff=cutoff)
    ensemble = ForecastEnsemble(learners)
    calibrated = average([learner.calibrated_ for learner in learners.values()])
    ensemble.intervals_ = fit_intervals(calibrated.truth, calibrated.forecast)
    return _answer(ensemble, series, cutoff=cutoff)


def _cut_off(series: Series, cutoff: int) -> Series:
    """The rows up to a moment; series that begin later are left out."""
    is_known = series.times() <= cutoff
    owners = np.repeat(np.arange(len(series.ids)), np.diff(series.offsets))
    lengths = np.bincount(owners[is_known], minlength=len(series.ids))
    kept = np.flatnonzero(lengths)
    return replace(
        series,
        values=series.values[is_known],
        offsets=np.concatenate([[0], np.cumsum(lengths[kept])]),
        ids=tuple(series.ids[place] for place in kept),
        begins=series.begins[kept],
    )


def _answer(model: Any, series: Series, *, cutoff: int) -> Arrays:
    span, intervals = model.encoder_.span, model.intervals_
    since, before = cutoff + span.first_step * series.step, cutoff + span.horizon * series.step + 1
    answered = model.answer(series, since=since, before=before)
    bounds = intervals.bound(answered.forecast, LEVELS, spread=answered.spread)
    return {"rows": answered.origins, "forecast": answered.forecast, "truth": answered.truth, "bounds": bounds}
