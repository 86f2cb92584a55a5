"""The end of a comparison of forecasters: the kept one tested once, beside the naive, and the run folder made whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seqloom.flow import Score
from seqloom.studies.forecasting import ForecastRow

__all__ = ["ForecastOutcome", "finish_forecast"]

# Shares of all cases that intervals are to hold.
_SHARES = (0.5, 0.8, 0.95)


@dataclass(frozen=True, kw_only=True)
class ForecastOutcome:
    """What came of a run.

    Parameters
    ----------
    kept : ForecastRow
        The family that lies in the folder.
    test_scores : tuple of Score
        Its own.
    naive, naive_error : str, float
        The naive family that errs least on the test rows, and its mean absolute error: what there is to beat.
    coverage : tuple of tuple
        Of the intervals: nominal share, share of the test rows that they held, mean width.
    metrics : mapping
        What ``metrics.json`` holds.
    """

    kept: ForecastRow
    test_scores: tuple[Score, ...]
    naive: str
    naive_error: float
    coverage: tuple[tuple[float, float, float], ...]
    metrics: Mapping[str, Any]
