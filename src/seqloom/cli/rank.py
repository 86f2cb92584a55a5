"""``seqloom rank``: all families that suit the data, one table, the best kept."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seqloom.cli import forecast_settings as f
from seqloom.cli import net_settings as n
from seqloom.cli import options as o
from seqloom.cli import ranking, story
from seqloom.cli import settings as s
from seqloom.cli.arguments import check_choices, open_vectors, parse_families, parse_seconds, pick_params
from seqloom.cli.console import Console
from seqloom.cli.forecast import forecast, list_asked
from seqloom.cli.reading import name_run, pick_options, read_tables, read_unlabelled
from seqloom.cli.refit import refit
from seqloom.cli.train import (
    Tables,
    load_libraries,
    prepare_parts,
)
from seqloom.tasks.families import BASELINES, FAMILIES

if TYPE_CHECKING:
    from seqloom.studies.dataset import Dataset, Part
    from seqloom.studies.rank import Budget
    from seqloom.studies.rows import Row, Study
    from seqloom.studies.run_folder import RunFolder

__all__ = ["rank"]

_HOW = "What to compare, and how"


def rank(
    ctx: typer.Context,
    data: s.Data,
    output: s.Output = None,
    families: Annotated[
        str | None,
        typer.Option(
            "--families",
            metavar="NAME,...",
            help=f"Of {', '.join(FAMILIES)}; {' and '.join(BASELINES)} come along, as a score says little without "
            "them. Default: all, but for linear-char where few words are new.",
            rich_help_panel=_HOW,
        ),
    ] = None,
    budget: Annotated[
        str | None,
        typer.Option(
            "--budget",
            metavar="TIME",
            help="Time for all of it, from reading to saving (90s, 10m, 1h): nets train in turns, and the better half "
            "goes on. Default: none, and each family is trained until it is over.",
            rich_help_panel=_HOW,
        ),
    ] = None,
    folds: Annotated[
        int | None,
        typer.Option(
            "--folds",
            min=2,
            metavar="K",
            help="Compare by K-fold cross-validation: K + 1 fits of each family, for data too small to hold a "
            "fifth out. Default: none, a fifth of the training texts is held out once.",
            rich_help_panel=_HOW,
        ),
    ] = None,
    no_ensemble: Annotated[
        bool,
        typer.Option(
            "--no-ensemble",
            help="Keep a single model. Off: the best few together are one more row, kept if that is worth it.",
            rich_help_panel=_HOW,
        ),
    ] = False,
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
    ngrams: s.Ngrams = 3,
    max_features: s.MaxFeatures = None,
    min_df: s.MinDf = 2,
    length: n.Length = None,
    keep: n.Keep = "last",
    vectors: n.Vectors = None,
    epochs: n.Epochs = 20,
    batch_size: n.BatchSize = 128,
    patience: n.Patience = 2,
    target: f.Target = None,
    horizon: f.Horizon = None,
    context: f.Context = None,
    steps: f.Steps = "path",
    time_column: f.Time = None,
    series_id: f.SeriesId = None,
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
    """Read DATA, split it, train every family that suits it, keep the best or the best few, test once, save."""
    began, given = time.perf_counter(), dict(locals())
    if target is not None or horizon is not None:
        forecast(given, asked=list_asked(ctx), verb="rank")
        return
    check_choices(given)
    asked = None if families is None else _add_baselines(parse_families(families, has_more=unlabelled is not None))
    seconds = parse_seconds(budget)
    params = {**pick_params({**given, "budget": None}), "random_state": seed}  # it is for all of them, not for each
    from seqloom.studies.rank import Budget
    from seqloom.studies.run_folder import RunFolder

    console = Console(quiet=quiet, as_json=as_json)
    folder = RunFolder(output or Path("runs") / name_run(data), overwrite=overwrite, resume=resume)
    options = pick_options(given)
    params["vectors"] = open_vectors(params, families=asked or FAMILIES)
    table = read_tables(data, test, options=options)
    more = read_unlabelled(unlabelled, options)
    tables = Tables(table=table, unlabelled=more, drop_leaks=drop_leaks)
    time_to_spend = None if seconds is None else Budget(seconds=seconds, began=began)
    dataset, parts = prepare_parts(tables, params=params, console=console)
    study = _begin(parts, folder, families=asked, params=params, n_folds=folds or 0, console=console)
    with folder.guard():
        rows, failures = _train(console, study, budget=time_to_spend)
        rows = _blend(console, study, rows=rows, is_wanted=not no_ensemble)
        kept = _keep(console, study, rows=rows, failures=failures, budget=time_to_spend)
        _finish(console, study, rows=rows, failures=failures, kept=kept, dataset=dataset, began=began)


def _add_baselines(families: tuple[str, ...]) -> tuple[str, ...]:
    """The families with the baselines, the simplest first."""
    return tuple(family for family in FAMILIES if family in {*families, *BASELINES})


def _begin(
    parts: dict[str, Part],
    folder: RunFolder,
    *,
    families: tuple[str, ...] | None,
    params: dict[str, Any],
    n_folds: int,
    console: Console,
) -> Study:
    """The study, once it is sure that it can be made, and its folder."""
    from seqloom.studies.dataset import add_characters, count_unseen, digest_parts
    from seqloom.studies.folds import check_folds
    from seqloom.studies.rows import Study

    if n_folds:
        check_folds(parts, n_folds)
    if families is None:
        unseen = count_unseen(parts)
        plain = tuple(family for family in FAMILIES if family != "linear-char")
        families = add_characters(plain, unseen=unseen)
        if families != plain:
            story.tell_characters(console, unseen=unseen)
    folder.begin(digest_parts(parts, {**params, "families": families, "folds": n_folds, "verb": "rank"}))
    story.tell_resumed(console, folder)
    load_libraries(families)
    return Study(
        families=families,
        parts=parts,
        params=params,
        folder=folder,
        n_folds=n_folds,
        is_calibrated=True,
        is_timed=True,
    )


def _train(console: Console, study: Study, *, budget: Budget | None) -> tuple[list[Row], dict[str, str]]:
    """A row for each family that was trained, and why those that failed did so."""
    from seqloom.studies.rank import rank_families

    rows: list[Row] = []
    failures: dict[str, str] = {}
    with ranking.tell_progress(console, study) as tell:
        for event in rank_families(study, budget=budget):
            tell(event)
            if event.row is not None:
                rows.append(event.row)
            if event.failure is not None:
                failures[event.family] = event.failure
    return rows, failures


def _blend(console: Console, study: Study, *, rows: list[Row], is_wanted: bool) -> list[Row]:
    """All rows of the table, the ensemble among them where there is one, the best first."""
    from seqloom.studies.blending import blend_rows
    from seqloom.studies.choice import order_rows

    blended = blend_rows(study, rows) if is_wanted else None
    ordered = order_rows(rows if blended is None else [*rows, blended], metric=study.metric)
    ranking.tell_table(console, study, ordered)
    return ordered


def _keep(console: Console, study: Study, *, rows: list[Row], failures: dict[str, str], budget: Budget | None) -> Row:
    """The row that is kept, its nets trained once more on all rows."""
    from seqloom.studies.choice import keep_row
    from seqloom.studies.rank import time_to_refit

    kept = keep_row(rows, metric=study.metric)
    missing = [family for family in study.families if family not in {*failures, *(row.family for row in rows)}]
    ranking.tell_kept(console, study, rows=rows, kept=kept, missing=missing)
    refit(console, study, rows=rows, kept=kept, left=time_to_refit(study, kept, budget=budget))
    return kept


def _finish(
    console: Console,
    study: Study,
    *,
    rows: list[Row],
    failures: dict[str, str],
    kept: Row,
    dataset: Dataset,
    began: float,
) -> None:
    """Its test, and what is next."""
    from seqloom.studies.finish import finish_run

    seconds = time.perf_counter() - began
    outcome = finish_run(study, rows, failures=failures, kept=kept, dataset=dataset, seconds=seconds)
    if "calibration" in outcome.metrics:
        ranking.tell_calibration(console, outcome.metrics["calibration"])
    story.tell_outcome(console, study, outcome)
    console.give(outcome.metrics)
