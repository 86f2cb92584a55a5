"""scikit-learn's conventions for what turns raw texts into numbers, written once for all vectorisers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, Self

import numpy as np
import polars as pl

from seqloom.errors import DataError, NotFitted, UsageError
from seqloom.estimator import AbstractEstimator
from seqloom.text.analyse import Analyser
from seqloom.text.checks import MOST_WORDS
from seqloom.text.tokens import Texts

__all__ = [
    "AbstractVectorizer",
    "RawTexts",
    "check_dtype",
    "check_ngram_range",
    "check_size",
    "count_rows",
    "refuse_nothing",
]

RawTexts = Texts | pl.Series | Iterable[str]


class AbstractVectorizer(AbstractEstimator, ABC):
    """Raw texts in, arrays out: works alone, in a ``Pipeline``, and inside a task on rows that are tokenised already.

    The constructor of each only stores; ``fit`` checks. Texts that come tokenised are taken as they are.
    """

    analyzer: str | Callable[[str], Iterable[str]]
    lowercase: bool
    token_pattern: str | None

    @abstractmethod
    def fit(self, texts: RawTexts, y: Any = None) -> Self:
        """Itself, fitted on these rows; ``y`` is there for scikit-learn."""

    @abstractmethod
    def transform(self, texts: RawTexts) -> Any:
        """These rows as numbers."""

    def fit_transform(self, texts: RawTexts, y: Any = None) -> Any:
        """``fit(texts).transform(texts)``, with the texts read once."""
        read = self._read(texts)
        return self.fit(read, y).transform(read)

    @property
    def _analyser(self) -> Analyser:
        return Analyser(analyzer=self.analyzer, lowercase=self.lowercase, token_pattern=self.token_pattern)

    def _read(self, texts: RawTexts, *, first_row: int = 0) -> Texts:
        return self._analyser.read(texts, first_row=first_row)

    def _tell_analyser(self) -> dict[str, Any]:
        """The settings of the analyser as a card keeps them."""
        if callable(self.analyzer):
            raise UsageError("a callable analyzer cannot be saved: a model folder holds no code. Name a built-in one.")
        return {"analyzer": self.analyzer, "lowercase": self.lowercase, "token_pattern": self.token_pattern}

    def _learned(self, name: str) -> Any:
        """What ``fit`` has left under this name."""
        if name not in vars(self):
            raise NotFitted(f"this {type(self).__name__} is not fitted yet. Call fit(texts) first.")
        return vars(self)[name]

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn wants to know; built here so that only scikit-learn's users import it."""
        from sklearn.utils import InputTags, Tags, TargetTags, TransformerTags

        return Tags(
            estimator_type=None,
            target_tags=TargetTags(required=False),
            transformer_tags=TransformerTags(preserves_dtype=[]),
            input_tags=InputTags(string=True, two_d_array=False),
        )


def check_ngram_range(ngram_range: Any) -> tuple[int, int]:
    """Shortest and longest n-gram, if they can be meant; else UsageError."""
    is_pair = isinstance(ngram_range, tuple | list) and len(ngram_range) == 2
    if is_pair and all(isinstance(n, int | np.integer) and not isinstance(n, bool) for n in ngram_range):
        low, high = (int(n) for n in ngram_range)
        if 1 <= low <= high <= MOST_WORDS:
            return low, high
    raise UsageError(
        f"ngram_range {ngram_range!r:.60} found; shortest and longest, from 1 to {MOST_WORDS}, expected, as in (1, 2)."
    )


def check_dtype(dtype: Any) -> str:
    """``float32`` or ``float64``, from that name or NumPy's type; else UsageError."""
    name = getattr(dtype, "__name__", dtype)
    if name not in ("float32", "float64"):
        raise UsageError(f"dtype {dtype!r:.60} found, 'float32' or 'float64' expected.")
    return str(name)


def check_size(name: str, given: Any, *, least: int, or_none: bool = True) -> None:
    """Nothing, if ``given``, setting ``name``, is a whole number from ``least`` on, or None (``or_none``)."""
    is_number = isinstance(given, int | np.integer) and not isinstance(given, bool)
    if not (is_number and given >= least) and not (or_none and given is None):
        told = f"a whole number from {least} on{', or None,' if or_none else ''} expected"
        raise UsageError(f"{name} {given!r:.60} found; {told}.")


def count_rows(name: str, given: Any, *, n_rows: int) -> int:
    """A number of rows, from such a number or (a decimal from 0.0 to 1.0) from a share of ``n_rows``.

    Parameters
    ----------
    name : str
        ``min_df`` or ``max_df``: a share is rounded up for the first and down for the second.
    given : int or float
        What the user said.
    n_rows : int
        N.
    """
    if isinstance(given, int | np.integer) and not isinstance(given, bool) and given >= 0:
        return int(given)
    if isinstance(given, float | np.floating) and 0 <= given <= 1:
        share = float(given) * n_rows
        return int(np.ceil(share) if name == "min_df" else np.floor(share))
    raise UsageError(f"{name} {given!r:.60} found; a number of texts (int), or a share from 0.0 to 1.0, expected.")


def refuse_nothing(what: str, *, n_texts: int, n_seen: int, remedy: str) -> None:
    """The error for a vocabulary in which nothing is left.

    Parameters
    ----------
    what : str
        ``words`` or ``n-grams``.
    n_texts : int
        Texts that were looked at.
    n_seen : int
        Different ones found in them before any was left out.
    remedy : str
        The settings that left them out.
    """
    if not n_texts:
        raise DataError("no texts found, at least one is expected.")
    if not n_seen:
        settings = "token_pattern" if what == "words" else "token_pattern or ngram_range"
        raise DataError(f"no {what} found in {n_texts:,} texts: are they empty? Else change {settings}.")
    raise DataError(f"nothing is left of {n_seen:,} different {what} in {n_texts:,} texts. {remedy}")
