"""Lines of a vector file as words and numbers: whole blocks at once where they are regular, line by line elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

__all__ = ["Part", "decode_words", "is_number", "parse_lines"]


@dataclass(frozen=True, kw_only=True)
class Part:
    """Some rows of a file.

    Parameters
    ----------
    words : list of str
        ``[n]``, duplicates and all.
    matrix : ndarray, ``[n, D] float32``
        Their vectors, all finite.
    n_rows : int
        Lines or records that this part of the file has, bad and blank ones included.
    n_broken : int
        Words with bytes that are no UTF-8.
    bad : tuple of (int, str)
        Place (from 1, within the part) and fault of each row that cannot be used.
    """

    words: list[str]
    matrix: np.ndarray
    n_rows: int
    n_broken: int = 0
    bad: tuple[tuple[int, str], ...] = ()


def parse_lines(block: bytes, width: int) -> Part:
    r"""Words and vectors of whole lines.

    Parameters
    ----------
    block : bytes
        Lines, the last of which may lack its end.
    width : int
        Numbers of a row, D.

    Returns
    -------
    Part
        A word is what stands before the last D numbers, blanks and all.

    Examples
    --------
    >>> part = parse_lines(b". . 1 2\ncaf\xe9 3 4\nshort 5\n", 2)
    >>> part.words, part.matrix.tolist(), part.n_broken
    (['. .', 'caf\\xe9'], [[1.0, 2.0], [3.0, 4.0]], 1)
    >>> part.bad
    ((3, '1 number found where 2 are expected'),)
    """
    n_rows = block.count(b"\n") + (not block.endswith(b"\n"))
    if block.partition(b"\n")[0].rstrip(b"\r").endswith(b" "):
        block = block.replace(b" \r\n", b"\n").replace(b" \n", b"\n")  # fastText ends every row with a blank
    return _parse_regular(block, width, n_rows=n_rows) or _parse_each(block, width, n_rows=n_rows)


def _parse_regular(block: bytes, width: int, *, n_rows: int) -> Part | None:
    """Sixteen megabytes in a tenth of a second, by the CSV reader of Polars; None where any row is irregular."""
    schema: dict[str, pl.DataType | type[pl.DataType]] = {"word": pl.String}
    schema |= {str(i): pl.Float32 for i in range(width)}
    try:
        frame = pl.read_csv(block, separator=" ", has_header=False, quote_char=None, schema=schema)
    except pl.exceptions.PolarsError:
        return None
    matrix = frame.drop("word").to_numpy(order="c")  # [n, D], a missing number is NaN
    if frame["word"].null_count() or len(frame) != n_rows or not np.isfinite(matrix).all():
        return None
    return Part(words=frame["word"].to_list(), matrix=matrix, n_rows=n_rows)


def _parse_each(block: bytes, width: int, *, n_rows: int) -> Part:
    """Line by line: words with blanks, broken bytes, and what is wrong with a row."""
    words, numbers, bad = [], [], []
    for place, line in enumerate(block.split(b"\n"), start=1):
        word, *fields = line.rstrip(b"\r ").rsplit(b" ", width)
        if not word and not fields:
            continue
        vector, fault = _read_numbers(word, fields, width=width)
        if vector is None:
            bad.append((place, fault))
        else:
            words.append(word)
            numbers.append(vector)
    matrix = np.stack(numbers) if numbers else np.empty((0, width), np.float32)
    decoded, n_broken = decode_words(words)
    return Part(words=decoded, matrix=matrix, n_rows=n_rows, n_broken=n_broken, bad=tuple(bad))


def _read_numbers(word: bytes, fields: list[bytes], *, width: int) -> tuple[np.ndarray | None, str]:
    """The vector of a row, or None and what is wrong."""
    if len(fields) < width:
        found = "1 number" if len(fields) == 1 else f"{len(fields):,} numbers"
        return None, f"{found} found where {width:,} are expected"
    if b" " in word and is_number(word.rpartition(b" ")[2]):
        return None, f"more than {width:,} numbers found where {width:,} are expected"
    try:
        with np.errstate(over="ignore"):  # 1e99 is infinity in 32 bits, and told as such
            vector = np.array(fields, dtype=np.float32)
    except ValueError:
        strange = next((field for field in fields if not is_number(field)), b"")
        return None, f"{strange[:40].decode('utf-8', 'replace')!r} found where a number is expected"
    if not np.isfinite(vector).all():
        return None, "NaN or infinity found where a number is expected"
    return vector, ""


def is_number(field: bytes) -> bool:
    """Whether a field can be read as a number, NaN and infinity included."""
    try:
        float(field)
    except ValueError:
        return False
    return True


def decode_words(words: Sequence[bytes]) -> tuple[list[str], int]:
    r"""Words as text, and how many of them had bytes that are no UTF-8.

    Such bytes are written out (``\xe9``): replaced by one sign for all, two words would become the same.
    """
    decoded, n_broken = [], 0
    for word in words:
        try:
            decoded.append(word.decode())
        except UnicodeDecodeError:
            decoded.append(word.decode("utf-8", "backslashreplace"))
            n_broken += 1
    return decoded, n_broken
