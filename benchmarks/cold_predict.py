"""Claim: one prediction in a fresh process, ``--help`` likewise, and what they import of the heavy libraries.

Run: ``python benchmarks/cold_predict.py [--repeats 5]``.
"""

from __future__ import annotations

import argparse
import re
import subprocess
from dataclasses import replace
from pathlib import Path

from contestants import SOURCES, Contestant, Finished, make_row, make_scratch, name_ours, run_in_turn, run_once
from imdb_folders import find_imdb
from rows import Row, write_results

TEXT = "A film I would happily see twice."
HEAVY = ("jax", "keras", "matplotlib", "polars", "scipy", "sklearn", "tensorflow", "torch")
FAMILIES = ("linear", "bag")


def train_models(imdb: Path, scratch: Path) -> dict[str, Path]:
    """A run folder of each family (not timed)."""
    folders = {}
    for family in FAMILIES:
        print(f"  training {family}, not timed", flush=True)
        arguments = ("train", str(imdb), "-o", "{run}", "--family", family, "--no-rivals", "--quiet")
        folders[family] = run_once(name_ours(*arguments, cache="cold", shown=""), scratch).run
    return folders


def name_contestants(folders: dict[str, Path]) -> dict[str, Contestant]:
    """Who is timed: a prediction by each family with either cache, and the two calls that should load nothing."""
    contestants = {}
    for family, folder in folders.items():
        for cache in ("cold", "warm"):
            shown = f'seqloom predict RUN --text "{TEXT}"'
            contestants[f"predict, {family}, {cache} cache"] = name_ours(
                "predict", str(folder), "--text", TEXT, cache=cache, shown=shown
            )
    for option in ("--help", "--version"):
        contestants[option] = name_ours(option, cache="cold", shown=f"seqloom {option}")
    return contestants


def list_heavy(contestant: Contestant, scratch: Path) -> list[str]:
    """The heavy libraries that a command imports, as the interpreter itself logs them."""
    python, *arguments = contestant.argv
    env = {"PYTHONPATH": SOURCES, "SEQLOOM_CACHE": str(scratch / "listing")}
    command = [python, "-X", "importtime", *arguments]
    log = subprocess.run(command, capture_output=True, text=True, check=True, env=env).stderr
    loaded = {match.split(".")[0] for match in re.findall(r"\|\s+([\w.]+)$", log, flags=re.MULTILINE)}
    return sorted(loaded & set(HEAVY))


def tell(who: str, contestant: Contestant, *, finished: list[Finished], scratch: Path) -> Row:
    """The row of one contestant, with what it imported."""
    row = make_row("cold-process", who, contestant=contestant, finished=finished, scores=[])
    return replace(row, facts={"imports": list_heavy(contestant, scratch)})


def main() -> None:
    """Measure, and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5, help="runs of each contestant (default: 5)")
    repeats = parser.parse_args().repeats
    imdb = find_imdb()
    with make_scratch() as scratch:
        contestants = name_contestants(train_models(imdb, scratch))
        runs = run_in_turn(contestants, scratch, repeats=repeats)
        rows = [tell(who, contestants[who], finished=finished, scratch=scratch) for who, finished in runs.items()]
    write_results("cold_predict", rows)


if __name__ == "__main__":
    main()
