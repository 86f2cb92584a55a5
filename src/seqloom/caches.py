"""Where things are kept between processes that can be made again: compiled programs, converted files."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["cache_folder"]


def cache_folder() -> Path:
    """The folder for it: ``$SEQLOOM_CACHE``, or ``seqloom`` in the user's cache."""
    home = os.environ.get("SEQLOOM_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "seqloom"
    )
    return Path(home)
