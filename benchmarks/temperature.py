"""Claim: the temperature 24 hours ahead from a station's file, by the default command and by the chapter's set-ups.

Beijing, five years of hourly weather, the first half to train, a quarter to choose and calibrate, the last quarter to
test; the mean absolute error in degrees over every test row. Test errors are shown for all set-ups, as the book shows
its validation errors; what the command keeps is chosen on validation.

    python benchmarks/temperature.py
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

import numpy as np

from contestants import make_scratch, name_ours, run_once
from public_files import find_file
from rows import Row, read_versions, write_results
from seqloom import Forecaster
from seqloom.flow import Series
from seqloom.frames.read import read_table
from seqloom.series.clock import to_series
from seqloom.series.windows import cut_times

FILE = "beijing_pm25_2010_2014.csv"
SPAN = {"target": "TEMP", "context": "5d", "horizon": "24h", "steps": "last"}
SHARES = (0.5, 0.125, 0.125, 0.25)

# The chapter's, in its order (Chollet 2017, sections 6.3.3 to 6.3.8 and 6.4.4), and our linear rival.
SET_UPS: dict[str, dict[str, Any]] = {
    "last value": {"family": "last"},
    "ridge": {"family": "ridge"},
    "dense": {"family": "dense"},
    "GRU": {"family": "gru", "dropout": 0.0, "recurrent_dropout": 0.0},
    "GRU, dropout and recurrent dropout": {"family": "gru", "dropout": 0.2, "recurrent_dropout": 0.2},
    "two GRUs, dropout and recurrent dropout": {"family": "gru", "layers": 2},
    "bidirectional GRU": {"family": "gru", "bidirectional": True, "dropout": 0.0, "recurrent_dropout": 0.0},
    "conv": {"family": "conv"},
    "conv, then GRU": {"family": "conv-gru"},
}


def measure_set_up(who: str, series: Series) -> Row:
    """A row of one set-up."""
    cuts = cut_times(series, SHARES)
    began = time.perf_counter()
    learner = Forecaster(**SPAN, **SET_UPS[who])
    list(learner.fit_epochs(series, cuts=cuts[:4]))
    seconds = time.perf_counter() - began
    tested = learner.answer(series, since=int(cuts[3]), before=int(cuts[4]))
    errors = {
        "validation": float(np.abs(learner.chosen_.truth - learner.chosen_.forecast).mean()),
        "test": float(np.abs(tested.truth - tested.forecast).mean()),
    }
    print(who, errors, f"{seconds:.1f} s", flush=True)
    return Row(
        what="set-up",
        who=who,
        command="python benchmarks/temperature.py",
        seconds=[round(seconds, 3)],
        scores=errors,
        versions=read_versions(sys.executable),
        facts={"n_test": len(tested.origins)},
    )


def measure_command() -> Row:
    """The default command, a whole process from file to saved model."""
    typed = ("--target", "TEMP", "--context", "5d", "--horizon", "24h", "--steps", "last")
    shown = f"seqloom train {FILE} {' '.join(typed)} -o RUN"
    with make_scratch() as scratch:
        contestant = name_ours("train", str(find_file(FILE)), *typed, "-o", "{run}", cache="cold", shown=shown)
        finished = run_once(contestant, scratch)
        metrics = finished.read_metrics()  # before the folder is gone
    (mae,) = (score for score in metrics["test"] if score["metric"] == "mae")
    return Row(
        what="whole-process",
        who=f"seqloom train, kept: {metrics['kept']}",
        command=shown,
        seconds=[round(finished.outcome.seconds, 3)],
        cpu_seconds=[round(finished.outcome.cpu_seconds, 3)],
        peak_mb=round(finished.outcome.peak_mb),
        scores={"test": mae["value"]},
        versions=read_versions(sys.executable),
        facts={"n_test": mae["n"], "intervals": metrics["intervals"], "naive": metrics["test_naive"]},
    )


def main() -> None:
    """Measure, and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    series, _ = to_series(read_table(find_file(FILE)), target="TEMP")
    rows = [measure_command(), *(measure_set_up(who, series) for who in SET_UPS)]
    write_results("temperature", rows)


if __name__ == "__main__":
    main()
