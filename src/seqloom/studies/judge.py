"""A saved model held against labelled rows."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seqloom.errors import DataError
from seqloom.flow import Score
from seqloom.frames.table import TextTable
from seqloom.frames.wording import name_some
from seqloom.predictor import Predictor
from seqloom.scores.confusion import confusion_matrix
from seqloom.scores.metrics import classify_scores
from seqloom.scores.multilabel import multilabel_scores
from seqloom.targets import decide, encode_labels, find_hits, join_names, name_answers, read_labels

if TYPE_CHECKING:  # Polars lives in frames
    import polars as pl

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
    confusion : ndarray or None
        ``[K, K] int64``, truth down, answer across; None where texts have several labels.
    target, answer : ndarray
        ``[N]`` class indices, or ``[N, K]``, indicators of several labels.
    probability : ndarray, ``[N, K]``
        Of each class.
    """

    scores: tuple[Score, ...]
    classes: list[str]
    confusion: np.ndarray | None
    target: np.ndarray
    answer: np.ndarray
    probability: np.ndarray

    def as_json(self) -> dict[str, Any]:
        """Scores and confusion as JSON."""
        scores = [asdict(score) for score in self.scores]
        confusion = None if self.confusion is None else self.confusion.tolist()
        return {"scores": scores, "classes": self.classes, "confusion": confusion}

    def count_rows(self) -> list[int]:
        """The rows of each class, or that have each label."""
        if self.confusion is None:
            return [int(n) for n in self.target.sum(axis=0, dtype=np.int64)]
        return [int(n) for n in self.confusion.sum(axis=1)]

    def find_wrong(self) -> tuple[np.ndarray, list[str], np.ndarray]:
        """Rows got wrong, the most certain first: their numbers, the wrong labels, how sure of them.

        Of several labels, how sure of the one that is most surely wrong: given or left out.
        """
        if self.answer.ndim == 1:
            sure = self.probability.max(axis=1)
        else:
            sure_of_each = np.where(self.answer, self.probability, 1 - self.probability)
            sure = np.where(self.answer != self.target, sure_of_each, 0).max(axis=1)
        rows = np.flatnonzero(~find_hits(self.target, self.answer))
        rows = rows[np.argsort(-sure[rows], kind="stable")]
        return rows, join_names(name_answers(self.answer[rows], np.array(self.classes))), sure[rows]


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
        Where rows carry a label that the model does not know, or several where it gives one.
    """
    labels, named = _gather_labels(model, table, rows=rows)
    known = {str(name) for name in model.classes_}
    strange = named.filter(~named.is_in(sorted(known))).value_counts(sort=True)
    if len(strange):
        names = name_some([f'"{name}" ({n:,})' for name, n in strange.rows()])
        raise DataError(
            f"labels that the model does not know: {names}. It knows {name_some(sorted(known))}. Leave those rows out, "
            "rename their labels, or name the right column with --label.",
            path=table.name,
        )
    target, classes = encode_labels(labels, model.classes_), [str(name) for name in model.classes_]
    columns = None if table.columns is None else table.columns[rows]
    probability = model.predict_proba(table.texts.gather(rows), columns=columns)
    answer, confusion = decide(probability, model.threshold_), None
    if model.threshold_ is None:
        confusion = confusion_matrix(target, answer, n_classes=len(classes))
        scores = classify_scores(target, probability, classes=classes, who="test")
    else:
        scores = multilabel_scores(target, probability, threshold=model.threshold_, classes=classes, who="test")
    return Verdict(
        scores=scores,
        classes=classes,
        confusion=confusion,
        target=target,
        answer=answer,
        probability=probability,
    )


def _gather_labels(model: Predictor, table: TextTable, *, rows: np.ndarray) -> tuple[np.ndarray, pl.Series]:
    """The labels of some rows in the form that the model gives, and all of their names one behind the other."""
    if model.threshold_ is not None:
        lists = table.with_lists().labels.gather(rows)
        return read_labels(lists), lists.explode().drop_nulls()
    if table.are_several:
        raise DataError(
            "rows with lists of labels found, and the model gives one label a text. Name a column of single labels "
            "with --label, or train a model on lists.",
            path=table.name,
        )
    labels = table.labels.gather(rows)
    return labels.to_numpy(), labels
