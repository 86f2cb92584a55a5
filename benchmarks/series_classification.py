"""Claim: the class of whole series on four sets of the UCR and UEA archives, by the default family and by its rivals.

Trained on ``_TRAIN.ts`` alone, asked about ``_TEST.ts``, by several seeds; the seconds are fit and answers together.
Nothing in it was chosen by a test part: what was chosen is told in ``docs/decisions.md``.

    python benchmarks/series_classification.py ../shared/data/tsc [--families rocket dtw] [--seeds 5]
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from statistics import mean

from seqloom import SeriesClassifier
from seqloom.frames.ts_files import read_ts

SETS = ("GunPoint", "ItalyPowerDemand", "BasicMotions", "JapaneseVowels")


def measure(folder: Path, name: str, *, family: str, seed: int) -> tuple[float, float, float]:
    """Test accuracy in %, log loss and seconds of one fit."""
    train, test = (read_ts(folder / f"{name}_{part}.ts") for part in ("TRAIN", "TEST"))
    began = time.perf_counter()
    learner = SeriesClassifier(family, random_state=seed).fit(train.steps, train.labels)
    scores = {score.metric: score.value for score in learner.evaluate(test.steps, test.labels)}
    return 100 * scores["accuracy"], scores["log_loss"], time.perf_counter() - began


def main() -> None:
    """A line for each set and family."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--families", nargs="+", default=["rocket", "dtw"])
    parser.add_argument("--seeds", type=int, default=5)
    given = parser.parse_args()
    print(f"{'set':<18}{'family':<12}{'accuracy':>9}{'lowest':>9}{'log loss':>10}{'seconds':>9}")
    for name in SETS:
        for family in given.families:
            # nearest neighbours draw nothing but the validation rows, on which nothing of theirs depends
            seeds = range(1 if family == "dtw" else given.seeds)
            runs = [measure(given.folder, name, family=family, seed=seed) for seed in seeds]
            accuracy, loss, seconds = zip(*runs, strict=True)
            print(
                f"{name:<18}{family:<12}{mean(accuracy):>9.2f}{min(accuracy):>9.2f}{mean(loss):>10.3f}"
                f"{max(seconds):>9.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
