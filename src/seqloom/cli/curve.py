"""``seqloom curve``: test accuracy against the number of labels."""

from __future__ import annotations

import math
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seqloom.cli import craft_settings as c
from seqloom.cli import net_settings as n
from seqloom.cli import options as o
from seqloom.cli import settings as s
from seqloom.cli import story
from seqloom.cli.arguments import check_choices, open_vectors, parse_families, pick_params
from seqloom.cli.console import Console, say_count, say_share
from seqloom.cli.reading import name_run, pick_options, read_tables, read_unlabelled
from seqloom.cli.train import Tables, load_libraries
from seqloom.errors import DataError, UsageError
from seqloom.tasks.families import FAMILIES

if TYPE_CHECKING:
    from seqloom.frames.table import TextTable
    from seqloom.studies.curve import CurveRow, CurveStudy
    from seqloom.studies.curve_folder import CurveFolder
    from seqloom.studies.dataset import Dataset, Part
    from seqloom.studies.subsets import Pool

__all__ = ["curve"]

_WHAT = "What to compare"

_HEADER = f"{'labels':>8}  {'family':<12}{'test accuracy':<26}{'macro F1':>9}{'seconds each':>14}"


def curve(
    data: s.Data,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="FOLDER", help="Where the curve goes. Default: runs/NAME-curve, after the data."
        ),
    ] = None,
    sizes: Annotated[
        str | None,
        typer.Option(
            "--sizes",
            metavar="N,N,...",
            help="Numbers of labels, and all for as many as there are. Default: 100, 300, 1000 and so on up to all, as "
            "accuracy mostly rises evenly with each factor.",
            rich_help_panel=_WHAT,
        ),
    ] = None,
    families: Annotated[
        str,
        typer.Option(
            "--families",
            metavar="NAME,...",
            help=f"Of {', '.join(FAMILIES)}. linear and bag, as in train: the strongest rival, and a net.",
            rich_help_panel=_WHAT,
        ),
    ] = "linear,bag",
    seeds: Annotated[
        int,
        typer.Option(
            "--seeds",
            min=1,
            metavar="N",
            help="Repetitions of a point, each on its own sample. 3 show the spread; a figure to quote takes 5.",
            rich_help_panel=_WHAT,
        ),
    ] = 3,
    text: o.TextColumn = None,
    label: o.LabelColumn = None,
    test: s.Test = None,
    split: s.SplitColumn = None,
    group: s.GroupColumn = None,
    beside: s.With = None,
    unlabelled: s.Unlabelled = None,
    encoding: o.Encoding = "utf-8",
    on_bad_row: o.BadRow = "error",
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
    optimizer: n.Optimizer = "adam",
    learning_rate: n.LearningRate = None,
    epochs: n.Epochs = 20,
    batch_size: n.BatchSize = 128,
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
    seed: Annotated[
        int,
        typer.Option(
            "--seed",
            min=0,
            help="Of the split and of the first repetition's sample and fits; the others count on from it. The same "
            "seed gives the same bits.",
        ),
    ] = 0,
    overwrite: o.Overwrite = False,
    resume: s.Resume = False,
    as_json: o.AsJson = False,
    quiet: o.Quiet = False,
) -> None:
    """Fit families on more and more labels, each several times, and draw test accuracy against their number."""
    given = dict(locals())
    check_choices(given)
    params = pick_params(given)  # what stands here reaches every fit
    from seqloom.studies.curve_folder import CurveFolder

    console = Console(quiet=quiet, as_json=as_json)
    named = parse_families(families, has_more=unlabelled is not None)
    params["vectors"] = open_vectors(params, families=named)
    output = output or Path("runs") / f"{name_run(data)}-curve"
    folder = CurveFolder(output, overwrite=overwrite, resume=resume)
    options = pick_options(given)
    table = read_tables(data, test, options=options)
    if table.are_several:
        raise UsageError(
            "lists of labels found, and curve draws samples of texts with one label each: a sample of 100 would lack "
            "most of many labels. Name a column of single labels with --label."
        )
    more = read_unlabelled(unlabelled, options)
    tables = Tables(table=table, unlabelled=more)
    _run(tables, folder, families=named, sizes=sizes, seeds=range(seed, seed + seeds), params=params, console=console)


