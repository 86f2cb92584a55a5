"""Claim: a ranking of all families on IMDB within ten minutes, and what each of them says to the test part.

The command looks at the test part once, for the row it keeps; the others are asked here, behind it, for the table.

    python benchmarks/rank_imdb.py [--budget 10m]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import seqloom
from contestants import Finished, find_accuracy, make_row, make_scratch, name_ours, run_once
from imdb_folders import find_imdb, warm_files
from rows import Row, write_results
from seqloom.frames.read import read_texts
from seqloom.text.tokens import as_texts


def make_rows(finished: Finished, row: Row, *, imdb: Path) -> list[Row]:
    """The row of the whole process, and ``family`` for each line of its table."""
    metrics = finished.read_metrics()
    run = json.loads((finished.run / "run.json").read_text(encoding="utf-8"))
    table = read_texts(imdb / "test")
    texts, labels = as_texts(table.texts), table.labels.to_numpy()
    rows = [row]
    for line in metrics["rows"]:
        family = line["family"]
        folder = _find_model(finished.run, line)
        score = None if folder is None else float(seqloom.load(folder).score(texts, labels))
        rows.append(_tell(line, run["families"][family], score=score, known=row))
    return rows


def _find_model(run: Path, line: dict[str, Any]) -> Path | None:
    """Where the model of a line lies: in the run, in its ensemble, or beside; an ensemble that is not kept nowhere."""
    if line["kept"]:
        return run
    folders = [run / name / line["family"] for name in ("members", "rivals")]
    return next((folder for folder in folders if (folder / "card.json").exists()), None)


def _tell(line: dict[str, Any], measured: dict[str, Any], *, score: float | None, known: Row) -> Row:
    scores = {"validation": find_accuracy(line["scores"])} | ({} if score is None else {"test": score})
    speed = round(measured.get("texts_per_second", 0.0))
    facts = {"kept": line["kept"], "epochs": len(line["history"]), "is_cut": line["is_cut"], "texts_per_second": speed}
    return Row(
        what="family",
        who=line["family"],
        command=known.command,
        seconds=[measured["seconds"]],
        scores=scores,
        versions=known.versions,
        facts=facts,
    )


def main() -> None:
    """Measure, and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--budget", default="10m", help="time for all of it (default: 10m)")
    budget = parser.parse_args().budget
    imdb = find_imdb()
    warm_files(imdb)
    ours = name_ours(
        *("rank", str(imdb), "--budget", budget, "-o", "{run}"),
        cache="cold",
        shown=f"seqloom rank aclImdb --budget {budget}",
    )
    with make_scratch() as scratch:
        finished = run_once(ours, scratch)
        print(finished.outcome.output)
        scores = [{"test": find_accuracy(finished.read_metrics()["test"])}]
        whole = make_row("whole-process", "seqloom", contestant=ours, finished=[finished], scores=scores)
        rows = make_rows(finished, whole, imdb=imdb)
    write_results("rank_imdb", rows)


if __name__ == "__main__":
    main()
