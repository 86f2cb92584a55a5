"""Files of whole series as sktime, aeon and the UCR and UEA archives have them (``.ts``).

Comments (``#``), a header (``@name value``), ``@data``, and then a series a line: its channels with ``:`` between, the
values of each with commas between, and its label behind the last ``:``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from seqloom.errors import DataError
from seqloom.flow import Ragged
from seqloom.frames.encoding import to_utf8
from seqloom.frames.files import read_bytes
from seqloom.frames.series_table import SeriesTable

__all__ = ["read_ts"]

# What a header can say, in small letters; two of them go by two names.
_FLAGS = ("timestamps", "missing", "univariate", "equallength")
_COUNTS = ("dimensions", "dimension", "serieslength")
_KNOWN = (*_FLAGS, *_COUNTS, "problemname", "classlabel", "targetlabel")

_MISSING = ["?", "nan", "NaN", "NAN"]


@dataclass(frozen=True, kw_only=True)
class _Header:
    """What stands above the rows; ``n_channels`` and ``length`` are None where it does not say."""

    n_channels: int | None
    length: int | None
    has_classes: bool
    has_numbers: bool
    classes: tuple[str, ...]


def read_ts(path: str | Path, *, encoding: str = "utf-8") -> SeriesTable:
    """The series of a ``.ts`` file.

    Parameters
    ----------
    path : path-like
        The file; also packed (.gz, .zst).
    encoding : str
        What it is written in.

    Returns
    -------
    SeriesTable
        Labels as strings; numbers where the header says ``@targetLabel true``; None where it has neither.

    Raises
    ------
    DataError
        Where the header is broken or a row is not what it promises: names the line, what was found and expected.
    """
    path = Path(path)
    lines = to_utf8(read_bytes(path), encoding=encoding, path=path).decode().split("\n")
    header, start = _read_header(lines, path)
    numbers, channels, lengths, labels = [], [], [], []
    n_channels = header.n_channels
    for number, line in _list_rows(lines, start):
        parts, label = _cut_row(line, header, number=number, path=path)
        n_channels = n_channels or len(parts)
        lengths.append(_measure_row(parts, n_channels, number=number, path=path))
        numbers.append(number)
        channels += parts
        labels.append(label)
    if not numbers or n_channels is None:
        raise DataError("no series found behind @data, one on each line expected.", path=path)
    _check_lengths(lengths, header, numbers=numbers, path=path)
    flat = _parse(channels, np.repeat(numbers, np.array(lengths) * n_channels), path=path)
    return SeriesTable(
        steps=_turn(flat, np.array(lengths), n_channels=n_channels),
        channels=tuple(f"channel {c + 1}" for c in range(n_channels)),
        labels=_read_labels(labels, header, numbers=numbers, path=path),
        name=str(path),
    )


def _list_rows(lines: Sequence[str], start: int) -> Iterator[tuple[int, str]]:
    """The lines behind ``start`` that are no comment and not blank, with their numbers."""
    for number, line in enumerate(lines[start:], start=start + 1):
        line = line.strip()
        if line and not line.startswith("#"):
            yield number, line


def _read_header(lines: Sequence[str], path: Path) -> tuple[_Header, int]:
    """What is said above ``@data``, and the number of that line."""
    said: dict[str, list[str]] = {}
    for number, line in _list_rows(lines, 0):
        if not line.startswith("@"):
            raise DataError(
                f"{line!r:.60} found in the header, a line that begins with @ expected until @data. Is it a .ts file?",
                path=path,
                line=number,
            )
        name, *values = line[1:].split()
        name = name.lower() if name else ""
        if name == "data":
            return _check_header(said, path), number
        _check_entry(name, values, number=number, path=path)
        said[name] = values
    raise DataError(
        "no line @data found, one expected between header and series. Is it a .ts file, and whole?", path=path
    )


def _check_entry(name: str, values: list[str], *, number: int, path: Path) -> None:
    """Nothing, if a line of the header is one that is known and says what such a line says."""
    if name not in _KNOWN:
        found = f"@{name} found in the header, one of {', '.join('@' + known for known in _KNOWN)} or @data expected."
        raise DataError(found, path=path, line=number)
    asked = ""
    if name in (*_FLAGS, "classlabel", "targetlabel") and (not values or values[0].lower() not in ("true", "false")):
        asked = "true or false"
    elif name in _COUNTS and (len(values) != 1 or not values[0].isdecimal() or int(values[0]) < 1):
        asked = "a whole number of 1 or more"
    elif name == "classlabel" and values[0].lower() == "true" and len(values) < 2:
        asked = "true and then the names of the classes"
    if asked:
        raise DataError(f"@{name} {' '.join(values)!r:.40} found, {asked} expected behind it.", path=path, line=number)
    if name == "timestamps" and values[0].lower() == "true":
        raise DataError(
            "@timeStamps true found, series without times expected: whole series are read as evenly spaced steps. "
            "Write the values alone, missing ones as ?, and @timeStamps false.",
            path=path,
            line=number,
        )


def _check_header(said: dict[str, list[str]], path: Path) -> _Header:
    """The header from what it ``said``, line by line checked."""
    is_true = {name: values[0].lower() == "true" for name, values in said.items() if values}
    counts = {name: int(said[name][0]) for name in _COUNTS if name in said}
    n_channels = counts.get("dimensions", counts.get("dimension"))
    if is_true.get("univariate"):
        if n_channels not in (None, 1):
            raise DataError(f"the header says @univariate true and {n_channels} dimensions. Which is it?", path=path)
        n_channels = 1
    if is_true.get("classlabel") and is_true.get("targetlabel"):
        raise DataError("the header says @classLabel true and @targetLabel true, one of them expected.", path=path)
    return _Header(
        n_channels=n_channels,
        length=counts.get("serieslength") if is_true.get("equallength", True) else None,
        has_classes=is_true.get("classlabel", False),
        has_numbers=is_true.get("targetlabel", False),
        classes=tuple(said["classlabel"][1:]) if is_true.get("classlabel") else (),
    )


def _cut_row(line: str, header: _Header, *, number: int, path: Path) -> tuple[list[str], str]:
    """The channels of a line, and its label, where it has one."""
    parts = line.split(":")
    if not (header.has_classes or header.has_numbers):
        return parts, ""
    if len(parts) < 2:
        raise DataError("a series without a label found, one behind the last : expected.", path=path, line=number)
    return parts[:-1], parts[-1].strip()


def _measure_row(parts: list[str], n_channels: int, *, number: int, path: Path) -> int:
    """The number of steps of a series, once it has as many channels as all, and they are equally long."""
    if len(parts) != n_channels:
        raise DataError(
            f"{len(parts)} channels found, {n_channels} expected, with : between and before the label.",
            path=path,
            line=number,
        )
    lengths = [part.count(",") + 1 if part.strip() else 0 for part in parts]
    if min(lengths) == 0:
        raise DataError(f"channel {lengths.index(0) + 1} is empty, values expected.", path=path, line=number)
    if len(set(lengths)) > 1:
        c = next(c for c, length in enumerate(lengths) if length != lengths[0])
        raise DataError(
            f"{lengths[c]} values in channel {c + 1} and {lengths[0]} in channel 1 found, as many in each expected. "
            "Write ? for a missing one.",
            path=path,
            line=number,
        )
    return lengths[0]


def _check_lengths(lengths: list[int], header: _Header, *, numbers: list[int], path: Path) -> None:
    if header.length is None:
        return
    for length, number in zip(lengths, numbers, strict=True):
        if length != header.length:
            raise DataError(
                f"{length} values found, {header.length} expected as @seriesLength says. For series of unequal length "
                "write @equalLength false.",
                path=path,
                line=number,
            )


def _parse(channels: list[str], lines: np.ndarray, *, path: Path) -> np.ndarray:
    """All values, end to end, ``float64``; ``lines`` tells where each stands."""
    fields = pl.Series("value", channels).str.split(",").explode(empty_as_null=True).str.strip_chars()
    fields = fields.set(fields.is_in(_MISSING), None)
    values = fields.cast(pl.Float64, strict=False)
    strange = values.is_null() & fields.is_not_null() | values.is_infinite().fill_null(False)
    if strange.any():
        at = int(strange.arg_max() or 0)
        raise DataError(
            f"{fields[at]!r:.40} found, a number expected (or ? for a missing one).", path=path, line=int(lines[at])
        )
    return values.fill_null(float("nan")).to_numpy()


def _turn(flat: np.ndarray, lengths: np.ndarray, *, n_channels: int) -> Ragged:
    """From channel behind channel in each row to step behind step, ``[sum of lengths, C]``."""
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    begin, length = np.repeat(offsets[:-1], lengths), np.repeat(lengths, lengths)
    step = np.arange(offsets[-1]) - begin
    place = (begin * n_channels + step)[:, None] + length[:, None] * np.arange(n_channels)
    return Ragged(values=flat[place], offsets=offsets)


def _read_labels(labels: list[str], header: _Header, *, numbers: list[int], path: Path) -> np.ndarray | None:
    if header.has_numbers:
        found = pl.Series(labels).cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy()
        strange, expected = ~np.isfinite(found), "a number as the target expected"
    elif header.has_classes:
        found = np.array(labels)
        strange, expected = ~np.isin(found, header.classes), f"one of {', '.join(header.classes[:20])} expected"
    else:
        return None
    if strange.any():
        at = int(strange.argmax())
        raise DataError(f"label {labels[at]!r:.40} found, {expected}.", path=path, line=numbers[at])
    return found
