"""Whole series, each a row: read from arrays, and encoded for models that tell what a series is."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from seqloom.errors import ArtifactError, DataError
from seqloom.flow import Arrays, Ragged
from seqloom.groups import join_groups, number_groups
from seqloom.json_files import check_fields
from seqloom.series.scale import Scaler
from seqloom.series.windows import fill_gaps

__all__ = ["Collection", "CollectionEncoder", "as_collection"]


@dataclass(frozen=True, kw_only=True)
class Collection:
    """Whole series of any length with the same channels; rows of one number of ``groups`` are never split up.

    ``steps`` has values ``[sum of lengths, C] float64``, NaN where one is missing.
    """

    steps: Ragged
    groups: np.ndarray | None = None

    def __len__(self) -> int:
        """The number of series, N."""
        return len(self.steps)

    @property
    def n_channels(self) -> int:
        """The number of channels, C."""
        return int(self.steps.values.shape[1])

    def take(self, rows: np.ndarray) -> Collection:
        """The given series, in the given order."""
        return Collection(steps=self.steps.take(rows), groups=None if self.groups is None else self.groups[rows])

    def join(self, other: Collection) -> Collection:
        """These series and then the other's; groups are left out where one has none."""
        if self.n_channels != other.n_channels:
            raise DataError(f"{other.n_channels} channels found, {self.n_channels} expected as in the other rows.")
        ours, theirs = self.steps, other.steps
        steps = Ragged(
            values=np.concatenate([ours.values, theirs.values]),
            offsets=np.concatenate([ours.offsets, ours.offsets[-1] + theirs.offsets[1:]]),
        )
        has_groups = self.groups is not None and other.groups is not None
        return Collection(steps=steps, groups=np.concatenate([self.groups, other.groups]) if has_groups else None)

    def keep_together(self, names: Iterable[Hashable]) -> Collection:
        """The same series, those of one name (a person, a machine) never to be split up; None stands alone."""
        groups = number_groups(names)
        if len(groups) != len(self):
            raise DataError(f"{len(groups):,} groups found for {len(self):,} series. Give one for each series.")
        return replace(self, groups=groups)

    def group_rows(self) -> np.ndarray:
        """A number for each series, ``[N]``, equal where all values or ``groups`` are: what a split keeps whole."""
        equal = number_groups(self.steps.row(i).tobytes() for i in range(len(self)))
        return equal if self.groups is None else join_groups(equal, self.groups)


def as_collection(x: Any) -> Collection:
    """Whole series, in whatever form they come.

    Parameters
    ----------
    x : Collection, Ragged, array or sequence of arrays
        ``[N, T, C]``; ``[N, T]``, which is one channel; or N arrays ``[T, C]`` or ``[T]`` of unequal length. NaN is a
        missing value.

    Returns
    -------
    Collection
        All series.

    Raises
    ------
    DataError
        Where a series is empty, has no finite value or other channels than the first, or something is no number: names
        the row.
    """
    if isinstance(x, Collection):
        return x
    if isinstance(x, Ragged):
        values = x.values[:, None] if x.values.ndim == 1 else x.values
        return _check(Ragged(values=_to_numbers(values, row=None), offsets=x.offsets))
    if isinstance(x, str | bytes) or not isinstance(x, Iterable):
        raise DataError(f"{x!r:.40} ({type(x).__name__}) found, an array [N, T, C] or a list of arrays expected.")
    if isinstance(x, np.ndarray) and x.dtype != object:
        return _check(_split_array(x))
    rows = [_to_numbers(row, row=i) for i, row in enumerate(x)]
    return _check(_join_rows(rows))


def _split_array(x: np.ndarray) -> Ragged:
    if x.ndim == 2:
        x = x[:, :, None]
    if x.ndim != 3:
        size = " x ".join(map(str, x.shape))
        raise DataError(f"an array of {size} found, [N, T, C] or [N, T] (one channel) expected: a row for each series.")
    values = _to_numbers(x.reshape(x.shape[0] * x.shape[1], x.shape[2]), row=None)
    return Ragged(values=values, offsets=np.arange(len(x) + 1, dtype=np.int64) * x.shape[1])


