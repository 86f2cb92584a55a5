"""Several families on the same rows, one table, and the plain truth about the net.

Validation rows choose; the test rows are looked at once, for the kept family alone.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from seqloom.errors import TrainingError
from seqloom.flow import EpochRecord, Score
from seqloom.nets.defaults import NET_DEFAULTS
from seqloom.studies.dataset import Part, choose_unlabelled
from seqloom.studies.run_folder import RunFolder
from seqloom.tasks.text_classifier import TextClassifier

__all__ = ["BASELINES", "Event", "Row", "Study", "compare_families"]

# From the simplest up: of two families that score alike, the one that stands earlier is kept.
BASELINES = ("majority", "linear")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One family's line of the table.

    Parameters
    ----------
    family : str
        Its name.
    learner : TextClassifier
        Fitted.
    scores : tuple of Score
        On validation rows.
    is_right : ndarray, ``[N] bool``
        Which validation rows it got right.
    seconds, compile_seconds : float
        All it took, and how much of it was compiling.
    n_bytes : int
        Of its model folder.
    is_resumed : bool
        Whether it was found finished.
    is_interrupted : bool
        Whether Ctrl-C ended it: the best epoch so far is what it stands with.
    divergence : str or None
        Where its loss was not a number any more, if that ended it; likewise.
    """

    family: str
    learner: TextClassifier
    scores: tuple[Score, ...]
    is_right: np.ndarray
    seconds: float
    compile_seconds: float
    n_bytes: int
    is_resumed: bool = False
    is_interrupted: bool = False
    divergence: str | None = None

    def value(self, metric: str) -> float:
        """The validation value of a metric; NaN where it is not defined."""
        return next((score.value for score in self.scores if score.metric == metric), float("nan"))


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something to tell: a family begins, an epoch is over (``record``), a family is finished (``row``) or failed."""

    family: str
    record: EpochRecord | None = None
    row: Row | None = None
    failure: str | None = None


@dataclass(frozen=True, kw_only=True)
class Study:
    """What a comparison is made of.

    Parameters
    ----------
    families : sequence of str
        In the order they are trained.
    parts : mapping of str to Part
        ``train`` and ``valid`` (and ``test``, not looked at here), and ``unlabelled`` where there is some.
    params : mapping
        Constructor arguments of the learners, ``family`` aside.
    folder : RunFolder
        Begun.
    """

    families: Sequence[str]
    parts: Mapping[str, Part]
    params: Mapping[str, Any] = field(default_factory=dict)
    folder: RunFolder

    @property
    def metric(self) -> str:
        """The score by which a family is kept: the one by which an epoch is, or accuracy where that is the loss."""
        monitor = str(self.params.get("monitor", "loss"))
        return "accuracy" if monitor == "loss" else monitor

    def count_cut(self, family: str) -> int:
        """Training texts that have more words than the family reads; 0 for one that reads all."""
        if family not in NET_DEFAULTS:
            return 0
        length = self.params.get("length") or NET_DEFAULTS[family].length
        return int((self.parts["train"].texts.lengths > length).sum())


def compare_families(study: Study) -> Iterator[Event]:
    """Train each family, telling what happens; finished ones of a resumed run are not trained again.

    Parameters
    ----------
    study : Study
        Families, rows, settings.

    Yields
    ------
    Event
        The last of each family carries its row, or says why there is none, and the others go on. After Ctrl-C the
        family under way ends with its best epoch, if it has one, and no other is begun.

    Raises
    ------
    KeyboardInterrupt
        After Ctrl-C before anything but the trivial rival was learned.
    TrainingError
        Where no family was left.
    """
    finished: set[str] = set()
    problem = None
    for family in study.families:
        yield Event(family=family)
        row = _read_finished(study, family)
        try:
            if row is None:
                row = yield from _train_family(study, family)
        except KeyboardInterrupt:
            if finished <= {"majority"}:
                raise
            return
        except TrainingError as failure:
            problem = failure
            yield Event(family=family, failure=str(failure))
            continue
        yield Event(family=family, row=row)
        finished.add(family)
        if row.is_interrupted:
            return
    if problem is not None and not finished:
        raise problem


def _train_family(study: Study, family: str) -> Generator[Event, None, Row]:
    began = time.perf_counter()
    checkpoint = study.folder.read_checkpoint(family)
    is_stopped = False
    try:
        learner = yield from _fit(study, family, checkpoint=checkpoint)
    except KeyboardInterrupt:
        # The engine keeps its best epoch by itself; here Ctrl-C fell between two epochs, or into the writing of one.
        checkpoint = study.folder.read_checkpoint(family)
        if checkpoint is None:
            raise
        learner = yield from _fit(study, family, checkpoint=({**checkpoint[0], "is_over": True}, checkpoint[1]))
        is_stopped = True
    row = Row(
        family=family,
        learner=learner,
        scores=learner.scores_,
        is_right=learner.is_right_,
        seconds=time.perf_counter() - began,
        compile_seconds=sum(record.compile_seconds for record in learner.history_),
        n_bytes=0,
        is_interrupted=learner.is_interrupted_ or is_stopped,
        divergence=getattr(learner.model_, "divergence", None),
    )
    return replace(row, n_bytes=study.folder.write_family(family, learner.to_artifact(), row=_plain_row(row)))


def _fit(study: Study, family: str, *, checkpoint: Any) -> Generator[Event, None, TextClassifier]:
    """A family fitted from the beginning or a checkpoint; where it stands is kept behind each epoch."""
    learner = TextClassifier(family=family, **study.params)
    train, valid = study.parts["train"], study.parts["valid"]
    held = (valid.texts, valid.labels)
    more = choose_unlabelled(study.parts, learner)
    options = {"validation_data": held, "unlabelled": more, "checkpoint": checkpoint}
    for record in learner.fit_epochs(train.texts, train.labels, **options):
        yield Event(family=family, record=record)
        if hasattr(learner.model_, "checkpoint"):
            settings, arrays = learner.model_.checkpoint()
            study.folder.write_checkpoint(family, settings, arrays=arrays)
    return learner


def _plain_row(row: Row) -> dict[str, Any]:
    """What of a row goes to disk beside the model."""
    return {
        "scores": [asdict(score) for score in row.scores],
        "is_right": np.packbits(row.is_right).tobytes().hex(),
        "n_valid": len(row.is_right),
        "seconds": row.seconds,
        "compile_seconds": row.compile_seconds,
        "is_interrupted": row.is_interrupted,
        "divergence": row.divergence,
    }


def _read_finished(study: Study, family: str) -> Row | None:
    plain = study.folder.read_row(family)
    if plain is None:
        return None
    bits = np.unpackbits(np.frombuffer(bytes.fromhex(plain["is_right"]), dtype=np.uint8))
    return Row(
        family=family,
        learner=TextClassifier.load(study.folder.family_folder(family)),
        scores=tuple(Score(**score) for score in plain["scores"]),
        is_right=bits[: plain["n_valid"]].astype(bool),
        seconds=plain["seconds"],
        compile_seconds=plain["compile_seconds"],
        n_bytes=plain["n_bytes"],
        is_resumed=True,
        is_interrupted=plain["is_interrupted"],
        divergence=plain["divergence"],
    )
