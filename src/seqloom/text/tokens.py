"""Texts cut into words, as numbers: 12 million tokens in about a second, without a Python loop over them."""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl

from seqloom.errors import DataError
from seqloom.flow import Ragged
from seqloom.groups import join_groups, number_groups
from seqloom.text.columns import Columns
from seqloom.text.cut import TOKEN_PATTERN, cut_piece, number_by_appearance

__all__ = ["Corpus", "Texts", "as_strings", "as_texts", "tokenise"]

# Bytes of text cut at a time (or one text, if it is longer): a few cores' caches, and few pieces to put together.
_PIECE_BYTES = 1 << 22


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """Tokenised texts under provisional ids: every distinct word numbered by first appearance.

    Provisional ids lose nothing and know nothing of any split, so one tokenisation serves every family, every part
    and the refit; a vocabulary is fitted later, on training rows alone, as a renumbering.

    Parameters
    ----------
    words : polars.Series
        ``[V]`` the word of each provisional id.
    tokens : Ragged
        Provisional ids, a row for each text.
    unit : {"word", "char", "char_wb"}
        What n-grams of it are made of: tokens side by side, written with a blank between; tokens that are characters,
        written without; or the characters within each token (``text.analyse`` reads texts in all three ways).
    source : polars.Series or None
        The texts themselves, so that they can be read in another way (by characters) when somebody asks for it.
    memo : dict
        What was derived from the whole corpus (n-grams), so that several encoders share it.
    """

    words: pl.Series
    tokens: Ragged
    unit: str = "word"
    source: pl.Series | None = field(default=None, repr=False, compare=False)
    memo: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    def __len__(self) -> int:
        """The number of texts, N."""
        return len(self.tokens)


@dataclass(frozen=True, kw_only=True)
class Texts:
    """Some rows of a corpus: what encoders fit on and encode; rows of one number of ``groups`` are never split up.

    ``columns`` are what stands beside the texts in a table; like ``groups`` they go wherever their rows go.
    """

    corpus: Corpus
    rows: np.ndarray
    groups: np.ndarray | None = None
    columns: Columns | None = None

    def __len__(self) -> int:
        """The number of rows, N."""
        return len(self.rows)

    def take(self, rows: np.ndarray) -> Texts:
        """The given rows of these rows, in the given order; nothing is copied but row numbers."""
        groups = None if self.groups is None else self.groups[rows]
        columns = None if self.columns is None else self.columns.take(rows)
        return Texts(corpus=self.corpus, rows=self.rows[rows], groups=groups, columns=columns)

    @property
    def is_whole(self) -> bool:
        """Whether these are all rows of the corpus, in its order."""
        return len(self.rows) == len(self.corpus) and np.array_equal(self.rows, np.arange(len(self.corpus)))

    @property
    def tokens(self) -> Ragged:
        """Provisional ids of these rows."""
        whole = self.corpus.tokens
        return whole if self.is_whole else whole.take(self.rows)

    @property
    def lengths(self) -> np.ndarray:
        """The number of tokens of each row, ``[N] int64``."""
        return self.corpus.tokens.lengths[self.rows]

    def keep_together(self, names: Iterable[Hashable]) -> Texts:
        """The same rows, those of one name (a document, a person) never to be split up; None stands alone."""
        groups = number_groups(names)
        if len(groups) != len(self):
            raise DataError(f"{len(groups):,} groups found for {len(self):,} texts. Give one for each text.")
        return replace(self, groups=groups)

    def put_beside(self, columns: Columns) -> Texts:
        """The same rows with ``columns`` beside them."""
        columns.check_rows(len(self))
        return replace(self, columns=columns)

    def group_rows(self) -> np.ndarray:
        """A number for each row, ``[N]``, equal where words or ``groups`` are equal: what a split keeps whole."""
        equal = self._number_equal()
        return equal if self.groups is None else join_groups(equal, self.groups)

    def _number_equal(self) -> np.ndarray:
        """A number for each row, ``[N] uint64``, equal where the words are equal.

        A polynomial of the ids modulo 2**64: two texts that differ share a number once in some 10**19 pairs.
        """
        tokens = self.tokens
        place = np.arange(len(tokens.values)) - np.repeat(tokens.offsets[:-1], tokens.lengths)
        terms = _scramble(tokens.values.astype(np.uint64) + np.uint64(1)) * _scramble(place.astype(np.uint64))
        ends = np.concatenate([np.zeros(1, np.uint64), np.cumsum(terms, dtype=np.uint64)])
        return ends[tokens.offsets[1:]] - ends[tokens.offsets[:-1]]

    def join(self, other: Texts) -> Texts:
        """These rows and then the other's, in one corpus; groups and columns are left out where one has none."""
        groups = columns = None
        if self.groups is not None and other.groups is not None:
            groups = np.concatenate([self.groups, other.groups])
        if self.columns is not None and other.columns is not None:
            columns = self.columns.join(other.columns)
        if other.corpus is self.corpus:
            rows = np.concatenate([self.rows, other.rows])
            return Texts(corpus=self.corpus, rows=rows, groups=groups, columns=columns)
        ours, theirs = self.corpus.words, other.corpus.words
        new = theirs.filter(~theirs.is_in(ours.implode()))
        words = pl.concat([ours, new])
        number = theirs.to_frame("word").join(words.to_frame("word").with_row_index(), on="word", maintain_order="left")
        first, second = self.tokens, other.tokens
        values = np.concatenate([first.values, number["index"].to_numpy().astype(np.int32)[second.values]])
        offsets = np.concatenate([first.offsets, first.offsets[-1] + second.offsets[1:]])
        tokens = Ragged(values=values, offsets=offsets)
        corpus = Corpus(words=words, tokens=tokens, unit=self.corpus.unit, source=self._join_sources(other))
        return Texts(corpus=corpus, rows=np.arange(len(corpus)), groups=groups, columns=columns)

    def without(self, other: Texts) -> Texts:
        """These rows but for those that have the words of one of the other's, word for word."""
        if other.corpus is self.corpus:
            mine, known = self._number_equal(), other._number_equal()
        else:
            known, mine = np.split(other.join(self)._number_equal(), [len(other)])
        return self.take(np.flatnonzero(~np.isin(mine, known)))

    def _join_sources(self, other: Texts) -> pl.Series | None:
        ours, theirs = self.corpus.source, other.corpus.source
        if ours is None or theirs is None:
            return None
        return pl.concat([ours.gather(self.rows), theirs.gather(other.rows)])


