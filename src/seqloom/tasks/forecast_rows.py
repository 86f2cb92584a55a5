"""How the rows of a series become windows to train, choose, calibrate and test on, and how forecasts are measured."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from seqloom.baselines.naive import NAIVE_FAMILIES, NaiveForecast
from seqloom.errors import DataError, UsageError
from seqloom.flow import Encoded, Plan, Score, Series
from seqloom.forecasts import Answered, Yardstick, answer_origins
from seqloom.nets.series_defaults import FORECAST_DEFAULTS
from seqloom.scores.conformal import Coverage, Intervals, measure_coverage
from seqloom.scores.forecast import Beside, forecast_scores
from seqloom.series.durations import count_rows
from seqloom.series.encode import Prepared, WindowEncoder
from seqloom.series.windows import Span, find_origins

__all__ = ["encode_windows", "find_parts", "find_yardstick", "make_encoder", "measure", "measure_held"]

# The context where none is asked for, in horizons: five days for one day, the chapter's.
_CONTEXT_HORIZONS = 5

# A gap of this share of the context is bridged where nothing else is asked for: of a day, an hour.
_GAP_SHARE = 24

_PARTS = ("train on", "choose on", "calibrate on")


def make_encoder(params: Mapping[str, Any], series: Series) -> WindowEncoder:
    """The encoder of a forecaster, not fitted.

    Parameters
    ----------
    params : mapping
        Constructor arguments of the forecaster.
    series : Series
        For its clock and its names.

    Raises
    ------
    UsageError
        For a span that cannot be, or a column that is not there.
    """
    if params["horizon"] is None:
        raise UsageError("no horizon found: say how far ahead to forecast, --horizon 24h (horizon=...).")
    if params["steps"] not in ("path", "last"):
        raise UsageError(f"steps {params['steps']!r} found, path or last expected.")
    horizon = count_rows(params["horizon"], series.step, name="horizon")
    context = _CONTEXT_HORIZONS * horizon
    if params["context"] is not None:
        context = count_rows(params["context"], series.step, name="context")
    gap = max(1, context // _GAP_SHARE)
    if params["max_gap"] is not None:
        gap = count_rows(params["max_gap"], series.step, name="max_gap")
    unknown = [name for name in params["future"] if name not in series.names]
    if unknown:
        raise UsageError(f"{', '.join(unknown)} known in advance, found; some of {', '.join(series.names)} expected.")
    n_targets = 1 if params["target"] is None or isinstance(params["target"], str) else len(params["target"])
    if known := [name for name in params["future"] if name in series.names[:n_targets]]:
        raise UsageError(f"{known[0]} found as target and as known in advance: what is to be forecast is not known.")
    return WindowEncoder(
        span=Span(context=context, horizon=horizon, first_step=horizon if params["steps"] == "last" else 1),
        n_targets=n_targets,
        most_gap=gap,
        future=tuple(params["future"]),
        has_calendar=params["calendar"],
        learns_path=params["family"] in FORECAST_DEFAULTS,
    )


def find_parts(series: Series, span: Span, *, encoder: WindowEncoder, cuts: np.ndarray) -> list[np.ndarray]:
    """The origins of each part of time.

    Parameters
    ----------
    series : Series
        Targets first.
    span : Span
        What is asked for, or what is learned.
    encoder : WindowEncoder
        For its targets, and how long a gap may be.
    cuts : ndarray, ``[parts + 1] int64``
        Moments between the parts.

    Raises
    ------
    DataError
        Where a part has none.
    """
    found = []
    for name, (since, before) in zip(_PARTS, pairwise(cuts), strict=True):
        origins = find_origins(
            series,
            span,
            n_targets=encoder.n_targets,
            most_gap=encoder.most_gap,
            since=int(since),
            before=int(before),
        )
        if not len(origins):
            times = series.times()
            n = int(((times >= since) & (times < before)).sum())
            raise DataError(
                f"{len(series):,} rows found, {n:,} of them to {name}, and none of these can be forecast: a context of "
                f"{span.context:,} rows and {span.horizon:,} measured ones behind it expected. Give more rows, or a "
                "shorter context or horizon."
            )
        found.append(origins)
    return found


def encode_windows(encoder: WindowEncoder, prepared: Prepared, *, origins: np.ndarray) -> Encoded:
    """The windows of ``origins`` as models take them, cut from what was ``prepared`` by the ``encoder``."""
    return Encoded(inputs=encoder.cut(prepared, origins), target=encoder.cut_targets(prepared, origins))


def find_yardstick(encoder: WindowEncoder, prepared: Prepared, *, origins: np.ndarray) -> Yardstick:
    """What forecasts are measured by: the season of the training rows, and how far it errs there.

    Parameters
    ----------
    encoder : WindowEncoder
        Fitted.
    prepared : Prepared
        The series.
    origins : ndarray, ``[N] int64``
        To train on.
    """
    train = encode_windows(encoder, prepared, origins=origins)
    seasonal = NaiveForecast(
        "seasonal", n_steps=1, first_step=1, n_targets=encoder.n_targets, natural=encoder.natural_seasons
    )
    list(seasonal.fit(train, train, plan=Plan()))
    rows, values = origins + 1, prepared.past[:, : encoder.n_targets]  # a season before the next row is context
    error = np.abs(values[rows] - values[rows - seasonal.season_]).mean(axis=0, dtype=np.float64)
    return Yardstick(season=seasonal.season_, error=error * encoder.scaler.scale[: encoder.n_targets])


def measure(
    answered: Answered, series: Series, *, encoder: WindowEncoder, yardstick: Yardstick, who: str
) -> tuple[Score, ...]:
    """All scores of what was ``answered``, beside the naive forecasts of the same rows.

    Parameters
    ----------
    answered : Answered
        Forecasts and what came.
    series : Series
        Aligned.
    encoder : WindowEncoder
        Fitted.
    yardstick : Yardstick
        Of the training rows.
    who : str
        ``validation`` or ``test``.
    """
    scale = encoder.scaler.scale[: encoder.n_targets]
    naive = {}
    for family in NAIVE_FAMILIES:
        model = NaiveForecast(
            family, n_steps=encoder.span.n_steps, first_step=encoder.span.first_step, n_targets=encoder.n_targets
        )
        model.season_ = yardstick.season
        other = answer_origins(series, answered.origins, encoder=encoder, answer=model.predict)
        naive[family] = float((np.abs(other.truth - other.forecast) / scale).mean())
    beside = Beside(naive=naive, scale=scale, season_error=yardstick.error, horizon=encoder.span.horizon)
    return forecast_scores(answered.truth, answered.forecast, beside=beside, who=who)


def measure_held(
    answered: Answered, series: Series, *, encoder: WindowEncoder, intervals: Intervals
) -> tuple[Coverage, ...]:
    """What ``intervals`` held of what was ``answered``, moved by the errors that were known at each moment.

    Parameters
    ----------
    answered : Answered
        Forecasts and what came.
    series : Series
        Aligned.
    encoder : WindowEncoder
        Fitted.
    intervals : Intervals
        From calibration rows.
    """
    return measure_coverage(
        answered.truth,
        answered.forecast,
        origins=series.times()[answered.origins] // series.step,
        intervals=intervals,
        first_step=encoder.span.first_step,
        spread=answered.spread,
    )
