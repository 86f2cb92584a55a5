"""Nets that tell classes, of texts or of whole series."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from seqloom import nets
from seqloom.flow import Arrays, Encoded, Plan
from seqloom.nets.defaults import NET_DEFAULTS
from seqloom.network.trained import TrainedNet
from seqloom.scores.monitor import measure_monitored
from seqloom.targets import measure_answers

if TYPE_CHECKING:  # at run time Keras loads with the first net
    from seqloom.nets.objectives import Objective

__all__ = ["NetModel"]

# Rows of a table that an ordinary update walks through in the time that a row by itself takes.
_ROWS_A_READ = 4


class NetModel(TrainedNet):
    """A net of one family for K classes.

    Parameters
    ----------
    family, n_classes : str, int
        One of ``nets.families.FAMILIES``, or ``own``; of series, one of ``nets.series.SERIES_FAMILIES``; K.
    sizes : mapping
        ``n_ids``, ``width``, ``length``, ``dropout`` and what else the family has (see ``nets.NetSizes``); of series
        ``n_channels``, ``dropout`` and so on (see ``nets.SeriesSizes``).
    table : ndarray or None
        ``[V, D] float32``, word vectors to begin from; the plan's ``frozen_epochs`` says how long they stay so.
    own : callable or None
        The user's builder, for the family ``own`` (see ``nets.own.build_own``).
    """

    def __init__(
        self,
        family: str,
        n_classes: int,
        *,
        sizes: Mapping[str, Any],
        table: np.ndarray | None = None,
        own: Callable[..., Any] | None = None,
    ) -> None:
        super().__init__(family, sizes=sizes)
        self.n_classes = n_classes
        self.table = table
        self.own = own
        self.multilabel_ = False
        self.vectors: Mapping[str, Any] | None = None  # what the table was made of, for the card

    def _look_at(self, train_rows: Encoded) -> None:
        self.multilabel_ = np.asarray(train_rows.target).ndim == 2

    @property
    def _n_outputs(self) -> int:
        return 1 if self.n_classes == 2 and not self.multilabel_ else self.n_classes

    @property
    def _reads_series(self) -> bool:
        return "n_channels" in self.sizes

    def _build(self, *, seed: int, is_frozen: bool) -> Any:
        if self._reads_series:
            return nets.build_series_net(
                self.family, nets.SeriesSizes(n_outputs=self._n_outputs, seed=seed, **self.sizes)
            )
        return nets.build_net(
            self.family,
            nets.NetSizes(
                n_outputs=self._n_outputs,
                seed=seed,
                table=self.table,
                is_frozen=is_frozen,
                own=self.own,
                **self.sizes,
            ),
        )

    def _judge(self, plan: Plan) -> Objective:
        return nets.judge_classes(self._n_outputs, label_smoothing=plan.label_smoothing, multilabel=self.multilabel_)

    def _measure(self, answers: np.ndarray, valid: Encoded, *, monitor: str) -> dict[str, float]:
        target = np.asarray(valid.target)
        measured = measure_answers(answers, target, weight=valid.weight)
        return measured | measure_monitored(target, answers, monitor=monitor)

    @property
    def _shape(self) -> tuple[int, ...]:
        return (self.n_classes,)

    @property
    def _inputs(self) -> dict[str, tuple[int | None, ...]]:
        if self._reads_series:
            return {"steps": (None, self.sizes["n_channels"]), "mask": (None,)}
        n_beside = self.sizes.get("n_beside", 0)
        return {"ids": (self._fixed_length,)} | ({"columns": (n_beside,)} if n_beside else {})

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
