"""``seqloom train``: from files to a trained, compared and saved model."""

from __future__ import annotations

import time
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import typer

from seqloom.cli import craft_settings as c
from seqloom.cli import forecast_settings as f
from seqloom.cli import net_settings as n
from seqloom.cli import options as o
from seqloom.cli import settings as s
from seqloom.cli import story
from seqloom.cli.arguments import check_choices, open_vectors, pick_params
from seqloom.cli.console import Console
from seqloom.cli.forecast import forecast, list_asked
from seqloom.cli.reading import name_run, pick_options, read_tables, read_unlabelled
from seqloom.cli.refit import refit
from seqloom.cli.series_reading import is_of_series
from seqloom.cli.series_train import train_series
from seqloom.errors import UsageError
from seqloom.tasks.families import BASELINES

if TYPE_CHECKING:
    from seqloom.frames.table import TextTable
    from seqloom.studies.dataset import Dataset, Part
    from seqloom.studies.rows import Row, Study
    from seqloom.studies.run_folder import RunFolder

__all__ = [
    "Tables",
    "load_libraries",
    "prepare_parts",
    "train",
    "train_table",
]

_TPU_ATTENTION = "jax.experimental.pallas.ops.tpu.splash_attention"


def train(
    ctx: typer.Context,
    data: s.Data,
    output: s.Output = None,
    task: s.Task = "classify",
    text: o.TextColumn = None,
    label: o.LabelColumn = None,
    label_separator: o.LabelSeparator = None,
    test: s.Test = None,
    split: s.SplitColumn = None,
    group: s.GroupColumn = None,
    beside: s.With = None,
    unlabelled: s.Unlabelled = None,
    encoding: o.Encoding = "utf-8",
    on_bad_row: o.BadRow = "error",
    drop_leaks: s.DropLeaks = False,
    family: s.Family = None,
    no_rivals: s.NoRivals = False,
    ngrams: s.Ngrams = 3,
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
    optimizer: n.Optimizer = "adam",
    learning_rate: n.LearningRate = None,
    epochs: n.Epochs = 20,
    batch_size: n.BatchSize = 128,
    budget: n.Budget = None,
    patience: n.Patience = 2,
    devices: n.Devices = None,
    monitor: c.Monitor = "loss",
    schedule: c.Schedule = "constant",
    warmup: c.Warmup = 0.0,
    clip_norm: c.ClipNorm = None,
    weight_decay: c.WeightDecay = None,
    label_smoothing: c.LabelSmoothing = 0.0,
    average_epochs: c.AverageEpochs = 0.0,
    class_weight: s.ClassWeight = None,
    target: f.Target = None,
    horizon: f.Horizon = None,
    context: f.Context = None,
    steps: f.Steps = "path",
    time_column: f.Time = None,
    series_id: f.SeriesId = None,
    channels: f.Channels = None,
    future: f.Future = None,
    angles: f.Angles = None,
    drop: f.Drop = None,
    no_calendar: f.NoCalendar = False,
    max_gap: f.MaxGap = None,
    loss: f.Loss = None,
    input_dropout: f.InputDropout = None,
    test_share: f.TestShare = 0.25,
    seed: o.Seed = 0,
    overwrite: o.Overwrite = False,
    resume: s.Resume = False,
    as_json: o.AsJson = False,
    quiet: o.Quiet = False,
) -> None:
    """Read DATA, split it, train a net beside its rivals, keep the best, test it once, save it."""
    given = dict(locals())
    if is_of_series(given, asked=list_asked(ctx)):
        train_series(given, asked=list_asked(ctx))
        return
    if target is not None or horizon is not None:
        forecast(given, asked=list_asked(ctx))
        return
    check_choices(given)
    params = {**pick_params(given), "random_state": seed}
    from seqloom.studies.run_folder import RunFolder

    console = Console(quiet=quiet, as_json=as_json)
    folder = RunFolder(output or Path("runs") / name_run(data), overwrite=overwrite, resume=resume)
    options = pick_options(given)
    families = _choose_families(family, no_rivals=no_rivals, has_more=unlabelled is not None)
    params["vectors"] = open_vectors(params, families=families)
    table = read_tables(data, test, options=options)
    more = read_unlabelled(unlabelled, options)
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
        rows, failures = _run_study(console, study)
        seconds = time.perf_counter() - began
        _finish(console, study, rows=rows, failures=failures, dataset=dataset, seconds=seconds)


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
    story.tell_columns(console, parts["train"], min_df=params["min_df"])
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


def _run_study(console: Console, study: Study) -> tuple[list[Row], dict[str, str]]:
    """The families, one after the other, a line of the table for each; and why some of them failed."""
    from seqloom.studies.compare import compare_families

    rows: list[Row] = []
    failures: dict[str, str] = {}
    with story.TableTeller(console, study) as table:
        for event in compare_families(study):
            if event.row is not None:
                table.tell(event.row)
                rows.append(event.row)
            elif event.failure is not None:
                table.tell_failure(event.family, event.failure)
                failures[event.family] = event.failure
            elif event.record is None:
                table.begin(event.family)
            else:
                table.advance(event.record)
    return rows, failures


def _finish(
    console: Console,
    study: Study,
    *,
    rows: list[Row],
    failures: dict[str, str],
    dataset: Dataset,
    seconds: float,
) -> None:
    """Choose, test once, save, and say what is next."""
    from seqloom.studies.choice import keep_row
    from seqloom.studies.finish import finish_run

    kept = keep_row(rows, metric=study.metric)
    story.tell_verdict(console, rows, kept=kept, study=study, failures=failures)
    began = time.perf_counter()
    refit(console, study, rows=rows, kept=kept)
    seconds += time.perf_counter() - began
    outcome = finish_run(study, rows, failures=failures, kept=kept, dataset=dataset, seconds=seconds)
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
