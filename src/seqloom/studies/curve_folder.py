"""A learning curve's folder: in progress ``points/`` holds a file for each finished point, whole ``curve.json`` all."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from seqloom.errors import ArtifactError
from seqloom.json_files import check_fields, read_json, write_json
from seqloom.studies.study_folder import AbstractStudyFolder

__all__ = ["FORMAT", "CurveFolder", "Point"]

FORMAT = "seqloom-curve"

# What a point's file must hold, of the types JSON gives back.
_FIELDS: dict[str, tuple[type, ...]] = {
    "family": (str,),
    **dict.fromkeys(("size", "seed", "n_classes"), (int,)),
    **dict.fromkeys(("accuracy", "macro_f1", "seconds", "compile_seconds"), (int, float)),
}


@dataclass(frozen=True, kw_only=True)
class Point:
    """One fit of a learning curve.

    Parameters
    ----------
    family : str
        What was fitted.
    size : int
        Labels it was given, its own validation part among them.
    seed : int
        Of the sample, the split, the weights and the shuffling.
    n_classes : int
        Classes that the sample has; the test may have more.
    accuracy, macro_f1 : float
        On the test part.
    seconds, compile_seconds : float
        All it took, and how much of it was compiling.
    """

    family: str
    size: int
    seed: int
    n_classes: int
    accuracy: float
    macro_f1: float
    seconds: float
    compile_seconds: float


class CurveFolder(AbstractStudyFolder):
    """The folder of one learning curve; see ``AbstractStudyFolder`` for its states.

    Parameters
    ----------
    folder : Path
        Its final name.
    overwrite : bool
        Whether a finished or unfinished curve of that name gives way.
    resume : bool
        Whether an unfinished curve of that name is gone on with.

    Raises
    ------
    ArtifactError
        Where the name is taken and neither was asked for.
    """

    results = ("curve.json", "curve.csv", "run.json")
    parts = "points"
    outlives_errors = True  # fewer points are a curve too

    def _check_free(self) -> None:
        if not self.folder.exists():
            return
        curve = self.folder / "curve.json"
        is_empty = self.folder.is_dir() and not any(self.folder.iterdir())
        if not is_empty and not (curve.is_file() and _has_format(curve)):
            raise ArtifactError(
                f"{self.folder} exists and is no learning curve, so it is left alone. Give another name."
            )
        if not self.overwrite:
            raise ArtifactError(f"{self.folder} exists already. Give another name, or pass --overwrite.")

    def _say_where_to_look(self) -> str:
        return f"Its picture is {self.folder / 'curve.svg'}"

    def _name_finished(self) -> str:
        n = len(list(self._points.glob("*.json")))
        return f"{n:,} finished point{'s' * (n != 1)}" if n else ""

    @property
    def _points(self) -> Path:
        return self.partial / self.parts

    def _file(self, family: str, *, size: int, seed: int) -> Path:
        return self._points / f"{family}-{size}-{seed}.json"

    def write_point(self, point: Point) -> None:
        """Keep a finished point."""
        write_json(self._file(point.family, size=point.size, seed=point.seed), asdict(point))

    def read_point(self, family: str, *, size: int, seed: int) -> Point | None:
        """A finished point; None where it is not finished."""
        path = self._file(family, size=size, seed=seed)
        if not path.exists():
            return None
        plain = read_json(path)
        check_fields(plain, _FIELDS, where=str(path))
        return Point(**{name: plain[name] for name in _FIELDS})

    def finish(self) -> None:
        """The curve's files are there: away with the single points, and the folder gets its name."""
        shutil.rmtree(self._points)
        (self.partial / "study.json").unlink()
        self._take_name()


def _has_format(curve: Path) -> bool:
    try:
        plain = read_json(curve)
    except ArtifactError:
        return False
    return isinstance(plain, dict) and plain.get("format") == FORMAT
