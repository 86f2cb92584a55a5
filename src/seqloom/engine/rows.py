"""A block whose steps change only the rows of the embedding table that they have read.

A step on 32 texts of 20 words reads 640 rows of a table of 10,000 at most; the gradient of all others is zero, and yet
an ordinary update walks through them, twice over. Where a zero gradient moves nothing (RMSprop, unlike Adam, has no
momentum), all that happens to such a row is that its statistics fade, and that can be made up for when the row is read
again: ``age`` steps fade them as one step does, to the power of ``age``. At the end of a block all rows are brought up
to date, so what stands between blocks is what an ordinary block leaves, within rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from seqloom.engine.block import Gather, make_objective
from seqloom.engine.state import ByRow, Functions, TrainState

__all__ = ["make_row_block"]

# Row numbers come from ids of the encoder's making: XLA need not look after them at each use.
_IN_BOUNDS = "promise_in_bounds"


class _Carry(NamedTuple):
    """What one step hands to the next.

    ``table`` ``[V, D]`` and its ``statistics`` ``[V, D]`` apart from the ``others`` and the ``rest`` of the optimizer;
    ``last`` ``[V]``, behind which step of the block a row was touched; ``scratch`` ``[V, D]``, zero between steps.
    """

    table: jax.Array
    statistics: jax.Array
    others: Any
    rest: Any
    fixed: Any
    last: jax.Array
    scratch: jax.Array


def make_row_block(
    functions: Functions, gather: Gather, *, by_row: ByRow
) -> Callable[..., tuple[TrainState, jax.Array]]:
    """As ``block.make_block``, for a net whose table is read by row alone.

    Parameters
    ----------
    functions : Functions
        The net, its loss and its optimizer.
    gather : callable
        ``gather(arrays, rows) -> batch``: inputs and ``target`` of a batch, by row numbers; ``ids`` are those of the
        table.
    by_row : ByRow
        The same net and optimizer, taken apart at the table.

    Returns
    -------
    callable
        ``block(state, order [S, B], weight [S, B], arrays) -> state, sums [S, 3]``, compiled.
    """
    step = _make_row_step(functions, gather, by_row=by_row)

    def block(
        state: TrainState, order: jax.Array, weight: jax.Array, arrays: dict[str, jax.Array]
    ) -> tuple[TrainState, jax.Array]:
        n_real = jnp.any(weight > 0, axis=1).sum()
        table, statistics, others, rest = by_row.split(state.trainable, state.optimizer)
        last, scratch = jnp.zeros((len(table), 1), jnp.int32), jnp.zeros_like(table)
        carry = _Carry(table, statistics, others, rest, state.fixed, last, scratch)

        def body(s: jax.Array, both: tuple[_Carry, jax.Array]) -> tuple[_Carry, jax.Array]:
            carry, sums = both
            carry, of_step = step(carry, s, order[s], (weight[s], arrays))
            return carry, sums.at[s].set(of_step)

        carry, sums = jax.lax.fori_loop(0, n_real, body, (carry, jnp.zeros((order.shape[0], 3))))
        statistics = by_row.fade(carry.statistics, n_real - carry.last)
        trainable, optimizer = by_row.join(carry.table, statistics, others=carry.others, rest=carry.rest)
        return TrainState(trainable, carry.fixed, optimizer), sums

    return jax.jit(block, donate_argnums=0)


def _make_row_step(functions: Functions, gather: Gather, *, by_row: ByRow) -> Callable[..., tuple[_Carry, jax.Array]]:
    """``step(carry, s, rows [B], (weight [B], arrays)) -> carry, sums [3]``."""

    def call(parameters: tuple[jax.Array, Any], fixed: Any, inputs: Any, training: bool) -> Any:
        vectors, others = parameters
        return by_row.call(vectors, others, fixed, inputs, training)

    objective = make_objective(functions, call)

    def step(carry: _Carry, s: jax.Array, rows: jax.Array, batch: Any) -> tuple[_Carry, jax.Array]:
        weight, arrays = batch
        inputs = gather(arrays, rows)
        vectors = carry.table.at[inputs["ids"]].get(mode=_IN_BOUNDS)  # [B, T, D]
        examples = (inputs, inputs.pop("target"), weight)
        gradients, (fixed, sums) = jax.grad(objective, has_aux=True)((vectors, carry.others), carry.fixed, examples)
        others, rest = by_row.update(gradients[1], carry.others, carry.rest)
        carry = carry._replace(others=others, fixed=fixed)
        carry = _touch_rows(carry, s, read=(inputs["ids"], vectors, gradients[0]), by_row=by_row)
        return carry._replace(rest=rest), sums

    return step


def _touch_rows(carry: _Carry, s: jax.Array, *, read: tuple[jax.Array, ...], by_row: ByRow) -> _Carry:
    """The rows that step ``s`` read, updated. An id that stands twice gets its whole gradient twice, the same."""
    ids, vectors, gradient = (part.reshape(-1, *part.shape[2:]) for part in read)  # [B * T], [B * T, D] twice
    summed = carry.scratch.at[ids].add(gradient, mode=_IN_BOUNDS)
    age = s + 1 - carry.last.at[ids].get(mode=_IN_BOUNDS)  # [B * T, 1]
    statistics = carry.statistics.at[ids].get(mode=_IN_BOUNDS)
    whole = summed.at[ids].get(mode=_IN_BOUNDS)
    vectors, statistics = by_row.update_rows(whole, vectors, by_row.fade(statistics, age), carry.rest)
    return carry._replace(
        table=carry.table.at[ids].set(vectors, mode=_IN_BOUNDS),
        statistics=carry.statistics.at[ids].set(statistics, mode=_IN_BOUNDS),
        last=carry.last.at[ids].set(s + 1, mode=_IN_BOUNDS),
        scratch=summed.at[ids].set(0.0, mode=_IN_BOUNDS),
    )
