"""The bytes of very many small files, as fast as the machine gives them."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from seqloom.errors import DataError

__all__ = ["read_documents"]

# Most texts fit, so that one call reads one: with the opening and closing, three system calls a file.
_CHUNK = 1 << 16
_BLOCK = 500
# A file that the system has in memory takes 5 microseconds, one that it has to fetch 100. Threads wait for the disk
# together and bring the second to 35, but they cost the first half as much again: so they start when they are needed.
_SLOW_SECONDS = 40e-6
_N_THREADS = 8


def read_documents(folder: Path, names: Sequence[str]) -> list[bytes]:
    """The contents of the named files of a folder, in that order.

    Files are opened relative to the folder, which spares the kernel the walk down the path for each: measured on
    50,000 reviews 0.25 s, against 0.32 with whole paths, 0.71 with Python's ``open``, and 0.19 to 0.24 for a program
    in C. Where the disk has to be waited for, threads take over: 0.8 s for 25,000 files instead of 2.5.

    Parameters
    ----------
    folder : Path
        Where they are.
    names : sequence of str
        Of files in it.

    Returns
    -------
    list of bytes
        As many.

    Raises
    ------
    DataError
        If one cannot be read.
    """
    is_relative = os.open in os.supports_dir_fd  # not on Windows
    directory = os.open(folder, os.O_RDONLY) if is_relative else None
    read_block = partial(_read_block, folder, directory=directory)
    blocks = [names[i : i + _BLOCK] for i in range(0, len(names), _BLOCK)]
    documents: list[bytes] = []
    try:
        for i, block in enumerate(blocks):
            start = time.perf_counter()
            documents += read_block(block)
            if time.perf_counter() - start > _SLOW_SECONDS * len(block) and i + 1 < len(blocks):
                with ThreadPoolExecutor(_N_THREADS) as pool:
                    return documents + [data for part in pool.map(read_block, blocks[i + 1 :]) for data in part]
    finally:
        if directory is not None:
            os.close(directory)
    return documents


def _read_block(folder: Path, names: Sequence[str], *, directory: int | None) -> list[bytes]:
    return [_read_document(folder, name, directory=directory) for name in names]


def _read_document(folder: Path, name: str, *, directory: int | None) -> bytes:
    try:
        if directory is None:
            return (folder / name).read_bytes()
        file = os.open(name, os.O_RDONLY, dir_fd=directory)
        try:
            data = os.read(file, _CHUNK)
            if len(data) == _CHUNK:
                data += b"".join(iter(lambda: os.read(file, 1 << 20), b""))
            return data
        finally:
            os.close(file)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise DataError(f"it cannot be read ({why}). Check its permissions.", path=folder / name) from None
