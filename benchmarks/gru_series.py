"""Claim: a GRU over windows of a series, beside Keras on TensorFlow and on JAX, and PyTorch; and what windows weigh.

GRU(32) with dropout and recurrent dropout over 240 steps of 14 channels, batches of 128, Adam; a simulated series, as
nothing but its size matters. The peers get windows copied out, as their own ``fit`` wants them. What windows weigh is
how much higher the memory of a process peaks that trains an epoch on 200,000 of them than that of one that trains on
128.

    python benchmarks/gru_series.py [--repeats 3] [--epochs 4] [--rows 6400] [--only seqloom ...]
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path

import numpy as np

from contestants import Contestant, Finished, make_scratch, run_in_turn
from environments import make_environment
from rows import Row, read_versions, write_results

HERE = Path(__file__).parent

CONTEXT, AHEAD, N_CHANNELS, BATCH_SIZE = 240, 24, 14, 128
FEW, MANY = 128, 200_000

PEERS = {
    "Keras on TensorFlow": ("keras-tensorflow", "keras_series.py", {"KERAS_BACKEND": "tensorflow"}),
    "Keras on JAX": ("keras-jax", "keras_series.py", {"KERAS_BACKEND": "jax"}),
    "PyTorch": ("torch", "torch_series.py", {}),
}
OURS = "seqloom"


def simulate(n_rows: int) -> np.ndarray:
    """Days and noise that drifts, ``[T, C] float32``, with room for so many windows."""
    random, length = np.random.default_rng(0), n_rows + CONTEXT + AHEAD
    days = np.sin(np.arange(length)[:, None] * 2 * np.pi / 24 + np.arange(N_CHANNELS))
    drift = np.cumsum(random.normal(size=(length, N_CHANNELS)), axis=0) / 30
    return (days + drift).astype(np.float32)


def save_arrays(path: Path, n_rows: int) -> Path:
    """Where a series and the starts of so many windows now lie."""
    np.savez(path, values=simulate(n_rows), starts=np.arange(n_rows))
    return path


def name_contestants(arrays: Path, only: list[str], *, epochs: int) -> dict[str, Contestant]:
    """Those that were asked for; environments of peers are made where they are not there yet."""
    contestants = {}
    for who in only:
        environment, script, env = PEERS.get(who, ("", "series.py", {}))
        folder = "peers" if environment else "ours"
        python = make_environment(environment) if environment else sys.executable
        contestants[who] = Contestant(
            shown=f"python {folder}/{script} ARRAYS.npz {epochs}",
            argv=(python, str(HERE / folder / script), str(arrays), str(epochs)),
            env=env,
            cache=None if environment else "cold",
        )
    return contestants


def weigh_windows(scratch: Path, only: list[str]) -> dict[str, float]:
    """By contestant, the megabytes by which ``MANY`` windows raise the peak above ``FEW``, less those of the series."""
    peaks = []
    for n_rows in (FEW, MANY):
        arrays = save_arrays(scratch / f"{n_rows}.npz", n_rows)
        runs = run_in_turn(name_contestants(arrays, only, epochs=1), scratch, repeats=1)
        peaks.append({who: one.outcome.peak_mb for who, (one,) in runs.items()})
    raw = (MANY - FEW) * N_CHANNELS * 4 / 1e6
    return {who: peaks[1][who] - peaks[0][who] - raw for who in only}


def tell_step(who: str, *, finished: list[Finished], contestant: Contestant, n_rows: int, window_mb: float) -> Row:
    """A row ``step``: the seconds of one training step, from the second epoch on, without compiling."""
    results = [one.read_output() for one in finished]
    n_steps = -(-n_rows // BATCH_SIZE)
    return Row(
        what="step",
        who=who,
        command=contestant.shown,
        seconds=[round(statistics.median(result["epoch_seconds"]) / n_steps, 5) for result in results],
        peak_mb=round(max(one.outcome.peak_mb for one in finished)),
        versions=read_versions(contestant.argv[0]),
        facts={
            "n_rows": n_rows,
            "batch_size": BATCH_SIZE,
            "context": CONTEXT,
            "n_channels": N_CHANNELS,
            "mb_of_200000_windows": round(window_mb, 1),
        },
    )


def main() -> None:
    """Measure, and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    everyone = [*PEERS, OURS]
    parser.add_argument("--repeats", type=int, default=3, help="runs of each contestant (default: 3)")
    parser.add_argument("--epochs", type=int, default=4, help="epochs of a run, at least 2 (default: 4)")
    parser.add_argument("--rows", type=int, default=6_400, help="windows (default: 6,400, 50 steps)")
    parser.add_argument("--only", nargs="+", choices=everyone, default=everyone, help="who (default: all)")
    options = parser.parse_args()
    with make_scratch() as scratch:
        arrays = save_arrays(scratch / "series.npz", options.rows)
        contestants = name_contestants(arrays, options.only, epochs=options.epochs)
        runs = run_in_turn(contestants, scratch, repeats=options.repeats)
        weights = weigh_windows(scratch, options.only)
    rows = [
        tell_step(who, finished=runs[who], contestant=one, n_rows=options.rows, window_mb=weights[who])
        for who, one in contestants.items()
    ]
    if options.only == everyone:
        write_results("gru_series", rows)
    else:
        print(
            *(
                f"{row.who}: {min(row.seconds) * 1000:.1f} ms a step, {row.facts['mb_of_200000_windows']} MB"
                for row in rows
            ),
            sep="\n",
        )


if __name__ == "__main__":
    main()
