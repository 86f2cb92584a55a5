"""Which of several families is kept, and how the others stand to it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from seqloom.artifact import plain_history
from seqloom.scores.intervals import paired_difference
from seqloom.studies.rows import Row

__all__ = ["METRICS", "choose_row", "describe_rival", "tabulate"]

# What a person calls them.
METRICS = {"accuracy": "accuracy", "micro_f1": "micro F1", "macro_f1": "macro F1", "roc_auc": "ROC AUC"}


def choose_row(rows: Sequence[Row], *, metric: str = "accuracy") -> Row:
    """The row with the best validation score; of equals, the first, which is the simpler.

    Parameters
    ----------
    rows : sequence of Row
        In the order of the table.
    metric : str
        One of ``METRICS``; a row for which it is not defined comes last.

    Returns
    -------
    Row
        The kept one.
    """
    return max(rows, key=lambda row: -math.inf if math.isnan(row.value(metric)) else row.value(metric))


def describe_rival(row: Row, kept: Row, *, metric: str = "accuracy") -> str:
    """How a row stands to the kept one, in words: of accuracy a difference is called one only if its interval says so.

    Parameters
    ----------
    row : Row
        Any row of the table.
    kept : Row
        From ``choose_row``.
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


def tabulate(rows: Sequence[Row], kept: Row, *, metric: str = "accuracy") -> list[dict[str, Any]]:
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
            "folds": list(row.folds),
            "scores": [asdict(score) for score in row.scores],
            "history": plain_history(row.learner.history_),
        }
        for row in rows
    ]
