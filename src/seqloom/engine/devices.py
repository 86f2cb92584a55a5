"""How this process uses JAX: the compilation cache, and the lock for device work."""

from __future__ import annotations

import threading

import jax

from seqloom.caches import cache_folder

__all__ = ["DEVICE_LOCK", "prepare_jax"]

# One at a time: with several CPU devices, work issued while a sharded block runs can starve its all-reduce (and XLA
# then aborts the process). Held around blocks and forward passes, also by a server's threads.
DEVICE_LOCK = threading.RLock()


def prepare_jax() -> None:
    """Turn JAX's persistent compilation cache on, unless the process has set one of its own.

    By default JAX keeps only what took over a second to compile, which none of the programs here does: the limit is 0.
    """
    if jax.config.values["jax_compilation_cache_dir"] is None:
        jax.config.update("jax_compilation_cache_dir", str(cache_folder() / "compiled"))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
