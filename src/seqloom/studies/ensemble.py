"""Several fitted models as one: it answers with the weighted mean of their probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from seqloom.artifact import Artifact
from seqloom.flow import Card, EpochRecord, Score
from seqloom.scores.blend import blend
from seqloom.scores.temperature import apply_temperature
from seqloom.tasks.families import ENSEMBLE
from seqloom.tasks.text_classifier import TextClassifier

__all__ = ["Ensemble"]


class Ensemble:
    """Fitted models of one task that answer together; it looks like one of them to whoever scores and saves it.

    Parameters
    ----------
    members : mapping of str to TextClassifier
        By family, the simplest first; fitted, of the same classes.
    weights : mapping of str to float
        Of the same families, each above 0, 1 in all.

    Attributes
    ----------
    temperature_ : float
        As of a learner: its members have theirs, and the mean has its own.
    scores_ : tuple of Score
        Set by whoever measures it.
    data_ : dict
        As of its first member.
    """

    def __init__(self, members: Mapping[str, TextClassifier], weights: Mapping[str, float]) -> None:
        self.members, self.weights = dict(members), dict(weights)
        first = next(iter(self.members.values()))
        self.classes_: np.ndarray = first.classes_
        self.data_: dict[str, Any] = dict(first.data_)
        self.temperature_ = 1.0
        self.scores_: tuple[Score, ...] = ()
        self.history_: list[EpochRecord] = []

    def predict_proba(self, x: Any) -> np.ndarray:
        """Probabilities, ``[N, K] float32``, columns in the order of ``classes_``."""
        answers = [self.members[name].predict_proba(x) for name in self.weights]
        return apply_temperature(blend(answers, list(self.weights.values())), self.temperature_)

    def _metrics(self, target: np.ndarray, probability: np.ndarray, *, who: str) -> tuple[Score, ...]:
        """The task's scores of some answers."""
        return next(iter(self.members.values()))._metrics(target, probability, who=who)

    def to_artifact(self) -> Artifact:
        """What a model folder of it holds: the members whole, in folders of their own."""
        model = {"kind": ENSEMBLE, "n_classes": len(self.classes_), "weights": self.weights}
        card = Card(
            task=TextClassifier.task,
            family=ENSEMBLE,
            params={},
            classes=self.classes_.tolist(),
            encoding={"kind": "members"},
            model=model if self.temperature_ == 1.0 else {**model, "temperature": self.temperature_},
            scores=self.scores_,
            data=self.data_,
        )
        members = {name: member.to_artifact() for name, member in self.members.items()}
        return Artifact(card=card, words=[], encoder={}, model={}, members=members)
