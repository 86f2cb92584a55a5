"""Which row of a table is kept, in ``train`` and in ``rank`` alike, and how the others stand to it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from seqloom.scores.intervals import paired_difference
from seqloom.studies.rows import Row
from seqloom.tasks.families import ENSEMBLE, FAMILIES

__all__ = ["METRICS", "describe_rival", "keep_row", "order_rows"]

# What a person calls them.
METRICS = {"accuracy": "accuracy", "micro_f1": "micro F1", "macro_f1": "macro F1", "roc_auc": "ROC AUC"}

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
        One of ``METRICS``; a row for which it is not defined comes last.

    Returns
    -------
    list of Row
        The ensemble counts as the least simple.
    """
    order = (*FAMILIES, ENSEMBLE)

    def place(row: Row) -> tuple[float, int]:
        value = row.value(metric)
        return math.inf if math.isnan(value) else -value, order.index(row.family)

    return sorted(rows, key=place)


def keep_row(rows: Sequence[Row], *, metric: str = "accuracy") -> Row:
    """The row to keep: the best on validation, but nothing less simple for a lead that says nothing.

    Of single families, the simplest that the best one leads by no more than 0.1 points. The ensemble only if it leads
    that one by 0.2 points or more, and by more than the standard error of that lead.

    Parameters
    ----------
    rows : sequence of Row
        All of the table.
    metric : str
        As of ``order_rows``.

    Returns
    -------
    Row
        One of them.
    """
    ranked = order_rows([row for row in rows if row.family != ENSEMBLE], metric=metric)
    least = ranked[0].value(metric) - _TINY_LEAD - 1e-9  # 0.921 - 0.92 is a hair above 0.001 in binary
    near = [row for row in ranked if row.value(metric) >= least] or ranked  # where it is defined nowhere: all
    kept = min(near, key=lambda row: FAMILIES.index(row.family))
    for row in rows:
        if row.family == ENSEMBLE and _earns_its_cost(row, kept):
            return row
    return kept


def _earns_its_cost(ensemble: Row, kept: Row) -> bool:
    lead = paired_difference(ensemble.is_right, kept.is_right)
    error = (lead.n_only_a + lead.n_only_b) ** 0.5 / lead.n  # of the difference, if neither were the better one
    return lead.value >= _WORTHWHILE_LEAD and lead.value > error


def describe_rival(row: Row, kept: Row, *, metric: str = "accuracy") -> str:
    """How a row stands to the kept one, in words: of accuracy a difference is called one only if its interval says so.

    Parameters
    ----------
    row : Row
        Any row of the table.
    kept : Row
        From ``keep_row``.
    metric : str
        By which it was chosen.

    Returns
    -------
    str
        ``kept``, ``loses to linear by 1.4 points``, or ``no clear difference to linear``.
    """
    if row is kept:
        return "kept"
    if metric != "accuracy":
        return f"{100 * (kept.value(metric) - row.value(metric)):.1f} points of {METRICS[metric]} behind {kept.family}"
    difference = paired_difference(kept.is_right, row.is_right)
    if difference.low <= 0:
        return f"no clear difference to {kept.family}"
    points = 100 * difference.value
    return f"loses to {kept.family} by {points:.1f} point{'' if f'{points:.1f}' == '1.0' else 's'}"
