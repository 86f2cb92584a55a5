"""docs/federalist.md quotes what its script prints, to the letter."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.data
@pytest.mark.slow
def test_page_quotes_the_script(data_folder):
    command = [sys.executable, "examples/federalist.py", str(data_folder / "federalist_paragraphs.parquet")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    page = (ROOT / "docs" / "federalist.md").read_text(encoding="utf-8")
    tables = [block.strip("\n") for block in re.findall(r"```text\n(.*?)```", page, re.DOTALL)]
    assert [table.rstrip() for table in done.stdout.split("\n\n")] == tables
