"""seqloom's ``linear`` in folds: every text answered by a model of the others.

    python spooky_authors.py DATA.json

Prints JSON: the probabilities of each text, classes in the order of their names.
"""

from __future__ import annotations

import json
import sys

import numpy as np

from seqloom import TextClassifier
from seqloom.text.tokens import as_texts


def main() -> None:
    """Fit and answer."""
    with open(sys.argv[1], encoding="utf-8") as file:
        data = json.load(file)
    texts, labels, fold = as_texts(data["texts"]), np.array(data["labels"]), np.array(data["folds"])
    probability = np.empty((len(labels), len(set(data["labels"]))), dtype=np.float32)
    for k in np.unique(fold):
        known, asked = np.flatnonzero(fold != k), np.flatnonzero(fold == k)
        model = TextClassifier().fit(texts.take(known), labels[known])
        probability[asked] = model.predict_proba(texts.take(asked))
    print(json.dumps({"probability": probability.tolist()}))


main()
