"""Claim: the class of whole series on four sets of the UCR and UEA archives, by the default family and by its rival.

Trained on ``_TRAIN.ts`` alone, asked about ``_TEST.ts``, by several seeds; the seconds are fit and answers together.
A first form was looked at on the test parts: which choices saw them is told in ``docs/decisions.md``.

    python benchmarks/series_classification.py [--families rocket dtw] [--seeds 5]
"""

from __future__ import annotations

import argparse
import sys
import time
from statistics import mean

from public_files import find_file
from rows import Row, read_versions, write_results
from seqloom import SeriesClassifier
from seqloom.frames.ts_files import read_ts

SETS = ("GunPoint", "ItalyPowerDemand", "BasicMotions", "JapaneseVowels")


def measure(name: str, family: str, *, seed: int) -> tuple[float, float]:
    """Test accuracy and seconds of one fit."""
    train, test = (read_ts(find_file(f"tsc/{name}_{part}.ts")) for part in ("TRAIN", "TEST"))
    began = time.perf_counter()
    learner = SeriesClassifier(family, random_state=seed).fit(train.steps, train.labels)
    accuracy = learner.score(test.steps, test.labels)
    return accuracy, time.perf_counter() - began


def measure_family(name: str, family: str, *, n_seeds: int) -> Row:
    """A row of one set and family."""
    # nearest neighbours draw nothing but the validation rows, on which nothing of theirs depends
    runs = [measure(name, family, seed=seed) for seed in range(1 if family == "dtw" else n_seeds)]
    accuracy, seconds = zip(*runs, strict=True)
    print(f"{name:<18}{family:<12}{100 * mean(accuracy):>9.2f} %{max(seconds):>9.1f} s", flush=True)
    return Row(
        what=name,
        who=family,
        command="python benchmarks/series_classification.py",
        seconds=[round(one, 3) for one in seconds],
        scores={"mean": mean(accuracy), "lowest": min(accuracy)},
        versions=read_versions(sys.executable),
        facts={"n_seeds": len(runs)},
    )


def main() -> None:
    """Measure, and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--families", nargs="+", default=["rocket", "dtw"])
    parser.add_argument("--seeds", type=int, default=5)
    given = parser.parse_args()
    rows = [measure_family(name, family, n_seeds=given.seeds) for name in SETS for family in given.families]
    write_results("series_classification", rows)


if __name__ == "__main__":
    main()
