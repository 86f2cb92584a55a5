"""What reading whole series gives: their steps, and a label or a number for each, where there is one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from seqloom.errors import DataError
from seqloom.flow import Ragged

if TYPE_CHECKING:
    from seqloom.frames.long import LongColumns

__all__ = ["SeriesTable", "join_series"]


@dataclass(frozen=True, kw_only=True)
class SeriesTable:
    """Whole series with what is known of each.

    Parameters
    ----------
    steps : Ragged
        N series, values ``[sum of lengths, C] float64``; NaN where a value is missing.
    channels : tuple of str
        Names of the C channels.
    labels : ndarray or None
        ``[N]`` strings, or numbers where the file has such as targets; None where it has neither.
    split : ndarray or None
        ``[N]``: ``train``, ``valid`` or ``test``; None where nothing says so.
    name : str
        What to call it.
    notes : tuple of str
        What was taken and passed over.
    ids : tuple of str
        What the file calls each series; empty where it has no names for them.
    columns : LongColumns or None
        Of a long table: which column was taken for what.
    """

    steps: Ragged
    channels: tuple[str, ...]
    labels: np.ndarray | None
    split: np.ndarray | None = None
    name: str = ""
    notes: tuple[str, ...] = field(default=())
    ids: tuple[str, ...] = ()
    columns: LongColumns | None = None

    def __len__(self) -> int:
        """The number of series, N."""
        return len(self.steps)

    @property
    def has_numbers(self) -> bool:
        """Whether a number is known of each series, not a class."""
        return self.labels is not None and self.labels.dtype.kind == "f"

    def take(self, rows: np.ndarray) -> SeriesTable:
        """The series of these ``rows``, in that order."""
        return replace(
            self,
            steps=self.steps.take(rows),
            labels=None if self.labels is None else self.labels[rows],
            split=None if self.split is None else self.split[rows],
            ids=tuple(self.ids[row] for row in rows) if self.ids else (),
        )


def join_series(first: SeriesTable, second: SeriesTable) -> SeriesTable:
    """Both, the rows of ``second`` marked as ``test``; those of ``first`` as ``train`` where it does not say otherwise.

    Test rows of ``first`` are left out, as ``second`` takes their place.

    Raises
    ------
    DataError
        Where they have not as many channels, only one has labels, or one has classes and the other numbers.
    """
    ours, theirs = len(first.channels), len(second.channels)
    if ours != theirs:
        raise DataError(f"{theirs} channels found, {ours} expected as in {first.name}.", path=second.name)
    if first.labels is None or second.labels is None:
        without = first if first.labels is None else second
        raise DataError(
            "series without labels found, labels expected to train on or to be tested on.", path=without.name
        )
    if first.has_numbers != second.has_numbers:
        kinds = {True: "numbers", False: "classes"}
        found, expected = kinds[second.has_numbers], kinds[first.has_numbers]
        raise DataError(f"{found} found, {expected} expected as in {first.name}.", path=second.name)
    notes = [*first.notes]
    if first.split is not None and (is_test := first.split == "test").any():
        notes.append(f"left {is_test.sum():,} test series of {first.name} out, as {second.name} takes their place")
        first = first.take(np.flatnonzero(~is_test))
    parts = np.full(len(first), "train") if first.split is None else np.where(first.split == "", "train", first.split)
    offsets = np.concatenate([first.steps.offsets, second.steps.offsets[1:] + first.steps.offsets[-1]])
    return SeriesTable(
        steps=Ragged(values=np.concatenate([first.steps.values, second.steps.values]), offsets=offsets),
        channels=first.channels,
        labels=np.concatenate([first.labels, second.labels]),
        split=np.concatenate([parts, np.full(len(second), "test")]),
        name=f"{first.name} and {second.name}",
        notes=(*notes, *(f"{second.name}: {note}" for note in second.notes)),
        ids=(*first.ids, *second.ids) if first.ids and second.ids else (),
        columns=first.columns,
    )
