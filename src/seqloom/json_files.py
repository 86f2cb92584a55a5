"""JSON files of a run or model folder: written whole or not at all, and errors that name the file."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from seqloom.errors import ArtifactError

__all__ = ["read_json", "write_json"]


def write_json(path: Path, value: Any) -> int:
    """Write ``value`` as readable JSON to ``path`` (under another name first, then renamed); gives its bytes."""
    data = (json.dumps(value, ensure_ascii=False, indent=1, default=_plain) + "\n").encode()
    partial = path.with_name(path.name + ".writing")
    partial.write_bytes(data)
    os.replace(partial, path)
    return len(data)


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} cannot stand in a card")


def read_json(path: Path, *, most_bytes: int | None = None) -> Any:
    """The JSON in the file ``path``, unless it has more than ``most_bytes``.

    Raises
    ------
    ArtifactError
        Where it is missing, too large for what it is, or not JSON.
    """
    try:
        if most_bytes is not None and path.stat().st_size > most_bytes:
            raise ArtifactError(f"{path} has {path.stat().st_size:,} bytes, some thousands expected. It was not read.")
        return json.loads(path.read_bytes())
    except FileNotFoundError as problem:
        raise ArtifactError(f"{path} is missing. Is {path.parent} a folder that seqloom wrote?") from problem
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise ArtifactError(f"{path} is not JSON ({problem}). Get the folder from its source again.") from problem
