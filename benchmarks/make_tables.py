"""The tables of ``docs/benchmarks.md``, made from the rows in ``results/``; the prose around them stays as it is.

A table stands between ``<!-- table NAME -->`` and ``<!-- end -->``; NAME is one of ``TABLES``.

    python benchmarks/make_tables.py [--check]
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from pathlib import Path

from rows import read_results
from series_tables import make_etth1_table, make_series_table, make_steps_table, make_temperature_table
from tables import (
    Results,
    make_authors_table,
    make_bits_table,
    make_cold_table,
    make_epoch_table,
    make_families_table,
    make_few_labels_table,
    make_korean_table,
    make_listing_table,
    make_nets_table,
    make_numbers_table,
    make_rank_table,
    make_topics_table,
    make_train_table,
    make_vectors_load_table,
    make_vectors_train_table,
)

DOCUMENT = Path(__file__).parents[1] / "docs" / "benchmarks.md"
_PLACE = re.compile(r"(<!-- table (?P<name>[\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


TABLES: dict[str, tuple[str, Callable[[Results], str]]] = {
    "train": ("train_imdb", make_train_table),
    "families": ("train_imdb", make_families_table),
    "listing-train": ("listing_6_7", lambda results: make_listing_table(results, "train-with-compile")),
    "listing-epoch": ("listing_6_7", make_epoch_table),
    "listing-whole": ("listing_6_7", lambda results: make_listing_table(results, "whole-process")),
    "cold": ("cold_predict", make_cold_table),
    "bits": ("same_bits", make_bits_table),
    "numbers": ("text_to_numbers", make_numbers_table),
    "vectors-load": ("vectors_load", make_vectors_load_table),
    "vectors-train": ("vectors_train", make_vectors_train_table),
    "few-labels": ("few_labels", make_few_labels_table),
    "korean": ("korean", make_korean_table),
    "nets": ("nets", make_nets_table),
    "rank": ("rank_imdb", make_rank_table),
    "topics": ("topics", make_topics_table),
    "temperature": ("temperature", make_temperature_table),
    "etth1": ("etth1", make_etth1_table),
    "gru-series": ("gru_series", make_steps_table),
    "series-classification": ("series_classification", make_series_table),
    "spooky-authors": ("spooky_authors", make_authors_table),
}


def describe_origin(results: Results) -> str:
    """The line below a table: day, machine and versions (commands stand in the JSON)."""
    machine = results["machine"]
    versions: dict[str, set[str]] = {}
    for row in results["rows"]:
        for name, version in row["versions"].items():
            versions.setdefault(name, set()).add(version)
    told = ", ".join(f"{name} {' and '.join(sorted(found))}" for name, found in versions.items())
    return (
        f"\n<sub>{results['day']}, {machine['cores']} cores of {machine['processor']}, {machine['memory_gb']:.0f} GB; "
        f"{told}. Rows: benchmarks/results/{results['claim']}.json</sub>\n"
    )


def fill_place(match: re.Match[str]) -> str:
    """A place of the document with its table, or as it was where the claim has no results."""
    claim, make = TABLES[match["name"]]
    results = read_results(claim)
    if results is None:
        return match[0]
    return f"{match[1]}\n{make(results)}{describe_origin(results)}\n{match[3]}"


def main() -> int:
    """Write the document anew; with ``--check`` only tell whether it would change."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 if a table is out of date")
    is_check = parser.parse_args().check
    before = DOCUMENT.read_text(encoding="utf-8")
    after = _PLACE.sub(fill_place, before)
    if is_check:
        return int(after != before)
    DOCUMENT.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
