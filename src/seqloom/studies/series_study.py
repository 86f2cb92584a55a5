"""Several families learn the classes, or the numbers, of the same series: one table, the best on validation kept."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from seqloom.errors import DataError, TrainingError
from seqloom.flow import EpochRecord, Rows, Score
from seqloom.frames.series_table import SeriesTable
from seqloom.frames.split import hold_out
from seqloom.series.collection import as_collection
from seqloom.studies.run_folder import RunFolder
from seqloom.targets import cut_strata
from seqloom.tasks.series_classifier import SeriesClassifier
from seqloom.tasks.series_regressor import SeriesRegressor

__all__ = ["SeriesEvent", "SeriesRow", "SeriesStudy", "compare_series", "keep_series", "split_series"]

SeriesLearner = SeriesClassifier | SeriesRegressor

# What of a row is written as it is.
_PLAIN = ("seconds", "is_interrupted")

# Shares of all rows, where nothing else says which they are.
_TEST_SHARE, _VALIDATION_SHARE = 0.2, 0.2


@dataclass(frozen=True, kw_only=True)
class SeriesStudy:
    """What a comparison of learners of series is made of.

    Parameters
    ----------
    families : sequence of str
        In the order they are trained, the simplest first.
    parts : mapping of str to Rows
        ``train``, ``valid`` and ``test``; targets are labels, or numbers. The last is not looked at before the end.
    params : mapping
        Constructor arguments of the learners, ``family`` aside.
    folder : RunFolder
        Begun.
    data : mapping
        What cards shall keep of the table beside its size: which column is what.
    """

    families: Sequence[str]
    parts: Mapping[str, Rows]
    params: Mapping[str, Any] = field(default_factory=dict)
    folder: RunFolder
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def has_numbers(self) -> bool:
        """Whether the targets are numbers, not classes."""
        return bool(self.parts["train"].target.dtype.kind == "f")

    @property
    def learner_type(self) -> type[SeriesLearner]:
        """What learns such targets."""
        return SeriesRegressor if self.has_numbers else SeriesClassifier

    @property
    def trivial(self) -> str:
        """The family that does not look at the series."""
        return "mean" if self.has_numbers else "majority"

    def digest(self) -> str:
        """A fingerprint of rows and settings: a run is gone on with only where both are what it began with."""
        digest = hashlib.sha256(
            json.dumps([list(self.families), dict(self.params)], sort_keys=True, default=str).encode()
        )
        for name, rows in sorted(self.parts.items()):
            digest.update(json.dumps([name, rows.target.tolist(), rows.x.steps.offsets.tolist()]).encode())
            digest.update(np.ascontiguousarray(rows.x.steps.values).tobytes())
        return digest.hexdigest()


@dataclass(frozen=True, kw_only=True)
class SeriesRow:
    """One family's line of the table: its fitted learner, the seconds it took, the bytes of its model folder."""

    family: str
    learner: SeriesLearner
    seconds: float
    n_bytes: int = 0
    is_interrupted: bool = False
    is_resumed: bool = False

    def score(self, metric: str) -> Score:
        """The validation score of a metric."""
        return next(score for score in self.learner.scores_ if score.metric == metric)


@dataclass(frozen=True, kw_only=True)
class SeriesEvent:
    """Something to tell of a family: it begins, an epoch is over (``record``), it is finished (``row``), or failed."""

    family: str
    record: EpochRecord | None = None
    row: SeriesRow | None = None
    failure: str | None = None


def split_series(table: SeriesTable, *, seed: int) -> dict[str, Rows]:
    """The parts of a table: as its split says, else drawn by class or size and ``seed``; equal series stay together."""
    if table.labels is None:
        raise DataError("series without labels found, labels expected to train on.", path=table.name)
    rows = Rows(x=as_collection(table.steps), target=table.labels)
    everything = np.arange(len(table))
    if table.split is None or not (table.split == "test").any():
        known, test = _draw(rows, everything, fraction=_TEST_SHARE, seed=seed)
    else:
        known, test = np.flatnonzero(table.split != "test"), np.flatnonzero(table.split == "test")
    if table.split is not None and (table.split == "valid").any():
        train, valid = known[table.split[known] != "valid"], known[table.split[known] == "valid"]
    else:
        train, valid = _draw(rows, known, fraction=_VALIDATION_SHARE, seed=seed)
    for name, part in (("train on", train), ("choose on", valid), ("test on", test)):
        if not len(part):
            raise DataError(f"{len(table):,} series found, none of them left to {name}. Add series.", path=table.name)
    return {"train": rows.take(train), "valid": rows.take(valid), "test": rows.take(test)}


