"""Claim: test accuracy of ``seqloom train`` without settings on 20 Newsgroups and TREC, and what each family reaches.

20 Newsgroups by date, headers, footers and quotes kept: 11,314 posts of 20 groups to train on, 7,532 later ones to
test. TREC: 5,452 questions of six coarse classes to train on, 500 to test. Accuracies are what is measured; the seconds
are those of one run on a machine that did other things.

    python benchmarks/topics.py
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from contestants import find_accuracy, make_scratch, name_ours, run_once
from public_files import find_file
from rows import Row, read_versions, write_results
from train_imdb import tell_families

# What is typed behind ``seqloom train``.
SETS = {
    "20 Newsgroups by date": ("20newsgroups_bydate_train.parquet", "--test", "20newsgroups_bydate_test.parquet"),
    "TREC, six classes": ("trec6.parquet", "--label", "coarse"),
}
_BUSY = {"machine": "busy: accuracies count, seconds do not"}


def measure_set(what: str, scratch: Path) -> list[Row]:
    """A row for each family, on validation, and one for the family that was kept, on the test."""
    typed = SETS[what]
    command = " ".join(["seqloom train", *typed, "-o RUN"])
    paths = [str(find_file(word)) if word.endswith(".parquet") else word for word in typed]
    finished = run_once(name_ours("train", *paths, "-o", "{run}", cache="cold", shown=command), scratch)
    families = tell_families([finished])
    metrics = finished.read_metrics()
    kept = Row(
        what=what,
        who=f"kept: {metrics['kept']}",
        command=command,
        seconds=[round(finished.outcome.seconds, 3)],
        cpu_seconds=[round(finished.outcome.cpu_seconds, 3)],
        peak_mb=round(finished.outcome.peak_mb),
        scores={"test": find_accuracy(metrics["test"])},
        versions=read_versions(sys.executable),
        facts=_BUSY | {"n_test": metrics["test"][0]["n"]},
    )
    return [*(replace(row, what=what, command=command, facts=dict(row.facts) | _BUSY) for row in families), kept]


def main() -> None:
    """Measure, and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    with make_scratch() as scratch:
        rows = [row for what in SETS for row in measure_set(what, scratch)]
    write_results("topics", rows)


if __name__ == "__main__":
    main()
