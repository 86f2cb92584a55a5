"""Optimizers by Keras's names, and how their learning rate rises and falls."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import keras
from keras import ops
from keras.optimizers.schedules import CosineDecay, ExponentialDecay, LearningRateSchedule, PolynomialDecay

from seqloom.errors import UsageError
from seqloom.flow import Plan

__all__ = ["OPTIMIZERS", "SCHEDULES", "WarmUp", "build_from_plan", "build_optimizer", "build_rising"]

OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "nadam": keras.optimizers.Nadam,
    "rmsprop": keras.optimizers.RMSprop,
    "sgd": keras.optimizers.SGD,
}

# From a height, over a number of steps.
SCHEDULES: dict[str, Callable[[float, int], LearningRateSchedule]] = {
    "constant": lambda height, n_steps: PolynomialDecay(height, n_steps, end_learning_rate=height),
    "cosine": CosineDecay,
    "linear": lambda height, n_steps: PolynomialDecay(height, n_steps, end_learning_rate=0.0),
}

_NUMBERS: dict[str, tuple[Callable[[float], bool], str]] = {
    "warmup": (lambda value: value >= 0, "a number of epochs from 0 on"),
    "clip_norm": (lambda value: value > 0, "a number above 0"),
    "weight_decay": (lambda value: value >= 0, "a number from 0 on"),
    "label_smoothing": (lambda value: 0 <= value < 1, "a share from 0 on and below 1"),
    "average_epochs": (lambda value: value >= 0, "a number of epochs from 0 on"),
}


class WarmUp(LearningRateSchedule):
    """A learning rate that rises evenly for some steps, and then goes as another schedule does.

    Keras's own rise, which ``CosineDecay`` alone has, begins with a step at rate 0, which changes nothing. Source:
    Goyal et al. (2017), Accurate, Large Minibatch SGD, section 2.2, "gradual warmup".

    Parameters
    ----------
    behind : LearningRateSchedule
        What comes then; its step 0 is the first behind the rise.
    n_steps : int
        Steps of the rise; the first behind it would be the first at the height that ``behind`` begins with.
    """

    def __init__(self, behind: LearningRateSchedule, n_steps: int) -> None:
        super().__init__()
        self.behind = behind
        self.n_steps = n_steps

    def __call__(self, step: Any) -> Any:
        """The learning rate of a ``step``, counted from 0."""
        step = ops.cast(step, "float32")
        rising = self.behind(0) * (step + 1) / (self.n_steps + 1)
        return ops.where(step < self.n_steps, rising, self.behind(ops.maximum(step - self.n_steps, 0)))

    def get_config(self) -> dict[str, Any]:
        """What Keras would rebuild it from."""
        return {"behind": self.behind, "n_steps": self.n_steps}


def build_optimizer(
    name: str, learning_rate: float | LearningRateSchedule | None, *, options: Mapping[str, Any] | None = None
) -> keras.optimizers.Optimizer:
    """A Keras optimizer.

    Parameters
    ----------
    name : str
        One of ``OPTIMIZERS``, upper or lower case.
    learning_rate : float, LearningRateSchedule or None
        None leaves Keras's default (0.001; 0.01 for sgd).
    options : mapping or None
        More of what Keras's optimizers take, by Keras's names.

    Returns
    -------
    keras.optimizers.Optimizer
        Not built yet.

    Raises
    ------
    UsageError
        For an unknown name or a rate that is not above zero.
    """
    if name.lower() not in OPTIMIZERS:
        raise UsageError(f"optimizer {name!r} found, one of {', '.join(OPTIMIZERS)} expected.")
    if isinstance(learning_rate, int | float) and not learning_rate > 0:
        raise UsageError(f"learning rate {learning_rate} found, a number above 0 expected.")
    given = {} if learning_rate is None else {"learning_rate": learning_rate}
    return OPTIMIZERS[name.lower()](**given, **(options or {}))


def build_from_plan(plan: Plan, *, n_epochs: int, n_steps: int) -> keras.optimizers.Optimizer:
    """The optimizer of a plan: its learning rate from step to step, clipping, weight decay, averaging.

    What is not asked for leaves Keras's optimizer as it is, so that a plain one can be known as such
    (``by_row.split_by_row``).

    Parameters
    ----------
    plan : Plan
        How to train.
    n_epochs : int
        Epochs this optimizer is for: all, or those before or behind the thaw of a frozen table.
    n_steps : int
        Steps of an epoch.

    Returns
    -------
    keras.optimizers.Optimizer
        Not built yet.

    Raises
    ------
    UsageError
        For an unknown name, or a number that cannot be meant.
    """
    _check_plan(plan)
    options = _read_options(plan)
    if plan.average_epochs:
        options |= {"use_ema": True, "ema_momentum": 1 - 1 / max(plan.average_epochs * n_steps, 1)}
    rate: float | LearningRateSchedule | None = plan.learning_rate
    if plan.schedule != "constant" or plan.warmup:
        height = float(build_optimizer(plan.optimizer, rate).learning_rate)
        n_rising = round(plan.warmup * n_steps)
        rate = WarmUp(SCHEDULES[plan.schedule](height, max(n_epochs * n_steps - n_rising, 1)), n_rising)
    return build_optimizer(plan.optimizer, rate, options=options)


def build_rising(plan: Plan, *, low: float, high: float, n_steps: int) -> keras.optimizers.Optimizer:
    """The optimizer of a plan with a learning rate that rises by the same factor in each step.

    Parameters
    ----------
    plan : Plan
        Its optimizer, clipping and weight decay are taken, its learning rate and schedule are not.
    low, high : float
        The rates of the first and of the last step.
    n_steps : int
        Steps, two at least.

    Returns
    -------
    keras.optimizers.Optimizer
        Not built yet.
    """
    _check_plan(plan)
    return build_optimizer(
        plan.optimizer, ExponentialDecay(low, n_steps - 1, decay_rate=high / low), options=_read_options(plan)
    )


def _read_options(plan: Plan) -> dict[str, Any]:
    """Clipping and weight decay by Keras's names."""
    decay = {} if plan.weight_decay is None else {"weight_decay": plan.weight_decay}
    return {"global_clipnorm": plan.clip_norm, **decay}


def _check_plan(plan: Plan) -> None:
    if plan.schedule not in SCHEDULES:
        raise UsageError(f"schedule {plan.schedule!r} found, one of {', '.join(SCHEDULES)} expected.")
    for name, (is_meant, expected) in _NUMBERS.items():
        value = getattr(plan, name)
        if value is not None and not (math.isfinite(value) and is_meant(value)):
            raise UsageError(f"{name} {value} found, {expected} expected.")
    if plan.warmup >= plan.epochs:
        raise UsageError(f"warmup {plan.warmup} and {plan.epochs} epochs found, a warmup of fewer epochs expected.")
