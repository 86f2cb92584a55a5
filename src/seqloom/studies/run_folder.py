"""A run while it goes on, and when it is whole.

In progress it lives in ``NAME.partial/``: ``study.json`` (what it began with), ``families/F/`` (a model folder for each
finished family, ``row.json`` in it) and ``checkpoint.json`` with ``checkpoint.safetensors`` (the family under way).
Whole, it is renamed to ``NAME/``: the kept model's files on top, the others in ``rivals/F/``.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seqloom.artifact import Artifact, check_free, fill_folder, read_arrays, write_arrays
from seqloom.errors import ArtifactError
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
        self.folder = folder
        self.partial = folder.with_name(folder.name + ".partial")
        self.overwrite = overwrite
        self.resume = resume
        check_free(folder, overwrite=overwrite)
        if self.partial.exists() and not (overwrite or resume):
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
                    "these. Pass the options it was begun with, or --overwrite to begin anew."
                )
            return True
        shutil.rmtree(self.partial, ignore_errors=True)
        (self.partial / "families").mkdir(parents=True)
        write_json(study, {"digest": digest})
        return False

    def family_folder(self, family: str) -> Path:
        """Where a finished family lies."""
        return self.partial / "families" / family

    def write_family(self, family: str, artifact: Artifact, row: Mapping[str, Any]) -> int:
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

    def write_checkpoint(self, family: str, settings: Mapping[str, Any], arrays: Arrays) -> None:
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
        shutil.rmtree(self.family_folder(kept))
        fill_folder(self.partial, artifact)
        families = self.partial / "families"
        for row in families.glob("*/row.json"):
            row.unlink()
        if any(families.iterdir()):
            os.replace(families, self.partial / "rivals")
        else:
            families.rmdir()
        (self.partial / "study.json").unlink()
        if self.folder.exists():
            shutil.rmtree(self.folder)
        os.replace(self.partial, self.folder)
