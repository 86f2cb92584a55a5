"""``TimeseriesGenerator``: windows of a series as batches that ``keras.Model.fit`` takes."""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np

# As in seqloom.nets, unless the person chose: these batches are NumPy arrays, and serve Keras on any backend.
os.environ.setdefault("KERAS_BACKEND", "jax")

import keras

from seqloom.errors import DataError, UsageError

__all__ = ["TimeseriesGenerator", "timeseries_generator_from_json"]


class TimeseriesGenerator(keras.utils.PyDataset):
    """Batches of (windows, targets) from a series, one step apart or ``stride``.

    The target of the window of steps i - length to i - 1 is ``targets[i]``: the next step. For one further
    ahead, shift: ``TimeseriesGenerator(data[:-delay], targets[delay:], ...)``.

    Parameters
    ----------
    data : array or sequence
        Steps, ``[time]`` or ``[time, channels]``.
    targets : array or sequence
        One for each step.
    length : int
        Steps that a window spans.
    sampling_rate : int
        Every how many steps of the window are kept, counted from its **oldest**: with 6, the newest step is left out.
    stride : int
        Steps between windows.
    start_index : int
        First step used. The first target is at ``start_index + length``, which is what the attribute holds.
    end_index : int, optional
        Last target, **itself included**; the last step if not given.
    shuffle : bool
        Whether each batch is drawn at random, **with replacement and whatever the stride**, from NumPy's global
        generator: an epoch then misses a third of the windows, and no batch is the same twice.
    reverse : bool
        Whether windows run from newest to oldest.
    batch_size : int
        B; the last batch may have fewer, unless shuffled.
    **kwargs
        ``workers``, ``use_multiprocessing`` and ``max_queue_size`` of Keras's PyDataset.

    Raises
    ------
    DataError
        Where data and targets differ in length.
    UsageError
        Where no window fits, or a number cannot be meant.
    """

    def __init__(
        self,
        data: Any,
        targets: Any,
        length: int,
        sampling_rate: int = 1,
        stride: int = 1,
        start_index: int = 0,
        end_index: int | None = None,
        shuffle: bool = False,
        reverse: bool = False,
        batch_size: int = 128,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.data = data
        self.targets = targets
        self.length = length
        self.sampling_rate = sampling_rate
        self.stride = stride
        self.start_index = start_index + length
        self.end_index = len(data) - 1 if end_index is None else end_index
        self.shuffle = shuffle
        self.reverse = reverse
        self.batch_size = batch_size
        self._check()

    def _check(self) -> None:
        n_steps = len(self.data)
        if n_steps != len(self.targets):
            raise DataError(f"{n_steps:,} steps of data and {len(self.targets):,} targets found; one each expected.")
        for name in ("length", "sampling_rate", "stride", "batch_size"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} {getattr(self, name)} found, 1 or more expected.")
        if self.start_index < self.length or self.end_index >= n_steps:
            start = self.start_index - self.length
            raise UsageError(
                f"steps {start:,} to {self.end_index:,} asked for, of 0 to {n_steps - 1:,} that there are."
            )
        if self.start_index > self.end_index:
            raise UsageError(
                f"the first target would be step {self.start_index:,} (start_index + length), the last is step "
                f"{self.end_index:,}: no window fits. Take a shorter length or a longer series."
            )

    def __len__(self) -> int:
        n_targets = self.end_index - self.start_index + 1
        return -(-n_targets // (self.batch_size * self.stride))

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        rows = self._draw_rows() if self.shuffle else self._list_rows(index)  # [B]
        # Slices: one look-up by index for all windows was half as slow again.
        samples = np.array([self.data[row - self.length : row : self.sampling_rate] for row in rows])  # [B, T, ...]
        targets = np.array([self.targets[row] for row in rows])
        return (samples[:, ::-1], targets) if self.reverse else (samples, targets)

    def _draw_rows(self) -> np.ndarray:
        # The global generator: who called np.random.seed before gets the batches of Keras.
        return np.random.randint(self.start_index, self.end_index + 1, size=self.batch_size)  # noqa: NPY002

    def _list_rows(self, index: int) -> np.ndarray:
        if not 0 <= index < len(self):
            raise IndexError(f"batch {index} found, 0 to {len(self) - 1} expected.")
        span = self.batch_size * self.stride
        first = self.start_index + span * index
        return np.arange(first, min(first + span, self.end_index + 1), self.stride)

    def get_config(self) -> dict[str, Any]:
        """Settings and, as JSON, the data; ``start_index`` is the attribute, that is with ``length`` added."""
        names = ("length", "sampling_rate", "stride", "start_index", "end_index", "shuffle", "reverse", "batch_size")
        texts = {"data": _write_rows(self.data, "data"), "targets": _write_rows(self.targets, "targets")}
        return texts | {name: getattr(self, name) for name in names}

    def to_json(self, **kwargs: Any) -> str:
        """The generator, data included, as JSON; ``kwargs`` go to ``json.dumps``."""
        return json.dumps({"class_name": type(self).__name__, "config": self.get_config()}, **kwargs)


def timeseries_generator_from_json(json_string: str) -> TimeseriesGenerator:
    """A generator out of the JSON of ``to_json``, **starting ``length`` steps later**, as in keras-preprocessing.

    There, ``start_index`` is written with ``length`` added, and reading adds it again. What comes out is kept the same;
    to have the windows at the beginning back: ``generator.start_index -= generator.length``.

    Parameters
    ----------
    json_string : str
        What ``to_json`` gave, here or in keras-preprocessing.

    Returns
    -------
    TimeseriesGenerator
        On lists, as JSON knows no arrays.

    Raises
    ------
    DataError
        For anything else.
    """
    try:
        config = dict(json.loads(json_string)["config"])
        config |= {name: json.loads(config[name]) for name in ("data", "targets")}
    except (KeyError, TypeError, ValueError) as problem:
        raise DataError(
            f"{json_string!r:.60} found, the JSON of a TimeseriesGenerator expected ({problem!r})."
        ) from None
    return TimeseriesGenerator(**config)


def _write_rows(rows: Any, name: str) -> str:
    try:
        return json.dumps(rows.tolist() if isinstance(rows, np.ndarray) else rows)
    except TypeError as problem:
        raise TypeError(f"{name} does not fit into JSON ({problem}); pass arrays or lists of numbers.") from problem
