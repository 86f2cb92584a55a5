"""The training loop: a generator of epochs. Who iterates it decides about progress, checkpoints and stopping."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Any

import jax
import numpy as np

from seqloom.engine.block import make_block
from seqloom.engine.devices import DEVICE_LOCK, place_everywhere
from seqloom.engine.feed import bucket_to_train, order_epoch
from seqloom.engine.gather import gather_rows, place_arrays
from seqloom.engine.progress import Progress
from seqloom.engine.rows import make_row_block
from seqloom.engine.state import ByRow, Functions, TrainState, copy_to_host
from seqloom.errors import TrainingError
from seqloom.flow import Encoded, EpochRecord, Plan

__all__ = ["count_steps", "trace_losses", "train"]

_REMEDY = "Try a learning rate ten times smaller, a warm-up over the first epoch, or gradients clipped to a norm of 1."

_LOWER_IS_BETTER = ("loss", "mae")

Evaluate = Callable[[TrainState], dict[str, float]]


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
        ``evaluate(state) -> {"loss": ..., "accuracy": ...}`` on validation rows, of the weights to answer with; an
        empty one where nothing is asked, and the last epoch is the best.
    plan : Plan
        Epochs, batch size, patience, monitor, budget, seed, devices (None: one).
    by_row : ByRow or None
        Given, a step updates only the rows of the embedding table that it has read, on one device.

    Yields
    ------
    Progress
        The last one has ``is_over`` set; after Ctrl-C it repeats the epoch before, with ``is_interrupted`` set, and
        where the loss is not a number any more, with ``divergence``.

    Raises
    ------
    TrainingError
        When the loss is not a number any more in the first epoch: with step, learning rate and what to try.
    """
    n_devices = 1 if by_row else plan.devices or 1
    make = partial(make_row_block, by_row=by_row) if by_row else partial(make_block, n_devices=n_devices)
    runner = _Runner(data, make=partial(make, functions), plan=plan, n_devices=n_devices, told=functions.told)
    progress, began = start, time.perf_counter()
    while not progress.is_over:
        try:
            epoch = len(progress.records) + 1
            state, record = runner.run_epoch(progress.state, epoch, deadline=_deadline(plan, began))
            valid = evaluate(_settle(state, functions))
            if not np.isfinite([*valid.values()]).all():  # the epoch's last step may have been one too far
                raise _Divergence(record.n_steps)
        except _Divergence as found:
            yield _end_diverged(progress, step=found.step, functions=functions)
            return
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
            best=_settle(host, functions) if record.is_best else progress.best,
            is_over=_is_over(records, plan, seconds=time.perf_counter() - began),
        )
        yield progress


