"""Cross-validation: every labelled row is answered once, by a model that was trained on the other folds."""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np

from seqloom.errors import DataError, UsageError
from seqloom.frames.split import deal_folds
from seqloom.studies.dataset import Part, choose_unlabelled, join_parts
from seqloom.studies.rows import Row, Study, read_row
from seqloom.studies.training import complete_row
from seqloom.targets import encode_labels
from seqloom.tasks.text_classifier import TextClassifier

__all__ = ["check_folds", "cross_validate"]


def check_folds(parts: Mapping[str, Part], n_folds: int) -> None:
    """Nothing, if every class has different texts, or groups of them, for every fold.

    Parameters
    ----------
    parts : mapping of str to Part
        With ``train`` and ``valid``.
    n_folds : int
        As asked for.

    Raises
    ------
    UsageError
        For fewer than two folds, or texts with several labels.
    DataError
        Naming the class that has too few texts.
    """
    if parts["train"].are_several:
        raise UsageError(
            "--folds with several labels a text found: a rare one would stand in one fold alone, and be unknown to the "
            "model that is asked for it. Leave --folds out: a fifth is held out once, and training has every label."
        )
    if n_folds < 2:
        raise UsageError(f"--folds {n_folds} found, 2 or more expected; leave it out to choose on validation rows.")
    part = join_parts(parts)
    groups, noun = part.texts.group_rows(), "different text" if part.texts.groups is None else "group"
    for name in np.unique(part.labels):
        n = len(np.unique(groups[part.labels == name]))
        if n < n_folds:
            raise DataError(
                f'--folds {n_folds}: the class "{name}" has {n:,} {noun}{"s" * (n != 1)} to learn from, one '
                "for each fold at least expected. Give fewer folds, or add texts of that class."
            )


def cross_validate(study: Study, family: str, *, budget: float | None = None) -> Row:
    """A family's answers to all rows of training and validation, and its model of all of them.

    Parameters
    ----------
    study : Study
        Rows, settings, and in how many folds: stratified, rows of one text in one fold.
    family : str
        One of its families.
    budget : float or None
        Seconds of training for all of it: each fit of a net gets an equal share.

    Returns
    -------
    Row
        Scores of all rows together, with the interval of so many rows; the accuracy of each fold beside them. A fit
        holds its own validation rows out of the rows it is given, for what it has to choose.
    """
    if (found := read_row(study.folder, family)) is not None:
        return found
    began = time.perf_counter()
    part, n_folds = join_parts(study.parts), study.n_folds
    fold = deal_folds(part.texts.group_rows(), part.labels, n_folds=n_folds, seed=study.params.get("random_state") or 0)
    checkpoint = study.folder.read_checkpoint(family)
    answers = {} if checkpoint is None else checkpoint[1]
    share = None if budget is None else budget / (n_folds + 1)
    for k in range(n_folds):
        if str(k) not in answers:
            learner = _fit(study, family, part=part, rows=np.flatnonzero(fold != k), budget=share)
            answers[str(k)] = learner.predict_proba(part.texts.take(np.flatnonzero(fold == k)))
            study.folder.write_checkpoint(family, {"n_folds": n_folds}, arrays=answers)
    learner = _fit(study, family, part=part, rows=np.arange(len(part)), budget=share)
    probability = np.empty((len(part), len(learner.classes_)), dtype=np.float32)
    for k in range(n_folds):
        probability[fold == k] = answers[str(k)]
    target = encode_labels(part.labels, learner.classes_)
    is_right = probability.argmax(axis=1) == target
    learner.scores_ = learner._metrics(target, probability, who="validation")
    row = Row(
        family=family,
        learner=learner,
        scores=learner.scores_,
        is_right=is_right,
        probability=probability,
        seconds=time.perf_counter() - began,
        compile_seconds=sum(record.compile_seconds for record in learner.history_),
        folds=tuple(float(is_right[fold == k].mean()) for k in range(n_folds)),
    )
    return complete_row(study, row)


def _fit(study: Study, family: str, *, part: Part, rows: np.ndarray, budget: float | None) -> TextClassifier:
    """The family fitted on some rows; Ctrl-C means the whole of it, as half a net says nothing of the family."""
    params = study.params if budget is None else {**study.params, "budget": budget}
    learner = TextClassifier(family=family, **params)
    learner.fit(part.texts.take(rows), part.labels[rows], unlabelled=choose_unlabelled(study.parts, learner))
    if learner.is_interrupted_:
        raise KeyboardInterrupt
    return learner.set_params(budget=study.params.get("budget"))
