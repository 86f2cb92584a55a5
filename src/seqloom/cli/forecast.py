"""``seqloom train`` and ``rank`` of measurements over time: split by time, compared with the naive, tested once."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from seqloom.cli import forecast_story
from seqloom.cli.console import Console
from seqloom.cli.reading import name_run, read_measurements
from seqloom.errors import UsageError

if TYPE_CHECKING:
    from seqloom.flow import Series
    from seqloom.studies.finish_forecast import ForecastOutcome
    from seqloom.studies.forecasting import ForecastRow, ForecastStudy
    from seqloom.studies.run_folder import RunFolder

__all__ = ["ForecastRun", "forecast", "list_asked", "pick_forecast_params", "train_forecast", "train_station"]

# Arguments of the verbs that a forecaster takes under the same name.
_PARAMS = (
    *("context", "horizon", "steps", "series_id", "max_gap", "loss", "units", "layers", "bidirectional"),
    *(
        "dropout",
        "recurrent_dropout",
        "kernel_size",
        "input_dropout",
        "optimizer",
        "learning_rate",
        "epochs",
        "batch_size",
    ),
    *("patience", "devices", "schedule", "weight_decay", "clip_norm"),
)
_NAMES = ("target", "future", "angles", "drop")


# What ``train`` compares where no family is named: what there is to beat, and what beats it on most stations.
_RIVALS, _NET = ("last", "seasonal", "ridge", "trees"), "gru"


def list_asked(ctx: typer.Context) -> set[str]:
    """The options that were typed, by the names of the verb's parameters: all others have their default."""
    sources = {name: ctx.get_parameter_source(name) for name in ctx.params}
    return {name for name, source in sources.items() if source is not None and source.name == "COMMANDLINE"}


def forecast(given: Mapping[str, Any], *, asked: set[str], verb: str = "train") -> None:
    """``train`` or ``rank`` of measurements over time.

    Parameters
    ----------
    given : mapping
        What the verb was given, by name.
    asked : set of str
        What of it was typed: all else is left to the forecasters.
    verb : {"train", "rank"}
        Which; ``rank`` has ``--families`` and ``--budget`` for all of them, and tries every family by default.
    """
    from seqloom.cli.arguments import check_choice, parse_seconds

    _check_asked(asked)
    check_choice("--steps", given["steps"], ("path", "last"))
    check_choice("--loss", given.get("loss"), (None, "mae", "mse", "huber", "quantile"))
    is_rank = verb == "rank"
    params = pick_forecast_params(given, asked)
    if not is_rank and given["budget"] is not None:
        params["budget"] = given["budget"]
    run = ForecastRun(
        data=given["data"],
        folder=given["output"],
        families=_choose_ranked(given["families"]) if is_rank else _choose_trained(given),
        params=params,
        test_share=given["test_share"],
        budget=parse_seconds(given["budget"]) if is_rank else None,
        has_ensemble=not given.get("no_ensemble", False),
    )
    console = Console(quiet=given["quiet"], as_json=given["as_json"])
    train_forecast(run, console, overwrite=given["overwrite"], resume=given["resume"])


def _choose_ranked(families: str | None) -> tuple[str, ...]:
    """All families, or those that were named with what there is to beat, the simplest first."""
    from seqloom.cli.arguments import check_choice
    from seqloom.tasks.forecast_families import FORECAST_FAMILIES, NAIVE

    names = FORECAST_FAMILIES if families is None else tuple(name.strip() for name in families.split(","))
    for name in names:
        check_choice("--families", name, FORECAST_FAMILIES)
    return tuple(family for family in FORECAST_FAMILIES if family in {*names, *NAIVE[:2], "ridge"})


def _choose_trained(given: Mapping[str, Any]) -> tuple[str, ...]:
    """The family that was named and its rivals, the simplest first."""
    from seqloom.cli.arguments import check_choice
    from seqloom.tasks.forecast_families import FORECAST_FAMILIES

    family = given["family"]
    check_choice("--family", family, (None, *FORECAST_FAMILIES))
    wanted = {family or _NET} if given["no_rivals"] else {family or _NET, *_RIVALS}
    return tuple(name for name in FORECAST_FAMILIES if name in wanted)


def _check_asked(asked: set[str]) -> None:
    """Nothing, if all that was asked for can be said of a forecast; UsageError otherwise."""
    known = {
        *_PARAMS,
        *_NAMES,
        "time_column",
        "no_calendar",
        "test_share",
        "family",
        "families",
        "no_rivals",
        "no_ensemble",
        "budget",
    }
    known |= {"data", "output", "task", "seed", "overwrite", "resume", "as_json", "quiet", "weight_decay", "clip_norm"}
    if unknown := sorted(asked - known):
        named = ", ".join(f"--{name.replace('_', '-')}" for name in unknown)
        raise UsageError(f"{named} found, of no use to a forecast (--target, --horizon). Leave it out.")


