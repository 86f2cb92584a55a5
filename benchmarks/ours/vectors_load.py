"""seqloom reads a file of word vectors, or opens what it kept of an earlier reading.

    python vectors_load.py FILE

Prints JSON, as ``peers/gensim_load.py`` does.
"""

from __future__ import annotations

import json
import sys
import time

from seqloom import WordVectors


def main() -> None:
    """Load once."""
    read, began, spent = WordVectors.read, time.perf_counter(), time.process_time()  # named, hence loaded
    vectors = read(sys.argv[1])
    result = {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - spent}
    print(json.dumps({**result, "n_words": len(vectors), "width": vectors.width}))


main()
