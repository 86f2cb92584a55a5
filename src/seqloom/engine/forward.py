"""The forward pass: run in batches of few shapes, exported to bytes, and read back with suspicion."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import jax
import numpy as np
from jax import export

from seqloom.engine.devices import DEVICE_LOCK
from seqloom.engine.feed import iterate_padded
from seqloom.errors import ArtifactError, ForwardStale

__all__ = ["compile_forward", "export_forward", "load_forward", "run_forward"]

# What an exported program may call outside of plain arithmetic: the check of symbolic shapes, nothing else.
_ALLOWED_CALLS = frozenset({"shape_assertion"})

# Before the program stand a mark and its digest: JAX reads bytecode without checking it, and a changed byte can
# end the whole process (a segmentation fault, not an exception). A stranger can write a digest too: what this guards
# against is damage, and what it leaves to a stranger is a process that ends.
_MARK = b"seqloom-forward-1\n"
_DIGEST_BYTES = hashlib.sha256().digest_size


def compile_forward(function: Callable[..., Any]) -> Callable[..., Any]:
    """``function(weights, arrays by name) -> [B, K]``, compiled, from ``function(weights, ids)``."""
    return jax.jit(lambda weights, arrays: function(weights, arrays["ids"]))


def run_forward(function: Callable[..., Any], inputs: Mapping[str, Any], *, n_columns: int) -> np.ndarray:
    """Outputs of all rows, ``[N, n_columns] float32``.

    Parameters
    ----------
    function : callable
        ``function(arrays by name [B, T]) -> [B, n_columns]``.
    inputs : mapping of str to ndarray or Ragged
        Any number of rows.
    n_columns : int
        K, columns of the result.

    Returns
    -------
    ndarray, ``[N, n_columns] float32``
        In the order of the rows.
    """
    first = next(iter(inputs.values()))
    result = np.zeros((len(first), n_columns), dtype=np.float32)
    for rows, arrays in iterate_padded(inputs):
        with DEVICE_LOCK:
            outputs = np.asarray(jax.block_until_ready(function(arrays)))
        result[rows] = outputs[: len(rows)]
    return result


def export_forward(function: Callable[..., Any], weights: Sequence[np.ndarray], *, length: int | None) -> bytes:
    """A forward pass over one ``ids`` input as bytes, for any number of rows (and of tokens).

    Parameters
    ----------
    function : callable
        ``function(weights, ids [B, T]) -> [B, K]``; weights are arguments, so they are stored once, in their own file.
    weights : sequence of ndarray
        For their shapes.
    length : int or None
        T where it is fixed; None leaves it open.

    Returns
    -------
    bytes
        What ``load_forward`` takes, for the CPU.
    """
    shape = export.symbolic_shape("b, t" if length is None else f"b, {length}")
    specs = tuple(jax.ShapeDtypeStruct(weight.shape, weight.dtype) for weight in weights)
    ids = jax.ShapeDtypeStruct(shape, np.int32)
    with DEVICE_LOCK, _without_places():
        program = bytes(export.export(jax.jit(function), platforms=["cpu"])(specs, ids).serialize())
    return _MARK + hashlib.sha256(program).digest() + program


def load_forward(
    data: bytes, weights: Sequence[np.ndarray], *, n_columns: int, length: int | None = None
) -> Callable[..., Any]:
    """An exported forward pass, ``function(arrays by name) -> [B, K]``, once it has been looked over.

    Parameters
    ----------
    data : bytes
        From ``export_forward``, or from a stranger.
    weights : sequence of ndarray
        In the order in which it was exported.
    n_columns : int
        K that the card promises.
    length : int or None
        T where it is fixed, as it was exported; None where it is open.

    Returns
    -------
    callable
        Ready to run.

    Raises
    ------
    ForwardStale
        Where it is damaged or this JAX cannot read it: it can be rebuilt from card and weights.
    ArtifactError
        Where it calls what is not on the allow-list, or its shapes disagree with card and weights.
    """
    program, text = _read_program(data)
    _check_calls(text)
    _check_shapes(program, weights, n_columns=n_columns, length=length)
    placed = tuple(jax.device_put(weight) for weight in weights)
    run = jax.jit(program.call)
    return lambda arrays: run(placed, arrays["ids"])


@contextmanager
def _without_places() -> Iterator[None]:
    """Programs that do not name the source files of this machine, nor who called: equal functions give equal bytes."""
    name = "jax_traceback_in_locations_limit"
    before = jax.config.values[name]
    jax.config.update(name, 0)
    try:
        yield
    finally:
        jax.config.update(name, before)


def _read_program(data: bytes) -> tuple[export.Exported, str]:
    """The program and its text."""
    head, program = data[: len(_MARK) + _DIGEST_BYTES], data[len(_MARK) + _DIGEST_BYTES :]
    if head != _MARK + hashlib.sha256(program).digest():
        raise ForwardStale("the exported program is damaged, or was written by another version of seqloom.")
    try:
        exported = export.deserialize(bytearray(program))
        return exported, exported.mlir_module()
    # flatbuffers raises whatever its reading of foreign bytes leads to; all of it means: not a program for this JAX
    except Exception as problem:
        raise ForwardStale(f"the exported program cannot be read by this version of JAX ({problem}).") from problem


def _check_calls(text: str) -> None:
    # MLIR quotes a name that is not a plain word
    called = set(re.findall(r"custom_call\s*@\"?([^\s\"(]+)", text)) | set(
        re.findall(r"call_target_name\s*=\s*\"([^\"]*)\"", text)
    )
    foreign = sorted(called - _ALLOWED_CALLS)
    if foreign:
        raise ArtifactError(
            f"the exported program calls {', '.join(foreign)}, which no program written by seqloom does; it was "
            "not run. Get the folder from its source again, or delete forward.bin to have it rebuilt."
        )


def _check_shapes(
    program: export.Exported, weights: Sequence[np.ndarray], *, n_columns: int, length: int | None
) -> None:
    expected = [(tuple(weight.shape), weight.dtype) for weight in weights]
    found = [(tuple(aval.shape), np.dtype(aval.dtype)) for aval in program.in_avals[:-1]]
    outputs = [tuple(aval.shape)[1:] for aval in program.out_avals]
    if found != expected or outputs != [(n_columns,)] or program.platforms != ("cpu",):
        raise ArtifactError(
            f"the exported program takes {found} and gives {outputs}, where card and weights promise {expected} and "
            f"{[(n_columns,)]}. Delete forward.bin to have it rebuilt from card and weights."
        )
    rows = tuple(program.in_avals[-1].shape)
    n_ids = rows[-1] if isinstance(rows[-1], int) else None
    if len(rows) != 2 or n_ids != length:
        raise ArtifactError(
            f"the exported program takes rows of shape {rows}, where the card promises {length or 'any number of'} ids "
            "a row. Get the folder from its source again."
        )
