"""Claim: a sentence of Poe, Lovecraft or Shelley: log loss and accuracy in five folds, beside scikit-learn.

19,579 sentences and no official split: five stratified folds, the same for all, every sentence answered once by a model
of the other four. Accuracies and losses are what is measured; the seconds are those of one run on a machine that did
other things.

    python benchmarks/spooky_authors.py
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import polars as pl

from contestants import Contestant, Finished, make_scratch, run_once
from environments import make_environment
from public_files import find_file
from rows import Row, read_versions, write_results
from seqloom.frames.split import deal_folds

HERE = Path(__file__).parent
N_FOLDS = 5


def write_data(path: Path) -> np.ndarray:
    """Texts, labels and folds as JSON; gives the true class of each row, in the order of the sorted names."""
    frame = pl.read_csv(find_file("spooky_authors_train.csv"))
    labels = frame["author"].to_numpy()
    fold = deal_folds(np.arange(len(labels)), labels, n_folds=N_FOLDS, seed=0)
    data = {"texts": frame["text"].to_list(), "labels": labels.tolist(), "folds": fold.tolist()}
    path.write_text(json.dumps(data), encoding="utf-8")
    return np.unique(labels, return_inverse=True)[1].reshape(-1)


def name_contestants(data: Path) -> dict[str, Contestant]:
    """``linear`` as it is, and TF-IDF with logistic regression as it is and as somebody would set it who knows it."""
    peer, sklearn = "peers/sklearn_spooky_authors.py", make_environment("scikit-learn")
    named = {
        "seqloom, linear": (sys.executable, "ours/spooky_authors.py"),
        "scikit-learn, TF-IDF + logistic regression": (sklearn, peer, "default"),
        "scikit-learn, the same on words and pairs, sublinear, C=30": (sklearn, peer, "tuned"),
    }
    return {
        who: Contestant(
            shown=" ".join(["python", script, *job, "DATA.json"]), argv=(python, str(HERE / script), *job, str(data))
        )
        for who, (python, script, *job) in named.items()
    }


def tell(who: str, contestant: Contestant, finished: Finished, *, target: np.ndarray) -> Row:
    """The row of a contestant: its probabilities ``[N, 3]`` held against the truth."""
    probability = np.array(finished.read_output()["probability"])
    answered = probability[np.arange(len(target)), target] / probability.sum(axis=1)
    return Row(
        what="five folds",
        who=who,
        command=contestant.shown,
        seconds=[round(finished.outcome.seconds, 3)],
        cpu_seconds=[round(finished.outcome.cpu_seconds, 3)],
        peak_mb=round(finished.outcome.peak_mb),
        scores={
            "log_loss": round(float(-np.log(answered).mean()), 5),
            "accuracy": round(float((probability.argmax(axis=1) == target).mean()), 5),
        },
        versions=read_versions(contestant.argv[0]),
        facts={"machine": "busy: scores count, seconds do not"},
    )


def main() -> None:
    """Measure, and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    with make_scratch() as scratch:
        data = scratch / "data.json"
        target = write_data(data)
        rows = []
        for who, contestant in name_contestants(data).items():
            print(f"  {who}", flush=True)
            rows.append(tell(who, contestant, run_once(contestant, scratch), target=target))
    write_results("spooky_authors", rows)


if __name__ == "__main__":
    main()