@dataclass(frozen=True, kw_only=True)
class ForecastRun:
    """What a verb was asked for.

    Parameters
    ----------
    data : Path
        The table.
    folder : Path or None
        Where the run goes; None: by the name of the data.
    families : tuple of str
        To compare, the simplest first.
    params : mapping
        Constructor arguments of the learners, but for ``family``.
    test_share : float
        Of the time.
    budget : float or None
        Seconds for all of it.
    has_ensemble : bool
        Whether the best few together are one more row.
    """

    data: Path
    folder: Path | None
    families: tuple[str, ...]
    params: Mapping[str, Any]
    test_share: float
    budget: float | None = None
    has_ensemble: bool = True


def pick_forecast_params(given: Mapping[str, Any], asked: set[str]) -> dict[str, Any]:
    """What a forecaster is made with, of all that a verb was ``given``; only what was ``asked`` for, by name."""
    params = {name: given[name] for name in _PARAMS if name in asked}
    if given.get("time_column") is not None:
        params["time"] = given["time_column"]
    for name in _NAMES:
        if given.get(name) is not None:
            params[name] = tuple(part.strip() for part in str(given[name]).split(","))
    if len(params.get("target", ())) == 1:
        params["target"] = params["target"][0]
    return params | {"random_state": given["seed"], "calendar": not given["no_calendar"]}


def train_forecast(run: ForecastRun, console: Console, *, overwrite: bool, resume: bool) -> None:
    """Everything from reading to saving.

    Parameters
    ----------
    run : ForecastRun
        What was asked for.
    console : Console
        Where to tell it.
    overwrite, resume : bool
        What to do where a run of that name stands already.
    """
    from seqloom.studies.run_folder import RunFolder
    from seqloom.tasks.forecaster import Forecaster

    folder = RunFolder(run.folder or Path("runs") / name_run(run.data), overwrite=overwrite, resume=resume)
    measured = read_measurements(run.data, Forecaster(**run.params).get_params())
    train_station(measured, run, folder=folder, console=console)


def train_station(
    measured: tuple[Series, Sequence[Any]], run: ForecastRun, *, folder: RunFolder, console: Console
) -> ForecastOutcome:
    """Everything behind the reading; the demo comes in here too.

    Parameters
    ----------
    measured : tuple
        The series, and what was odd in it.
    run : ForecastRun
        What was asked for.
    folder : RunFolder
        Where the run goes; not begun.
    console : Console
        Where to tell it.
    """
    from seqloom.series.windows import cut_times
    from seqloom.studies.finish_forecast import finish_forecast
    from seqloom.studies.forecast_blend import blend_forecasts
    from seqloom.studies.forecasting import ForecastStudy, digest_series, keep_forecast
    from seqloom.tasks.forecaster import Forecaster

    began = time.perf_counter()
    series, findings = measured
    forecast_story.tell_reading(console, series, findings, name=str(run.data))
    held = (1 - run.test_share) * Forecaster(**run.params).validation_split / 2
    cuts = cut_times(series, (1 - run.test_share - 2 * held, held, held, run.test_share))
    study = ForecastStudy(families=run.families, series=series, cuts=cuts, params=run.params, folder=folder)
    forecast_story.tell_parts(console, study)
    folder.begin(digest_series(series, {**run.params, "families": run.families, "test_share": run.test_share}))
    deadline = None if run.budget is None else began + run.budget
    with folder.guard():
        rows, failures = _train(console, study, deadline=deadline)
        if run.has_ensemble and (blended := blend_forecasts(study, rows)) is not None:
            rows.append(blended)
            forecast_story.tell_row(console, blended)
        console.print()
        kept = keep_forecast(rows)
        forecast_story.tell_verdict(console, rows, kept=kept)
        outcome = finish_forecast(
            study, rows, kept=kept, failures=failures, findings=findings, seconds=time.perf_counter() - began
        )
    forecast_story.tell_outcome(console, study, outcome)
    console.give(outcome.metrics)
    return outcome


def _train(
    console: Console, study: ForecastStudy, *, deadline: float | None
) -> tuple[list[ForecastRow], dict[str, str]]:
    """A row for each family that was trained, and why those that failed did so."""
    from seqloom.nets.series_defaults import FORECAST_DEFAULTS
    from seqloom.studies.forecasting import compare_forecasts

    rows: list[ForecastRow] = []
    failures: dict[str, str] = {}
    console.print()
    console.print(f"{'family':<12}{'validation MAE':<26}{'RMSE':>9}{'skill':>9}{'seconds':>10}{'size':>9}")
    with ExitStack() as stack:
        advance: Any = None
        for event in compare_forecasts(study, deadline=deadline):
            if event.record is not None:
                advance(f"loss {event.record.valid['loss']:.4f}")
            elif event.row is not None:
                stack.close()
                rows.append(event.row)
                forecast_story.tell_row(console, event.row)
            elif event.failure is not None:
                stack.close()
                failures[event.family] = event.failure
                console.print(f"{event.family:<12}failed: {event.failure}")
            else:
                default = FORECAST_DEFAULTS.get(event.family)
                total = (study.params.get("epochs") or default.epochs) if default else 1
                advance = stack.enter_context(console.progress(total, label=event.family))
    return rows, failures
