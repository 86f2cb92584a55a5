"""``seqloom train``: from files to a trained, compared and saved model."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seqloom.cli import story
from seqloom.cli.console import Console
from seqloom.cli.options import (
    AsJson,
    BadRow,
    Encoding,
    LabelColumn,
    Overwrite,
    Quiet,
    Seed,
    TextColumn,
    parse_seconds,
)
from seqloom.errors import UsageError

if TYPE_CHECKING:
    from seqloom.frames.table import ReadOptions, TextTable
    from seqloom.studies.compare import Row, Study
    from seqloom.studies.dataset import Dataset

__all__ = ["train", "train_table"]

_PANEL_DATA, _PANEL_MODEL, _PANEL_NET, _PANEL_RUN = "What to read", "What to train", "How to train a net", "The run"


def train(
    data: Annotated[
        Path,
        typer.Argument(
            metavar="DATA",
            help="A folder of classes (with train/ and test/, or not), CSV, TSV, JSONL, Parquet, __label__ lines.",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="FOLDER", help="Where the run goes. Default: runs/NAME, after the data."
        ),
    ] = None,
    task: Annotated[
        str,
        typer.Option("--task", help="classify is what there is so far: one label a text.", rich_help_panel=_PANEL_DATA),
    ] = "classify",
    text: TextColumn = None,
    label: LabelColumn = None,
    test: Annotated[
        Path | None,
        typer.Option(
            "--test",
            metavar="FILE",
            help="Test rows in a file or folder of their own. Default: a test part of DATA, or a fifth of it held out.",
            rich_help_panel=_PANEL_DATA,
        ),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(
            "--split",
            metavar="COLUMN",
            help="Column that says train, valid or test. Default: one of that name.",
            rich_help_panel=_PANEL_DATA,
        ),
    ] = None,
    encoding: Encoding = "utf-8",
    on_bad_row: BadRow = "error",
    drop_leaks: Annotated[
        bool,
        typer.Option(
            "--drop-leaks",
            help="Leave test texts out that stand in training too. Off: published scores keep them.",
            rich_help_panel=_PANEL_DATA,
        ),
    ] = False,
    family: Annotated[
        str | None,
        typer.Option(
            "--family",
            help="bag, embedding, linear or majority. Default: bag, the net that needs no fixed length.",
            rich_help_panel=_PANEL_MODEL,
        ),
    ] = None,
    no_rivals: Annotated[
        bool,
        typer.Option(
            "--no-rivals",
            help="Train --family alone. Off, as a score says little without majority and linear beside it.",
            rich_help_panel=_PANEL_MODEL,
        ),
    ] = False,
    max_features: Annotated[
        int | None,
        typer.Option(
            "--max-features",
            min=3,
            help="Words (nets) or n-grams (linear) known at most. Default: 50,000 words, all n-grams.",
            rich_help_panel=_PANEL_MODEL,
        ),
    ] = None,
    min_df: Annotated[
        int,
        typer.Option(
            "--min-df",
            min=1,
            help="Training texts a word must stand in. 2 halves the vocabulary at no cost in accuracy.",
            rich_help_panel=_PANEL_MODEL,
        ),
    ] = 2,
    length: Annotated[
        int | None,
        typer.Option(
            "--length",
            min=1,
            help="Words a net reads of a text. Default: 512 (bag), 200 (embedding); longer texts are cut, and counted.",
            rich_help_panel=_PANEL_MODEL,
        ),
    ] = None,
    keep: Annotated[
        str,
        typer.Option(
            "--keep",
            metavar="first|last",
            help="Which end of a longer text is read; reviews say at the end what they mean.",
            rich_help_panel=_PANEL_MODEL,
        ),
    ] = "last",
    width: Annotated[
        int | None,
        typer.Option(
            "--width",
            min=1,
            help="Length of a word's vector. Default: 32 (bag), 8 (embedding, the book's).",
            rich_help_panel=_PANEL_MODEL,
        ),
    ] = None,
    dropout: Annotated[
        float | None,
        typer.Option(
            "--dropout",
            min=0.0,
            max=0.95,
            help="Share of units dropped in training. Default: 0.2 (bag), 0 (embedding, the book's).",
            rich_help_panel=_PANEL_MODEL,
        ),
    ] = None,
    optimizer: Annotated[
        str,
        typer.Option(
            "--optimizer",
            help="adam, adamw, nadam, rmsprop or sgd. Adam needs the least tuning.",
            rich_help_panel=_PANEL_NET,
        ),
    ] = "adam",
    learning_rate: Annotated[
        float | None,
        typer.Option(
            "--learning-rate",
            help="Default: 0.005 (bag with adam: few epochs), else the optimizer's own.",
            rich_help_panel=_PANEL_NET,
        ),
    ] = None,
    epochs: Annotated[
        int,
        typer.Option("--epochs", min=1, help="At most; patience ends training earlier.", rich_help_panel=_PANEL_NET),
    ] = 12,
    batch_size: Annotated[
        int,
        typer.Option(
            "--batch-size", min=1, help="Rows of a step; 128 keeps two cores busy.", rich_help_panel=_PANEL_NET
        ),
    ] = 128,
    budget: Annotated[
        str | None,
        typer.Option(
            "--budget",
            metavar="TIME",
            help="Training time of a net at most (90s, 10m). None by default: a clock makes runs differ.",
            rich_help_panel=_PANEL_NET,
        ),
    ] = None,
    patience: Annotated[
        int,
        typer.Option(
            "--patience",
            min=0,
            help="Epochs without a better validation loss before training stops; 0 never stops early.",
            rich_help_panel=_PANEL_NET,
        ),
    ] = 2,
    seed: Seed = 0,
    overwrite: Overwrite = False,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Go on with an unfinished run of that name, to the identical result.",
            rich_help_panel=_PANEL_RUN,
        ),
    ] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Read DATA, split it, train a net beside its rivals, keep the best, test it once, save it."""
    from seqloom.frames.read import read_texts
    from seqloom.frames.table import ReadOptions

    _check_choice("--task", task, ("classify",))
    _check_choice("--keep", keep, ("first", "last"))
    _check_choice("--on-bad-row", on_bad_row, ("error", "skip"))
    _check_choice("--family", family, (None, "bag", "embedding", "linear", "majority"))
    params = {
        "max_features": max_features,
        "min_df": min_df,
        "length": length,
        "keep": keep,
        "width": width,
        "dropout": dropout,
        "optimizer": optimizer,
        "learning_rate": learning_rate,
        "epochs": epochs,
        "batch_size": batch_size,
        "budget": parse_seconds(budget),
        "patience": patience or None,
        "random_state": seed,
    }
    from seqloom.studies.run_folder import RunFolder

    console = Console(quiet=quiet, as_json=as_json)
    folder = RunFolder(output or Path("runs") / _name_run(data), overwrite=overwrite, resume=resume)
    options = ReadOptions(text=text, label=label, split=split, encoding=encoding, on_bad_row=on_bad_row)
    table = read_texts(data, options)
    if test is not None:
        table = _add_test(table, test, options=options)
    train_table(
        table,
        folder,
        families=_choose_families(family, no_rivals=no_rivals),
        params=params,
        drop_leaks=drop_leaks,
        console=console,
    )