def _scramble(numbers: np.ndarray) -> np.ndarray:
    """Numbers spread over 64 bits (odd multiplier, high bits folded down; Steele et al. 2014, SplitMix64)."""
    with np.errstate(over="ignore"):
        mixed = (numbers + np.uint64(0x9E3779B97F4A7C15)) * np.uint64(0xBF58476D1CE4E5B9)
        return (mixed ^ (mixed >> np.uint64(31))) * np.uint64(0x94D049BB133111EB) | np.uint64(1)


def as_texts(texts: Texts | pl.Series | Iterable[str], *, first_row: int = 0) -> Texts:
    """Tokenised rows, from strings in whatever sequence they come (or as they are, if tokenised already).

    Parameters
    ----------
    texts : Texts, polars.Series, or iterable of str
        A NumPy array, list or Series of strings.
    first_row : int
        What messages call the first row, where this is a piece of something longer.

    Returns
    -------
    Texts
        All rows of a new corpus.

    Raises
    ------
    DataError
        Where an item is not a string; the row is named.
    """
    if isinstance(texts, Texts):
        return texts
    corpus = tokenise(as_strings(texts, first_row=first_row))
    return Texts(corpus=corpus, rows=np.arange(len(corpus)))


def as_strings(texts: pl.Series | Iterable[str], *, first_row: int = 0) -> pl.Series:
    """``texts`` as a Series of strings, ``[N]``, none null; else DataError, which counts from ``first_row``."""
    series = texts if isinstance(texts, pl.Series) else _as_series(texts, first_row=first_row)
    if series.dtype != pl.String:
        raise DataError(f"texts of type {series.dtype} found, strings expected. Convert them with .cast(pl.String).")
    if series.null_count():
        row = first_row + int(series.is_null().arg_max() or 0)
        raise DataError(f"row {row:,}: no text (None) found where a string is expected. Leave the row out, or pass ''.")
    return series


