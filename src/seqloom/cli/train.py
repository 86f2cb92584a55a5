"""``seqloom train``: from files to a trained, compared and saved model."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from seqloom.cli import net_settings as n
from seqloom.cli import options as o
from seqloom.cli import settings as s
from seqloom.cli import story
from seqloom.cli.console import Console
from seqloom.errors import UsageError
from seqloom.tasks.families import BASELINES, FAMILIES

if TYPE_CHECKING:
    from seqloom.frames.table import ReadOptions, TextTable
    from seqloom.studies.dataset import Dataset, Part
    from seqloom.studies.rows import Row, Study
    from seqloom.studies.run_folder import RunFolder

__all__ = [
    "OPTIMIZERS",
    "Tables",
    "load_libraries",
    "name_run",
    "prepare_parts",
    "read_tables",
    "read_unlabelled",
    "train",
    "train_table",
]

OPTIMIZERS = ("adam", "adamw", "nadam", "rmsprop", "sgd")

_TPU_ATTENTION = "jax.experimental.pallas.ops.tpu.splash_attention"


def train(
    data: s.Data,
    output: s.Output = None,
    task: s.Task = "classify",
    text: o.TextColumn = None,
    label: o.LabelColumn = None,
    test: s.Test = None,
    split: s.SplitColumn = None,
    unlabelled: s.Unlabelled = None,
    encoding: o.Encoding = "utf-8",
    on_bad_row: o.BadRow = "error",
    drop_leaks: s.DropLeaks = False,
    family: s.Family = None,
    no_rivals: s.NoRivals = False,
    max_features: s.MaxFeatures = None,
    min_df: s.MinDf = 2,
    length: n.Length = None,
    keep: n.Keep = "last",
    width: n.Width = None,
    vectors: n.Vectors = None,
    freeze: n.Freeze = False,
    thaw_after: n.ThawAfter = None,
    dropout: n.Dropout = None,
    units: n.Units = None,
    layers: n.Layers = None,
    bidirectional: n.Bidirectional = False,
    recurrent_dropout: n.RecurrentDropout = 0.0,
    kernel_size: n.KernelSize = None,
    heads: n.Heads = None,
    buckets: n.Buckets = None,
    optimizer: n.Optimizer = "adam",
    learning_rate: n.LearningRate = None,
    epochs: n.Epochs = 20,
    batch_size: n.BatchSize = 128,
    budget: n.Budget = None,
    patience: n.Patience = 2,
    devices: n.Devices = None,
    seed: o.Seed = 0,
    overwrite: o.Overwrite = False,
    resume: s.Resume = False,
    as_json: o.AsJson = False,
    quiet: o.Quiet = False,
) -> None:
    """Read DATA, split it, train a net beside its rivals, keep the best, test it once, save it."""
    for option, value, choices in (
        ("--task", task, ("classify",)),
        ("--keep", keep, ("first", "last")),
        ("--on-bad-row", on_bad_row, ("error", "skip")),
        ("--family", family, (None, *FAMILIES)),
        ("--optimizer", optimizer, OPTIMIZERS),
    ):
        o.check_choice(option, value, choices)
    o.check_rate(learning_rate)
    params: dict[str, Any] = {
        "max_features": max_features,
        "min_df": min_df,
        "length": length,
        "keep": keep,
        "width": width,
        "vectors": vectors,
        "freeze": freeze,
        "thaw_after": thaw_after,
        "dropout": dropout,
        "units": units,
        "layers": layers,
        "bidirectional": bidirectional,
        "recurrent_dropout": recurrent_dropout,
        "kernel_size": kernel_size,
        "heads": heads,
        "n_buckets": buckets,
        "optimizer": optimizer,
        "learning_rate": learning_rate,
        "epochs": epochs,
        "batch_size": batch_size,
        "budget": o.parse_seconds(budget),
        "patience": patience or None,
        "devices": o.check_devices(devices),
        "random_state": seed,
    }
    from seqloom.frames.table import ReadOptions
    from seqloom.studies.run_folder import RunFolder

    console = Console(quiet=quiet, as_json=as_json)
    folder = RunFolder(output or Path("runs") / name_run(data), overwrite=overwrite, resume=resume)
    options = ReadOptions(text=text, label=label, split=split, encoding=encoding, on_bad_row=on_bad_row)
    families = _choose_families(family, no_rivals=no_rivals, has_more=unlabelled is not None)
    params["vectors"] = o.open_vectors(params, families=families)
    table = read_tables(data, test, options=options)
    more = None if unlabelled is None else read_unlabelled(unlabelled, replace(options, label=None, split=None))
    rows = Tables(table=table, unlabelled=more, drop_leaks=drop_leaks)
    train_table(rows, folder, families=families, params=params, console=console)


@dataclass(frozen=True, kw_only=True)
class Tables:
    """What was read: rows with labels, more without, and whether test texts that stand in training are left out."""

    table: TextTable
    unlabelled: TextTable | None = None
    drop_leaks: bool = False


def train_table(
    tables: Tables,
    folder: RunFolder,
    *,
    families: tuple[str, ...],
    params: dict[str, Any],
    console: Console,
) -> None:
    """Everything behind the reading; the demo comes in here too.

    Parameters
    ----------
    tables : Tables
        What was read.
    folder : RunFolder
        Where the run goes; not begun.
    families : tuple of str
        What to train, the simplest first.
    params : dict
        Constructor arguments of the learners.
    console : Console
        Where to tell it.
    """
    from seqloom.studies.dataset import add_characters, count_unseen, digest_parts
    from seqloom.studies.rows import Study

    began = time.perf_counter()
    dataset, parts = prepare_parts(tables, params=params, console=console)
    unseen = count_unseen(parts)
    asked, families = families, add_characters(families, unseen=unseen)
    if families != asked:
        story.tell_characters(console, unseen=unseen)
    folder.begin(digest_parts(parts, {**params, "families": families}))
    story.tell_resumed(console, folder)
    study = Study(families=families, parts=parts, params=params, folder=folder)
    load_libraries(families)
    with folder.guard():
        rows = _run_study(console, study)
        _finish(console, study, rows=rows, dataset=dataset, seconds=time.perf_counter() - began)


def prepare_parts(tables: Tables, *, params: dict[str, Any], console: Console) -> tuple[Dataset, dict[str, Part]]:
    """What was read, split and tokenised, and told.

    Parameters
    ----------
    tables : Tables
        What was read.
    params : dict
        Constructor arguments of the learners.
    console : Console
        Where to tell it.

    Returns
    -------
    tuple
        The rows, and their parts as one corpus.
    """
    from seqloom.studies.dataset import cover_words, prepare_table, tokenise_table

    dataset = prepare_table(tables.table, seed=params["random_state"], drop_leaks=tables.drop_leaks)
    story.tell_reading(console, dataset)
    began = time.perf_counter()
    parts = tokenise_table(dataset, tables.unlabelled)
    story.tell_tokens(console, parts, seconds=time.perf_counter() - began)
    if vectors := params.get("vectors"):
        story.tell_vectors(console, vectors, known=cover_words(vectors, parts["train"]))
    return dataset, parts


def load_libraries(families: tuple[str, ...]) -> None:
    """Keras, where a net needs it, without what no net here uses: scikit-learn, pyplot, HDF5, TPUs (0.8 s, not 2.4).

    Matplotlib (0.6 s) is loaded by a thread of its own: the picture is drawn at the end, and training leaves Python's
    lock alone for most of its time.
    """
    from seqloom import nets
    from seqloom.lazy import hide_modules
    from seqloom.nets.defaults import NET_DEFAULTS

    if NET_DEFAULTS.keys() & set(families):
        with hide_modules(("h5py", "matplotlib", "sklearn"), hollow=(_TPU_ATTENTION,)):
            _ = nets.build_net
    Thread(target=import_module, args=("seqloom.report.plots",), daemon=True).start()


def _run_study(console: Console, study: Study) -> list[Row]:
    """The families, one after the other, a line of the table for each."""
    from seqloom.studies.compare import compare_families

    rows: list[Row] = []
    with story.TableTeller(console) as table:
        for event in compare_families(study):
            if event.row is not None:
                table.tell(event.row)
                rows.append(event.row)
            elif event.record is None:
                table.begin(event.family, study)
            else:
                table.advance(event.record)
    return rows


def _finish(console: Console, study: Study, *, rows: list[Row], dataset: Dataset, seconds: float) -> None:
    """Choose, test once, save, and say what is next."""
    from seqloom.studies.compare import choose_row
    from seqloom.studies.finish import finish_run

    kept = choose_row(rows)
    story.tell_verdict(console, rows, kept=kept, families=study.families)
    outcome = finish_run(study, rows, kept=kept, dataset=dataset, seconds=seconds)
    story.tell_outcome(console, study, outcome)
    console.give(outcome.metrics)


def _choose_families(family: str | None, *, no_rivals: bool, has_more: bool) -> tuple[str, ...]:
    """The rivals and the family; ``lsa`` is what unlabelled texts are good for."""
    if no_rivals and has_more and family not in (None, "lsa"):
        raise UsageError(
            f"--unlabelled with --family {family} --no-rivals found: only lsa learns from texts without labels. "
            "Leave --no-rivals or --unlabelled out, or pass --family lsa."
        )
    if no_rivals:
        return (family or ("lsa" if has_more else "bag"),)
    return tuple(dict.fromkeys((*BASELINES, *(["lsa"] if has_more else []), family or "bag")))


def read_unlabelled(path: Path, options: ReadOptions) -> TextTable:
    """Texts whose labels, if they have any, are not looked at; ``unsup`` of a folder among them.

    Parameters
    ----------
    path : Path
        Anything that can be read, or a folder that has ``unsup`` in it.
    options : ReadOptions
        How to read it.

    Returns
    -------
    TextTable
        Of a folder with unlabelled texts these alone, else all.
    """
    from seqloom.frames.read import read_texts

    table = read_texts(path, replace(options, needs_label=False, unlabelled=True))
    is_unlabelled = table.labels.is_null()
    if path.is_dir() and is_unlabelled.any():
        return replace(table, frame=table.frame.filter(is_unlabelled), source=None)
    return table


def name_run(data: Path) -> str:
    """The run's name after its data: ``aclImdb`` for ``aclImdb/``, ``reviews`` for ``reviews.csv.gz``."""
    return data.resolve().name.split(".")[0] or "run"


def read_tables(data: Path, test: Path | None, *, options: ReadOptions) -> TextTable:
    """The rows of the data, and behind them those of ``--test``, marked as test."""
    from seqloom.frames.read import read_texts
    from seqloom.frames.table import join_tables

    table = read_texts(data, options)
    if test is None:
        return table
    return replace(join_tables(table, read_texts(test, options), split="test"), name=f"{data} and {test}")
