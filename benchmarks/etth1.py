"""Claim: the mean squared error of linear forecasts on ETTh1, 96 to 720 hours ahead, beside the published.

The standard split: 8,640 hours to train on, 2,880 to choose on, 2,880 to test; all seven series, standardised on the
training rows; contexts of validation and test reach back; every test window is counted. The context, or the average of
all contexts, is chosen on validation; the test is asked for everything once, and told of what was chosen. Nothing is
fitted again on validation rows, as the published are not. Errors are what is measured; the seconds are those of one
run on a machine that did other things.

    python benchmarks/etth1.py
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from public_files import find_file
from rows import Row, read_versions, write_results
from seqloom.baselines.lagged import NLinearForecast
from seqloom.flow import Encoded, Plan, Windows

CUTS = (0, 8_640, 11_520, 14_400)
HORIZONS = (96, 192, 336, 720)
CONTEXTS = (336, 512, 720)

# Zeng et al. (2023), table 2, and Nie et al. (2023), table 3 (PatchTST/64, 512 hours of context).
PUBLISHED = {"NLinear": (0.374, 0.408, 0.429, 0.440), "PatchTST": (0.370, 0.413, 0.422, 0.447)}


@dataclass(frozen=True, kw_only=True)
class Forecasts:
    """Forecasts of the validation and the test windows, ``[N, O, G]`` each, and the seconds they took."""

    valid: np.ndarray
    test: np.ndarray
    seconds: float


def read_scaled(path: Path) -> np.ndarray:
    """All hours up to the end of the test, ``[T, 7] float32``, standardised on the training rows."""
    values = pl.read_csv(path).drop("date").to_numpy()[: CUTS[-1]]
    train = values[: CUTS[1]]
    return ((values - train.mean(axis=0)) / train.std(axis=0)).astype(np.float32)


def cut_part(values: np.ndarray, part: int, *, context: int, horizon: int) -> Encoded:
    """Every window whose targets lie in a part; but for the first part, its context may reach back."""
    first = max(CUTS[part], context)  # the first target's row
    targets = np.arange(first, CUTS[part + 1] - horizon + 1)
    past = Windows(values=values, starts=targets - context, length=context)
    return Encoded(inputs={"past": past}, target=Windows(values=values, starts=targets, length=horizon))


def forecast(values: np.ndarray, *, context: int, horizon: int) -> Forecasts:
    """What NLinear of one context says, its strength chosen on validation."""
    began = time.perf_counter()
    train, valid, test = (cut_part(values, part, context=context, horizon=horizon) for part in range(3))
    model = NLinearForecast(n_steps=horizon, first_step=1, n_targets=values.shape[1])
    list(model.fit(train, valid, plan=Plan()))
    answers = (model.predict(part.inputs) for part in (valid, test))
    return Forecasts(valid=next(answers), test=next(answers), seconds=time.perf_counter() - began)


def square(found: np.ndarray, encoded: Encoded) -> float:
    """The mean squared error."""
    rows = np.arange(len(found))
    return float(np.mean([np.square(encoded.target.take(rows[i : i + 1]).gather() - found[i]).mean() for i in rows]))


def measure_horizon(values: np.ndarray, horizon: int) -> list[Row]:
    """A row for each context, one for their average, and one for what validation chose."""
    found = {f"nlinear, context {length}": forecast(values, context=length, horizon=horizon) for length in CONTEXTS}
    all_of_them = list(found.values())
    found["average of the contexts"] = Forecasts(
        valid=np.mean([one.valid for one in all_of_them], axis=0),
        test=np.mean([one.test for one in all_of_them], axis=0),
        seconds=sum(one.seconds for one in all_of_them),
    )
    valid, test = (cut_part(values, part, context=CONTEXTS[0], horizon=horizon) for part in (1, 2))
    scores = {who: {"valid": square(one.valid, valid), "test": square(one.test, test)} for who, one in found.items()}
    single = min((who for who in scores if who != "average of the contexts"), key=lambda who: scores[who]["valid"])
    best = min(scores, key=lambda who: scores[who]["valid"])
    scores |= {f"one context: {single}": scores[single], f"chosen: {best}": scores[best]}
    published = {who: mse[HORIZONS.index(horizon)] for who, mse in PUBLISHED.items()}
    return [
        Row(
            what=f"{horizon} hours ahead",
            who=who,
            command="python benchmarks/etth1.py",
            seconds=[round(found[who.rpartition(": ")[2]].seconds, 1)],
            scores={name: round(value, 4) for name, value in of.items()},
            versions=read_versions(sys.executable),
            facts={"n_test": len(test), "published": published},
        )
        for who, of in scores.items()
    ]


def main() -> None:
    """Measure, and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    values = read_scaled(find_file("ETTh1.csv"))
    write_results("etth1", [row for horizon in HORIZONS for row in measure_horizon(values, horizon)])


if __name__ == "__main__":
    main()
