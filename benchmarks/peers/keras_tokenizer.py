"""Raw texts to padded ids by the Tokenizer that Keras 3 hides: ``python keras_tokenizer.py TEXTS.json``.

By the same rules as ``ours/vectorise_texts.py``.
"""

import os

os.environ["KERAS_BACKEND"] = "jax"

import json
import sys
import time

from keras.src.legacy.preprocessing.text import Tokenizer
from keras.utils import pad_sequences


def main():
    """Fit, encode, pad."""
    with open(sys.argv[1], encoding="utf-8") as file:
        texts = json.load(file)
    began, began_cpu = time.perf_counter(), time.process_time()
    tokenizer = Tokenizer(num_words=10_000)
    tokenizer.fit_on_texts(texts)
    ids = pad_sequences(tokenizer.texts_to_sequences(texts), maxlen=500)
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - began_cpu
    told = {"seconds": seconds, "cpu_seconds": cpu_seconds, "shape": ids.shape, "n_entries": int((ids != 0).sum())}
    print(json.dumps(told))


main()
