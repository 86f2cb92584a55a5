"""One JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from seqloom.errors import DataError
from seqloom.frames.badrows import note_skipped
from seqloom.frames.table import Sheet

__all__ = ["read_json_lines"]

_REMEDY = "Mend the line, or pass --on-bad-row skip to leave such rows out."


def read_json_lines(data: bytes, *, path: Path, on_bad_row: str = "error") -> Sheet:
    """All objects of a file as rows, in the columns that their keys name.

    Python's ``json`` and not Polars reads the lines: Polars is four times as fast, but it names no line and turns lists
    and numbers into strings without a word. 34 MB take 0.3 s.

    Parameters
    ----------
    data : bytes
        The file, in UTF-8.
    path : Path
        Its name, for errors.
    on_bad_row : {"error", "skip"}
        What to do with a line that is not a JSON object.

    Returns
    -------
    Sheet
        A column of one kind has its type, and lists of strings or whole numbers are lists of strings; a mixed one is
        String, with JSON for what is not a string. ``kinds`` says for each column which kinds of value it has, and
        where each stands first; an ``odd list`` holds something else.

    Raises
    ------
    DataError
        If there is no line, or (``error``) one that is not a JSON object.

    Examples
    --------
    >>> sheet = read_json_lines(b'{"text": "fine", "stars": 4}', path=Path("a.jsonl"))
    >>> sheet.frame.rows(), sheet.kinds
    ([('fine', 4)], {'text': {'string': 1}, 'stars': {'number': 1}})
    """
    rows: list[dict[str, Any]] = []
    lines: list[int] = []
    bad: list[int] = []
    for line, row in _parse_lines(data):
        if isinstance(row, dict):
            rows.append(row)
            lines.append(line)
        elif on_bad_row == "skip":
            bad.append(line)
        else:
            raise DataError(f"{row} {_REMEDY}", path=path, line=line)
    if not rows:
        raise DataError("no JSON object in it. Expected one on each line.", path=path)
    names = dict.fromkeys(name for row in rows for name in row)
    kinds: dict[str, dict[str, int]] = {}
    columns = []
    for name in names:
        values = [row.get(name) for row in rows]
        kinds[name] = _find_kinds(values, lines)
        columns.append(_make_column(name, values, kinds=kinds[name]))
    return Sheet(frame=pl.DataFrame(columns), notes=note_skipped(bad), kinds=kinds)


def _parse_lines(data: bytes) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """The object of each line that is not blank, or what is wrong with it."""
    for line, text in enumerate(data.split(b"\n"), start=1):
        if not text.strip():
            continue
        try:
            row = json.loads(text)
            if b"\\u" in text:
                # Half of a surrogate pair is allowed in JSON and is no character: it cannot be written as UTF-8.
                json.dumps(row, ensure_ascii=False).encode()
        except json.JSONDecodeError as error:
            yield line, f"not JSON: {error.msg} at column {error.colno}."
        except UnicodeEncodeError:
            yield line, "half of a surrogate pair (\\ud800 to \\udfff), which is no character."
        except (ValueError, RecursionError):
            yield line, "not JSON that can be read: a number too long, or nested too deep."
        else:
            yield line, row if isinstance(row, dict) else f"{_name_kind(row)} where an object {{...}} was expected."


_KINDS = {str: "string", bool: "boolean", int: "number", float: "number", list: "list", dict: "object"}
_TYPES = {"string": pl.String, "boolean": pl.Boolean}


def _name_kind(value: object) -> str:
    return "null" if value is None else f"a {_KINDS[type(value)]}"


def _is_odd(values: list[Any]) -> bool:
    """Whether a list holds what can be no label: lists, objects, nothing, fractions."""
    return not {str, int} >= set(map(type, values))


def _find_kinds(values: list[Any], lines: list[int]) -> dict[str, int]:
    first: dict[type, int] = {}
    for line, kind in zip(lines, map(type, values), strict=True):
        if kind not in first:
            first[kind] = line
    kinds: dict[str, int] = {}
    for kind, line in first.items():
        if kind in _KINDS:
            kinds.setdefault(_KINDS[kind], line)
    odd = (line for value, line in zip(values, lines, strict=True) if isinstance(value, list) and _is_odd(value))
    if "list" in kinds and (line := next(odd, 0)):
        kinds["odd list"] = line
    return kinds


def _make_column(name: str, values: list[Any], *, kinds: dict[str, int]) -> pl.Series:
    if len(kinds) <= 1 and (kind := next(iter(kinds), "string")) in _TYPES:
        return pl.Series(name, values, dtype=_TYPES[kind])
    if set(kinds) == {"number"}:
        is_whole = all(value is None or (type(value) is int and abs(value) < 1 << 63) for value in values)
        if is_whole:
            return pl.Series(name, values, dtype=pl.Int64)
        return pl.Series(name, [None if value is None else float(value) for value in values], dtype=pl.Float64)
    if set(kinds) == {"list"}:
        items = [value if value is None else [str(item) for item in value] for value in values]
        return pl.Series(name, items, dtype=pl.List(pl.String))
    written = [
        value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in values
    ]
    return pl.Series(name, written, dtype=pl.String)
