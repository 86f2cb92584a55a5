"""Claim: ``seqloom train aclImdb`` with no options, raw folders to saved model and test score, beside scikit-learn.

Run: ``python benchmarks/train_imdb.py [--repeats 3]``.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from contestants import Contestant, Finished, find_accuracy, make_scratch, make_whole_rows, name_ours, run_in_turn
from environments import make_environment
from imdb_folders import find_imdb, warm_files
from rows import Row, write_results

HERE = Path(__file__).parent


def measure_processes(imdb: Path, scratch: Path, *, repeats: int) -> list[Row]:
    """Whole processes in turn: rows ``whole-process``."""
    shown = "seqloom train aclImdb -o RUN"
    arguments = ("train", str(imdb), "-o", "{run}")
    contestants = {
        "seqloom, cold cache": name_ours(*arguments, cache="cold", shown=shown),
        "seqloom, warm cache": name_ours(*arguments, cache="warm", shown=shown),
        "seqloom, linear alone": name_ours(
            *arguments, "--family", "linear", "--no-rivals", cache="cold", shown=f"{shown} --family linear --no-rivals"
        ),
        "scikit-learn, TF-IDF(1,2) + LinearSVC": Contestant(
            shown="python peers/sklearn_svc.py aclImdb",
            argv=(make_environment("scikit-learn"), str(HERE / "peers" / "sklearn_svc.py"), str(imdb)),
        ),
    }
    runs = run_in_turn(contestants, scratch, repeats=repeats)
    return make_whole_rows(contestants, runs, read_scores=read_scores) + tell_families(runs["seqloom, cold cache"])


def read_scores(finished: Finished) -> dict[str, float]:
    """Validation and test accuracy of the kept family."""
    metrics = finished.read_metrics()
    kept = next(row["scores"] for row in metrics["rows"] if row["kept"])
    return {"validation": find_accuracy(kept), "test": find_accuracy(metrics["test"])}


def tell_families(finished: list[Finished]) -> list[Row]:
    """What each family of the default run took and scored on validation: rows ``family``."""
    clocks = [json.loads((one.run / "run.json").read_text(encoding="utf-8"))["families"] for one in finished]
    return [
        Row(
            what="family",
            who=row["family"],
            command="seqloom train aclImdb -o RUN",
            seconds=[clock[row["family"]]["seconds"] for clock in clocks],
            scores={"validation": find_accuracy(row["scores"])},
            facts={"kept": row["kept"], "remark": row["remark"], "n_bytes": row["n_bytes"]},
        )
        for row in finished[0].read_metrics()["rows"]
    ]


def main() -> None:
    """Measure, and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3, help="runs of each contestant (default: 3)")
    repeats = parser.parse_args().repeats
    imdb = find_imdb()
    warm_files(imdb)
    with make_scratch() as scratch:
        rows = measure_processes(imdb, scratch, repeats=repeats)
    write_results("train_imdb", rows)


if __name__ == "__main__":
    main()
