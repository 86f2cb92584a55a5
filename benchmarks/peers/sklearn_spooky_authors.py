"""scikit-learn in folds: every text answered by a model of the others.

    python sklearn_spooky_authors.py {default,tuned} DATA.json

``default``: TF-IDF of words and logistic regression, all settings scikit-learn's own, but for the iterations it needs.
``tuned``: words and pairs of words, the logarithm of counts, a weak penalty. Prints JSON: the probabilities of each
text, classes in the order of their names.
"""

import json
import sys

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

SETTINGS = {"default": ({}, 1.0), "tuned": ({"ngram_range": (1, 2), "sublinear_tf": True}, 30.0)}


def main():
    """Fit and answer."""
    job, path = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        data = json.load(file)
    texts, labels, fold = (np.array(data[name], dtype=object) for name in ("texts", "labels", "folds"))
    probability = np.empty((len(labels), len(set(data["labels"]))))
    options, strength = SETTINGS[job]
    for k in sorted(set(data["folds"])):
        model = make_pipeline(TfidfVectorizer(**options), LogisticRegression(C=strength, max_iter=1000))
        model.fit(texts[fold != k], labels[fold != k].astype(str))
        probability[fold == k] = model.predict_proba(texts[fold == k])
    print(json.dumps({"probability": probability.tolist()}))


main()
