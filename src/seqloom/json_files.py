"""JSON files of a run or model folder: written whole or not at all, and errors that name the file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from seqloom.errors import ArtifactError
from seqloom.whole import writing_whole

__all__ = ["check_fields", "read_json", "write_json"]

_REMEDY = "Get the folder from its source again."
_MISSING = object()
_KINDS = {
    str: "a string",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "an object",
    type(None): "null",
}


def write_json(path: Path, value: Any) -> int:
    """Write ``value`` as readable JSON to ``path`` whole or not at all; gives its bytes."""
    data = (json.dumps(value, ensure_ascii=False, indent=1, default=_plain) + "\n").encode()
    with writing_whole(path) as partial:
        partial.write_bytes(data)
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
        Where it is missing, no ordinary file, too large for what it is, or not JSON.
    """
    try:
        if path.exists() and not path.is_file():
            raise ArtifactError(f"{path} is not an ordinary file. {_REMEDY}")
        if most_bytes is not None and path.stat().st_size > most_bytes:
            raise ArtifactError(f"{path} has {path.stat().st_size:,} bytes, some thousands expected. It was not read.")
        return json.loads(path.read_bytes())
    except FileNotFoundError as problem:
        raise ArtifactError(f"{path} is missing. Is {path.parent} a folder that seqloom wrote?") from problem
    except OSError as problem:
        raise ArtifactError(f"{path} cannot be read ({problem.strerror}). Is it yours to read?") from problem
    # ValueError: broken JSON, bytes that are not UTF-8, or a number of thousands of digits
    except (ValueError, RecursionError) as problem:
        raise ArtifactError(f"{path} is not JSON ({problem}). {_REMEDY}") from problem


def check_fields(value: Any, fields: Mapping[str, tuple[type, ...]], *, where: str) -> None:
    """Nothing, if ``value`` is a JSON object that has these fields, of these types (a boolean is no number here).

    Parameters
    ----------
    value : object
        From a JSON file.
    fields : mapping of str to tuple of type
        What each field may be; others are not looked at.
    where : str
        File and place in it, for the message.

    Raises
    ------
    ArtifactError
        Naming the first field that is missing or of another type.
    """
    if not isinstance(value, Mapping):
        raise ArtifactError(f"{where}: {value!r:.60} found where an object is expected. {_REMEDY}")
    for name, kinds in fields.items():
        found = value.get(name, _MISSING)
        if not isinstance(found, kinds) or (isinstance(found, bool) and bool not in kinds):
            told = "nothing" if found is _MISSING else f"{found!r:.60}"
            expected = " or ".join(_KINDS[kind] for kind in kinds)
            raise ArtifactError(f"{where}: {told} found under {name!r}, {expected} expected. {_REMEDY}")
