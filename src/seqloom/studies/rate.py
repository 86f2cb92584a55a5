"""Which learning rate? One short training in which it rises from far too small to far too large, and its loss.

Of Smith (2017), Cyclical Learning Rates for Training Neural Networks, section 3.3, "LR range test", with a rate that
rises by the same factor in each step and a smoothed loss, as Howard and Gugger (2020, fastai) have it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqloom.errors import TrainingError, UsageError
from seqloom.flow import Rows
from seqloom.nets.defaults import NET_DEFAULTS
from seqloom.studies.dataset import Part
from seqloom.targets import encode_labels, find_classes, weigh_rows
from seqloom.tasks.text_classifier import TextClassifier

__all__ = ["RateTrace", "find_rate", "read_trace", "smooth"]

# From where no net moves to where none holds; 40 steps for a factor of ten at most.
_LOW, _HIGH = 1e-5, 10.0
_FEWEST_STEPS, _MOST_STEPS = 100, 240

# By how much a step counts less in the smoothed loss than the one before it: some three on each side matter.
_MEMORY = 0.7

# Times the loss of the first step, which is that of guessing: from there on nothing is learned any more.
_TOO_HIGH = 2.0


@dataclass(frozen=True, kw_only=True)
class RateTrace:
    """What the rising rate did.

    Parameters
    ----------
    family : str
        The net.
    rates, losses, smoothed : ndarray
        ``[S]`` each: learning rates, the losses of their steps, and these smoothed.
    lowest : float
        The rate at which the smoothed loss was lowest.
    steepest : float
        The rate at which it came down fastest.
    suggestion : float
        A tenth of ``lowest``.
    """

    family: str
    rates: np.ndarray
    losses: np.ndarray
    smoothed: np.ndarray
    lowest: float
    steepest: float
    suggestion: float

    def find(self, rate: float) -> int:
        """The step whose rate is nearest to ``rate``, by factor."""
        return int(np.abs(np.log(self.rates / rate)).argmin())

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON."""
        arrays = {"rates": self.rates, "losses": self.losses, "smoothed": self.smoothed}
        rates = {"suggestion": self.suggestion, "lowest": self.lowest, "steepest": self.steepest}
        return {"family": self.family, **rates, **{name: array.tolist() for name, array in arrays.items()}}


def find_rate(part: Part, *, family: str, params: Mapping[str, Any]) -> RateTrace:
    """A net trained for a moment at ever larger rates.

    Parameters
    ----------
    part : Part
        Training texts and labels.
    family : str
        One of ``NET_DEFAULTS``.
    params : mapping
        Constructor arguments of the learner, ``family`` aside; its learning rate and schedule play no part.

    Returns
    -------
    RateTrace
        Equal for equal seeds.

    Raises
    ------
    UsageError
        For a family without a learning rate.
    TrainingError
        Where the loss never came down.
    """
    if family not in NET_DEFAULTS:
        raise UsageError(
            f"family {family!r} found, a net expected ({', '.join(sorted(NET_DEFAULTS))}): it has no rate."
        )
    learner = TextClassifier(family=family, **params)
    recipe, plan, classes = learner.recipe(), learner._plan(), find_classes(part.labels)
    target = encode_labels(part.labels, classes)
    weight = weigh_rows(target, classes=classes, class_weight=learner.class_weight)
    encoder = recipe.encoding.fit(part.texts)
    rows = learner._encode(encoder, Rows(x=part.texts, target=target, weight=weight))
    n_steps = int(np.clip(len(part) / plan.batch_size, _FEWEST_STEPS, _MOST_STEPS))
    rates = np.geomspace(_LOW, _HIGH, n_steps)
    losses = recipe.model(encoder, len(classes)).trace_rates(rows, plan=plan, rates=rates)
    return read_trace(rates[: len(losses)], losses, family=family)


def read_trace(rates: np.ndarray, losses: np.ndarray, *, family: str) -> RateTrace:
    """Lowest, steepest and suggested rate.

    Parameters
    ----------
    rates, losses : ndarray, ``[S]``
        As they were traced.
    family : str
        The net.

    Returns
    -------
    RateTrace
        Its arrays end where the loss is out of hand.

    Raises
    ------
    TrainingError
        Where the loss never came down.
    """
    beyond = np.flatnonzero(losses > _TOO_HIGH * losses[0]) if len(losses) else np.empty(0)
    end = int(beyond[0]) if len(beyond) else len(losses)
    rates, losses = rates[:end], losses[:end]
    smoothed = smooth(losses)
    at = int(smoothed.argmin()) if end else 0
    if at < 2:
        raise TrainingError(
            f"the loss of {family} never came down while the learning rate rose from {_LOW:g}. Are the labels right? "
            "With very small batches, take larger ones."
        )
    slope = np.gradient(smoothed[: at + 1], np.log(rates[: at + 1]))
    return RateTrace(
        family=family,
        rates=rates,
        losses=losses,
        smoothed=smoothed,
        lowest=float(rates[at]),
        steepest=float(rates[int(slope.argmin())]),
        suggestion=float(rates[at] / 10),
    )


def smooth(losses: np.ndarray, memory: float = _MEMORY) -> np.ndarray:
    """The mean of each loss and its neighbours on both sides, the farther the less: unlike a running mean, not late.

    Parameters
    ----------
    losses : ndarray, ``[S]``
        In order.
    memory : float
        By how much a neighbour counts less than the one before it.

    Returns
    -------
    ndarray, ``[S]``
        As many.

    Examples
    --------
    >>> smooth(np.array([2.0, 2.0, 1.0]), memory=0.5).round(3).tolist()
    [1.857, 1.75, 1.429]
    """
    step = np.arange(len(losses))
    share = memory ** np.abs(step[:, None] - step)  # [S, S]
    smoothed: np.ndarray = share @ losses / share.sum(axis=1)
    return smoothed
