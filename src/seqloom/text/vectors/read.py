"""Files of word vectors, in blocks: 400,000 words of 100 numbers in seconds, and never the whole file in memory."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from itertools import chain
from pathlib import Path

import numpy as np

from seqloom.errors import DataError
from seqloom.text.vectors.binary import parse_records
from seqloom.text.vectors.layout import Layout, find_layout, read_pieces
from seqloom.text.vectors.rows import Part, parse_lines

__all__ = ["VectorFile"]

# Bytes parsed at a time: large enough that calls do not count, small enough that a few fit into any memory.
_BLOCK = 1 << 24

# Faulty rows whose places are told where they are left out.
_N_TOLD = 3


class VectorFile:
    """A file in the format of GloVe, word2vec or fastText, read once from front to end.

    Parameters
    ----------
    path : Path
        The file, plain or gz.
    skip_bad : bool
        Whether rows that cannot be used are left out and counted, where they would be an error.

    Attributes
    ----------
    width : int
        Numbers of a word, D; known once reading has begun.
    n_words : int
        Words read so far.
    """

    def __init__(self, path: Path, *, skip_bad: bool = False) -> None:
        self.path = path
        self.skip_bad = skip_bad
        self.width = 0
        self.n_words = 0
        self._promised: int | None = None
        self._n_rows = self._n_repeated = self._n_spaced = self._n_broken = 0
        self._bad: list[tuple[int, str]] = []
        self._seen: set[str] = set()

    def __iter__(self) -> Generator[tuple[list[str], np.ndarray]]:
        """Words and their vectors ``[n, D] float32``, block by block; of words that repeat, the first.

        Whoever may leave before the end closes it, as threads read ahead.

        Raises
        ------
        DataError
            For a file that cannot be read, and for the first bad row, by line.
        """
        pieces = read_pieces(self.path, _BLOCK)
        head = next(pieces)
        layout = find_layout(head, self.path)
        self.width, self._promised = layout.width, layout.n_promised
        pieces = chain([head[layout.n_skip :]], pieces)
        unit = "record" if layout.is_binary else "line"
        self._n_rows = 0 if layout.is_binary else int(layout.n_promised is not None)  # the header is line 1
        parts = self._read_records(pieces, layout) if layout.is_binary else _read_lines(pieces, layout.width)
        with closing(parts):
            for part in parts:
                self._count_bad(part, unit)
                self._n_rows += part.n_rows
                self._n_broken += part.n_broken
                words, matrix = self._drop_repeated(part)
                self._n_spaced += sum(" " in word for word in words)
                self.n_words += len(words)
                yield words, matrix
        if not self.n_words:
            raise DataError("no row that can be used.", path=self.path)

    def _read_records(self, pieces: Iterator[bytes], layout: Layout) -> Generator[Part]:
        left, rest = layout.n_promised or 0, b""
        for piece in pieces:
            part, used, fault = parse_records(rest + piece, layout.width, most=left)
            rest = (rest + piece)[used:]
            left -= part.n_rows
            yield part
            if fault:
                raise DataError(
                    f"record {self._n_rows + 1:,}: {fault}. Is it word2vec's binary format?", path=self.path
                )
            if not left:
                rest += next(pieces, b"")
                break
        if left or rest.strip(b"\n"):
            promised = f"the header promises {layout.n_promised:,} words of {layout.width:,} numbers"
            found = f"only {self._n_rows:,} are there" if left else f"{len(rest):,} bytes are left behind the last one"
            raise DataError(f"{promised}; {found}. Copy or download it again.", path=self.path)

    def _count_bad(self, part: Part, unit: str) -> None:
        for place, fault in part.bad:
            place += self._n_rows
            if not self.skip_bad:
                where = "" if unit == "line" else f"record {place:,}: "
                raise DataError(
                    f"{where}{fault}. Mend the {unit}, or leave such rows out: seqloom vectors convert "
                    "--on-bad-row skip (on_bad_row='skip' in Python).",
                    path=self.path,
                    line=place if unit == "line" else None,
                )
            self._bad.append((place, f"{unit} {place:,} ({fault})"))

    def _drop_repeated(self, part: Part) -> tuple[list[str], np.ndarray]:
        """Words that were not there before, and their vectors."""
        rows = []
        for row, word in enumerate(part.words):
            if word not in self._seen:
                self._seen.add(word)
                rows.append(row)
        self._n_repeated += len(part.words) - len(rows)
        if len(rows) == len(part.words):
            return part.words, part.matrix
        return [part.words[row] for row in rows], part.matrix[rows]

    @property
    def notes(self) -> list[str]:
        """What a person should know of the reading, once it is over."""
        counted = (
            (self._n_spaced, "word has blanks in it", "words have blanks in them"),
            (self._n_broken, "word has bytes that are no UTF-8, written out as \\x..",
             "words have bytes that are no UTF-8, written out as \\x.."),
            (self._n_repeated, "word stands there again; its first vector was kept",
             "words stand there again; their first vectors were kept"),
        )  # fmt: skip
        notes = [f"{n:,} {one if n == 1 else many}" for n, one, many in counted if n]
        if self._bad:
            rows = "row" if len(self._bad) == 1 else "rows"
            told = ", ".join(what for _, what in self._bad[:_N_TOLD])
            notes.append(
                f"left out {len(self._bad):,} bad {rows}: {told}" + (" ..." if len(self._bad) > _N_TOLD else "")
            )
        n_rows = self.n_words + self._n_repeated + len(self._bad)
        if self._promised not in (None, n_rows):
            notes.append(f"the header promises {self._promised:,} words, {n_rows:,} are there: cut off, or cut down?")
        return notes


def _read_lines(pieces: Iterator[bytes], width: int) -> Generator[Part]:
    """Parts in order, parsed by a thread for each core (Polars and NumPy leave Python's lock alone meanwhile).

    To be closed, not left to the collector: that may run in a thread which is just starting, with Python's list of
    threads locked, and waiting for the pool's threads there never ends.
    """
    n_threads = os.cpu_count() or 1
    waiting: deque[Future[Part]] = deque()
    with ThreadPoolExecutor(n_threads) as pool:
        for block in _cut_at_lines(pieces):
            waiting.append(pool.submit(parse_lines, block, width))
            if len(waiting) > n_threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _cut_at_lines(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Blocks of whole lines; the last may lack its end."""
    rest: list[bytes] = []
    for piece in pieces:
        cut = piece.rfind(b"\n") + 1
        if cut:
            yield b"".join([*rest, piece[:cut]])
            rest = []
        rest.append(piece[cut:])
    if last := b"".join(rest):
        yield last
