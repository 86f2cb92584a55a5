"""``seqloom train`` of whole series: read, compared with the nearest neighbour, tested once, saved."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqloom.cli.arguments import check_choice, parse_class_weight, parse_seconds
from seqloom.cli.console import Console
from seqloom.cli.reading import name_run
from seqloom.cli.series_reading import list_columns, read_trained
from seqloom.cli.series_story import tell_head, tell_outcome, tell_parts, tell_row, tell_verdict
from seqloom.errors import UsageError

if TYPE_CHECKING:
    from seqloom.frames.series_table import SeriesTable
    from seqloom.studies.series_study import SeriesRow, SeriesStudy

__all__ = ["train_series"]

# Arguments of the verb that both learners take under the same name.
_PARAMS = (
    *("units", "layers", "bidirectional", "dropout", "recurrent_dropout", "kernel_size", "heads", "optimizer"),
    *("learning_rate", "epochs", "batch_size", "patience", "monitor", "devices"),
)

# What only one of them takes.
_OF_CLASSES, _OF_NUMBERS = ("class_weight",), ("loss",)

# Steps compared with each other for ``dtw`` at most, where it was not asked for: some 30 seconds of them.
_MOST_WARPED = 2e10


def train_series(given: Mapping[str, Any], *, asked: set[str]) -> None:
    """Everything from reading to saving, of what ``train`` was ``given``; ``asked`` is what was typed."""
    from seqloom.studies.finish_series import finish_series
    from seqloom.studies.run_folder import RunFolder
    from seqloom.studies.series_study import SeriesStudy, compare_series, keep_series, split_series
    from seqloom.tasks.series_families import NUMBER_FAMILIES, SERIES_FAMILIES

    known = dict.fromkeys((*SERIES_FAMILIES, *NUMBER_FAMILIES))
    check_choice("--family", given["family"], (None, *known))
    console, began = Console(quiet=given["quiet"], as_json=given["as_json"]), time.perf_counter()
    name = given["output"] or Path("runs") / _name_run(given["data"])
    folder = RunFolder(name, overwrite=given["overwrite"], resume=given["resume"])
    table = read_trained(console, given, asked=asked, params=(*_PARAMS, *_OF_CLASSES, *_OF_NUMBERS, "budget"))
    families = _choose_families(console, given, table)
    params = _pick_params(given, asked=asked, has_numbers=table.has_numbers)
    parts = split_series(table, seed=given["seed"])
    study = SeriesStudy(families=families, parts=parts, params=params, folder=folder, data=list_columns(table))
    tell_parts(console, study)
    folder.begin(study.digest())
    with folder.guard():
        rows, failures = _run(console, study, compare_series(study))
        kept = keep_series(rows, has_numbers=study.has_numbers)
        tell_verdict(console, study, rows=rows, kept=kept)
        seconds = time.perf_counter() - began
        scores, metrics = finish_series(study, rows, failures=failures, kept=kept, seconds=seconds)
    tell_outcome(console, study, scores=scores, rows=rows, data=given["test"] or given["data"])
    console.give(metrics)


def _name_run(data: Path) -> str:
    return name_run(data).removesuffix("_TRAIN")


def _pick_params(given: Mapping[str, Any], *, asked: set[str], has_numbers: bool) -> dict[str, Any]:
    """Constructor arguments of the learner, once all that was typed is known to be of use to it."""
    idle = _OF_CLASSES if has_numbers else _OF_NUMBERS
    if unknown := sorted(asked & {*idle}):
        learned = "numbers" if has_numbers else "classes"
        raise UsageError(
            f"--{unknown[0].replace('_', '-')} found, of no use where {learned} are learned. Leave it out."
        )
    params = {name: given[name] for name in _PARAMS if name in asked} | {"random_state": given["seed"]}
    params["budget"] = parse_seconds(given["budget"])
    if not has_numbers:
        params["class_weight"] = parse_class_weight(given["class_weight"])
    elif "loss" in asked:
        params["loss"] = given["loss"]
    return params


def _choose_families(console: Console, given: Mapping[str, Any], table: SeriesTable) -> tuple[str, ...]:
    """The rivals and the family; warping only where it is installed, and soon done."""
    from seqloom.baselines.neighbours import find_warping
    from seqloom.tasks.series_families import NUMBER_FAMILIES, SERIES_FAMILIES

    known = NUMBER_FAMILIES if table.has_numbers else SERIES_FAMILIES
    check_choice("--family", given["family"], (None, *known))
    family = given["family"] or "rocket"
    if family == "dtw":
        find_warping()
    if given["no_rivals"]:
        return (family,)
    families = [known[0], "rocket", "dtw"]
    n_steps = float(len(table)) ** 2 * float(table.steps.lengths.max()) ** 2 * len(table.channels)
    if family != "dtw":
        try:
            find_warping()
        except UsageError:
            families.remove("dtw")
            console.say("", "without dtw, which is not installed: pip install 'seqloom[dtw]'")
        else:
            if n_steps > _MOST_WARPED:
                families.remove("dtw")
                console.say("", "without dtw, which would take minutes here; --family dtw asks for it")
    return tuple(dict.fromkeys((*families, family)))


def _run(console: Console, study: SeriesStudy, events: Any) -> tuple[list[SeriesRow], dict[str, str]]:
    """The families, one after the other, a line of the table for each; and why some of them failed."""
    rows: list[SeriesRow] = []
    failures: dict[str, str] = {}
    tell_head(console, study)
    with ExitStack() as stack:
        advance: Any = None
        for event in events:
            if event.record is not None:
                advance(f"loss {event.record.valid['loss']:.4f}")
            elif event.row is not None:
                stack.close()
                rows.append(event.row)
                tell_row(console, event.row, has_numbers=study.has_numbers)
            elif event.failure is not None:
                stack.close()
                failures[event.family] = event.failure
                console.print(f"{event.family:<12}failed: {event.failure}")
            else:
                advance = stack.enter_context(console.progress(study.params.get("epochs") or 1, label=event.family))
    console.print()
    return rows, failures
