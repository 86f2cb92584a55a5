"""What every task's learner does: fitting, and saving what came of it.

A task says which families it has and how rows become arrays (``_candidates``, ``_encode``, ``_decode``, ``_metrics``);
everything else is here. ``fit`` trains one family and compares nothing: comparing is a study's work.
"""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from seqloom.artifact import Artifact, plain_history, write_artifact
from seqloom.errors import DataError, NotFitted, UsageError
from seqloom.estimator import AbstractEstimator
from seqloom.flow import Card, Encoded, EpochRecord, Plan, Recipe, Rows, Score
from seqloom.frames.split import hold_out
from seqloom.predictor import Predictor
from seqloom.scores.multilabel import choose_threshold
from seqloom.targets import (
    check_lengths,
    decide,
    encode_labels,
    find_classes,
    find_hits,
    read_labels,
    weigh_rows,
)

__all__ = ["AbstractLearner"]


class AbstractLearner(AbstractEstimator, ABC):
    """Fitting, answering, saving and loading one family of one task.

    A task's ``__init__`` only stores its arguments under their own names, as scikit-learn asks.
    """

    task: ClassVar[str]

    @abstractmethod
    def _candidates(self) -> Mapping[str, Recipe]:
        """The families, each with its encoding and its model."""

    @abstractmethod
    def _read(self, x: Any, columns: Any = None) -> Any:
        """User's rows as the encoders take them, with what ``Texts`` can do: ``take``, ``join``, ``group_rows`` ...

        ``columns`` of a table stay beside them wherever they go.
        """

    @abstractmethod
    def _encode(self, encoding: Any, rows: Rows) -> Encoded:
        """Rows as the family's model takes them."""

    @abstractmethod
    def _metrics(self, target: np.ndarray, probability: np.ndarray, *, who: str) -> tuple[Score, ...]:
        """The task's scores."""

    @abstractmethod
    def _plan(self) -> Plan:
        """How to train, from the constructor's arguments."""

    @abstractmethod
    def _plain_params(self) -> Mapping[str, Any]:
        """The constructor's arguments for the card: JSON, without paths."""

    def fit(
        self,
        x: Any,
        y: Any,
        *,
        sample_weight: Any = None,
        validation_data: Any = None,
        unlabelled: Any = None,
        groups: Any = None,
        columns: Any = None,
    ) -> Self:
        """Train one family.

        Parameters
        ----------
        x : sequence of str
            ``[N]`` texts.
        y : array-like
            ``[N]`` labels; of several at once a list for each row, which may be empty, or an indicator ``[N, K]`` of 0
            and 1.
        sample_weight : array-like, optional
            ``[N]`` weights of the rows.
        validation_data : tuple, optional
            Texts and labels to choose on, and their columns behind them where ``columns`` are given; by default a part
            of ``x``, shuffled, stratified, without duplicates across.
        unlabelled : sequence of str, optional
            More texts, for a family that learns from texts alone (``lsa``); those held out are left out of them.
        groups : sequence, optional
            ``[N]`` names (papers, persons): rows of one name stay together when validation rows are held out.
        columns : DataFrame or mapping of str to sequence, optional
            ``[N]`` rows of numbers and categories that stand beside the texts (see ``text.column_encoder``). Whoever
            asks the model gives them too, by name.

        Returns
        -------
        self
            Fitted: ``classes_``, ``model_``, ``encoder_``, ``history_``, and of the validation rows ``scores_``,
            ``valid_probability_`` and ``is_right_`` (which of them it got right). ``threshold_`` is the probability
            from which each of several labels is given; None where each row has one class.
        """
        x = self._read(x, columns)
        x = x if groups is None else x.keep_together(groups)
        data = {"sample_weight": sample_weight, "validation_data": validation_data, "unlabelled": unlabelled}
        list(self.fit_epochs(x, y, **data))
        if divergence := getattr(self.model_, "divergence", None):
            warnings.warn(f"training diverged {divergence}; kept epoch {self.model_.best_epoch_}.", stacklevel=2)
        return self

    def fit_epochs(
        self,
        x: Any,
        y: Any,
        *,
        sample_weight: Any = None,
        validation_data: Any = None,
        unlabelled: Any = None,
        checkpoint: tuple[Mapping[str, Any], Mapping[str, np.ndarray]] | None = None,
    ) -> Generator[EpochRecord, bool | None, None]:
        """Train one family as ``fit`` does, giving each epoch's record as it comes; fitted once it is exhausted.

        ``send(True)`` in place of ``next`` ends the training there, with the best epoch so far.

        Parameters
        ----------
        x, y, sample_weight, validation_data, unlabelled
            As for ``fit``.
        checkpoint : tuple, optional
            Settings and arrays of an earlier, interrupted run of the same fit, from ``model_.checkpoint()``.

        Yields
        ------
        EpochRecord
            One for each epoch; none for a model that has no epochs.
        """
        recipe, self.temperature_ = self.recipe(), 1.0
        vars(self).pop("encoder_", None)  # not fitted until this fit is through: half an old model would answer wrongly
        everything, train, valid = self._split(x, y, sample_weight=sample_weight, validation_data=validation_data)
        more = None if unlabelled is None else self._read_more(unlabelled, held=valid)
        encoder = recipe.encoding.fit(train.x, more)
        self.model_ = recipe.model(encoder, len(self.classes_))
        held = self._encode(encoder, valid)
        self.history_: list[EpochRecord] = [] if checkpoint is None else self.model_.resume(*checkpoint)
        for record in self.model_.fit(self._encode(encoder, train), held, plan=self._plan()):
            self.history_.append(record)
            if (yield record):
                break
        self.valid_probability_ = probability = self.model_.predict(held.inputs)
        self.threshold_ = choose_threshold(valid.target, probability) if valid.target.ndim == 2 else None
        self.scores_ = self._metrics(valid.target, probability, who="validation")
        self.is_right_ = find_hits(valid.target, decide(probability, self.threshold_))
        self.is_interrupted_ = getattr(self.model_, "is_interrupted", False)
        self.encoder_ = encoder
        if recipe.refit:
            self._refit(everything, keep_encoder=more is not None)
        n = {"n_train": len(train.target), "n_validation": len(valid.target), "n_unlabelled": len(more or ())}
        self.data_: dict[str, Any] = {**n, "refit_on_all": recipe.refit}

    def _refit(self, everything: Rows, *, keep_encoder: bool) -> None:
        """All rows, with what validation has chosen; an encoder of far more unlabelled rows is kept as it is."""
        if not keep_encoder:
            self.encoder_ = self.recipe().encoding.fit(everything.x)
        encoded = self._encode(self.encoder_, everything)
        self.model_ = self.model_.for_refit()
        list(self.model_.fit(encoded, encoded, plan=self._plan()))

    def _read_more(self, unlabelled: Any, *, held: Rows) -> Any:
        """Rows without labels, but for those that validation asks about; None where nothing is left."""
        if not self.recipe().reads_unlabelled:
            raise UsageError("unlabelled texts found, of no use to this family. Leave them out, or take family='lsa'.")
        return self._read(unlabelled).without(held.x) or None

    def recipe(self) -> Recipe:
        """The family's encoding and model."""
        candidates, family = self._candidates(), self._name_family()
        if family not in candidates:
            raise UsageError(f"family {family!r} found, one of {', '.join(candidates)} expected.")
        return candidates[family]

    def _name_family(self) -> str:
        """The family that is trained."""
        return str(self.get_params()["family"])

    def _split(
        self, x: Any, y: Any, *, sample_weight: Any, validation_data: tuple[Any, ...] | None
    ) -> tuple[Rows, Rows, Rows]:
        """All rows, those to train on, and those to choose on."""
        read, labels = self._read(x), read_labels(y)
        check_lengths(read, labels)
        self.classes_, self.is_indicator_ = find_classes(labels), labels.ndim == 2
        target = encode_labels(labels, self.classes_)
        rows = Rows(x=read, target=target, weight=self._weigh(target, sample_weight))
        if validation_data is not None:
            asked_x, asked_y, *beside = validation_data
            asked = encode_labels(asked_y, self.classes_, like=target)
            held = Rows(x=self._read(asked_x, *beside), target=asked)
            check_lengths(held.x, held.target)
            return self._join(rows, held, sample_weight=sample_weight)
        params = self.get_params()
        fraction, groups = params["validation_split"], read.group_rows()
        kept, out = hold_out(groups, rows.target, fraction=fraction, seed=params["random_state"] or 0)
        if not len(out):
            raise DataError(
                f"{len(labels):,} rows found, {len(np.unique(groups)):,} of them different: too few to hold "
                f"{fraction:.0%} out for validation. Add rows, raise validation_split, or pass validation_data."
            )
        return rows, rows.take(kept), rows.take(out)

    def _weigh(self, target: np.ndarray, sample_weight: Any) -> np.ndarray | None:
        class_weight = self.get_params().get("class_weight")
        return weigh_rows(target, classes=self.classes_, sample_weight=sample_weight, class_weight=class_weight)

    def _join(self, rows: Rows, held: Rows, *, sample_weight: Any) -> tuple[Rows, Rows, Rows]:
        """Both together, and each with its share of weights that are balanced over both, as in a split of our own."""
        if sample_weight is not None:
            ones = np.ones(len(held.target), dtype=np.float32)
            sample_weight = np.concatenate([np.asarray(sample_weight, dtype=np.float32), ones])
        target = np.concatenate([rows.target, held.target])
        weight, n = self._weigh(target, sample_weight), len(rows.target)
        everything = Rows(x=rows.x.join(held.x), target=target, weight=weight)
        if weight is None:
            return everything, rows, held
        return everything, replace(rows, weight=weight[:n]), replace(held, weight=weight[n:])

    def to_artifact(self) -> Artifact:
        """What ``save`` writes."""
        self._check_fitted()
        encoding, words, encoder_arrays = self.encoder_.state()
        settings, arrays = self.model_.state()
        settings |= {} if self.temperature_ == 1.0 else {"temperature": self.temperature_}
        if self.threshold_ is not None:
            settings |= {"threshold": self.threshold_, "is_indicator": self.is_indicator_}
        card = Card(
            task=self.task,
            family=self._name_family(),
            params=self._plain_params(),
            classes=self.classes_.tolist(),
            encoding=encoding,
            model=settings,
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
            raise NotFitted(f"this {type(self).__name__} is not fitted yet. Call fit(texts, labels) first.")
