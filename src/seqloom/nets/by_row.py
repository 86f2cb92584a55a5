"""A net and its optimizer taken apart at the embedding table, so that a step can update the rows it has read alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
from keras import ops

from seqloom.nets.pure import order_inputs

__all__ = ["NetByRow", "split_by_row"]

# Where things stand: a family's table is its first variable, and RMSprop counts its steps and holds its rate before
# the statistics of the first.
_TABLE, _RATE, _STATISTICS = 0, 1, 2

# What an update by row leaves out: it touches every row in every step, or has to know the gradient of every row.
_MORE = (
    *("momentum", "centered", "weight_decay", "use_ema", "gradient_accumulation_steps"),
    *("clipnorm", "clipvalue", "global_clipnorm"),
)


@dataclass(frozen=True, kw_only=True)
class NetByRow:
    """What ``engine.state.ByRow`` wants, by the same names."""

    split: Callable[..., Any]
    join: Callable[..., Any]
    call: Callable[..., Any]
    update: Callable[..., Any]
    fade: Callable[..., Any]
    update_rows: Callable[..., Any]


def split_by_row(net: keras.Model, optimizer: keras.optimizers.Optimizer) -> NetByRow | None:
    """The parts of a net that reads its table by row alone, if its optimizer leaves a row without gradient in place.

    Of Keras's optimizers with statistics that is RMSprop: momentum, as Adam has it, moves on without a gradient.

    Parameters
    ----------
    net : keras.Model
        From ``build_net``: its first layer with weights is called ``embed``.
    optimizer : keras.optimizers.Optimizer
        Of the whole net.

    Returns
    -------
    NetByRow or None
        None for another optimizer, or one with more than a learning rate (a schedule, clipping, weight decay,
        averaging); for a table that is regularised (then every row has a gradient), or a frozen one (then none has).
    """
    embed = net.get_layer("embed")
    if not _is_plain(optimizer) or not embed.trainable or embed.embeddings_regularizer is not None:
        return None
    behind = keras.Model([net.input, embed.output], net.output)
    of_others = keras.optimizers.RMSprop(rho=optimizer.rho, epsilon=optimizer.epsilon)  # its rate is in the state
    of_others.build(behind.trainable_variables)

    def call(vectors: Any, others: Any, fixed: Any, inputs: Any, training: bool) -> tuple[Any, Any, Any]:
        outputs, fixed, losses = behind.stateless_call(
            list(others), list(fixed), [order_inputs(net, inputs), vectors], training=training, return_losses=True
        )
        return outputs, tuple(fixed), sum(losses) if losses else 0.0

    def update(gradients: Any, others: Any, rest: Any) -> tuple[Any, Any]:
        return tuple(map(tuple, of_others.stateless_apply(list(rest), list(gradients), list(others))))  # type: ignore[return-value]

    def fade(statistics: Any, age: Any) -> Any:
        return statistics * ops.power(optimizer.rho, ops.cast(age, statistics.dtype))

    def update_rows(gradient: Any, vectors: Any, faded: Any, rest: Any) -> tuple[Any, Any]:
        statistics = faded + (1 - optimizer.rho) * ops.square(gradient)
        return vectors - rest[_RATE] * gradient / ops.sqrt(statistics + optimizer.epsilon), statistics

    return NetByRow(split=_split, join=_join, call=call, update=update, fade=fade, update_rows=update_rows)


def _is_plain(optimizer: keras.optimizers.Optimizer) -> bool:
    """Whether it is RMSprop with one learning rate and nothing else that Keras offers."""
    if type(optimizer) is not keras.optimizers.RMSprop or not isinstance(optimizer.learning_rate, keras.Variable):
        return False
    return not any(getattr(optimizer, name) for name in _MORE)


def _split(trainable: Sequence[Any], optimizer: Sequence[Any]) -> tuple[Any, Any, tuple[Any, ...], tuple[Any, ...]]:
    table, *others = trainable
    rest = (*optimizer[:_STATISTICS], *optimizer[_STATISTICS + 1 :])
    return table, optimizer[_STATISTICS], tuple(others), rest


def _join(table: Any, statistics: Any, *, others: Sequence[Any], rest: Sequence[Any]) -> tuple[tuple[Any, ...], ...]:
    return (table, *others), (*rest[:_STATISTICS], statistics, *rest[_STATISTICS:])
