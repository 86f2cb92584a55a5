"""A net trained once more, on all rows, when validation has chosen how many epochs: whether, and how.

What is solved in one go (``linear``, ``lsa``) is refitted without a question: that takes less than choosing did.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Any

from seqloom.errors import TrainingError
from seqloom.flow import Encoded, EpochRecord, Plan

__all__ = ["CUT", "INTERRUPTED", "NO_TIME", "find_obstacle", "is_cut", "is_net", "train_net_again"]

CUT = "time cut its best epoch, or one before it"
INTERRUPTED = "Ctrl-C ended the training"
NO_TIME = "there is no time left for it"


def is_net(model: Any) -> bool:
    """Whether a model is trained by epochs, not solved in one go."""
    return hasattr(model, "best_epoch_")


def find_obstacle(model: Any, history: Sequence[EpochRecord], *, n_train: int, n_all: int, plan: Plan) -> str | None:
    """Why a net stays as it was trained first; None where nothing speaks against all rows.

    Parameters
    ----------
    model : Model
        A net, trained with validation rows.
    history : sequence of EpochRecord
        Of that training.
    n_train, n_all : int
        Rows it was trained on, and all there are.
    plan : Plan
        By which it was trained.

    Returns
    -------
    str or None
        Half a sentence.
    """
    if model.is_interrupted:
        return INTERRUPTED
    if model.divergence:
        return f"the training diverged {model.divergence}"
    if not model.progress_.is_over:
        return "the training was ended early"
    if plan.budget is None:
        return None
    best = history[: model.best_epoch_]
    if is_cut(best, n_rows=n_train, batch_size=plan.batch_size):
        return CUT
    compiling = sum(record.compile_seconds for record in history)
    spent = compiling + sum(record.seconds for record in history)
    training = sum(record.seconds for record in best)
    if spent + compiling + training * n_all / n_train > plan.budget:
        return NO_TIME
    return None


def is_cut(history: Sequence[EpochRecord], *, n_rows: int, batch_size: int) -> bool:
    """Whether an epoch of the ``history`` had fewer steps of ``batch_size`` than ``n_rows`` make, as time was over."""
    return any(record.n_steps * batch_size < n_rows for record in history)


def train_net_again(model: Any, rows: Encoded, *, plan: Plan, seconds: float = math.inf) -> str | None:
    """Train a fresh net on all rows for the chosen epochs; gives why that came to nothing, None if it did not.

    Parameters
    ----------
    model : Model
        Fresh.
    rows : Encoded
        All of them.
    plan : Plan
        With ``refit_epochs``.
    seconds : float
        Behind an epoch that ends later it is given up.

    Returns
    -------
    str or None
        Half a sentence; the net is of no use then.
    """
    began = time.perf_counter()
    try:
        for record in model.fit(rows, rows, plan=plan):
            if record.epoch != plan.refit_epochs and time.perf_counter() - began > seconds:
                return "it took longer than the first training let expect"
    except KeyboardInterrupt:
        return INTERRUPTED
    except TrainingError as problem:
        return str(problem)
    if model.is_interrupted:
        return INTERRUPTED
    return f"it diverged {model.divergence}" if model.divergence else None
