"""The chapter's net on 200 labelled reviews: listings 6-8 to 6-18 of the first edition, in plain Keras on JAX.

    python few_labels_chapter.py {first,last} {frozen,learned} DATA.json

10,000 words, 100 words of each review, Embedding(100), Flatten, Dense(32, relu), Dense(1, sigmoid), RMSprop, 10 epochs,
batches of 32. The book says the first 100 words, in text and comments; its code (``pad_sequences``) keeps the last.
``frozen``: vectors trained by seqloom on the unlabelled reviews stand in for GloVe. ``learned``: from random ones. The
10,000 words are those of the unlabelled reviews. Prints JSON.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import keras
import numpy as np

from seqloom.text.tokens import as_texts
from seqloom.text.vectorise import TextVectorizer
from seqloom.text.vectors import train_vectors

SIZE = "200"
N_WORDS, N_TOKENS, WIDTH = 10_000, 100, 100


def build_net(n_ids: int, matrix: np.ndarray | None) -> keras.Model:
    """Listing 6-12, with the vectors of listing 6-13 or none."""
    embedding = keras.layers.Embedding(n_ids, WIDTH)
    net = keras.Sequential(
        [
            keras.Input((N_TOKENS,), dtype="int32"),
            embedding,
            keras.layers.Flatten(),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    if matrix is not None:
        embedding.set_weights([matrix])
        embedding.trainable = False
    net.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])
    return net


def main() -> None:
    """Train and score, a net for each seed."""
    keep, vectors, path = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        data = json.load(file)
    unlabelled = as_texts(data["unlabelled"])
    vectorizer = TextVectorizer(max_features=N_WORDS, length=N_TOKENS, keep=keep, pad="before", fixed=True)
    vectorizer.fit(unlabelled)
    matrix, facts = None, {}
    if vectors == "frozen":
        matrix, is_known = train_vectors(unlabelled).matrix_for(vectorizer.get_vocabulary())
        facts = {"share_of_words_with_a_vector": float(is_known[2:].mean())}
    test = vectorizer.encode(as_texts(data["test"]["texts"]))["ids"]
    target = np.array(data["test"]["labels"]) == "pos"
    found: dict[str, Any] = {"accuracies": [], "seconds": []}
    for seed, labelled in enumerate(data["labelled"][SIZE]):
        began = time.perf_counter()
        keras.utils.set_random_seed(seed)
        net = build_net(vectorizer.n_ids, matrix)
        ids = vectorizer.encode(as_texts(labelled["texts"]))["ids"]
        net.fit(ids, np.array(labelled["labels"]) == "pos", epochs=10, batch_size=32, verbose=0)
        found["seconds"].append(time.perf_counter() - began)
        answers = net.predict(test, batch_size=1000, verbose=0)[:, 0] > 0.5
        found["accuracies"].append(float((answers == target).mean()))
    print(json.dumps({"sizes": {SIZE: found}, "facts": facts}))


main()
