"""Nets that forecast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from seqloom import nets
from seqloom.errors import UsageError
from seqloom.flow import Arrays, Encoded, Plan
from seqloom.network.trained import TrainedNet
from seqloom.targets import measure_values

if TYPE_CHECKING:  # at run time Keras loads with the first net
    from seqloom.nets.objectives import Objective

__all__ = ["ForecastNet"]

_MONITORS = ("loss", "mae")


class ForecastNet(TrainedNet):
    """A net of one family that forecasts O steps of G targets from windows of the past.

    Parameters
    ----------
    family : str
        One of ``nets.forecast.FORECASTERS``.
    sizes : mapping
        ``context``, ``n_channels``, ``n_targets``, ``n_steps``, ``dropout`` and what else the family has (see
        ``nets.ForecastSizes``).
    loss : {"mae", "mse", "huber", "quantile"}
        What training makes smaller, in the scaled units of the target.
    levels : sequence of float or None
        Of the quantiles, for the loss of that name; then there is an answer for each.
    """

    def __init__(
        self, family: str, *, sizes: Mapping[str, Any], loss: str = "mae", levels: Sequence[float] | None = None
    ) -> None:
        super().__init__(family, sizes=sizes)
        self.loss = loss
        self.levels = None if levels is None else [float(level) for level in levels]

    def _build(self, *, seed: int, is_frozen: bool) -> Any:  # noqa: ARG002 (there is nothing to freeze)
        n_levels = len(self.levels or ())
        return nets.build_forecaster(self.family, nets.ForecastSizes(seed=seed, n_levels=n_levels, **self.sizes))

    def _judge(self, plan: Plan) -> Objective:  # noqa: ARG002
        return nets.judge_values(self.loss, levels=self.levels)

    def _measure(self, answers: np.ndarray, valid: Encoded, *, monitor: str) -> dict[str, float]:
        if monitor not in _MONITORS:
            raise UsageError(f"monitor {monitor!r} found, one of {', '.join(_MONITORS)} expected of a forecast.")
        return measure_values(answers, valid.target, loss=self.loss, levels=self.levels, weight=valid.weight)

    @property
    def _shape(self) -> tuple[int, ...]:
        of_levels = () if self.levels is None else (len(self.levels),)
        return (self.sizes.get("n_steps", 1), self.sizes.get("n_targets", 1), *of_levels)

    @property
    def _inputs(self) -> dict[str, tuple[int | None, ...]]:
        past: dict[str, tuple[int | None, ...]] = {"past": (self.sizes["context"], self.sizes["n_channels"])}
        n_future = self.sizes.get("n_future", 0)
        return past | ({"future": (self.sizes["horizon"], n_future)} if n_future else {})

    def state(self) -> tuple[dict[str, Any], Arrays]:
        """Sizes, loss and levels, and the weights by our own names."""
        settings = {"kind": self.kind, "family": self.family, "sizes": self.sizes, "loss": self.loss}
        trained = {"levels": self.levels, "best_epoch": self.best_epoch_, "n_devices": self.n_devices_}
        return settings | trained, dict(self.weights_)

    @classmethod
    def from_state(cls, settings: Mapping[str, Any], arrays: Arrays) -> ForecastNet:
        """The model again, from what ``state`` gave."""
        model = cls(settings["family"], sizes=settings["sizes"], loss=settings["loss"], levels=settings["levels"])
        model.weights_ = dict(arrays)
        model.best_epoch_, model.n_devices_ = settings["best_epoch"], settings["n_devices"]
        return model
