"""Who is measured: a command, the environment it runs in, and the state of its compilation cache.

A command is shown in the results as ``shown`` says, without paths; ``{run}`` in it is a fresh folder for each run.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from processes import Outcome, run_process
from rows import Row, read_versions, summarise_scores, take_turns

__all__ = [
    "SOURCES",
    "Contestant",
    "Finished",
    "find_accuracy",
    "make_row",
    "make_scratch",
    "make_whole_rows",
    "name_ours",
    "run_in_turn",
    "run_once",
]

# The sources beside these scripts are measured, whatever else is installed.
SOURCES = str(Path(__file__).parents[1] / "src")


@dataclass(frozen=True, kw_only=True)
class Contestant:
    """A command to be timed.

    Parameters
    ----------
    shown : str
        The command as the results tell it.
    argv : sequence of str
        The command itself.
    cache : {"cold", "warm", None}
        Compiled programs of earlier processes: none, or all (one run is made before, not counted); None keeps none.
    env : mapping
        Set on top of the environment.
    """

    shown: str
    argv: tuple[str, ...]
    cache: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_ours(self) -> bool:
        """Whether it is seqloom."""
        return self.argv[0] == sys.executable


@dataclass(frozen=True, kw_only=True)
class Finished:
    """What one run of a contestant came to."""

    outcome: Outcome
    run: Path

    def read_output(self) -> dict[str, Any]:
        """The last line that it printed, as JSON."""
        return dict(json.loads(self.outcome.output.splitlines()[-1]))

    def read_metrics(self) -> dict[str, Any]:
        """``metrics.json`` of the run folder it wrote."""
        return dict(json.loads((self.run / "metrics.json").read_text(encoding="utf-8")))


def name_ours(*arguments: str, cache: str | None, shown: str) -> Contestant:
    """The command ``seqloom`` with arguments."""
    return Contestant(shown=shown, argv=(sys.executable, "-m", "seqloom", *arguments), cache=cache)


@contextmanager
def make_scratch() -> Iterator[Path]:
    """A folder for what the runs write; it goes when the claim has been measured."""
    with tempfile.TemporaryDirectory(prefix="seqloom-bench-") as folder:
        yield Path(folder)


def run_once(contestant: Contestant, scratch: Path, *, cache: Path | None = None) -> Finished:
    """One run. ``cache`` is where its compiled programs lie; without it, an empty folder."""
    place = Path(tempfile.mkdtemp(dir=scratch))
    argv = [part.replace("{run}", str(place / "run")) for part in contestant.argv]
    env = dict(contestant.env) | ({"PYTHONPATH": SOURCES} if contestant.is_ours else {})
    if contestant.cache is not None:
        env |= _point_cache(contestant, cache or place / "cache")
    finished = Finished(outcome=run_process(argv, env=env), run=place / "run")
    shutil.rmtree(place / "cache", ignore_errors=True)
    return finished


def _point_cache(contestant: Contestant, folder: Path) -> dict[str, str]:
    if contestant.is_ours:
        return {"SEQLOOM_CACHE": str(folder)}
    return {  # JAX's own, with its thresholds lowered as ours are: by default it keeps nothing as small as this
        "JAX_COMPILATION_CACHE_DIR": str(folder),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }


def run_in_turn(contestants: Mapping[str, Contestant], scratch: Path, *, repeats: int) -> dict[str, list[Finished]]:
    """All contestants in turn, ``repeats`` times; warm caches are filled before."""
    runs = {}
    for i, (name, contestant) in enumerate(contestants.items()):
        cache = scratch / f"warm-{i}" if contestant.cache == "warm" else None
        if cache is not None:
            print(f"  filling the cache: {name}", flush=True)
            run_once(contestant, scratch, cache=cache)
        runs[name] = partial(run_once, contestant, scratch, cache=cache)
    return take_turns(runs, repeats=repeats)


def make_row(
    what: str, who: str, *, contestant: Contestant, finished: list[Finished], scores: list[dict[str, float]]
) -> Row:
    """The row of a whole process."""
    return Row(
        what=what,
        who=who,
        command=contestant.shown,
        seconds=[round(one.outcome.seconds, 3) for one in finished],
        cpu_seconds=[round(one.outcome.cpu_seconds, 3) for one in finished],
        peak_mb=round(max(one.outcome.peak_mb for one in finished)),
        scores=summarise_scores(scores),
        versions=read_versions(contestant.argv[0]),
    )


def make_whole_rows(
    contestants: Mapping[str, Contestant],
    runs: Mapping[str, list[Finished]],
    *,
    read_scores: Callable[[Finished], dict[str, float]],
) -> list[Row]:
    """Rows ``whole-process``: scores of ours by ``read_scores`` from the run folder, of a peer from what it printed."""
    return [
        make_row(
            "whole-process",
            who,
            contestant=contestants[who],
            finished=finished,
            scores=[read_scores(one) if contestants[who].is_ours else one.read_output() for one in finished],
        )
        for who, finished in runs.items()
    ]


def find_accuracy(scores: list[dict[str, Any]]) -> float:
    """The accuracy among the scores of ``metrics.json``."""
    return float(next(score["value"] for score in scores if score["metric"] == "accuracy"))
