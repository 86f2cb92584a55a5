"""The forward pass: run in batches of few shapes, exported to bytes, and read back with suspicion."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import groupby, islice
from typing import Any

import jax
import numpy as np
from jax import export

from seqloom.engine.devices import DEVICE_LOCK, place_everywhere, spread_rows
from seqloom.engine.gather import INPUTS, iterate_padded, order_inputs
from seqloom.errors import ArtifactError, ForwardStale
from seqloom.flow import Encoded

__all__ = ["Forward", "compile_forward", "export_forward", "load_forward", "run_forward"]

# What an exported program may call outside of plain arithmetic: the check of symbolic shapes, nothing else.
_ALLOWED_CALLS = frozenset({"shape_assertion"})

# Before the program stand a mark and its digest: JAX reads bytecode without checking it, and a changed byte can
# end the whole process (a segmentation fault, not an exception). A stranger can write a digest too: what this guards
# against is damage, and what it leaves to a stranger is a process that ends.
_MARK = b"seqloom-forward-1\n"
_DIGEST_BYTES = hashlib.sha256().digest_size


class Forward:
    """A forward pass with its weights, ``function(weights, *inputs) -> [B, ...]``, on one device or on all of them.

    Its inputs stand in the order of ``gather.INPUTS``: of a text ``ids`` ``[B, T]``, and ``columns`` ``[B, C]`` behind
    them where there are any.

    On all, each runs a whole batch, as one alone would: the bits do not depend on how many there are, and no device
    waits for another. One program does that: jobs handed to each device in turn are as fast, but JAX compiles for each
    device anew.
    """

    def __init__(self, weights: Any, *, on_one: Callable[..., Any], on_all: Callable[..., Any]) -> None:
        self._on_one, self._on_all = on_one, on_all
        self._weights = {1: place_everywhere(weights, 1)}

    def run(self, batches: Sequence[tuple[np.ndarray, ...]]) -> list[np.ndarray]:
        """Outputs ``[B, ...]`` of one batch, the inputs in their order, or of one for each device."""
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


def run_forward(forward: Forward, inputs: Mapping[str, Any], *, shape: tuple[int, ...]) -> np.ndarray:
    """Outputs of all rows, ``[N, *shape] float32``.

    Parameters
    ----------
    forward : Forward
        From ``compile_forward`` or ``load_forward``.
    inputs : mapping of str to ndarray, Ragged or Windows
        Those that the net takes, of any number of rows; windows are copied out a few batches at a time.
    shape : tuple of int
        Of the answer for one row: ``(K,)`` for probabilities.

    Returns
    -------
    ndarray, ``[N, *shape] float32``
        In the order of the rows.
    """
    result = np.zeros((len(Encoded(inputs=inputs)), *shape), dtype=np.float32)
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
    batches = ((rows, order_inputs(arrays)) for rows, arrays in iterate_padded(inputs))
    for _, same in groupby(batches, key=lambda batch: [array.shape for array in batch[1]]):
        n_before = 0
        while part := list(islice(same, n_devices)):
            taken = [arrays for _, arrays in part]
            n_filler = n_devices - len(taken) if n_before + len(taken) > 1 else 0
            n_before += len(taken)
            yield [rows for rows, _ in part], taken + taken[-1:] * n_filler


def export_forward(
    function: Callable[..., Any], weights: Sequence[np.ndarray], *, inputs: Mapping[str, tuple[int | None, ...]]
) -> bytes:
    """A forward pass as bytes, for any number of rows (and of steps, where their number is open).

    Parameters
    ----------
    function : callable
        ``function(weights, *inputs) -> [B, ...]``, the inputs in the order of ``gather.INPUTS``; weights are arguments,
        so they are stored once, in their own file.
    weights : sequence of ndarray
        For their shapes.
    inputs : mapping of str to tuple
        The shape of a row of each input by its name; None where it is open: ``{"ids": (None,)}``.

    Returns
    -------
    bytes
        What ``load_forward`` takes, for the CPU.
    """
    specs = tuple(jax.ShapeDtypeStruct(weight.shape, weight.dtype) for weight in weights)
    open_sizes = export.symbolic_shape("b, t")
    structs = {
        name: jax.ShapeDtypeStruct((open_sizes[0], *(open_sizes[1] if n is None else n for n in row)), INPUTS[name])
        for name, row in inputs.items()
    }
    with DEVICE_LOCK, _without_places():
        exported = export.export(jax.jit(function), platforms=["cpu"])(specs, *order_inputs(structs))
        program = bytes(exported.serialize())
    return _MARK + hashlib.sha256(program).digest() + program


def load_forward(
    data: bytes,
    weights: Sequence[np.ndarray],
    *,
    shape: tuple[int, ...],
    inputs: Mapping[str, tuple[int | None, ...]],
) -> Forward:
    """An exported forward pass, once it has been looked over.

    Parameters
    ----------
    data : bytes
        From ``export_forward``, or from a stranger.
    weights : sequence of ndarray
        In the order in which it was exported.
    shape : tuple of int
        Of the answer for one row, as the card promises it: ``(K,)`` for probabilities.
    inputs : mapping of str to tuple
        The shape of a row of each input, as it was exported.

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
    _check_shapes(program, weights, shape=shape, inputs=inputs)
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
    program: export.Exported,
    weights: Sequence[np.ndarray],
    *,
    shape: tuple[int, ...],
    inputs: Mapping[str, tuple[int | None, ...]],
) -> None:
    expected = [(tuple(weight.shape), weight.dtype) for weight in weights]
    n_weights = len(program.in_avals) - len(inputs)
    found = [(tuple(aval.shape), np.dtype(aval.dtype)) for aval in program.in_avals[:n_weights]]
    outputs = [tuple(aval.shape)[1:] for aval in program.out_avals]
    if found != expected or outputs != [shape] or program.platforms != ("cpu",):
        raise ArtifactError(
            f"the exported program takes {found} and gives {outputs}, where card and weights promise {expected} and "
            f"{[shape]}. Delete forward.bin to have it rebuilt from card and weights."
        )
    rows = [(_hide_symbols(aval.shape), np.dtype(aval.dtype)) for aval in program.in_avals[n_weights:]]
    promised = order_inputs({name: ((None, *row), np.dtype(INPUTS[name])) for name, row in inputs.items()})
    if tuple(rows) != promised:
        raise ArtifactError(
            f"the exported program takes rows of shapes {_tell_rows(rows)}, where the card promises "
            f"{_tell_rows(promised)} (None: any number). Get the folder from its source again."
        )


def _hide_symbols(shape: Sequence[Any]) -> tuple[int | None, ...]:
    """The same with None for each size that is open."""
    return tuple(size if isinstance(size, int) else None for size in shape)


def _tell_rows(rows: Sequence[tuple[tuple[int | None, ...], np.dtype]]) -> str:
    """Shapes and types in words, without the number of rows."""
    return " and ".join(f"{shape[1:]} {dtype}" for shape, dtype in rows)
