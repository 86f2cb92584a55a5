"""A run's folder: a study of families that ends with a model.

In progress ``families/F/`` holds a model folder for each finished family (with ``row.json`` and ``answers.safetensors``
in it, what its row of the table says), ``checkpoints/F.json`` and ``.safetensors`` a family under way. Whole, the kept
model's files lie on top, others in ``rivals/F/``.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seqloom.artifact import MEMBERS, Artifact, check_free, fill_folder, read_arrays, write_arrays
from seqloom.flow import Arrays
from seqloom.json_files import read_json, write_json
from seqloom.studies.study_folder import AbstractStudyFolder

__all__ = ["RunFolder"]

_ROW, _ANSWERS = "row.json", "answers.safetensors"


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
        begun = sorted(path.stem for path in self._checkpoints.glob("*.json"))
        finished += [f"the last epoch of {family}" for family in begun]
        if set(finished) <= {"majority"}:
            return ""
        return " and ".join([", ".join(finished[:-1]), finished[-1]] if finished[1:] else finished)

    @property
    def _checkpoints(self) -> Path:
        return self.partial / "checkpoints"

    def begin(self, digest: str) -> bool:
        """As any study begins; what a run that was killed on its last metres had moved already is done anew."""
        is_resumed = super().begin(digest)
        for name in ("rivals", MEMBERS):
            shutil.rmtree(self.partial / name, ignore_errors=True)
        return is_resumed

    def family_folder(self, family: str) -> Path:
        """Where a finished family lies."""
        return self.partial / "families" / family

    def write_family(
        self, family: str, artifact: Artifact, *, row: Mapping[str, Any], answers: Arrays | None = None
    ) -> int:
        """Keep a finished family, and what its row of the table says; gives the model's size in bytes."""
        folder = self.family_folder(family)
        shutil.rmtree(folder, ignore_errors=True)
        writing = folder.with_name(family + ".writing")
        shutil.rmtree(writing, ignore_errors=True)
        writing.mkdir()
        size = fill_folder(writing, artifact)
        write_arrays(writing / _ANSWERS, answers or {})
        write_json(writing / _ROW, {**row, "n_bytes": size})
        os.replace(writing, folder)
        self.drop_checkpoint(family)
        return size

    def read_row(self, family: str) -> dict[str, Any] | None:
        """What ``write_family`` kept of a family; None where it was not finished."""
        row = self.family_folder(family) / _ROW
        return dict(read_json(row)) if row.exists() else None

    def read_answers(self, family: str) -> Arrays:
        """The arrays that ``write_family`` kept of a family."""
        return read_arrays(self.family_folder(family) / _ANSWERS)

    def write_checkpoint(self, family: str, settings: Mapping[str, Any], *, arrays: Arrays) -> None:
        """Keep where the training of a family stands; arrays first, as the settings vouch for them."""
        self._checkpoints.mkdir(exist_ok=True)
        (self._checkpoints / f"{family}.json").unlink(missing_ok=True)
        write_arrays(self._checkpoints / f"{family}.safetensors", arrays)
        write_json(self._checkpoints / f"{family}.json", settings)

    def read_checkpoint(self, family: str) -> tuple[dict[str, Any], Arrays] | None:
        """Where the training of a family stood; None where it had not begun."""
        path = self._checkpoints / f"{family}.json"
        return (dict(read_json(path)), read_arrays(path.with_suffix(".safetensors"))) if path.exists() else None

    def drop_checkpoint(self, family: str) -> None:
        """Forget it: the family is finished."""
        for suffix in (".json", ".safetensors"):
            (self._checkpoints / (family + suffix)).unlink(missing_ok=True)

    def finish(self, kept: str, artifact: Artifact) -> None:
        """Lay the kept model on top, its rivals aside, and give the folder its name."""
        shutil.rmtree(self._checkpoints, ignore_errors=True)
        families, rivals = self.partial / "families", self.partial / "rivals"
        fill_folder(self.partial, artifact)
        for name in (kept, *artifact.members):  # what lies on top, or in members/, is no rival
            shutil.rmtree(self.family_folder(name), ignore_errors=True)
        for name in (_ROW, _ANSWERS):
            for path in families.glob(f"*/{name}"):
                path.unlink()
        if any(families.iterdir()):
            os.replace(families, rivals)
        else:
            families.rmdir()
        (self.partial / "study.json").unlink()
        self._take_name()
