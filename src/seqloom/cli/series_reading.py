"""Whole series as verbs read them: ``.ts`` files, and long tables with a row for each step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqloom.cli.console import Console, say_count, say_name
from seqloom.cli.reading import parse_names, pick_options
from seqloom.errors import ArtifactError, DataError, UsageError

if TYPE_CHECKING:
    from seqloom.frames.long import LongColumns
    from seqloom.frames.series_table import SeriesTable
    from seqloom.frames.table import ReadOptions
    from seqloom.series_predictor import SeriesNumberPredictor, SeriesPredictor

__all__ = ["holds_series", "is_of_series", "list_columns", "read_asked", "read_trained"]

_ENDINGS = (".ts", ".ts.gz", ".ts.zst")

# Arguments of ``train`` that say which column of a long table is what.
_ROLES = ("series_id", "time_column", "channels", "drop", "label", "target", "split")

# What else can be said of whole series, beside what their learners take.
_KNOWN = {
    *("data", "test", "encoding", "on_bad_row", "task", "family", "no_rivals", "class_weight", "seed"),
    *("output", "overwrite", "resume", "as_json", "quiet"),
}


def holds_series(data: Path | str) -> bool:
    """Whether ``data`` is a file of whole series, by its ending."""
    return str(data).lower().endswith(_ENDINGS)


def is_of_series(given: Mapping[str, Any], *, asked: set[str]) -> bool:
    """Whether ``train`` was given whole series: a ``.ts`` file, or a table with --series-id and --label or --target.

    With ``--horizon``, ``--target`` is what to forecast.

    Raises
    ------
    UsageError
        Where half of that was said.
    """
    if holds_series(given["data"]):
        return True
    if "horizon" in asked:
        return False
    if "series_id" in asked and asked & {"label", "target"}:
        return True
    if half := sorted(asked & {"series_id", "channels"}):
        raise UsageError(
            f"--{half[0].replace('_', '-')} found alone. Whole series: --series-id COLUMN expected with "
            "--label COLUMN (classes) or --target COLUMN (numbers). A forecast: --target COLUMN and --horizon TIME."
        )
    return False


def read_trained(console: Console, given: Mapping[str, Any], *, asked: set[str], params: tuple[str, ...]) -> Any:
    """The series of ``train``, those of the test part behind them, and what was read told.

    Parameters
    ----------
    console : Console
        Where to tell it.
    given : mapping
        What the verb was given.
    asked : set of str
        What of it was typed.
    params : tuple of str
        What learners take of it.

    Returns
    -------
    SeriesTable
        With labels or numbers.
    """
    from seqloom.frames.series_table import join_series

    data, test, options = given["data"], given["test"], pick_options(given)
    _check_asked(asked, params=params, is_ts=holds_series(data))
    table = _read(data, options, columns=_pick_columns(given))
    if len(table) < 2:
        where = "" if table.columns is None else f' Is "{table.columns.series_id}" the column that tells them apart?'
        raise DataError(f"{len(table)} series found, two or more expected.{where}", path=data)
    _tell_table(console, table)
    beside = data.with_name(data.name.replace("_TRAIN", "_TEST"))
    if test is None and beside != data and beside.exists():
        test = beside
        console.say("", f"{beside.name} beside it is the test part")
    if test is None:
        return table
    both = join_series(table, _read(test, options, columns=_for_test(table)))
    for note in both.notes[len(table.notes) :]:
        console.say("", note)
    return both


def _for_test(table: SeriesTable) -> LongColumns | None:
    """The columns of the test part: those of ``table``, but for its split."""
    return None if table.columns is None else replace(table.columns, split=None)


def _check_asked(asked: set[str], *, params: tuple[str, ...], is_ts: bool) -> None:
    """Nothing, if all that was typed can be said of whole series; UsageError otherwise."""
    known = {*_KNOWN, *params} if is_ts else {*_KNOWN, *params, *_ROLES}
    if unknown := sorted(asked - known):
        names = {"time_column": "time", "beside": "with"}
        named = ", ".join(f"--{names.get(name, name).replace('_', '-')}" for name in unknown)
        what = "a .ts file" if is_ts else "whole series"
        raise UsageError(f"{named} found, of no use to {what}. Leave it out.")


def _pick_columns(given: Mapping[str, Any]) -> LongColumns | None:
    """Which column is what, as far as ``train`` was told; None for a ``.ts`` file."""
    from seqloom.frames.long import LongColumns

    if holds_series(given["data"]):
        return None
    time, channels = given["time_column"], given["channels"]
    if given["label"] is not None and given["target"] is not None:
        raise UsageError("--label and --target found, one of them expected: classes or numbers.")
    return LongColumns(
        series_id=given["series_id"],
        label=given["label"],
        target=given["target"],
        time=None if time is None else (time,),
        channels=None if channels is None else parse_names(channels, option="--channels"),
        drop=parse_names(given["drop"], option="--drop"),
        split=given["split"],
    )


def _read(path: Path, options: ReadOptions, *, columns: LongColumns | None) -> SeriesTable:
    """The series of a ``.ts`` file, or of a table whose ``columns`` are known; an error says of which file it is."""
    from seqloom.frames.read import read_sheet
    from seqloom.frames.ts_files import read_ts
    from seqloom.tasks.long_tables import read_long

    if holds_series(path):
        return read_ts(path, encoding=options.encoding)
    if columns is None:
        raise UsageError(f"{path} found, a .ts file expected.")
    sheet = read_sheet(path, options)
    try:
        table = read_long(sheet.frame, columns)
    except DataError as problem:
        raise DataError(str(problem), path=path) from problem
    return replace(table, name=str(path), notes=(*table.notes, *sheet.notes))


def _tell_table(console: Console, table: SeriesTable) -> None:
    """What was read: how many, how long, which channels, what is missing."""
    import numpy as np

    from seqloom.frames.wording import name_some

    lengths = table.steps.lengths
    short, long = int(lengths.min()), int(lengths.max())
    steps = say_count(short, "step") if short == long else f"{short:,} to {long:,} steps"
    named = "" if table.columns is None else " " + name_some([say_name(name) for name in table.channels])
    channels = say_count(len(table.channels), "channel") + named
    console.say("Read", f"{len(table):,} series of {table.name}: {steps}, {channels}")
    for note in table.notes:
        console.say("", note)
    if long == 1:
        console.say("", "no series has more than one step: is that the column that tells series apart?")
    n_missing = int(np.isnan(table.steps.values).sum())
    if n_missing:
        console.say("", f"{say_count(n_missing, 'missing value')}, filled with the last one before, else the mean")
    if table.has_numbers and table.labels is not None:
        low, high = float(table.labels.min()), float(table.labels.max())
        middle, apart = float(table.labels.mean()), float(table.labels.std())
        console.say("", f"numbers from {low:.4g} to {high:.4g}: mean {middle:.4g}, standard deviation {apart:.4g}")
    elif table.labels is not None:
        names, counts = np.unique(table.labels, return_counts=True)
        told = ", ".join(f"{say_name(name)} {n:,}" for name, n in list(zip(names, counts, strict=True))[:12])
        console.say("", f"{len(names)} classes: {told}{' ...' if len(names) > 12 else ''}")


def list_columns(table: SeriesTable) -> dict[str, Any]:
    """What the card keeps of a long table: which column is what; nothing of a ``.ts`` file."""
    if table.columns is None:
        return {}
    of = table.columns
    return {
        "columns": {
            "series_id": of.series_id,
            "label": of.label,
            "target": of.target,
            "time": list(of.time or ()),
            "channels": of.channels,
        }
    }


def read_asked(
    predictor: SeriesPredictor | SeriesNumberPredictor, data: str | None, *, options: ReadOptions
) -> SeriesTable:
    """The series that a model is asked about.

    Parameters
    ----------
    predictor : SeriesPredictor or SeriesNumberPredictor
        A model that was trained on a long table knows its columns.
    data : str or None
        A ``.ts`` file, or such a table.
    options : ReadOptions
        Label and split count where labels are needed.

    Returns
    -------
    SeriesTable
        With labels, if they are needed.

    Raises
    ------
    UsageError, DataError
        Where it is neither, or has other columns.
    """
    columns = _recall_columns(predictor)
    if data is not None and holds_series(data):
        return _read(Path(data), options, columns=None)
    if columns is None or data is None or data == "-":
        found = "--text" if data is None else "standard input" if data == "-" else data
        known = f", or a table with the columns {', '.join(columns.channels or ())}" if columns is not None else ""
        known += ", as it was not trained on a table and knows no columns" if columns is None and data else ""
        raise UsageError(f"{found} found where the model is one of whole series: a .ts file expected{known}.")
    needed = replace(columns, split=options.split)
    if not options.needs_label:
        needed = replace(needed, label=None, target=None)
    elif options.label is not None:
        is_class = columns.label is not None
        needed = replace(needed, label=options.label if is_class else None, target=None if is_class else options.label)
    return _read(Path(data), options, columns=needed)


def _recall_columns(predictor: SeriesPredictor | SeriesNumberPredictor) -> LongColumns | None:
    """Which column was what when the model was trained; None where that was no table."""
    from seqloom.frames.long import LongColumns
    from seqloom.json_files import check_fields

    kept = predictor.card.data.get("columns")
    if kept is None:
        return None
    check_fields(kept, {"series_id": (str,), "time": (list,), "channels": (list,)}, where="the columns in card.json")
    label, target = kept.get("label"), kept.get("target")
    if not isinstance(label if label is not None else target, str) or None not in (label, target):
        raise ArtifactError("neither a column of labels nor of numbers found in card.json. Get the folder again.")
    if not all(isinstance(name, str) for name in (*kept["time"], *kept["channels"])):
        raise ArtifactError("names of columns that are no strings found in card.json. Get the folder again.")
    return LongColumns(
        series_id=kept["series_id"],
        label=label,
        target=target,
        time=tuple(kept["time"]),
        channels=tuple(kept["channels"]),
    )
