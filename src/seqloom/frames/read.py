"""The way in: from a path to a table of texts."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import polars as pl

from seqloom.errors import DataError, UsageError
from seqloom.frames.delimited import read_delimited
from seqloom.frames.encoding import to_utf8
from seqloom.frames.files import read_bytes, unpack_bytes
from seqloom.frames.folders import read_folder
from seqloom.frames.jsonl import read_json_lines
from seqloom.frames.lines import has_labels, read_labelled_lines, read_plain_lines
from seqloom.frames.parquet import read_parquet
from seqloom.frames.table import ReadOptions, Sheet, TextTable
from seqloom.frames.tables import take_texts

__all__ = ["read_lines", "read_sheet", "read_table", "read_texts"]

_SEPARATORS = {".csv": None, ".tsv": "\t", ".tab": "\t"}
_JSON = frozenset({".jsonl", ".ndjson"})
_PARQUET = frozenset({".parquet", ".pq"})
_LINES = frozenset({"", ".txt", ".ft", ".train", ".valid", ".test"})
_KNOWN = (
    "a folder of classes, .csv, .tsv, .jsonl, .parquet, or .txt with __label__ lines (the text formats also .gz, .zst)"
)
_INSTEAD = {
    ".json": "Write one object a line and name it .jsonl.",
    ".xlsx": "Save it as .csv.",
    ".xls": "Save it as .csv.",
    ".zip": "Unpack it first.",
    ".tar": "Unpack it first.",
    ".tgz": "Unpack it first.",
}
_DEFAULTS = ReadOptions()


def read_texts(path: str | Path, options: ReadOptions = _DEFAULTS) -> TextTable:
    """The texts and labels of a folder of classes, a table, or a file of labelled lines.

    Parameters
    ----------
    path : path-like
        What to read. A folder is a folder of classes; of a file the ending decides.
    options : ReadOptions
        What is asked of the reader; the defaults find everything by themselves.

    Returns
    -------
    TextTable
        Its notes say what was taken, what was passed over, and why.

    Raises
    ------
    DataError
        If it cannot be read: names file, line and remedy.
    UsageError
        If an option cannot be meant.
    """
    if options.on_bad_row not in ("error", "skip"):
        raise UsageError(f"--on-bad-row {options.on_bad_row}: expected error or skip.")
    # Named as it was given: Path("aclImdb/") would lose what says that it is a folder.
    if options.label_separator == "":
        raise UsageError("--label-separator is empty: expected the sign between two labels, such as ;")
    table = replace(_read_path(Path(path), options), name=str(path))
    tables = "only a table has columns (.csv, .tsv, .jsonl, .parquet). Write the texts into one"
    if options.group is not None and table.groups is None:
        raise DataError(f"--group {options.group}: {tables}, or leave --group out.", path=path)
    if options.beside and table.columns is None:
        named = ", ".join(options.beside)
        raise DataError(f"{named} beside the text (--with, here or when the model was trained): {tables}.", path=path)
    return table


def read_table(path: str | Path, options: ReadOptions = _DEFAULTS) -> pl.DataFrame:
    """A table with all its columns as they stand in the file: words, where it is a text file.

    Nothing is concluded from the first rows, so a column of whole numbers that has decimals far down is read right.

    Parameters
    ----------
    path : path-like
        CSV, TSV, JSONL (plain, gz or zst) or Parquet.
    options : ReadOptions
        Encoding, and what to do with a row that cannot be read.

    Returns
    -------
    DataFrame
        In the order of the file.

    Raises
    ------
    DataError
        If it cannot be read: names file, line and remedy.
    """
    return read_sheet(path, options).frame


def read_sheet(path: str | Path, options: ReadOptions = _DEFAULTS) -> Sheet:
    """As ``read_table``, of the same ``path`` and ``options``, with notes: of rows that were left out, for one."""
    path = Path(path)
    ending = _find_ending(path)
    if os.path.isdir(path) or ending not in {*_SEPARATORS, *_JSON, *_PARQUET}:
        raise DataError(
            "a table expected: .csv, .tsv, .jsonl (also .gz, .zst) or .parquet, a row for each moment.",
            path=path,
        )
    if ending in _PARQUET:
        return read_parquet(path)
    data = to_utf8(read_bytes(path), encoding=options.encoding, path=path)
    return _read_sheet(data, ending, path=path, options=options)


def _read_path(path: Path, options: ReadOptions) -> TextTable:
    if os.path.isdir(path):  # unlike Path.is_dir, no path makes it raise
        return read_folder(path, options)
    ending = _find_ending(path)
    if ending in _PARQUET:
        return take_texts(read_parquet(path), options, path=path)
    data = to_utf8(read_bytes(path), encoding=options.encoding, path=path)
    if ending in _SEPARATORS or ending in _JSON:
        return take_texts(_read_sheet(data, ending, path=path, options=options), options, path=path)
    if has_labels(data):
        return read_labelled_lines(data, path=path)
    if ending not in _LINES:
        raise DataError(
            f"files ending in {ending} are not known. {_INSTEAD.get(ending, '')} Known are {_KNOWN}.", path=path
        )
    if not data.strip():
        raise DataError(f"the file is empty. Expected {_KNOWN}.", path=path)
    if options.needs_label:
        raise DataError(f"plain lines have no labels. Expected {_KNOWN}.", path=path)
    return read_plain_lines(data, path=path)


def read_lines(source: BinaryIO | str | Path, *, encoding: str = "utf-8", name: str = "standard input") -> TextTable:
    r"""A text for each line of a file or of a binary stream such as ``sys.stdin.buffer``.

    Parameters
    ----------
    source : path-like or binary stream
        Where the lines come from; gz and zst are unpacked.
    encoding : str
        What they are written in.
    name : str
        What to call a stream.

    Returns
    -------
    TextTable
        Without labels; as many rows as lines.

    Raises
    ------
    DataError
        If there is no line, or a byte that is not in the encoding.

    Examples
    --------
    >>> import io
    >>> read_lines(io.BytesIO("bien\nété\n".encode())).texts.to_list()
    ['bien', 'été']
    """
    if isinstance(source, (str, Path)):
        path = Path(source)
        data = read_bytes(path)
    else:
        path = Path(name)
        data = unpack_bytes(source.read(), path=path)
    return read_plain_lines(to_utf8(data, encoding=encoding, path=path), path=path)


def _find_ending(path: Path) -> str:
    """The ending that says what is in a file, in small letters, that of the packing taken off."""
    packed = path.suffix.lower() in (".gz", ".zst")
    return (Path(path.stem) if packed else path).suffix.lower()


def _read_sheet(data: bytes, ending: str, *, path: Path, options: ReadOptions) -> Sheet:
    if ending in _JSON:
        return read_json_lines(data, path=path, on_bad_row=options.on_bad_row)
    return read_delimited(data, path=path, separator=_SEPARATORS[ending], on_bad_row=options.on_bad_row)
