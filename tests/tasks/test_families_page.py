"""docs/families.md: a section with a drawing for every family, and the program's own defaults."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path

import pytest

from seqloom.nets.defaults import NET_DEFAULTS
from seqloom.tasks.families import FAMILIES

PAGE = (Path(__file__).parents[2] / "docs" / "families.md").read_text(encoding="utf-8")

# What stands in a cell for a value that is no number.
WORDS = {True: "yes", False: "no"}


def read_sections() -> dict[str, str]:
    """The text below each heading that names a family, in order."""
    parts = re.split(r"^#{2,3} (.+)$", PAGE, flags=re.MULTILINE)
    return {name.strip("`"): text for name, text in zip(parts[1::2], parts[2::2], strict=True) if name.startswith("`")}


def read_defaults() -> dict[str, dict[str, str]]:
    """The table of defaults: family -> name of the default -> cell."""
    table = re.search(r"<!-- defaults -->\n(.*?)<!-- end -->", PAGE, re.DOTALL)[1]
    head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.split("\n") if line]
    return {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in rows}


def say(name: str, value: object) -> str:
    """A default as the page writes it."""
    if value is None:
        return "own" if name.endswith("rate") else "-"
    return WORDS[value] if isinstance(value, bool) else str(value)


def test_table_is_that_of_the_program():
    told = {
        family: {name: say(name, value) for name, value in asdict(defaults).items()}
        for family, defaults in NET_DEFAULTS.items()
    }
    assert read_defaults() == told


def test_every_family_has_a_section_and_no_other_name_has():
    assert sorted(read_sections()) == sorted(FAMILIES)


@pytest.mark.parametrize("family", FAMILIES)
def test_section_has_a_drawing_its_time_and_its_source(family):
    section = read_sections()[family]
    drawing = re.search(r"```\n(.*?)```", section, re.DOTALL)[1]
    assert "──>" in drawing
    assert "[B" in drawing
    for part in ("**When**", "**Source**"):
        assert part in section


def test_drawings_fit_a_screen():
    blocks = re.findall(r"```\n(.*?)```", PAGE, re.DOTALL)
    assert max(len(line) for block in blocks for line in block.split("\n")) <= 130
