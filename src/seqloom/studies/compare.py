"""Several families on the same rows, one table, and the plain truth about the net.

Validation rows choose; the test rows are looked at once, for the kept family alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from seqloom.errors import TrainingError
from seqloom.studies.rows import Event, Study
from seqloom.studies.training import Training

__all__ = ["compare_families"]


def compare_families(study: Study) -> Iterator[Event]:
    """Train each family, telling what happens; finished ones of a resumed run are not trained again.

    Parameters
    ----------
    study : Study
        Families, rows, settings.

    Yields
    ------
    Event
        The last of each family carries its row, or says why there is none, and the others go on. After Ctrl-C the
        family under way ends with its best epoch, if it has one, and no other is begun.

    Raises
    ------
    KeyboardInterrupt
        After Ctrl-C before anything but the trivial rival was learned.
    TrainingError
        Where no family was left.
    """
    finished: set[str] = set()
    problem = None
    for family in study.families:
        yield Event(family=family)
        training = Training(study, family)
        try:
            while not training.is_over:
                if (record := training.advance()) is not None:
                    yield Event(family=family, record=record)
        except KeyboardInterrupt:
            if training.rescue() is None:
                if finished <= {"majority"}:
                    raise
                return
        except TrainingError as failure:
            problem = failure
            yield Event(family=family, failure=str(failure))
            continue
        row = training.row
        yield Event(family=family, row=row)
        finished.add(family)
        if row is not None and row.is_interrupted:
            return
    if problem is not None and not finished:
        raise problem
