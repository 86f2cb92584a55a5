"""Recurrent cells over whole sequences, with gradients written by hand.

A step's matrix products run near the hardware's peak, so everything else is to be kept out of their way (measured:
docs/decisions.md). States stand as ``[H, B]``, gates as blocks of rows; a gradient over gates is put together in place,
as a concatenation inside a loop is written element by element; what the backward pass needs is kept rather than
computed again.

Padding is inert: a step whose mask is 0 sets the state to zero. That equals holding it wherever the real steps of a
row stand together, which is how the engine lays rows out: forwards, the last real step's output is read by its place;
backwards, the zeros come first, and are what a row begins with anyway.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

__all__ = ["CELLS", "Cell", "run_cell"]

Array = jax.Array
States = tuple[Array, ...]


class Cell(NamedTuple):
    """One kind of recurrence; all arrays of a step are ``[H, B]``, its mask ``[1, B]``.

    ``step((from_x, from_h), states, mask) -> states, saved``: ``from_x`` and ``from_h``, ``[G, H, B]``, are what input
    and state (its first) bring to the G gates. ``back(saved, d_states, mask) -> d_from_x, d_from_h, d_states``, G parts
    of each of the former; ``d_states`` are the gradients of the states of the step before, but for what goes through
    ``from_h``.
    """

    n_gates: int
    n_states: int
    step: Callable[..., tuple[States, States]]
    back: Callable[..., tuple[States, States, States]]


def _step_lstm(brought: States, states: States, *, mask: Array) -> tuple[States, States]:
    _, before = states
    z = brought[0] + brought[1]
    gates, new, out = jax.nn.sigmoid(z[:2]), jnp.tanh(z[2]), jax.nn.sigmoid(z[3])
    enter, forget = gates
    memory = (forget * before + enter * new) * mask
    shown = jnp.tanh(memory)
    return (out * shown, memory), (gates, new, out, shown, before)


def _back_lstm(saved: States, d_states: States, *, mask: Array) -> tuple[States, States, States]:
    (enter, forget), new, out, shown, before = saved
    d_h, d_memory = d_states
    d_memory = (d_memory + d_h * out * (1 - shown * shown)) * mask
    parts = (
        d_memory * new * enter * (1 - enter),
        d_memory * before * forget * (1 - forget),
        d_memory * enter * (1 - new * new),
        d_h * shown * out * (1 - out),
    )
    return parts, parts, (jnp.zeros_like(d_h), d_memory * forget)


def _step_gru(brought: States, states: States, *, mask: Array) -> tuple[States, States]:
    (before,), (from_x, from_h) = states, brought
    gates = jax.nn.sigmoid(from_x[:2] + from_h[:2])
    keep, reset = gates
    new = jnp.tanh(from_x[2] + reset * from_h[2])
    return ((keep * before + (1 - keep) * new) * mask,), (gates, new, from_h[2], before)


def _back_gru(saved: States, d_states: States, *, mask: Array) -> tuple[States, States, States]:
    (keep, reset), new, recalled, before = saved
    d_h = d_states[0] * mask
    d_keep = d_h * (before - new) * keep * (1 - keep)
    d_new = d_h * (1 - keep) * (1 - new * new)
    d_reset = d_new * recalled * reset * (1 - reset)
    return (d_keep, d_reset, d_new), (d_keep, d_reset, d_new * reset), (d_h * keep,)


def _step_rnn(brought: States, states: States, *, mask: Array) -> tuple[States, States]:  # noqa: ARG001
    from_x, from_h = brought
    state = jnp.tanh(from_x[0] + from_h[0]) * mask
    return (state,), (state,)


def _back_rnn(saved: States, d_states: States, *, mask: Array) -> tuple[States, States, States]:
    d_h = d_states[0] * (1 - saved[0] * saved[0]) * mask
    return (d_h,), (d_h,), (jnp.zeros_like(d_h),)


# Gates in Keras's order, so that weights can be handed over: i, f, c, o (LSTM); z, r, h (GRU, reset after the product).
CELLS = {
    "lstm": Cell(4, 2, _step_lstm, _back_lstm),
    "gru": Cell(3, 1, _step_gru, _back_gru),
    "rnn": Cell(1, 1, _step_rnn, _back_rnn),
}


class _Given(NamedTuple):
    """What is differentiated for: ``x [T, B, D]``, ``kernel [D, G H]``, ``recurrent [H, G H]``, biases ``[G H]``."""

    x: Array
    kernel: Array
    recurrent: Array
    bias_x: Array
    bias_h: Array


def run_cell(name: str, given: Sequence[Array], *, mask: Array, dropped: Array, is_reversed: bool = False) -> Array:
    """The outputs of every step.

    Parameters
    ----------
    name : {"lstm", "gru", "rnn"}
        The cell.
    given : sequence of Array
        Inputs ``[T, B, D]``, kernel ``[D, G H]``, recurrent kernel ``[H, G H]``, the biases of both, ``[G H]`` each.
    mask : Array, ``[T, B] float32``
        1 where a step is real. The real steps of a row stand together.
    dropped : Array, ``[H, B]``
        What the state is multiplied by on its way into the gates (recurrent dropout, the same at every step); ones for
        none.
    is_reversed : bool
        Whether the last step comes first.

    Returns
    -------
    Array, ``[T, H, B]``
        Zeros where a step is not real.

    Source: Hochreiter and Schmidhuber (1997), with the forget gate of Gers et al. (2000); Cho et al. (2014), with the
    reset gate behind the product, as cuDNN and Keras have it; recurrent dropout: Gal and Ghahramani (2016).
    """
    return _make_run(name, is_reversed)(_Given(*given), mask[:, None, :], dropped)


def _multiply(a: Array, b: Array) -> Array:
    """``a [M, K]`` times ``b [N, K]`` transposed: as fast as a plain product; with ``a`` transposed it is not."""
    return lax.dot_general(a, b, (((1,), (1,)), ((), ())))


def _scan_forwards(cell: Cell, given: _Given, *, mask: Array, dropped: Array, is_reversed: bool, saves: bool) -> Any:
    shape = (cell.n_gates, *dropped.shape)
    kernel, recurrent = given.kernel.T, given.recurrent.T  # [G H, D] and [G H, H]
    bias_x, bias_h = given.bias_x[:, None], given.bias_h[:, None]

    def step(states: States, at: tuple[Array, Array]) -> tuple[States, Any]:
        x, mask = at
        from_x = _multiply(kernel, x) + bias_x  # [G H, B]
        from_h = recurrent @ (states[0] * dropped) + bias_h
        after, saved = cell.step((from_x.reshape(shape), from_h.reshape(shape)), states, mask=mask)
        return after, (after[0], saved, states[0]) if saves else after[0]

    start = tuple(jnp.zeros_like(dropped) for _ in range(cell.n_states))
    return lax.scan(step, start, (given.x, mask), reverse=is_reversed)[1]


def _scan_backwards(cell: Cell, given: _Given, *, kept: Any, d_outputs: Array, is_reversed: bool) -> _Given:
    mask, dropped, saved, before = kept

    def step(carry: Any, at: Any) -> tuple[Any, Array]:
        d_states, sums, laid_x, laid_h = carry
        x, mask, saved, before, d_output = at
        for_x, for_h, d_states = cell.back(saved, (d_states[0] + d_output, *d_states[1:]), mask=mask)
        laid_x = _lay(laid_x, for_x)  # [G H, B]
        laid_h = laid_x if for_h is for_x else _lay(laid_h, for_h)
        d_h = given.recurrent @ laid_h * dropped  # [H, B]
        of_step = laid_x @ x, _multiply(before * dropped, laid_h), laid_x, laid_h
        sums = tuple(map(jnp.add, sums, of_step))
        return ((d_states[0] + d_h, *d_states[1:]), sums, laid_x, laid_h), given.kernel @ laid_x  # [D, B]

    gates = jnp.zeros((given.kernel.shape[1], dropped.shape[1]), dropped.dtype)
    nothing = tuple(jnp.zeros_like(dropped) for _ in range(cell.n_states))
    start = (nothing, (jnp.zeros_like(given.kernel.T), jnp.zeros_like(given.recurrent), gates, gates), gates, gates)
    steps = (given.x, mask, saved, before, d_outputs)
    (_, sums, _, _), d_x = lax.scan(step, start, steps, reverse=not is_reversed)
    return _Given(d_x.transpose(0, 2, 1), sums[0].T, sums[1], sums[2].sum(axis=1), sums[3].sum(axis=1))


def _lay(into: Array, parts: States) -> Array:
    """``parts`` one below the other, written into an array that is there already."""
    for k, part in enumerate(parts):
        into = lax.dynamic_update_slice(into, part, (k * part.shape[0], 0))
    return into


def _make_run(name: str, is_reversed: bool) -> Callable[..., Array]:
    cell = CELLS[name]
    forwards = partial(_scan_forwards, cell, is_reversed=is_reversed)

    @jax.custom_vjp
    def run(given: _Given, mask: Array, dropped: Array) -> Array:
        return forwards(given, mask=mask, dropped=dropped, saves=False)

    def run_and_keep(given: _Given, mask: Array, dropped: Array) -> tuple[Array, Any]:
        outputs, saved, before = forwards(given, mask=mask, dropped=dropped, saves=True)
        return outputs, (given, mask, dropped, saved, before)

    def run_back(kept: Any, d_outputs: Array) -> tuple[_Given, None, None]:
        given, *kept = kept
        return _scan_backwards(cell, given, kept=kept, d_outputs=d_outputs, is_reversed=is_reversed), None, None

    run.defvjp(run_and_keep, run_back)
    return run
