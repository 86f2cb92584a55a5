"""seqloom on few labelled reviews, for all sizes and seeds.

    python few_labels.py {linear,lsa,lsa-unlabelled} DATA.json

Prints JSON: accuracies on the test part, and seconds of each ``fit``.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from seqloom import TextClassifier
from seqloom.text.tokens import as_texts


def main() -> None:
    """Fit and score."""
    family, _, extra = sys.argv[1].partition("-")
    with open(sys.argv[2], encoding="utf-8") as file:
        data = json.load(file)
    test = as_texts(data["test"]["texts"])  # once for all seeds: the clock is on fit alone
    options = {"unlabelled": as_texts(data["unlabelled"])} if extra else {}
    sizes: dict[str, Any] = {}
    for size, seeds in data["labelled"].items():
        found = sizes[size] = {"accuracies": [], "seconds": []}
        for seed, labelled in enumerate(seeds):
            began = time.perf_counter()
            model = TextClassifier(family=family, random_state=seed)
            model.fit(labelled["texts"], labelled["labels"], **options)
            found["seconds"].append(time.perf_counter() - began)
            found["accuracies"].append(model.score(test, data["test"]["labels"]))
    print(json.dumps({"sizes": sizes}))


main()
