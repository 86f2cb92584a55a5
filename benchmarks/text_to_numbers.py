"""Claim: 25,000 raw reviews to padded ids, to counts of n-grams and to hashed ones, beside scikit-learn and Keras.

Each contestant is a process of its own; what it is timed on is one call, from Python strings to the array.

    python benchmarks/text_to_numbers.py [--repeats 5]
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from contestants import Contestant, Finished, make_scratch, run_in_turn
from environments import make_environment
from imdb_folders import find_imdb
from rows import Row, read_versions, write_results
from seqloom.frames.read import read_texts

HERE = Path(__file__).parent

# measurement -> contestant -> whose script, and its job
MEASUREMENTS = {
    "padded-ids": {
        "seqloom TextVectorizer": ("ours", "ids"),
        "scikit-learn CountVectorizer": ("scikit-learn", "words"),
        "Keras Tokenizer, pad_sequences": ("keras-jax", ""),
    },
    "counts-1-2": {
        "seqloom CountVectorizer": ("ours", "counts"),
        "seqloom CountVectorizer, scikit-learn's words": ("ours", "counts-sklearn-words"),
        "scikit-learn CountVectorizer": ("scikit-learn", "counts"),
    },
    "hashed-1-2": {
        "seqloom HashingVectorizer": ("ours", "hashed"),
        "seqloom HashingVectorizer, scikit-learn's words": ("ours", "hashed-sklearn-words"),
        "scikit-learn HashingVectorizer": ("scikit-learn", "hashed"),
    },
    "characters-2-4": {
        "seqloom CountVectorizer, char_wb": ("ours", "characters"),
        "scikit-learn CountVectorizer, char_wb": ("scikit-learn", "characters"),
    },
}


def name_contestant(whose: str, job: str, *, texts: Path) -> Contestant:
    """One script with its job, in its own environment."""
    script = {
        "ours": "ours/vectorise_texts.py",
        "scikit-learn": "peers/sklearn_vectorise.py",
        "keras-jax": "peers/keras_tokenizer.py",
    }[whose]
    python = sys.executable if whose == "ours" else make_environment(whose)
    jobs = (job,) if job else ()
    return Contestant(
        shown=" ".join(["python", script, *jobs, "TEXTS.json"]), argv=(python, str(HERE / script), *jobs, str(texts))
    )


def tell(what: str, who: str, *, contestant: Contestant, finished: list[Finished]) -> Row:
    """The row of one contestant."""
    results = [one.read_output() for one in finished]
    return Row(
        what=what,
        who=who,
        command=contestant.shown,
        seconds=[round(result["seconds"], 4) for result in results],
        cpu_seconds=[round(result["cpu_seconds"], 4) for result in results],
        peak_mb=round(max(one.outcome.peak_mb for one in finished)),
        versions=read_versions(contestant.argv[0]),
        facts={"shape": results[0]["shape"], "n_entries": results[0]["n_entries"]},
    )


def main() -> None:
    """Measure, and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5, help="runs of each contestant (default: 5)")
    repeats = parser.parse_args().repeats
    imdb = find_imdb()
    with make_scratch() as scratch:
        texts = scratch / "texts.json"
        texts.write_text(json.dumps(read_texts(imdb / "train").texts.to_list()), encoding="utf-8")
        rows = []
        for what, named in MEASUREMENTS.items():
            contestants = {who: name_contestant(*whose, texts=texts) for who, whose in named.items()}
            runs = run_in_turn(contestants, scratch, repeats=repeats)
            rows += [tell(what, who, contestant=contestants[who], finished=done) for who, done in runs.items()]
    write_results("text_to_numbers", rows)


if __name__ == "__main__":
    main()
