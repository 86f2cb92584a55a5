"""Which row is a word's, and which words are spelled like it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from seqloom.errors import ArtifactError, DataError, UnknownWord

__all__ = ["Index", "list_words"]

# Files stand in order of frequency: whoever mistypes a word mostly means one of these.
_MOST_COMPARED = 100_000


class Index:
    """Rows by word: as it is spelled, else the first that is spelled so in another case.

    Vectors that know case have "Paris" and no "paris", and texts come in small letters; vectors in small letters are
    asked for "Paris". So both sides are put in small letters where the word itself is absent.

    Parameters
    ----------
    words : sequence of str
        ``[V]``, each once.

    Examples
    --------
    >>> Index(["apple", "Paris", "Apple"]).find(["Apple", "APPLE", "paris", "pear"]).tolist()
    [2, 0, 1, -1]
    """

    def __init__(self, words: Sequence[str]) -> None:
        self.words = words

    @cached_property
    def _exact(self) -> dict[str, int]:
        rows = dict(zip(self.words, range(len(self.words)), strict=True))
        if len(rows) != len(self.words):
            raise ArtifactError("the same word stands twice among the words of these vectors. Convert the file again.")
        return rows

    @cached_property
    def _folded(self) -> dict[str, int]:
        last = len(self.words) - 1
        return {word.lower(): last - i for i, word in enumerate(reversed(self.words))}  # the first one stays

    def find(self, words: Sequence[str]) -> np.ndarray:
        """The row of each word, ``[n] int64``, -1 where it is unknown."""
        words = list_words(words)
        rows = np.array([self._exact.get(word, -1) for word in words], dtype=np.int64)
        for i in np.flatnonzero(rows < 0).tolist():
            rows[i] = self._folded.get(words[i].lower(), -1)
        return rows

    def demand(self, words: Sequence[str]) -> list[int]:
        """The row of each word; where any has none, UnknownWord tells all of these, each with its close spellings."""
        rows = self.find(words).tolist()
        missing = [word for word, row in zip(words, rows, strict=True) if row < 0]
        if missing:
            raise UnknownWord(" ".join(map(self._say_missing, dict.fromkeys(missing))))
        return rows

    def _say_missing(self, word: str) -> str:
        near = self.suggest(word)
        guess = f"spelled nearly so: {', '.join(near)}" if near else "and no word is spelled nearly so"
        return f"{word!r} has no vector; {guess}."

    def suggest(self, word: str, n: int = 3) -> list[str]:
        """Up to ``n`` known words that are spelled most like ``word``."""
        low = word.lower()
        able = [
            known
            for known in self.words[:_MOST_COMPARED]
            if abs(len(known) - len(word)) <= 2 and known and (known[0].lower() == low[:1] or known[-1] == low[-1:])
        ]
        return difflib.get_close_matches(low, able, n=n, cutoff=0.7)


def list_words(words: Sequence[str]) -> list[str]:
    """The words, if they are some; a string is none, though it is a sequence of strings."""
    if isinstance(words, str | bytes):
        raise DataError("one string found where a sequence of words is expected. Put it in a list: [word].")
    listed = list(words)
    if not all(isinstance(word, str) for word in listed):
        row = next(row for row, word in enumerate(listed) if not isinstance(word, str))
        raise DataError(f"row {row:,}: {listed[row]!r:.60} found where a word (str) is expected.")
    return listed
