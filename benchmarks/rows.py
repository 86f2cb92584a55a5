"""Rows of results: what was measured, on what, with which versions. The tables of the documentation come from these."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

__all__ = [
    "RESULTS",
    "Row",
    "describe_machine",
    "read_results",
    "read_versions",
    "summarise_scores",
    "take_turns",
    "write_results",
]

RESULTS = Path(__file__).parent / "results"

_LIBRARIES = (
    "seqloom",
    "keras",
    "jax",
    "jaxlib",
    "numpy",
    "scipy",
    "scikit-learn",
    "polars",
    "gensim",
    "tensorflow-cpu",
    "torch",
)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One contestant at one measurement.

    Parameters
    ----------
    what : str
        The measurement: ``train-with-compile``, ``whole-process`` ...
    who : str
        The contestant, ``seqloom`` or a peer, and its variant.
    command : str
        What was run, without paths of this machine.
    seconds : sequence of float
        Of each repeat, in the order they were run.
    cpu_seconds : sequence of float
        Of all cores together, for whole processes: hardly touched by what else the machine does.
    peak_mb : float or None
        The largest of the repeats.
    scores : mapping of str to float
        Medians over the repeats, accuracies as shares.
    versions : mapping of str to str
        Of the environment it ran in.
    facts : mapping
        What else belongs to it.
    """

    what: str
    who: str
    command: str
    seconds: Sequence[float]
    cpu_seconds: Sequence[float] = ()
    peak_mb: float | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


def take_turns(contestants: Mapping[str, Callable[[], Any]], *, repeats: int) -> dict[str, list[Any]]:
    """Results by contestant, run in turn: a machine that slows down for a while slows all of them."""
    results: dict[str, list[Any]] = {name: [] for name in contestants}
    for i in range(repeats):
        for name, run in contestants.items():
            print(f"  {i + 1} of {repeats}: {name}", flush=True)
            results[name].append(run())
    return results


def write_results(claim: str, rows: Sequence[Row]) -> Path:
    """The rows of a claim as ``results/CLAIM.json``; gives the path, and prints the medians."""
    plain = [{**asdict(row), **_summarise(row.seconds)} for row in rows]
    for row in plain:
        print(f"  {row['what']:<24} {row['who']:<44} {row['median']:8.3f} s  {row['scores'] or ''}", flush=True)
    day = datetime.now(UTC).date().isoformat()
    path = RESULTS / f"{claim}.json"
    RESULTS.mkdir(exist_ok=True)
    content = {"claim": claim, "day": day, "machine": describe_machine(), "rows": plain}
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def summarise_scores(scores: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The median of each score over the repeats."""
    return {name: round(statistics.median(one[name] for one in scores), 5) for name in scores[0]} if scores else {}


def read_results(claim: str) -> dict[str, Any] | None:
    """What ``write_results`` wrote of a claim; None where it was never run."""
    path = RESULTS / f"{claim}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def _summarise(seconds: Sequence[float]) -> dict[str, float]:
    return {
        "median": round(statistics.median(seconds), 4),
        "min": round(min(seconds), 4),
        "max": round(max(seconds), 4),
    }


def describe_machine() -> dict[str, Any]:
    """Cores, processor and memory; nothing that names the machine."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "processor": _name_processor(),
        "memory_gb": round(pages / 1e9, 1),
        "system": platform.system(),
    }


def _name_processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def read_versions(python: str) -> dict[str, str]:
    """Versions of the libraries that matter, as an environment's own Python sees them."""
    code = (
        "import json, platform, sys; from importlib import metadata as m\n"
        "found = {'python': platform.python_version()}\n"
        "for name in sys.argv[1:]:\n"
        "    try: found[name] = m.version(name)\n"
        "    except m.PackageNotFoundError: pass\n"
        "print(json.dumps(found))"
    )
    done = subprocess.run([python, "-c", code, *_LIBRARIES], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))
