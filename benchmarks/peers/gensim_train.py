"""gensim trains skip-gram on lines of tokens.

    python gensim_train.py TOKENS.txt OUT

Prints JSON: seconds on the wall and on all cores; OUT is written in word2vec's text format, behind the clock.
"""

import json
import os
import sys
import time

from gensim.models import Word2Vec
from gensim.models.word2vec import LineSentence


def main():
    """Train once."""
    began, spent = time.perf_counter(), time.process_time()
    lines = LineSentence(sys.argv[1])
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    model = Word2Vec(lines, vector_size=100, window=5, sg=1, epochs=3, min_count=1, workers=workers, seed=0)
    result = {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - spent}
    model.wv.save_word2vec_format(sys.argv[2])
    print(json.dumps(result))


main()
