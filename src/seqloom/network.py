"""A Keras net trained by the engine: here nets and engine meet, and the result is a ``flow.Model`` as any rival is.

A room of its own (floor 4), because stages do not import each other, and because the predictor, which answers without
Keras, must not come near it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from seqloom import engine, nets
from seqloom.flow import Arrays, Encoded, EpochRecord, Plan
from seqloom.nets.defaults import NET_DEFAULTS

if TYPE_CHECKING:  # at run time both rooms are entered through their lazy names: JAX and Keras load at the first net
    from seqloom.engine.loop import Progress
    from seqloom.engine.state import ByRow, TrainState
    from seqloom.nets.pure import PureNet

__all__ = ["NetModel"]

# Rows of a table that an ordinary update walks through in the time that a row by itself takes.
_ROWS_A_READ = 4


class NetModel:
    """A net of one family for K classes.

    Parameters
    ----------
    family : str
        One of ``nets.FAMILIES``.
    n_classes : int
        K.
    sizes : mapping
        ``n_ids``, ``width``, ``length``, ``dropout`` (see ``nets.families.NetSizes``).
    """

    kind = "net"

    def __init__(self, family: str, n_classes: int, *, sizes: Mapping[str, Any]) -> None:
        self.family = family
        self.n_classes = n_classes
        self.sizes = dict(sizes)
        self.weights_: Arrays = {}
        self.progress_: Progress | None = None
        self.best_epoch_: int | None = None
        self._pure: PureNet | None = None
        self._by_row: ByRow | None = None
        self._infer: Any = None
        self._program: bytes | None = None

    def fit(self, train_rows: Encoded, valid: Encoded, *, plan: Plan) -> Iterator[EpochRecord]:
        """Train from fresh weights, or from ``progress_`` where ``resume`` put one; the best epoch's weights stay."""
        engine.prepare_jax()
        pure = self._make(plan)
        functions = engine.Functions(pure.call, pure.loss, pure.is_hit, pure.update)

        def evaluate(state: TrainState) -> dict[str, float]:
            return _measure(self._run(state.trainable, valid.inputs), valid)

        start = self.progress_ or _fresh_progress(pure)
        self._keep(start)
        progresses = engine.train(
            start, train_rows, functions=functions, evaluate=evaluate, plan=plan, by_row=self._by_row
        )
        for progress in progresses:
            self._keep(progress)
            if not progress.is_interrupted:
                yield progress.records[-1]

    def _make(self, plan: Plan) -> PureNet:
        """The pure functions: Keras is asked once."""
        if self._pure is None:
            net = nets.build_net(
                self.family,
                nets.NetSizes(n_outputs=1 if self.n_classes == 2 else self.n_classes, seed=plan.seed, **self.sizes),
            )
            optimizer = nets.build_optimizer(plan.optimizer, plan.learning_rate)
            self._pure = nets.make_pure(net, optimizer)
            if self._reads_few_rows(plan.batch_size) and (parts := nets.split_by_row(net, optimizer)) is not None:
                self._by_row = engine.ByRow(
                    parts.split, parts.join, parts.call, parts.update, parts.fade, parts.update_rows
                )
            self._infer = engine.compile_forward(self._pure.infer)
        return self._pure

    def _reads_few_rows(self, batch_size: int) -> bool:
        """Whether a step reads a quarter of the table at most: then updating those rows alone is the faster way."""
        n_read = batch_size * self.sizes["length"]
        return NET_DEFAULTS[self.family].is_fixed and _ROWS_A_READ * n_read <= self.sizes["n_ids"]

    def _keep(self, progress: Progress) -> None:
        self.progress_ = progress
        self.best_epoch_ = max((record.epoch for record in progress.records if record.is_best), default=None)
        names = self._make(Plan()).names
        self.weights_ = dict(zip(names, (np.asarray(leaf) for leaf in progress.best.trainable), strict=True))

    def _run(self, weights: Sequence[Any], inputs: Mapping[str, Any]) -> np.ndarray:
        return engine.run_forward(partial(self._infer, tuple(weights)), inputs, n_columns=self.n_classes)

    def predict(self, inputs: Mapping[str, Any]) -> np.ndarray:
        """Probabilities, ``[N, K] float32``."""
        names = self._make(Plan()).names
        return self._run([self.weights_[name] for name in names], inputs)

    def export(self) -> bytes:
        """The forward pass as bytes; weights go in by the order of their names. Made once: it holds no weights."""
        if self._program is None:
            self._program = self._export()
        return self._program

    def _export(self) -> bytes:
        pure = self._make(Plan())
        order = [pure.names.index(name) for name in sorted(pure.names)]

        def infer(weights: Sequence[Any], ids: Any) -> Any:
            by_name = dict(zip(order, weights, strict=True))
            return pure.infer([by_name[i] for i in range(len(order))], ids)

        length = self.sizes["length"] if NET_DEFAULTS[self.family].is_fixed else None
        return engine.export_forward(infer, [self.weights_[name] for name in sorted(pure.names)], length=length)

    def state(self) -> tuple[dict[str, Any], Arrays]:
        """Sizes, and the weights by our own names."""
        settings = {"kind": self.kind, "family": self.family, "n_classes": self.n_classes, "sizes": self.sizes}
        return {**settings, "best_epoch": self.best_epoch_}, dict(self.weights_)

    @classmethod
    def from_state(cls, settings: Mapping[str, Any], arrays: Arrays) -> NetModel:
        """The model again, from what ``state`` gave."""
        model = cls(settings["family"], settings["n_classes"], sizes=settings["sizes"])
        model.weights_, model.best_epoch_ = dict(arrays), settings.get("best_epoch")
        return model

    @property
    def is_interrupted(self) -> bool:
        """Whether Ctrl-C ended the training."""
        return self.progress_ is not None and self.progress_.is_interrupted

    def checkpoint(self) -> tuple[dict[str, Any], Arrays]:
        """Where training stands: what ``resume`` needs, in another process too."""
        if self.progress_ is None:
            return {"records": [], "is_over": False}, {}
        records = [asdict(record) for record in self.progress_.records]
        arrays = _flatten_state("state", self.progress_.state) | _flatten_state("best", self.progress_.best)
        return {"records": records, "is_over": self.progress_.is_over}, arrays

    def resume(self, settings: Mapping[str, Any], arrays: Arrays) -> list[EpochRecord]:
        """Let the next ``fit`` go on from a checkpoint instead of beginning; gives the records so far."""
        records = [EpochRecord(**record) for record in settings["records"]]
        if records:
            self.progress_ = engine.Progress(
                records=tuple(records),
                state=_unflatten_state("state", arrays),
                best=_unflatten_state("best", arrays),
                is_over=settings["is_over"],
            )
        return records


