"""How this process uses JAX: its devices, the compilation cache, and the lock for device work."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from seqloom.cache import cache_folder
from seqloom.errors import UsageError

__all__ = [
    "DEVICE_LOCK",
    "add_up",
    "check_n_devices",
    "choose_n_devices",
    "number_device",
    "place_everywhere",
    "prepare_jax",
    "spread_rows",
    "spread_steps",
]

# One at a time: with several CPU devices, work issued while a sharded block runs can starve its all-reduce (and XLA
# then aborts the process). Held around blocks and forward passes, also by a server's threads.
DEVICE_LOCK = threading.RLock()

# The one axis along which devices stand: JAX's collectives find each other by this name. And what every device holds
# whole.
_AXIS, _WHOLE = "devices", PartitionSpec()

# What a step must cost before a second device pays, in multiply-adds of one forward pass: so much for meeting twice a
# step, and so much for each parameter, as the gradients of all are added up and every device updates all. Measured
# with Keras nets on one device and on two (docs/decisions.md).
_WORK_TO_MEET = 8e6
_WORK_A_PARAMETER = 30.0

# Rows of a step that a device gets at least: with fewer, arithmetic on small arrays is slower than what is saved.
_LEAST_ROWS = 16


def prepare_jax() -> None:
    """Make every core a device, and turn JAX's persistent compilation cache on, unless the process has chosen already.

    Devices cannot be added once JAX has started: a process that started it keeps what it has. By default JAX keeps only
    programs that took over a second to compile, which none of those here does: the limit is 0.
    """
    if jax.config.values["jax_num_cpu_devices"] < 0 and "host_platform_device_count" not in os.getenv("XLA_FLAGS", ""):
        with suppress(RuntimeError):  # JAX runs already, which it has no public way to ask
            jax.config.update("jax_num_cpu_devices", _count_cores())
    if jax.config.values["jax_compilation_cache_dir"] is None:
        jax.config.update("jax_compilation_cache_dir", str(cache_folder() / "compiled"))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def _count_cores() -> int:
    """Those that this process may use; not every system tells which those are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def choose_n_devices(wanted: int | None, *, batch_size: int, work: int, n_parameters: int) -> int:
    """How many devices a net is trained on, by its sizes alone: no clock, so equal runs take equal ways.

    Parameters
    ----------
    wanted : int or None
        A person's own number; None decides here.
    batch_size : int
        B, rows of a step.
    work : int
        Multiply-adds of one forward pass over a batch, from ``count_work``.
    n_parameters : int
        Numbers that are trained.

    Returns
    -------
    int
        At least 1.

    Raises
    ------
    UsageError
        Where more are wanted than there are.
    """
    if wanted is not None:
        check_n_devices(wanted)
        return wanted
    if work < _WORK_TO_MEET + _WORK_A_PARAMETER * n_parameters:
        return 1
    return max(1, min(jax.local_device_count(), batch_size // _LEAST_ROWS))


def check_n_devices(wanted: int) -> None:
    """Nothing, if there are so many devices; UsageError otherwise."""
    n_there = jax.local_device_count()
    if not 1 <= wanted <= n_there:
        raise UsageError(
            f"{wanted} devices wanted, {n_there} found: a device is a core of this machine that the process may use, "
            f"and JAX keeps the number it was started with. Pass 1 to {n_there}, or leave it to seqloom."
        )


def place_everywhere(arrays: Any, n_devices: int) -> Any:
    """A tree of arrays on each of the first ``n_devices`` devices: copies, so that the caller's own memory is safe."""
    place = jax.local_devices()[0] if n_devices == 1 else NamedSharding(_make_mesh(n_devices), _WHOLE)
    return jax.device_put(arrays, place, may_alias=False)


def spread_steps(function: Callable[..., Any], n_devices: int) -> Callable[..., Any]:
    """``function(order [S, B], weight [S, B], *others)``, the rows of each step shared out among devices.

    Parameters
    ----------
    function : callable
        What each device does with its rows ``[S, B / n_devices]``; what it returns must be equal on all of them.
    n_devices : int
        Divides B.

    Returns
    -------
    callable
        To be compiled.
    """

    def run(order: jax.Array, weight: jax.Array, *others: Any) -> Any:
        by_row = PartitionSpec(None, _AXIS)
        places = (by_row, by_row, *[_WHOLE] * len(others))
        return _spread(function, n_devices, places=places, result=_WHOLE)(order, weight, *others)

    return run


def spread_rows(function: Callable[..., Any]) -> Callable[..., Any]:
    """``function(weights, *inputs [n * B, ...]) -> [n * B, K]``, to be compiled: B rows on each of all n devices."""

    def run(weights: Any, *inputs: jax.Array) -> jax.Array:
        by_row = PartitionSpec(_AXIS)
        n_devices = jax.local_device_count()
        places = (_WHOLE, *[by_row] * len(inputs))
        outputs: jax.Array = _spread(function, n_devices, places=places, result=by_row)(weights, *inputs)
        return outputs

    return run


def _spread(function: Callable[..., Any], n_devices: int, *, places: Any, result: Any) -> Callable[..., Any]:
    """``shard_map`` without its check of what varies: with it Keras's GRU raises, and gradients double."""
    return jax.shard_map(function, mesh=_make_mesh(n_devices), in_specs=places, out_specs=result, check_vma=False)


def _make_mesh(n_devices: int) -> Mesh:
    return Mesh(np.array(jax.local_devices()[:n_devices]), (_AXIS,))


def add_up(parts: Any, n_devices: int) -> Any:
    """The sum over ``n_devices`` of each array in ``parts``, a tree of them, within ``spread_steps``."""
    return parts if n_devices == 1 else jax.lax.psum(parts, _AXIS)


def number_device(n_devices: int) -> Any:
    """Which of the devices this is, from 0, within ``spread_steps``."""
    return 0 if n_devices == 1 else jax.lax.axis_index(_AXIS)
