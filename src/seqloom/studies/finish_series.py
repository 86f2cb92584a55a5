"""The end of a comparison of learners of series: the kept one tested once, drawn, and the run folder made whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from seqloom.artifact import plain_history
from seqloom.flow import Rows, Score
from seqloom.json_files import write_json
from seqloom.report.heatmap import plot_confusion
from seqloom.report.plots import plot_curves
from seqloom.report.series import Example, plot_answers, plot_examples
from seqloom.scores.confusion import confusion_matrix
from seqloom.scores.metrics import classify_scores
from seqloom.scores.regression import regression_scores
from seqloom.studies.finish import describe_machine
from seqloom.studies.series_study import SeriesRow, SeriesStudy
from seqloom.targets import encode_labels
from seqloom.tasks.series_classifier import SeriesClassifier
from seqloom.tasks.series_regressor import SeriesRegressor

__all__ = ["finish_series"]

# Examples in the picture: so many groups, and series of each.
_MOST_GROUPS, _MOST_EACH = 6, 4


def finish_series(
    study: SeriesStudy, rows: Sequence[SeriesRow], *, failures: Mapping[str, str], kept: SeriesRow, seconds: float
) -> tuple[tuple[Score, ...], dict[str, Any]]:
    """Test the kept family once, draw it, and give the run folder its last files and its name.

    Parameters
    ----------
    study : SeriesStudy
        Its folder holds the finished families.
    rows : sequence of SeriesRow
        All of the table.
    failures : mapping of str to str
        Why families of the study have no row.
    kept : SeriesRow
        One of them.
    seconds : float
        Of the run so far, for ``run.json``.

    Returns
    -------
    tuple
        Scores on the test part, and what ``metrics.json`` holds.
    """
    test, learner, partial = study.parts["test"], kept.learner, study.folder.partial
    told = _test_classes(study, learner) if isinstance(learner, SeriesClassifier) else _test_numbers(study, learner)
    scores = told.pop("scores")
    learner.scores_ = (*learner.scores_, *scores)
    learner.data_ = {**learner.data_, "n_test": len(test.target)}
    metrics = {
        "kept": kept.family,
        "test": [asdict(score) for score in scores],
        **told,
        "rows": [_tabulate(row, kept, has_numbers=study.has_numbers) for row in rows],
        "failed": dict(failures),
        "n_rows": {name: len(part.target) for name, part in study.parts.items()},
    }
    run = {"seconds": round(seconds, 3), "families": {row.family: round(row.seconds, 3) for row in rows}}
    write_json(partial / "metrics.json", metrics)
    write_json(partial / "run.json", {**describe_machine(), **run})
    histories = {row.family: row.learner.history_ for row in rows}
    if any(len(history) > 1 for history in histories.values()):
        plot_curves(histories, partial / "curves.svg", metrics=("mae" if study.has_numbers else "accuracy", "loss"))
    study.folder.finish(kept.family, learner.to_artifact())
    return scores, {**metrics, "folder": str(study.folder.folder)}


def _test_classes(study: SeriesStudy, learner: SeriesClassifier) -> dict[str, Any]:
    """Scores and confusion of the test part, and ``examples.svg`` and ``confusion.svg`` drawn."""
    test, partial = study.parts["test"], study.folder.partial
    probability = learner.predict_proba(test.x)
    classes = learner.classes_.tolist()
    target, said = encode_labels(test.target, learner.classes_), probability.argmax(axis=1)
    confusion = confusion_matrix(target, said, n_classes=len(classes))
    groups = {
        name: [_pick_class(test, row, said=classes[said[row]]) for row in np.flatnonzero(target == k)[:_MOST_EACH]]
        for k, name in enumerate(classes[:_MOST_GROUPS])
    }
    note = f"what {learner.family} took them for stands above where it was wrong"
    plot_examples(partial / "examples.svg", groups, channels=_name_channels(study), note=note)
    plot_confusion(confusion, partial / "confusion.svg", classes=classes)
    return {
        "scores": classify_scores(target, probability, classes=[str(name) for name in classes], who="test"),
        "classes": classes,
        "test_confusion": confusion.tolist(),
    }


def _pick_class(test: Rows, row: int, *, said: str) -> Example:
    is_wrong = said != test.target[row]
    return Example(steps=test.x.steps.row(row), caption=f"taken for {said}" if is_wrong else "", is_wrong=is_wrong)


def _test_numbers(study: SeriesStudy, learner: SeriesRegressor) -> dict[str, Any]:
    """Scores of the test part, and ``examples.svg`` and ``answers.svg`` drawn."""
    test, partial = study.parts["test"], study.folder.partial
    said = learner.predict(test.x)
    groups, note = dict(_group_numbers(test, said)), f"above each its number, and what {learner.family} said"
    plot_examples(partial / "examples.svg", groups, channels=_name_channels(study), note=note)
    plot_answers(partial / "answers.svg", truth=test.target, said=said, by=learner.family)
    return {"scores": regression_scores(test.target, said, who="test"), "target_spread": float(test.target.std())}


def _group_numbers(test: Rows, said: np.ndarray) -> Iterator[tuple[str, list[Example]]]:
    """A low, a middle and a high third of the test rows, each with its first few."""
    order = np.argsort(test.target, kind="stable")
    for third in np.array_split(order, min(3, len(order))):
        name = f"{test.target[third[0]]:.3g} to {test.target[third[-1]]:.3g}"
        yield (
            name,
            [
                Example(steps=test.x.steps.row(row), caption=f"{test.target[row]:.3g}, said {said[row]:.3g}")
                for row in np.sort(third)[:_MOST_EACH]
            ],
        )


def _name_channels(study: SeriesStudy) -> Sequence[str]:
    columns = study.data.get("columns")
    n_channels = study.parts["test"].x.steps.values.shape[1]
    return columns["channels"] if columns else [f"channel {number}" for number in range(1, n_channels + 1)]


def _tabulate(row: SeriesRow, kept: SeriesRow, *, has_numbers: bool) -> dict[str, Any]:
    told = f"MAE {row.score('mae').value:.4g}" if has_numbers else f"log loss {row.score('log_loss').value:.3f}"
    return {
        "family": row.family,
        "remark": "kept" if row is kept else told,
        "n_bytes": row.n_bytes,
        "is_interrupted": row.is_interrupted,
        "scores": [asdict(score) for score in row.learner.scores_ if score.who == "validation"],
        "history": plain_history(row.learner.history_),
    }
