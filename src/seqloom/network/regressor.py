"""Nets that tell a number for each whole series."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from seqloom import nets
from seqloom.errors import UsageError
from seqloom.flow import Arrays, Encoded, Plan
from seqloom.network.trained import TrainedNet
from seqloom.targets import measure_values

if TYPE_CHECKING:  # at run time Keras loads with the first net
    from seqloom.nets.objectives import Objective

__all__ = ["RegressionNet"]

_MONITORS = ("loss", "mae")


class RegressionNet(TrainedNet):
    """A net of one family for a number; its target is to be brought to mean 0 and deviation 1.

    Parameters
    ----------
    family : str
        One of ``nets.series.SERIES_FAMILIES``.
    sizes : mapping
        ``n_channels``, ``dropout`` and what else the family has (see ``nets.SeriesSizes``).
    loss : {"mse", "mae", "huber"}
        What training makes smaller.
    """

    def __init__(self, family: str, *, sizes: Mapping[str, Any], loss: str = "mse") -> None:
        super().__init__(family, sizes=sizes)
        self.loss = loss

    def _build(self, *, seed: int, is_frozen: bool) -> Any:  # noqa: ARG002 (there is nothing to freeze)
        return nets.build_series_net(self.family, nets.SeriesSizes(n_outputs=1, seed=seed, **self.sizes))

    def _judge(self, plan: Plan) -> Objective:  # noqa: ARG002
        return nets.judge_values(self.loss)

    def _measure(self, answers: np.ndarray, valid: Encoded, *, monitor: str) -> dict[str, float]:
        if monitor not in _MONITORS:
            raise UsageError(f"monitor {monitor!r} found, one of {', '.join(_MONITORS)} expected of numbers.")
        return measure_values(answers, valid.target, loss=self.loss, weight=valid.weight)

    @property
    def _shape(self) -> tuple[int, ...]:
        return (1,)

    @property
    def _inputs(self) -> dict[str, tuple[int | None, ...]]:
        return {"steps": (None, self.sizes["n_channels"]), "mask": (None,)}

    def state(self) -> tuple[dict[str, Any], Arrays]:
        """Sizes and loss, and the weights by our own names."""
        settings = {"kind": self.kind, "family": self.family, "n_classes": 1, "sizes": self.sizes, "loss": self.loss}
        return settings | {"best_epoch": self.best_epoch_, "n_devices": self.n_devices_}, dict(self.weights_)

    @classmethod
    def from_state(cls, settings: Mapping[str, Any], arrays: Arrays) -> RegressionNet:
        """The model again, from what ``state`` gave."""
        model = cls(settings["family"], sizes=settings["sizes"], loss=settings["loss"])
        model.weights_ = dict(arrays)
        model.best_epoch_, model.n_devices_ = settings["best_epoch"], settings["n_devices"]
        return model
