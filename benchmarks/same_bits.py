"""Claim: same seed, same machine, same bits: two processes write identical cards, vocabularies and weights.

Run: ``python benchmarks/same_bits.py``.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path

from contestants import make_scratch, name_ours, run_once
from imdb_folders import find_imdb, warm_files
from rows import Row, read_versions, write_results

FILES = ("card.json", "vocabulary.json", "weights.safetensors")
FAMILIES = ("linear", "bag", "embedding")


def digest_files(folder: Path) -> dict[str, str]:
    """SHA-256 of the files of a model folder that must be equal."""
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}


def compare_runs(family: str, imdb: Path, *, scratch: Path) -> Row:
    """Two processes, each with an empty compilation cache of its own."""
    options = ("--family", family, "--no-rivals", "--seed", "0", "--quiet")
    shown = " ".join(("seqloom train aclImdb -o RUN", *options))
    contestant = name_ours("train", str(imdb), "-o", "{run}", *options, cache="cold", shown=shown)
    finished = [run_once(contestant, scratch) for _ in range(2)]
    first, second = (digest_files(one.run) for one in finished)
    return Row(
        what="same-bits",
        who=family,
        command=shown,
        seconds=[round(one.outcome.seconds, 3) for one in finished],
        versions=read_versions(sys.executable),
        facts={"sha256": first, "equal": {name: first[name] == second[name] for name in FILES}},
    )


def main() -> int:
    """Measure, and write the rows; 1 where a byte differs."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    imdb = find_imdb()
    warm_files(imdb)
    with make_scratch() as scratch:
        rows = []
        for family in FAMILIES:
            print(f"  {family}, twice", flush=True)
            rows.append(compare_runs(family, imdb, scratch=scratch))
    write_results("same_bits", rows)
    return 0 if all(all(row.facts["equal"].values()) for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
