"""``seqloom train`` of whole series: read, compared with the nearest neighbour, tested once, saved."""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqloom.cli.arguments import check_choice, parse_class_weight, parse_seconds
from seqloom.cli.console import Console, say_bytes, say_count
from seqloom.cli.reading import name_run
from seqloom.cli.series_answer import say_score
from seqloom.cli.series_reading import list_columns, read_trained
from seqloom.errors import UsageError

if TYPE_CHECKING:
    from seqloom.flow import Score
    from seqloom.frames.series_table import SeriesTable
    from seqloom.studies.series_classes import SeriesRow, SeriesStudy

__all__ = ["train_series"]

# Arguments of the verb that the learner takes under the same name.
_PARAMS = (
    *("units", "layers", "bidirectional", "dropout", "recurrent_dropout", "kernel_size", "heads", "optimizer"),
    *("learning_rate", "epochs", "batch_size", "patience", "monitor", "devices"),
)

# Steps compared with each other for ``dtw`` at most, where it was not asked for: some 30 seconds of them.
_MOST_WARPED = 2e10


def train_series(given: Mapping[str, Any], *, asked: set[str]) -> None:
    """Everything from reading to saving, of what ``train`` was ``given``; ``asked`` is what was typed."""
    from seqloom.studies.run_folder import RunFolder
    from seqloom.studies.series_classes import SeriesStudy, compare_series, finish_series, keep_series, split_series
    from seqloom.tasks.series_families import SERIES_FAMILIES

    check_choice("--family", given["family"], (None, *SERIES_FAMILIES))
    console, began = Console(quiet=given["quiet"], as_json=given["as_json"]), time.perf_counter()
    name = given["output"] or Path("runs") / _name_run(given["data"])
    folder = RunFolder(name, overwrite=given["overwrite"], resume=given["resume"])
    table = read_trained(console, given, asked=asked, params=(*_PARAMS, "budget"))
    parts = split_series(table, seed=given["seed"])
    params = {name: given[name] for name in _PARAMS if name in asked} | {"random_state": given["seed"]}
    params["budget"] = parse_seconds(given["budget"])
    params["class_weight"] = parse_class_weight(given["class_weight"])
    families = _choose_families(console, given, table)
    study = SeriesStudy(families=families, parts=parts, params=params, folder=folder, data=list_columns(table))
    _tell_parts(console, study)
    folder.begin(study.digest())
    with folder.guard():
        rows, failures = _run(console, study, compare_series(study))
        kept = keep_series(rows)
        _tell_verdict(console, rows, kept=kept)
        seconds = time.perf_counter() - began
        scores, metrics = finish_series(study, rows, failures=failures, kept=kept, seconds=seconds)
    _tell_outcome(console, study, scores=scores, rows=rows, data=given["test"] or given["data"])
    console.give(metrics)


def _name_run(data: Path) -> str:
    return name_run(data).removesuffix("_TRAIN")


def _choose_families(console: Console, given: Mapping[str, Any], table: SeriesTable) -> tuple[str, ...]:
    """The rivals and the family; warping only where it is installed, and soon done."""
    from seqloom.baselines.neighbours import find_warping

    family = given["family"] or "rocket"
    if family == "dtw":
        find_warping()
    if given["no_rivals"]:
        return (family,)
    families = ["majority", "rocket", "dtw"]
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


def _tell_parts(console: Console, study: SeriesStudy) -> None:
    told = [f"{name} {len(rows.target):,}" for name, rows in study.parts.items()]
    console.say("Split", ", ".join(told))


def _run(console: Console, study: SeriesStudy, events: Any) -> tuple[list[SeriesRow], dict[str, str]]:
    """The families, one after the other, a line of the table for each; and why some of them failed."""
    rows: list[SeriesRow] = []
    failures: dict[str, str] = {}
    console.print()
    console.print(f"{'family':<12}{'validation accuracy':<26}{'log loss':>10}{'seconds':>10}{'size':>9}")
    with ExitStack() as stack:
        advance: Any = None
        for event in events:
            if event.record is not None:
                advance(f"loss {event.record.valid['loss']:.4f}")
            elif event.row is not None:
                stack.close()
                rows.append(event.row)
                _tell_row(console, event.row)
            elif event.failure is not None:
                stack.close()
                failures[event.family] = event.failure
                console.print(f"{event.family:<12}failed: {event.failure}")
            else:
                advance = stack.enter_context(console.progress(study.params.get("epochs") or 1, label=event.family))
    console.print()
    return rows, failures


def _tell_row(console: Console, row: SeriesRow) -> None:
    remarks = ["found finished"] * row.is_resumed + ["stopped by Ctrl-C"] * row.is_interrupted
    line = f"{row.family:<12}{say_score(row.score('accuracy')):<26}{row.score('log_loss').value:>10.3f}"
    line += f"{row.seconds:>10.1f}{say_bytes(row.n_bytes):>9}"
    console.print(line + ("   " + ", ".join(remarks) if remarks else ""))


def _tell_verdict(console: Console, rows: Sequence[SeriesRow], *, kept: SeriesRow) -> None:
    same = [row.family for row in rows if row.score("accuracy").value == kept.score("accuracy").value and row != kept]
    why = f", as good as {', '.join(same)} and surer of what is right" if same else ", the highest validation accuracy"
    console.say("Kept", kept.family + (why if len(rows) > 1 else ", the only one trained"))
    if kept.family == "majority" and len(rows) > 1:
        console.say("", "nothing learned tells the classes apart better than always naming the most frequent one")


def _tell_outcome(
    console: Console, study: SeriesStudy, *, scores: Sequence[Score], rows: Sequence[SeriesRow], data: Path
) -> None:
    accuracy = next(score for score in scores if score.metric == "accuracy")
    console.say("Test", f"accuracy {say_score(accuracy)} on {accuracy.n:,} series, looked at once")
    folder = study.folder.folder
    aside = f"; {say_count(len(rows) - 1, 'rival')} in rivals/" if len(rows) > 1 else ""
    console.say("Saved", f"{folder}/  (card.json, metrics.json, weights.safetensors ...{aside})")
    console.say("Next", f"seqloom predict {shlex.quote(str(folder))} {shlex.quote(str(data))}")
