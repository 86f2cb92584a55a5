"""What every learner of classes does: split, fit, answer, score, by scikit-learn's conventions.

A task says how its rows become arrays (``_read``, ``_encode``) and what is measured (``_metrics``).
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Generator
from dataclasses import replace
from functools import partial
from typing import Any, Self

import numpy as np

from seqloom.errors import DataError, UsageError
from seqloom.flow import Encoded, EpochRecord, Rows, Score
from seqloom.frames.split import hold_out
from seqloom.learner.learner import AbstractLearner, Checkpoint
from seqloom.learner.refit import INTERRUPTED, is_net
from seqloom.scores.multilabel import choose_threshold
from seqloom.scores.temperature import apply_temperature
from seqloom.targets import (
    check_lengths,
    decide,
    encode_labels,
    find_classes,
    find_hits,
    name_answers,
    read_labels,
    weigh_rows,
)

__all__ = ["AbstractClassifier"]


class AbstractClassifier(AbstractLearner):
    """A learner whose answers are classes."""

    _estimator_type = "classifier"

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
            from which each of several labels is given; None where each row has one class. A family that gains by it is
            trained once more at the end, on all rows; ``refit_obstacle_`` says why a net of such a family was not.
        """
        x = self._read(x, columns)
        x = x if groups is None else x.keep_together(groups)
        data = {"sample_weight": sample_weight, "validation_data": validation_data, "unlabelled": unlabelled}
        list(self.fit_epochs(x, y, **data))
        self._warn_diverged()
        return self

    def fit_epochs(
        self,
        x: Any,
        y: Any,
        *,
        sample_weight: Any = None,
        validation_data: Any = None,
        unlabelled: Any = None,
        checkpoint: Checkpoint | None = None,
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
        recipe, self.temperature_, self.refit_obstacle_ = self.recipe(), 1.0, None
        vars(self).pop("encoder_", None)  # not fitted until this fit is through: half an old model would answer wrongly
        everything, train, valid = self._split(x, y, sample_weight=sample_weight, validation_data=validation_data)
        more = None if unlabelled is None else self._read_more(unlabelled, held=valid)
        encoder = recipe.encoding.fit(train.x, more)
        self.model_ = recipe.model(encoder, len(self.classes_))
        held = self._encode(encoder, valid)
        yield from self._train(self._encode(encoder, train), held, checkpoint=checkpoint)
        self.valid_probability_ = probability = self.model_.predict(held.inputs)
        self.threshold_ = choose_threshold(valid.target, probability) if valid.target.ndim == 2 else None
        self.scores_ = self._metrics(valid.target, probability, who="validation")
        self.is_right_ = find_hits(valid.target, decide(probability, self.threshold_))
        self.encoder_ = encoder
        n = {"n_train": len(train.target), "n_validation": len(valid.target), "n_unlabelled": len(more or ())}
        self.data_ = {**n, "refit_on_all": False}
        if recipe.refit and (self.refits_nets or not is_net(self.model_)):
            obstacle = self._find_obstacle(n_all=len(everything.target))
            self.refit_obstacle_ = obstacle or self._refit(everything, keep_encoder=more is not None)

    def refit(self, x: Any, y: Any, *, validation_data: tuple[Any, ...], seconds: float = math.inf) -> str | None:
        """Train a net once more, on all rows, for as many epochs as ``fit`` has found best; scores stay as they are.

        ``fit`` itself does so at its end. This is for whoever fits several first (``refits_nets`` off), and has only
        those trained again that are kept.

        Parameters
        ----------
        x, y, validation_data
            As for ``fit``.
        seconds : float
            Behind an epoch that ends later it is given up.

        Returns
        -------
        str or None
            Why the net stays as it was, as half a sentence; None where it was trained again.
        """
        self._check_fitted()
        try:
            everything, _, _ = self._split(x, y, sample_weight=None, validation_data=validation_data)
            self.refit_obstacle_ = self._refit(everything, seconds=seconds)
        except KeyboardInterrupt:
            self.refit_obstacle_ = INTERRUPTED
        return self.refit_obstacle_

    def _refit(self, everything: Rows, *, keep_encoder: bool = False, seconds: float = math.inf) -> str | None:
        """All rows, with what validation has chosen; an encoder of far more unlabelled rows is kept as it is."""
        encoder = self.encoder_ if keep_encoder else self.recipe().encoding.fit(everything.x)
        fresh = partial(self.recipe().model, encoder, len(self.classes_))
        obstacle = self._train_again(fresh, self._encode(encoder, everything), seconds=seconds)
        if obstacle is None:
            self.encoder_ = encoder
        return obstacle

    def _read_more(self, unlabelled: Any, *, held: Rows) -> Any:
        """Rows without labels, but for those that validation asks about; None where nothing is left."""
        if not self.recipe().reads_unlabelled:
            raise UsageError("unlabelled texts found, of no use to this family. Leave them out, or take family='lsa'.")
        return self._read(unlabelled).without(held.x) or None

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

    def _name_classes(self) -> list[Any]:
        return list(self.classes_.tolist())

    def _describe_answer(self) -> dict[str, Any]:
        described: dict[str, Any] = {} if self.temperature_ == 1.0 else {"temperature": self.temperature_}
        if self.threshold_ is not None:
            described |= {"threshold": self.threshold_, "is_indicator": self.is_indicator_}
        return described

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
