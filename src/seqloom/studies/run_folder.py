"""A run's folder: a study of families that ends with a model.

In progress ``families/F/`` holds a model folder for each finished family (with ``row.json`` in it), ``checkpoint.json``
and ``checkpoint.safetensors`` the family under way. Whole, the kept model's files lie on top, others in ``rivals/F/``.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seqloom.artifact import Artifact, check_free, fill_folder, read_arrays, write_arrays
from seqloom.flow import Arrays
from seqloom.json_files import read_json, write_json
from seqloom.studies.study_folder import AbstractStudyFolder

__all__ = ["RunFolder"]


class RunFolder(AbstractStudyFolder):
    """The folder of one run; see ``AbstractStudyFolder`` for its states.

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

    results = ("metrics.json", "card.json", "run.json")
    parts = "families"
    outlives_errors = False  # the same data and settings would fail again, and there is no model to use

    def _check_free(self) -> None:
        check_free(self.folder, overwrite=self.overwrite)

    def _say_where_to_look(self) -> str:
        return f"See: seqloom inspect {self.folder}"

    def _name_finished(self) -> str:
        finished = sorted(path.parent.name for path in self.partial.glob("families/*/row.json"))
        finished += ["the net's last epoch"] if (self.partial / "checkpoint.json").exists() else []
        if set(finished) <= {"majority"}:
            return ""
        return " and ".join([", ".join(finished[:-1]), finished[-1]] if finished[1:] else finished)

    def begin(self, digest: str) -> bool:
        """As any study begins; what a run that was killed on its last metres had moved already is done anew."""
        is_resumed = super().begin(digest)
        shutil.rmtree(self.partial / "rivals", ignore_errors=True)
        return is_resumed

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
