"""gensim reads a file of word vectors without a header.

    python gensim_load.py FILE

Prints JSON: seconds on the wall and on all cores, words, width.
"""

import json
import sys
import time

from gensim.models import KeyedVectors


def main():
    """Load once."""
    began, spent = time.perf_counter(), time.process_time()
    vectors = KeyedVectors.load_word2vec_format(sys.argv[1], binary=False, no_header=True)
    result = {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - spent}
    print(json.dumps({**result, "n_words": len(vectors), "width": vectors.vector_size}))


main()
