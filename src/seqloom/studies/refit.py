"""Nets that a study keeps, trained once more on all rows when everything is chosen, in the time that is left."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from seqloom.flow import EpochRecord
from seqloom.learner.refit import CUT, INTERRUPTED, NO_TIME, is_cut
from seqloom.studies.ensemble import Ensemble
from seqloom.studies.rows import Row, Study
from seqloom.tasks.families import REFIT_NETS

__all__ = ["Refit", "expect_seconds", "refit_kept"]


@dataclass(frozen=True, kw_only=True)
class Refit:
    """What came of it for one family.

    Parameters
    ----------
    family : str
        Its name.
    n_rows, n_epochs : int
        All rows, and the epochs that were best on validation.
    seconds : float
        All it took.
    obstacle : str or None
        Why the model of the training rows alone is kept, as half a sentence.
    """

    family: str
    n_rows: int
    n_epochs: int
    seconds: float = 0.0
    obstacle: str | None = None


def expect_seconds(study: Study, history: Sequence[EpochRecord], *, spent: float) -> float:
    """What training on all rows, for as many epochs as were best so far, will take.

    Parameters
    ----------
    study : Study
        Its rows.
    history : sequence of EpochRecord
        One at least.
    spent : float
        Seconds that they took, with everything around them: a row that was found finished has no others.

    Returns
    -------
    float
        By the seconds of an epoch, validation with it, which a refit does without.
    """
    n_train, n_valid = len(study.parts["train"]), len(study.parts["valid"])
    n_best = max(record.epoch for record in history if record.is_best)
    return spent * n_best / len(history) * (n_train + n_valid) / n_train


def refit_kept(
    study: Study, rows: Sequence[Row], *, kept: Row, left: Callable[[], float] = lambda: math.inf
) -> Iterator[Refit]:
    """Train the kept net once more, or those in the kept ensemble, the heaviest first, where there is time for it.

    What was chosen stays as it was found with models of the training rows: epochs, weights in the ensemble,
    temperatures, thresholds, and the scores of the table.

    Parameters
    ----------
    study : Study
        Its training and validation rows are all rows; with folds models have seen them all already.
    rows : sequence of Row
        All of the table.
    kept : Row
        One of them.
    left : callable
        ``left()``: the seconds that this may still take.

    Yields
    ------
    Refit
        Of each net among them for whose family it is usual.
    """
    if study.n_folds:
        return
    shares = kept.learner.weights if isinstance(kept.learner, Ensemble) else {kept.family: 1.0}
    members = sorted((row for row in rows if row.family in shares), key=lambda row: -shares[row.family])
    is_interrupted = any(row.is_interrupted for row in rows)
    for row in members:
        if row.family in REFIT_NETS:
            obstacle = INTERRUPTED if is_interrupted else _find_obstacle(study, row, seconds=left())
            refit = _refit(study, row, seconds=left(), obstacle=obstacle)
            is_interrupted = refit.obstacle == INTERRUPTED
            yield refit
    if isinstance(kept.learner, Ensemble):
        whole = all(member.data_["refit_on_all"] for member in kept.learner.members.values())
        kept.learner.data_ = {**kept.learner.data_, "refit_on_all": whole}


def _refit(study: Study, row: Row, *, seconds: float, obstacle: str | None) -> Refit:
    """One net, if there is no obstacle."""
    learner: Any = row.learner  # no ensemble
    train, valid = study.parts["train"], study.parts["valid"]
    began = time.perf_counter()
    if obstacle is None:
        learner.set_params(**study.params)  # one that was found finished has no word vectors
        held = (valid.texts, valid.labels)
        obstacle = learner.refit(train.texts, train.labels, validation_data=held, seconds=seconds)
    return Refit(
        family=row.family,
        n_rows=len(train) + len(valid),
        n_epochs=learner.model_.best_epoch_,
        seconds=time.perf_counter() - began,
        obstacle=obstacle,
    )


def _find_obstacle(study: Study, row: Row, *, seconds: float) -> str | None:
    """Why the net of a row stays as it is; None where nothing speaks against all rows."""
    if row.divergence:
        return f"the training diverged {row.divergence}"
    learner: Any = row.learner  # no ensemble
    n_train = len(study.parts["train"])
    best = learner.history_[: learner.model_.best_epoch_]
    if is_cut(best, n_rows=n_train, batch_size=learner.get_params()["batch_size"]):
        return CUT
    budget = study.params.get("budget")
    if budget is not None:
        seconds = min(seconds, budget - row.seconds)
    return NO_TIME if expect_seconds(study, learner.history_, spent=row.seconds) > seconds else None
