"""Texts as one-hot vectors, token by token."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Self

import numpy as np
import scipy.sparse as sp

from seqloom.errors import UsageError
from seqloom.text.conventions import AbstractVectorizer, RawTexts, check_dtype
from seqloom.text.vectorise import TextVectorizer

__all__ = ["OneHotVectorizer"]

# Up to here an array of zeros does no harm, and is what nets and a reader's eye want: the chapter's ten words and
# some hundred short texts. 1,000 reviews of 200 words with 10,000 known ones would be 8 GB.
_DENSE_BYTES = 64 * 10**6


class OneHotVectorizer(AbstractVectorizer):
    """Texts as sequences of one-hot vectors: column i is id i of ``TextVectorizer``, rows of padding are zero.

    Parameters
    ----------
    analyzer : {"word", "char", "morpheme"} or callable
        What tokens are (see ``text.analyse``).
    lowercase : bool
        Whether texts are lower-cased first (not for a callable).
    token_pattern : str or None
        What a word is, as a regular expression; None: words of any script, ``!``, ``?`` and pictographs.
    max_features : int or None
        V, columns at most, those of padding (0, never set) and unknown words (1) included, so 2 or more; None keeps all
        words.
    min_df : int or float
        Training texts a word must stand in, or a share of them.
    length : int or None
        T, tokens of a text at most; None: as many as the longest training text has.
    keep : {"first", "last"}
        Which end of a longer text stays.
    pad : {"after", "before"}
        Where the rows of zeros stand of a shorter text.
    sparse : bool or None
        False: an array ``[N, T, V]``. True: a CSR matrix ``[N * T, V]``, token t of text n in row n * T + t. None: the
        array where it takes up to 64 MB.
    dtype : {"float32", "float64"}
        Of the values.

    Examples
    --------
    >>> vectorizer = OneHotVectorizer(analyzer="char").fit(["ab", "b"])
    >>> vectorizer.transform(["b", "cab"]).argmax(axis=2).tolist()
    [[2, 0], [1, 3]]
    >>> vectorizer.get_feature_names_out().tolist()
    ['', '[UNK]', 'b', 'a']
    """

    def __init__(
        self,
        *,
        analyzer: str | Callable[[str], Iterable[str]] = "word",
        lowercase: bool = True,
        token_pattern: str | None = None,
        max_features: int | None = None,
        min_df: int | float = 1,
        length: int | None = None,
        keep: str = "first",
        pad: str = "after",
        sparse: bool | None = None,
        dtype: str = "float32",
    ) -> None:
        self.analyzer = analyzer
        self.lowercase = lowercase
        self.token_pattern = token_pattern
        self.max_features = max_features
        self.min_df = min_df
        self.length = length
        self.keep = keep
        self.pad = pad
        self.sparse = sparse
        self.dtype = dtype

    def fit(self, texts: RawTexts, y: Any = None) -> Self:  # noqa: ARG002 (scikit-learn's signature)
        """Itself, with the vocabulary of these rows; ``y`` is not looked at. Errors are those of ``TextVectorizer``."""
        check_dtype(self.dtype)
        if self.sparse not in (True, False, None):
            raise UsageError(f"sparse {self.sparse!r:.60} found; True, False or None expected.")
        params = {name: value for name, value in self.get_params().items() if name not in ("sparse", "dtype")}
        self.ids_ = TextVectorizer(**params).fit(texts)
        return self

    @property
    def vocabulary_(self) -> dict[str, int]:
        """The column of each word."""
        return self._learned("ids_").vocabulary_

    def transform(self, texts: RawTexts) -> np.ndarray | sp.csr_matrix:
        """These rows, one vector a token.

        Parameters
        ----------
        texts : Texts or sequence of str
            Rows, tokenised or not.

        Returns
        -------
        ndarray ``[N, T, V]`` or CSR matrix ``[N * T, V]``
            As ``sparse`` says.
        """
        ids, dtype = self._learned("ids_").transform(texts), np.dtype(check_dtype(self.dtype))
        shape = (*ids.shape, self.ids_.n_ids)  # [N, T, V]
        is_real = ids.ravel() > 0
        columns = ids.ravel()[is_real]
        if self.sparse or (self.sparse is None and np.prod(shape, dtype=float) * dtype.itemsize > _DENSE_BYTES):
            indptr = np.concatenate([[0], np.cumsum(is_real)])
            return sp.csr_matrix((np.ones(len(columns), dtype), columns, indptr), shape=(ids.size, shape[2]))
        vectors = np.zeros((ids.size, shape[2]), dtype=dtype)
        vectors[np.flatnonzero(is_real), columns] = 1
        return vectors.reshape(shape)

    def inverse_transform(self, vectors: np.ndarray | sp.csr_matrix) -> list[list[str]]:
        """The words of each text, padding left out, ``[UNK]`` for what was not known.

        Parameters
        ----------
        vectors : ndarray or CSR matrix
            What ``transform`` gave.
        """
        ids = np.asarray(vectors.argmax(axis=-1)).reshape(-1, self._learned("ids_").length_)
        return self.ids_.inverse_transform(ids)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:  # noqa: ARG002 (scikit-learn's signature)
        """The word of each column, ``[V]`` objects; ``input_features`` is there for scikit-learn."""
        return np.array(self._learned("ids_").get_vocabulary(), dtype=object)