def _run(
    tables: Tables,
    folder: CurveFolder,
    *,
    families: tuple[str, ...],
    sizes: str | None,
    seeds: range,
    params: dict[str, Any],
    console: Console,
) -> None:
    """Everything behind the reading."""
    from seqloom.studies.curve import CurveStudy
    from seqloom.studies.dataset import cover_words, digest_parts, prepare_table
    from seqloom.studies.subsets import find_pool, parse_sizes

    began = time.perf_counter()
    dataset = prepare_table(tables.table, seed=seeds.start, validation=0.0)
    if not len(dataset.parts.test):
        raise DataError(
            "no test part: the data names its parts, and none of them is one. Pass --test FILE.",
            path=dataset.table.name,
        )
    story.tell_reading(console, replace(dataset, n_leaks=0))  # told of the pool, which they are kept out of
    found = find_pool(dataset)
    numbers = parse_sizes(sizes, n_pool=len(found.rows))
    _tell_pool(console, found, n_fits=len(numbers) * len(families) * len(seeds), n_test=len(dataset.parts.test))
    parts = _tokenise(console, dataset, found, unlabelled=tables.unlabelled)
    story.tell_columns(console, parts["train"], min_df=params["min_df"])
    if vectors := params["vectors"]:
        story.tell_vectors(console, vectors, known=cover_words(vectors, parts["train"]))
    # sizes, families and seeds may differ: a finished point is the same point in a larger study
    if folder.begin(digest_parts(parts, params)):
        console.say("Resumed", f"{folder.partial}, finished points are not fitted again")
    elif folder.resume:
        console.say("Resumed", f"nothing: there is no unfinished curve {folder.partial}, so it begins here")
    study = CurveStudy(families=families, sizes=numbers, seeds=tuple(seeds), parts=parts, params=params, folder=folder)
    load_libraries(families)
    with folder.guard():
        rows = _fit_all(console, study)
        _finish(console, study, rows=rows, dataset=dataset, found=found, seconds=time.perf_counter() - began)


def _tell_pool(console: Console, found: Pool, *, n_fits: int, n_test: int) -> None:
    """What samples are drawn from, and what the test part is good for."""
    left_out = [
        f"{say_count(n, 'text')} that {why}"
        for n, why in ((found.n_repeats, "an earlier one repeats"), (found.n_leaks, "the test part has too"))
        if n
    ]
    without = f", without {' and '.join(left_out)}" if left_out else ""
    console.say("Pool", f"{say_count(len(found.rows), 'labelled text')} to draw samples from{without}")
    console.say("", "a sample lies within the next larger one; a fifth of each is held out to choose on")
    told = (
        f"the same {say_count(n_test, 'text')} for all {n_fits:,} fits: good for comparing them, not for choosing one"
    )
    console.say("Test", f"{told} and quoting its score as that of a test looked at once")


def _tokenise(console: Console, dataset: Dataset, found: Pool, *, unlabelled: TextTable | None) -> dict[str, Part]:
    """Pool and test as parts of one corpus, and the texts without labels."""
    from seqloom.studies.dataset import tokenise_table

    began = time.perf_counter()
    parts = tokenise_table(replace(dataset, parts=replace(dataset.parts, train=found.rows)), unlabelled)
    story.tell_tokens(console, parts, seconds=time.perf_counter() - began)
    return parts


def _fit_all(console: Console, study: CurveStudy) -> list[CurveRow]:
    """The points, a line of the table for each family and size."""
    from seqloom.studies.curve import run_curve

    console.print()
    console.print(_HEADER)
    rows: list[CurveRow] = []
    advance: Any = None
    with ExitStack() as bar:
        for event in run_curve(study):
            if event.row is not None:
                bar.close()
                rows.append(event.row)
                console.print(_say_row(event.row, is_first=event.family == study.families[0]))
            elif event.point is not None:
                advance(f"seed {event.point.seed}: {say_share(event.point.accuracy)}")
            else:
                label = f"{event.family}, {event.size:,} labels"
                advance = bar.enter_context(console.progress(len(study.seeds), label=label))
    console.print()
    return rows


def _say_row(row: CurveRow, *, is_first: bool) -> str:
    deviation = row.deviation("accuracy")
    spread = "" if math.isnan(deviation) else f" \u00b1 {100 * deviation:.1f}"
    values = [point.accuracy for point in row.points]
    between = f"({100 * min(values):.1f}-{100 * max(values):.1f})" if len(values) > 1 else ""
    accuracy = f"{say_share(row.mean('accuracy')) + spread:<14}{between}"
    label = f"{row.size:,}" if is_first else ""
    line = f"{label:>8}  {row.family:<12}{accuracy:<26}{say_share(row.mean('macro_f1')):>9}{row.mean('seconds'):>14.1f}"
    remarks = []
    if (compiling := row.mean("compile_seconds")) >= 0.05:
        remarks.append(f"{compiling:.1f} s of it compiling")
    if row.n_found:
        remarks.append(f"{row.n_found} found finished")
    return line + ("   " + ", ".join(remarks) if remarks else "")


def _finish(
    console: Console, study: CurveStudy, *, rows: list[CurveRow], dataset: Dataset, found: Pool, seconds: float
) -> None:
    """What the last step brought, the trivial answer, and where everything is."""
    from seqloom.studies.finish_curve import finish_curve

    facts = {
        "split": dataset.parts.how,
        "n_pool": len(found.rows),
        "n_repeats": found.n_repeats,
        "n_leaks": found.n_leaks,
    }
    result = finish_curve(study, rows, facts=facts, seconds=seconds)
    console.say("Trivial", f"{say_share(result['most_frequent'])} by always saying the most frequent class")
    for family in study.families if len(study.sizes) > 1 else ():
        before, last = [row for row in rows if row.family == family][-2:]
        gain = 100 * (last.mean("accuracy") - before.mean("accuracy"))
        step = f"from {before.size:,} to {last.size:,} labels"
        console.say("Last step" if family == study.families[0] else "", f"{family}: {gain:+.1f} points {step}")
    console.say("Saved", f"{study.folder.folder}/  (curve.svg, curve.csv, curve.json, run.json)")
    console.give(result)