def _draw(rows: Rows, among: np.ndarray, *, fraction: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    part = rows.take(among)
    strata = cut_strata(part.target) if part.target.dtype.kind == "f" else part.target
    kept, held = hold_out(part.x.group_rows(), strata, fraction=fraction, seed=seed)
    return among[kept], among[held]


def compare_series(study: SeriesStudy) -> Iterator[SeriesEvent]:
    """Train each family, telling what happens; finished ones of a resumed run are not trained again.

    Parameters
    ----------
    study : SeriesStudy
        Families, rows, settings.

    Yields
    ------
    SeriesEvent
        The last of each family carries its row, or says why there is none, and the others go on.

    Raises
    ------
    KeyboardInterrupt
        After Ctrl-C before anything but the trivial rival was learned.
    TrainingError
        Where no family was left.
    """
    finished: set[str] = set()
    problem = None
    train, valid = study.parts["train"], study.parts["valid"]
    for family in study.families:
        yield SeriesEvent(family=family)
        if (found := _read_row(study, family)) is not None:
            finished.add(family)
            yield SeriesEvent(family=family, row=found)
            continue
        learner, began = study.learner_type(family=family, **study.params), time.perf_counter()
        try:
            for record in learner.fit_epochs(train.x, train.target, validation_data=(valid.x, valid.target)):
                yield SeriesEvent(family=family, record=record)
        except KeyboardInterrupt:
            if finished <= {study.trivial}:
                raise
            return
        except TrainingError as failure:
            problem = failure
            yield SeriesEvent(family=family, failure=str(failure))
            continue
        learner.data_ = {**learner.data_, **study.data}
        row = _keep_row(study.folder, family, learner=learner, seconds=time.perf_counter() - began)
        finished.add(family)
        yield SeriesEvent(family=family, row=row)
        if row.is_interrupted:
            return
    if problem is not None and not finished:
        raise problem


def keep_series(rows: Sequence[SeriesRow], *, has_numbers: bool) -> SeriesRow:
    """The row with the highest validation accuracy; of equals the one that is least wrong of how sure it is.

    With few validation rows several families have them all right, and the log loss tells them apart.

    Parameters
    ----------
    rows : sequence of SeriesRow
        All of the table.
    has_numbers : bool
        Of numbers it is the one with the lowest root mean square error.

    Returns
    -------
    SeriesRow
        One of them.

    Source: Tan et al. (2021), Time Series Extrinsic Regression, section 5 (numbers are ranked by RMSE).
    """
    if has_numbers:
        return min(rows, key=lambda row: (row.score("rmse").value, row.score("mae").value))
    return max(rows, key=lambda row: (row.score("accuracy").value, -row.score("log_loss").value))


def _keep_row(folder: RunFolder, family: str, *, learner: SeriesLearner, seconds: float) -> SeriesRow:
    row = SeriesRow(family=family, learner=learner, seconds=seconds, is_interrupted=learner.is_interrupted_)
    plain = {name: getattr(row, name) for name in _PLAIN}
    return replace(row, n_bytes=folder.write_family(family, learner.to_artifact(), row=plain))


def _read_row(study: SeriesStudy, family: str) -> SeriesRow | None:
    plain = study.folder.read_row(family)
    if plain is None:
        return None
    found = {name: plain[name] for name in (*_PLAIN, "n_bytes")}
    learner = study.learner_type.load(study.folder.family_folder(family))
    return SeriesRow(family=family, learner=learner, is_resumed=True, **found)
