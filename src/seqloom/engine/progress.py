"""Where training stands, in memory and as plain settings and arrays for a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from seqloom.engine.state import TrainState
from seqloom.flow import Arrays, EpochRecord

__all__ = ["Progress", "read_progress", "write_progress"]


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where training stands behind an epoch: enough to go on from, to the identical result.

    ``state`` and ``best`` hold NumPy arrays; ``best`` is the state of the best epoch so far, with the weights to answer
    with. ``divergence`` tells where the loss was no number any more, behind the last of the records.
    """

    records: tuple[EpochRecord, ...] = ()
    state: TrainState
    best: TrainState
    is_over: bool = False
    is_interrupted: bool = False
    divergence: str | None = None


def write_progress(progress: Progress | None) -> tuple[dict[str, Any], Arrays]:
    """Settings (JSON) and arrays of a ``progress``; None is one without an epoch."""
    if progress is None:
        return {"records": [], "is_over": False}, {}
    records = [asdict(record) for record in progress.records]
    arrays = _name_arrays("state", progress.state) | _name_arrays("best", progress.best)
    return {"records": records, "is_over": progress.is_over}, arrays


def read_progress(settings: Mapping[str, Any], arrays: Arrays) -> Progress | None:
    """The progress that ``write_progress`` made ``settings`` and ``arrays`` of; None for one without an epoch."""
    records = tuple(EpochRecord(**record) for record in settings["records"])
    if not records:
        return None
    state, best = _read_state("state", arrays), _read_state("best", arrays)
    return Progress(records=records, state=state, best=best, is_over=settings["is_over"])


def _name_arrays(prefix: str, state: TrainState) -> Arrays:
    """The arrays of a ``state`` by name, for a file: ``prefix``, field and index, with slashes between."""
    return {
        f"{prefix}/{name}/{i}": np.asarray(leaf)
        for name, leaves in state._asdict().items()
        for i, leaf in enumerate(leaves)
    }


def _read_state(prefix: str, arrays: Arrays) -> TrainState:
    """The state that ``_name_arrays`` made ``arrays`` of, with that ``prefix``."""
    fields: dict[str, tuple[np.ndarray, ...]] = {}
    for name in TrainState._fields:
        count = sum(key.startswith(f"{prefix}/{name}/") for key in arrays)
        fields[name] = tuple(arrays[f"{prefix}/{name}/{i}"] for i in range(count))
    return TrainState(**fields)
