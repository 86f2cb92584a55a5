"""``seqloom predict`` and ``seqloom evaluate``: a saved model answers."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seqloom.cli.ahead import evaluate_ahead, predict_ahead
from seqloom.cli.arguments import check_choice, check_use
from seqloom.cli.beside import fill_columns, name_columns, tell_remarks
from seqloom.cli.console import Console, count_places, dump_json, fill, say_count, say_name
from seqloom.cli.options import (
    AsJson,
    BadRow,
    Encoding,
    LabelColumn,
    LabelSeparator,
    Quiet,
    ReplaceFile,
    Run,
    TextColumn,
)
from seqloom.cli.reading import pick_options
from seqloom.cli.series_answer import answer_series, answers_series, score_series
from seqloom.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

    from seqloom.frames.table import ReadOptions, TextTable
    from seqloom.predictor import Predictor
    from seqloom.studies.judge import Verdict

__all__ = ["evaluate", "predict"]

# As cards say.
_FORECASTER, _TEXTS = "forecaster", "text-classifier"


def predict(
    model: Run,
    data: Annotated[
        str | None,
        typer.Argument(
            metavar="[DATA]", help="A table, a folder, a file of lines (.txt), or - for standard input, a text a line."
        ),
    ] = None,
    given: Annotated[
        list[str] | None,
        typer.Option("--text", metavar="TEXT", help="A text to answer for, itself; may be given several times."),
    ] = None,
    column: Annotated[
        str | None,
        typer.Option(
            "--column",
            metavar="COLUMN",
            help="Column of the texts in a table. Default: found by name and content.",
        ),
    ] = None,
    values: Annotated[
        list[str] | None,
        typer.Option(
            "--with-value",
            metavar="COLUMN=VALUE",
            help="What stands beside each --text, once for each column that the model was trained with. Default: "
            "missing, and said. A table has its columns itself.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Write the input with label and probabilities joined: .csv, .tsv, .jsonl or .parquet. "
            "Default: lines on standard output.",
        ),
    ] = None,
    levels: Annotated[
        str | None,
        typer.Option(
            "--levels",
            metavar="LEVEL,...",
            help="Of a forecast: quantiles beside it, such as 0.1,0.9. Default: the bounds of 50, 80 and 95 %.",
        ),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", help="Of a forecast: draw it, .svg or .png. Default: not drawn."),
    ] = None,
    encoding: Encoding = "utf-8",
    on_bad_row: BadRow = "error",
    overwrite: ReplaceFile = False,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", help="One JSON object a line for each text: label and probability of each class. Off: for people."
        ),
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Say nothing of the file that was written; answers are printed.")
    ] = False,
) -> None:
    """Answer for texts: given on the command line, in a file, or on standard input (a text a line)."""
    from seqloom import load
    from seqloom.frames.table import ReadOptions

    check_choice("--on-bad-row", on_bad_row, ("error", "skip"))
    options = ReadOptions(text=column, encoding=encoding, on_bad_row=on_bad_row, needs_label=False)
    predictor = load(model)
    console = Console(quiet=quiet, as_json=as_json)
    check_use(predictor.card.task, {"column": column, "with_value": values, "levels": levels, "plot": plot})
    if output is not None:
        _check_output(output, overwrite=overwrite)
    _check_reads(predictor.card.task, given)
    if predictor.card.task == _FORECASTER:
        predict_ahead(predictor, data, console=console, output=output, levels=levels, plot=plot)
        return
    if (data is None) == (not given):
        found = "neither" if data is None else "both"
        raise UsageError(f"{found} found: give either DATA (a file, or - for standard input) or --text.")
    if answers_series(predictor):
        answer_series(predictor, data, options=options, output=output, console=console)
        return
    table: TextTable | None = None
    texts: Any = given
    if given:
        columns: Any = fill_columns(console, predictor.columns_, values, n=len(given))
    else:
        if values:
            raise UsageError("--with-value with DATA found: a table has a value for each row. Write a column into it.")
        table = _read_rows(str(data), replace(options, beside=name_columns(predictor)))
        texts, columns = table.texts, table.columns
        tell_remarks(console, predictor.columns_, columns)
    if not len(texts):
        raise DataError(f"{data}: no texts found, at least one expected.")
    probability = predictor.predict_proba(texts, columns=columns)
    if output is None:
        _print_answers(texts, predictor, probability=probability, as_json=as_json)
        return
    added = _write_joined(output, table, texts=texts, predictor=predictor, probability=probability)
    named = ", ".join(map(say_name, added[:4])) + (f" and {len(added) - 4:,} more" if len(added) > 4 else "")
    console.say("Wrote", f"{say_count(len(texts), 'row')} to {output}, with the new columns {named}")
    console.give({"output": str(output), "n_rows": len(texts), "columns": added})


def _check_reads(task: str, given: list[str] | None) -> None:
    """Nothing, if a model of that ``task`` answers for the texts ``given``, or none are; UsageError otherwise."""
    if given and task != _TEXTS:
        wanted = "a table" if task == _FORECASTER else "a .ts file or a long table"
        raise UsageError(f"--text found, and the model is a {task}: {wanted} expected, as DATA.")


def _check_output(path: Path, *, overwrite: bool) -> None:
    from seqloom.frames.write import check_output

    check_output(path, overwrite=overwrite)


def _read_rows(data: str, options: ReadOptions) -> TextTable:
    from seqloom.frames.read import read_lines, read_texts

    if data != "-":
        return read_texts(data, options)
    if options.beside:
        raise DataError(
            f"lines have no columns, and the model was trained with {', '.join(options.beside)} beside the text. Give "
            "a table, or --text and --with-value."
        )
    return read_lines(sys.stdin.buffer, encoding=options.encoding)


def _print_answers(texts: Any, predictor: Predictor, *, probability: np.ndarray, as_json: bool) -> None:
    names = [str(name) for name in predictor.classes_]
    labels = predictor.name_labels(probability)
    are_several = predictor.threshold_ is not None
    shown = [say_name(name) for name in names]
    width = max(map(count_places, shown))
    for text, label, row in zip(texts, labels, probability.tolist(), strict=True):
        if as_json:
            shares = dict(zip(names, (round(value, 6) for value in row), strict=True))
            print(dump_json({"text": text, "labels" if are_several else "label": label, "probability": shares}))
        elif are_several:
            print(f"{_say_labels(label, dict(zip(names, row, strict=True)))}  <- {say_name(text, 83)}")
        else:
            best = row.index(max(row))
            print(f"{fill(shown[best], width)}  {100 * row[best]:5.1f} %  {say_name(text, 83)}")


def _say_labels(labels: Sequence[object], probability: Mapping[str, float]) -> str:
    """Several labels, the surest first: ``film 93 %, pos 71 %``."""
    sure = sorted(map(str, labels), key=lambda name: -probability[name])
    return ", ".join(f"{say_name(name)} {100 * probability[name]:.0f} %" for name in sure) or "(none)"


def _write_joined(
    output: Path, table: TextTable | None, *, texts: Any, predictor: Predictor, probability: np.ndarray
) -> list[str]:
    """Write the rows with the answers behind them; the names of the columns that are new."""
    from seqloom.frames.write import join_answers, write_table
    from seqloom.targets import join_names

    labels = predictor.name_labels(probability)
    if predictor.threshold_ is not None and output.suffix.lower() in (".csv", ".tsv"):
        labels = join_names(labels)
    columns = {f"p_{name}": probability[:, k] for k, name in enumerate(predictor.classes_)}
    source = table.source if table is not None else None
    frame = join_answers(source, texts=list(texts), labels=labels, probability=columns)
    write_table(frame, output)
    return frame.columns[-1 - len(columns) :]


def evaluate(
    model: Run,
    data: Annotated[
        Path,
        typer.Argument(
            metavar="DATA", help="Labelled texts, as for train. A folder's test/ part is taken where there is one."
        ),
    ],
    text: TextColumn = None,
    label: LabelColumn = None,
    label_separator: LabelSeparator = None,
    split: Annotated[
        str | None,
        typer.Option(
            "--split",
            metavar="COLUMN",
            help="Column that says train, valid or test: test rows are scored. Default: one named so, else all rows.",
            rich_help_panel="What to read",
        ),
    ] = None,
    wrong: Annotated[
        Path | None,
        typer.Option(
            "--wrong",
            metavar="FILE",
            help="Write the rows that were got wrong, the most certain first: .csv, .tsv, .jsonl or .parquet. "
            "Default: not written.",
        ),
    ] = None,
    encoding: Encoding = "utf-8",
    on_bad_row: BadRow = "error",
    overwrite: ReplaceFile = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Score a saved model on labelled texts: accuracy, F1 of each class, log loss, confusion."""
    given = dict(locals())
    from seqloom import load
    from seqloom.cli.scorecard import tell_scores
    from seqloom.frames.read import read_texts
    from seqloom.studies.judge import judge_model, pick_rows

    check_choice("--on-bad-row", on_bad_row, ("error", "skip"))
    if wrong is not None:
        _check_output(wrong, overwrite=overwrite)
    predictor = load(model)
    console = Console(quiet=quiet, as_json=as_json)
    check_use(predictor.card.task, given)
    if predictor.card.task == _FORECASTER:
        evaluate_ahead(predictor, data, console=console)
        return
    if answers_series(predictor):
        score_series(predictor, given, console=console)
        return
    table = read_texts(data, replace(pick_options(given), beside=name_columns(predictor)))
    rows, remark = pick_rows(table)
    console.say("Read", f"{say_count(len(rows), 'text')} in {table.name}{remark}")
    for note in table.notes:
        console.say("", note)
    tell_remarks(console, predictor.columns_, table.columns)
    verdict = judge_model(predictor, table, rows=rows)
    tell_scores(console, verdict)
    if wrong is not None:
        n = _write_wrong(wrong, verdict, table=table, rows=rows)
        were = f"{say_count(n, 'row')} that {'was' if n == 1 else 'were'} got wrong"
        console.say("Wrote", f"{were} to {wrong}" + (", the most certain first" if n > 1 else ""))
    console.give(verdict.as_json())


def _write_wrong(path: Path, verdict: Verdict, *, table: TextTable, rows: np.ndarray) -> int:
    """The mistakes as a table: text, label, what it was taken for, how sure of it."""
    from seqloom.frames.write import list_mistakes, write_table

    wrong, predicted, sure = verdict.find_wrong()
    write_table(list_mistakes(table, rows[wrong], predicted=predicted, probability=sure), path)
    return len(wrong)
