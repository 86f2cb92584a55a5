"""Several families on the same rows, one table, and the plain truth about the net.

Validation rows choose; the test rows are looked at once, for the kept family alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from seqloom.artifact import plain_history
from seqloom.scores.intervals import paired_difference
from seqloom.studies.rows import Event, Row, Study
from seqloom.studies.training import Training

__all__ = ["choose_row", "compare_families", "describe_rival", "tabulate"]


def compare_families(study: Study) -> Iterator[Event]:
    """Train each family, telling what happens; finished ones of a resumed run are not trained again.

    Parameters
    ----------
    study : Study
        Families, rows, settings.

    Yields
    ------
    Event
        The last of each family carries its row. After Ctrl-C the family under way ends with its best epoch, if it has
        one, and no other is begun.

    Raises
    ------
    KeyboardInterrupt
        After Ctrl-C before anything but the trivial rival was learned.
    """
    has_learned = False
    for family in study.families:
        yield Event(family=family)
        training = Training(study, family)
        try:
            while not training.is_over:
                if (record := training.advance()) is not None:
                    yield Event(family=family, record=record)
        except KeyboardInterrupt:
            if training.rescue() is None:
                if not has_learned:
                    raise
                return
        row = training.row
        yield Event(family=family, row=row)
        has_learned |= family != "majority"
        if row is not None and row.is_interrupted:
            return


def choose_row(rows: Sequence[Row]) -> Row:
    """The row with the best validation accuracy; of equals, the first, which is the simpler.

    Parameters
    ----------
    rows : sequence of Row
        In the order of the table.

    Returns
    -------
    Row
        The kept one.
    """
    return max(rows, key=lambda row: row.value("accuracy"))


def describe_rival(row: Row, kept: Row) -> str:
    """How a row stands to the kept one, in words: a difference is called one only if its interval says so.

    Parameters
    ----------
    row : Row
        Any row of the table.
    kept : Row
        From ``choose_row``.

    Returns
    -------
    str
        ``kept``, ``loses to linear by 1.4 points``, or ``no clear difference to linear``.
    """
    if row is kept:
        return "kept"
    difference = paired_difference(kept.is_right, row.is_right)
    if difference.low <= 0:
        return f"no clear difference to {kept.family}"
    points = 100 * difference.value
    return f"loses to {kept.family} by {points:.1f} point{'' if f'{points:.1f}' == '1.0' else 's'}"


def tabulate(rows: Sequence[Row], kept: Row) -> list[dict[str, Any]]:
    """The ``rows`` of the table as JSON, without clocks; ``kept`` as for ``describe_rival``."""
    return [
        {
            "family": row.family,
            "kept": row is kept,
            "remark": describe_rival(row, kept),
            "is_interrupted": row.is_interrupted,
            "is_cut": row.is_cut,
            "n_bytes": row.n_bytes,
            "n_parameters": row.n_parameters,
            "folds": list(row.folds),
            "scores": [asdict(score) for score in row.scores],
            "history": plain_history(row.learner.history_),
        }
        for row in rows
    ]
