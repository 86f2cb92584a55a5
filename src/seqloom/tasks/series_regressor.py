"""How much is in a series? A load, a rate, an age: a number for each whole series."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seqloom import baselines
from seqloom.artifact import Artifact
from seqloom.errors import UsageError
from seqloom.flow import Encoded, EpochRecord, Plan, Recipe, Rows
from seqloom.learner import AbstractRegressor
from seqloom.network import RegressionNet
from seqloom.series.collection import Collection, CollectionEncoder, as_collection
from seqloom.series_predictor import SeriesNumberPredictor, open_number_encoder
from seqloom.tasks.series_families import list_number_recipes, plan_training

__all__ = ["SeriesRegressor"]

# What a card calls the models that are no nets.
_KINDS = {"mean": "MeanModel", "rocket": "RocketRegressor", "neighbours": "NeighbourRegressor"}

_LOSSES = ("mse", "mae", "huber")


class SeriesRegressor(AbstractRegressor):
    """A number for each series, of any length and any number of channels.

    Parameters
    ----------
    family : str
        ``rocket``: how often random convolutions of a series are above a threshold, and a ridge; the default, as with
        the few hundred series that there mostly are. ``dtw``: the number of the nearest training series under dynamic
        time warping (needs ``seqloom[dtw]``). ``conv``: convolutions, pooled. ``resnet``: blocks of three of them.
        ``rnn``, ``gru``, ``lstm``: recurrent layers. ``conv-gru``, ``conv-lstm``: these over what convolutions found.
        ``attention``: self-attention. ``mean``: the trivial rival.
    loss : {"mse", "mae", "huber"}
        What nets make smaller, of targets at deviation 1. ``mse``, as the ridge does; ``mae`` and ``huber`` where some
        targets are far off.
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
    monitor : {"loss", "mae"}
        What, on validation rows, tells the best epoch.
    budget : float or None
        Seconds of training at most (nets). A run cut by it is not repeatable bit for bit.
    devices : int or None
        Cores that share each step (nets).
    validation_split : float
        Share of series held out to choose on, when ``fit`` is given no ``validation_data``.
    random_state : int
        Of the split, of kernels, weights, shuffling and dropout.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> pace = rng.uniform(0.2, 1.0, size=60)
    >>> waves = [np.sin(np.arange(40 + i) * pace[i]) + 0.1 * rng.normal(size=40 + i) for i in range(60)]
    >>> model = SeriesRegressor().fit(waves, pace)
    >>> bool(abs(model.predict([np.cos(np.arange(50) * 0.5)])[0] - 0.5) < 0.1)
    True

    Source: Tan et al. (2021), Time Series Extrinsic Regression.
    """

    task = "series-regressor"

    def __init__(
        self,
        family: str = "rocket",
        *,
        loss: str = "mse",
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
        random_state: int = 0,
    ) -> None:
        self.family = family
        self.loss = loss
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
        self.random_state = random_state

    def _candidates(self) -> Mapping[str, Recipe]:
        if self.loss not in _LOSSES:
            raise UsageError(f"loss {self.loss!r} found, one of {', '.join(_LOSSES)} expected.")
        return list_number_recipes(self.get_params())

    def _read(self, x: Any) -> Collection:
        return as_collection(x)

    def _encode(self, encoding: CollectionEncoder, rows: Rows) -> Encoded:
        return Encoded(inputs=encoding.encode(rows.x), target=rows.target, weight=rows.weight, feed="buckets")

    def _plan(self) -> Plan:
        return plan_training(self.get_params())

    def _plain_params(self) -> Mapping[str, Any]:
        return self.get_params()

    def to_predictor(self) -> Any:
        """What ``seqloom.load`` would give of this model, without the folder."""
        return SeriesNumberPredictor(self.to_artifact())

    def _restore(self, artifact: Artifact) -> None:
        self.encoder_, model = open_number_encoder(artifact), artifact.card.model
        kind = RegressionNet if model["kind"] == "net" else getattr(baselines, _KINDS[model["kind"]])
        self.model_ = kind.from_state(model, artifact.model)
        self.target_mean_, self.target_scale_ = float(model["target_mean"]), float(model["target_scale"])
        self.scores_, self.data_ = tuple(artifact.card.scores), dict(artifact.card.data)
        self.history_ = [EpochRecord(**record) for record in artifact.history]
