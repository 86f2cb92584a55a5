"""How a batch finds its rows: in the arrays on the device while training, in those of the host for a forward pass.

Rows of one fixed shape are gathered by row number. Ragged rows stay flat on the device; a batch is gathered from them
at the length of its bucket, so nothing padded is ever stored and a short text does not pay for a long one. Windows stay
one array and the places where they begin: a batch of them is all that is ever copied out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from seqloom.engine.block import Gather
from seqloom.engine.devices import place_everywhere
from seqloom.engine.feed import bucket_rows
from seqloom.flow import Encoded, Ragged, Windows

__all__ = ["INPUTS", "gather_rows", "iterate_padded", "order_inputs", "place_arrays", "shape_inputs"]

# What a net can take, in the order in which its forward pass takes them, and of which type. ``mask`` is made here, for
# ragged rows with channels: no value of theirs could tell padding, as the id 0 does for texts.
INPUTS: dict[str, type] = {
    "ids": np.int32,
    "past": np.float32,
    "future": np.float32,
    "steps": np.float32,
    "mask": np.bool_,
    "columns": np.float32,
}

# Rows of a forward batch are filled up to one of these, as each new shape compiles; 256 rows keep the cores busy and
# fit the cache (256 x 512 tokens x 32 floats: 16 MB).
_BATCH_SIZES = (1, 16, 256)


def order_inputs(arrays: Mapping[str, Any]) -> tuple[Any, ...]:
    """The inputs of a batch in the order of ``INPUTS``, whatever their order in ``arrays``."""
    return tuple(arrays[name] for name in INPUTS if name in arrays)


def place_arrays(encoded: Encoded, n_devices: int = 1) -> dict[str, jax.Array]:
    """The rows ``encoded`` on each of ``n_devices``: targets and inputs, of a ragged one its flat values and offsets.

    Of windows, their array and starts; an array that several inputs, or the target, are cut from is placed once.
    """
    arrays: dict[str, np.ndarray] = {}
    for name, value in _name_parts(encoded).items():
        if isinstance(value, Ragged):
            nothing = np.zeros((1, *value.values.shape[1:]), value.values.dtype)  # of no value none can be gathered
            arrays[f"{name}.values"] = value.values if len(value.values) else nothing
            arrays[f"{name}.offsets"] = value.offsets.astype(np.int32)
        elif isinstance(value, Windows):
            arrays[f"{name}.values"] = value.values
            arrays[f"{name}.starts"] = value.starts.astype(np.int32)
        else:
            arrays[name] = np.asarray(value)
    firsts = {id(array): name for name, array in reversed(arrays.items())}
    placed = place_everywhere({name: arrays[name] for name in firsts.values()}, n_devices)
    return {name: placed[firsts[id(array)]] for name, array in arrays.items()}


def gather_rows(encoded: Encoded, length: int) -> Gather:
    """How a step gets inputs and ``target`` of ``encoded``: by row number, ragged ones at ``length`` steps."""
    parts = _name_parts(encoded)

    def gather(arrays: dict[str, jax.Array], rows: jax.Array) -> dict[str, jax.Array]:
        batch: dict[str, jax.Array] = {}
        for name, value in parts.items():
            if isinstance(value, Ragged):
                batch[name], mask = _gather_ragged(arrays, name, rows=rows, length=length)
                batch |= {"mask": mask} if value.values.ndim > 1 else {}
            elif isinstance(value, Windows):
                batch[name] = _gather_windows(arrays, name, rows=rows, length=value.length)
            else:
                batch[name] = arrays[name][rows]
        return batch

    return gather


def _name_parts(encoded: Encoded) -> dict[str, Any]:
    """All that has N rows, by name."""
    return {**encoded.inputs, "target": encoded.target}


def _gather_ragged(
    arrays: dict[str, jax.Array], name: str, *, rows: jax.Array, length: int
) -> tuple[jax.Array, jax.Array]:
    """The rows, ``[B, T]`` or ``[B, T, C]``, and which of their steps are real, ``[B, T]``."""
    values, offsets = arrays[f"{name}.values"], arrays[f"{name}.offsets"]
    place = jnp.arange(length, dtype=jnp.int32)
    at = offsets[rows][:, None] + place  # [B, T]
    is_real = place < (offsets[rows + 1] - offsets[rows])[:, None]
    shown = is_real.reshape(is_real.shape + (1,) * (values.ndim - 1))
    return jnp.where(shown, jnp.take(values, at, axis=0, mode="clip"), 0), is_real


def _gather_windows(arrays: dict[str, jax.Array], name: str, *, rows: jax.Array, length: int) -> jax.Array:
    """The rows, ``[B, length, C]``: slices, as XLA copies a whole one at a time and a gather of steps step by step."""
    values = arrays[f"{name}.values"]
    return jax.vmap(lambda start: jax.lax.dynamic_slice_in_dim(values, start, length))(arrays[f"{name}.starts"][rows])


def shape_inputs(inputs: Mapping[str, Any], *, size: int, length: int) -> list[jax.ShapeDtypeStruct]:
    """What a batch of ``size`` rows of ``inputs`` looks like to the net, ragged ones at ``length`` steps."""
    shapes: dict[str, tuple[int, ...]] = {}
    for name, value in inputs.items():
        if isinstance(value, Ragged):
            shapes[name] = (length, *value.values.shape[1:])
            shapes |= {"mask": (length,)} if value.values.ndim > 1 else {}
        else:
            shapes[name] = value.shape[1:]
    structs = {name: jax.ShapeDtypeStruct((size, *shape), INPUTS[name]) for name, shape in shapes.items()}
    return list(order_inputs(structs))


def iterate_padded(inputs: Mapping[str, Any]) -> Iterator[tuple[np.ndarray, dict[str, np.ndarray]]]:
    """Batches for a forward pass: row numbers and padded arrays, of few shapes.

    Parameters
    ----------
    inputs : mapping of str to ndarray, Ragged or Windows
        Any number of rows.

    Yields
    ------
    tuple
        Row numbers ``[n]`` and arrays ``[B, ...]``, B >= n; behind the n rows stand empty ones.
    """
    is_ragged = any(isinstance(value, Ragged) for value in inputs.values())
    encoded = Encoded(inputs=inputs, feed="buckets" if is_ragged else "rows")
    for length, rows in bucket_rows(encoded).items():
        for start in range(0, len(rows), _BATCH_SIZES[-1]):
            part = rows[start : start + _BATCH_SIZES[-1]]
            size = next(size for size in _BATCH_SIZES if size >= len(part))
            batch: dict[str, np.ndarray] = {}
            for name, value in inputs.items():
                batch |= _pad(name, value, rows=part, shape=(size, length))
            yield part, batch


def _pad(name: str, value: Any, *, rows: np.ndarray, shape: tuple[int, int]) -> dict[str, np.ndarray]:
    """The rows, and empty ones behind them up to the size of ``shape``; of ragged ones with channels their mask too."""
    size, length = shape
    if not isinstance(value, Ragged):
        taken = value.take(rows).gather() if isinstance(value, Windows) else np.asarray(value)[rows]
        return {name: np.concatenate([taken, np.zeros((size - len(rows), *taken.shape[1:]), taken.dtype)])}
    mask, padded = np.zeros(shape, bool), np.zeros((*shape, *value.values.shape[1:]), INPUTS[name])
    mask[: len(rows)] = np.arange(length) < value.lengths[rows][:, None]
    padded[mask] = value.take(rows).values
    return {name: padded} | ({"mask": mask} if value.values.ndim > 1 else {})
