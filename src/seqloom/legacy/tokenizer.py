"""``Tokenizer``: a vocabulary by frequency, texts as ids or as a matrix, and back."""

from __future__ import annotations

import json
import math
import warnings
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from seqloom.errors import DataError, NotFitted, UsageError
from seqloom.legacy.matrix import count_matrix
from seqloom.legacy.words import FILTERS, filter_table, split_words

__all__ = ["Tokenizer"]


class Tokenizer:
    """Words (or characters) to ids: 1 is the most frequent, 0 is no word.

    Parameters
    ----------
    num_words : int, optional
        Ids from ``num_words`` on are left out of what is made of texts, so the ``num_words - 1`` most frequent words
        stay (one fewer with ``oov_token``, which is id 1). ``word_index`` always holds all words.
    filters : str or iterable of str
        Characters that become ``split``.
    lower : bool
        Whether texts and tokens are put into lower case.
    split : str
        What stands between two words.
    char_level : bool
        Whether each character is a token; nothing is filtered then.
    oov_token : str, optional
        Takes the place of unknown words and of those beyond ``num_words``; without it they are dropped. Choose one that
        does not occur in the texts: if it does, its id is that of a word of this frequency, and 1 stays unused.
    document_count : int
        Texts seen so far; for reading a saved tokenizer.
    analyzer : callable, optional
        Cuts a text instead of ``filters``, ``lower`` and ``split``. It is not part of the JSON.
    nb_words : int, optional
        What ``num_words`` was called in Keras 1.

    Attributes
    ----------
    word_counts : OrderedDict
        How often each word occurs, in the order of first appearance.
    word_docs, index_docs : defaultdict
        In how many texts each word, and each id, occurs.
    word_index, index_word : dict
        Ids of words, and words of ids.
    document_count : int
        Texts, or sequences, seen.

    Raises
    ------
    UsageError
        For ``num_words`` below 1: Keras took 0 for "all words".

    Examples
    --------
    >>> tokenizer = Tokenizer(num_words=3)
    >>> tokenizer.fit_on_texts(["The cat sat on the mat.", "The dog sat."])
    >>> tokenizer.word_index
    {'the': 1, 'sat': 2, 'cat': 3, 'on': 4, 'mat': 5, 'dog': 6}
    >>> tokenizer.texts_to_sequences(["The dog sat on a cat."])
    [[1, 2]]
    """

    def __init__(
        self,
        num_words: int | None = None,
        filters: Iterable[str] = FILTERS,
        lower: bool = True,
        split: str = " ",
        char_level: bool = False,
        oov_token: str | None = None,
        document_count: int = 0,
        analyzer: Callable[[str], Iterable[str]] | None = None,
        nb_words: int | None = None,
    ) -> None:
        if nb_words is not None:
            warnings.warn("nb_words is called num_words since Keras 2.", UserWarning, stacklevel=2)
            num_words = nb_words
        if num_words is not None and not num_words >= 1:
            raise UsageError(f"num_words {num_words} found, 1 or more expected; None for all words.")
        if callable(document_count):  # the seventh argument in Keras 2.9 to 2.15, where document_count was a keyword
            raise UsageError("document_count is a function: pass it by name, analyzer=...")
        self.num_words = num_words
        self.filters = filters
        self.lower = lower
        self.split = split
        self.char_level = char_level
        self.oov_token = oov_token
        self.document_count = document_count
        self.analyzer = analyzer
        self.word_counts: dict[str, int] = OrderedDict()
        self.word_docs: dict[str, int] = defaultdict(int)
        self.index_docs: dict[int, int] = defaultdict(int)
        self.word_index: dict[str, int] = {}
        self.index_word: dict[int, str] = {}

    def fit_on_texts(self, texts: Iterable[str | list[str]]) -> None:
        """Count the words of more texts, and number all words anew, by frequency, ties by first appearance.

        Parameters
        ----------
        texts : iterable of str or list of str
            Texts, or texts already cut into tokens. One str is taken for a row of characters, each a text of its own.

        Raises
        ------
        DataError
            For a text that is neither; the message names the row, from 0. Nothing was counted then.
        """
        counts: Counter[str] = Counter()
        documents: Counter[str] = Counter()
        n_texts = 0
        for tokens in self._tokens(texts):
            counts.update(tokens)
            documents.update(set(tokens))
            n_texts += 1
        self.document_count += n_texts
        for word, count in counts.items():
            self.word_counts[word] = self.word_counts.get(word, 0) + count
            self.word_docs[word] = self.word_docs.get(word, 0) + documents[word]
        self._number_words()

    def _number_words(self) -> None:
        words = sorted(self.word_counts, key=self.word_counts.__getitem__, reverse=True)
        if self.oov_token is not None:
            words.insert(0, self.oov_token)
        self.word_index = {word: i for i, word in enumerate(words, start=1)}
        self.index_word = {i: word for word, i in self.word_index.items()}
        for word, count in self.word_docs.items():
            self.index_docs[self.word_index[word]] = count

    def fit_on_sequences(self, sequences: Sequence[Iterable[int]]) -> None:
        """Count in how many sequences each id occurs, for ``sequences_to_matrix`` without texts.

        Parameters
        ----------
        sequences : sequence of iterables of int
            Ids.
        """
        self.document_count += len(sequences)
        for sequence in sequences:
            for i in set(sequence):
                self.index_docs[i] = self.index_docs.get(i, 0) + 1

    def texts_to_sequences(self, texts: Iterable[str | list[str]]) -> list[list[int]]:
        """The ids of each text's words, unknown ones and those beyond ``num_words`` dropped, or as ``oov_token``.

        Parameters
        ----------
        texts : iterable of str or list of str
            As in ``fit_on_texts``. One text goes into a list: ``[text]``.

        Returns
        -------
        list of list of int
            A row each; empty where nothing is known.
        """
        return list(self.texts_to_sequences_generator(texts))

    def texts_to_sequences_generator(self, texts: Iterable[str | list[str]]) -> Iterator[list[int]]:
        """``texts_to_sequences``, one row at a time; ``texts`` may be a generator."""
        limit, oov = self._limit(), self._oov_index()
        for tokens in self._tokens(texts):
            found = map(self.word_index.get, tokens)
            if oov is None:
                yield [i for i in found if i is not None and i < limit]
            else:
                yield [oov if i is None or i >= limit else i for i in found]

    def sequences_to_texts(self, sequences: Iterable[Iterable[int]]) -> list[str]:
        """The words of each sequence with spaces between them; what was filtered or dropped is gone.

        Parameters
        ----------
        sequences : iterable of iterables of int
            Ids.

        Returns
        -------
        list of str
            A text each.
        """
        return list(self.sequences_to_texts_generator(sequences))

    def sequences_to_texts_generator(self, sequences: Iterable[Iterable[int]]) -> Iterator[str]:
        """``sequences_to_texts``, one text at a time; ``sequences`` may be a generator."""
        limit, oov = self._limit(), self._oov_index()
        for sequence in sequences:
            ids = list(sequence)
            found = zip(ids, map(self.index_word.get, ids), strict=True)
            if oov is None:
                yield " ".join([word for i, word in found if word is not None and i < limit])
            else:
                unknown = self.index_word[oov]
                yield " ".join([unknown if word is None or i >= limit else word for i, word in found])

    def texts_to_matrix(self, texts: Iterable[str | list[str]], mode: str = "binary") -> np.ndarray:
        """A row of numbers for each text: ``sequences_to_matrix`` of ``texts_to_sequences``, with the same ``mode``."""
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode=mode)

    def sequences_to_matrix(self, sequences: Sequence[Sequence[int]], mode: str = "binary") -> np.ndarray:
        """A row of numbers for each sequence, a column for each id.

        Parameters
        ----------
        sequences : sequence of sequences of int
            Ids; those from ``num_words`` on are left out.
        mode : {"binary", "count", "freq", "tfidf"}
            Whether an id occurs, how often, which share of the sequence it is, or (1 + ln count) * ln(1 + texts /
            (1 + texts with it)).

        Returns
        -------
        ndarray, ``[N, num_words] float64``
            Dense: 25,000 texts and 10,000 words are 2 GB. Column 0 stays empty.

        Raises
        ------
        NotFitted
            Where the number of columns, or of texts, is not known yet.
        UsageError
            For another mode.
        DataError
            For an id that is no whole number or below 0; the message names the row, from 0.
        """
        if not self.num_words and not self.word_index:
            raise NotFitted("the number of columns is not known: call fit_on_texts first, or pass num_words.")
        if mode == "tfidf" and not self.document_count:
            raise NotFitted(
                "no texts were counted, which mode 'tfidf' needs: call fit_on_texts or fit_on_sequences first."
            )
        width = self.num_words or len(self.word_index) + 1
        return count_matrix(sequences, width, mode=mode, document_count=self.document_count, index_docs=self.index_docs)

    def get_config(self) -> dict[str, Any]:
        """Settings, and the tables as JSON, as Keras writes them."""
        if self.analyzer is not None:
            warnings.warn(
                "the analyzer is a function and is not kept: set it again after reading.", UserWarning, stacklevel=2
            )
        names = ("num_words", "filters", "lower", "split", "char_level", "oov_token", "document_count")
        tables = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")
        return {name: getattr(self, name) for name in names} | {
            name: json.dumps(getattr(self, name)) for name in tables
        }

    def to_json(self, **kwargs: Any) -> str:
        """The tokenizer as JSON, for ``tokenizer_from_json`` here and in Keras; ``kwargs`` go to ``json.dumps``."""
        return json.dumps({"class_name": type(self).__name__, "config": self.get_config()}, **kwargs)

    def _limit(self) -> float:
        return self.num_words or math.inf

    def _oov_index(self) -> int | None:
        if self.oov_token is None:
            return None
        if self.oov_token not in self.word_index:
            raise NotFitted(f"oov_token {self.oov_token!r} is not in word_index: call fit_on_texts first, or add it.")
        return self.word_index[self.oov_token]

    def _tokens(self, texts: Iterable[Any]) -> Iterator[Sequence[str]]:
        """The tokens of each text."""
        if isinstance(texts, str) and not self.char_level:
            message = (
                "one str found where texts are expected: each of its characters is a text. For one text pass [text]."
            )
            warnings.warn(message, UserWarning, stacklevel=3)
        table = filter_table(self.filters, self.split)
        for row, text in enumerate(texts):
            if isinstance(text, list):
                yield _lower_tokens(text, row) if self.lower else text
            elif self.analyzer is not None and not self.char_level:
                yield list(self.analyzer(text))
            elif not isinstance(text, str):
                kind = type(text).__name__
                raise DataError(f"row {row:,}: {text!r:.60} ({kind}) found, a str or a list of tokens expected.")
            elif self.char_level:
                yield text.lower() if self.lower else text
            else:
                yield split_words(text, table=table, lower=self.lower, split=self.split)


def _lower_tokens(tokens: list[Any], row: int) -> list[str]:
    try:
        return [token.lower() for token in tokens]
    except AttributeError:
        strange = next(token for token in tokens if not hasattr(token, "lower"))
        kind = type(strange).__name__
        raise DataError(f"row {row:,}: token {strange!r:.60} ({kind}) found, a str expected.") from None
