"""What is a series of? A gesture, a speaker, a kind of day: a class for each whole series."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from seqloom import baselines
from seqloom.artifact import Artifact
from seqloom.errors import UsageError
from seqloom.flow import Encoded, EpochRecord, Plan, Recipe, Rows, Score
from seqloom.learner import AbstractClassifier
from seqloom.network import NetModel
from seqloom.scores.metrics import classify_scores
from seqloom.scores.temperature import read_temperature
from seqloom.series.collection import Collection, CollectionEncoder, as_collection
from seqloom.series_predictor import SeriesPredictor, open_encoder
from seqloom.tasks.series_families import list_recipes, plan_training

__all__ = ["SeriesClassifier"]

# What a card calls the models that are no nets.
_KINDS = {"constant": "ConstantModel", "rocket": "RocketModel", "neighbours": "NeighbourModel"}


class SeriesClassifier(AbstractClassifier):
    """A class for each series, of any length and any number of channels.

    Of a long table, a row for each step, ``seqloom.gather_series`` gives the series and their labels.

    Parameters
    ----------
    family : str
        ``rocket``: how often random convolutions of a series are above a threshold, and a ridge; the default, as no net
        comes near it with the few hundred series that there mostly are, and it takes seconds. ``dtw``: the nearest
        training series under dynamic time warping (needs ``seqloom[dtw]``). ``conv``: convolutions, pooled. ``resnet``:
        blocks of three of them. ``rnn``, ``gru``, ``lstm``: recurrent layers. ``conv-gru``, ``conv-lstm``: these over
        what convolutions found. ``attention``: self-attention. ``majority``: the trivial rival.
    units, layers, kernel_size, heads : int or None
        Of a net; None: the family's own (``nets.series_defaults``).
    bidirectional : bool or None
        Whether recurrent layers read backwards too.
    dropout, recurrent_dropout : float or None
        Shares of units dropped in training (nets).
    optimizer : str
        Keras's name (nets).
    learning_rate : float or None
        None: the family's own.
    epochs : int or None
        At most (nets); None: the family's own.
    batch_size : int
        Rows of a step (nets).
    patience : int or None
        Epochs without a better ``monitor`` before training stops (nets); None never stops early.
    monitor : {"loss", "accuracy", "macro_f1", "roc_auc"}
        What, on validation rows, tells the best epoch.
    budget : float or None
        Seconds of training at most (nets). A run cut by it is not repeatable bit for bit.
    devices : int or None
        Cores that share each step (nets).
    validation_split : float
        Share of series held out to choose on, when ``fit`` is given no ``validation_data``.
    class_weight : mapping, "balanced" or None
        Weights of the series of a class, by its name; or such that rare classes weigh as much as frequent ones.
    random_state : int
        Of the split, of kernels, weights, shuffling and dropout.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> waves = [np.sin(np.arange(30 + i) * (0.3 if i % 2 else 0.9)) + 0.1 * rng.normal(size=30 + i) for i in range(20)]
    >>> model = SeriesClassifier().fit(waves, ["slow" if i % 2 else "fast" for i in range(20)])
    >>> model.predict([np.cos(np.arange(40) * 0.3)]).tolist()
    ['slow']

    Source of ``dtw`` as what there is to beat: Bagnall et al. (2017), The Great Time Series Classification Bake Off.
    """

    task = "series-classifier"

    def __init__(
        self,
        family: str = "rocket",
        *,
        units: int | None = None,
        layers: int | None = None,
        kernel_size: int | None = None,
        heads: int | None = None,
        bidirectional: bool | None = None,
        dropout: float | None = None,
        recurrent_dropout: float | None = None,
        optimizer: str = "adam",
        learning_rate: float | None = None,
        epochs: int | None = None,
        batch_size: int = 16,
        patience: int | None = 20,
        monitor: str = "loss",
        budget: float | None = None,
        devices: int | None = None,
        validation_split: float = 0.2,
        class_weight: Mapping[Any, float] | str | None = None,
        random_state: int = 0,
    ) -> None:
        self.family = family
        self.units = units
        self.layers = layers
        self.kernel_size = kernel_size
        self.heads = heads
        self.bidirectional = bidirectional
        self.dropout = dropout
        self.recurrent_dropout = recurrent_dropout
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.batch_size = batch_size
        self.patience = patience
        self.monitor = monitor
        self.budget = budget
        self.devices = devices
        self.validation_split = validation_split
        self.class_weight = class_weight
        self.random_state = random_state

    def _candidates(self) -> Mapping[str, Recipe]:
        return list_recipes(self.get_params())

    def _read(self, x: Any, columns: Any = None) -> Collection:
        if columns is not None:
            raise UsageError("columns found, of no use beside a series. Add them as channels, or leave them out.")
        return as_collection(x)

    def _encode(self, encoding: CollectionEncoder, rows: Rows) -> Encoded:
        if rows.target.ndim == 2:
            raise UsageError("several labels a series found, one expected. Fit a classifier for each label.")
        return Encoded(inputs=encoding.encode(rows.x), target=rows.target, weight=rows.weight, feed="buckets")

    def _metrics(self, target: np.ndarray, probability: np.ndarray, *, who: str) -> tuple[Score, ...]:
        return classify_scores(target, probability, classes=[str(name) for name in self.classes_], who=who)

    def _plan(self) -> Plan:
        return plan_training(self.get_params())

    def _plain_params(self) -> Mapping[str, Any]:
        return self.get_params()

    def to_predictor(self) -> Any:
        """What ``seqloom.load`` would give of this model, without the folder."""
        return SeriesPredictor(self.to_artifact())

    def _restore(self, artifact: Artifact) -> None:
        self.encoder_, model = open_encoder(artifact), artifact.card.model
        kind = NetModel if model["kind"] == "net" else getattr(baselines, _KINDS[model["kind"]])
        self.model_ = kind.from_state(model, artifact.model)
        self.temperature_, self.threshold_ = read_temperature(model), None
        self.is_indicator_ = False
        self.classes_ = np.array(list(artifact.card.classes))
        self.scores_, self.data_ = tuple(artifact.card.scores), dict(artifact.card.data)
        self.history_ = [EpochRecord(**record) for record in artifact.history]
