"""docs/families.md and docs/series-families.md: a section for every family, and the program's own defaults."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from seqloom.nets.defaults import NET_DEFAULTS
from seqloom.nets.series_defaults import FORECAST_DEFAULTS, SERIES_DEFAULTS
from seqloom.tasks.families import FAMILIES
from seqloom.tasks.forecast_families import FORECAST_FAMILIES
from seqloom.tasks.series_families import NUMBER_FAMILIES, SERIES_FAMILIES

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {name: (DOCS / name).read_text(encoding="utf-8") for name in ("families.md", "series-families.md")}

KNOWN = {
    "families.md": set(FAMILIES),
    "series-families.md": {*FORECAST_FAMILIES, *SERIES_FAMILIES, *NUMBER_FAMILIES},
}

# The heading of each table of defaults, and what it says.
TABLES: list[tuple[str, str, dict[str, Any]]] = [
    ("families.md", "defaults", NET_DEFAULTS),
    ("series-families.md", "defaults forecast", FORECAST_DEFAULTS),
    ("series-families.md", "defaults whole", SERIES_DEFAULTS),
]

# What stands in a cell for a value that is no number.
WORDS = {True: "yes", False: "no"}


def read_sections(page: str) -> dict[str, str]:
    """The text below each heading of a page that names a family, in order."""
    parts = re.split(r"^#{2,3} (.+)$", PAGES[page], flags=re.MULTILINE)
    return {name.strip("`"): text for name, text in zip(parts[1::2], parts[2::2], strict=True) if name.startswith("`")}


def read_defaults(page: str, name: str) -> dict[str, dict[str, str]]:
    """A table of defaults: family -> name of the default -> cell."""
    table = re.search(rf"<!-- {name} -->\n(.*?)<!-- end -->", PAGES[page], re.DOTALL)[1]
    head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.split("\n") if line]
    return {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in rows}


def say(name: str, value: object) -> str:
    """A default as the page writes it."""
    if value is None:
        return "own" if name.endswith("rate") else "-"
    return WORDS[value] if isinstance(value, bool) else str(value)


@pytest.mark.parametrize(("page", "name", "defaults"), TABLES)
def test_table_is_that_of_the_program(page, name, defaults):
    told = {
        family: {name: say(name, value) for name, value in asdict(default).items()}
        for family, default in defaults.items()
    }
    assert read_defaults(page, name) == told


@pytest.mark.parametrize("page", PAGES)
def test_every_family_has_a_section_and_no_other_name_has(page):
    assert set(read_sections(page)) == KNOWN[page]


@pytest.mark.parametrize(("page", "family"), [(page, family) for page in PAGES for family in sorted(KNOWN[page])])
def test_section_has_a_drawing_its_time_and_its_source(page, family):
    section = read_sections(page)[family]
    drawing = re.search(r"```\n(.*?)```", section, re.DOTALL)[1]
    assert "──>" in drawing
    assert "[B" in drawing
    for part in ("**When**", "**Source**"):
        assert part in section


@pytest.mark.parametrize("page", PAGES)
def test_drawings_fit_a_screen(page):
    blocks = re.findall(r"```\n(.*?)```", PAGES[page], re.DOTALL)
    assert max(len(line) for block in blocks for line in block.split("\n")) <= 130
