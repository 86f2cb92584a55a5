"""The forward pass: run in batches of few shapes, exported to bytes, and read back with suspicion."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import groupby
from typing import Any

import jax
import numpy as np
from jax import export

from seqloom.engine.devices import DEVICE_LOCK, place_everywhere, spread_rows
from seqloom.engine.feed import INPUTS, iterate_padded
from seqloom.errors import ArtifactError, ForwardStale

__all__ = ["Forward", "compile_forward", "export_forward", "load_forward", "run_forward"]

# What an exported program may call outside of plain arithmetic: the check of symbolic shapes, nothing else.
_ALLOWED_CALLS = frozenset({"shape_assertion"})

# Before the program stand a mark and its digest: JAX reads bytecode without checking it, and a changed byte can
# end the whole process (a segmentation fault, not an exception). A stranger can write a digest too: what this guards
# against is damage, and what it leaves to a stranger is a process that ends.
_MARK = b"seqloom-forward-1\n"
_DIGEST_BYTES = hashlib.sha256().digest_size


class Forward:
    """A forward pass with its weights, ``function(weights, *inputs) -> [B, K]``, on one device or on all of them.

    Its inputs are ``ids`` ``[B, T]``, and ``columns`` ``[B, C]`` behind them where there are any.

    On all, each runs a whole batch, as one alone would: the bits do not depend on how many there are, and no device
    waits for another. One program does that: jobs handed to each device in turn are as fast, but JAX compiles for each
    device anew.
    """

    def __init__(self, weights: Any, *, on_one: Callable[..., Any], on_all: Callable[..., Any]) -> None:
        self._on_one, self._on_all = on_one, on_all
        self._weights = {1: place_everywhere(weights, 1)}

    def run(self, batches: Sequence[tuple[np.ndarray, ...]]) -> list[np.ndarray]:
        """Outputs ``[B, K]`` of one batch, the inputs in their order, or of one for each device."""
        n = len(batches)
        with DEVICE_LOCK:
            if n not in self._weights:  # copies for the others, once there is work for them
                self._weights[n] = place_everywhere(self._weights[1], n)
            run = self._on_one if n == 1 else self._on_all
            inputs = batches[0] if n == 1 else map(np.concatenate, zip(*batches, strict=True))
            outputs = run(self._weights[n], *inputs)
            return np.split(np.asarray(jax.block_until_ready(outputs)), n)


def compile_forward(function: Callable[..., Any]) -> Callable[[Any], Forward]:
    """``bind(weights) -> Forward`` of ``function(weights, *inputs)``; compiled once a shape, whatever the weights."""
    return partial(Forward, on_one=jax.jit(function), on_all=jax.jit(spread_rows(function)))


def run_forward(forward: Forward, inputs: Mapping[str, Any], *, n_columns: int) -> np.ndarray:
    """Outputs of all rows, ``[N, n_columns] float32``.

    Parameters
    ----------
    forward : Forward
        From ``compile_forward`` or ``load_forward``.
    inputs : mapping of str to ndarray or Ragged
        ``ids`` of any number of rows, and ``columns`` if the net takes these too.
    n_columns : int
        K, columns of the result.

    Returns
    -------
    ndarray, ``[N, n_columns] float32``
        In the order of the rows.
    """
    result = np.zeros((len(inputs["ids"]), n_columns), dtype=np.float32)
    for rows, batches in _group_batches(inputs, jax.local_device_count()):
        for of_batch, outputs in zip(rows, forward.run(batches), strict=False):
            result[of_batch] = outputs[: len(of_batch)]
    return result


def _group_batches(
    inputs: Mapping[str, Any], n_devices: int
) -> Iterator[tuple[list[np.ndarray], list[tuple[np.ndarray, ...]]]]:
    """Row numbers and inputs of one batch, or of one for each device.

    Batches of one shape follow each other. The last group of a shape is filled up by a batch again, as another device
    has nothing else to do; a batch that is the only one of its shape goes alone.
    """
    for _, same in groupby(iterate_padded(inputs), key=lambda batch: batch[1]["ids"].shape):
        batches = list(same)
        for start in range(0, len(batches), n_devices):
            part = batches[start : start + n_devices]
            taken = [tuple(arrays[name] for name in INPUTS if name in arrays) for _, arrays in part]
            n_filler = n_devices - len(taken) if len(batches) > 1 else 0
            yield [rows for rows, _ in part], taken + taken[-1:] * n_filler


def export_forward(
    function: Callable[..., Any], weights: Sequence[np.ndarray], *, length: int | None, n_beside: int = 0
) -> bytes:
    """A forward pass over ``ids``, or ``ids`` and ``columns``, as bytes, for any number of rows (and of tokens).

    Parameters
    ----------
    function : callable
        ``function(weights, ids [B, T]) -> [B, K]``, or ``function(weights, ids, columns [B, C])``; weights are
        arguments, so they are stored once, in their own file.
    weights : sequence of ndarray
        For their shapes.
    length : int or None
        T where it is fixed; None leaves it open.
    n_beside : int
        C; 0 for a net without columns.

    Returns
    -------
    bytes
        What ``load_forward`` takes, for the CPU.
    """
    shape = export.symbolic_shape("b, t" if length is None else f"b, {length}")
    specs = tuple(jax.ShapeDtypeStruct(weight.shape, weight.dtype) for weight in weights)
    inputs = [jax.ShapeDtypeStruct(shape, np.int32)]
    if n_beside:
        inputs.append(jax.ShapeDtypeStruct((shape[0], n_beside), np.float32))
    with DEVICE_LOCK, _without_places():
        program = bytes(export.export(jax.jit(function), platforms=["cpu"])(specs, *inputs).serialize())
    return _MARK + hashlib.sha256(program).digest() + program


def load_forward(
    data: bytes, weights: Sequence[np.ndarray], *, n_columns: int, length: int | None = None, n_beside: int = 0
) -> Forward:
    """An exported forward pass, once it has been looked over.

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
    n_beside : int
        C, as it was exported.

    Returns
    -------
    Forward
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
    _check_shapes(program, weights, n_columns=n_columns, length=length, n_beside=n_beside)
    return compile_forward(program.call)(tuple(weights))


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
    program: export.Exported, weights: Sequence[np.ndarray], *, n_columns: int, length: int | None, n_beside: int
) -> None:
    expected = [(tuple(weight.shape), weight.dtype) for weight in weights]
    n_weights = len(program.in_avals) - (2 if n_beside else 1)
    found = [(tuple(aval.shape), np.dtype(aval.dtype)) for aval in program.in_avals[:n_weights]]
    outputs = [tuple(aval.shape)[1:] for aval in program.out_avals]
    if found != expected or outputs != [(n_columns,)] or program.platforms != ("cpu",):
        raise ArtifactError(
            f"the exported program takes {found} and gives {outputs}, where card and weights promise {expected} and "
            f"{[(n_columns,)]}. Delete forward.bin to have it rebuilt from card and weights."
        )
    rows, *beside = (tuple(aval.shape) for aval in program.in_avals[n_weights:])
    n_ids = rows[-1] if isinstance(rows[-1], int) else None
    if len(rows) != 2 or n_ids != length or [shape[1:] for shape in beside] != [(n_beside,)] * len(beside):
        with_columns = f" and {n_beside} numbers of columns" if n_beside else ""
        raise ArtifactError(
            f"the exported program takes rows of shapes {[rows, *beside]}, where the card promises "
            f"{length or 'any number of'} ids{with_columns} a row. Get the folder from its source again."
        )
