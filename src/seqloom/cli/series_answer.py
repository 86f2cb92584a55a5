"""``seqloom predict`` and ``evaluate`` of whole series: classes, and numbers."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqloom.cli.console import Console, count_places, dump_json, fill, say_count, say_name
from seqloom.cli.reading import pick_options
from seqloom.cli.series_reading import read_asked
from seqloom.cli.series_story import say_number, say_score
from seqloom.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

    from seqloom.flow import Score
    from seqloom.frames.series_table import SeriesTable
    from seqloom.frames.table import ReadOptions
    from seqloom.series_predictor import SeriesNumberPredictor, SeriesPredictor

__all__ = ["answer_series", "answers_series", "score_series"]

_NUMBERS = "series-regressor"


def answers_series(predictor: Any) -> bool:
    """Whether a loaded model is one of whole series."""
    return predictor.card.task in ("series-classifier", _NUMBERS)


def answer_series(
    predictor: Any, data: str | None, *, options: ReadOptions, output: Path | None, console: Console
) -> None:
    """A line for each series of ``data``, or the file ``output``, which is free.

    Parameters
    ----------
    predictor : SeriesPredictor or SeriesNumberPredictor
        Which is asked.
    data : str or None
        What the verb was given.
    options : ReadOptions
        How to read it.
    output : Path or None
        A table to write; None prints.
    console : Console
        Where to tell it.
    """
    table = read_asked(predictor, data, options=options)
    if predictor.card.task == _NUMBERS:
        said, probability = predictor.predict(table.steps), {}
        lines = _say_numbers(said)
        answers = [{"number": number} for number in said.tolist()]
    else:
        shares = predictor.predict_proba(table.steps)
        names = [str(name) for name in predictor.classes_]
        said = [names[best] for best in shares.argmax(axis=1)]
        lines, answers = _say_classes(said, shares), _list_classes(said, shares, names=names)
        probability = {f"p_{name}": shares[:, k] for k, name in enumerate(names)}
    if output is not None:
        added = _write(output, table, said=said, probability=probability)
        console.say("Wrote", f"{say_count(len(table), 'row')} to {output}, a series each")
        console.give({"output": str(output), "n_rows": len(table), "columns": added})
        return
    for name, line, answer in zip(table.ids or range(1, len(table) + 1), lines, answers, strict=True):
        print(dump_json({"series": name, **answer}) if console.as_json else f"{line}  series {say_name(str(name))}")


def _say_numbers(said: np.ndarray) -> list[str]:
    """The numbers, one below the other."""
    told = [f"{number:.5g}" for number in said.tolist()]
    width = max(map(len, told), default=0)
    return [number.rjust(width) for number in told]


def _say_classes(said: Sequence[str], shares: np.ndarray) -> list[str]:
    """Each label with its probability."""
    shown = [say_name(name) for name in said]
    width = max(map(count_places, shown), default=0)
    return [f"{fill(name, width)}  {100 * best:5.1f} %" for name, best in zip(shown, shares.max(axis=1), strict=True)]


def _list_classes(said: Sequence[str], shares: np.ndarray, *, names: Sequence[str]) -> list[dict[str, Any]]:
    """Each label with all probabilities, as JSON."""
    rounded = [dict(zip(names, (round(value, 6) for value in row), strict=True)) for row in shares.tolist()]
    return [{"label": label, "probability": row} for label, row in zip(said, rounded, strict=True)]


def _write(path: Path, table: SeriesTable, *, said: Any, probability: Mapping[str, np.ndarray]) -> list[str]:
    """A row for each series: its id or number, what was said, probability of each class; the names of the columns."""
    from seqloom.frames.write import join_answers, write_table

    ids = table.ids or [str(number) for number in range(1, len(table) + 1)]
    called = "series" if table.columns is None else table.columns.series_id
    frame = join_answers(None, texts=ids, labels=said, probability=probability, called=called)
    write_table(frame, path)
    return frame.columns[1:]


def score_series(predictor: Any, given: Mapping[str, Any], *, console: Console) -> None:
    """The scores of the series that ``evaluate`` was ``given``: of the test part, where there is one.

    Parameters
    ----------
    predictor : SeriesPredictor or SeriesNumberPredictor
        Which is scored.
    given : mapping
        What the verb was given.
    console : Console
        Where to tell it.
    """
    import numpy as np

    table = read_asked(predictor, str(given["data"]), options=pick_options(given))
    has_numbers, remark = predictor.card.task == _NUMBERS, ""
    expected = "numbers" if has_numbers else "labels"
    if table.labels is None or table.has_numbers != has_numbers:
        found = "numbers" if table.has_numbers else "labels" if table.labels is not None else "nothing"
        raise DataError(f"{found} found beside the series, {expected} expected to score the model by.", path=table.name)
    if table.split is not None and (table.split == "test").any():
        table, remark = table.take(np.flatnonzero(table.split == "test")), ", its test part"
    scores = _score_numbers(predictor, table) if has_numbers else _score_classes(predictor, table)
    console.say("Read", f"{len(table):,} series in {table.name}{remark}")
    for note in table.notes:
        console.say("", note)
    for score in scores:
        is_share = not has_numbers and score.metric != "log_loss"
        told = say_number(score) if has_numbers else say_score(score) if is_share else f"{score.value:.3f}"
        console.print(f"  {fill(score.metric, 22)}{told}")
    console.give({"scores": [asdict(score) for score in scores]})


def _score_numbers(predictor: SeriesNumberPredictor, table: SeriesTable) -> tuple[Score, ...]:
    from seqloom.scores.regression import regression_scores
    from seqloom.targets import read_numbers

    return regression_scores(read_numbers(table.labels), predictor.predict(table.steps), who="test")


def _score_classes(predictor: SeriesPredictor, table: SeriesTable) -> tuple[Score, ...]:
    from seqloom.scores.metrics import classify_scores
    from seqloom.targets import encode_labels

    target = encode_labels(table.labels, predictor.classes_)
    classes = [str(name) for name in predictor.classes_]
    return classify_scores(target, predictor.predict_proba(table.steps), classes=classes, who="test")
