"""Claim: 200 and 500 labelled reviews of IMDB, test accuracy on the 25,000 test reviews, mean and spread of 5 seeds.

Labelled reviews are drawn from the training part, half of each class, the same for every contestant; none of them, and
none of the unlabelled reviews, also stands in the test part. Beside the families of seqloom: scikit-learn's TF-IDF with
logistic regression, with and without a TruncatedSVD of the unlabelled reviews, and the chapter's own net (listings 6-8
to 6-18 of the first edition: 10,000 words, 100 of each review, Embedding(100), Flatten, Dense(32), RMSprop, 10 epochs)
with vectors frozen or learned.

    python benchmarks/few_labels.py
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path

import numpy as np
import polars as pl

from contestants import Contestant, Finished, make_scratch, run_once
from environments import make_environment
from imdb_folders import find_imdb
from rows import Row, read_versions, write_results
from seqloom.frames.read import read_texts
from seqloom.frames.table import ReadOptions

HERE = Path(__file__).parent
SIZES = (200, 500)
N_SEEDS = 5


def write_data(imdb: Path, path: Path) -> None:
    """``labelled`` texts by size and seed, ``unlabelled`` texts, and the ``test`` part, as JSON."""
    test = read_texts(imdb / "test").frame
    known = test["text"].unique().implode()
    train = read_texts(imdb / "train", ReadOptions(unlabelled=True, needs_label=False)).frame
    train = train.filter(~pl.col("text").is_in(known))
    labelled, unlabelled = train.drop_nulls("label"), train.filter(pl.col("label").is_null())
    data = {
        "labelled": {size: [draw_labelled(labelled, size, seed=seed) for seed in range(N_SEEDS)] for size in SIZES},
        "unlabelled": unlabelled["text"].to_list(),
        "test": {"texts": test["text"].to_list(), "labels": test["label"].to_list()},
    }
    path.write_text(json.dumps(data), encoding="utf-8")


def draw_labelled(labelled: pl.DataFrame, size: int, *, seed: int) -> dict[str, list[str]]:
    """``size`` of the labelled rows, half of each class, in random order."""
    random = np.random.default_rng(seed)
    labels = labelled["label"].to_numpy()
    rows = [random.choice(np.flatnonzero(labels == name), size // 2, replace=False) for name in ("neg", "pos")]
    drawn = labelled[random.permutation(np.concatenate(rows))]
    return {"texts": drawn["text"].to_list(), "labels": drawn["label"].to_list()}


def name_contestants(data: Path) -> dict[str, Contestant]:
    """A process each, for all sizes and seeds."""
    ours, chapter, peer = "ours/few_labels.py", "ours/few_labels_chapter.py", "peers/sklearn_few_labels.py"
    sklearn = make_environment("scikit-learn")
    named = {
        "seqloom, linear": (sys.executable, ours, "linear"),
        "seqloom, lsa of the labelled reviews": (sys.executable, ours, "lsa"),
        "seqloom, lsa of the unlabelled reviews too": (sys.executable, ours, "lsa-unlabelled"),
        "scikit-learn, TF-IDF + logistic regression": (sklearn, peer, "tfidf"),
        "scikit-learn, TF-IDF + TruncatedSVD(100) of the unlabelled reviews": (sklearn, peer, "svd"),
        "the chapter's net, first 100 words, vectors frozen": (sys.executable, chapter, "first", "frozen"),
        "the chapter's net, first 100 words, vectors learned": (sys.executable, chapter, "first", "learned"),
        "the chapter's net, last 100 words, vectors frozen": (sys.executable, chapter, "last", "frozen"),
        "the chapter's net, last 100 words, vectors learned": (sys.executable, chapter, "last", "learned"),
    }
    return {
        who: Contestant(
            shown=" ".join(["python", script, *job, "DATA.json"]),
            argv=(python, str(HERE / script), *job, str(data)),
            env={"KERAS_BACKEND": "jax"},
        )
        for who, (python, script, *job) in named.items()
    }


def tell(who: str, contestant: Contestant, finished: Finished) -> list[Row]:
    """A row for each size: ``seconds`` and accuracies of each seed."""
    versions = read_versions(contestant.argv[0])
    return [
        Row(
            what=size,
            who=who,
            command=contestant.shown,
            seconds=[round(seconds, 2) for seconds in found["seconds"]],
            peak_mb=round(finished.outcome.peak_mb),
            scores={
                "test": round(statistics.mean(found["accuracies"]), 5),
                "spread": round(statistics.stdev(found["accuracies"]), 5),
            },
            versions=versions,
            facts={"accuracies": found["accuracies"], **finished.read_output().get("facts", {})},
        )
        for size, found in finished.read_output()["sizes"].items()
    ]


def main() -> None:
    """Measure, and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    imdb = find_imdb()
    with make_scratch() as scratch:
        data = scratch / "data.json"
        write_data(imdb, data)
        rows = []
        for who, contestant in name_contestants(data).items():
            print(f"  {who}", flush=True)
            rows += tell(who, contestant, run_once(contestant, scratch))
    write_results("few_labels", sorted(rows, key=lambda row: int(row.what)))


if __name__ == "__main__":
    main()
