"""From rows to forecasts, whatever the model: a table read, windows answered, values and intervals laid out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqloom.errors import DataError, UsageError
from seqloom.flow import Series, Ticks
from seqloom.forecasts.quantiles import find_spread, take_median
from seqloom.scores.conformal import SHARES, Intervals
from seqloom.series.clock import to_series
from seqloom.series.encode import WindowEncoder
from seqloom.series.table import to_frame
from seqloom.series.windows import extend, fill_gaps, find_last_origins, find_origins

__all__ = [
    "LEVELS",
    "Ahead",
    "Answer",
    "Answered",
    "Yardstick",
    "answer_origins",
    "answer_part",
    "find_bands",
    "forecast_ahead",
    "look_ahead",
    "read_series",
]

# The bounds of ``SHARES``.
LEVELS = (0.025, 0.1, 0.25, 0.75, 0.9, 0.975)

# Windows answered at a time: bounds memory for a long horizon.
_CHUNK = 16_384

Answer = Callable[[Mapping[str, Any]], np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What was forecast from some origins, in the targets' own units, and what came.

    Parameters
    ----------
    origins : ndarray, ``[N] int64``
        The last row that each forecast knows.
    forecast, truth : ndarray, ``[N, O, G] float64``
        Side by side.
    spread : ndarray or None, ``[N, O, G, 2] float64``
        How far below and above the forecast the truth may lie, from a model that says so (see ``QUANTILES``).
    """

    origins: np.ndarray
    forecast: np.ndarray
    truth: np.ndarray
    spread: np.ndarray | None = None


@dataclass(frozen=True, kw_only=True)
class Yardstick:
    """What forecasts are measured by.

    Parameters
    ----------
    season : int
        Rows of a season, found from the training rows; 1 for none.
    error : ndarray, ``[G]``
        The mean absolute distance of training rows one season apart, in the targets' own units.
    """

    season: int
    error: np.ndarray


def read_series(
    frame: Any, params: Mapping[str, Any], *, clock: tuple[int, Ticks] | None = None
) -> tuple[Series, tuple[Any, ...]]:
    """A ``frame`` on its clock, by a forecaster's ``params``, and what was found; ``clock`` as in ``to_series``."""
    if isinstance(frame, Series):
        return frame, ()
    return to_series(
        frame,
        target=params["target"],
        time=params["time"],
        series_id=params["series_id"],
        clock=clock,
        angles=tuple(params["angles"]),
        drop=tuple(params["drop"]),
    )


def answer_origins(series: Series, origins: np.ndarray, *, encoder: WindowEncoder, answer: Answer) -> Answered:
    """Forecasts from ``origins`` of a ``series`` that goes on behind them, beside what came.

    Parameters
    ----------
    series : Series
        Aligned: with the channels of the ``encoder``.
    origins : ndarray, ``[N] int64``
        From ``find_origins``.
    encoder : WindowEncoder
        Fitted.
    answer : callable
        The model's ``predict``.
    """
    prepared = encoder.prepare(series)
    parts = [origins[start : start + _CHUNK] for start in range(0, len(origins), _CHUNK)]
    span, n = encoder.span, encoder.n_targets
    scaled = [answer(encoder.cut(prepared, part))[:, -span.n_steps :] for part in parts]
    answers = np.concatenate(scaled) if scaled else np.zeros((0, span.n_steps, n))
    rows = origins[:, None] + np.arange(span.first_step, span.horizon + 1)
    return Answered(
        origins=origins,
        forecast=encoder.scaler.restore(take_median(answers), n_channels=n),
        truth=series.values[rows, :n],
        spread=None if answers.ndim == 3 else find_spread(answers) * encoder.scaler.scale[:n, None],
    )


def forecast_ahead(
    series: Series,
    *,
    encoder: WindowEncoder,
    answer: Answer,
    intervals: Intervals | None,
    levels: Sequence[float] | None = LEVELS,
) -> Any:
    """The values behind the last measured row of each series, as a table.

    Parameters
    ----------
    series : Series
        Anything that ``encoder.align`` takes; rows behind the last measured one may hold what is known in advance.
    encoder : WindowEncoder
        Fitted.
    answer : callable
        The model's ``predict``.
    intervals : Intervals or None
        From calibration rows; None: no levels.
    levels : sequence of float or None
        Quantiles wanted; None for none.

    Returns
    -------
    polars.DataFrame
        A row for each series, time and target: ``unique_id`` (where there are several series), ``ds``, ``target``
        (where there are several), ``forecast`` and a column ``q0.1`` for each level.

    Raises
    ------
    DataError
        Where the context is not full, has a gap longer than those of training, or what should be known in advance is
        not.
    """
    levels = _check_levels(levels) if intervals is not None else ()
    series = extend(encoder.align(series), encoder.span.horizon)
    origins = find_last_origins(series, n_targets=encoder.n_targets)
    _check_context(series, origins, encoder=encoder)
    _check_gaps(series, origins, encoder=encoder)
    _check_future(series, origins, encoder=encoder)
    answered = answer_origins(series, origins, encoder=encoder, answer=answer)
    span, n = encoder.span, encoder.n_targets
    rows = (origins[:, None] + np.arange(span.first_step, span.horizon + 1)).ravel()
    columns: dict[str, Any] = {}
    if len(series.ids) > 1:
        columns["unique_id"] = np.repeat(np.array(series.ids, dtype=object), span.n_steps * n)
    columns["ds"] = np.repeat(series.moments()[rows], n)
    if n > 1:
        columns["target"] = np.tile(np.array(encoder.targets, dtype=object), len(rows))
    columns["forecast"] = answered.forecast.ravel()
    if intervals is not None and levels:
        bounds = intervals.bound(answered.forecast, levels, spread=answered.spread)  # [N, O, G, Q]
        for place, level in enumerate(levels):
            columns[f"q{level:g}"] = bounds[..., place].ravel()
    return to_frame(columns, times_name="ds")


