"""Optimizers by Keras's names."""

from __future__ import annotations

import keras

from seqloom.errors import UsageError

__all__ = ["OPTIMIZERS", "build_optimizer"]

OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "nadam": keras.optimizers.Nadam,
    "rmsprop": keras.optimizers.RMSprop,
    "sgd": keras.optimizers.SGD,
}


def build_optimizer(name: str, learning_rate: float | None) -> keras.optimizers.Optimizer:
    """A Keras optimizer.

    Parameters
    ----------
    name : str
        One of ``OPTIMIZERS``, upper or lower case.
    learning_rate : float or None
        None leaves Keras's default (0.001; 0.01 for sgd).

    Returns
    -------
    keras.optimizers.Optimizer
        Not built yet.

    Raises
    ------
    UsageError
        For an unknown name or a rate that is not above zero.
    """
    if name.lower() not in OPTIMIZERS:
        raise UsageError(f"optimizer {name!r} found, one of {', '.join(OPTIMIZERS)} expected.")
    if learning_rate is not None and not learning_rate > 0:
        raise UsageError(f"learning rate {learning_rate} found, a number above 0 expected.")
    options = {} if learning_rate is None else {"learning_rate": learning_rate}
    return OPTIMIZERS[name.lower()](**options)
