"""``seqloom predict`` and ``seqloom evaluate``: a saved model answers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seqloom.cli.console import Console, say_count
from seqloom.cli.options import AsJson, BadRow, Encoding, LabelColumn, Overwrite, Quiet, TextColumn
from seqloom.errors import DataError, UsageError

if TYPE_CHECKING:
    import numpy as np

    from seqloom.frames.table import TextTable
    from seqloom.predictor import Predictor
    from seqloom.studies.judge import Verdict

__all__ = ["evaluate", "predict"]

Model = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, or what save() wrote.")]


def predict(
    model: Model,
    data: Annotated[
        str | None,
        typer.Argument(metavar="[DATA]", help="A table, a folder, a file of lines (.txt), or - for standard input."),
    ] = None,
    given: Annotated[
        list[str] | None, typer.Option("--text", help="A text to answer for, itself; may be given several times.")
    ] = None,
    column: Annotated[
        str | None, typer.Option("--column", help="Column of the texts in a table. Default: found by name and content.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Write the input with label and probabilities joined: .csv, .tsv, .jsonl or .parquet.",
        ),
    ] = None,
    encoding: Encoding = "utf-8",
    on_bad_row: BadRow = "error",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the output file. Off, so nothing is lost.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line: label and probability of each class.")
    ] = False,
) -> None:
    """Answer for texts: given on the command line, in a file, or on standard input (a text a line)."""
    from seqloom import load

    if (data is None) == (not given):
        raise UsageError("give either DATA (a file, or - for standard input) or --text, and not both.")
    if output is not None and output.exists() and not overwrite:
        raise UsageError(f"{output} exists already. Give another name, or pass --overwrite.")
    table = None if given else _read_rows(str(data), column=column, encoding=encoding, on_bad_row=on_bad_row)
    texts: Any = given if table is None else table.texts
    if not len(texts):
        raise DataError(f"{data}: no texts found, at least one expected.")
    predictor = load(model)
    probability = predictor.predict_proba(texts)
    if output is not None:
        _write_joined(output, table, texts=texts, predictor=predictor, probability=probability)
        print(f"Wrote       {say_count(len(texts), 'row')} with label and probabilities to {output}")
    else:
        _print_answers(texts, predictor, probability=probability, as_json=as_json)


def _read_rows(data: str, *, column: str | None, encoding: str, on_bad_row: str) -> TextTable:
    from seqloom.frames.read import read_lines, read_texts
    from seqloom.frames.table import ReadOptions

    if data == "-":
        return read_lines(sys.stdin.buffer, encoding=encoding)
    options = ReadOptions(text=column, encoding=encoding, on_bad_row=on_bad_row, needs_label=False)
    return read_texts(data, options)


def _print_answers(texts: Any, predictor: Predictor, *, probability: np.ndarray, as_json: bool) -> None:
    import json

    names = [str(name) for name in predictor.classes_]
    labels = predictor.classes_[probability.argmax(axis=1)].tolist()
    width = max(len(name) for name in names)
    for text, label, row in zip(texts, labels, probability.tolist(), strict=True):
        if as_json:
            shares = dict(zip(names, (round(value, 6) for value in row), strict=True))
            print(json.dumps({"text": text, "label": label, "probability": shares}, ensure_ascii=False))
        else:
            shown = " ".join(text[:200].split())
            print(f"{label!s:<{width}}  {100 * max(row):5.1f} %  {shown[:80]}{'...' if len(shown) > 80 else ''}")


def _write_joined(
    output: Path, table: TextTable | None, *, texts: Any, predictor: Predictor, probability: np.ndarray
) -> None:
    from seqloom.frames.write import join_answers, write_table

    labels = predictor.classes_[probability.argmax(axis=1)].tolist()
    columns = {f"p_{name}": probability[:, k] for k, name in enumerate(predictor.classes_)}
    source = table.source if table is not None else None
    write_table(join_answers(source, texts=list(texts), labels=labels, probability=columns), output)


def evaluate(
    model: Model,
    data: Annotated[
        Path,
        typer.Argument(
            metavar="DATA", help="Labelled texts, as for train. A folder's test/ part is taken where there is one."
        ),
    ],
    text: TextColumn = None,
    label: LabelColumn = None,
    split: Annotated[
        str | None, typer.Option("--split", metavar="COLUMN", help="Column that says which rows are test rows.")
    ] = None,
    wrong: Annotated[
        Path | None,
        typer.Option(
            "--wrong",
            metavar="FILE",
            help="Write the rows that were got wrong, the most certain first: .csv, .tsv, .jsonl or .parquet.",
        ),
    ] = None,
    encoding: Encoding = "utf-8",
    on_bad_row: BadRow = "error",
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Score a saved model on labelled texts: accuracy, F1 of each class, log loss, confusion."""
    from seqloom import load
    from seqloom.cli.scorecard import tell_scores
    from seqloom.frames.read import read_texts
    from seqloom.frames.table import ReadOptions
    from seqloom.studies.judge import judge_model, pick_rows

    if wrong is not None and wrong.exists() and not overwrite:
        raise UsageError(f"{wrong} exists already. Give another name, or pass --overwrite.")
    console = Console(quiet=quiet, as_json=as_json)
    options = ReadOptions(text=text, label=label, split=split, encoding=encoding, on_bad_row=on_bad_row)
    table = read_texts(data, options)
    rows, remark = pick_rows(table)
    console.say("Read", f"{say_count(len(rows), 'text')} in {table.name}{remark}")
    verdict = judge_model(load(model), table, rows=rows)
    tell_scores(console, verdict)
    if wrong is not None:
        n_wrong = _write_wrong(wrong, verdict, table=table, rows=rows)
        console.say("Wrote", f"{say_count(n_wrong, 'row')} that were got wrong to {wrong}, the most certain first")
    console.give(verdict.as_json())


def _write_wrong(path: Path, verdict: Verdict, *, table: TextTable, rows: np.ndarray) -> int:
    """The mistakes as a table: text, label, what it was taken for, how sure of it."""
    from seqloom.frames.write import list_mistakes, write_table

    wrong, predicted, sure = verdict.find_wrong()
    write_table(list_mistakes(table, rows[wrong], predicted=predicted, probability=sure), path)
    return len(wrong)
