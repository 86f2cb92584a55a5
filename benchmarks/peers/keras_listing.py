"""Listing 6-7 as a reader of the chapter writes it today, with Keras 3 on JAX: raw reviews to test score.

    python keras_listing.py aclImdb [--lean] [--best]

As it stands it uses the chapter's own ``Tokenizer``, which Keras 3 dropped and the package Keras-Preprocessing still
has. ``--lean``: plain Python by the same rules, as fast as we could write it. ``--best``: what
the manual recommends for small steps, ``steps_per_execution=25``.

Source: Chollet (2017), Deep Learning with Python, listings 6-7 to 6-9.
"""

import os

os.environ["KERAS_BACKEND"] = "jax"

import json
import random
import sys
from collections import Counter

import keras
import numpy as np
from keras import layers

MAX_FEATURES = 10_000
LENGTH = 20
FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
SPLIT = str.maketrans(dict.fromkeys(FILTERS, " "))


def read_part(folder):
    """Texts and labels of ``train`` or ``test``."""
    texts, labels = [], []
    for label, name in enumerate(("neg", "pos")):
        for file_name in os.listdir(os.path.join(folder, name)):
            if file_name.endswith(".txt"):
                with open(os.path.join(folder, name, file_name), encoding="utf-8") as file:
                    texts.append(file.read())
                labels.append(label)
    return texts, labels


def split_words(text):
    """``keras.preprocessing.text.text_to_word_sequence``."""
    return [word for word in text.lower().translate(SPLIT).split(" ") if word]


def fit_lean(texts):
    """A function from texts to ids, by the rules of ``Tokenizer``: 1 is the most frequent word, 0 padding."""
    counts = Counter()
    for text in texts:
        counts.update(split_words(text))
    index = {word: i for i, (word, _) in enumerate(counts.most_common(MAX_FEATURES - 1), start=1)}
    return lambda texts: pad_lean(texts, index)


def fit_tokenizer(texts):
    """A function from texts to ids, by ``Tokenizer`` itself."""
    from keras_preprocessing.text import Tokenizer

    tokenizer = Tokenizer(num_words=MAX_FEATURES)
    tokenizer.fit_on_texts(texts)
    return lambda texts: keras.utils.pad_sequences(tokenizer.texts_to_sequences(texts), maxlen=LENGTH)


def pad_lean(texts, index):
    """``texts_to_sequences`` and ``pad_sequences(maxlen=LENGTH)``: the last words, zeros before."""
    padded = np.zeros((len(texts), LENGTH), dtype="int32")
    for row, text in zip(padded, texts, strict=True):
        ids = [index[word] for word in split_words(text) if word in index][-LENGTH:]
        if ids:
            row[-len(ids) :] = ids
    return padded


def build_model(steps_per_execution):
    """The net, compiled in Keras's sense."""
    model = keras.Sequential(
        [
            keras.Input((LENGTH,), dtype="int32"),
            layers.Embedding(MAX_FEATURES, 8),
            layers.Flatten(),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("rmsprop", "binary_crossentropy", metrics=["acc"], steps_per_execution=steps_per_execution)
    return model


def main():
    """Print the scores as JSON."""
    folder, is_best, is_lean = sys.argv[1], "--best" in sys.argv, "--lean" in sys.argv
    texts, labels = read_part(os.path.join(folder, "train"))
    order = list(range(len(texts)))
    random.Random(0).shuffle(order)  # validation_split takes the last rows, which are all positive in the folders
    texts, labels = [texts[i] for i in order], [labels[i] for i in order]
    encode = (fit_lean if is_lean else fit_tokenizer)(texts)
    keras.utils.set_random_seed(0)
    model = build_model(25 if is_best else 1)
    history = model.fit(encode(texts), np.array(labels), epochs=10, batch_size=32, validation_split=0.2, verbose=2)
    texts, labels = read_part(os.path.join(folder, "test"))
    _, accuracy = model.evaluate(encode(texts), np.array(labels), verbose=0)
    values = history.history["val_acc"]
    print(json.dumps({"validation": max(values), "validation_last": values[-1], "test": accuracy}))


main()
