"""What a function costs, in multiply-adds, read off its program without running it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import jax

from seqloom.engine.feed import bucket_to_train
from seqloom.engine.gather import shape_inputs
from seqloom.flow import Encoded

__all__ = ["count_step_work", "count_work"]


def count_work(function: Callable[..., Any], *arguments: Any) -> int:
    """The multiply-adds of a function's products of matrices and convolutions.

    Everything else is left out: a look-up, a sum or an activation is proportional to what it reads, and in the nets
    here small beside a product. The loop of a recurrent layer counts as often as it turns.

    Parameters
    ----------
    function : callable
        Anything that JAX can trace.
    *arguments
        Arrays, or ``jax.ShapeDtypeStruct`` in their place.

    Returns
    -------
    int
        Equal for equal shapes, whatever the machine.

    Examples
    --------
    >>> import numpy as np
    >>> count_work(lambda a, b: a @ b, np.zeros((2, 3)), np.zeros((3, 5)))
    30
    """
    return _count(jax.make_jaxpr(function)(*arguments).jaxpr)


def count_step_work(infer: Callable[..., Any], encoded: Encoded, *, batch_size: int) -> int:
    """The multiply-adds of one forward pass over a batch, on the average of all batches.

    Parameters
    ----------
    infer : callable
        ``infer(*inputs) -> [B, ...]``, in the order of ``gather.INPUTS``.
    encoded : Encoded
        Training rows; only their shapes and lengths matter.
    batch_size : int
        B.

    Returns
    -------
    int
        For buckets, each counts by its rows.
    """
    buckets, work = bucket_to_train(encoded, batch_size), 0
    for length, rows in buckets.items():
        work += len(rows) * count_work(infer, *shape_inputs(encoded.inputs, size=batch_size, length=length))
    return work // max(1, sum(map(len, buckets.values())))


def _count(jaxpr: Any) -> int:
    return sum(_count_equation(equation) for equation in jaxpr.eqns)


def _count_equation(equation: Any) -> int:
    name, params = equation.primitive.name, equation.params
    if name == "dot_general":
        (contracted, _), _ = params["dimension_numbers"]
        left = equation.invars[0].aval.shape
        return math.prod(equation.outvars[0].aval.shape) * math.prod(left[axis] for axis in contracted)
    if name == "conv_general_dilated":
        kernel, channels = equation.invars[1].aval.shape, params["dimension_numbers"].rhs_spec[0]
        return math.prod(equation.outvars[0].aval.shape) * math.prod(kernel) // kernel[channels]
    n_turns: int = params["length"] if name == "scan" else 1
    return n_turns * sum(_count(inner) for inner in _find_programs(params.values()))


def _find_programs(values: Any) -> Iterator[Any]:
    """The programs within an equation: a loop's body, branches, calls."""
    for value in values:
        if isinstance(value, tuple | list):
            yield from _find_programs(value)
        elif hasattr(value, "eqns"):
            yield getattr(value, "jaxpr", value)  # closed over constants, or not
