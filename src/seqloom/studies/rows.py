"""What a comparison is made of, what it tells, and the lines of its table, on disk too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from seqloom.flow import EpochRecord, Score
from seqloom.studies.dataset import Part, join_parts
from seqloom.studies.ensemble import Ensemble
from seqloom.studies.run_folder import RunFolder
from seqloom.tasks.text_classifier import TextClassifier
from seqloom.text.beside import split_encoder
from seqloom.text.pad import Cut

__all__ = ["Event", "Row", "Study", "read_row", "write_row"]

# What of a row is written as it is; arrays and the learner have files of their own.
_PLAIN = (
    *("seconds", "compile_seconds", "is_interrupted", "is_cut", "divergence"),
    *("n_parameters", "texts_per_second", "folds"),
)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One family's line of the table.

    Parameters
    ----------
    family : str
        Its name.
    learner : TextClassifier or Ensemble
        Fitted.
    scores : tuple of Score
        On rows that it was not trained on: validation, or every row by a model of the other folds.
    is_right : ndarray, ``[N] bool``
        Which of these rows it got right.
    probability : ndarray, ``[N, K] float32``
        What it answered for them, not calibrated.
    seconds, compile_seconds : float
        All it took, and how much of it was compiling.
    n_bytes : int
        Of its model folder.
    n_parameters : int
        Numbers that were learned.
    texts_per_second : float
        How fast it answers tokenised texts; 0 where that was not measured.
    folds : tuple of float
        The accuracy of each fold; empty without folds.
    is_resumed : bool
        Whether it was found finished.
    is_interrupted : bool
        Whether Ctrl-C ended it: the best epoch so far is what it stands with.
    divergence : str or None
        Where its loss was not a number any more, if that ended it; likewise.
    is_cut : bool
        Whether the time ran out before it stopped by itself.
    """

    family: str
    learner: TextClassifier | Ensemble
    scores: tuple[Score, ...]
    is_right: np.ndarray
    probability: np.ndarray
    seconds: float
    compile_seconds: float
    n_bytes: int = 0
    n_parameters: int = 0
    texts_per_second: float = 0.0
    folds: tuple[float, ...] = ()
    is_resumed: bool = False
    is_interrupted: bool = False
    divergence: str | None = None
    is_cut: bool = False

    def value(self, metric: str) -> float:
        """The validation value of a metric; NaN where it is not defined."""
        return next((score.value for score in self.scores if score.metric == metric), float("nan"))


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something to tell of a family: it begins, an epoch is over (``record``), it is finished (``row``), or failed."""

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
    n_folds : int
        0: validation rows are answered. Two or more: all rows of training and validation, by cross-validation.
    is_calibrated : bool
        Whether each model gets a temperature, fitted on validation rows.
    is_timed : bool
        Whether it is measured how fast each model answers.
    """

    families: Sequence[str]
    parts: Mapping[str, Part]
    params: Mapping[str, Any] = field(default_factory=dict)
    folder: RunFolder
    n_folds: int = 0
    is_calibrated: bool = False
    is_timed: bool = False

    @property
    def asked(self) -> np.ndarray:
        """The labels of the rows that families are compared on, ``[N]``."""
        return join_parts(self.parts).labels if self.n_folds else self.parts["valid"].labels

    @property
    def are_several(self) -> bool:
        """Whether a text can have several labels, or none."""
        return self.parts["train"].are_several

    @property
    def metric(self) -> str:
        """The score by which a family is kept: the one by which an epoch is, or accuracy where that is the loss.

        Of several labels at once micro F1: with many labels hardly a text has all of them right.
        """
        monitor = str(self.params.get("monitor", "loss"))
        if monitor == "loss":
            return "micro_f1" if self.are_several else "accuracy"
        return monitor

    def count_cut(self, row: Row) -> Cut | None:
        """What the model of a ``row`` leaves unread of training texts that are too long; None where it reads all."""
        # an ensemble's members have theirs
        encoder: Any = split_encoder(row.learner.encoder_)[0] if hasattr(row.learner, "encoder_") else None
        if row.family == "majority" or not hasattr(encoder, "count_cut"):
            return None
        cut: Cut = encoder.count_cut(self.parts["train"].texts)
        return cut if cut.n_texts else None


def write_row(folder: RunFolder, row: Row) -> int:
    """Keep a finished ``row`` with its model in the ``folder`` of a run; gives the size of the model in bytes."""
    plain = {name: getattr(row, name) for name in _PLAIN} | {"scores": [asdict(score) for score in row.scores]}
    answers = {"probability": row.probability, "is_right": row.is_right}
    return folder.write_family(row.family, row.learner.to_artifact(), row=plain, answers=answers)


def read_row(folder: RunFolder, family: str) -> Row | None:
    """The row of a ``family`` that ``write_row`` kept in ``folder``; None where it was not finished."""
    plain = folder.read_row(family)
    if plain is None:
        return None
    answers = folder.read_answers(family)
    found: dict[str, Any] = {name: plain[name] for name in _PLAIN}
    return Row(
        family=family,
        learner=TextClassifier.load(folder.family_folder(family)),
        scores=tuple(Score(**score) for score in plain["scores"]),
        is_right=answers["is_right"],
        probability=answers["probability"],
        n_bytes=plain["n_bytes"],
        is_resumed=True,
        **{**found, "folds": tuple(plain["folds"])},
    )
