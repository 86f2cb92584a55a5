"""Random convolutions of series of any length: how often each is above a threshold says what a series is like.

All kernels have 9 places, three of which stand out; they differ in which three (84 ways), in how far apart the places
are (dilation), in the channels they read and with which sign, and in their thresholds, which are quantiles of what they
give on training series. Each is there in three readings: of a series, where the weights (2 and -1) sum to zero and a
level is nothing; of its first differences; and of its level, as the sum of the three places. So 84 convolutions of one
reading and dilation are one product of matrices.

Sources: Dempster et al. (2021), MiniRocket: A Very Fast (Almost) Deterministic Transform for Time Series
Classification, section 3, for the kernels; Tan et al. (2022), MultiRocket, section 3.1, for differences. Levels,
signs and thresholds from many series at once are ours (see ``docs/decisions.md``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

import numpy as np
from scipy.special import softmax

from seqloom.flow import Arrays, Ragged

__all__ = ["Kernels", "check_kernels", "predict_rocket", "project_rocket", "spread_dilations"]

N_KERNELS, _PLACES = 84, 9
_STANDS_OUT = np.zeros((N_KERNELS, _PLACES), dtype=np.float32)
for _row, _three in enumerate(combinations(range(_PLACES), 3)):
    _STANDS_OUT[_row, list(_three)] = 3.0

# What a place weighs in each reading: of the series, of its first differences, of its level.
READINGS = (_STANDS_OUT - 1, _STANDS_OUT - 1, _STANDS_OUT)

# Different dilations at most: more would leave a kernel without a threshold (Dempster et al., section 3.1.4).
_MOST_DILATIONS = 32

# Channels that one kernel reads at most, as in Dempster et al.'s own program for many channels.
_MOST_CHANNELS = 9

# Training series that thresholds are taken from at most.
_MOST_SAMPLED = 256

# Numbers [84, rows, T] at a time (8 MB), so that they stay near the cores.
_CHUNK = 2_000_000

# Multiples of it, modulo 1, never leave a part of 0 to 1 without a quantile (Dempster et al., section 3.1.3).
_GOLDEN = (5**0.5 - 1) / 2


class Kernels:
    """Features of series, ``[N, F]``: the share of places at which each kernel is above each of its thresholds.

    Parameters
    ----------
    dilations : ndarray, ``[D] int32``
        Steps between the places of a kernel.
    signs : ndarray, ``[3, D, 84, C] int8``
        1 or -1 where a kernel reads a channel, else 0; for each reading.
    thresholds : ndarray, ``[F] float32``
        For each reading, dilation and kernel as many as ``n_thresholds`` says.
    n_thresholds : ndarray, ``[D] int32``
        Thresholds of a kernel of each dilation.
    """

    def __init__(self, dilations: np.ndarray, signs: np.ndarray, *, thresholds: np.ndarray, n_thresholds: np.ndarray):
        self.dilations = dilations
        self.signs = signs
        self.thresholds = thresholds
        self.n_thresholds = n_thresholds

    @classmethod
    def draw(cls, steps: Ragged, *, n_features: int, seed: int) -> Kernels:
        """Kernels for series like ``steps``: channels and signs by chance, thresholds from what comes out on them.

        ``n_features`` is rounded down to a multiple of 252, the number of kernels in all readings.
        """
        rng = np.random.default_rng(seed)
        per_kernel = max(1, n_features // (len(READINGS) * N_KERNELS))
        dilations, n_thresholds = spread_dilations(int(np.median(steps.lengths)), per_kernel)
        shape = (len(READINGS), len(dilations), N_KERNELS, steps.values.shape[1])
        nothing = np.zeros(0, dtype=np.float32)
        kernels = cls(dilations, _draw_signs(shape, rng), thresholds=nothing, n_thresholds=n_thresholds)
        sampled = rng.permutation(len(steps))[:_MOST_SAMPLED]
        kernels.thresholds = np.concatenate(list(kernels._find_thresholds(steps.take(np.sort(sampled)))))
        return kernels

    def _find_thresholds(self, steps: Ragged) -> Iterator[np.ndarray]:
        """Thresholds of each reading and dilation, end to end: quantiles of all that a kernel gives."""
        padded, lengths = _pad(steps), steps.lengths
        for reading, place in np.ndindex(self.signs.shape[:2]):
            found = self._convolve(padded[reading], reading=reading, place=place)
            is_read = _find_read(lengths, padded[0].shape[2], dilation=int(self.dilations[place]), place=place)
            n = int(self.n_thresholds[place])
            shares = (np.arange(1, N_KERNELS * n + 1) * _GOLDEN % 1).reshape(N_KERNELS, n)
            for kernel in range(N_KERNELS):
                given = found[kernel][is_read[kernel % 2]]
                yield np.quantile(given, shares[kernel]).astype(np.float32)

    def transform(self, steps: Ragged) -> np.ndarray:
        """The features of ``steps``, ``[N, F] float32``; those of a row do not depend on the rows beside it."""
        features = np.empty((len(steps), len(self.thresholds)), dtype=np.float32)
        order = np.argsort(steps.lengths, kind="stable")  # rows of like length together: less padding
        start = 0
        while start < len(order):
            n_rows = _fit_rows(steps.lengths[order[start:]])
            rows = order[start : start + n_rows]
            features[rows] = self._transform_rows(steps.take(rows))
            start += n_rows
        return features

    def _transform_rows(self, steps: Ragged) -> np.ndarray:
        padded, lengths = _pad(steps), steps.lengths
        parts, first = [], 0
        for reading, place in np.ndindex(self.signs.shape[:2]):
            found = self._convolve(padded[reading], reading=reading, place=place)  # [84, N, T]
            is_read = _find_read(lengths, padded[0].shape[2], dilation=int(self.dilations[place]), place=place)
            for half in range(2):
                found[half::2][:, ~is_read[half]] = -np.inf
            n = int(self.n_thresholds[place])
            asked = self.thresholds[first : first + N_KERNELS * n].reshape(N_KERNELS, n)
            n_read = np.tile(is_read.sum(axis=2), (N_KERNELS // 2, 1))  # [84, N]
            above = np.stack([(found > asked[:, j, None, None]).sum(axis=2) for j in range(n)], axis=1)
            parts.append((above / n_read[:, None]).reshape(-1, len(steps)).T)
            first += N_KERNELS * n
        return np.concatenate(parts, axis=1)

    def _convolve(self, read: np.ndarray, *, reading: int, place: int) -> np.ndarray:
        """What the kernels of a reading and dilation give at each place, ``[84, N, T]``."""
        weights = READINGS[reading]
        signs, dilation = self.signs[reading, place].astype(np.float32), int(self.dilations[place])
        joined = (weights[:, :, None] * signs[:, None]).reshape(N_KERNELS, -1)  # [84, 9 C]
        shifted = _shift(read, dilation)  # [9 C, N, T]
        return (joined @ shifted.reshape(len(shifted), -1)).reshape(N_KERNELS, *shifted.shape[1:])

    def state(self) -> Arrays:
        """Its arrays: all that the constructor needs."""
        names = ("dilations", "signs", "thresholds", "n_thresholds")
        return {name: getattr(self, name) for name in names}


def spread_dilations(length: int, per_kernel: int) -> tuple[np.ndarray, np.ndarray]:
    """Dilations of series of a ``length``, and how many thresholds a kernel has for each, ``per_kernel`` in all.

    Spread evenly in their logarithm, from 1 up to the one at which 9 places are as long as the series.
    """
    n = min(per_kernel, _MOST_DILATIONS)
    most = np.log2(max(1.0, (length - 1) / (_PLACES - 1)))
    dilations, counts = np.unique(np.logspace(0, most, n, base=2).astype(np.int32), return_counts=True)
    n_thresholds = counts * per_kernel // n
    n_thresholds[: per_kernel - n_thresholds.sum()] += 1
    return dilations, n_thresholds.astype(np.int32)


def _draw_signs(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """1 or -1 for each channel that a kernel reads, else 0: from one channel up to ``_MOST_CHANNELS``, rather few."""
    most = min(shape[-1], _MOST_CHANNELS)
    n_read = np.floor(2 ** rng.uniform(0, np.log2(most + 1), size=shape[:-1])).astype(int)
    rank = rng.random(shape).argsort(axis=-1).argsort(axis=-1)
    return np.where(rank < n_read[..., None], rng.choice([-1, 1], size=shape), 0).astype(np.int8)


def _fit_rows(lengths: np.ndarray) -> int:
    """How many of the rows of ascending ``lengths`` are taken at a time."""
    sizes = N_KERNELS * lengths * np.arange(1, len(lengths) + 1)
    return max(1, int(np.searchsorted(sizes, _CHUNK, side="right")))


def _pad(steps: Ragged) -> tuple[np.ndarray, ...]:
    """What each reading reads, ``[C, N, T]``: the series, zeros behind their end, and their differences likewise."""
    lengths = steps.lengths
    padded = np.zeros((len(steps), int(lengths.max()), steps.values.shape[1]), dtype=np.float32)
    padded[np.arange(padded.shape[1]) < lengths[:, None]] = steps.values
    series = np.ascontiguousarray(np.moveaxis(padded, 2, 0))
    return series, _difference(series, lengths), series


def _difference(padded: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Each step less the one before; the first is 0, and so is what stands behind a row's end."""
    is_there = np.arange(padded.shape[2]) < lengths[:, None]
    return np.where(is_there, np.diff(padded, axis=2, prepend=padded[:, :, :1]), np.float32(0))


