"""Probabilities made softer or sharper by one number, no label changed. NumPy alone: a cold prediction needs it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from seqloom.errors import ArtifactError
from seqloom.json_files import check_fields

__all__ = ["apply_temperature", "read_temperature", "take_logits"]

# Further out nothing is left of a probability: no fit gives such a number.
_LEAST, _MOST = 1e-3, 1e3


def apply_temperature(probability: np.ndarray, temperature: float) -> np.ndarray:
    """Each row raised to the power ``1 / temperature`` and brought back to a sum of 1.

    Of a softmax this is the softmax of logits divided by the temperature. The most probable class stays the same, bit
    for bit: where rounding would make two classes equal, the one that was ahead is left a hair ahead.

    Parameters
    ----------
    probability : ndarray, ``[N, K]`` of float
        Rows that sum to 1.
    temperature : float
        Above 0: 1 changes nothing, more is less sure.

    Returns
    -------
    ndarray, ``[N, K] float32``
        In the order of the classes.

    Examples
    --------
    >>> apply_temperature(np.array([[0.9, 0.1]], dtype=np.float32), 2.0).round(2).tolist()
    [[0.75, 0.25]]

    Source: Guo et al. (2017), On Calibration of Modern Neural Networks, section 4.2.
    """
    if temperature == 1.0 or not len(probability):
        return probability.astype(np.float32, copy=False)
    logits = take_logits(probability) / temperature  # [N, K]
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    scaled = (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)
    best = probability.argmax(axis=1)
    tied = np.flatnonzero(scaled.argmax(axis=1) != best)
    scaled[tied, best[tied]] = np.nextafter(scaled[tied].max(axis=1), np.float32(2))
    return scaled


def take_logits(probability: np.ndarray) -> np.ndarray:
    """Logarithms of probabilities, ``[N, K] float64``: logits, but for a number that all classes of a row share.

    The smallest number that float32 holds at full precision stands for zero, which has no logarithm.
    """
    return np.log(np.maximum(probability, np.finfo(np.float32).tiny), dtype=np.float64)


def read_temperature(settings: Mapping[str, Any]) -> float:
    """The temperature that stands in a card.

    Parameters
    ----------
    settings : mapping
        What the card says of the model; from outside.

    Returns
    -------
    float
        Above 0; 1 where the model was not calibrated.

    Raises
    ------
    ArtifactError
        Where something else stands there.
    """
    if "temperature" not in settings:
        return 1.0
    check_fields(settings, {"temperature": (int, float)}, where="the model in card.json")
    temperature = settings["temperature"]
    if not _LEAST <= temperature <= _MOST:
        raise ArtifactError(
            f"card.json: temperature {temperature} found, {_LEAST:g} to {_MOST:g} expected. Get the folder from its "
            "source again."
        )
    return float(temperature)
