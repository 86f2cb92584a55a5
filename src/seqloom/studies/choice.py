"""Which row of a table is kept: the best, unless something simpler is as good; and the best few together, as a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from seqloom.scores.calibration import fit_temperature
from seqloom.scores.intervals import paired_difference
from seqloom.scores.temperature import apply_temperature
from seqloom.studies.ensemble import ENSEMBLE, Ensemble
from seqloom.studies.rows import Row, Study
from seqloom.studies.selection import MOST_MEMBERS, choose_weights, cross_blend
from seqloom.studies.training import time_answers
from seqloom.targets import encode_labels
from seqloom.tasks.families import FAMILIES

__all__ = ["blend_rows", "keep_row", "order_rows"]

# A lead that buys no complexity: 5 of 5,000 rows. Above it, the better of two is the better bet, clear or not.
_TINY_LEAD = 0.001

# What an ensemble must be better by, in accuracy on rows that its weights were not chosen on.
_WORTHWHILE_LEAD = 0.002


def order_rows(rows: Sequence[Row], *, metric: str = "accuracy") -> list[Row]:
    """Rows as a ranking: the best validation score first; of equals, the simpler.

    Parameters
    ----------
    rows : sequence of Row
        In any order.
    metric : str
        As of ``choose.choose_row``.

    Returns
    -------
    list of Row
        The ensemble counts as the least simple.
    """
    order = (*FAMILIES, ENSEMBLE)
    return sorted(rows, key=lambda row: (-row.value(metric), order.index(row.family)))


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


def keep_row(rows: Sequence[Row], *, metric: str = "accuracy") -> Row:
    """The row to keep: the best on validation, but nothing less simple for a lead that says nothing.

    Of single families, the simplest that the best one leads by no more than 0.1 points. The ensemble only if it leads
    that one by 0.2 points or more, and by more than the standard error of that lead.

    Parameters
    ----------
    rows : sequence of Row
        All of the table.
    metric : str
        As of ``choose.choose_row``.

    Returns
    -------
    Row
        One of them.
    """
    ranked = order_rows([row for row in rows if row.family != ENSEMBLE], metric=metric)
    least = ranked[0].value(metric) - _TINY_LEAD - 1e-9  # 0.921 - 0.92 is a hair above 0.001 in binary
    near = [row for row in ranked if row.value(metric) >= least]
    kept = min(near, key=lambda row: FAMILIES.index(row.family))
    for row in rows:
        if row.family == ENSEMBLE and _earns_its_cost(row, kept):
            return row
    return kept


def _earns_its_cost(ensemble: Row, kept: Row) -> bool:
    lead = paired_difference(ensemble.is_right, kept.is_right)
    error = (lead.n_only_a + lead.n_only_b) ** 0.5 / lead.n  # of the difference, if neither were the better one
    return lead.value >= _WORTHWHILE_LEAD and lead.value > error
