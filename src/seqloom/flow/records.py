"""What is done with rows: how they are encoded, how a model is trained, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np

from seqloom.flow.arrays import Ragged, Windows

__all__ = ["Arrays", "Card", "Encoded", "EpochRecord", "Model", "Plan", "Recipe", "Rows", "Score"]

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Rows of a task with what goes along: ``x`` as the task reads it, target and weights, N rows each."""

    x: Any
    target: np.ndarray
    weight: np.ndarray | None = None

    def take(self, rows: np.ndarray) -> Rows:
        """The given rows."""
        weight = None if self.weight is None else self.weight[rows]
        return Rows(x=self.x.take(rows), target=self.target[rows], weight=weight)


@dataclass(frozen=True, kw_only=True)
class Encoded:
    """Rows as a model takes them.

    Parameters
    ----------
    inputs : mapping of str to ndarray, Ragged, Windows or CSR matrix
        By name; every one has N rows. ``ids`` for nets of text, ``counts`` for linear models; ``columns`` beside them.
        ``past`` of a forecast, whose first G channels are its targets, and ``future``, what is known of its horizon
        in advance; ``steps`` of a series that is to be classified, with their channels.
    target : ndarray, Windows or None
        ``[N] int32`` class indices, ``[N, K] uint8`` of several labels at once, ``[N, 1] float32`` numbers, or windows
        of what is to be forecast; None when only predicting.
    weight : ndarray or None
        ``[N] float32`` row weights; None means 1 for each row.
    feed : {"rows", "buckets"}
        How the engine makes batches: rows of one fixed shape (windows are that too), or length buckets from a
        ``Ragged``.
    """

    inputs: Mapping[str, Any]
    target: Any = None
    weight: np.ndarray | None = None
    feed: str = "rows"

    def __len__(self) -> int:
        """The number of rows, N."""
        first = next(iter(self.inputs.values()))
        return len(first) if isinstance(first, Ragged | Windows) else first.shape[0]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How to train: everything about training that is not the model itself.

    Defaults are those of the ``bag`` net, each justified in ``docs/decisions.md``.

    Parameters
    ----------
    epochs, batch_size : int
        Passes over the training rows at most; rows of a step.
    optimizer : str
        Keras's name of it.
    learning_rate : float or None
        None leaves the optimizer's own default.
    patience : int or None
        Epochs without a better ``monitor`` before stopping; None never stops early.
    monitor : {"loss", "accuracy", "macro_f1", "roc_auc"}
        What tells the best epoch, on validation rows.
    budget : float or None
        Seconds of training at most. A run cut by it is exempt from "same seed, same bits".
    deadline : callable or None
        ``deadline()``: when, by ``time.perf_counter``, the epoch that begins is cut; for trainings that take turns.
    frozen_epochs : int or None
        First epochs, in which the table of word vectors stays as it is (None: all); patience begins behind them.
    seed : int
        Of weights, shuffling and dropout.
    devices : int or None
        Cores that share each step; None: decided by the sizes of the net. One and two differ in the last bits.
    schedule, warmup : str, float
        How the rate comes down to zero at the last epoch ("constant", "cosine", "linear"); epochs in which it rises.
    clip_norm : float or None
        Length that the gradient of all weights together is cut back to.
    weight_decay : float or None
        Share of itself, times the learning rate, that each weight of a matrix loses in a step; None: the optimizer's.
    label_smoothing, average_epochs : float
        Share of a target that is spread over all classes; epochs over which the weights that answer are averaged.
    refit_epochs : int or None
        Epochs that validation has chosen in an earlier fit: training takes exactly so many of ``epochs``, its last
        weights answer, and no validation row is asked. The rate comes down from epoch to epoch as it did then.
    """

    epochs: int = 20
    batch_size: int = 128
    optimizer: str = "adam"
    learning_rate: float | None = None
    patience: int | None = 2
    monitor: str = "loss"
    budget: float | None = None
    deadline: Callable[[], float] | None = None
    frozen_epochs: int | None = 0
    seed: int = 0
    devices: int | None = None
    schedule: str = "constant"
    warmup: float = 0.0
    clip_norm: float | None = None
    weight_decay: float | None = None
    label_smoothing: float = 0.0
    average_epochs: float = 0.0
    refit_epochs: int | None = None


@dataclass(frozen=True, kw_only=True)
class EpochRecord:
    """What one epoch brought; a training run is a sequence of these.

    ``train`` and ``valid`` map a metric's name to its value; ``is_best`` tells whether the weights of this
    epoch are the best so far; ``seconds`` is the one clock in it and is never saved where bits must be equal.
    """

    epoch: int
    n_steps: int
    train: Mapping[str, float]
    valid: Mapping[str, float] = field(default_factory=dict)
    is_best: bool = True
    seconds: float = 0.0
    compile_seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Score:
    """One number about a model, with what is needed to judge it.

    Parameters
    ----------
    metric : str
        ``accuracy``, ``micro_f1``, ``macro_f1``, ``log_loss``, ``roc_auc``, ``f1[CLASS]``.
    value : float
        The number itself (accuracies as shares, 0 to 1).
    low, high : float or None
        Its 95 % interval, where one is defined.
    n : int
        Rows it was measured on.
    who : str
        ``validation`` or ``test``.
    """

    metric: str
    value: float
    n: int
    who: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True)
class Card:
    """What a model folder says of itself, in ``card.json``: enough to rebuild the model, no clock, no path.

    Parameters
    ----------
    task : str
        ``text-classifier``.
    family : str
        ``majority``, ``linear``, ``embedding``, ``bag`` ...
    params : mapping
        The learner's constructor arguments.
    classes : sequence of str
        In the order of the probability columns.
    encoding : mapping
        Settings of the encoder (its arrays stand in the weights, its words in the vocabulary).
    model : mapping
        Settings of the model beyond ``params``: sizes, chosen strength, best epoch.
    scores : sequence of Score
        On validation, and on test where there was one.
    data : mapping
        Row counts and class sizes of what it was trained on.
    """

    task: str
    family: str
    params: Mapping[str, Any]
    classes: Sequence[Any]
    encoding: Mapping[str, Any]
    model: Mapping[str, Any] = field(default_factory=dict)
    scores: Sequence[Score] = ()
    data: Mapping[str, Any] = field(default_factory=dict)


@runtime_checkable
class Model(Protocol):
    """What nets and baselines both are: a baseline is not a second kind of thing."""

    def fit(self, train: Encoded, valid: Encoded, *, plan: Plan) -> Iterator[EpochRecord]:
        """Train, giving a record for each epoch (a model solved in one go gives one)."""

    def predict(self, inputs: Mapping[str, Any]) -> np.ndarray:
        """Probabilities, ``[N, K] float32``; of several labels at once (a target ``[N, K]``) each apart.

        A model that forecasts gives the values of its target's windows, ``[N, length, G] float32``.
        """

    def state(self) -> tuple[dict[str, Any], Arrays]:
        """Settings (JSON) and arrays: all that ``from_state`` needs."""

    @classmethod
    def from_state(cls, settings: Mapping[str, Any], arrays: Arrays) -> Model:
        """The model again, from what ``state`` gave."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A family: which encoding its rows want, and how to make its model for K classes.

    Parameters
    ----------
    encoding : object
        An encoder that was not fitted yet: ``fit(x, more)`` gives one that is, ``more`` being rows without labels, or
        None.
    model : callable
        ``model(encoder, n_classes) -> Model``; called once the encoder is fitted, as sizes depend on it.
    refit : bool
        Whether, once validation has chosen what it had to choose, all rows are trained on.
    reads_unlabelled : bool
        Whether its encoder learns from rows without labels too, where there are any.
    """

    encoding: Any
    model: Callable[[Any, int], Any]
    refit: bool = False
    reads_unlabelled: bool = False