@dataclass(frozen=True, kw_only=True)
class Ahead:
    """One forecast as a picture wants it: times and values of ``past`` and ``ahead``, ``bands`` by their share."""

    name: str
    past: tuple[np.ndarray, np.ndarray]
    ahead: tuple[np.ndarray, np.ndarray]
    bands: dict[float, tuple[np.ndarray, np.ndarray]]


def look_ahead(series: Series, *, encoder: WindowEncoder, answer: Answer, intervals: Intervals) -> Ahead:
    """The forecast of the first target of the first series behind its last measured row.

    Parameters
    ----------
    series : Series
        Anything that ``encoder.align`` takes.
    encoder : WindowEncoder
        Fitted.
    answer : callable
        The model's ``predict``.
    intervals : Intervals
        From calibration rows.
    """
    series = extend(encoder.align(series), encoder.span.horizon)
    origin = find_last_origins(series, n_targets=encoder.n_targets)[:1]
    answered = answer_origins(series, origin, encoder=encoder, answer=answer)
    span, times = encoder.span, series.moments()
    past = np.arange(int(origin[0]) + 1 - span.context, int(origin[0]) + 1)
    ahead = int(origin[0]) + np.arange(span.first_step, span.horizon + 1)
    return Ahead(
        name=encoder.targets[0],
        past=(times[past], series.values[past, 0]),
        ahead=(times[ahead], answered.forecast[0, :, 0]),
        bands=find_bands(intervals, answered),
    )


def find_bands(intervals: Intervals, answered: Answered) -> dict[float, tuple[np.ndarray, np.ndarray]]:
    """Bounds by ``intervals`` of the first target in the last of the forecasts that were ``answered``, by share."""
    levels = [0.5 + sign * share / 2 for share in SHARES for sign in (-1, 1)]
    spread = None if answered.spread is None else answered.spread[-1:]
    bounds = intervals.bound(answered.forecast[-1:], levels, spread=spread)[0, :, 0]  # [O, Q]
    return {share: (bounds[:, 2 * place], bounds[:, 2 * place + 1]) for place, share in enumerate(SHARES)}


def answer_part(series: Series, *, encoder: WindowEncoder, answer: Answer, since: int, before: int) -> Answered:
    """Forecasts from every origin of a part of time, beside what came.

    Parameters
    ----------
    series : Series
        Anything that ``encoder.align`` takes.
    encoder : WindowEncoder
        Fitted.
    answer : callable
        The model's ``predict``.
    since, before : int
        Microseconds since 1970, between which all targets lie; contexts may reach back.

    Raises
    ------
    DataError
        Where no forecast can be made.
    """
    series = encoder.align(series)
    span = encoder.span
    origins = find_origins(
        series, span, n_targets=encoder.n_targets, most_gap=encoder.most_gap, since=since, before=before
    )
    if not len(origins):
        raise DataError(
            f"no forecast can be made of {len(series):,} rows: a context of {span.context:,} rows with "
            f"{span.horizon:,} measured ones behind it expected. Give more rows."
        )
    return answer_origins(series, origins, encoder=encoder, answer=answer)


def _check_levels(levels: Sequence[float] | None) -> tuple[float, ...]:
    levels = tuple(levels or ())
    if not all(0 < level < 1 for level in levels):
        raise UsageError(f"quantile levels {', '.join(map(str, levels))} found, numbers between 0 and 1 expected.")
    return tuple(sorted(set(levels)))


def _check_context(series: Series, origins: np.ndarray, *, encoder: WindowEncoder) -> None:
    n_there = origins - series.offsets[:-1] + 1
    for name, n in zip(series.ids, n_there, strict=True):
        if n < encoder.span.context:
            which = f"series {name!r}: " if name else ""
            raise DataError(
                f"{which}{max(n, 0):,} rows up to the last measured one found, {encoder.span.context:,} expected: the "
                "model reads so many before it says what comes. Give more of the past."
            )


def _check_gaps(series: Series, origins: np.ndarray, *, encoder: WindowEncoder) -> None:
    """Nothing, if no context has a longer gap in a target than windows of training could have."""
    is_known = np.isfinite(fill_gaps(series.values, series.offsets, most=encoder.most_gap)[:, : encoder.n_targets])
    for origin in origins:
        row, place = np.nonzero(~is_known[origin + 1 - encoder.span.context : origin + 1])[0:2]
        if len(row):
            raise DataError(
                f"{encoder.targets[int(place[0])]}: a gap of more than {encoder.most_gap:,} rows in the last "
                f"{encoder.span.context:,} found; a longer one than the model learned to bridge (--max-gap). Fill "
                "it, or forecast from rows behind it."
            )


def _check_future(series: Series, origins: np.ndarray, *, encoder: WindowEncoder) -> None:
    rows = origins[:, None] + np.arange(1, encoder.span.horizon + 1)
    for name in encoder.future:
        is_missing = np.isnan(series.values[rows, encoder.channels.index(name)])
        if is_missing.any():
            n = int(is_missing.sum())
            raise DataError(
                f"{name}: {n:,} of the {encoder.span.horizon:,} rows to come have no value, and it was trained as "
                "known in advance. Add rows behind the last measured one with its values, and the targets left empty."
            )
