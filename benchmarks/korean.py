"""Claim: Korean film reviews (NSMC) with default settings and no morpheme analyser, beside scikit-learn.

100,000 reviews to train on and 20,000 to test, split by film; whole processes, from CSV to test accuracy. ``seqloom
train`` has to find out by itself that characters serve Korean better than words; scikit-learn is told.

    python benchmarks/korean.py [--repeats 1]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import polars as pl

from contestants import Contestant, Finished, find_accuracy, make_scratch, make_whole_rows, name_ours, run_in_turn
from environments import make_environment
from public_files import find_file
from rows import write_results

HERE = Path(__file__).parent
PARTS = ("train", "test")


def write_tables(scratch: Path) -> None:
    """``train.csv`` and ``test.csv``, texts and labels alone: what both contestants read."""
    for part in PARTS:
        pl.read_parquet(find_file(f"nsmc_{part}.parquet"), columns=["text", "label"]).write_csv(scratch / f"{part}.csv")


def name_contestants(scratch: Path) -> dict[str, Contestant]:
    """The default command, and scikit-learn's ways."""
    train, test = (str(scratch / f"{part}.csv") for part in PARTS)
    peer = (make_environment("scikit-learn"), str(HERE / "peers" / "sklearn_korean.py"))
    jobs = {
        "scikit-learn, TF-IDF of characters 1-4": ("char", "tfidf"),
        "scikit-learn, counts of characters 1-4": ("char", "count"),
        "scikit-learn, TF-IDF of words": ("word", "tfidf"),
    }
    shown = "seqloom train train.csv --test test.csv -o RUN"
    ours = name_ours("train", train, "--test", test, "-o", "{run}", cache="cold", shown=shown)
    return {"seqloom, no options": ours} | {
        who: Contestant(
            shown=f"python peers/sklearn_korean.py {' '.join(job)} train.csv test.csv", argv=(*peer, *job, train, test)
        )
        for who, job in jobs.items()
    }


def read_scores(finished: Finished) -> dict[str, float]:
    """Validation accuracy of each family, and test accuracy of the kept one."""
    metrics = finished.read_metrics()
    valid = {row["family"]: find_accuracy(row["scores"]) for row in metrics["rows"]}
    return {"test": find_accuracy(metrics["test"]), "validation": valid[metrics["kept"]], **valid}


def main() -> None:
    """Measure, and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=1, help="runs of each contestant (default: 1)")
    repeats = parser.parse_args().repeats
    with make_scratch() as scratch:
        write_tables(scratch)
        contestants = name_contestants(scratch)
        runs = run_in_turn(contestants, scratch, repeats=repeats)
        rows = make_whole_rows(contestants, runs, read_scores=read_scores)
    write_results("korean", rows)


if __name__ == "__main__":
    main()
