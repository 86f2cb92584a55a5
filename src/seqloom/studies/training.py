"""One family under way: trained an epoch at a time, when whoever holds it says so, and kept on disk behind each."""

from __future__ import annotations

import contextlib
import inspect
import math
import time
from collections.abc import Generator
from dataclasses import replace
from typing import Any

import numpy as np

from seqloom.errors import TrainingError
from seqloom.flow import Arrays, EpochRecord
from seqloom.scores.calibration import fit_temperature
from seqloom.studies.dataset import Part, choose_unlabelled
from seqloom.studies.refit import expect_seconds
from seqloom.studies.rows import Row, Study, read_row, write_row
from seqloom.targets import encode_labels
from seqloom.tasks.families import REFIT_NETS
from seqloom.tasks.text_classifier import TextClassifier

__all__ = ["Training", "complete_row", "time_answers"]

# Texts answered to measure a speed: a second of the slowest family's time, and enough for a steady figure.
_TIMED_TEXTS = 2_000


class Training:
    """The training of one family of a study, which can be paused behind any epoch.

    Parameters
    ----------
    study : Study
        Families, rows, settings.
    family : str
        One of them.
    """

    def __init__(self, study: Study, family: str) -> None:
        self.study, self.family = study, family
        self.row: Row | None = read_row(study.folder, family)
        self.problem: TrainingError | None = None  # why there will be no row
        self.epoch_seconds = 0.0  # of the last one, with its validation, without compiling
        self.answer_seconds = 0.0  # of them, for answering validation rows and keeping the epoch
        self._seconds = 0.0
        self._deadline = math.inf  # of the turn, by time.perf_counter
        self._learner: TextClassifier | None = None
        self._epochs: Generator[EpochRecord, bool | None, None] | None = None

    @property
    def is_over(self) -> bool:
        """Whether it is finished, or failed."""
        return self.row is not None or self.problem is not None

    @property
    def n_epochs(self) -> int:
        """Epochs behind it."""
        return len(getattr(self._learner, "history_", ()))

    @property
    def accuracy(self) -> float:
        """On validation rows, with the best epoch so far, or what stands for it; 0 before the first."""
        metric = "micro_f1" if self.study.are_several else "accuracy"
        if self.row is not None:
            return self.row.value(metric)
        best = [record.valid[metric] for record in getattr(self._learner, "history_", ()) if record.is_best]
        return best[-1] if best else 0.0

    @property
    def refit_seconds(self) -> float:
        """What training it once more on all rows would take, with the best epoch so far; 0 where that is not done."""
        of = self._learner if self.row is None else self.row.learner
        spent = self._seconds if self.row is None else self.row.seconds
        history = getattr(of, "history_", ())
        return expect_seconds(self.study, history, spent=spent) if self.family in REFIT_NETS and history else 0.0

    @property
    def closing_seconds(self) -> float:
        """What its end will take, but for saving: validation rows are answered, and its speed is taken; 0 behind it."""
        n_valid = len(self.study.parts["valid"])
        n_timed = 2 * min(n_valid, _TIMED_TEXTS) if self.study.is_timed else 0
        return 0.0 if self.is_over else self.answer_seconds * (1 + n_timed / n_valid)

    def advance(self, *, seconds: float = math.inf) -> EpochRecord | None:
        """Train for an epoch; None where there was none left, and ``row`` is what it came to.

        Parameters
        ----------
        seconds : float
            After so many the epoch is cut short, behind a block of steps.

        Returns
        -------
        EpochRecord or None
            What the epoch brought.

        Raises
        ------
        TrainingError
            Where it cannot go on; also kept as ``problem``.
        KeyboardInterrupt
            After Ctrl-C. ``rescue`` gives what there is by then.
        """
        began = time.perf_counter()
        self._deadline = began + seconds
        if self._epochs is None:
            self._begin(self.study.folder.read_checkpoint(self.family))
        try:
            record = next(self._epochs)  # type: ignore[arg-type]  # begun by now
        except StopIteration:
            record = None
        except TrainingError as problem:
            self.problem = problem
            raise
        else:
            self._keep()
        spent = time.perf_counter() - began
        self._seconds += spent
        if record is None:
            self._finish()
        else:
            self._learn_costs(record, spent=spent)
        return record

    def finish(self, *, is_interrupted: bool = False) -> Row:
        """What it comes to with the best epoch so far, as there is no time for more, or Ctrl-C says so."""
        if self.row is None:
            began = time.perf_counter()
            with contextlib.suppress(StopIteration):
                self._epochs.send(True)  # type: ignore[union-attr]  # begun, or there would be no epoch
            self._seconds += time.perf_counter() - began
            self._finish(is_cut=not is_interrupted, is_interrupted=is_interrupted)
        return self.row  # type: ignore[return-value]  # finished by now

    def rescue(self) -> Row | None:
        """What it comes to with the best epoch behind it, after Ctrl-C broke whatever it was at; None without one."""
        if self.is_over:
            return self.row
        is_alive = self._epochs is not None and inspect.getgeneratorstate(self._epochs) == inspect.GEN_SUSPENDED
        if is_alive and self.n_epochs:
            return self.finish(is_interrupted=True)
        checkpoint = self.study.folder.read_checkpoint(self.family)
        if checkpoint is None:
            return None
        # Ctrl-C fell into the training itself, which is gone: what is on disk is taken up, and comes to its end
        self._begin(({**checkpoint[0], "is_over": True}, checkpoint[1]))
        began = time.perf_counter()
        for _ in self._epochs:  # type: ignore[union-attr]  # begun
            pass
        self._seconds += time.perf_counter() - began
        self._finish(is_interrupted=True)
        return self.row

    def _begin(self, checkpoint: tuple[dict[str, Any], Arrays] | None) -> None:
        self._learner = learner = TextClassifier(family=self.family, **self.study.params)
        learner.refits_nets = False  # those that are kept are, at the end: see ``refit``
        has_budget = self.study.params.get("budget") is not None
        learner.deadline = None if has_budget else lambda: self._deadline
        train, valid = self.study.parts["train"], self.study.parts["valid"]
        self._epochs = learner.fit_epochs(
            train.texts,
            train.labels,
            validation_data=(valid.texts, valid.labels),
            unlabelled=choose_unlabelled(self.study.parts, learner),
            checkpoint=checkpoint,
        )

    def _learn_costs(self, record: EpochRecord, *, spent: float) -> None:
        """What another epoch will take; around the first one texts are encoded and programs built, so it is guessed."""
        self.answer_seconds = spent - record.compile_seconds - record.seconds
        if self.n_epochs == 1:  # a step forth takes no longer than one forth and back
            parts = self.study.parts
            self.answer_seconds = min(self.answer_seconds, record.seconds * len(parts["valid"]) / len(parts["train"]))
        self.epoch_seconds = record.seconds + self.answer_seconds

    def _keep(self) -> None:
        """Where it stands, on disk."""
        model = self._learner.model_  # type: ignore[union-attr]  # begun
        if hasattr(model, "checkpoint"):
            settings, arrays = model.checkpoint()
            self.study.folder.write_checkpoint(self.family, settings, arrays=arrays)

    def _finish(self, *, is_cut: bool = False, is_interrupted: bool = False) -> None:
        """The row, and the model on disk; what was only needed for training is let go."""
        learner = self._learner
        if learner is None:
            raise RuntimeError("a training was finished that had not begun")
        self._epochs = self._learner = None
        row = Row(
            family=self.family,
            learner=learner,
            scores=learner.scores_,
            is_right=learner.is_right_,
            probability=learner.valid_probability_,
            seconds=self._seconds,
            compile_seconds=sum(record.compile_seconds for record in learner.history_),
            is_interrupted=learner.is_interrupted_ or is_interrupted,
            divergence=getattr(learner.model_, "divergence", None),
            is_cut=is_cut,
        )
        self.row = complete_row(self.study, row)


