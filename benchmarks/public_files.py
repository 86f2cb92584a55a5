"""Where the public sets lie: they are no part of the project, and a script without them skips."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["find_file"]


def find_file(name: str) -> Path:
    """A file of the folder that ``SEQLOOM_DATA`` names; ends the script, with a word, where it is not there."""
    data = Path(os.environ.get("SEQLOOM_DATA") or Path(__file__).parents[2] / "shared" / "data")
    if not (data / name).exists():
        print(f"Skipped: no {name} in {data}. Set SEQLOOM_DATA to the folder that holds it.")
        sys.exit(0)
    return data / name
