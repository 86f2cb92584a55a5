"""Forecasts that need no learning: what any model has to beat before it is worth a word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from seqloom.flow import Arrays, Encoded, EpochRecord, Plan, Windows

__all__ = ["NAIVE_FAMILIES", "NaiveForecast", "find_season"]

NAIVE_FAMILIES = ("last", "seasonal", "drift", "mean")

# A season is told by at least so much likeness of rows one season apart; less is none.
_LEAST_LIKENESS = 0.1


# Share of a natural season by which a peak may miss it.
_NEAR = 0.05


class NaiveForecast:
    """A forecast from a few values of the context.

    ``last``: the last value, on and on. ``seasonal``: the value one season before, the season found from the training
    rows. ``drift``: on along the line from the first value of the context to its last. ``mean``: of the training rows.

    Source: Hyndman and Athanasopoulos (2021), Forecasting: Principles and Practice, section 5.2.

    Parameters
    ----------
    family : {"last", "seasonal", "drift", "mean"}
        Which.
    n_steps, first_step, n_targets : int
        O; how far behind the origin the first of them is; G.
    natural : sequence of int
        Seasons that are likely, in rows: see ``find_season``.
    """

    kind = "naive"

    def __init__(
        self, family: str, *, n_steps: int, first_step: int, n_targets: int, natural: Sequence[int] = ()
    ) -> None:
        self.family = family
        self.n_steps = n_steps
        self.first_step = first_step
        self.n_targets = n_targets
        self.natural = tuple(natural)
        self.season_ = 1

    def fit(self, train: Encoded, valid: Encoded, *, plan: Plan) -> Iterator[EpochRecord]:  # noqa: ARG002 (Model)
        """Find the season, where one is asked for; there is no epoch to report."""
        if self.family == "seasonal":
            values, most = _read_rows(train.inputs["past"]), train.inputs["past"].length
            self.season_ = find_season(values, most=most, natural=self.natural)
        yield from ()

    def for_refit(self) -> NaiveForecast:
        """Itself: all rows say nothing else."""
        return self

    def predict(self, inputs: Mapping[str, Any]) -> np.ndarray:
        """The forecast, ``[N, O, G] float32``."""
        past: Windows = inputs["past"]
        values, origins = past.values[:, : self.n_targets], past.starts + past.length - 1
        ahead = np.arange(self.first_step, self.first_step + self.n_steps)  # [O]
        last = values[origins][:, None]  # [N, 1, G]
        if self.family == "seasonal":
            forecast = values[origins[:, None] + 1 - self.season_ + (ahead - 1) % self.season_]
        elif self.family == "drift":
            slope = (last - values[past.starts][:, None]) / max(past.length - 1, 1)
            forecast = last + ahead[:, None] * slope
        elif self.family == "mean":
            forecast = np.zeros((len(origins), self.n_steps, self.n_targets))
        else:
            forecast = np.repeat(last, self.n_steps, axis=1)
        return forecast.astype(np.float32)

    def state(self) -> tuple[dict[str, Any], Arrays]:
        """The season; no arrays."""
        settings = {"kind": self.kind, "family": self.family, "season": self.season_}
        sizes = {"n_steps": self.n_steps, "first_step": self.first_step, "n_targets": self.n_targets}
        return settings | sizes, {}

    @classmethod
    def from_state(cls, settings: Mapping[str, Any], arrays: Arrays) -> NaiveForecast:  # noqa: ARG003 (Model)
        """The model again, from what ``state`` gave."""
        sizes = {name: settings[name] for name in ("n_steps", "first_step", "n_targets")}
        model = cls(settings["family"], **sizes)
        model.season_ = settings["season"]
        return model


def _read_rows(past: Windows) -> np.ndarray:
    """The first channel from the first row that a window reads to the last, all that no window reads at their mean.

    Between the training rows of several series lie rows that are to test: they must not tell the season.
    """
    marks = np.zeros(len(past.values) + 1, np.int64)
    np.add.at(marks, past.starts, 1)
    np.add.at(marks, past.starts + past.length, -1)
    is_read = np.cumsum(marks[:-1]) > 0
    values = np.where(is_read, past.values[:, 0], past.values[is_read, 0].mean())
    return values[past.starts.min() : past.starts.max() + past.length]


def find_season(values: np.ndarray, *, most: int, natural: Sequence[int] = ()) -> int:
    """The distance at which rows are most alike: the highest peak of the autocorrelation behind lag 1.

    Parameters
    ----------
    values : ndarray, ``[T]``
        Without missing values.
    most : int
        Rows of a season at most.
    natural : sequence of int
        Rows of a day, of a week ...: a peak close by is taken for it, as noise moves peaks.

    Returns
    -------
    int
        1 where there is no peak: then the last value is as good.

    Examples
    --------
    >>> find_season(np.tile([0.0, 1, 3, 1], 20), most=10)
    4
    """
    centred = np.asarray(values, dtype=np.float64) - np.mean(values)
    n = len(centred)
    power = np.abs(np.fft.rfft(centred, 2 * n)) ** 2
    likeness = np.fft.irfft(power)[: min(most + 2, n)] / np.arange(n, 0, -1)[: min(most + 2, n)]
    if len(likeness) < 4 or likeness[0] <= 0:
        return 1
    likeness = likeness / likeness[0]
    # the highest of a neighbourhood of half its own length: of rows that follow each other closely, noise alone makes
    # small peaks at small distances
    peaks = [
        lag
        for lag in range(2, len(likeness) - 1)
        if likeness[lag] > _LEAST_LIKENESS and likeness[lag] >= likeness[lag // 2 : lag + lag // 2 + 1].max()
    ]
    found = max(peaks, key=likeness.__getitem__, default=1)
    return next((season for season in natural if abs(season - found) <= _NEAR * season and season <= most), found)
