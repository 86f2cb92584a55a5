"""``seqloom predict`` and ``evaluate`` of whole series."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqloom.cli.console import Console, count_places, dump_json, fill, say_count, say_name, say_share
from seqloom.errors import DataError, UsageError

if TYPE_CHECKING:
    from seqloom.flow import Score
    from seqloom.frames.series_table import SeriesTable
    from seqloom.series_predictor import SeriesPredictor

__all__ = ["answer_series", "refuse_numbers", "say_score", "score_series"]


def say_score(score: Score) -> str:
    """A share with its interval: ``93.1 %  (90.2-95.3)``."""
    if score.low is None or score.high is None:
        return say_share(score.value)
    return f"{say_share(score.value)}  ({100 * score.low:.1f}-{100 * score.high:.1f})"


def refuse_numbers(predictor: Any) -> Any:
    """The ``predictor``, if the command can ask it; UsageError for a regressor of series, which Python asks."""
    if predictor.card.task == "series-regressor":
        raise UsageError(
            "a series-regressor found, a model of texts, forecasts or classes of series expected: the command does not "
            "ask such yet. In Python: seqloom.load(folder).predict(series)."
        )
    return predictor


def answer_series(predictor: SeriesPredictor, table: SeriesTable, *, output: Path | None, console: Console) -> None:
    """A line for each series of the ``table``, or the file ``output``, which is free."""
    probability = predictor.predict_proba(table.steps)
    names = [str(name) for name in predictor.classes_]
    if output is not None:
        added = _write(output, table, names=names, probability=probability)
        console.say("Wrote", f"{say_count(len(table), 'row')} to {output}, a series each")
        console.give({"output": str(output), "n_rows": len(table), "columns": added})
        return
    shown = [say_name(name) for name in names]
    width = max(map(count_places, shown))
    ids = table.ids or range(1, len(table) + 1)
    for name, row in zip(ids, probability.tolist(), strict=True):
        best = row.index(max(row))
        if console.as_json:
            shares = dict(zip(names, (round(value, 6) for value in row), strict=True))
            print(dump_json({"series": name, "label": names[best], "probability": shares}))
        else:
            print(f"{fill(shown[best], width)}  {100 * row[best]:5.1f} %  series {say_name(str(name))}")


def _write(path: Path, table: SeriesTable, *, names: list[str], probability: Any) -> list[str]:
    """A row for each series: its id or number, label and probability of each class; the names of the columns."""
    from seqloom.frames.write import join_answers, write_table

    labels = [names[best] for best in probability.argmax(axis=1)]
    columns = {f"p_{name}": probability[:, k] for k, name in enumerate(names)}
    ids = table.ids or [str(number) for number in range(1, len(table) + 1)]
    called = "series" if table.columns is None else table.columns.series_id
    frame = join_answers(None, texts=ids, labels=labels, probability=columns, called=called)
    write_table(frame, path)
    return frame.columns[1:]


def score_series(predictor: SeriesPredictor, table: SeriesTable, *, console: Console) -> None:
    """Accuracy and the other scores of the ``table``'s series."""
    from dataclasses import asdict

    import numpy as np

    from seqloom.scores.metrics import classify_scores
    from seqloom.targets import encode_labels

    if table.labels is None:
        raise DataError("series without labels found, labels expected to score the model by.", path=table.name)
    remark = ""
    if table.split is not None and (table.split == "test").any():
        table, remark = table.take(np.flatnonzero(table.split == "test")), ", its test part"
    target = encode_labels(table.labels, predictor.classes_)
    classes = [str(name) for name in predictor.classes_]
    scores = classify_scores(target, predictor.predict_proba(table.steps), classes=classes, who="test")
    console.say("Read", f"{len(table):,} series in {table.name}{remark}")
    for note in table.notes:
        console.say("", note)
    for score in scores:
        is_share = score.metric != "log_loss"
        console.print(f"  {fill(score.metric, 22)}{say_score(score) if is_share else f'{score.value:.3f}'}")
    console.give({"scores": [asdict(score) for score in scores]})
