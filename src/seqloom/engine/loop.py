"""The training loop: a generator of epochs. Who iterates it decides about progress, checkpoints and stopping."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import jax
import numpy as np

from seqloom.engine.block import make_block
from seqloom.engine.devices import DEVICE_LOCK, place_everywhere
from seqloom.engine.feed import bucket_rows, gather_rows, order_epoch, place_arrays
from seqloom.engine.rows import make_row_block
from seqloom.engine.state import ByRow, Functions, TrainState, copy_to_host
from seqloom.errors import TrainingError
from seqloom.flow import Encoded, EpochRecord, Plan

__all__ = ["Progress", "train"]

# Each length is a program, a second or two to compile. On IMDB, of 219 words on average (512 at most), 1 to 8 lengths
# pad to 512, 327, 286, 268, 258, 252 and 243.
_MOST_LENGTHS = 5

Evaluate = Callable[[TrainState], dict[str, float]]


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where training stands behind an epoch: enough to go on from, to the identical result.

    ``state`` and ``best`` hold NumPy arrays; ``best`` is the state of the best epoch so far.
    """

    records: tuple[EpochRecord, ...] = ()
    state: TrainState
    best: TrainState
    is_over: bool = False
    is_interrupted: bool = False


def train(
    start: Progress,
    data: Encoded,
    *,
    functions: Functions,
    evaluate: Evaluate,
    plan: Plan,
    by_row: ByRow | None = None,
) -> Iterator[Progress]:
    """Progress behind each epoch, until the epochs, the patience or the budget is spent.

    Parameters
    ----------
    start : Progress
        Fresh, or what an earlier run stopped at.
    data : Encoded
        Training rows.
    functions : Functions
        The net, its loss and its optimizer.
    evaluate : callable
        ``evaluate(state) -> {"loss": ..., "accuracy": ...}`` on validation rows.
    plan : Plan
        Epochs, batch size, patience, monitor, budget, seed, devices (None: one).
    by_row : ByRow or None
        Given, a step updates only the rows of the embedding table that it has read, on one device.

    Yields
    ------
    Progress
        The last one has ``is_over`` set; after Ctrl-C it repeats the epoch before, with ``is_interrupted`` set.

    Raises
    ------
    TrainingError
        When the loss is not a number any more: with epoch, learning rate and what to try.
    """
    n_devices = 1 if by_row else plan.devices or 1
    make = partial(make_row_block, by_row=by_row) if by_row else partial(make_block, n_devices=n_devices)
    runner = _Runner(data, make=partial(make, functions), plan=plan, n_devices=n_devices)
    progress, began = start, time.perf_counter()
    while not progress.is_over:
        try:
            epoch = len(progress.records) + 1
            state, record = runner.run_epoch(progress.state, epoch, deadline=_deadline(plan, began))
            valid = evaluate(state)
            if not np.isfinite(valid[plan.monitor]):  # the epoch's last step may have been one too far
                raise TrainingError(_describe_divergence(epoch, plan))
        except KeyboardInterrupt:
            if not progress.records:
                raise  # nothing to keep
            yield replace(progress, is_over=True, is_interrupted=True)
            return
        record = replace(record, valid=valid, is_best=_is_best(valid, progress.records, monitor=plan.monitor))
        records = (*progress.records, record)
        host = copy_to_host(state)
        progress = Progress(
            records=records,
            state=host,
            best=host if record.is_best else progress.best,
            is_over=_is_over(records, plan, seconds=time.perf_counter() - began),
        )
        yield progress


class _Runner:
    """Blocks of one training set: a compiled program for each bucket length."""

    def __init__(self, data: Encoded, *, make: Callable[..., Any], plan: Plan, n_devices: int) -> None:
        self.plan = plan
        self.n_devices = n_devices
        self.buckets = bucket_rows(data, plan.batch_size, most=_MOST_LENGTHS)
        self.blocks = {length: make(gather_rows(data, length)) for length in self.buckets}
        self.arrays = place_arrays(data, n_devices)
        self.weight = np.ones(len(data), np.float32) if data.weight is None else data.weight
        self.compiled: dict[int, Any] = {}
        self.compile_seconds = 0.0

    def run_epoch(self, state: TrainState, epoch: int, *, deadline: float | None) -> tuple[TrainState, EpochRecord]:
        began, self.compile_seconds = time.perf_counter(), 0.0
        plan, sums, n_steps = self.plan, np.zeros(3), 0
        blocks = order_epoch(self.buckets, self.weight, batch_size=plan.batch_size, seed=plan.seed, epoch=epoch)
        state = place_everywhere(state, self.n_devices)  # a copy: a block uses its state up
        for block in blocks:
            with DEVICE_LOCK:
                run = self._compile(block.length, (state, block.order, block.weight, self.arrays))
                state, of_steps = run(state, block.order, block.weight, self.arrays)
                of_steps = np.asarray(jax.block_until_ready(of_steps), dtype=np.float64)
            sums += of_steps.sum(axis=0)
            n_steps += int((of_steps[:, 2] > 0).sum())
            if not np.isfinite(sums).all():
                raise TrainingError(_describe_divergence(epoch, plan))
            if deadline is not None and time.perf_counter() > deadline:
                break
        seconds = time.perf_counter() - began
        return state, EpochRecord(
            epoch=epoch,
            n_steps=n_steps,
            train={"loss": sums[0] / sums[2], "accuracy": sums[1] / sums[2]},
            seconds=seconds - self.compile_seconds,
            compile_seconds=self.compile_seconds,
        )

    def _compile(self, length: int, arguments: tuple[Any, ...]) -> Any:
        """The program of a bucket; compiled apart from running it, so that its seconds can be told apart."""
        if length not in self.compiled:
            began = time.perf_counter()
            self.compiled[length] = self.blocks[length].lower(*arguments).compile()
            self.compile_seconds += time.perf_counter() - began
        return self.compiled[length]


def _deadline(plan: Plan, began: float) -> float | None:
    if plan.deadline is not None:
        return plan.deadline()
    return None if plan.budget is None else began + plan.budget


def _is_best(valid: dict[str, float], earlier: tuple[EpochRecord, ...], *, monitor: str) -> bool:
    sign = -1.0 if monitor == "loss" else 1.0
    return all(sign * valid[monitor] > sign * record.valid[monitor] for record in earlier)


def _is_over(records: tuple[EpochRecord, ...], plan: Plan, *, seconds: float) -> bool:
    best = max(record.epoch for record in records if record.is_best)
    best = max(best, plan.frozen_epochs or 0)  # or patience with a frozen table would be spent before it thaws
    # as Keras counts: a patience of 0 stops at the first epoch that brings nothing, not at the first of all
    is_patience_spent = plan.patience is not None and len(records) - best >= max(plan.patience, 1)
    is_budget_spent = plan.budget is not None and seconds >= plan.budget
    return len(records) >= plan.epochs or is_patience_spent or is_budget_spent


def _describe_divergence(epoch: int, plan: Plan) -> str:
    rate = "its default" if plan.learning_rate is None else f"{plan.learning_rate:g}"
    return (
        f"the loss is not a number in epoch {epoch} ({plan.optimizer}, learning rate {rate}), a number was expected. "
        "Try a learning rate ten times smaller."
    )
