"""Everything that seqloom raises on purpose.

::

    SeqloomError                 exit code 1
    ├── UsageError               exit code 2: an option or argument that cannot be meant (also a ValueError)
    ├── DataError                what was read is not what was expected: names file, line, column (also a ValueError)
    │   └── UnknownWord          a word that has no vector (also a KeyError)
    ├── DownloadError            a file that could not be fetched, or is not the one that was meant
    ├── ArtifactError            a model folder that is damaged, foreign or of another version
    │   └── ForwardStale         its exported program cannot run here; card and weights are enough to rebuild it
    ├── NotFitted                a learner was asked before it was fitted
    └── TrainingError            training could not go on (a loss that is not a number)

A message says what was found, what was expected and what to do next. The command prints it without a
traceback and leaves with the class's ``exit_code``.
"""

from __future__ import annotations

__all__ = [
    "ArtifactError",
    "DataError",
    "DownloadError",
    "ForwardStale",
    "NotFitted",
    "SeqloomError",
    "TrainingError",
    "UnknownWord",
    "UsageError",
]


class SeqloomError(Exception):
    """The root: catch this one to catch everything that seqloom raises on purpose."""

    exit_code = 1


class UsageError(SeqloomError, ValueError):
    """An option or argument that cannot be meant."""

    exit_code = 2


class DataError(SeqloomError, ValueError):
    """Input that is not what was expected.

    Parameters
    ----------
    message : str
        What was found, what was expected, what to do.
    path : str or path-like, optional
        The file, put in front of the message.
    line : int, optional
        The line in it, counted from 1, put behind the file.

    Examples
    --------
    >>> print(DataError("7 fields where the header has 5.", path="reviews.csv", line=1042))
    reviews.csv, line 1,042: 7 fields where the header has 5.
    """

    def __init__(self, message: str, *, path: object = None, line: int | None = None) -> None:
        place = "" if path is None else str(path)
        if line is not None:
            place = f"{place}, line {line:,}" if place else f"line {line:,}"
        super().__init__(f"{place}: {message}" if place else message)
        self.path = path
        self.line = line


class UnknownWord(DataError, KeyError):
    """A word that has no vector; says which words are spelled like it."""

    __str__ = Exception.__str__  # KeyError's own puts quotes around the message


class DownloadError(SeqloomError):
    """A file that could not be fetched, or is not the one that was meant."""


class ArtifactError(SeqloomError):
    """A model folder that is damaged, foreign or of another version."""


class ForwardStale(ArtifactError):
    """An exported forward pass that cannot run here; card and weights are enough to rebuild it."""


class NotFitted(SeqloomError, ValueError, AttributeError):
    """A learner was asked for something that only ``fit`` can give."""


class TrainingError(SeqloomError):
    """Training could not go on."""
