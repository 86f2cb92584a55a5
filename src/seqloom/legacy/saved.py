"""A tokenizer out of the JSON that Keras, or ``Tokenizer.to_json``, wrote."""

from __future__ import annotations

import json
from collections import OrderedDict, defaultdict
from typing import Any

from seqloom.errors import DataError
from seqloom.legacy.tokenizer import Tokenizer

__all__ = ["tokenizer_from_json"]

_SETTINGS = {"num_words", "filters", "lower", "split", "char_level", "oov_token", "document_count"}
_TABLES = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")


def tokenizer_from_json(json_string: str) -> Tokenizer:
    """The tokenizer again; unlike one that Keras read, it can be fitted on more texts.

    Parameters
    ----------
    json_string : str
        What ``Tokenizer.to_json`` gave, here or in Keras.

    Returns
    -------
    Tokenizer
        With the same settings and tables. Tokens that were no strings have become strings: JSON has no other keys.

    Raises
    ------
    DataError
        For anything else.

    Examples
    --------
    >>> tokenizer = Tokenizer()
    >>> tokenizer.fit_on_texts(["a b a"])
    >>> tokenizer_from_json(tokenizer.to_json()).texts_to_sequences(["b c"])
    [[2]]
    """
    config = _read_object(json_string, "the text").get("config")
    if not isinstance(config, dict):
        raise DataError("no config found in the JSON, where Tokenizer.to_json writes one.")
    if unknown := sorted(set(config) - _SETTINGS - set(_TABLES)):
        raise DataError(f"config: {', '.join(unknown)} found, which no Tokenizer has. Was this another class?")
    tables = {name: _read_object(config.get(name), name) for name in _TABLES}
    tokenizer = Tokenizer(**{name: config[name] for name in _SETTINGS & set(config)})
    # Keras left plain dicts here, so that another fit_on_texts failed with a KeyError.
    tokenizer.word_counts = OrderedDict(tables["word_counts"])
    tokenizer.word_docs = defaultdict(int, tables["word_docs"])
    tokenizer.word_index = tables["word_index"]
    tokenizer.index_docs = defaultdict(int, _number_keys(tables["index_docs"], "index_docs"))
    tokenizer.index_word = _number_keys(tables["index_word"], "index_word")
    return tokenizer


def _read_object(text: Any, name: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (TypeError, ValueError) as problem:
        raise DataError(f"{name}: {text!r:.60} found, a JSON object expected ({problem}).") from None
    if not isinstance(found, dict):
        raise DataError(f"{name}: {text!r:.60} found, a JSON object expected.")
    return found


def _number_keys(table: dict[str, Any], name: str) -> dict[int, Any]:
    try:
        return {int(key): value for key, value in table.items()}
    except ValueError as problem:
        raise DataError(f"{name}: ids expected as keys ({problem}).") from None