def train_table(
    table: TextTable,
    folder: Any,
    *,
    families: tuple[str, ...],
    params: dict[str, Any],
    drop_leaks: bool,
    console: Console,
) -> None:
    """Everything behind the reading; the demo comes in here too.

    Parameters
    ----------
    table : TextTable
        What was read.
    folder : RunFolder
        Where the run goes; not begun.
    families : tuple of str
        What to train, the simplest first.
    params : dict
        Constructor arguments of the learners.
    drop_leaks : bool
        Whether test texts that stand in training are left out.
    console : Console
        Where to tell it.
    """
    from seqloom.studies.compare import Study
    from seqloom.studies.dataset import digest_parts, prepare_table, tokenise_table

    began = time.perf_counter()
    dataset = prepare_table(table, seed=params["random_state"], drop_leaks=drop_leaks)
    story.tell_reading(console, dataset)
    started = time.perf_counter()
    parts = tokenise_table(dataset)
    story.tell_tokens(console, parts, seconds=time.perf_counter() - started)
    is_resumed = folder.begin(digest_parts(parts, {**params, "families": families}))
    if is_resumed:
        console.say("Resumed", f"{folder.partial}, finished families are not trained again")
    study = Study(families=families, parts=parts, params=params, folder=folder)
    rows = _run_study(console, study)
    _finish(console, study, rows=rows, dataset=dataset, seconds=time.perf_counter() - began)


def _run_study(console: Console, study: Study) -> list[Row]:
    """The families, one after the other, a line of the table for each."""
    from seqloom.studies.compare import compare_families

    table = story.TableTeller(console)
    rows: list[Row] = []
    events = compare_families(study)
    for event in events:
        if event.row is not None:
            table.tell(event.row)
            rows.append(event.row)
        elif event.record is None:
            table.begin(event.family, study)
        else:
            table.advance(event.record)
    table.end()
    return rows


def _finish(console: Console, study: Study, *, rows: list[Row], dataset: Dataset, seconds: float) -> None:
    """Choose, test once, save, and say what is next."""
    from seqloom.studies.compare import choose_row
    from seqloom.studies.finish import finish_run

    kept = choose_row(rows)
    story.tell_verdict(console, rows, kept)
    outcome = finish_run(study, rows, kept=kept, dataset=dataset, seconds=seconds)
    story.tell_outcome(console, study, outcome)
    console.give(outcome.metrics)


def _choose_families(family: str | None, *, no_rivals: bool) -> tuple[str, ...]:
    if no_rivals:
        return (family or "bag",)
    return tuple(dict.fromkeys(("majority", "linear", family or "bag")))


def _check_choice(option: str, value: str | None, choices: tuple[str | None, ...]) -> None:
    if value not in choices:
        known = ", ".join(choice for choice in choices if choice)
        raise UsageError(f"{option} {value!r} found, one of {known} expected.")


def _name_run(data: Path) -> str:
    """The run's name after its data: ``aclImdb`` for ``aclImdb/``, ``reviews`` for ``reviews.csv.gz``."""
    return data.resolve().name.split(".")[0] or "run"


def _add_test(table: TextTable, test: Path, *, options: ReadOptions) -> TextTable:
    """The rows of ``--test`` behind those of the data, marked as test."""
    from seqloom.frames.read import read_texts
    from seqloom.frames.table import join_tables

    return join_tables(table, read_texts(test, options), split="test")
