"""``seqloom demo``: the main job on text that every installation has."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from seqloom.cli.console import Console
from seqloom.cli.options import Overwrite, Quiet, Seed
from seqloom.cli.train import Tables, train_table

__all__ = ["demo"]

_FOLDER = Path("runs/demo")

# Sentences of no library in particular, to see what the model makes of them.
_QUESTIONS = (
    "Draw a histogram of the values with the given number of bins and colours.",
    "Fit the classifier to the training samples and their target labels.",
    "Lazily scan a Parquet file and select columns of the data frame.",
)


def demo(
    output: Annotated[
        Path,
        typer.Option(
            "-o", "--output", metavar="FOLDER", help="Where the run goes; of runs/demo an earlier one gives way."
        ),
    ] = _FOLDER,
    overwrite: Overwrite = False,
    seed: Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Which library wrote this? Train on the docstrings of the installed libraries: no data, no network needed."""
    from seqloom.frames.samples import read_docstrings
    from seqloom.studies.run_folder import RunFolder

    console = Console(quiet=quiet)
    console.print("Which library wrote this docstring? Some 13,000 of them, from the libraries installed here.")
    console.print()
    table = read_docstrings()
    folder = RunFolder(output, overwrite=overwrite or output == _FOLDER)
    params = {"epochs": 20, "random_state": seed}
    families = ("majority", "linear", "bag")
    train_table(Tables(table=table), folder, families=families, params=params, console=console)
    _answer_three(console, output)
    console.print()
    console.say("Picture", f"{output / 'curves.svg'}  (accuracy and loss by epoch, training and validation)")


def _answer_three(console: Console, folder: Path) -> None:
    from seqloom import load

    predictor = load(folder)
    probability: Any = predictor.predict_proba(list(_QUESTIONS))
    console.print()
    for question, row in zip(_QUESTIONS, probability, strict=True):
        best = row.argsort()[::-1][:2]
        first, second = (f"{predictor.classes_[k]} {100 * row[k]:.0f} %" for k in best)
        console.print(f'"{question}"\n    {first}, then {second}')
