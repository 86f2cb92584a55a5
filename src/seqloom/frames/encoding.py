"""Bytes in any encoding, as UTF-8."""

from __future__ import annotations

import codecs
from pathlib import Path

from seqloom.errors import DataError, UsageError

__all__ = ["to_utf8"]

# Longest first: the mark of UTF-32 begins with the mark of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def to_utf8(data: bytes, *, encoding: str = "utf-8", path: Path | str | None = None) -> bytes:
    """The same characters in UTF-8, without a byte order mark.

    Parameters
    ----------
    data : bytes
        The content of a file.
    encoding : str
        What it is written in. A byte order mark in front of it goes before what is declared here.
    path : path-like or None
        The file, for the error.

    Returns
    -------
    bytes
        Valid UTF-8.

    Raises
    ------
    DataError
        If the bytes are not in that encoding: names the line and the byte.
    UsageError
        If there is no encoding of that name.

    Examples
    --------
    >>> to_utf8("naïve".encode("latin-1"), encoding="latin-1").decode()
    'naïve'
    """
    is_utf8 = _is_utf8(encoding)
    marked = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    try:
        if marked is None and is_utf8:
            if not data.isascii():  # a look at the high bits is ten times as fast as decoding, and often enough
                data.decode()
            return data
        return data.decode(marked or encoding).encode()
    except UnicodeDecodeError as error:
        raise _wrong_byte(data, error, encoding=marked or encoding, path=path) from None
    except UnicodeError as error:
        raise DataError(f"the file is not {encoding} ({error}). {_REMEDY}", path=path) from None


_REMEDY = (
    "Pass --encoding with the one it was written in, such as cp1252 or latin-1 (Western European), "
    "cp1251 (Cyrillic), cp949 (Korean), cp932 (Japanese) or gb18030 (Chinese)."
)


def _is_utf8(encoding: str) -> bool:
    try:
        # Codecs like base64 are not encodings of text, and str.encode is what says so.
        "".encode(encoding)
        return codecs.lookup(encoding).name == "utf-8"
    except LookupError:
        raise UsageError(
            f"--encoding {encoding}: there is no such text encoding. Names are those of Python: utf-8, cp949, latin-1."
        ) from None


def _wrong_byte(data: bytes, error: UnicodeDecodeError, *, encoding: str, path: Path | str | None) -> DataError:
    line = data.count(b"\n", 0, error.start) + 1
    column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
    declared = "UTF-8" if _is_utf8(encoding) or encoding == "utf-8-sig" else encoding
    found = f"byte 0x{data[error.start]:02X} at place {column:,} of the line is not {declared}"
    return DataError(f"{found} ({error.reason}). {_REMEDY}", path=path, line=line)
