"""``seqloom backtest``: a saved forecaster as it would have answered at moments of the past."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seqloom.cli.console import Console, say_count
from seqloom.cli.forecast_story import say_time
from seqloom.cli.options import AsJson, Overwrite, Quiet, Run
from seqloom.cli.reading import read_measurements
from seqloom.cli.settings import Resume
from seqloom.errors import UsageError

if TYPE_CHECKING:
    import numpy as np

    from seqloom.flow import Arrays
    from seqloom.studies.backtest import Backtest, BacktestFolder

__all__ = ["backtest"]


def backtest(
    model: Run,
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="A table with the columns of training, and with what came.")
    ],
    cutoffs: Annotated[
        int, typer.Option("--cutoffs", min=1, metavar="N", help="How many moments. 8, of the end of DATA.")
    ] = 8,
    every: Annotated[
        str | None,
        typer.Option(
            "--every", metavar="TIME", help="From one to the next. Default: a horizon, so that no row is asked twice."
        ),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="MOMENT,...",
            help="The moments themselves, such as 2014-06-01,2014-09-01T12:00. Default: as many as --cutoffs.",
        ),
    ] = None,
    refit: Annotated[
        bool,
        typer.Option(
            "--refit", help="Train anew at each on what was known by then. Off: the saved model answers at all of them."
        ),
    ] = False,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Processes that train at a time, with --refit.")] = 1,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FOLDER", help="Where it goes. Default: the run's name with -backtest."),
    ] = None,
    overwrite: Overwrite = False,
    resume: Resume = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Forecast from moments of the past, and hold it against what came."""
    import numpy as np

    from seqloom import load
    from seqloom.studies.backtest import Backtest, BacktestFolder, run_backtest

    predictor = load(model)
    if predictor.card.task != "forecaster":
        raise UsageError(
            f"{model} holds a {predictor.card.task}: only forecasters are backtested. See seqloom evaluate."
        )
    console = Console(quiet=quiet, as_json=as_json)
    folder = BacktestFolder(output or model.with_name(model.name + "-backtest"), overwrite=overwrite, resume=resume)
    series, _ = read_measurements(data, predictor.params, clock=predictor.encoder_.clock)
    series = predictor.encoder_.align(series)
    moments = _choose(series, predictor, n=cutoffs, every=every, at=at)
    asked = Backtest(predictor=predictor, series=series, cutoffs=moments, refit=refit, n_jobs=jobs)
    described = repr((predictor.card, moments, refit)).encode() + np.ascontiguousarray(series.values).tobytes()
    folder.begin(hashlib.sha256(described).hexdigest())
    console.say("Read", f"{len(series):,} rows of {data}")
    how = "trained anew on what was known by then" if refit else "the saved model, which may have learned from some"
    console.say("Asked", f"{say_count(len(moments), 'moment')}, {how}")
    with folder.guard():
        found = {}
        console.print()
        console.print(f"{'known until':<20}{'MAE':>10}{'last value':>14}{'80 % held':>14}")
        for cutoff, arrays in run_backtest(asked, folder):
            found[cutoff] = arrays
            _tell(console, asked, cutoff, arrays)
        _finish(console, asked, folder, found)


def _choose(series: Any, predictor: Any, *, n: int, every: str | None, at: str | None) -> list[int]:
    from seqloom.series.durations import count_rows
    from seqloom.studies.backtest import choose_cutoffs

    horizon = predictor.encoder_.span.horizon
    if at is None:
        rows = horizon if every is None else count_rows(every, series.step, name="--every")
        return choose_cutoffs(series, horizon=horizon, n=n, every=rows)
    import numpy as np

    from seqloom.series.times import read_moments

    moments = read_moments([part.strip() for part in at.split(",")], name="--at")
    return sorted({int(series.ticks.count(np.array(moment))) for moment in moments})


def _measure(asked: Backtest, arrays: Arrays) -> dict[str, float]:
    """Of the first target: errors of the forecast and of the last value, and the share that 80 % held."""
    import numpy as np

    last = asked.series.values[arrays["rows"], 0][:, None]
    truth = arrays["truth"][:, :, 0]
    bounds: np.ndarray = arrays["bounds"][:, :, 0]
    is_held = (truth >= bounds[..., 1]) & (truth <= bounds[..., 4])
    return {
        "mae": float(np.abs(truth - arrays["forecast"][:, :, 0]).mean()),
        "last": float(np.abs(truth - last).mean()),
        "held_80": float(is_held.mean()),
    }


def _tell(console: Console, asked: Backtest, cutoff: int, arrays: Arrays) -> None:
    measured = _measure(asked, arrays)
    told = f"{measured['mae']:>10.4g}{measured['last']:>14.4g}{100 * measured['held_80']:>12.0f} %"
    console.print(f"{_say_cutoff(asked, cutoff):<20}{told}")


def _say_cutoff(asked: Backtest, cutoff: int) -> str:
    return say_time(asked.series.ticks.moments(cutoff))


def _finish(console: Console, asked: Backtest, folder: BacktestFolder, found: dict[int, Arrays]) -> None:
    """All of it on disk, and the means."""
    import numpy as np

    from seqloom.frames.write import write_table
    from seqloom.json_files import write_json
    from seqloom.series.table import to_frame

    measured = {_say_cutoff(asked, cutoff): _measure(asked, arrays) for cutoff, arrays in found.items()}
    means = {name: float(np.mean([of[name] for of in measured.values()])) for name in ("mae", "last", "held_80")}
    columns = _lay_out(asked, found)
    write_table(to_frame(columns, times_name="ds"), folder.partial / "forecasts.csv")
    target = asked.predictor.encoder_.targets[0]
    write_json(folder.partial / "backtest.json", {"target": target, "mean": means, "cutoffs": measured})
    folder.finish()
    console.print()
    console.say(
        "Mean",
        f"MAE {means['mae']:.4g} of {target}, last value {means['last']:.4g}; 80 % held {100 * means['held_80']:.0f} %",
    )
    console.say("Saved", f"{folder.folder}/  (forecasts.csv, backtest.json)")
    console.give({"folder": str(folder.folder), "mean": means, "cutoffs": measured})


def _lay_out(asked: Backtest, found: dict[int, Arrays]) -> dict[str, Any]:
    """The long table: a row for each cutoff, series, moment and target."""
    import numpy as np

    from seqloom.forecasts import LEVELS

    encoder, series = asked.predictor.encoder_, asked.series
    span, n, times = encoder.span, encoder.n_targets, series.moments()
    owners = np.repeat(np.array(series.ids, dtype=object), np.diff(series.offsets))
    rows = np.concatenate([arrays["rows"] for arrays in found.values()])
    ahead = (rows[:, None] + np.arange(span.first_step, span.horizon + 1)).ravel()
    columns: dict[str, Any] = {"cutoff": np.repeat([say_time(t) for t in times[rows]], span.n_steps * n).astype(object)}
    if len(series.ids) > 1:
        columns["unique_id"] = np.repeat(owners[rows], span.n_steps * n)
    columns["ds"] = np.repeat(times[ahead], n)
    if n > 1:
        columns["target"] = np.tile(np.array(encoder.targets, dtype=object), len(ahead))
    for name in ("truth", "forecast"):
        columns[name] = np.concatenate([arrays[name] for arrays in found.values()]).ravel()
    bounds = np.concatenate([arrays["bounds"] for arrays in found.values()])
    return columns | {f"q{level:g}": bounds[..., place].ravel() for place, level in enumerate(LEVELS)}
