"""What the tokens of a text are: words, characters, characters within words, Korean morphemes, or anything callable."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any

import numpy as np
import polars as pl

from seqloom.errors import DataError, UsageError
from seqloom.flow import Ragged
from seqloom.text.characters import WHITE, number_characters
from seqloom.text.cut import TOKEN_PATTERN, normalise
from seqloom.text.tokens import Corpus, Texts, as_strings, tokenise

__all__ = ["ANALYZERS", "Analyser", "check_flag"]

ANALYZERS = ("word", "char", "char_wb", "morpheme")


def check_flag(name: str, given: Any) -> None:
    """Nothing, if ``given``, the setting ``name``, is True or False; else UsageError: "no" would count as True."""
    if not isinstance(given, bool | np.bool):
        raise UsageError(f"{name} {given!r:.60} found; True or False expected.")


@dataclass(frozen=True, kw_only=True)
class Analyser:
    """Texts as tokens, by one rule.

    Parameters
    ----------
    analyzer : {"word", "char", "char_wb", "morpheme"} or callable
        ``word``: what ``token_pattern`` finds. ``char``: every character, two and more of white space as one blank.
        ``char_wb``: characters within words, a blank before and behind each word (the words between white space).
        ``morpheme``: Korean morphemes, by Kiwi. A callable is given each text as it is, and gives its tokens.
    lowercase : bool
        Whether texts are lower-cased first. They are composed (NFC) in any case; a callable sees them untouched.
    token_pattern : str or None
        What a word is, as a regular expression of the Rust ``regex`` crate, whose whole match is the token; None:
        runs of word characters of any script, ``!``, ``?`` and pictographs. Only for ``word``.

    Examples
    --------
    >>> texts = Analyser(analyzer="char").read(["Ab  b", "b"])
    >>> texts.corpus.words.to_list(), texts.tokens.row(0).tolist()
    ([' ', 'a', 'b'], [1, 2, 0, 2])
    """

    analyzer: str | Callable[[str], Iterable[str]] = "word"
    lowercase: bool = True
    token_pattern: str | None = None

    @property
    def unit(self) -> str:
        """What n-grams are made of: ``word``, ``char`` or ``char_wb``."""
        return str(self.analyzer) if self.analyzer in ("char", "char_wb") else "word"

    @property
    def joiner(self) -> str:
        """What stands between the tokens of an n-gram when it is written out."""
        return " " if self.unit == "word" else ""

    def check(self) -> None:
        """Nothing, if texts can be read so; else UsageError."""
        if not callable(self.analyzer) and self.analyzer not in ANALYZERS:
            raise UsageError(f"analyzer {self.analyzer!r} found; {', '.join(ANALYZERS)} or a callable expected.")
        check_flag("lowercase", self.lowercase)
        if self.token_pattern is None:
            return
        if not isinstance(self.token_pattern, str):
            raise UsageError(f"token_pattern {self.token_pattern!r:.60} found; a regular expression (str) expected.")
        if self.analyzer != "word":
            raise UsageError(f"token_pattern is for analyzer 'word', {self.analyzer!r:.60} found. Leave it out.")
        try:
            pl.Series([""]).str.extract_all(self.token_pattern)
        except pl.exceptions.ComputeError as problem:
            told = str(problem).partition("\n\n")[0]  # behind it stands the expression of Polars it came from
            raise UsageError(
                f"token_pattern {self.token_pattern!r:.60} found, a regular expression expected: {told}. "
                "The regex crate of Rust reads it, which has neither look-around nor references back."
            ) from problem

    def read(self, texts: Texts | pl.Series | Iterable[str], *, first_row: int = 0) -> Texts:
        """Tokenised rows of a new corpus, from strings in whatever sequence they come (tokenised ones too).

        Parameters
        ----------
        texts : Texts, polars.Series, or iterable of str
            A NumPy array, list or Series of strings.
        first_row : int
            What messages call the first row, where this is a piece of something longer.

        Returns
        -------
        Texts
            All rows.

        Raises
        ------
        DataError
            Where an item is not a string; the row is named.
        UsageError
            Where the settings cannot be meant.
        """
        self.check()
        if isinstance(texts, Texts):
            return self._read_again(texts)
        corpus = self._cut(as_strings(texts, first_row=first_row), first_row)
        return Texts(corpus=corpus, rows=np.arange(len(corpus)))

    def _read_again(self, texts: Texts) -> Texts:
        """Words read as characters, once for a corpus, whose texts must still be known; other rows as they are."""
        corpus = texts.corpus
        if self.unit == corpus.unit:
            return texts
        if corpus.source is None:
            raise DataError(
                f"texts cut already (unit {corpus.unit!r}) and not kept found where {self.unit!r} is to be read: "
                "pass the texts themselves, as strings."
            )
        if self not in corpus.memo:
            corpus.memo[self] = self._cut(corpus.source, 0)
        return Texts(corpus=corpus.memo[self], rows=texts.rows)

    def _cut(self, strings: pl.Series, first_row: int) -> Corpus:
        if callable(self.analyzer):
            return _call(self.analyzer, strings, first_row=first_row)
        if self.analyzer == "word":
            return tokenise(strings, pattern=self.token_pattern or TOKEN_PATTERN, lowercase=self.lowercase)
        if self.analyzer == "char_wb":
            words = tokenise(strings, pattern=f"[^{WHITE}]+", lowercase=self.lowercase)
            return Corpus(words=words.words, tokens=words.tokens, unit="char_wb")
        clean = normalise(strings, lowercase=self.lowercase)
        if self.analyzer == "morpheme":
            return _cut_morphemes(clean)
        return number_characters(clean.str.replace_all(f"[{WHITE}]{{2,}}", " "))


def _call(function: Callable[[str], Iterable[str]], strings: pl.Series, *, first_row: int) -> Corpus:
    """What a callable gives of each text; its tokens are looked over, as they come from outside."""
    return _number_rows([_list_tokens(function(text), row=row) for row, text in enumerate(strings, first_row)])


def _list_tokens(tokens: Any, *, row: int) -> list[str]:
    items: list[Any] = [None]
    if isinstance(tokens, Iterable) and not isinstance(tokens, str | bytes):
        items = list(tokens)
    if not all(isinstance(item, str) for item in items):
        raise DataError(f"row {row:,}: {tokens!r:.60} came from the analyzer where a list of tokens (str) is expected.")
    return items


def _number_rows(rows: list[list[str]]) -> Corpus:
    """A corpus from tokens that are Python strings."""
    flat = pl.Series("word", list(chain.from_iterable(rows)), dtype=pl.String)
    words = flat.unique(maintain_order=True)
    values = flat.cast(pl.Enum(words)).to_physical().to_numpy().astype(np.int32)
    offsets = np.cumsum([0, *map(len, rows)], dtype=np.int64)
    return Corpus(words=words, tokens=Ragged(values=values, offsets=offsets))


def _cut_morphemes(strings: pl.Series) -> Corpus:
    """Morphemes as Kiwi cuts them, in all its threads."""
    return _number_rows([[token.form for token in row] for row in _load_kiwi().tokenize(strings.to_list())])


@cache
def _load_kiwi() -> Any:
    """Kiwi with its model, once a process: two seconds and 0.5 GB that only its users pay for."""
    try:
        from kiwipiepy import Kiwi
    except ImportError as problem:
        raise UsageError(
            "analyzer 'morpheme' needs kiwipiepy, which is not installed: pip install 'seqloom[korean]'. "
            "Or take analyzer='char', which serves Korean well without it."
        ) from problem
    return Kiwi()
