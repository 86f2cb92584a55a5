"""A Keras net trained by the engine: here nets and engine meet, and the result is a ``flow.Model`` as any rival is.

A room of its own (floor 4), because stages do not import each other, and because the predictor, which answers without
Keras, must not come near it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from seqloom import engine, nets
from seqloom.flow import Arrays, Encoded, EpochRecord, Plan
from seqloom.nets.defaults import NET_DEFAULTS
from seqloom.scores.monitor import measure_monitored
from seqloom.targets import measure_answers

if TYPE_CHECKING:  # at run time both rooms are entered through their lazy names: JAX and Keras load at the first net
    from seqloom.engine.progress import Progress
    from seqloom.engine.state import ByRow, Functions, TrainState
    from seqloom.nets.pure import PureNet

__all__ = ["NetModel"]

_ROWS_A_READ = 4  # rows of a table that an ordinary update walks through in the time that a row by itself takes


class NetModel:
    """A net of one family for K classes.

    Parameters
    ----------
    family, n_classes : str, int
        One of ``nets.FAMILIES``, or ``own``; K.
    sizes : mapping
        ``n_ids``, ``width``, ``length``, ``dropout`` and what else the family has (see ``nets.families.NetSizes``).
    table : ndarray or None
        ``[V, D] float32``, word vectors to begin from; the plan's ``frozen_epochs`` says how long they stay so.
    own : callable or None
        The user's builder, for the family ``own`` (see ``nets.own.build_own``).
    """

    kind = "net"

    def __init__(
        self,
        family: str,
        n_classes: int,
        *,
        sizes: Mapping[str, Any],
        table: np.ndarray | None = None,
        own: Callable[..., Any] | None = None,
    ) -> None:
        self.family = family
        self.n_classes = n_classes
        self.sizes = dict(sizes)
        self.table = table
        self.own = own
        self.multilabel_ = False
        self.vectors: Mapping[str, Any] | None = None  # what the table was made of, for the card
        self.weights_: Arrays = {}
        self.progress_: Progress | None = None
        self.best_epoch_: int | None = None
        self.n_devices_: int | None = None  # that the training used; not told by folders of before there was a choice
        self._pure: PureNet | None = None
        self._by_row: ByRow | None = None
        self._infer: Any = None
        self._program: bytes | None = None

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
        self.multilabel_ = np.asarray(train_rows.target).ndim == 2
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
            answers, target = self._run(weights, valid.inputs), np.asarray(valid.target)
            measured = measure_answers(answers, target, weight=valid.weight)
            return measured | measure_monitored(target, answers, monitor=plan.monitor)

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
        self.multilabel_ = np.asarray(train_rows.target).ndim == 2
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
        net = nets.build_net(
            self.family,
            nets.NetSizes(
                n_outputs=1 if self.n_classes == 2 and not self.multilabel_ else self.n_classes,
                seed=plan.seed,
                table=self.table,
                is_frozen=is_frozen,
                own=self.own,
                **self.sizes,
            ),
        )
        self._pure = nets.make_pure(net, optimizer, label_smoothing=plan.label_smoothing, multilabel=self.multilabel_)
        parts = nets.split_by_row(net, optimizer) if self._reads_few_rows(plan) else None
        self._by_row = parts and engine.ByRow(*(getattr(parts, name) for name in engine.ByRow._fields))
        self._infer, self._program = engine.compile_forward(self._pure.infer), None
        return self._pure

    def _reads_few_rows(self, plan: Plan) -> bool:
        """Whether a step reads a quarter of the table at most: updating those rows alone, on one device, is faster."""
        if plan.devices not in (None, 1) or self._fixed_length is None:
            return False
        return _ROWS_A_READ * plan.batch_size * self._fixed_length <= self.sizes["n_ids"]

    @property
    def _fixed_length(self) -> int | None:
        """T of a net that takes no other; None for one of any length, as a net of the user's own is."""
        default = NET_DEFAULTS.get(self.family)
        return self.sizes["length"] if default and default.is_fixed else None

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
        return engine.run_forward(self._infer(tuple(weights)), inputs, n_columns=self.n_classes)

    def predict(self, inputs: Mapping[str, Any]) -> np.ndarray:
        """Probabilities, ``[N, K] float32``."""
        return self._run([self.weights_[name] for name in self._net.names], inputs)

    def export(self) -> bytes:
        """The forward pass as bytes; weights go in by the order of their names. Made once: it holds no weights."""
        self._program = self._program or self._export()
        return self._program

    def _export(self) -> bytes:
        pure = self._net
        order = [pure.names.index(name) for name in sorted(pure.names)]

        def infer(weights: Sequence[Any], ids: Any, *columns: Any) -> Any:
            by_name = dict(zip(order, weights, strict=True))
            return pure.infer([by_name[i] for i in range(len(order))], ids, *columns)

        weights = [self.weights_[name] for name in sorted(pure.names)]
        n_beside = self.sizes.get("n_beside", 0)
        return engine.export_forward(infer, weights, length=self._fixed_length, n_beside=n_beside)

    def state(self) -> tuple[dict[str, Any], Arrays]:
        """Sizes, and the weights by our own names."""
        settings = {"kind": self.kind, "family": self.family, "n_classes": self.n_classes, "sizes": self.sizes}
        trained = {"best_epoch": self.best_epoch_, "n_devices": self.n_devices_}
        return settings | trained | ({"multilabel": True} if self.multilabel_ else {}), dict(self.weights_)

    @classmethod
    def from_state(cls, settings: Mapping[str, Any], arrays: Arrays) -> NetModel:
        """The model again, from what ``state`` gave."""
        model = cls(settings["family"], settings["n_classes"], sizes=settings["sizes"])
        model.weights_, model.multilabel_ = dict(arrays), settings.get("multilabel", False)
        model.best_epoch_, model.n_devices_ = settings.get("best_epoch"), settings.get("n_devices")
        return model

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