def _shift(padded: np.ndarray, dilation: int) -> np.ndarray:
    """The series as each of the 9 places sees them, ``[9 C, N, T]``; zeros beyond both ends."""
    n_channels, n_rows, length = padded.shape
    reach = (_PLACES // 2) * dilation
    wide = np.pad(padded, ((0, 0), (0, 0), (reach, reach)))
    shifted = [wide[:, :, k * dilation : k * dilation + length] for k in range(_PLACES)]
    return np.stack(shifted).reshape(_PLACES * n_channels, n_rows, length)


def _find_read(lengths: np.ndarray, width: int, *, dilation: int, place: int) -> np.ndarray:
    """The places at which kernels are read, ``[2, N, T] bool``: of even kernels and of odd ones.

    All places of the series by the one half, zeros standing beyond its ends; by the other, those alone at which all of
    the kernel lies within it, where there are such. Which half is which alternates from dilation to dilation.
    """
    step = np.arange(width)
    reach = (_PLACES // 2) * dilation
    margin = np.where(lengths > 2 * reach, reach, 0)[:, None]
    everywhere = step < lengths[:, None]
    within = (step >= margin) & (step < lengths[:, None] - margin)
    return np.stack([everywhere, within] if place % 2 == 0 else [within, everywhere])


def predict_rocket(inputs: Mapping[str, Any], arrays: Arrays) -> np.ndarray:
    """Probabilities of a fitted classifier of random convolutions, ``[N, K] float32``, in the order of its classes.

    Parameters
    ----------
    inputs, arrays : mapping
        As for ``project_rocket``.
    """
    return softmax(project_rocket(inputs, arrays).astype(np.float64), axis=1).astype(np.float32)


def project_rocket(inputs: Mapping[str, Any], arrays: Arrays) -> np.ndarray:
    """What planes say of random convolutions of some series; neither SciPy's solvers nor others.

    Parameters
    ----------
    inputs : mapping
        ``steps``, Ragged ``[sum of lengths, C] float32``.
    arrays : dict of str to ndarray
        Those of ``Kernels.state``, and ``coef``, ``[K, F]``, and ``intercept``, ``[K]``.

    Returns
    -------
    ndarray, ``[N, K] float32``
        A number for each plane: of a classifier its margins.
    """
    kernels = Kernels(
        arrays["dilations"],
        arrays["signs"],
        thresholds=arrays["thresholds"],
        n_thresholds=arrays["n_thresholds"],
    )
    planes: np.ndarray = kernels.transform(inputs["steps"]) @ arrays["coef"].T + arrays["intercept"]
    return planes


def check_kernels(arrays: Arrays, *, n_channels: int, n_classes: int) -> bool:
    """Whether ``arrays``, from outside, are such as ``predict_rocket`` takes, for ``n_channels`` and ``n_classes``."""
    types: dict[str, Any] = {"dilations": np.int32, "signs": np.int8, "n_thresholds": np.int32}
    types |= dict.fromkeys(("thresholds", "coef", "intercept"), np.float32)
    if {name: array.dtype for name, array in arrays.items()} != types:
        return False
    dilations, counts = arrays["dilations"], arrays["n_thresholds"]
    n_features = len(READINGS) * N_KERNELS * int(counts.sum())
    shapes = {
        "dilations": (len(dilations),),
        "signs": (len(READINGS), len(dilations), N_KERNELS, n_channels),
        "thresholds": (n_features,),
        "n_thresholds": (len(dilations),),
        "coef": (n_classes, n_features),
        "intercept": (n_classes,),
    }
    is_fitting = {name: array.shape for name, array in arrays.items()} == shapes
    return is_fitting and bool(len(dilations)) and bool(dilations.min() >= 1 and counts.min() >= 1)
