"""The trivial rivals: every row gets the class shares of the training rows, or the mean of their numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from seqloom.flow import Arrays, Encoded, EpochRecord, Plan

__all__ = ["ConstantModel", "MeanModel", "repeat_shares"]


def repeat_shares(inputs: Mapping[str, Any], arrays: Arrays) -> np.ndarray:
    """The same class shares for each row, ``[N, K] float32``.

    Parameters
    ----------
    inputs : mapping
        Anything with N rows.
    arrays : dict of str to ndarray
        ``shares``, ``[K]``.

    Returns
    -------
    ndarray, ``[N, K] float32``
        Equal rows.
    """
    return np.tile(arrays["shares"], (len(Encoded(inputs=inputs)), 1))


class ConstantModel:
    """Class shares of the training rows; its label is the majority's (the first of equals).

    Of several labels at once, the share of rows that have each.

    Parameters
    ----------
    n_classes : int
        K.
    """

    kind = "constant"

    def __init__(self, n_classes: int) -> None:
        self.n_classes = n_classes
        self.multilabel_ = False
        self.shares_: np.ndarray | None = None

    def fit(self, train: Encoded, valid: Encoded, *, plan: Plan) -> Iterator[EpochRecord]:  # noqa: ARG002 (Model)
        """Count; there is no epoch to report."""
        target = np.asarray(train.target)
        self.multilabel_ = target.ndim == 2
        if self.multilabel_:
            self.shares_ = np.average(target, axis=0, weights=train.weight).astype(np.float32)
        else:
            count = np.bincount(target, weights=train.weight, minlength=self.n_classes)
            self.shares_ = (count / count.sum()).astype(np.float32)
        yield from ()

    def predict(self, inputs: Mapping[str, Any]) -> np.ndarray:
        """The shares, for each row, ``[N, K] float32``."""
        return repeat_shares(inputs, self.state()[1])

    def state(self) -> tuple[dict[str, Any], Arrays]:
        """No settings but K, and the shares."""
        shares = np.zeros(self.n_classes, np.float32) if self.shares_ is None else self.shares_
        settings = {"kind": self.kind, "n_classes": self.n_classes}
        return settings | ({"multilabel": True} if self.multilabel_ else {}), {"shares": shares}

    @classmethod
    def from_state(cls, settings: Mapping[str, Any], arrays: Arrays) -> ConstantModel:
        """The model again, from what ``state`` gave."""
        model = cls(settings["n_classes"])
        model.shares_, model.multilabel_ = arrays["shares"], settings.get("multilabel", False)
        return model


class MeanModel:
    """The mean number of the training rows, whatever the row.

    Parameters
    ----------
    n_classes : int
        1: a number for each row.
    """

    kind = "mean"

    def __init__(self, n_classes: int) -> None:
        self.n_classes = n_classes
        self.mean_ = np.zeros(1, np.float32)

    def fit(self, train: Encoded, valid: Encoded, *, plan: Plan) -> Iterator[EpochRecord]:  # noqa: ARG002 (Model)
        """Average; there is no epoch to report."""
        self.mean_ = np.average(np.asarray(train.target), axis=0, weights=train.weight).astype(np.float32)
        yield from ()

    def predict(self, inputs: Mapping[str, Any]) -> np.ndarray:
        """The mean, for each row, ``[N, 1] float32``."""
        return repeat_shares(inputs, {"shares": self.mean_})

    def state(self) -> tuple[dict[str, Any], Arrays]:
        """No settings, and the mean, as ``repeat_shares`` takes it."""
        return {"kind": self.kind, "n_classes": self.n_classes}, {"shares": self.mean_}

    @classmethod
    def from_state(cls, settings: Mapping[str, Any], arrays: Arrays) -> MeanModel:
        """The model again, from what ``state`` gave."""
        model = cls(settings["n_classes"])
        model.mean_ = arrays["shares"]
        return model
