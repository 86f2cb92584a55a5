"""Documents as short dense vectors, learned from texts that need no labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import scipy.sparse as sp

from seqloom.errors import ArtifactError
from seqloom.flow import Arrays
from seqloom.text.checks import check_lsa_settings
from seqloom.text.conventions import AbstractVectorizer, RawTexts, check_size
from seqloom.text.count import CountVectorizer
from seqloom.text.tokens import Texts

__all__ = ["LsaVectorizer"]

# Passes of the randomised SVD over the matrix. Two: with reviews, more changed no accuracy (docs/decisions.md).
_N_PASSES = 2

# Stands in for the length of a row of zeros.
_TINY = np.float32(1e-9)


class LsaVectorizer(AbstractVectorizer):
    """Texts as their first coordinates in the space of all texts' words (latent semantic analysis).

    Words weighted by 1 + log(count) and log(N / df), rows of length 1, then a truncated SVD: words that stand in the
    same texts point the same way, so what a few labels say of some words reaches the others. The first columns explain
    most. scikit-learn's TF-IDF (count as it is, 1 added to the rarity) cost four points with 200 labelled reviews.

    Parameters
    ----------
    width : int
        D, columns at most. 100: of more, none was of use with up to 2,000 labels.
    max_features : int
        Words at most, the most frequent first; 30,000 hold all but names of a corpus of reviews.
    min_df : int or float
        Texts a word must stand in, or a share of them.
    max_df : int or float
        Texts a word may stand in at most, or a share of them: what stands in half of all texts tells none apart.
    analyzer, lowercase, token_pattern
        What a word is, as for ``CountVectorizer``.
    random_state : int
        Of the randomised SVD.

    Examples
    --------
    >>> texts = ["good film", "good plot", "bad film", "bad plot"]
    >>> LsaVectorizer(width=2, max_df=1.0, min_df=1).fit_transform(texts).shape
    (4, 2)

    Source: Deerwester et al. (1990), Indexing by Latent Semantic Analysis; Halko, Martinsson and Tropp (2011), Finding
    Structure with Randomness, algorithm 4.4.
    """

    def __init__(
        self,
        *,
        width: int = 100,
        max_features: int = 30_000,
        min_df: int | float = 2,
        max_df: int | float = 0.5,
        analyzer: str = "word",
        lowercase: bool = True,
        token_pattern: str | None = None,
        random_state: int = 0,
    ) -> None:
        self.width = width
        self.max_features = max_features
        self.min_df = min_df
        self.max_df = max_df
        self.analyzer = analyzer
        self.lowercase = lowercase
        self.token_pattern = token_pattern
        self.random_state = random_state

    def fit(self, texts: RawTexts, y: Any = None) -> Self:  # noqa: ARG002 (scikit-learn's signature)
        """Itself, with ``components_`` ``[F, D]``, from texts with or without labels.

        Parameters
        ----------
        texts : Texts or sequence of str
            The more the better.
        y : object
            Not looked at.

        Returns
        -------
        self
            Fitted.
        """
        from sklearn.utils.extmath import randomized_svd

        check_size("width", self.width, least=1, or_none=False)
        rows = self._read(texts)
        self.counter_ = CountVectorizer(
            analyzer=self.analyzer,
            lowercase=self.lowercase,
            token_pattern=self.token_pattern,
            min_df=self.min_df,
            max_df=self.max_df,
            max_features=self.max_features,
        ).fit(rows)
        counts = self.counter_.encode(rows)["counts"]
        rarity = np.log(len(rows) / np.bincount(counts.indices, minlength=counts.shape[1]))
        matrix = sp.csr_matrix(_damp(counts) @ sp.diags_array(rarity.astype(np.float32)))
        matrix.data /= np.repeat(np.maximum(sp.linalg.norm(matrix, axis=1), _TINY), np.diff(matrix.indptr))
        width = min(self.width, *matrix.shape)
        _, _, across = randomized_svd(
            matrix, width, n_iter=_N_PASSES, n_oversamples=20, random_state=self.random_state, flip_sign=False
        )
        # of each column the largest weight is positive: the sign of a singular vector is anybody's choice
        across *= np.sign(across[np.arange(width), np.abs(across).argmax(axis=1)])[:, None]
        self.components_ = np.ascontiguousarray((across * rarity).T.astype(np.float32))  # [F, D]
        return self

    @property
    def n_columns(self) -> int:
        """D, the number of columns there are: fewer than ``width`` where texts or words are."""
        return int(self._learned("components_").shape[1])

    def transform(self, texts: RawTexts) -> np.ndarray:
        """These rows as directions, ``[N, D] float32``: of length 1, zeros for a text without a known word."""
        self._learned("components_")
        return self.encode(self._read(texts))["topics"]

    def encode(self, texts: Texts) -> dict[str, np.ndarray]:
        """``topics``, as ``transform`` gives them, by their name for a model."""
        topics = _damp(self.counter_.encode(texts)["counts"]) @ self.components_
        return {"topics": topics / np.maximum(np.linalg.norm(topics, axis=1, keepdims=True), _TINY)}

    def state(self) -> tuple[dict[str, Any], list[str], Arrays]:
        """Settings, words and arrays: all that ``from_state`` needs."""
        components = self._learned("components_")
        counting, words, arrays = self.counter_.state()
        own = {"width": self.width, "random_state": self.random_state}
        return {**counting, "kind": "lsa", **own}, words, {**arrays, "components": components}

    @classmethod
    def from_state(cls, settings: Mapping[str, Any], words: list[str], *, arrays: Arrays) -> LsaVectorizer:
        """The encoder again, from what ``state`` gave."""
        check_lsa_settings(settings)
        counter = CountVectorizer.from_state(settings, words, arrays=arrays)
        components, n_words, width = arrays["components"], counter.n_features, settings["width"]
        is_fit = components.ndim == 2 and len(components) == n_words and 1 <= components.shape[1] <= width
        if components.dtype != np.float32 or not is_fit:
            raise ArtifactError(
                f"weights.safetensors: components of shape {components.shape} ({components.dtype}) found, ({n_words}, "
                f"1 to {width}) float32 expected. Get the folder from its source again."
            )
        names = ("width", "max_features", "min_df", "max_df", "analyzer", "lowercase", "token_pattern", "random_state")
        encoder = cls(**{name: settings[name] for name in names})
        encoder.counter_, encoder.components_ = counter, components
        return encoder


def _damp(counts: sp.csr_matrix) -> sp.csr_matrix:
    """A word's second mention counts less than its first: 1 + log of the count."""
    counts.data = 1 + np.log(counts.data)
    return counts
