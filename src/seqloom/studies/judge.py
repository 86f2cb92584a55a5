"""A saved model held against labelled rows."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from seqloom.errors import DataError
from seqloom.flow import Score
from seqloom.frames.table import TextTable
from seqloom.frames.wording import name_some
from seqloom.predictor import Predictor
from seqloom.scores.confusion import confusion_matrix
from seqloom.scores.metrics import classify_scores
from seqloom.targets import encode_labels

__all__ = ["Verdict", "judge_model", "pick_rows"]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How a model did.

    Parameters
    ----------
    scores : tuple of Score
        All of them.
    classes : list of str
        K.
    confusion : ndarray, ``[K, K] int64``
        Truth down, answer across.
    target, probability : ndarray
        ``[N]`` and ``[N, K]``.
    """

    scores: tuple[Score, ...]
    classes: list[str]
    confusion: np.ndarray
    target: np.ndarray
    probability: np.ndarray

    def as_json(self) -> dict[str, Any]:
        """Scores and confusion as JSON."""
        scores = [asdict(score) for score in self.scores]
        return {"scores": scores, "classes": self.classes, "confusion": self.confusion.tolist()}

    def find_wrong(self) -> tuple[np.ndarray, list[str], np.ndarray]:
        """Rows got wrong, the most certain first: their numbers, the wrong labels, how sure of them."""
        answer = self.probability.argmax(axis=1)
        sure = self.probability.max(axis=1)
        rows = np.flatnonzero(answer != self.target)
        rows = rows[np.argsort(-sure[rows], kind="stable")]
        return rows, [self.classes[k] for k in answer[rows]], sure[rows]


def pick_rows(table: TextTable) -> tuple[np.ndarray, str]:
    """The rows to judge on, and a remark on them: the test part where the table names one, else all with a label.

    Parameters
    ----------
    table : TextTable
        With labels.

    Returns
    -------
    tuple
        Row indices ``[n] int64``, and words that go behind the count of texts.

    Raises
    ------
    DataError
        Where no row has a label.
    """
    has_label = table.labels.is_not_null().to_numpy()
    is_test = (table.frame["split"] == "test").fill_null(False).to_numpy() & has_label
    if is_test.any() and not is_test.all():
        return np.flatnonzero(is_test), f", its test part ({len(table):,} in all)"
    rows = np.flatnonzero(has_label)
    if not len(rows):
        raise DataError("no row with a label found, at least one expected.", path=table.name)
    return rows, "" if is_test.any() else "; those that the model was trained on, if any, flatter it"


def judge_model(model: Predictor, table: TextTable, *, rows: np.ndarray) -> Verdict:
    """The scores of a saved model on some rows of a table.

    Parameters
    ----------
    model : Predictor
        From ``seqloom.load``.
    table : TextTable
        With labels.
    rows : ndarray, ``[n] int64``
        From ``pick_rows``.

    Returns
    -------
    Verdict
        Scores, confusion, and what it takes to list the mistakes.

    Raises
    ------
    DataError
        Where rows carry a label that the model does not know.
    """
    labels = table.labels.gather(rows)
    known = {str(name) for name in model.classes_}
    strange = labels.filter(~labels.is_in(sorted(known))).value_counts(sort=True)
    if len(strange):
        names = name_some([f'"{name}" ({n:,})' for name, n in strange.rows()])
        raise DataError(
            f"labels that the model does not know: {names}. It knows {name_some(sorted(known))}. Leave those rows out, "
            "rename their labels, or name the right column with --label.",
            path=table.name,
        )
    target = encode_labels(labels.to_numpy(), model.classes_)
    probability = model.predict_proba(table.texts.gather(rows))
    classes = [str(name) for name in model.classes_]
    return Verdict(
        scores=classify_scores(target, probability, classes=classes, who="test"),
        classes=classes,
        confusion=confusion_matrix(target, probability.argmax(axis=1), n_classes=len(classes)),
        target=target,
        probability=probability,
    )
