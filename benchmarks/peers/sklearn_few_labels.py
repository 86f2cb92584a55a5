"""scikit-learn on few labelled reviews, for all sizes and seeds.

    python sklearn_few_labels.py {tfidf,svd} DATA.json

``tfidf``: TF-IDF of the labelled reviews and logistic regression. ``svd``: TF-IDF and TruncatedSVD(100) of the
unlabelled reviews, fitted once, then logistic regression. Settings are scikit-learn's own, but for the 30,000 words of
the second and the count of a word, of which both take the logarithm. Prints JSON: accuracies, and seconds of each seed.
"""

import json
import sys
import time

from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer


def main():
    """Fit and score."""
    job, path = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        data = json.load(file)
    began, shared = time.perf_counter(), None
    if job == "svd":
        words = TfidfVectorizer(sublinear_tf=True, min_df=2, max_df=0.5, max_features=30_000)
        shared = make_pipeline(words, TruncatedSVD(100, random_state=0), Normalizer(copy=False))
        shared.fit(data["unlabelled"])
        test = shared.transform(data["test"]["texts"])
    learning = time.perf_counter() - began
    sizes = {}
    for size, seeds in data["labelled"].items():
        found = sizes[size] = {"accuracies": [], "seconds": []}
        for labelled in seeds:
            began = time.perf_counter()
            encoder = shared or TfidfVectorizer(sublinear_tf=True, min_df=2).fit(labelled["texts"])
            model = LogisticRegression(max_iter=1000).fit(encoder.transform(labelled["texts"]), labelled["labels"])
            found["seconds"].append(time.perf_counter() - began)
            rows = test if shared else encoder.transform(data["test"]["texts"])
            found["accuracies"].append(model.score(rows, data["test"]["labels"]))
    print(json.dumps({"sizes": sizes, "facts": {"seconds_of_learning_from_unlabelled": learning}}))


main()
