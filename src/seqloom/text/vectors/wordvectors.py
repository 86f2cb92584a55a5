"""Word vectors: opened, read, saved, and asked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import polars as pl

from seqloom.errors import ArtifactError, DataError, UsageError
from seqloom.text.conventions import check_size
from seqloom.text.tokens import Texts
from seqloom.text.vectors.convert import open_file, read_cached
from seqloom.text.vectors.coverage import Coverage, measure_coverage
from seqloom.text.vectors.plane import project_plane
from seqloom.text.vectors.spelling import Index, list_words
from seqloom.text.vectors.spool import cut_chunks
from seqloom.text.vectors.store import read_store, write_store

__all__ = ["WordVectors"]

# Rows written or measured at a time: vectors that lie on disk are never all in memory for it.
_BLOCK_ROWS = 1 << 16


class WordVectors:
    """A vector for each of V words.

    A word is known as it is spelled, or else as the first word that is spelled so in another case. Rows of a file stand
    in order of frequency, as its makers wrote them; of vectors trained here, in ours. Nothing changes them
    once they are made, so ``copy.deepcopy`` (scikit-learn's ``clone``) gives the same object, and no array is copied.

    Parameters
    ----------
    words : sequence of str
        ``[V]``, each once.
    matrix : array-like
        ``[V, D]`` numbers; kept as they are if they are ``float32``, which may lie on disk.
    notes : sequence of str
        What a person should know of how they were read or trained.
    origin : mapping or None
        Where they come from, for the card: JSON, without clocks and paths.

    Examples
    --------
    >>> vectors = WordVectors(["good", "fine", "bad"], np.array([[1, 1], [1, 0.9], [-1, 1]], dtype=np.float32))
    >>> vectors.near("Good", n=1)
    [('fine', 0.9986...)]
    >>> "film" in vectors, len(vectors), vectors.width
    (False, 3, 2)
    """

    def __init__(
        self,
        words: Sequence[str],
        matrix: Any,
        *,
        notes: Sequence[str] = (),
        origin: Mapping[str, Any] | None = None,
    ) -> None:
        self.words = list_words(words)
        self.matrix = np.asanyarray(matrix, dtype=np.float32)
        if self.matrix.ndim != 2 or len(self.matrix) != len(self) or not self.matrix.size:
            shape = self.matrix.shape
            raise DataError(
                f"{len(self):,} words and an array of shape {shape} found, a row of numbers a word expected."
            )
        self.notes = list(notes)
        self.origin = dict(origin or {})
        self._index = Index(self.words)

    @classmethod
    def open(cls, folder: str | Path) -> WordVectors:
        """The vectors of a folder that ``save``, ``train`` or ``convert`` wrote; the matrix stays on disk.

        Raises
        ------
        ArtifactError
            Where the folder is damaged, foreign or of another version.
        """
        words, matrix, card = read_store(Path(folder))
        return cls(words, matrix, origin=card["origin"])

    @classmethod
    def read(cls, file: str | Path, *, on_bad_row: str = "error", cache: bool = True) -> WordVectors:
        """The vectors of a file in the format of GloVe, word2vec (text or binary) or fastText (``.vec``), plain or gz.

        Parameters
        ----------
        file : str or Path
            The file; which format it has is seen from its content.
        on_bad_row : {"error", "skip"}
            What to do with a row that cannot be used.
        cache : bool
            Whether the converted form is kept in the cache folder (``$SEQLOOM_CACHE``, or ``seqloom`` in the user's
            cache) and opened the next time, unless size or time of the file have changed since.

        Returns
        -------
        WordVectors
            ``notes`` says what was counted: words with blanks, broken bytes, words that repeat, rows left out.

        Raises
        ------
        DataError
            Naming file and line, if it cannot be read.
        """
        path = Path(file)
        reader = open_file(path, on_bad_row=on_bad_row)
        not_kept = []
        if cache and path.is_file():
            try:
                words, matrix, notes = read_cached(path, on_bad_row=on_bad_row)
            except ArtifactError as problem:  # a full disk, a home that is read-only: no reason to have no vectors
                not_kept = [f"not kept converted: {problem} (SEQLOOM_CACHE=FOLDER says where)"]
            else:
                return cls(words, matrix, notes=notes, origin={"file": path.name})
        parts = list(reader)
        words = [word for some, _ in parts for word in some]
        matrix = np.concatenate([matrix for _, matrix in parts])
        return cls(words, matrix, notes=[*reader.notes, *not_kept], origin={"file": path.name})

    def save(self, folder: str | Path, *, overwrite: bool = False) -> None:
        """Write a folder that ``open`` opens; it stands there whole or not at all."""
        write_store(Path(folder), self._blocks(), origin=self.origin, overwrite=overwrite)

    def _blocks(self) -> Iterator[tuple[list[str], np.ndarray]]:
        for start in range(0, len(self), _BLOCK_ROWS):
            yield self.words[start : start + _BLOCK_ROWS], self.matrix[start : start + _BLOCK_ROWS]

    def __repr__(self) -> str:
        """How many words, and how wide their vectors are."""
        return f"<WordVectors: {len(self):,} words of width {self.width}>"

    def __len__(self) -> int:
        """The number of words, V."""
        return len(self.words)

    @property
    def width(self) -> int:
        """The numbers of a vector, D."""
        return int(self.matrix.shape[1])

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Themselves."""
        return self

    @cached_property
    def digest(self) -> str:
        """SHA-256 of words and numbers: the same wherever they lie. Takes reading them all, so once, when asked."""
        found = hashlib.sha256(json.dumps([self.width, self.words]).encode())
        for _, matrix in self._blocks():
            found.update(np.ascontiguousarray(matrix, dtype="<f4").data)
        return found.hexdigest()

    def describe(self) -> dict[str, Any]:
        """What they are, as JSON for the card of a model that began from them: number, width, origin, digest."""
        return {"n_words": len(self), "width": self.width, "origin": self.origin, "sha256": self.digest}

    def __contains__(self, word: object) -> bool:
        """Whether a word has a vector, in whatever case."""
        return isinstance(word, str) and bool(self._index.find([word])[0] >= 0)

    def __getitem__(self, word: str) -> np.ndarray:
        """The vector of a word, ``[D] float32``; raises UnknownWord, a KeyError."""
        return np.asarray(self.matrix[self._index.demand([word])[0]])

    @cached_property
    def _lengths(self) -> np.ndarray:
        """The length of each vector, ``[V] float32``; 1 where it is 0, so that such a word is like none."""
        parts = [np.linalg.norm(matrix, axis=1) for _, matrix in self._blocks()]
        lengths = np.concatenate(parts)
        if not np.isfinite(lengths).all():
            word = self.words[int(np.isfinite(lengths).argmin())]
            raise ArtifactError(f"the vector of {word!r} holds NaN or infinity. Convert or train the vectors again.")
        return np.where(lengths == 0, np.float32(1), lengths)

    def near(self, word: str, n: int = 10) -> list[tuple[str, float]]:
        """The words most like a word.

        Parameters
        ----------
        word : str
            A known word.
        n : int
            How many.

        Returns
        -------
        list of (str, float)
            Word and cosine similarity, the most alike first; not the word itself.

        Raises
        ------
        UnknownWord
            Offering close spellings, where the word has no vector.
        """
        (row,) = self._index.demand([word])
        return self._rank(self.matrix[row], n, but=[row])

    def analogy(self, a: str, b: str, c: str, *, n: int = 10) -> list[tuple[str, float]]:
        """What is to ``c`` as ``b`` is to ``a``: the words most like ``b - a + c``, each made one long before.

        Parameters
        ----------
        a, b, c : str
            Known words: ``analogy("man", "king", "woman")`` asks for the queen.
        n : int
            How many.

        Returns
        -------
        list of (str, float)
            Word and cosine similarity, the most alike first; none of the three.

        Raises
        ------
        UnknownWord
            Offering close spellings, where a word has no vector.

        Source: Mikolov, Yih and Zweig (2013), the vector offset (3CosAdd in Levy and Goldberg 2014).
        """
        rows = self._index.demand([a, b, c])
        unit = self.matrix[rows] / self._lengths[rows, None]  # [3, D]
        return self._rank(unit[1] - unit[0] + unit[2], n, but=rows)

    def _rank(self, vector: np.ndarray, n: int, *, but: Sequence[int]) -> list[tuple[str, float]]:
        check_size("n", n, least=1, or_none=False)
        length = max(float(np.linalg.norm(vector)), float(np.finfo(np.float32).tiny))
        likeness = (self.matrix @ vector) / (self._lengths * length)  # [V]
        likeness[list(but)] = -np.inf
        n = min(n, len(self) - len(set(but)))
        first = np.argpartition(-likeness, n - 1)[:n] if n else np.empty(0, np.int64)
        rows = first[np.lexsort((first, -likeness[first]))]  # ties in the order of the words
        return [(self.words[row], round(float(likeness[row]), 6)) for row in rows]

    def matrix_for(self, words: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """The vectors of a vocabulary.

        Parameters
        ----------
        words : sequence of str
            ``[n]``, known or not.

        Returns
        -------
        matrix : ndarray
            ``[n, D] float32``, zeros where a word is unknown.
        is_known : ndarray
            ``[n] bool``.
        """
        rows = self._index.find(words)
        is_known = rows >= 0
        matrix = np.zeros((len(rows), self.width), dtype=np.float32)  # [n, D]
        matrix[is_known] = self.matrix[rows[is_known]]
        return matrix, is_known

    def coverage(self, texts: Texts | pl.Series | Iterable[Any]) -> Coverage:
        """How much of some texts has a vector, by tokens and by types, and what is missing most.

        Parameters
        ----------
        texts : Texts, polars.Series, iterable of str, or iterable of any of these
            The texts, or chunks of them.

        Returns
        -------
        Coverage
            Shares are left to divide, as there may be no word at all.
        """
        return measure_coverage(self._index, cut_chunks(texts))

    def plane(self, words: Sequence[str]) -> tuple[np.ndarray, float]:
        """Some words as points of a plane, ``[n, 2]`` (principal components), and the share of variance it holds."""
        if len(words) < 2:
            raise UsageError(f"{len(words)} words found, two or more expected: one alone lies nowhere.")
        return project_plane(self.matrix[self._index.demand(words)])
