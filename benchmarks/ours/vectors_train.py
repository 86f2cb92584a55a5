"""seqloom trains word vectors on texts of a table.

    python vectors_train.py TEXTS.parquet OUT

Prints JSON, as ``peers/gensim_train.py`` does; OUT is written in word2vec's text format, behind the clock.
"""

from __future__ import annotations

import json
import sys
import time

import polars as pl

from seqloom.text.vectors import train_vectors


def main() -> None:
    """Train once."""
    texts = pl.read_parquet(sys.argv[1])["text"]
    began, spent = time.perf_counter(), time.process_time()
    vectors = train_vectors(texts)
    result = {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - spent}
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write(f"{len(vectors)} {vectors.width}\n")
        for word, row in zip(vectors.words, vectors.matrix.tolist(), strict=True):
            file.write(f"{word} {' '.join(map(repr, row))}\n")
    print(json.dumps(result))


main()
