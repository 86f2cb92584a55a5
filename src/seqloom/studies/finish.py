"""The end of a study: the test, looked at once, the pictures, and the run folder made whole."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from seqloom.artifact import plain_history
from seqloom.flow import EpochRecord, Score
from seqloom.json_files import write_json
from seqloom.report.plots import plot_curves
from seqloom.report.reliability import plot_reliability
from seqloom.scores.calibration import measure_reliability
from seqloom.scores.confusion import confusion_matrix
from seqloom.scores.metrics import log_loss
from seqloom.scores.temperature import apply_temperature
from seqloom.studies.choice import describe_rival, order_rows
from seqloom.studies.dataset import Dataset
from seqloom.studies.rows import Row, Study
from seqloom.targets import encode_labels

__all__ = ["Outcome", "describe_machine", "finish_run"]

# Families in one picture: with more of them colours and labels are not told apart.
_MOST_CURVES = 6

_LIBRARIES = ("seqloom", "jax", "keras", "numpy", "polars", "scikit-learn", "scipy")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a finished study came to: the kept row, its test scores (none without test rows), all as JSON."""

    kept: Row
    test_scores: tuple[Score, ...]
    metrics: dict[str, Any]


def finish_run(
    study: Study,
    rows: Sequence[Row],
    *,
    failures: Mapping[str, str],
    kept: Row,
    dataset: Dataset,
    seconds: float,
) -> Outcome:
    """Test the kept family once, and give the run folder its last files and its name.

    Parameters
    ----------
    study : Study
        Its folder holds the finished families.
    rows : sequence of Row
        All of the table.
    failures : mapping of str to str
        Why families of the study have no row.
    kept : Row
        One of them.
    dataset : Dataset
        For what was read.
    seconds : float
        Of the run so far, for ``run.json``.

    Returns
    -------
    Outcome
        The folder is whole by then.
    """
    test_scores, confusion = _test(study, kept)
    learner = kept.learner
    learner.scores_ = (*learner.scores_, *test_scores)
    learner.data_ = {**learner.data_, "n_test": len(study.parts["test"]), "classes": _count_classes(dataset)}
    metrics = {
        "kept": kept.family,
        "test": [asdict(score) for score in test_scores],
        "test_confusion": confusion,
        "classes": learner.classes_.tolist(),
        "rows": _tabulate(rows, kept, metric=study.metric),
        "failed": dict(failures),
        "not_trained": [name for name in study.families if name not in {*failures, *(row.family for row in rows)}],
        "split": dataset.parts.how,
        "n_leaks": dataset.n_leaks,
        "n_dropped": dataset.n_dropped,
    }
    partial = study.folder.partial
    if study.is_calibrated and not study.are_several:
        metrics["calibration"] = _draw_reliability(study, kept)
    write_json(partial / "metrics.json", metrics)
    write_json(partial / "run.json", _describe_run(rows, seconds=seconds))
    plot_curves(_pick_curves(rows, metric=study.metric), partial / "curves.svg")
    study.folder.finish(kept.family, learner.to_artifact())
    return Outcome(kept=kept, test_scores=test_scores, metrics={**metrics, "folder": str(study.folder.folder)})


def _pick_curves(rows: Sequence[Row], *, metric: str) -> dict[str, Sequence[EpochRecord]]:
    """The histories of the best few families, in the order of the table; all of them stand in ``metrics.json``."""
    best = order_rows([row for row in rows if row.learner.history_], metric=metric)[:_MOST_CURVES]
    shown = {row.family for row in best}
    return {row.family: row.learner.history_ for row in rows if row.family in shown}


def _test(study: Study, kept: Row) -> tuple[tuple[Score, ...], list[list[int]] | None]:
    part = study.parts["test"]
    if not len(part):
        return (), None
    learner = kept.learner
    probability = learner.predict_proba(part.texts)
    target = encode_labels(part.labels, learner.classes_)
    scores = learner._metrics(target, probability, who="test")
    if target.ndim == 2:
        return scores, None
    return scores, confusion_matrix(target, probability.argmax(axis=1), n_classes=len(learner.classes_)).tolist()


def _draw_reliability(study: Study, kept: Row) -> dict[str, Any]:
    """The figure of the kept model's reliability before and after calibration, and what it shows as JSON."""
    target = encode_labels(study.asked, kept.learner.classes_)
    temperature = kept.learner.temperature_
    answers = {"before": kept.probability, "after": apply_temperature(kept.probability, temperature)}
    found = {name: measure_reliability(target, probability) for name, probability in answers.items()}
    plot_reliability(found, study.folder.partial / "reliability.svg", family=kept.family, temperature=temperature)
    measured = {
        name: {"calibration_error": found[name].error, "log_loss": log_loss(target, answers[name])} for name in answers
    }
    return {"temperature": temperature, "n": len(target), **measured}


def _count_classes(dataset: Dataset) -> dict[str, dict[str, int]]:
    return {name: dict(facts.classes) for name, facts in dataset.facts.items()}


def _describe_run(rows: Sequence[Row], *, seconds: float) -> dict[str, Any]:
    """All that may differ between two equal runs."""
    return {
        **describe_machine(),
        "seconds": round(seconds, 3),
        "families": {
            row.family: {
                "seconds": round(row.seconds, 3),
                "compile_seconds": round(row.compile_seconds, 3),
                "texts_per_second": round(row.texts_per_second),
            }
            for row in rows
        },
        "epochs": {
            row.family: [{"epoch": r.epoch, "seconds": round(r.seconds, 4)} for r in row.learner.history_]
            for row in rows
        },
    }


def describe_machine() -> dict[str, Any]:
    """When, where and with what something was finished, as JSON."""
    return {
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"cores": os.cpu_count(), "processor": platform.machine(), "system": platform.system()},
        "python": platform.python_version(),
        "versions": {name: version(name) for name in _LIBRARIES},
    }


def _tabulate(rows: Sequence[Row], kept: Row, *, metric: str) -> list[dict[str, Any]]:
    """The ``rows`` of the table as JSON, without clocks; ``kept`` and ``metric`` as for ``describe_rival``."""
    return [
        {
            "family": row.family,
            "kept": row is kept,
            "remark": describe_rival(row, kept, metric=metric),
            "is_interrupted": row.is_interrupted,
            "divergence": row.divergence,
            "is_cut": row.is_cut,
            "n_bytes": row.n_bytes,
            "n_parameters": row.n_parameters,
            "refit_on_all": getattr(row.learner, "data_", {}).get("refit_on_all", False),
            "folds": list(row.folds),
            "scores": [asdict(score) for score in row.scores],
            "history": plain_history(row.learner.history_),
        }
        for row in rows
    ]