def _as_series(texts: Iterable[Any], *, first_row: int) -> pl.Series:
    if isinstance(texts, str | bytes):
        raise DataError("one string found where a sequence of texts is expected. Put it in a list: [text].")
    shape = getattr(texts, "shape", (0,))  # of arrays and frames
    if isinstance(shape, tuple) and len(shape) > 1:
        size = " x ".join(f"{n:,}" for n in shape)
        raise DataError(f"a table of {size} found where a sequence of texts is expected. Pass one column of it.")
    if not isinstance(texts, Iterable) or shape == ():
        raise DataError(f"{texts!r:.60} ({type(texts).__name__}) found where a sequence of texts is expected.")
    items = list(texts)
    for row, item in enumerate(items, start=first_row):
        if not isinstance(item, str):
            kind = type(item).__name__
            raise DataError(f"row {row:,}: {item!r:.60} ({kind}) found where a string is expected. Pass texts as str.")
    try:
        return pl.Series("text", items, dtype=pl.String)
    except UnicodeEncodeError as problem:
        row = next(
            row for row, item in enumerate(items, first_row) if any("\ud800" <= letter <= "\udfff" for letter in item)
        )
        raise DataError(
            f"row {row:,}: half a character (a lone surrogate) found, which is no Unicode text. Clean it with "
            "text.encode('utf-8', 'replace').decode()."
        ) from problem


def tokenise(texts: pl.Series, *, pattern: str = TOKEN_PATTERN, lowercase: bool = True) -> Corpus:
    """A corpus of words under provisional ids.

    Parameters
    ----------
    texts : polars.Series
        ``[N]`` strings, none null.
    pattern : str
        What a token is, as a regular expression of the Rust ``regex`` crate.
    lowercase : bool
        Whether words are lower-cased; they are composed (NFC) in any case.

    Returns
    -------
    Corpus
        Words numbered by first appearance, whatever the number of threads.

    Examples
    --------
    >>> corpus = tokenise(pl.Series(["Good film!", "", "A GOOD one"]))
    >>> corpus.words.to_list(), corpus.tokens.row(2).tolist(), corpus.tokens.lengths.tolist()
    (['good', 'film', '!', 'a', 'one'], [3, 0, 4], [3, 0, 3])
    """
    # Categories of their own: the process-wide ones would keep every word of every corpus for good.
    kind = pl.Categorical(pl.Categories.random())
    # Polars and NumPy work without Python's lock: a thread for each core halves the time.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        pieces = list(
            pool.map(partial(cut_piece, pattern=pattern, kind=kind, lowercase=lowercase), _slice_texts(texts))
        )
        found, number = number_by_appearance(_join([piece.found for piece in pieces], np.uint32))
        ends = np.cumsum([len(piece.found) for piece in pieces], dtype=np.int64)[:-1]
        values = list(pool.map(lambda piece, mine: mine[piece.ids], pieces, np.split(number, ends)))
    offsets = np.cumsum(_join([np.zeros(1), *(piece.lengths for piece in pieces)], np.int64))
    tokens = Ragged(values=_join(values, np.int32), offsets=offsets)
    return Corpus(words=_spell(found, [piece.known for piece in pieces]), tokens=tokens, source=texts)


def _join(parts: list[np.ndarray], dtype: Any) -> np.ndarray:
    """The parts end to end, also if there are none."""
    return np.concatenate([np.empty(0, dtype), *parts]).astype(dtype, copy=False)


def _slice_texts(texts: pl.Series) -> list[pl.Series]:
    """Runs of ``_PIECE_BYTES`` or a little more."""
    piece = np.cumsum(texts.str.len_bytes().to_numpy(), dtype=np.int64) // _PIECE_BYTES
    starts = np.flatnonzero(np.diff(piece, prepend=-1)).tolist()
    return [texts.slice(start, end - start) for start, end in pairwise([*starts, len(texts)])]


def _spell(found: np.ndarray, known: list[pl.Series]) -> pl.Series:
    """The words of physical numbers."""
    if not len(found):
        return pl.Series("word", [], dtype=pl.String)
    words = pl.concat(known).unique()
    place = np.empty(int(found.max()) + 1, dtype=np.int64)
    place[words.to_physical().to_numpy()] = np.arange(len(words))
    return words.cast(pl.String).gather(place[found]).alias("word")
