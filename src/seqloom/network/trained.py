"""What all nets that the engine trains do alike."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from seqloom import engine, nets
from seqloom.flow import Arrays, Encoded, EpochRecord, Plan

if TYPE_CHECKING:  # at run time both rooms are entered through their lazy names: JAX and Keras load at the first net
    from seqloom.engine.progress import Progress
    from seqloom.engine.state import ByRow, Functions, TrainState
    from seqloom.nets.objectives import Objective
    from seqloom.nets.pure import PureNet

__all__ = ["TrainedNet"]


class TrainedNet:
    """What all nets share: training, checkpoints, answers, export. What a net is for, a subclass says.

    It has ``state`` and ``from_state``, and the hooks ``_build``, ``_judge``, ``_measure``, ``_shape`` and ``_inputs``.

    Parameters
    ----------
    family : str
        Which builder.
    sizes : mapping
        What that builder needs to know, but for the outputs and the seed.
    """

    kind = "net"

    def __init__(self, family: str, *, sizes: Mapping[str, Any]) -> None:
        self.family = family
        self.sizes = dict(sizes)
        self.weights_: Arrays = {}
        self.progress_: Progress | None = None
        self.best_epoch_: int | None = None
        self.n_devices_: int | None = None  # that the training used; not told by folders of before there was a choice
        self._pure: PureNet | None = None
        self._by_row: ByRow | None = None
        self._infer: Any = None
        self._program: bytes | None = None

    def _build(self, *, seed: int, is_frozen: bool) -> Any:
        """The Keras model, with fresh weights; ``is_frozen``: with word vectors that are not trained."""
        raise NotImplementedError

    def _judge(self, plan: Plan) -> Objective:
        """What its outputs are for."""
        raise NotImplementedError

    def _measure(self, answers: np.ndarray, valid: Encoded, *, monitor: str) -> dict[str, float]:
        """Loss and scores of answers for validation rows."""
        raise NotImplementedError

    @property
    def _shape(self) -> tuple[int, ...]:
        """Of the answer for one row."""
        raise NotImplementedError

    @property
    def _inputs(self) -> dict[str, tuple[int | None, ...]]:
        """The shape of a row of each input, None where it is open."""
        raise NotImplementedError

    def _look_at(self, train_rows: Encoded) -> None:
        """What training rows tell about the net, before it is built."""

    def _reads_few_rows(self, plan: Plan) -> bool:  # noqa: ARG002 (for nets that have a table)
        """Whether a step reads so little of a table that updating those rows alone is faster."""
        return False

    def fit(self, train_rows: Encoded, valid: Encoded, *, plan: Plan) -> Iterator[EpochRecord]:
        """Train from fresh weights, or from ``progress_`` where ``resume`` put one; the best epoch's weights stay.

        With word vectors that are frozen first, training ends behind the last such epoch, and goes on from there as a
        resumed one would.

        A loss that is not a number ends the training with the best epoch so far, and ``divergence`` tells where it was;
        in the first epoch it is a TrainingError.
        """
        engine.prepare_jax()  # before anything of Keras, as an optimizer's variables start JAX
        began = time.perf_counter()
        n_done = 0 if self.progress_ is None else len(self.progress_.records)
        n_frozen = _count_frozen(plan)
        is_frozen = n_done < n_frozen or n_frozen == plan.epochs
        self._look_at(train_rows)
        n_steps = engine.count_steps(train_rows, plan.batch_size)
        optimizer = _build_optimizer(plan, is_frozen=is_frozen, n_steps=n_steps)
        pure = self._make(plan, is_frozen=is_frozen, optimizer=optimizer)
        self._keep(self.progress_ or _fresh_progress(pure))
        self.n_devices_ = self._choose_n_devices(train_rows, plan)
        n_last = plan.refit_epochs or plan.epochs
        part = replace(plan, epochs=min(n_frozen, n_last) if is_frozen else n_last, devices=self.n_devices_)
        for progress in self._train(train_rows, valid, plan=part):
            if is_frozen and len(progress.records) == n_frozen < n_last:
                plan = _spend(plan, time.perf_counter() - began)
                progress = self._thaw(progress, plan, n_steps=n_steps)
            self._keep(progress)
            if not (progress.is_interrupted or progress.divergence):
                yield progress.records[-1]
        if self.progress_ is not None and not self.progress_.is_over:
            yield from self.fit(train_rows, valid, plan=plan)

    def _train(self, train_rows: Encoded, valid: Encoded, *, plan: Plan) -> Iterator[Progress]:
        """The engine's work, from where ``progress_`` stands."""
        pure = self._net

        def evaluate(state: TrainState) -> dict[str, float]:
            weights, _ = pure.pick(state.trainable, state.fixed)
            if plan.refit_epochs:
                return {} if all(np.isfinite(weight).all() for weight in weights) else {"loss": np.nan}
            return self._measure(self._run(weights, valid.inputs), valid, monitor=plan.monitor)

        return engine.train(
            self.progress_, train_rows, functions=_functions_of(pure), evaluate=evaluate, plan=plan, by_row=self._by_row
        )

    def trace_rates(self, train_rows: Encoded, *, plan: Plan, rates: np.ndarray) -> np.ndarray:
        """The training loss of a step at each of the rates, from fresh weights; the model is not trained by it.

        Parameters
        ----------
        train_rows : Encoded
            Passed through again where an epoch has fewer steps.
        plan : Plan
            All of it but the learning rate and its schedule.
        rates : ndarray, ``[S]``
            Learning rates, rising by the same factor from step to step.

        Returns
        -------
        ndarray, ``[<= S] float64``
            Ends where a loss is not a number.
        """
        engine.prepare_jax()
        self._look_at(train_rows)
        rising = nets.build_rising(plan, low=rates[0], high=rates[-1], n_steps=len(rates))
        pure = self._make(plan, is_frozen=_count_frozen(plan) > 0, optimizer=rising)
        start = _fresh_progress(pure).state
        plan = replace(plan, devices=self._choose_n_devices(train_rows, plan))
        return engine.trace_losses(start, train_rows, functions=_functions_of(pure), plan=plan, n_steps=len(rates))

    def _thaw(self, progress: Progress, plan: Plan, *, n_steps: int) -> Progress:
        """The same, with word vectors that are trained; the optimizer begins anew, as it does behind Keras's compile.

        Old steps and moments would not do for them: Adam divides both moments by what a count of steps lets expect, and
        its first steps on new weights would be three times as long as the learning rate.
        """
        optimizer = _build_optimizer(plan, is_frozen=False, n_steps=n_steps)
        frozen, thawed = self._net, self._make(plan, is_frozen=False, optimizer=optimizer)

        def move(state: TrainState) -> TrainState:
            trainable, fixed = thawed.lay(*frozen.pick(state.trainable, state.fixed))
            return engine.TrainState(trainable, fixed, thawed.optimizer)

        is_over = plan.budget is not None and plan.budget <= 0
        return replace(progress, state=move(progress.state), best=move(progress.best), is_over=is_over)

    @property
    def _net(self) -> PureNet:
        """The pure functions, those of training where there was one."""
        engine.prepare_jax()
        return self._pure or self._make(Plan(), is_frozen=False, optimizer=nets.build_optimizer("sgd", None))

    def _make(self, plan: Plan, *, is_frozen: bool, optimizer: Any) -> PureNet:
        """The pure functions, made by Keras."""
        net = self._build(seed=plan.seed, is_frozen=is_frozen)
        self._pure = nets.make_pure(net, optimizer, objective=self._judge(plan))
        parts = nets.split_by_row(net, optimizer) if self._reads_few_rows(plan) else None
        self._by_row = parts and engine.ByRow(*(getattr(parts, name) for name in engine.ByRow._fields))
        self._infer, self._program = engine.compile_forward(self._pure.infer), None
        return self._pure

    def _choose_n_devices(self, train_rows: Encoded, plan: Plan) -> int:
        """By the plan, or by what a step costs; the same in each run, as no clock is asked."""
        pure = self._net
        weights, _ = pure.pick(pure.trainable, pure.fixed)
        return engine.choose_n_devices(
            1 if self._by_row else plan.devices,
            batch_size=plan.batch_size,
            work=engine.count_step_work(partial(pure.infer, weights), train_rows, batch_size=plan.batch_size),
            n_parameters=sum(weight.size for weight in weights),
        )

    def _keep(self, progress: Progress) -> None:
        self.progress_ = progress
        self.best_epoch_ = max((record.epoch for record in progress.records if record.is_best), default=None)
        weights, _ = self._net.pick(progress.best.trainable, progress.best.fixed)
        self.weights_ = dict(zip(self._net.names, map(np.asarray, weights), strict=True))

    def _run(self, weights: Sequence[Any], inputs: Mapping[str, Any]) -> np.ndarray:
        return engine.run_forward(self._infer(tuple(weights)), inputs, shape=self._shape)

    def predict(self, inputs: Mapping[str, Any]) -> np.ndarray:
        """Its answers, ``[N, ...] float32``."""
        return self._run([self.weights_[name] for name in self._net.names], inputs)

    def export(self) -> bytes:
        """The forward pass as bytes; weights go in by the order of their names. Made once: it holds no weights."""
        if self._program is None:
            self._program = self._export()
        return self._program

    def _export(self) -> bytes:
        pure = self._net
        order = [pure.names.index(name) for name in sorted(pure.names)]

        def infer(weights: Sequence[Any], *inputs: Any) -> Any:
            by_name = dict(zip(order, weights, strict=True))
            return pure.infer([by_name[i] for i in range(len(order))], *inputs)

        weights = [self.weights_[name] for name in sorted(pure.names)]
        return engine.export_forward(infer, weights, inputs=self._inputs)

    @property
    def is_interrupted(self) -> bool:
        """Whether Ctrl-C ended the training."""
        return self.progress_ is not None and self.progress_.is_interrupted

    @property
    def divergence(self) -> str | None:
        """Where the loss was not a number any more, if that ended the training."""
        return None if self.progress_ is None else self.progress_.divergence

    def checkpoint(self) -> tuple[dict[str, Any], Arrays]:
        """Where training stands: what ``resume`` needs, in another process too."""
        return engine.write_progress(self.progress_)

    def resume(self, settings: Mapping[str, Any], arrays: Arrays) -> list[EpochRecord]:
        """Let the next ``fit`` go on from a checkpoint instead of beginning; gives the records so far."""
        self.progress_ = engine.read_progress(settings, arrays) or self.progress_
        return [] if self.progress_ is None else list(self.progress_.records)


def _functions_of(pure: PureNet) -> Functions:
    """What the engine takes of a net, by the same names."""
    return engine.Functions(*(getattr(pure, name) for name in engine.Functions._fields))


def _fresh_progress(pure: PureNet) -> Progress:
    """Before the first epoch: no records yet, and the arrays to begin from."""
    state = engine.TrainState(pure.trainable, pure.fixed, pure.optimizer)
    return engine.Progress(state=state, best=state)


def _count_frozen(plan: Plan) -> int:
    """Epochs in which the word vectors stay as they are."""
    return plan.epochs if plan.frozen_epochs is None else min(plan.frozen_epochs, plan.epochs)


def _build_optimizer(plan: Plan, *, is_frozen: bool, n_steps: int) -> Any:
    """The optimizer for the epochs before or behind the thaw, each of ``n_steps``."""
    n_epochs = _count_frozen(plan) if is_frozen else plan.epochs - _count_frozen(plan)
    return nets.build_from_plan(plan, n_epochs=n_epochs, n_steps=n_steps)


def _spend(plan: Plan, seconds: float) -> Plan:
    """The same with that much less of a budget, if there is one."""
    return plan if plan.budget is None else replace(plan, budget=plan.budget - seconds)
