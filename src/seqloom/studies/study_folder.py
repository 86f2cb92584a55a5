"""A study's folder while it goes on, and when it is whole.

In progress it lives in ``NAME.partial/``, with ``study.json`` (what it began with) and whatever is finished. Whole, it
is renamed to ``NAME/``. So what stands under its name is never half a result, and what was finished is never lost.
"""

from __future__ import annotations

import os
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from seqloom.errors import ArtifactError, SeqloomError
from seqloom.json_files import read_json, write_json

__all__ = ["AbstractStudyFolder"]


class AbstractStudyFolder(ABC):
    """The folder of one study.

    Parameters
    ----------
    folder : Path
        Its final name.
    overwrite : bool
        Whether a finished or unfinished study of that name gives way.
    resume : bool
        Whether an unfinished study of that name is gone on with.

    Raises
    ------
    ArtifactError
        Where the name is taken and neither was asked for.
    """

    results: ClassVar[tuple[str, ...]]  # files that a finished one has, the first of them no other folder of ours
    parts: ClassVar[str]  # the folder of what is finished, while more is under way
    outlives_errors: ClassVar[bool]  # whether what is finished is of use when something else fails

    def __init__(self, folder: Path, *, overwrite: bool = False, resume: bool = False) -> None:
        if folder.name in ("", ".."):
            raise ArtifactError(f"{folder} cannot be the name of a run. Name a new folder: -o runs/NAME")
        self.folder = folder.resolve() if folder.is_symlink() else folder  # a link to a folder stays a link
        self.partial = self.folder.with_name(self.folder.name + ".partial")
        self.overwrite = overwrite
        self.resume = resume
        self.is_resumed = False
        _check_writable(self.folder)
        if resume and not (overwrite or self.partial.exists()) and (folder / self.results[0]).exists():
            raise ArtifactError(f"{folder} is finished: there is nothing to go on with. {self._say_where_to_look()}")
        self._check_free()
        if self.partial.exists():
            self._check_partial()

    def _check_partial(self) -> None:
        if not self._is_ours():
            raise ArtifactError(
                f"{self.partial} is needed while the run goes on, and something that is no run stands there. "
                "Give another name with -o."
            )
        if not (self.overwrite or self.resume):
            raise ArtifactError(
                f"{self.partial} exists: a run that was not finished. Pass --resume to go on with it, or --overwrite "
                "to begin anew."
            )

    def _is_ours(self) -> bool:
        """It says what it began with, or holds nothing (or less than that) yet, or all but its name."""
        if not self.partial.is_dir():
            return False
        names = {path.name for path in self.partial.iterdir()}
        is_young = names <= {self.parts, "study.json.writing"}
        return is_young or {"study.json", self.parts} <= names or set(self.results) <= names

    def begin(self, digest: str) -> bool:
        """Make the partial folder; whether an earlier run is gone on with.

        Parameters
        ----------
        digest : str
            Fingerprint of data and settings.

        Returns
        -------
        bool
            False for a fresh start.

        Raises
        ------
        ArtifactError
            Where the earlier run began with other data or settings.
        """
        study = self.partial / "study.json"
        if self.resume and study.exists():
            if read_json(study).get("digest") != digest:
                raise ArtifactError(
                    f"{self.partial} was begun with other data or other settings, so its results cannot be mixed with "
                    "these. Pass the options it was begun with, or --overwrite without --resume to begin anew."
                )
            self.is_resumed = True
            (self.partial / self.parts).mkdir(exist_ok=True)
            return True
        shutil.rmtree(self.partial, ignore_errors=True)
        (self.partial / self.parts).mkdir(parents=True)
        write_json(study, {"digest": digest})
        return False

    @contextmanager
    def guard(self) -> Iterator[None]:
        """What is left when the work inside fails.

        Of a fresh run that its data or settings do not let through: nothing, as it would fail again. Of one that was
        stopped (Ctrl-C, a full disk): what was finished, and the message says how to go on with it.

        Yields
        ------
        None
            Where the work goes on.

        Raises
        ------
        SeqloomError
            As it came, or in place of KeyboardInterrupt and OSError.
        """
        try:
            yield
        except SeqloomError:
            if not (self.is_resumed or (self.outlives_errors and self._name_finished())):
                shutil.rmtree(self.partial, ignore_errors=True)
            raise
        except KeyboardInterrupt:
            raise SeqloomError(f"stopped by Ctrl-C. {self._keep_finished()}") from None
        except OSError as problem:
            name = f"{problem.filename}: " if problem.filename else ""
            raise SeqloomError(f"{name}{problem.strerror or problem}. {self._keep_finished()}") from problem

    def _keep_finished(self) -> str:
        """Away with the partial folder if it holds nothing worth going on with; gives a sentence on what is left."""
        kept = self._name_finished()
        if not kept:
            shutil.rmtree(self.partial, ignore_errors=True)
            return "Nothing was finished, so nothing was kept."
        return f"{self.partial} keeps {kept}. Go on with the same command and --resume."

    @abstractmethod
    def _check_free(self) -> None:
        """Nothing, if the final name is free, or what stands there is a study of this kind that may be replaced."""

    @abstractmethod
    def _say_where_to_look(self) -> str:
        """A sentence on how to see what a finished one holds."""

    @abstractmethod
    def _name_finished(self) -> str:
        """What is finished and worth going on with, in words; nothing if there is none."""

    def _take_name(self) -> None:
        """The partial folder under its final name; the run that stood there goes only once that is done."""
        former = self.folder.with_name(self.folder.name + ".former")
        shutil.rmtree(former, ignore_errors=True)
        if self.folder.exists():
            os.replace(self.folder, former)
        try:
            os.replace(self.partial, self.folder)
        except OSError:
            if former.exists():
                os.replace(former, self.folder)
            raise
        shutil.rmtree(former, ignore_errors=True)


def _check_writable(folder: Path) -> None:
    """Nothing, if a folder of that name could be made: found out before an hour's work, not behind it.

    Parameters
    ----------
    folder : Path
        May exist or not.

    Raises
    ------
    ArtifactError
        Naming the part of the path that is in the way.
    """
    parent = folder.absolute().parent
    while not parent.exists() and parent != parent.parent:
        parent = parent.parent
    if not parent.is_dir():
        raise ArtifactError(f"{folder} cannot be made: {parent} is a file. Give another place with -o.")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise ArtifactError(f"{folder} cannot be made: {parent} is not yours to write to. Give another place with -o.")