def _join_rows(rows: Sequence[np.ndarray]) -> Ragged:
    if not rows:
        return Ragged(values=np.zeros((0, 1)), offsets=np.zeros(1, dtype=np.int64))
    rows = [row[:, None] if row.ndim == 1 else row for row in rows]
    for i, row in enumerate(rows):
        if row.ndim != 2 or row.shape[1] != rows[0].shape[1]:
            size = " x ".join(map(str, row.shape))
            raise DataError(
                f"row {i:,}: an array of {size} found, [T, {rows[0].shape[1]}] expected: steps, and as many channels "
                "as the first row has."
            )
    offsets = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    return Ragged(values=np.concatenate(rows), offsets=offsets)


def _to_numbers(values: Any, *, row: int | None) -> np.ndarray:
    where = "" if row is None else f"row {row:,}: "
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as problem:
        raise DataError(f"{where}values that are no numbers found ({problem}). Give an array of numbers.") from problem


def _check(steps: Ragged) -> Collection:
    """The series, once each has a step, and no infinity."""
    empty = steps.lengths == 0
    if empty.any():
        raise DataError(f"row {int(empty.argmax()):,}: an empty series found, one step or more expected. Leave it out.")
    if steps.values.shape[1] == 0:
        raise DataError("series without channels found, one channel or more expected.")
    infinite = np.isinf(steps.values).any(axis=1)
    if infinite.any():
        row = int(np.searchsorted(steps.offsets, infinite.argmax(), side="right")) - 1
        raise DataError(f"row {row:,}: infinity found, numbers expected (NaN for a missing one).")
    has_value = np.logical_or.reduceat(~np.isnan(steps.values).all(axis=1), steps.offsets[:-1]) if len(steps) else empty
    if not has_value.all():
        raise DataError(f"row {int(has_value.argmin()):,}: a series without any value found. Leave it out.")
    return Collection(steps=steps)


class CollectionEncoder:
    """Channels scaled by the training series, and missing values filled: with the last one before, else the mean.

    One scale for all series, as levels can tell classes apart.

    Attributes
    ----------
    scaler : Scaler
        Fitted.
    """

    kind = "collection"

    def __init__(self) -> None:
        self.scaler = Scaler()

    def fit(self, x: Collection, more: Collection | None = None) -> CollectionEncoder:
        """Itself, knowing the scale of the channels of ``x``, and of ``more`` series without labels."""
        self.scaler.fit((x if more is None else x.join(more)).steps.values)
        return self

    @property
    def n_channels(self) -> int:
        """The number of channels, C."""
        return len(self.scaler.mean)

    def encode(self, x: Collection) -> dict[str, Ragged]:
        """``steps``, ``[sum of lengths, C] float32``; DataError where the channels are not those of training."""
        if x.n_channels != self.n_channels:
            raise DataError(
                f"series of {x.n_channels} channels found, {self.n_channels} expected as in training. Give the same "
                "channels in the same order."
            )
        filled = fill_gaps(x.steps.values, x.steps.offsets, most=len(x.steps.values))
        values = np.nan_to_num(self.scaler.transform(filled), nan=0.0)
        return {"steps": Ragged(values=values, offsets=x.steps.offsets)}

    def state(self) -> tuple[dict[str, Any], list[str], Arrays]:
        """Settings (JSON), words (none) and arrays: all that ``from_state`` needs."""
        return {"kind": self.kind, "n_channels": self.n_channels}, [], self.scaler.state()

    @classmethod
    def from_state(cls, settings: Mapping[str, Any], arrays: Arrays) -> CollectionEncoder:
        """The encoder again, from what ``state`` gave; ArtifactError where that does not belong together."""
        check_fields(settings, {"kind": (str,), "n_channels": (int,)}, where="the encoding in card.json")
        shape = (settings["n_channels"],)
        shapes = {name: array.shape for name, array in arrays.items()}
        if settings["kind"] != cls.kind or shapes != {"mean": shape, "scale": shape} or not (arrays["scale"] > 0).all():
            raise ArtifactError("card.json: an encoding that does not fit its arrays found. Get the folder again.")
        encoder = cls()
        encoder.scaler = Scaler.from_state(arrays)
        return encoder
