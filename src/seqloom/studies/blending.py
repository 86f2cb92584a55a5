"""The best few rows of a table together, as one more row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from seqloom.scores.calibration import fit_temperature
from seqloom.scores.temperature import apply_temperature
from seqloom.studies.choice import order_rows
from seqloom.studies.ensemble import Ensemble
from seqloom.studies.rows import Row, Study
from seqloom.studies.selection import MOST_MEMBERS, choose_weights, cross_blend
from seqloom.studies.training import time_answers
from seqloom.targets import encode_labels
from seqloom.tasks.families import ENSEMBLE, FAMILIES

__all__ = ["blend_rows"]


def blend_rows(study: Study, rows: Sequence[Row]) -> Row | None:
    """The best few together as a row of the table; None where one of them alone is at least as good.

    Parameters
    ----------
    study : Study
        For the labels of the rows that were answered.
    rows : sequence of Row
        All of the table.

    Returns
    -------
    Row or None
        Its scores are those of answers with weights chosen on other rows (``selection.cross_blend``). None for several
        labels at once, which no ensemble answers yet.
    """
    if study.are_several:
        return None
    best = [row for row in order_rows(rows) if row.family != "majority"][:MOST_MEMBERS]
    best.sort(key=lambda row: FAMILIES.index(row.family))
    if len(best) < 2:
        return None
    target = encode_labels(study.asked, best[0].learner.classes_)
    answers = [apply_temperature(row.probability, row.learner.temperature_) for row in best]
    weights = choose_weights(target, answers).tolist()
    members = {row.family: row for row, weight in zip(best, weights, strict=True) if weight}
    if len(members) < 2:
        return None
    learners: dict[str, Any] = {family: row.learner for family, row in members.items()}
    learner = Ensemble(learners, {row.family: weight for row, weight in zip(best, weights, strict=True) if weight})
    probability = cross_blend(target, answers)
    learner.temperature_ = fit_temperature(target, probability) if study.is_calibrated else 1.0
    learner.scores_ = learner._metrics(target, probability, who="validation")
    return Row(
        family=ENSEMBLE,
        learner=learner,
        scores=learner.scores_,
        is_right=probability.argmax(axis=1) == target,
        probability=probability,
        seconds=sum(row.seconds for row in members.values()),
        compile_seconds=sum(row.compile_seconds for row in members.values()),
        n_bytes=sum(row.n_bytes for row in members.values()),
        n_parameters=sum(row.n_parameters for row in members.values()),
        texts_per_second=time_answers(learner, study.parts["valid"]) if study.is_timed else 0.0,
    )
