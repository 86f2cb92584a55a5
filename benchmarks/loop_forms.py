"""Three ways to run the real steps of a block and skip the filler, timed in turn.

Run: ``python benchmarks/loop_forms.py``. Prints milliseconds a step, medians of blocks of 64 steps of random rows; the
engine uses the first (docs/decisions.md).
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from seqloom import nets
from seqloom.engine.block import make_step
from seqloom.engine.gather import gather_rows, place_arrays
from seqloom.engine.state import Functions, TrainState
from seqloom.flow import Encoded

STEPS = 64
ROWS = 4_000
REPEATS = 7


def loop(step: Callable[..., Any], state: Any, order: Any, weight: Any, arrays: Any) -> Any:
    """A loop of as many steps as are real."""

    def body(s: Any, carry: Any) -> Any:
        state, sums = carry
        state, of_step = step(state, order[s], weight[s], arrays)
        return state, sums.at[s].set(of_step)

    n_real = jnp.any(weight > 0, axis=1).sum()
    return jax.lax.fori_loop(0, n_real, body, (state, jnp.zeros((STEPS, 3))))


def scan(step: Callable[..., Any], state: Any, order: Any, weight: Any, arrays: Any) -> Any:
    """A scan over all steps: what it would cost if filler did no harm."""
    return jax.lax.scan(lambda state, batch: step(state, *batch, arrays), state, (order, weight))


def scan_with_condition(step: Callable[..., Any], state: Any, order: Any, weight: Any, arrays: Any) -> Any:
    """A scan that asks before each step whether it is real."""

    def body(state: Any, batch: Any) -> Any:
        is_real = batch[1].sum() > 0
        return jax.lax.cond(is_real, lambda s: step(s, *batch, arrays), lambda s: (s, jnp.zeros(3)), state)

    return jax.lax.scan(body, state, (order, weight))


def measure(family: str, *, n_ids: int, width: int, length: int, batch_size: int) -> dict[str, float]:
    """Milliseconds a step of each form, for a net of one family on random ids."""
    random = np.random.default_rng(0)
    ids = random.integers(2, n_ids, (ROWS, length)).astype(np.int32)
    data = Encoded(inputs={"ids": ids}, target=random.integers(0, 2, ROWS).astype(np.int32))
    sizes = nets.NetSizes(n_ids=n_ids, n_outputs=1, width=width, length=length, dropout=0.2, seed=0)
    pure = nets.make_pure(nets.build_net(family, sizes), nets.build_optimizer("adam", None))
    step = make_step(Functions(pure.call, pure.loss, pure.judge, pure.update), gather_rows(data, 0))
    order = random.integers(0, ROWS, (STEPS, batch_size)).astype(np.int32)
    weight = np.ones((STEPS, batch_size), dtype=np.float32)
    forms = {
        form.__name__: jax.jit(partial(form, step), donate_argnums=0) for form in (loop, scan, scan_with_condition)
    }
    start = TrainState(pure.trainable, pure.fixed, pure.optimizer)
    states = {name: jax.tree.map(jnp.array, start) for name in forms}
    seconds: dict[str, list[float]] = {name: [] for name in forms}
    arrays = place_arrays(data)
    for _ in range(REPEATS):
        for name, run in forms.items():
            began = time.perf_counter()
            states[name], _sums = jax.block_until_ready(run(states[name], order, weight, arrays))
            seconds[name].append(time.perf_counter() - began)
    return {
        name: 1_000 * statistics.median(values[1:]) / STEPS for name, values in seconds.items()
    }  # the first compiles


def main() -> None:
    """A small net and one of a million weights."""
    small = measure("embedding", n_ids=10_000, width=8, length=20, batch_size=32)
    large = measure("bag", n_ids=40_000, width=32, length=256, batch_size=128)
    for family, found in (("embedding", small), ("bag", large)):
        print(f"{family:<10}" + "   ".join(f"{name} {value:.3f} ms" for name, value in found.items()))


if __name__ == "__main__":
    main()
