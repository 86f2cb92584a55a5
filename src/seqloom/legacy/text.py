"""``keras.preprocessing.text``, which Keras 3 no longer has: see ``words``, ``tokenizer``, ``saved``."""

from seqloom.legacy.saved import tokenizer_from_json
from seqloom.legacy.tokenizer import Tokenizer
from seqloom.legacy.words import hashing_trick, one_hot, text_to_word_sequence

__all__ = ["Tokenizer", "hashing_trick", "one_hot", "text_to_word_sequence", "tokenizer_from_json"]
