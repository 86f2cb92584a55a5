"""Texts as one stream of word numbers, kept on disk: a corpus may be larger than memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from types import TracebackType
from typing import Any, Self

import numpy as np
import polars as pl

from seqloom.text.tokens import Texts, as_texts

__all__ = ["GAP", "Spool", "cut_chunks"]

# What stands between two texts, ``window`` times: then no window reaches from one text into the next.
GAP = -1

# Texts tokenised at a time where they come one by one.
_CHUNK_TEXTS = 50_000


class Spool:
    """All tokens of a corpus under provisional numbers, in a temporary file of 4 bytes each.

    Parameters
    ----------
    window : int
        How far apart words still stand together.

    Attributes
    ----------
    words : list of str
        The word of each number, in order of first appearance.
    n_texts : int
        Texts added so far.
    """

    def __init__(self, window: int) -> None:
        self.window = window
        self.words: list[str] = []
        self.n_texts = 0
        self._numbers: dict[str, int] = {}
        self._count = np.zeros(0, dtype=np.int64)
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__

    def __enter__(self) -> Self:
        """The spool itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, at: TracebackType | None
    ) -> None:
        """The file is gone, whatever happened."""
        self._file.close()

    def add(self, texts: Texts) -> None:
        """Put some more texts behind those that are there."""
        tokens, number = texts.tokens, self._number(texts.corpus.words)
        numbers = number[tokens.values]
        more = np.bincount(numbers, minlength=len(self.words))
        more[: len(self._count)] += self._count
        self._count = more
        n_before = self.window * np.arange(len(tokens))  # gaps in front of each text
        stream = np.full(len(numbers) + self.window * len(tokens), GAP, dtype=np.int32)
        stream[np.arange(len(numbers)) + np.repeat(n_before, tokens.lengths)] = numbers
        self._file.write(stream.data)
        self.n_texts += len(tokens)

    def _number(self, words: pl.Series) -> np.ndarray:
        """The number of each word of a chunk, ``[V of the chunk] int32``."""
        known = self._numbers
        number = np.array([known.setdefault(word, len(known)) for word in words.to_list()], dtype=np.int32)
        self.words = list(known)
        return number

    @property
    def count(self) -> np.ndarray:
        """How often each word stands in the corpus, ``[V] int64``."""
        return self._count

    def read(self, rank: np.ndarray, n: int) -> Iterator[np.ndarray]:
        """The stream in blocks of some ``n`` tokens, as ranks.

        Parameters
        ----------
        rank : ndarray, ``[V] int32``
            What each number becomes; words of rank -1 are left out, so that their neighbours move together.
        n : int
            Tokens read at a time.

        Yields
        ------
        ndarray
            ``int32``; GAP between texts.
        """
        table = np.append(rank, GAP).astype(np.int32)  # number -1 finds the last one
        self._file.seek(0)
        while data := self._file.read(4 * n):
            stream = np.frombuffer(data, dtype=np.int32)
            ranks = table[stream]
            yield ranks[(ranks >= 0) | (stream == GAP)]


def cut_chunks(texts: Any) -> Iterator[Texts]:
    """Tokenised chunks of texts, from texts or from chunks of them.

    Parameters
    ----------
    texts : Texts, polars.Series, iterable of str, or iterable of any of these
        One after the other is asked for and forgotten, so that an iterator may give more than memory holds.

    Yields
    ------
    Texts
        In order.
    """
    is_whole = isinstance(texts, Texts | pl.Series | str | bytes) or not isinstance(texts, Iterable)
    if is_whole:
        yield as_texts(texts)  # which refuses what is no sequence
        return
    items = iter(texts)
    first = next(items, "")
    is_chunk = isinstance(first, Texts) or (isinstance(first, Iterable) and not isinstance(first, str | bytes))
    chunks = chain([first], items) if is_chunk else _batch(chain([first], items))
    n_rows = 0
    for chunk in chunks:
        tokenised = as_texts(chunk, first_row=n_rows)
        n_rows += len(tokenised)
        yield tokenised


def _batch(texts: Iterator[str]) -> Iterator[list[str]]:
    while batch := list(islice(texts, _CHUNK_TEXTS)):
        yield batch
