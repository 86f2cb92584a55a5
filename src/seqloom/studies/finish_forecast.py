"""The end of a comparison of forecasters: the kept one tested once, beside the naive, and the run folder made whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from seqloom.artifact import plain_history
from seqloom.baselines.naive import NAIVE_FAMILIES, NaiveForecast
from seqloom.flow import Score
from seqloom.forecasts import Answered, answer_origins, find_bands
from seqloom.json_files import write_json
from seqloom.report.forecasts import plot_errors, plot_forecast, plot_skill
from seqloom.report.plots import plot_curves
from seqloom.scores.conformal import Coverage
from seqloom.scores.forecast import errors_by_step
from seqloom.series.durations import choose_unit
from seqloom.studies.finish import describe_machine
from seqloom.studies.forecasting import ForecastRow, ForecastStudy
from seqloom.tasks.forecast_rows import measure, measure_held

__all__ = ["ForecastOutcome", "finish_forecast"]

# Families whose errors are drawn: the best few, and what there is to beat.
_MOST_LINES = 6


@dataclass(frozen=True, kw_only=True)
class ForecastOutcome:
    """What came of a run.

    Parameters
    ----------
    kept : ForecastRow
        The family that lies in the folder.
    test_scores : tuple of Score
        Its own.
    naive, naive_error : str, float
        The naive family that errs least on the test rows, and its mean absolute error: what there is to beat.
    coverage : tuple of Coverage
        What intervals held that move with the errors known by then.
    metrics : mapping
        What ``metrics.json`` holds.
    """

    kept: ForecastRow
    test_scores: tuple[Score, ...]
    naive: str
    naive_error: float
    coverage: tuple[Coverage, ...]
    metrics: Mapping[str, Any]


def finish_forecast(
    study: ForecastStudy,
    rows: Sequence[ForecastRow],
    *,
    kept: ForecastRow,
    failures: Mapping[str, str],
    findings: Sequence[Any],
    seconds: float,
) -> ForecastOutcome:
    """Test the kept family once, draw it, and give the run folder its last files and its name.

    Parameters
    ----------
    study : ForecastStudy
        Its folder holds the finished families.
    rows : sequence of ForecastRow
        All of the table.
    kept : ForecastRow
        One of them.
    failures : mapping of str to str
        Why families of the study have no row.
    findings : sequence of Finding
        What was odd in the rows.
    seconds : float
        Of the run so far, for ``run.json``.

    Returns
    -------
    ForecastOutcome
        The folder is whole by then.
    """
    learner, encoder = kept.learner, kept.learner.encoder_
    tested = learner.answer(study.series, since=int(study.cuts[3]), before=int(study.cuts[4]))
    series = encoder.align(study.series)
    scores = measure(tested, series, encoder=encoder, yardstick=learner.yardstick_, who="test")
    naive = {family: _forecast_naive(study, kept, family=family, origins=tested.origins) for family in NAIVE_FAMILIES}
    errors = {family: float(np.abs(answered.truth - answered.forecast).mean()) for family, answered in naive.items()}
    best = min(errors, key=errors.__getitem__)
    coverage = measure_held(tested, series, encoder=encoder, intervals=learner.intervals_)
    learner.scores_ = (*learner.scores_, *scores)
    learner.data_ = {**learner.data_, "n_test": len(tested.origins)}
    metrics = {
        "kept": kept.family,
        "test": [asdict(score) for score in scores],
        "test_naive": errors,
        "test_by_step": errors_by_step(tested.truth, tested.forecast).T.tolist(),
        "intervals": [asdict(found) for found in coverage],
        **_describe_study(study, rows),
        "failed": dict(failures),
        "findings": [asdict(finding) for finding in findings],
    }
    partial = study.folder.partial
    write_json(partial / "metrics.json", metrics)
    write_json(partial / "run.json", _describe_run(rows, seconds=seconds))
    _draw(study, rows, kept=kept, tested=tested)
    study.folder.finish(kept.family, learner.to_artifact())
    return ForecastOutcome(
        kept=kept,
        test_scores=scores,
        naive=best,
        naive_error=errors[best],
        coverage=coverage,
        metrics={**metrics, "folder": str(study.folder.folder)},
    )


def _describe_study(study: ForecastStudy, rows: Sequence[ForecastRow]) -> dict[str, Any]:
    return {
        "targets": list(rows[0].learner.encoder_.targets),
        "cuts": [str(np.datetime64(int(cut), "us")) for cut in study.series.ticks.moments(study.cuts)],
        "rows": [_tabulate(row) for row in rows],
    }


def _forecast_naive(study: ForecastStudy, kept: ForecastRow, *, family: str, origins: np.ndarray) -> Answered:
    encoder = kept.learner.encoder_
    span = encoder.span
    model = NaiveForecast(family, n_steps=span.n_steps, first_step=span.first_step, n_targets=encoder.n_targets)
    model.season_ = kept.learner.yardstick_.season
    return answer_origins(encoder.align(study.series), origins, encoder=encoder, answer=model.predict)


def _draw(study: ForecastStudy, rows: Sequence[ForecastRow], *, kept: ForecastRow, tested: Answered) -> None:
    """``forecast.svg``: the last test forecast beside what came; ``errors.svg``: validation error by horizon."""
    learner, partial = kept.learner, study.folder.partial
    encoder, series = learner.encoder_, learner.encoder_.align(study.series)
    span, times = encoder.span, series.moments()
    origin = int(tested.origins[-1])
    past = slice(origin + 1 - span.context, origin + 1)
    ahead = origin + np.arange(span.first_step, span.horizon + 1)
    bands = find_bands(learner.intervals_, tested)
    name = f"{encoder.targets[0]}, by {kept.family}"
    plot_forecast(
        partial / "forecast.svg",
        past=(times[past], series.values[past, 0]),
        ahead=(times[ahead], tested.forecast[-1, :, 0]),
        bands=bands,
        truth=tested.truth[-1, :, 0],
        title=name,
    )
    histories = {row.family: row.learner.history_ for row in rows if len(row.learner.history_) > 1}
    if histories:
        plot_curves(histories, partial / "curves.svg", metrics=("mae", "loss"))
    _draw_skill(rows, partial / "skill.svg", targets=encoder.targets)
    if span.n_steps > 1:
        unit, size = choose_unit(span.horizon * encoder.step)
        shown = sorted((row for row in rows if row.errors is not None), key=lambda row: row.error)[:_MOST_LINES]
        plot_errors(
            partial / "errors.svg",
            {row.family: row.errors[:, 0].tolist() for row in shown if row.errors is not None},
            steps=(np.arange(1, span.horizon + 1) * encoder.step / size).tolist(),
            unit=unit,
            title=f"Mean absolute error of {encoder.targets[0]} on validation",
        )


def _draw_skill(rows: Sequence[ForecastRow], path: Path, *, targets: Sequence[str]) -> None:
    """The table as a picture; of several targets the errors are in the spread of each."""
    is_one = len(targets) == 1
    scores = {row.family: row.score("mae" if is_one else "scaled_mae") for row in rows}
    levels = [scores[row.family].value / (1 - row.score("skill").value) for row in rows if row.score("skill").value < 1]
    if len(rows) < 2 or not levels:
        return
    errors = {
        family: (
            score.value,
            score.value if score.low is None else score.low,
            score.value if score.high is None else score.high,
        )
        for family, score in scores.items()
    }
    what = targets[0] if is_one else f"{len(targets)} targets, each in its standard deviation,"
    plot_skill(path, errors, naive=NAIVE_FAMILIES, level=levels[0], title=f"Error of {what} on validation")


def _tabulate(row: ForecastRow) -> dict[str, Any]:
    return {
        "family": row.family,
        "is_interrupted": row.is_interrupted,
        "divergence": row.divergence,
        "n_bytes": row.n_bytes,
        "n_parameters": row.n_parameters,
        "scores": [asdict(score) for score in row.learner.scores_ if score.who == "validation"],
        "history": plain_history(row.learner.history_),
    }


def _describe_run(rows: Sequence[ForecastRow], *, seconds: float) -> dict[str, Any]:
    """All that may differ between two equal runs."""
    families = {
        row.family: {"seconds": round(row.seconds, 3), "compile_seconds": round(row.compile_seconds, 3)} for row in rows
    }
    return {**describe_machine(), "seconds": round(seconds, 3), "families": families}