def _fresh_progress(pure: PureNet) -> Progress:
    """Before the first epoch.

    Parameters
    ----------
    pure : PureNet
        With the arrays to begin from.

    Returns
    -------
    Progress
        No records yet.
    """
    state = engine.TrainState(pure.trainable, pure.fixed, pure.optimizer)
    return engine.Progress(state=state, best=state)


def _measure(probability: np.ndarray, valid: Encoded) -> dict[str, float]:
    """Weighted log loss and accuracy of probabilities ``[N, K]`` on validation rows."""
    target = np.asarray(valid.target)
    weight = np.ones(len(target)) if valid.weight is None or not valid.weight.any() else valid.weight
    right = np.clip(probability[np.arange(len(target)), target].astype(np.float64), 1e-7, 1)
    hit = probability.argmax(axis=1) == target
    return {
        "loss": float(np.average(-np.log(right), weights=weight)),
        "accuracy": float(np.average(hit, weights=weight)),
    }


def _flatten_state(prefix: str, state: TrainState) -> Arrays:
    """A training state as named arrays: ``PREFIX/FIELD/INDEX``."""
    return {
        f"{prefix}/{name}/{i}": np.asarray(leaf)
        for name, leaves in state._asdict().items()
        for i, leaf in enumerate(leaves)
    }


def _unflatten_state(prefix: str, arrays: Arrays) -> TrainState:
    """The training state that ``_flatten_state`` named."""
    fields: dict[str, tuple[np.ndarray, ...]] = {}
    for name in engine.TrainState._fields:
        count = sum(key.startswith(f"{prefix}/{name}/") for key in arrays)
        fields[name] = tuple(arrays[f"{prefix}/{name}/{i}"] for i in range(count))
    return engine.TrainState(**fields)
