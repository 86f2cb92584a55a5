"""What a net's outputs are for: the loss of a row, what is told of it beside, and how outputs become answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from keras import ops

from seqloom.errors import UsageError

__all__ = ["LOSSES", "Objective", "judge_classes", "judge_values"]

# Where the Huber loss turns from a square into a line, in units of the scaled target.
_HUBER_TURN = 1.0


@dataclass(frozen=True, kw_only=True)
class Objective:
    """``loss(target, outputs) -> [B]``; ``judge(target, outputs) -> [B]``, told as ``told``; ``answer(outputs)``."""

    loss: Callable[..., Any]
    judge: Callable[..., Any]
    answer: Callable[..., Any]
    told: str


def judge_classes(n_outputs: int, *, label_smoothing: float = 0.0, multilabel: bool = False) -> Objective:
    """Cross-entropy of logits, and whether the label is right; answers are probabilities ``[B, K]``.

    Parameters
    ----------
    n_outputs : int
        Columns of logits: 1 for two classes, else K.
    label_smoothing : float
        Share of the target that is spread over all classes.
    multilabel : bool
        Whether rows have several labels at once, ``[B, K]`` of 0 and 1: each output then answers for itself, and the
        loss is the mean of theirs.

    Returns
    -------
    Objective
        Of targets ``[B] int32``, or ``[B, K]``.

    Source of the smoothing: Szegedy et al. (2016), Rethinking the Inception Architecture, section 7.
    """
    if multilabel:
        loss, judge = _multilabel_loss, _is_multilabel_hit
    elif n_outputs == 1:
        loss, judge = _binary_loss, _is_binary_hit
    else:
        loss, judge = _multiclass_loss, _is_multiclass_hit
    answer = ops.sigmoid if multilabel else _share
    return Objective(loss=partial(loss, smoothing=label_smoothing), judge=judge, answer=answer, told="accuracy")


def judge_values(loss: str, *, levels: Sequence[float] | None = None) -> Objective:
    """An error of values, the mean over all outputs of a row, and their absolute error; answers are the outputs.

    Parameters
    ----------
    loss : {"mae", "mse", "huber", "quantile"}
        Which.
    levels : sequence of float or None
        Of the quantiles, between 0 and 1 and rising; then the absolute error is that of the level nearest to a half.

    Returns
    -------
    Objective
        Of targets ``[B, O, G]``, and outputs of that shape, or ``[B, O, G, Q]`` where there are ``levels``.

    Raises
    ------
    UsageError
        For another loss, or levels without the loss they belong to, or the other way round.

    Source of the quantiles' loss: Koenker and Bassett (1978), Regression Quantiles.
    """
    if (loss == "quantile") != (levels is not None) or loss not in LOSSES:
        raise UsageError(
            f"loss {loss!r} and levels {levels} found, one of {', '.join(LOSSES)} expected, with levels for quantile "
            "and for no other."
        )
    if levels is None:
        return Objective(
            loss=lambda target, outputs: _average(LOSSES[loss](target - outputs)),
            judge=lambda target, outputs: _average(ops.abs(target - outputs)),
            answer=lambda outputs: outputs,
            told="mae",
        )
    level = np.asarray(levels, np.float32)  # [Q]
    if not (level.size and (np.diff(level) > 0).all() and level[0] > 0 and level[-1] < 1):
        raise UsageError(f"levels {levels} found, numbers above 0 and below 1 expected, each above the one before.")
    middle = int(np.abs(level - 0.5).argmin())
    return Objective(
        loss=lambda target, outputs: _average(_pinball(target[..., None] - outputs, level)),
        judge=lambda target, outputs: _average(ops.abs(target - outputs[..., middle])),
        answer=lambda outputs: ops.sort(outputs, axis=-1),  # or two quantiles might cross
        told="mae",
    )


def _average(errors: Any) -> Any:
    """The mean over all but the rows, ``[B]``."""
    return ops.mean(errors, axis=tuple(range(1, len(errors.shape))))


def _pinball(error: Any, level: np.ndarray) -> Any:
    """Twice the loss of a quantile, so that that of the median is the absolute error."""
    return 2 * ops.maximum(level * error, (level - 1) * error)


def _huber(error: Any) -> Any:
    size = ops.abs(error)
    return ops.where(size < _HUBER_TURN, ops.square(error) / 2, _HUBER_TURN * (size - _HUBER_TURN / 2))


# Of an error, number by number; of quantiles by their levels.
LOSSES: dict[str, Callable[..., Any]] = {"mae": ops.abs, "mse": ops.square, "huber": _huber, "quantile": _pinball}


def _share(logits: Any) -> Any:
    """Probabilities ``[B, K]`` from logits ``[B, 1]`` or ``[B, K]``."""
    if logits.shape[-1] == 1:
        positive = ops.sigmoid(logits)
        return ops.concatenate([1.0 - positive, positive], axis=-1)
    return ops.softmax(logits, axis=-1)


def _binary_loss(target: Any, logits: Any, *, smoothing: float) -> Any:
    spread = ops.cast(target, logits.dtype) * (1.0 - smoothing) + smoothing / 2
    return ops.binary_crossentropy(spread, logits[:, 0], from_logits=True)


def _multiclass_loss(target: Any, logits: Any, *, smoothing: float) -> Any:
    loss = ops.sparse_categorical_crossentropy(target, logits, from_logits=True)
    if not smoothing:
        return loss
    of_equal_shares = -ops.mean(ops.log_softmax(logits, axis=-1), axis=-1)
    return loss * (1.0 - smoothing) + of_equal_shares * smoothing


def _multilabel_loss(target: Any, logits: Any, *, smoothing: float) -> Any:
    spread = ops.cast(target, logits.dtype) * (1.0 - smoothing) + smoothing / 2
    return ops.mean(ops.binary_crossentropy(spread, logits, from_logits=True), axis=-1)


def _is_binary_hit(target: Any, logits: Any) -> Any:
    return ops.cast(ops.equal(target, ops.cast(logits[:, 0] > 0, target.dtype)), logits.dtype)


def _is_multiclass_hit(target: Any, logits: Any) -> Any:
    return ops.cast(ops.equal(target, ops.cast(ops.argmax(logits, axis=-1), target.dtype)), logits.dtype)


def _is_multilabel_hit(target: Any, logits: Any) -> Any:
    is_right = ops.equal(ops.cast(target, "bool"), logits > 0)
    return ops.cast(ops.all(is_right, axis=-1), logits.dtype)
