"""Every claim measured again, one after the other, and the tables of ``docs/benchmarks.md`` made anew.

    python benchmarks/run_all.py [--only CLAIM ...]

The machine should have nothing else to do: the figures are wall seconds. Takes about half an hour on two cores,
and at the first time some minutes more for the peers' environments and for writing the reviews out as folders.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

CLAIMS = (
    "listing_6_7",
    "train_imdb",
    "cold_predict",
    "same_bits",
    "text_to_numbers",
    "vectors_load",
    "vectors_train",
    "few_labels",
    "korean",
    "nets",
    "gru_series",
    "temperature",
    "etth1",
    "series_classification",
    "rank_imdb",
    "topics",
    "spooky_authors",
)


def main() -> int:
    """Run the scripts; the first that fails ends it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=CLAIMS, default=CLAIMS, metavar="CLAIM", help=", ".join(CLAIMS))
    here = Path(__file__).parent
    for name in (*parser.parse_args().only, "make_tables"):
        print(f"-- {name}", flush=True)
        done = subprocess.run([sys.executable, str(here / f"{name}.py")], check=False)
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
