"""Whole processes, timed from outside: seconds from start to exit, and the most memory that they held."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Outcome", "run_process"]

# Settings of the caller's shell that would reach into a measured process: another source tree, another backend.
_FOREIGN = ("PYTHONPATH", "KERAS_BACKEND", "SEQLOOM_CACHE", "JAX_COMPILATION_CACHE_DIR", "XLA_FLAGS", "JAX_PLATFORMS")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one process took: seconds on the wall and on all cores, peak resident memory (10**6 bytes), its output."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    output: str


def run_process(command: Sequence[str], *, env: Mapping[str, str] | None = None) -> Outcome:
    """A process from start to exit.

    Parameters
    ----------
    command : sequence of str
        Program and arguments.
    env : mapping, optional
        Set on top of the caller's environment, cleared of what would reach into the measurement.

    Returns
    -------
    Outcome
        Of this process alone: memory comes from ``wait4``, not from a sum over all children so far.

    Raises
    ------
    RuntimeError
        Where it fails: with the end of its standard error.
    """
    full = {name: value for name, value in os.environ.items() if name not in _FOREIGN} | dict(env or {})
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=full)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}\nended with {process.returncode}:\n{err.read()[-2000:]}")
        return Outcome(
            seconds=seconds,
            cpu_seconds=usage.ru_utime + usage.ru_stime,
            peak_mb=usage.ru_maxrss * 1024 / 1e6,  # Linux counts in units of 1,024 bytes
            output=out.read(),
        )
