"""What every learner of numbers does: split, scale, fit, answer, score, by scikit-learn's conventions.

A task says how its rows become arrays (``_read``, ``_encode``).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Generator
from dataclasses import replace
from functools import partial
from typing import Any, Self

import numpy as np

from seqloom.errors import DataError
from seqloom.flow import Encoded, EpochRecord, Rows, Score
from seqloom.frames.split import hold_out
from seqloom.learner.learner import AbstractLearner, Checkpoint
from seqloom.scores.regression import regression_scores, share_explained
from seqloom.targets import check_lengths, cut_strata, read_numbers

__all__ = ["AbstractRegressor"]


class AbstractRegressor(AbstractLearner):
    """A learner whose answer is a number."""

    _estimator_type = "regressor"
    target_mean_: float  # of the training rows; models see the numbers less it, over ``target_scale_``
    target_scale_: float

    @abstractmethod
    def _read(self, x: Any) -> Any:
        """User's rows as the encoders take them, with ``take``, ``join``, ``group_rows`` and ``keep_together``."""

    @abstractmethod
    def _encode(self, encoding: Any, rows: Rows) -> Encoded:
        """Rows as the family's model takes them."""

    def fit(
        self, x: Any, y: Any, *, sample_weight: Any = None, validation_data: Any = None, groups: Any = None
    ) -> Self:
        """Train one family.

        Parameters
        ----------
        x : array or sequence of arrays
            N rows.
        y : array-like
            ``[N]`` numbers.
        sample_weight : array-like, optional
            ``[N]`` weights of the rows.
        validation_data : tuple, optional
            Rows and numbers to choose on; by default a part of ``x``, drawn so that it has its share of high and low
            numbers, without duplicates across.
        groups : sequence, optional
            ``[N]`` names (persons, machines): rows of one name stay together when validation rows are held out.

        Returns
        -------
        self
            Fitted: ``model_``, ``encoder_``, ``history_``, and of the validation rows ``scores_``.
        """
        x = self._read(x)
        x = x if groups is None else x.keep_together(groups)
        list(self.fit_epochs(x, y, sample_weight=sample_weight, validation_data=validation_data))
        self._warn_diverged()
        return self

    def fit_epochs(
        self,
        x: Any,
        y: Any,
        *,
        sample_weight: Any = None,
        validation_data: Any = None,
        checkpoint: Checkpoint | None = None,
    ) -> Generator[EpochRecord, bool | None, None]:
        """Train one family as ``fit`` does, giving each epoch's record as it comes; fitted once it is exhausted.

        ``send(True)`` in place of ``next`` ends the training there, with the best epoch so far.

        Parameters
        ----------
        x, y, sample_weight, validation_data
            As for ``fit``.
        checkpoint : tuple, optional
            Settings and arrays of an earlier, interrupted run of the same fit, from ``model_.checkpoint()``.

        Yields
        ------
        EpochRecord
            One for each epoch; none for a model that has no epochs.
        """
        recipe, self.refit_obstacle_ = self.recipe(), None
        vars(self).pop("encoder_", None)  # not fitted until this fit is through: half an old model would answer wrongly
        everything, train, valid = self._split(x, y, sample_weight=sample_weight, validation_data=validation_data)
        self._find_scale(train.target)
        encoder = recipe.encoding.fit(train.x, None)
        self.model_ = recipe.model(encoder, 1)
        held = self._encode(encoder, self._scale(valid))
        yield from self._train(self._encode(encoder, self._scale(train)), held, checkpoint=checkpoint)
        answer = self._restore_unit(self.model_.predict(held.inputs))
        self.scores_ = regression_scores(valid.target, answer, who="validation")
        self.encoder_ = encoder
        self.data_ = {"n_train": len(train.target), "n_validation": len(valid.target), "refit_on_all": False}
        if recipe.refit:
            encoder = recipe.encoding.fit(everything.x, None)
            fresh = partial(recipe.model, encoder, 1)
            self._train_again(fresh, self._encode(encoder, self._scale(everything)), seconds=0.0)
            self.encoder_ = encoder

    def _find_scale(self, numbers: np.ndarray) -> None:
        self.target_mean_, self.target_scale_ = float(numbers.mean()), float(numbers.std())
        if not self.target_scale_ > 1e-12 * max(1.0, abs(self.target_mean_)):
            raise DataError(
                f"{numbers[0]:g} as the target of all {len(numbers):,} training rows found: nothing to learn."
            )

    def _scale(self, rows: Rows) -> Rows:
        """The same, with the targets that models see, ``[N, 1]``."""
        return replace(
            rows, target=((rows.target - self.target_mean_) / self.target_scale_).astype(np.float32)[:, None]
        )

    def _restore_unit(self, answer: np.ndarray) -> np.ndarray:
        restored: np.ndarray = answer[:, 0].astype(np.float64) * self.target_scale_ + self.target_mean_
        return restored

    def _split(
        self, x: Any, y: Any, *, sample_weight: Any, validation_data: tuple[Any, Any] | None
    ) -> tuple[Rows, Rows, Rows]:
        """All rows, those to train on, and those to choose on."""
        read, numbers = self._read(x), read_numbers(y)
        check_lengths(read, numbers)
        weight = None if sample_weight is None else np.asarray(sample_weight, dtype=np.float32)
        rows = Rows(x=read, target=numbers, weight=weight)
        if validation_data is not None:
            held = Rows(x=self._read(validation_data[0]), target=read_numbers(validation_data[1]))
            check_lengths(held.x, held.target)
            ones = np.ones(len(held.target), dtype=np.float32)
            both = Rows(
                x=read.join(held.x),
                target=np.concatenate([numbers, held.target]),
                weight=None if weight is None else np.concatenate([weight, ones]),
            )
            return both, rows, held
        params = self.get_params()
        fraction, groups = params["validation_split"], read.group_rows()
        kept, out = hold_out(groups, cut_strata(numbers), fraction=fraction, seed=params["random_state"] or 0)
        if not len(out):
            raise DataError(
                f"{len(numbers):,} rows found, {len(np.unique(groups)):,} of them different: too few to hold "
                f"{fraction:.0%} out for validation. Add rows, raise validation_split, or pass validation_data."
            )
        return rows, rows.take(kept), rows.take(out)

    def _describe_answer(self) -> dict[str, Any]:
        return {"target_mean": self.target_mean_, "target_scale": self.target_scale_}

    def predict(self, x: Any) -> np.ndarray:
        """A number for each row, ``[N] float64``."""
        self._check_fitted()
        read = self._read(x)
        empty = Rows(x=read, target=np.zeros((len(read), 1), dtype=np.float32))
        return self._restore_unit(self.model_.predict(self._encode(self.encoder_, empty).inputs))

    def score(self, x: Any, y: Any, *, sample_weight: Any = None) -> float:
        """R squared of the answers: 1 at best, 0 as good as the mean of these rows."""
        return share_explained(read_numbers(y), self.predict(x), weight=sample_weight)

    def evaluate(self, x: Any, y: Any, *, who: str = "test") -> tuple[Score, ...]:
        """All scores on some rows; ``who`` is the part's name in them."""
        return regression_scores(read_numbers(y), self.predict(x), who=who)

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn wants to know; built here so that only scikit-learn's users import it."""
        from sklearn.utils import InputTags, RegressorTags, Tags, TargetTags

        return Tags(
            estimator_type="regressor",
            target_tags=TargetTags(required=True),
            regressor_tags=RegressorTags(),
            input_tags=InputTags(two_d_array=False, three_d_array=True),
        )
