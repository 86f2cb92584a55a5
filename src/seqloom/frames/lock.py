"""A lock between processes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seqloom.errors import DownloadError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

__all__ = ["hold_alone"]


@contextmanager
def hold_alone(path: Path, *, what: str) -> Iterator[None]:
    """One process at a time inside; the system lets go of the lock when its holder dies, however it dies.

    Parameters
    ----------
    path : Path
        An empty file that stands for the lock. It stays: to delete it would let a third process in beside a second.
    what : str
        What is being done, for the message.

    Yields
    ------
    None
        While the lock is held.

    Raises
    ------
    DownloadError
        Where another process holds it.
    """
    with open(path, "a") as file:
        try:
            if sys.platform == "win32":
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError) as problem:
            raise DownloadError(f"another process is {what} right now. Wait until it is done.") from problem
        yield
