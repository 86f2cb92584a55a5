"""Several families tell the classes of the same series: one table, the best on validation kept, tested once, saved."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from seqloom.artifact import plain_history
from seqloom.errors import DataError, TrainingError
from seqloom.flow import EpochRecord, Rows, Score
from seqloom.frames.series_table import SeriesTable
from seqloom.frames.split import hold_out
from seqloom.json_files import write_json
from seqloom.series.collection import as_collection
from seqloom.studies.finish import describe_machine
from seqloom.studies.run_folder import RunFolder
from seqloom.tasks.series_classifier import SeriesClassifier

__all__ = ["SeriesEvent", "SeriesRow", "SeriesStudy", "compare_series", "finish_series", "keep_series", "split_series"]

# What of a row is written as it is.
_PLAIN = ("seconds", "is_interrupted")

# Shares of all rows, where nothing else says which they are.
_TEST_SHARE, _VALIDATION_SHARE = 0.2, 0.2


@dataclass(frozen=True, kw_only=True)
class SeriesStudy:
    """What a comparison of classifiers of series is made of.

    Parameters
    ----------
    families : sequence of str
        In the order they are trained, the simplest first.
    parts : mapping of str to Rows
        ``train``, ``valid`` and ``test``; targets are labels. The last is not looked at before the end.
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
    learner: SeriesClassifier
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
    """The parts of a table: as its split says, else drawn by class and ``seed``; equal series stay together."""
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
    kept, held = hold_out(part.x.group_rows(), part.target, fraction=fraction, seed=seed)
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
        if (found := _read_row(study.folder, family)) is not None:
            finished.add(family)
            yield SeriesEvent(family=family, row=found)
            continue
        learner, began = SeriesClassifier(family=family, **study.params), time.perf_counter()
        try:
            for record in learner.fit_epochs(train.x, train.target, validation_data=(valid.x, valid.target)):
                yield SeriesEvent(family=family, record=record)
        except KeyboardInterrupt:
            if finished <= {"majority"}:
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


def keep_series(rows: Sequence[SeriesRow]) -> SeriesRow:
    """The row with the highest validation accuracy; of equals the one that is least wrong of how sure it is.

    With few validation rows several families have them all right, and the log loss tells them apart.
    """
    return max(rows, key=lambda row: (row.score("accuracy").value, -row.score("log_loss").value))


def finish_series(
    study: SeriesStudy, rows: Sequence[SeriesRow], *, failures: Mapping[str, str], kept: SeriesRow, seconds: float
) -> tuple[tuple[Score, ...], dict[str, Any]]:
    """Test the kept family once, and give the run folder its last files and its name.

    Parameters
    ----------
    study : SeriesStudy
        Its folder holds the finished families.
    rows : sequence of SeriesRow
        All of the table.
    failures : mapping of str to str
        Why families of the study have no row.
    kept : SeriesRow
        One of them.
    seconds : float
        Of the run so far, for ``run.json``.

    Returns
    -------
    tuple
        Scores on the test part, and what ``metrics.json`` holds.
    """
    test, learner = study.parts["test"], kept.learner
    scores = learner.evaluate(test.x, test.target)
    learner.scores_ = (*learner.scores_, *scores)
    learner.data_ = {**learner.data_, "n_test": len(test.target)}
    metrics = {
        "kept": kept.family,
        "test": [asdict(score) for score in scores],
        "classes": learner.classes_.tolist(),
        "rows": [_tabulate(row, kept) for row in rows],
        "failed": dict(failures),
        "n_rows": {name: len(part.target) for name, part in study.parts.items()},
    }
    run = {"seconds": round(seconds, 3), "families": {row.family: round(row.seconds, 3) for row in rows}}
    write_json(study.folder.partial / "metrics.json", metrics)
    write_json(study.folder.partial / "run.json", {**describe_machine(), **run})
    study.folder.finish(kept.family, learner.to_artifact())
    return scores, {**metrics, "folder": str(study.folder.folder)}


def _tabulate(row: SeriesRow, kept: SeriesRow) -> dict[str, Any]:
    return {
        "family": row.family,
        "remark": "kept" if row is kept else f"log loss {row.score('log_loss').value:.3f}",
        "n_bytes": row.n_bytes,
        "is_interrupted": row.is_interrupted,
        "scores": [asdict(score) for score in row.learner.scores_ if score.who == "validation"],
        "history": plain_history(row.learner.history_),
    }


def _keep_row(folder: RunFolder, family: str, *, learner: SeriesClassifier, seconds: float) -> SeriesRow:
    row = SeriesRow(family=family, learner=learner, seconds=seconds, is_interrupted=learner.is_interrupted_)
    plain = {name: getattr(row, name) for name in _PLAIN}
    return replace(row, n_bytes=folder.write_family(family, learner.to_artifact(), row=plain))


def _read_row(folder: RunFolder, family: str) -> SeriesRow | None:
    plain = folder.read_row(family)
    if plain is None:
        return None
    found = {name: plain[name] for name in (*_PLAIN, "n_bytes")}
    learner = SeriesClassifier.load(folder.family_folder(family))
    return SeriesRow(family=family, learner=learner, is_resumed=True, **found)
