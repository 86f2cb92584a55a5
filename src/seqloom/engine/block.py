"""A block of training steps as one compiled program: the heart of the engine.

A framework's ``fit`` goes back to Python after each step. For a small net that costs more than the step itself: 0.24 ms
against 0.08 for an embedding with one dense layer (docs/benchmarks.md). Here the rows of S steps are named in advance
(``order``), the data lies on the device, and one program runs all S steps.

Why a block and not an epoch: between blocks there is room for progress, budgets and interruption, and since S is fixed
one program serves epochs of any size. What is left over at the end is filled with rows of weight zero:

- a row of weight zero changes nothing, as the loss of a step is sum(w * l) / sum(w);
- a step of nothing but such rows is *not run*: sum(w) is 0, and Adam moves weights even on a zero gradient. Such steps
  stand at the end, so the loop simply ends sooner (``n_real``). A ``lax.cond`` inside a ``lax.scan`` is as
  fast (docs/decisions.md); this is less to read.

With several devices each has its share of every batch, and all hold the same state:

- first the weights are added up over the devices, then the gradients of sum(w * l) / total. A mean of what each device
  finds for its own rows would be another loss, 88 % off on a batch whose filler one device had;
- how many steps are real is told before the rows are shared out: a device with nothing but filler in a step still takes
  part in it, or the others would wait for ever;
- regularisers are no sum over rows: each device adds its share of them;
- dropout differs from device to device, and yet the seeds that are handed on are those of a single one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from seqloom.engine.devices import add_up, number_device, spread_steps
from seqloom.engine.state import Functions, TrainState

__all__ = ["make_block", "make_objective", "make_step"]

Gather = Callable[[dict[str, jax.Array], jax.Array], dict[str, jax.Array]]


def make_objective(
    functions: Functions, call: Callable[..., Any], *, n_devices: int = 1
) -> Callable[..., tuple[jax.Array, Any]]:
    """What a step makes smaller, ``objective(parameters, fixed, (inputs, target, weight)) -> loss, (fixed, sums [3])``.

    Parameters
    ----------
    functions : Functions
        Their ``loss`` and ``judge`` count here.
    call : callable
        ``call(parameters, fixed, inputs, training) -> outputs [B, ...], fixed, penalty``.
    n_devices : int
        Among which the rows are shared out; then this is one device's part, and the parts add up to the whole.

    Returns
    -------
    callable
        Its sums are those of weighted losses, of what is judged, weighted, and of weights.
    """

    def objective(parameters: Any, fixed: Any, examples: Any) -> tuple[jax.Array, Any]:
        inputs, target, weight = examples
        outputs, fixed, penalty = call(parameters, fixed, inputs, True)  # [B, ...]
        losses = functions.loss(target, outputs) * weight  # [B]
        judged = functions.judge(target, outputs) * weight  # [B]
        sums = jnp.stack([losses.sum(), judged.sum(), weight.sum()])
        total = add_up(sums[2], n_devices)
        return sums[0] / total + penalty / n_devices, (fixed, sums)

    return objective


def make_step(
    functions: Functions, gather: Gather, *, n_devices: int = 1
) -> Callable[..., tuple[TrainState, jax.Array]]:
    """One training step, ``step(state, rows [B], weight [B], arrays) -> state, sums [3]``, not compiled.

    Parameters
    ----------
    functions : Functions
        The net, its loss and its optimizer.
    gather : callable
        ``gather(arrays, rows) -> batch``: inputs and ``target`` of a batch, by row numbers.
    n_devices : int
        Among which the rows are shared out; with more than one it must stand within ``devices.spread_steps``.

    Returns
    -------
    callable
        Its sums are those of weighted losses, of what is judged, weighted, and of weights.
    """
    objective = make_objective(functions, functions.call, n_devices=n_devices)

    def step(
        state: TrainState, rows: jax.Array, weight: jax.Array, arrays: dict[str, jax.Array]
    ) -> tuple[TrainState, jax.Array]:
        inputs = gather(arrays, rows)
        examples = (inputs, inputs.pop("target"), weight)
        number = number_device(n_devices)
        fixed = functions.shift_seeds(state.fixed, number)
        gradients, (fixed, sums) = jax.grad(objective, has_aux=True)(state.trainable, fixed, examples)
        gradients, sums = add_up((gradients, sums), n_devices)
        fixed = functions.shift_seeds(fixed, -number)
        trainable, optimizer = functions.update(gradients, state.trainable, state.optimizer)
        return TrainState(tuple(trainable), tuple(fixed), tuple(optimizer)), sums

    return step


def make_block(
    functions: Functions, gather: Gather, *, n_devices: int = 1
) -> Callable[..., tuple[TrainState, jax.Array]]:
    """S steps in one program, ``block(state, order [S, B], weight [S, B], arrays) -> state, sums [S, 3]``.

    Parameters
    ----------
    functions : Functions
        The net, its loss and its optimizer.
    gather : callable
        ``gather(arrays, rows) -> batch``: inputs and ``target`` of a batch, by row numbers.
    n_devices : int
        Among which the rows of each step are shared out. State and arrays must lie on all of them
        (``devices.place_everywhere``).

    Returns
    -------
    callable
        Compiled; equal, bit for bit, to S calls of the compiled step (for S = 1 XLA simplifies the loop away and may
        round otherwise). The state given is used up (its memory is taken for the new one). Steps of weight zero must
        stand at the end; their sums are 0.
    """
    step = make_step(functions, gather, n_devices=n_devices)

    def run_steps(
        order: jax.Array, weight: jax.Array, n_real: jax.Array, state: TrainState, arrays: dict[str, jax.Array]
    ) -> tuple[TrainState, jax.Array]:
        def body(s: jax.Array, carry: tuple[TrainState, jax.Array]) -> tuple[TrainState, jax.Array]:
            state, sums = carry
            state, of_step = step(state, order[s], weight[s], arrays)
            return state, sums.at[s].set(of_step)

        return jax.lax.fori_loop(0, n_real, body, (state, jnp.zeros((order.shape[0], 3))))

    run = run_steps if n_devices == 1 else spread_steps(run_steps, n_devices)

    def block(
        state: TrainState, order: jax.Array, weight: jax.Array, arrays: dict[str, jax.Array]
    ) -> tuple[TrainState, jax.Array]:
        n_real = jnp.any(weight > 0, axis=1).sum()
        filler = ((0, 0), (0, -order.shape[1] % n_devices))  # row 0 at weight zero, until the devices divide B
        return run(jnp.pad(order, filler), jnp.pad(weight, filler), n_real, state, arrays)

    return jax.jit(block, donate_argnums=0)
