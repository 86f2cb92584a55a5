"""Raw texts to numbers by seqloom: ``python vectorise_texts.py JOB TEXTS.json``, JOB as in ``JOBS``.

Libraries are loaded and texts are Python strings before the clock starts; the first call is what counts. Prints JSON.
"""

from __future__ import annotations

import json
import sys
import time

from seqloom import CountVectorizer, HashingVectorizer, TextVectorizer

SKLEARN_PATTERN = r"(?u)\b\w\w+\b"
JOBS = {
    "ids": TextVectorizer(max_features=10_000, length=500, keep="last"),
    "counts": CountVectorizer(ngram_range=(1, 2)),
    "counts-sklearn-words": CountVectorizer(ngram_range=(1, 2), token_pattern=SKLEARN_PATTERN),
    "hashed": HashingVectorizer(ngram_range=(1, 2)),
    "hashed-sklearn-words": HashingVectorizer(ngram_range=(1, 2), token_pattern=SKLEARN_PATTERN),
    "characters": CountVectorizer(analyzer="char_wb", ngram_range=(2, 4)),
}


def main() -> None:
    """Time one job."""
    with open(sys.argv[2], encoding="utf-8") as file:
        texts = json.load(file)
    vectorizer = JOBS[sys.argv[1]]
    began, began_cpu = time.perf_counter(), time.process_time()
    numbers = vectorizer.fit_transform(texts)
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - began_cpu
    n_entries = int((numbers != 0).sum()) if sys.argv[1] == "ids" else numbers.nnz
    print(json.dumps({"seconds": seconds, "cpu_seconds": cpu_seconds, "shape": numbers.shape, "n_entries": n_entries}))


main()
