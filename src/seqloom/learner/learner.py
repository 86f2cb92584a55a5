"""What every task's learner does: training a model, saving what came of it, and loading it again.

How rows come in and what the answers are, is told by those above: ``classifier`` for classes, ``tasks.forecaster`` for
values to come. A task says which families it has. ``fit`` trains one family and compares nothing: comparing is a
study's work.
"""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from seqloom.artifact import Artifact, plain_history, read_artifact, write_artifact
from seqloom.errors import ArtifactError, NotFitted, UsageError
from seqloom.estimator import AbstractEstimator
from seqloom.flow import Card, Encoded, EpochRecord, Plan, Recipe, Score
from seqloom.learner.refit import INTERRUPTED, find_obstacle, is_net, train_net_again
from seqloom.predictor import Predictor

__all__ = ["AbstractLearner", "Checkpoint"]

# Settings and arrays of a training that was interrupted, from a model's ``checkpoint()``.
Checkpoint = tuple[Mapping[str, Any], Mapping[str, np.ndarray]]


class AbstractLearner(AbstractEstimator, ABC):
    """Fitting, answering, saving and loading one family of one task.

    A task's ``__init__`` only stores its arguments under their own names, as scikit-learn asks.
    """

    task: ClassVar[str]
    encoder_: Any  # those that ``fit`` sets
    model_: Any
    scores_: tuple[Score, ...]
    data_: dict[str, Any]
    refit_obstacle_: str | None  # why a net was not trained again on all rows

    refits_nets = True  # whether ``fit`` does so at its end; off in a study, for which only those count that it keeps

    @abstractmethod
    def _candidates(self) -> Mapping[str, Recipe]:
        """The families, each with its encoding and its model."""

    @abstractmethod
    def _plan(self) -> Plan:
        """How to train, from the constructor's arguments."""

    @abstractmethod
    def _plain_params(self) -> Mapping[str, Any]:
        """The constructor's arguments for the card: JSON, without paths."""

    def _train(
        self, train: Encoded, held: Encoded, *, checkpoint: Checkpoint | None = None
    ) -> Generator[EpochRecord, bool | None, None]:
        """Fit ``model_``, giving each epoch's record, until it is through or somebody sends True."""
        self.history_: list[EpochRecord] = [] if checkpoint is None else self.model_.resume(*checkpoint)
        for record in self.model_.fit(train, held, plan=self._plan()):
            self.history_.append(record)
            if (yield record):
                break
        self.is_interrupted_ = getattr(self.model_, "is_interrupted", False)

    def _find_obstacle(self, *, n_all: int) -> str | None:
        """Why ``model_`` is not to be trained again on ``n_all`` rows, of which it has seen ``n_train``."""
        if not is_net(self.model_):
            return None
        n_train = self.data_["n_train"]
        return find_obstacle(self.model_, self.history_, n_train=n_train, n_all=n_all, plan=self._plan())

    def _train_again(self, make: Callable[[], Any], everything: Encoded, *, seconds: float) -> str | None:
        """Put a fresh model of all rows in the place of ``model_``, with what validation has chosen; or say why not.

        ``make()`` gives a fresh net; what is solved in one go makes its own, of the strength that was chosen.
        """
        if is_net(self.model_):
            model, n_epochs = make(), self.model_.best_epoch_
            plan = replace(self._plan(), refit_epochs=n_epochs, budget=None, deadline=None)
            obstacle = train_net_again(model, everything, plan=plan, seconds=seconds)
        else:
            model, obstacle = self.model_.for_refit(), None
            list(model.fit(everything, everything, plan=self._plan()))
        if obstacle is None:
            self.model_, self.data_ = model, {**self.data_, "refit_on_all": True}
        if obstacle == INTERRUPTED:
            self.is_interrupted_ = True
        return obstacle

    def _warn_diverged(self) -> None:
        """A word aloud, where the loss was not a number any more and an earlier epoch was kept."""
        if divergence := getattr(self.model_, "divergence", None):
            warnings.warn(f"training diverged {divergence}; kept epoch {self.model_.best_epoch_}.", stacklevel=3)

    def _name_classes(self) -> list[Any]:
        """What the card calls ``classes``; none where answers are numbers."""
        return []

    def _describe_answer(self) -> dict[str, Any]:
        """What the card says of how the model's output becomes an answer."""
        return {}

    def _answer_arrays(self) -> Mapping[str, np.ndarray]:
        """The arrays that go with it."""
        return {}

    def recipe(self) -> Recipe:
        """The family's encoding and model."""
        candidates, family = self._candidates(), self._name_family()
        if family not in candidates:
            raise UsageError(f"family {family!r} found, one of {', '.join(candidates)} expected.")
        return candidates[family]

    def _name_family(self) -> str:
        """The family that is trained."""
        return str(self.get_params()["family"])

    def to_artifact(self) -> Artifact:
        """What ``save`` writes."""
        self._check_fitted()
        encoding, words, encoder_arrays = self.encoder_.state()
        encoder_arrays = {**encoder_arrays, **self._answer_arrays()}
        settings, arrays = self.model_.state()
        card = Card(
            task=self.task,
            family=self._name_family(),
            params=self._plain_params(),
            classes=self._name_classes(),
            encoding=encoding,
            model=settings | self._describe_answer(),
            scores=self.scores_,
            data=self.data_,
        )
        forward = self.model_.export() if hasattr(self.model_, "export") else None
        history = plain_history(self.history_)
        return Artifact(card=card, words=words, encoder=encoder_arrays, model=arrays, forward=forward, history=history)

    def save(self, folder: str | Path, *, overwrite: bool = False) -> None:
        """Write a model folder: whole, or not at all.

        Parameters
        ----------
        folder : str or Path
            Where; it must not exist, unless ``overwrite``.
        overwrite : bool
            Whether a model folder that stands there is replaced.
        """
        write_artifact(Path(folder), self.to_artifact(), overwrite=overwrite)

    def to_predictor(self) -> Predictor:
        """What ``seqloom.load`` would give of this model, without the folder."""
        return Predictor(self.to_artifact())

    def _check_fitted(self) -> None:
        if not hasattr(self, "encoder_"):
            raise NotFitted(f"this {type(self).__name__} is not fitted yet. Call fit first.")

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
