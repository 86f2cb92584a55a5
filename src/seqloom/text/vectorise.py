"""Encoders of text: fitted on training rows, saved with the model, the same in training and in service.

Each has ``fit(texts)``, ``encode(texts) -> inputs by name``, ``state() -> settings, words, arrays`` and
``from_state``. The words of an encoder are a JSON list, its arrays stand beside the weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

import numpy as np

from seqloom.errors import ArtifactError, DataError, UsageError
from seqloom.flow import Arrays, Ragged
from seqloom.text.analyse import check_flag
from seqloom.text.checks import check_ids_settings, check_words
from seqloom.text.conventions import AbstractVectorizer, RawTexts, check_size, count_rows, refuse_nothing
from seqloom.text.count import CountVectorizer
from seqloom.text.lsa import LsaVectorizer
from seqloom.text.ngram_set import NgramSetVectorizer
from seqloom.text.pad import Cut, cut_ids, measure_cut, pad_ids
from seqloom.text.tokens import Texts
from seqloom.text.vocabulary import Vocabulary, fit_vocabulary

__all__ = ["Encoder", "TextVectorizer", "encoder_from_state"]

_SETTINGS = ("max_features", "min_df", "keep", "pad", "fixed")


class TextVectorizer(AbstractVectorizer):
    """Texts as ids of words: 0 padding, 1 ``[UNK]``, then words by frequency, ties by first appearance.

    Parameters
    ----------
    analyzer : {"word", "char", "morpheme"} or callable
        What tokens are (see ``text.analyse``).
    lowercase : bool
        Whether texts are lower-cased first (not for a callable).
    token_pattern : str or None
        What a word is, as a regular expression; None: words of any script, ``!``, ``?`` and pictographs.
    max_features : int or None
        Ids at most, the two special ones included (2: every word is unknown); the most frequent words stay. None keeps
        all.
    min_df : int or float
        Training texts a word must stand in, or a share of them; 2 drops half of all words of reviews: typing errors,
        names.
    length : int or None
        T, ids of a text at most; None: as many as the longest training text has.
    keep : {"first", "last"}
        Which end of a longer text stays.
    pad : {"before", "after"}
        Where the zeros of a shorter text go; before, as Keras's ``pad_sequences`` has it.
    fixed : bool
        Whether every row has exactly ``length`` ids, or (False) only as many as it needs: a ``Ragged``.

    Examples
    --------
    >>> vectorizer = TextVectorizer(length=3).fit(["good film", "good one"])
    >>> vectorizer.transform(["one GOOD thing indeed", "film"]).tolist()
    [[4, 2, 1], [0, 0, 3]]
    >>> vectorizer.get_vocabulary()
    ['', '[UNK]', 'good', 'film', 'one']
    """

    # Ids 0 and 1 are padding and [UNK]; words begin at 2.
    n_special = 2

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
        pad: str = "before",
        fixed: bool = True,
    ) -> None:
        self.analyzer = analyzer
        self.lowercase = lowercase
        self.token_pattern = token_pattern
        self.max_features = max_features
        self.min_df = min_df
        self.length = length
        self.keep = keep
        self.pad = pad
        self.fixed = fixed

    @property
    def n_ids(self) -> int:
        """The number of ids, V: words and the two special ones."""
        return len(self._learned("words_")) + self.n_special

    @property
    def vocabulary_(self) -> dict[str, int]:
        """The id of each word."""
        words = self._learned("words_").words.to_list()
        return dict(zip(words, range(self.n_special, self.n_special + len(words)), strict=True))

    def get_vocabulary(self) -> list[str]:
        """The word of each id, ``[V]``: first ``""`` for padding and ``"[UNK]"``."""
        return ["", "[UNK]", *self._learned("words_").words.to_list()]

    def fit(self, texts: RawTexts, y: Any = None) -> Self:  # noqa: ARG002 (scikit-learn's signature)
        """Itself, with the vocabulary of these rows.

        Parameters
        ----------
        texts : Texts or sequence of str
            Training rows.
        y : object
            Not looked at.

        Returns
        -------
        self
            With ``words_`` and ``length_``.

        Raises
        ------
        UsageError
            Where a setting cannot be meant.
        DataError
            Where a text is no string, or no word is left.
        """
        self._check()
        rows = self._read(texts)
        # The two special ids count towards max_features, as the width of the embedding is what the user limits.
        limit = None if self.max_features is None else self.max_features - self.n_special
        words = fit_vocabulary(rows, max_features=limit, min_df=count_rows("min_df", self.min_df, n_rows=len(rows)))
        if not len(words) and limit != 0:
            remedy = f"min_df {self.min_df} leaves out the others: lower it."
            refuse_nothing("words", n_texts=len(rows), n_seen=len(np.unique(rows.tokens.values)), remedy=remedy)
        self.words_ = words
        self.length_ = int(rows.tokens.lengths.max(initial=0)) if self.length is None else int(self.length)
        return self

    def _check(self) -> None:
        if self.analyzer == "char_wb":
            raise UsageError("analyzer 'char_wb' is for n-grams (CountVectorizer); 'char' gives texts as characters.")
        check_size("max_features", self.max_features, least=self.n_special)
        check_size("length", self.length, least=0)
        check_flag("fixed", self.fixed)
        for name, choices in (("keep", ("first", "last")), ("pad", ("before", "after"))):
            if getattr(self, name) not in choices:
                raise UsageError(f"{name} {getattr(self, name)!r:.60} found, {' or '.join(choices)} expected.")

    def transform(self, texts: RawTexts) -> np.ndarray | Ragged:
        """The ids of these rows.

        Parameters
        ----------
        texts : Texts or sequence of str
            Rows, tokenised or not.

        Returns
        -------
        ndarray, ``[N, T] int32``, or Ragged
            As ``fixed`` says.
        """
        self._learned("words_")
        return self.encode(self._read(texts))["ids"]

    def encode(self, texts: Texts) -> dict[str, Ragged | np.ndarray]:
        """``ids``, as ``transform`` gives them, by their name for a net."""
        number = self._learned("words_").index(texts.corpus.words) + np.int32(self.n_special)  # unknown, -1, becomes 1
        tokens = cut_ids(texts.corpus.tokens, self.length_, keep=self.keep, rows=texts.rows)
        ids = Ragged(values=number[tokens.values], offsets=tokens.offsets)
        return {"ids": pad_ids(ids, self.length_, pad=self.pad) if self.fixed else ids}

    def inverse_transform(self, ids: np.ndarray | Ragged) -> list[list[str]]:
        """The words of each row, padding left out, ``[UNK]`` for what was not known."""
        words = np.array(self.get_vocabulary(), dtype=object)
        values = ids.values if isinstance(ids, Ragged) else np.asarray(ids)
        if values.size and not (values.dtype.kind in "iu" and values.min() >= 0 and values.max() < len(words)):
            raise DataError(
                f"ids from {values.min()} to {values.max()} found, whole numbers below {len(words):,} expected."
            )
        rows = [ids.row(i) for i in range(len(ids))] if isinstance(ids, Ragged) else np.atleast_2d(values)
        return [words[row[row != 0]].tolist() for row in rows]

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:  # noqa: ARG002 (scikit-learn's signature)
        """``textvectorizer0`` to T - 1: columns are places in a text; ``input_features`` is there for scikit-learn."""
        return np.array([f"textvectorizer{i}" for i in range(self._learned("length_"))], dtype=object)

    def count_cut(self, texts: Texts) -> Cut:
        """What of these rows is cut off by ``length``."""
        return measure_cut(texts.lengths, self._learned("length_"), unit="words")

    def state(self) -> tuple[dict[str, Any], list[str], Arrays]:
        """Settings, words and arrays: all that ``from_state`` needs."""
        words = self._learned("words_").words.to_list()
        settings = {name: getattr(self, name) for name in _SETTINGS} | self._tell_analyser()
        return {"kind": "ids", **settings, "length": self.length_}, words, {}

    @classmethod
    def from_state(cls, settings: Mapping[str, Any], words: list[str], *, arrays: Arrays) -> TextVectorizer:  # noqa: ARG003
        """The encoder again, from what ``state`` gave."""
        check_ids_settings(settings)
        names = (*_SETTINGS, "length", "analyzer", "lowercase", "token_pattern")
        encoder = cls(**{name: settings[name] for name in names})
        encoder.words_ = Vocabulary(words=check_words(words))
        encoder.length_ = settings["length"]
        return encoder


Encoder = TextVectorizer | NgramSetVectorizer | CountVectorizer | LsaVectorizer


def encoder_from_state(settings: Mapping[str, Any], words: list[str], *, arrays: Arrays) -> Encoder:
    """The encoder that a card names.

    Parameters
    ----------
    settings : mapping
        What ``state`` gave; ``kind`` tells which encoder.
    words : list of str
        The vocabulary.
    arrays : dict of str to ndarray
        The encoder's arrays (others are not looked at).

    Returns
    -------
    Encoder
        Fitted.

    Raises
    ------
    ArtifactError
        Where the kind is not known to this version, or a setting or array is missing.
    """
    kinds: dict[str, type[Encoder]] = {
        "ids": TextVectorizer,
        "ngram-set": NgramSetVectorizer,
        "ngrams": CountVectorizer,
        "lsa": LsaVectorizer,
    }
    kind = str(settings.get("kind"))
    if kind not in kinds:
        raise ArtifactError(
            f"encoding {kind!r} found, one of {', '.join(kinds)} expected. Is the model of a newer version?"
        )
    try:
        return kinds[kind].from_state(settings, words, arrays=arrays)
    except (KeyError, TypeError, ValueError) as problem:
        raise ArtifactError(f"the {kind} encoding in the card is not whole: {problem!r}.") from problem
