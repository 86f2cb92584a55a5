"""Claim: the linear forecaster on ETTh1, its context chosen on validation, beside what papers report.

The standard split: 8,640 rows to train, 2,880 to choose, 2,880 to test, all seven series, each scaled by its training
rows; every window counts, none is dropped for want of a full batch. One context for all horizons, the one with the
least mean validation error; the others' test errors are not looked at.

    python benchmarks/etth1.py
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from dataclasses import dataclass

import numpy as np

from public_files import find_file
from rows import Row, read_versions, write_results
from seqloom.baselines.lagged import NLinearForecast
from seqloom.flow import Encoded, Plan, Series
from seqloom.frames.read import read_table
from seqloom.series.clock import to_series
from seqloom.series.encode import WindowEncoder
from seqloom.series.windows import Span, find_origins

CONTEXTS, HORIZONS = (336, 512, 720), (96, 192, 336, 720)
TARGETS = ("HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL", "OT")
ENDS = (0, 8_640, 11_520, 14_400)

# Mean squared error of Zeng et al. (2023) and Nie et al. (2023), context free.
REPORTED = {
    "NLinear, reported": (0.374, 0.408, 0.429, 0.440),
    "PatchTST, reported": (0.370, 0.413, 0.422, 0.447),
}
_CHUNK = 512


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A model of one context and horizon, what it costs, and the windows that it has not seen yet."""

    model: NLinearForecast
    valid_error: float
    test: Encoded
    seconds: float


def encode_part(encoder: WindowEncoder, series: Series, part: int) -> Encoded:
    """The windows whose targets lie in one part of time; contexts reach back."""
    times = np.append(series.times(), series.times()[-1] + series.step)
    origins = find_origins(
        series,
        encoder.span,
        n_targets=len(TARGETS),
        most_gap=encoder.most_gap,
        since=int(times[ENDS[part]]),
        before=int(times[ENDS[part + 1]]),
    )
    prepared = encoder.prepare(series)
    return Encoded(inputs=encoder.cut(prepared, origins), target=encoder.cut_targets(prepared, origins))


def measure_error(model: NLinearForecast, part: Encoded) -> float:
    """The mean squared error over all windows, steps and series, scaled."""
    total = 0.0
    for start in range(0, len(part), _CHUNK):
        rows = np.arange(start, min(start + _CHUNK, len(part)))
        forecast = model.predict({"past": part.inputs["past"].take(rows)})
        total += float(((forecast - part.target.take(rows).gather()) ** 2).mean(axis=(1, 2), dtype=np.float64).sum())
    return total / len(part)


def fit(series: Series, context: int, horizon: int) -> Fitted:
    """Fitted on training rows, its strength chosen on validation rows."""
    began = time.perf_counter()
    span = Span(context=context, horizon=horizon)
    encoder = WindowEncoder(span=span, n_targets=len(TARGETS), most_gap=1, has_calendar=False)
    encoder.fit(series, before=int(series.times()[ENDS[1]]))
    train, valid, test = (encode_part(encoder, series, part) for part in range(3))
    model = NLinearForecast(n_steps=horizon, first_step=1, n_targets=len(TARGETS))
    list(model.fit(train, valid, plan=Plan()))
    seconds = time.perf_counter() - began
    return Fitted(model=model, valid_error=measure_error(model, valid), test=test, seconds=seconds)


def main() -> None:
    """Measure, and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    series, _ = to_series(read_table(find_file("ETTh1.csv")), target=TARGETS)
    fitted = {context: [fit(series, context, horizon) for horizon in HORIZONS] for context in CONTEXTS}
    means = {context: statistics.mean(one.valid_error for one in fitted[context]) for context in CONTEXTS}
    kept = min(means, key=means.__getitem__)
    rows = []
    for place, (horizon, one) in enumerate(zip(HORIZONS, fitted[kept], strict=True)):
        reported = {who: errors[place] for who, errors in REPORTED.items()}
        rows.append(
            Row(
                what=f"{horizon} steps",
                who="seqloom, nlinear",
                command="python benchmarks/etth1.py",
                seconds=[round(one.seconds, 3)],
                scores={"mse": measure_error(one.model, one.test)},
                versions=read_versions(sys.executable),
                facts={"context": kept, "n_windows": len(one.test), "strength": one.model.strength, **reported},
            )
        )
        print(rows[-1].what, rows[-1].scores, rows[-1].facts, flush=True)
    print({context: round(mean, 4) for context, mean in means.items()})
    write_results("etth1", rows)


if __name__ == "__main__":
    main()
