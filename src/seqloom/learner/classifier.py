"""What every learner of classes does: answer, score, load, by scikit-learn's conventions."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import Any, Self

import numpy as np

from seqloom.artifact import Artifact, read_artifact
from seqloom.errors import ArtifactError
from seqloom.flow import Rows, Score
from seqloom.learner.learner import AbstractLearner
from seqloom.scores.temperature import apply_temperature
from seqloom.targets import decide, encode_labels, find_hits, name_answers

__all__ = ["AbstractClassifier"]


class AbstractClassifier(AbstractLearner):
    """A learner whose answers are classes."""

    _estimator_type = "classifier"

    def predict_proba(self, x: Any, *, columns: Any = None) -> np.ndarray:
        """Probabilities, ``[N, K] float32``, in the order of ``classes_``; by ``temperature_``.

        Of several labels at once each stands by itself, and rows do not sum to 1. A model of texts with columns beside
        them takes these ``columns`` by name, as ``fit`` did; others in the frame are passed over.
        """
        self._check_fitted()
        read = self._read(x, columns)
        empty = Rows(x=read, target=np.zeros(len(read), dtype=np.int32))
        probability: np.ndarray = self.model_.predict(self._encode(self.encoder_, empty).inputs)
        return apply_temperature(probability, self.temperature_)

    def predict(self, x: Any, *, columns: Any = None) -> Any:
        """The most probable class of each row, ``[N]``; ``columns`` as for ``predict_proba``.

        Of several labels at once those that reach their threshold (``threshold_``): a list of lists, or an indicator
        ``[N, K]`` where one was given to ``fit``.
        """
        answer = decide(self.predict_proba(x, columns=columns), self.threshold_)
        return name_answers(answer, self.classes_, is_indicator=self.is_indicator_)

    def score(self, x: Any, y: Any, *, sample_weight: Any = None, columns: Any = None) -> float:
        """The share of rows whose class is predicted (accuracy), weighted by ``sample_weight`` where given.

        Of several labels at once, all of a row's labels count as one (subset accuracy), as in scikit-learn. ``columns``
        as for ``predict_proba``.
        """
        answer = decide(self.predict_proba(x, columns=columns), self.threshold_)
        hit = find_hits(encode_labels(y, self.classes_, like=answer), answer)
        return float(np.average(hit, weights=sample_weight))

    def evaluate(self, x: Any, y: Any, *, who: str = "test", columns: Any = None) -> tuple[Score, ...]:
        """All scores on some rows, with their ``columns`` if any; ``who`` is the part's name in them."""
        probability = self.predict_proba(x, columns=columns)
        target = encode_labels(y, self.classes_, like=decide(probability, self.threshold_))
        return self._metrics(target, probability, who=who)

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn wants to know; built here so that only scikit-learn's users import it."""
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=True),
            classifier_tags=ClassifierTags(multi_label=True),
            input_tags=InputTags(string=True, two_d_array=False),
        )

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """The learner of a model folder, fitted: it answers as the saved one did.

        Parameters
        ----------
        folder : str or Path
            What ``save`` wrote. ``seqloom.load`` gives a lighter object that only answers.
        """
        artifact = read_artifact(Path(folder))
        params = {name: tuple(v) if isinstance(v, list) else v for name, v in artifact.card.params.items()}  # JSON
        try:
            learner = cls(**params)
        except TypeError as problem:
            raise ArtifactError(f"{folder}: params in card.json do not fit: {problem}. A newer version?") from problem
        learner._restore(artifact)
        return learner

    @abstractmethod
    def _restore(self, artifact: Artifact) -> None:
        """Take encoder and model from an artifact."""
