"""scikit-learn, raw reviews to test score: TF-IDF of words and pairs of words, and a linear SVM.

Run: ``python sklearn_svc.py aclImdb``.
"""

import json
import os
import sys

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC


def read_part(folder):
    """Texts and labels of ``train`` or ``test``."""
    texts, labels = [], []
    for name in ("neg", "pos"):
        for file_name in sorted(os.listdir(os.path.join(folder, name))):
            with open(os.path.join(folder, name, file_name), encoding="utf-8") as file:
                texts.append(file.read())
            labels.append(name)
    return texts, labels


def main():
    """Print the test accuracy as JSON."""
    texts, labels = read_part(os.path.join(sys.argv[1], "train"))
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    model = LinearSVC().fit(vectorizer.fit_transform(texts), labels)
    texts, labels = read_part(os.path.join(sys.argv[1], "test"))
    print(json.dumps({"test": model.score(vectorizer.transform(texts), labels)}))


main()
