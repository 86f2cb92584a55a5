"""Where everything lies that can be made or fetched again: compiled programs, converted files, downloaded data."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["cache_folder"]


def cache_folder() -> Path:
    """``$SEQLOOM_CACHE``, or ``seqloom`` in the user's cache (``$XDG_CACHE_HOME``, ``~/.cache``). Not made here."""
    home = os.environ.get("SEQLOOM_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "seqloom"
    )
    return Path(home)
