"""A text cut at spaces, and words put into numbers by a hash."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

from seqloom.errors import DataError, UsageError

__all__ = ["FILTERS", "filter_table", "hashing_trick", "one_hot", "split_words", "text_to_word_sequence"]

# Punctuation of ASCII without the apostrophe, tab and line feed. A carriage return and everything beyond ASCII
# (quotation marks, dashes, no-break spaces) stay in the words: Keras's choice, and part of every saved vocabulary.
FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'


def filter_table(filters: Iterable[str], split: str) -> dict[int, str]:
    """What ``str.translate`` needs to put ``split`` in place of each character of ``filters``."""
    return str.maketrans(dict.fromkeys(filters, split))


def split_words(text: str, *, table: dict[int, str], lower: bool, split: str) -> list[str]:
    """The words of a text, with a ``table`` of filters, ``lower`` and ``split`` as in ``text_to_word_sequence``."""
    if lower:
        text = text.lower()
    return list(filter(None, text.translate(table).split(split)))


def text_to_word_sequence(
    text: str, filters: Iterable[str] = FILTERS, lower: bool = True, split: str = " "
) -> list[str]:
    """The words of a text, in order.

    Parameters
    ----------
    text : str
        One text.
    filters : str or iterable of str
        Characters that become ``split``.
    lower : bool
        Whether the text is put into lower case first.
    split : str
        What stands between two words.

    Returns
    -------
    list of str
        Without empty ones.

    Raises
    ------
    DataError
        For a text that is no string.

    Examples
    --------
    >>> text_to_word_sequence("The cat, the mat: it's flat.")
    ['the', 'cat', 'the', 'mat', "it's", 'flat']
    """
    if not isinstance(text, str):
        raise DataError(f"{text!r:.60} ({type(text).__name__}) found where a text is expected. Pass one str.")
    return split_words(text, table=filter_table(filters, split), lower=lower, split=split)


def one_hot(
    text: str,
    n: int,
    filters: Iterable[str] = FILTERS,
    lower: bool = True,
    split: str = " ",
    analyzer: Callable[[str], Iterable[str]] | None = None,
) -> list[int]:
    """``hashing_trick`` by Python's ``hash``, which differs from process to process: see there.

    The name promises more than it gives: ids come out, not vectors, and two words may share one.

    Parameters
    ----------
    text : str
        One text.
    n : int
        Ids are 1 to n - 1.
    filters : str or iterable of str
        Characters that become ``split``.
    lower : bool
        Whether the text is put into lower case first.
    split : str
        What stands between two words.
    analyzer : callable, optional
        Cuts the text instead of ``filters``, ``lower`` and ``split``.

    Returns
    -------
    list of int
        One id a word.
    """
    return hashing_trick(text, n, hash, filters, lower, split, analyzer)


def hashing_trick(
    text: str,
    n: int,
    hash_function: Callable[[str], int] | str | None = None,
    filters: Iterable[str] = FILTERS,
    lower: bool = True,
    split: str = " ",
    analyzer: Callable[[str], Iterable[str]] | None = None,
) -> list[int]:
    """An id from 1 to n - 1 for each word, by a hash, without a vocabulary.

    **Do not use the default with anything that is saved.** Python's ``hash`` of a string starts from a random number in
    each process (unless PYTHONHASHSEED is set), so a model trained in one process reads noise in the next. It is the
    default because it was; ``hash_function="md5"`` gives the same ids everywhere and costs little.

    Parameters
    ----------
    text : str
        One text.
    n : int
        Size of the space with 0, which is given to no word; at least 2.
    hash_function : callable, "md5", or None
        From a word to an int; None is Python's ``hash``.
    filters : str or iterable of str
        Characters that become ``split``.
    lower : bool
        Whether the text is put into lower case first.
    split : str
        What stands between two words.
    analyzer : callable, optional
        Cuts the text instead of ``filters``, ``lower`` and ``split``.

    Returns
    -------
    list of int
        One id a word. Different words may share one: with w words in n ids, about w * w / 2n pairs do.

    Raises
    ------
    UsageError
        For n below 2, or a hash function that is none.

    Examples
    --------
    >>> hashing_trick("the cat sat on the mat", 1000, hash_function="md5")
    [132, 759, 622, 379, 132, 962]
    """
    if n < 2:
        raise UsageError(f"n is {n}, at least 2 expected: ids are 1 to n - 1, and 0 stands for padding.")
    hash_word = _choose_hash(hash_function)
    words = text_to_word_sequence(text, filters, lower, split) if analyzer is None else analyzer(text)
    return [hash_word(word) % (n - 1) + 1 for word in words]


def _choose_hash(named: Any) -> Callable[[str], int]:
    if named is None:
        return hash
    if named == "md5":
        return _hash_md5
    if not callable(named):
        raise UsageError(f"hash_function {named!r} found; 'md5', a function from str to int, or None expected.")
    return named


def _hash_md5(word: str) -> int:
    # Not for secrecy: said so, as some systems refuse MD5 otherwise.
    return int.from_bytes(hashlib.md5(word.encode(), usedforsecurity=False).digest(), "big")
