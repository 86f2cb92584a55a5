"""The end of a learning curve: its numbers as JSON and as a table, its picture, and the folder made whole."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from seqloom.json_files import write_json
from seqloom.report.learning_curve import plot_learning_curve
from seqloom.studies.curve import CurveRow, CurveStudy, score_most_frequent
from seqloom.studies.curve_folder import FORMAT, Point
from seqloom.studies.dataset import plain_params
from seqloom.studies.finish import describe_machine
from seqloom.whole import writing_whole

__all__ = ["finish_curve"]

# Clocks go to run.json: what must be equal for equal runs holds none.
_CLOCKS = ("seconds", "compile_seconds")
_PLAIN = tuple(item.name for item in fields(Point) if item.name not in _CLOCKS)


def finish_curve(
    study: CurveStudy, rows: Sequence[CurveRow], *, facts: dict[str, Any], seconds: float
) -> dict[str, Any]:
    """Write ``curve.json``, ``curve.csv``, ``curve.svg`` and ``run.json``, and give the folder its name.

    Parameters
    ----------
    study : CurveStudy
        Its folder holds the finished points.
    rows : sequence of CurveRow
        All of them.
    facts : dict
        About the data, to stand in the JSON.
    seconds : float
        Of the study so far, for ``run.json``.

    Returns
    -------
    dict
        What stands in ``curve.json``, and the folder.
    """
    partial, baseline = study.folder.partial, score_most_frequent(study)
    points = [point for row in rows for point in row.points]
    curve = {
        "format": FORMAT,
        "version": 1,
        "families": list(study.families),
        "sizes": list(study.sizes),
        "seeds": list(study.seeds),
        "params": plain_params(study.params),
        **facts,
        "n_test": len(study.parts["test"]),
        "most_frequent": baseline,
        "rows": [_plain_row(row) for row in rows],
        "points": [{name: getattr(point, name) for name in _PLAIN} for point in points],
    }
    write_json(partial / "curve.json", curve)
    _write_table(partial / "curve.csv", points)
    scores = {
        family: {row.size: [point.accuracy for point in row.points] for row in rows if row.family == family}
        for family in study.families
    }
    plot_learning_curve(scores, partial / "curve.svg", baseline=baseline, n_test=len(study.parts["test"]))
    clocks = [{name: getattr(point, name) for name in ("family", "size", "seed", *_CLOCKS)} for point in points]
    write_json(partial / "run.json", {**describe_machine(), "seconds": round(seconds, 3), "points": clocks})
    study.folder.finish()
    return {**curve, "folder": str(study.folder.folder)}


def _plain_row(row: CurveRow) -> dict[str, Any]:
    scores: dict[str, float | None] = {}
    for metric in ("accuracy", "macro_f1"):
        deviation = row.deviation(metric)
        scores |= {metric: row.mean(metric), f"{metric}_deviation": deviation if math.isfinite(deviation) else None}
    return {"family": row.family, "size": row.size, "n_seeds": len(row.points), **scores}


def _write_table(path: Path, points: Sequence[Point]) -> None:
    """A line for each point, for a spreadsheet."""
    with writing_whole(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(_PLAIN)
        writer.writerows([getattr(point, name) for name in _PLAIN] for point in points)
