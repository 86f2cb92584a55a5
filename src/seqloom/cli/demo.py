"""``seqloom demo``: the main jobs on data that every installation has."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from seqloom.cli.arguments import check_choice
from seqloom.cli.console import Console
from seqloom.cli.options import Overwrite, Quiet, Seed
from seqloom.cli.train import Tables, train_table

__all__ = ["demo"]

_FOLDER, _FORECASTS = Path("runs/demo"), Path("runs/demo-forecast")

# Sentences of no library in particular, to see what the model makes of them.
_QUESTIONS = (
    "Draw a histogram of the values with the given number of bins and colours.",
    "Fit the classifier to the training samples and their target labels.",
    "Lazily scan a Parquet file and select columns of the data frame.",
)


def demo(
    what: Annotated[
        str, typer.Argument(metavar="[text|forecast]", help="Which library wrote this? Or: tomorrow's temperature.")
    ] = "text",
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FOLDER",
            help="Where the run goes. Default: runs/demo or runs/demo-forecast, where an earlier one gives way.",
        ),
    ] = None,
    overwrite: Overwrite = False,
    seed: Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Train on the docstrings of the installed libraries, or on a simulated weather station: no data needed."""
    check_choice("demo", what, ("text", "forecast"))
    console = Console(quiet=quiet)
    if what == "forecast":
        _forecast(console, output or _FORECASTS, overwrite=overwrite or output is None, seed=seed)
    else:
        _classify(console, output or _FOLDER, overwrite=overwrite or output is None, seed=seed)


def _classify(console: Console, output: Path, *, overwrite: bool, seed: int) -> None:
    from seqloom.frames.samples import read_docstrings
    from seqloom.studies.run_folder import RunFolder

    console.print("Which library wrote this docstring? Some 13,000 of them, from the libraries installed here.")
    console.print()
    table = read_docstrings()
    folder = RunFolder(output, overwrite=overwrite)
    params = {"epochs": 20, "random_state": seed}
    families = ("majority", "linear", "bag")
    train_table(Tables(table=table), folder, families=families, params=params, console=console)
    _answer_three(console, output)
    console.print()
    console.say("Picture", f"{output / 'curves.svg'}  (accuracy and loss by epoch, training and validation)")


def _forecast(console: Console, output: Path, *, overwrite: bool, seed: int) -> None:
    from seqloom.cli.forecast import ForecastRun, train_station
    from seqloom.series.clock import to_series
    from seqloom.series.sample import simulate_station
    from seqloom.studies.run_folder import RunFolder

    console.print("The temperature of the next 24 hours, at a weather station that is simulated: two years of it.")
    console.print()
    run = ForecastRun(
        data=Path("a simulated station"),
        folder=output,
        families=("last", "seasonal", "drift", "mean", "ridge", "gru"),
        params={"target": "temperature (degC)", "context": "3d", "horizon": "24h", "random_state": seed},
        test_share=0.25,
    )
    series, findings = to_series(simulate_station(seed=seed), target="temperature (degC)")
    folder = RunFolder(output, overwrite=overwrite)
    train_station((series, findings), run, folder=folder, console=console)
    console.say("Picture", f"{output / 'forecast.svg'}  (the last day of the test part, forecast and come)")


def _answer_three(console: Console, folder: Path) -> None:
    from seqloom import load

    predictor = load(folder)
    probability: Any = predictor.predict_proba(list(_QUESTIONS))
    console.print()
    for question, row in zip(_QUESTIONS, probability, strict=True):
        best = row.argsort()[::-1][:2]
        first, second = (f"{predictor.classes_[k]} {100 * row[k]:.0f} %" for k in best)
        console.print(f'"{question}"\n    {first}, then {second}')
