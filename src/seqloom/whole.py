"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["writing_whole"]


@contextmanager
def writing_whole(path: Path) -> Iterator[Path]:
    """Another name beside ``path`` to write to, renamed to ``path`` once the ``with`` block is through.

    Where the block fails, nothing new stands there, and what stood at ``path`` is as it was.

    Parameters
    ----------
    path : Path
        The file that is meant.

    Yields
    ------
    Path
        What to write to.

    Raises
    ------
    OSError
        Where the file cannot be written, named as it was asked for.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "a.txt"
    >>> with writing_whole(path) as partial:
    ...     _ = partial.write_text("whole")
    ...     path.exists()
    False
    >>> path.read_text()
    'whole'
    """
    partial = path.with_name(path.name + ".writing")
    try:
        yield partial
        os.replace(partial, path)
    except OSError as problem:
        if problem.filename is not None and str(problem.filename) != str(partial):
            raise
        raise OSError(problem.errno, problem.strerror or str(problem), str(path)) from problem
    finally:
        with suppress(OSError):
            partial.unlink()