def count_steps(encoded: Encoded, batch_size: int) -> int:
    """The steps of an epoch of ``train`` over the rows of ``encoded``, ``batch_size`` a step."""
    return sum(-(-len(rows) // batch_size) for rows in bucket_to_train(encoded, batch_size).values())


def trace_losses(start: TrainState, data: Encoded, *, functions: Functions, plan: Plan, n_steps: int) -> np.ndarray:
    """The training loss of each step, ``[n_steps] float64``, in the order in which an epoch would take them.

    Parameters
    ----------
    start : TrainState
        Where training begins.
    data : Encoded
        Training rows; passed through again where an epoch has fewer steps.
    functions : Functions
        The net, its loss and its optimizer.
    plan : Plan
        Batch size, seed, devices.
    n_steps : int
        How many.

    Returns
    -------
    ndarray
        Fewer where a loss is not a number: those before it.
    """
    n_devices = plan.devices or 1
    make = partial(make_block, functions, n_devices=n_devices)
    runner = _Runner(data, make=make, plan=plan, n_devices=n_devices)
    losses = np.empty(0)
    for of_steps in runner.run_on(start):
        is_real = of_steps[:, 2] > 0
        losses = np.append(losses, of_steps[is_real, 0] / of_steps[is_real, 2])[:n_steps]
        is_number = np.isfinite(losses)
        if len(losses) == n_steps or not is_number.all():
            break
    return losses[np.logical_and.accumulate(is_number)]


def _settle(state: TrainState, functions: Functions) -> TrainState:
    """The same, with the weights to answer with."""
    return state._replace(trainable=functions.settle(state.trainable, state.optimizer))


class _Divergence(Exception):
    """The loss of a ``step`` of the epoch, counted from 1, is not a number."""

    def __init__(self, step: int) -> None:
        super().__init__(step)
        self.step = step


def _end_diverged(progress: Progress, *, step: int, functions: Functions) -> Progress:
    """The end of a training whose next epoch went wrong: with what there is, or as an error if there is nothing."""
    rate = functions.find_rate(progress.state.optimizer, step - 1)
    told = f"in epoch {len(progress.records) + 1}, step {step:,}, at learning rate {rate:.3g}"
    if not progress.records:
        raise TrainingError(f"the loss is not a number {told}. {_REMEDY}") from None
    return replace(progress, is_over=True, divergence=told)


class _Runner:
    """Blocks of one training set: a compiled program for each bucket length."""

    def __init__(
        self, data: Encoded, *, make: Callable[..., Any], plan: Plan, n_devices: int, told: str = "accuracy"
    ) -> None:
        self.plan = plan
        self.told = told
        self.n_devices = n_devices
        self.buckets = bucket_to_train(data, plan.batch_size)
        self.blocks = {length: make(gather_rows(data, length)) for length in self.buckets}
        self.arrays = place_arrays(data, n_devices)
        self.weight = np.ones(len(data), np.float32) if data.weight is None else data.weight
        self.compiled: dict[int, Any] = {}
        self.compile_seconds = 0.0

    def run_epoch(self, state: TrainState, epoch: int, *, deadline: float | None) -> tuple[TrainState, EpochRecord]:
        """The state behind an epoch, or behind as much of it as there was time for, and what it brought."""
        began, self.compile_seconds = time.perf_counter(), 0.0
        sums, n_steps = np.zeros(3), 0
        for reached, of_steps in self.run_blocks(state, epoch):
            is_wrong = ~np.isfinite(of_steps).all(axis=1)
            if is_wrong.any():
                raise _Divergence(n_steps + int(is_wrong.argmax()) + 1)
            state = reached
            sums += of_steps.sum(axis=0)
            n_steps += int((of_steps[:, 2] > 0).sum())
            if deadline is not None and time.perf_counter() > deadline:
                break
        seconds = time.perf_counter() - began
        return state, EpochRecord(
            epoch=epoch,
            n_steps=n_steps,
            train={"loss": sums[0] / sums[2], self.told: sums[1] / sums[2]},
            seconds=seconds - self.compile_seconds,
            compile_seconds=self.compile_seconds,
        )

    def run_on(self, state: TrainState) -> Iterator[np.ndarray]:
        """The sums of the steps of one block after the other, epoch after epoch without end."""
        for epoch in count(1):
            for reached, of_steps in self.run_blocks(state, epoch):
                yield of_steps
                state = reached

    def run_blocks(self, state: TrainState, epoch: int) -> Iterator[tuple[TrainState, np.ndarray]]:
        """The state behind each block of an epoch, and the sums of its steps ``[S, 3] float64``."""
        plan = self.plan
        blocks = order_epoch(self.buckets, self.weight, batch_size=plan.batch_size, seed=plan.seed, epoch=epoch)
        state = place_everywhere(state, self.n_devices)  # a copy: a block uses its state up
        for block in blocks:
            with DEVICE_LOCK:
                run = self._compile(block.length, (state, block.order, block.weight, self.arrays))
                state, of_steps = run(state, block.order, block.weight, self.arrays)
                of_steps = np.asarray(jax.block_until_ready(of_steps), dtype=np.float64)
            yield state, of_steps

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
    """Of equal scores the lower loss is better: a score stands still while a net says one class, and yet it learns."""

    def judge(measured: Mapping[str, float]) -> tuple[float, float]:
        return (-1.0 if monitor in _LOWER_IS_BETTER else 1.0) * measured[monitor], -measured["loss"]

    return not valid or all(judge(valid) > judge(record.valid) for record in earlier)


def _is_over(records: tuple[EpochRecord, ...], plan: Plan, *, seconds: float) -> bool:
    best = max(record.epoch for record in records if record.is_best)
    best = max(best, plan.frozen_epochs or 0)  # or patience with a frozen table would be spent before it thaws
    # as Keras counts: a patience of 0 stops at the first epoch that brings nothing, not at the first of all
    is_patience_spent = plan.patience is not None and len(records) - best >= max(plan.patience, 1)
    is_budget_spent = plan.budget is not None and seconds >= plan.budget
    return len(records) >= plan.epochs or is_patience_spent or is_budget_spent
