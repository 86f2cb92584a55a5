"""Raw texts to numbers by scikit-learn: ``python sklearn_vectorise.py JOB TEXTS.json``, JOB as in ``JOBS``.

By the same rules as ``ours/vectorise_texts.py``.
"""

import json
import sys
import time

from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer

JOBS = {
    "words": CountVectorizer(),
    "counts": CountVectorizer(ngram_range=(1, 2)),
    "hashed": HashingVectorizer(ngram_range=(1, 2)),
    "characters": CountVectorizer(analyzer="char_wb", ngram_range=(2, 4)),
}


def main():
    """Time one job."""
    with open(sys.argv[2], encoding="utf-8") as file:
        texts = json.load(file)
    vectorizer = JOBS[sys.argv[1]]
    began, began_cpu = time.perf_counter(), time.process_time()
    numbers = vectorizer.fit_transform(texts)
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - began_cpu
    told = {"seconds": seconds, "cpu_seconds": cpu_seconds, "shape": numbers.shape, "n_entries": int(numbers.nnz)}
    print(json.dumps(told))


main()
