"""A run while it goes on, and when it is whole.

In progress it lives in ``NAME.partial/``: ``study.json`` (what it began with), ``families/F/`` (a model folder for each
finished family, ``row.json`` in it) and ``checkpoint.json`` with ``checkpoint.safetensors`` (the family under way).
Whole, it is renamed to ``NAME/``: the kept model's files on top, the others in ``rivals/F/``.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from seqloom.artifact import Artifact, check_free, fill_folder, read_arrays, write_arrays
from seqloom.errors import ArtifactError, SeqloomError
from seqloom.flow import Arrays
from seqloom.json_files import read_json, write_json

__all__ = ["RunFolder"]


class RunFolder:
    """The folder of one run.

    Parameters
    ----------
    folder : Path
        Its final name.
    overwrite : bool
        Whether a finished or unfinished run of that name gives way.
    resume : bool
        Whether an unfinished run of that name is gone on with.

    Raises
    ------
    ArtifactError
        Where the name is taken and neither was asked for.
    """

    def __init__(self, folder: Path, *, overwrite: bool = False, resume: bool = False) -> None:
        if folder.name in ("", ".."):
            raise ArtifactError(f"{folder} cannot be the name of a run. Name a new folder: -o runs/NAME")
        self.folder = folder.resolve() if folder.is_symlink() else folder  # a link to a folder stays a link
        self.partial = self.folder.with_name(self.folder.name + ".partial")
        self.overwrite = overwrite
        self.resume = resume
        self.is_resumed = False
        _check_writable(self.folder)
        if resume and not (overwrite or self.partial.exists()) and (folder / "metrics.json").exists():
            raise ArtifactError(f"{folder} is finished: there is nothing to go on with. See: seqloom inspect {folder}")
        check_free(folder, overwrite=overwrite)
        if self.partial.exists():
            self._check_partial()

    def _check_partial(self) -> None:
        if not _is_ours(self.partial):
            raise ArtifactError(
                f"{self.partial} is needed while the run goes on, and something that is no run stands there. "
                "Give another name with -o."
            )
        if not (self.overwrite or self.resume):
            raise ArtifactError(
                f"{self.partial} exists: a run that was not finished. Pass --resume to go on with it, or --overwrite "
                "to begin anew."
            )

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
            shutil.rmtree(self.partial / "rivals", ignore_errors=True)  # it was killed on the last metres
            (self.partial / "families").mkdir(exist_ok=True)
            return True
        shutil.rmtree(self.partial, ignore_errors=True)
        (self.partial / "families").mkdir(parents=True)
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
            if not self.is_resumed:
                shutil.rmtree(self.partial, ignore_errors=True)
            raise
        except KeyboardInterrupt:
            raise SeqloomError(f"stopped by Ctrl-C. {self._keep_finished()}") from None
        except OSError as problem:
            name = f"{problem.filename}: " if problem.filename else ""
            raise SeqloomError(f"{name}{problem.strerror or problem}. {self._keep_finished()}") from problem

    def _keep_finished(self) -> str:
        """Away with the partial folder if it holds nothing worth going on with; gives a sentence on what is left."""
        finished = sorted(path.parent.name for path in self.partial.glob("families/*/row.json"))
        finished += ["the net's last epoch"] if (self.partial / "checkpoint.json").exists() else []
        if set(finished) <= {"majority"}:
            shutil.rmtree(self.partial, ignore_errors=True)
            return "Nothing was finished, so nothing was kept."
        kept = " and ".join([", ".join(finished[:-1]), finished[-1]] if finished[1:] else finished)
        return f"{self.partial} keeps {kept}. Go on with the same command and --resume."

    def family_folder(self, family: str) -> Path:
        """Where a finished family lies."""
        return self.partial / "families" / family

    def write_family(self, family: str, artifact: Artifact, *, row: Mapping[str, Any]) -> int:
        """Keep a finished family, and what its row of the table says; gives the model's size in bytes."""
        folder = self.family_folder(family)
        shutil.rmtree(folder, ignore_errors=True)
        writing = folder.with_name(family + ".writing")
        shutil.rmtree(writing, ignore_errors=True)
        writing.mkdir()
        size = fill_folder(writing, artifact)
        write_json(writing / "row.json", {**row, "n_bytes": size})
        os.replace(writing, folder)
        self.drop_checkpoint()
        return size

    def read_row(self, family: str) -> dict[str, Any] | None:
        """What ``write_family`` kept of a family; None where it was not finished."""
        row = self.family_folder(family) / "row.json"
        return dict(read_json(row)) if row.exists() else None

    def write_checkpoint(self, family: str, settings: Mapping[str, Any], *, arrays: Arrays) -> None:
        """Keep where the training of a family stands; arrays first, as the settings vouch for them."""
        (self.partial / "checkpoint.json").unlink(missing_ok=True)
        write_arrays(self.partial / "checkpoint.safetensors", arrays)
        write_json(self.partial / "checkpoint.json", {"family": family, **settings})

    def read_checkpoint(self, family: str) -> tuple[dict[str, Any], Arrays] | None:
        """Where the training of a family stood; None where it had not begun."""
        path = self.partial / "checkpoint.json"
        if not path.exists() or read_json(path)["family"] != family:
            return None
        return read_json(path), read_arrays(self.partial / "checkpoint.safetensors")

    def drop_checkpoint(self) -> None:
        """Forget it: the family is finished."""
        (self.partial / "checkpoint.json").unlink(missing_ok=True)
        (self.partial / "checkpoint.safetensors").unlink(missing_ok=True)

    def finish(self, kept: str, artifact: Artifact) -> None:
        """Lay the kept model on top, its rivals aside, and give the folder its name."""
        self.drop_checkpoint()
        families, rivals = self.partial / "families", self.partial / "rivals"
        fill_folder(self.partial, artifact)
        shutil.rmtree(self.family_folder(kept))
        for row in families.glob("*/row.json"):
            row.unlink()
        if any(families.iterdir()):
            os.replace(families, rivals)
        else:
            families.rmdir()
        (self.partial / "study.json").unlink()
        self._take_name()

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


def _is_ours(partial: Path) -> bool:
    """Whether a folder is a run's partial one: it says what it began with, or holds nothing (or less than that) yet."""
    if not partial.is_dir():
        return False
    names = {path.name for path in partial.iterdir()}
    return "study.json" in names or names <= {"families", "study.json.writing"} or {"card.json", "run.json"} <= names


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