def complete_row(study: Study, row: Row) -> Row:
    """The row with what is measured on a fitted model, once it is on disk.

    Parameters
    ----------
    study : Study
        What is to be measured.
    row : Row
        Of a model that was fitted just now.

    Returns
    -------
    Row
        With parameters, bytes and speed; its learner has a temperature.
    """
    learner: Any = row.learner
    if study.is_calibrated and not study.are_several:
        learner.temperature_ = fit_temperature(encode_labels(study.asked, learner.classes_), row.probability)
    speed = time_answers(learner, study.parts["valid"]) if study.is_timed else 0.0
    arrays = (*learner.model_.state()[1].values(), *learner.encoder_.state()[2].values())
    n_parameters = sum(array.size for array in arrays if array.dtype.kind == "f")  # n-gram keys are whole numbers
    row = replace(row, texts_per_second=speed, n_parameters=n_parameters)
    return replace(row, n_bytes=write_row(study.folder, row))


def time_answers(learner: Any, part: Part) -> float:
    """Texts of a ``part``, tokenised, that a ``learner`` answers in a second; whatever compiles has done so before."""
    texts = part.texts.take(np.arange(min(len(part), _TIMED_TEXTS)))
    learner.predict_proba(texts)
    began = time.perf_counter()
    learner.predict_proba(texts)
    return len(texts) / (time.perf_counter() - began)
