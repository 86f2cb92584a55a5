"""Which format a file of word vectors has, known from its first bytes."""

from __future__ import annotations

import gzip
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import BinaryIO

from seqloom.errors import DataError
from seqloom.text.vectors.rows import is_number

__all__ = ["Layout", "find_layout", "read_pieces"]

_KNOWN = "GloVe text, word2vec text or binary, fastText .vec, plain or .gz"
_PACKED = {
    b"PK\x03\x04": "a zip archive. Unpack it first: unzip",
    b"\x28\xb5\x2f\xfd": "packed with zstd. Unpack it first: zstd -d",
    b"BZh": "packed with bzip2. Unpack it first: bunzip2",
    b"\xfd7zXZ": "packed with xz. Unpack it first: unxz",
    b"\x80\x04": "a pickle, which is never opened. In gensim write it with save_word2vec_format(NAME), and read that",
    b"\xba\x16\x4f\x2f": "a whole fastText model. Take its .vec file, or have fastText write its words' vectors out",
}
_HEADER = re.compile(rb"\s*([0-9]{1,18})[ \t]+([0-9]{1,9})\s*")

# Lines whose numbers are counted, from their end, as words may have blanks in them: what most lines have is the width.
_SAMPLE_LINES = 1_000

# Nobody makes wider vectors; a header that says so is a lie, and would have the whole file gathered for one record.
_MOST_NUMBERS = 100_000

# Float32 numbers put control characters into some 6 bytes in 100, and zeros into more; text has next to none.
_BINARY_SHARE = 0.01
_CONTROL = bytes(code for code in range(32) if code not in b"\t\n\r")


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How the rows of a file stand in it.

    Parameters
    ----------
    width : int
        Numbers of a row, D.
    n_promised : int or None
        Rows that the header promises; None without a header.
    n_skip : int
        Bytes in front of the first row: header and byte order mark.
    is_binary : bool
        Whether rows are records of word2vec's binary format, not lines.
    """

    width: int
    n_promised: int | None = None
    n_skip: int = 0
    is_binary: bool = False


def read_pieces(path: Path, n_bytes: int) -> Iterator[bytes]:
    """The bytes of the file ``path``, unpacked if it is gz, in pieces of ``n_bytes``; at least one, however short.

    Raises
    ------
    DataError
        If it is not there, cannot be read, is empty, cut off or damaged.
    """
    try:
        with path.open("rb") as file:
            is_packed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            source: BinaryIO = gzip.GzipFile(fileobj=file) if is_packed else file  # type: ignore[assignment]
            piece = source.read(n_bytes)
            if not piece.strip():
                raise DataError(f"the file is empty. Expected {_KNOWN}.", path=path)
            while piece:
                yield piece
                piece = source.read(n_bytes)
    except FileNotFoundError:
        raise DataError("there is no such file. Check the path.", path=path) from None
    except IsADirectoryError:
        raise DataError(f"it is a folder. Expected a file: {_KNOWN}.", path=path) from None
    except EOFError:
        raise DataError("the packed file is cut off before its end. Copy or download it again.", path=path) from None
    except (gzip.BadGzipFile, zlib.error) as problem:
        raise DataError(f"the packed file is damaged ({problem}). Copy or download it again.", path=path) from None
    except OSError as problem:
        raise DataError(f"it cannot be read ({problem.strerror or problem}).", path=path) from None


def find_layout(head: bytes, path: Path) -> Layout:
    r"""The layout of a file.

    Parameters
    ----------
    head : bytes
        Its beginning, unpacked: some thousand lines, or all of it.
    path : Path
        For messages.

    Returns
    -------
    Layout
        A first line of two whole numbers is a header, unless all rows have two fields.

    Raises
    ------
    DataError
        If it is another kind of file, or header and rows disagree about the width.

    Examples
    --------
    >>> find_layout(b"2 3\nking 0.1 0.2 0.3\nqueen 0.1 0.2 0.4\n", Path("a.vec"))
    Layout(width=3, n_promised=2, n_skip=4, is_binary=False)
    """
    for magic, what in _PACKED.items():
        if head.startswith(magic):
            raise DataError(f"it is {what}. Expected {_KNOWN}.", path=path)
    n_mark = 3 * head.startswith(b"\xef\xbb\xbf")  # a byte order mark is no part of the first word
    first, end, rest = head[n_mark:].partition(b"\n")
    header = _HEADER.fullmatch(first)
    if not header:
        return Layout(width=_count_numbers(head[n_mark:], path), n_skip=n_mark)
    promised, width = int(header[1]), int(header[2])
    if not 0 < width <= _MOST_NUMBERS:
        raise DataError(f"vectors of {width:,} numbers promised, 1 to {_MOST_NUMBERS:,} expected.", path=path, line=1)
    n_skip = n_mark + len(first) + len(end)
    sample = rest[:4_096]
    if sample and len(sample) - len(sample.translate(None, _CONTROL)) > _BINARY_SHARE * len(sample):
        return Layout(width=width, n_promised=promised, n_skip=n_skip, is_binary=True)
    if not rest.strip():
        raise DataError(f"a header that promises {promised:,} words, and no word behind it.", path=path, line=1)
    found = _count_numbers(rest, path)
    if found == 1 != width:
        return Layout(width=1, n_skip=n_mark)
    if found != width:
        raise DataError(
            f"the header says that rows have {width:,} numbers, most rows have {found:,}. Mend the header.",
            path=path,
            line=1,
        )
    return Layout(width=width, n_promised=promised, n_skip=n_skip)


def _count_numbers(text: bytes, path: Path) -> int:
    """The width that most of the first rows have."""
    lines = text.split(b"\n", _SAMPLE_LINES)
    lines = lines[:-1] if len(lines) > 1 else lines  # the last may be cut
    counts = Counter(
        sum(1 for _ in takewhile(is_number, reversed(line.rstrip(b" \r").split(b" ")[1:])))
        for line in lines
        if line.strip()
    )
    width = max(counts, key=lambda count: (counts[count], count)) if counts else 0
    if width == 0:
        raise DataError(
            "most lines do not end in numbers; a word and its numbers, with blanks between, are expected. It should "
            f"be {_KNOWN}.",
            path=path,
        )
    return width
