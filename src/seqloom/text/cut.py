"""Some texts cut into tokens, on one core and without a Python loop over them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from seqloom.flow import Ragged
from seqloom.text.scan import scan_runs

__all__ = ["TOKEN_PATTERN", "Piece", "cut_piece", "normalise", "number_by_appearance"]

# A run of word characters of any script, or one of the marks that carry feeling: ! ? and pictographs (emoji, flags).
# A word does not begin with a combining mark or a joiner: "\u2764\ufe0f" and the parts of a joined emoji would leave
# tokens behind that nobody can see.
TOKEN_PATTERN = r"[\w--[\p{M}\p{Join_Control}]]\w*|[!?]|\p{RI}{2}|\p{Extended_Pictographic}"

# What holds a character that composing could change, or that could compose with the one before. Let through without
# it are Latin, Cyrillic and Hangul syllables, kana, ideographs, common punctuation and pictographs.
_MAY_COMPOSE = (
    r"[^\x00-\u02ff\u0400-\u0482\u048a-\u04ff\u2010-\u205e\u20a0-\u20bf\u2122\u3041-\u3096\u30a1-\u30fa"
    r"\u4e00-\u9fff\uac00-\ud7a3\ufe0f\U0001f300-\U0001faff]"
)


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Some texts, cut.

    ``ids`` ``[T]`` points into ``found``, the different words in order of appearance, as physical numbers of the shared
    categories; ``lengths`` counts the tokens of each text; ``known`` holds the words themselves.
    """

    ids: np.ndarray
    found: np.ndarray
    lengths: np.ndarray
    known: pl.Series


def cut_piece(texts: pl.Series, *, pattern: str, kind: pl.Categorical, lowercase: bool = True) -> Piece:
    """The tokens of some texts; bytes are enough to find them where the pattern is the usual one.

    Parameters
    ----------
    texts : polars.Series
        ``[N]`` strings.
    pattern : str
        What a token is, as a regular expression of the Rust ``regex`` crate.
    kind : polars.Categorical
        The categories that all pieces of a corpus share.
    lowercase : bool
        Whether texts are lower-cased.

    Returns
    -------
    Piece
        Composed (NFC).
    """
    if pattern == TOKEN_PATTERN and lowercase:
        physical, lengths, known = _cut_runs(texts, kind)
    else:
        physical, lengths, known = _cut_pattern(normalise(texts, lowercase=lowercase), pattern, kind=kind)
    found, ids = number_by_appearance(physical)
    return Piece(ids=ids, found=found, lengths=lengths, known=known)


def normalise(texts: pl.Series, *, lowercase: bool = True) -> pl.Series:
    """``texts`` composed (NFC), which few need, and ``lowercase`` if so told."""
    loose = texts.str.contains(_MAY_COMPOSE).arg_true()
    if len(loose):
        texts = texts.clone().scatter(loose, texts.gather(loose).str.normalize("NFC"))
    return texts.str.to_lowercase() if lowercase else texts


def _cut_runs(texts: pl.Series, kind: pl.Categorical) -> tuple[np.ndarray, np.ndarray, pl.Series]:
    """Physical numbers of the tokens, how many each text has, and the words.

    No token crosses ASCII that is not in a word, so a run holds whole tokens; only the different runs that are not
    ASCII need the regular expression. ASCII rows have nothing to compose, and are lower-cased on the way.
    """
    odd = (texts.str.len_bytes() != texts.str.len_chars()).arg_true()
    texts = texts.clone().scatter(odd, normalise(texts.gather(odd))) if len(odd) else texts
    joined = texts.str.join("\n").cast(pl.Binary).item() if len(texts) else b""
    ids, starts, spelt = scan_runs(joined)
    ends = np.cumsum(texts.str.len_bytes().to_numpy().astype(np.int64) + 1)
    runs = pl.Series(spelt, dtype=pl.Binary).cast(pl.String)
    is_plain = (runs.str.len_bytes() == runs.str.len_chars()).to_numpy()
    plain = runs.filter(is_plain).cast(kind)
    other, n_other, other_words = _cut_pattern(runs.filter(~is_plain), TOKEN_PATTERN, kind=kind)
    n_words = np.ones(len(runs), dtype=np.int64)
    n_words[~is_plain] = n_other
    words = np.empty(n_words.sum(), dtype=np.uint32)
    of_plain = np.repeat(is_plain, n_words)
    words[of_plain], words[~of_plain] = plain.to_physical().to_numpy(), other
    tokens = Ragged(values=words, offsets=np.cumsum(np.append(0, n_words))).take(ids)
    n_tokens = np.diff(tokens.offsets[np.searchsorted(starts, ends)], prepend=0)
    return tokens.values, n_tokens, pl.concat([plain, other_words])


def _cut_pattern(texts: pl.Series, pattern: str, *, kind: pl.Categorical) -> tuple[np.ndarray, np.ndarray, pl.Series]:
    """Physical numbers of the tokens that a pattern finds, how many each text has, and the words."""
    lists = texts.str.extract_all(pattern)
    flat = lists.explode(empty_as_null=False, keep_nulls=False).cast(kind)
    return flat.to_physical().to_numpy(), lists.list.len().to_numpy().astype(np.int64), flat.unique()


def number_by_appearance(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The different numbers in order of first appearance, and for each number its place among them, ``int32``.

    Parameters
    ----------
    numbers : ndarray, ``[T]``
        Not below 0.

    Returns
    -------
    found : ndarray
        Each number once.
    places : ndarray, ``[T] int32``
        ``found[places]`` are the numbers again.
    """
    first = np.full(int(numbers.max(initial=0)) + 1, len(numbers), dtype=np.int64)
    first[numbers[::-1]] = np.arange(len(numbers) - 1, -1, -1)  # assigned backwards, the first appearance stays
    found = np.flatnonzero(first < len(numbers))
    found = found[np.argsort(first[found], kind="stable")]
    place = np.empty(len(first), dtype=np.int32)
    place[found] = np.arange(len(found), dtype=np.int32)
    return found, place[numbers]
