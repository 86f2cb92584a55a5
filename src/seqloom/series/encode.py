"""A series as forecasting models take it: channels filled and scaled, the calendar beside them, cut into windows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from seqloom.errors import ArtifactError, DataError
from seqloom.flow import Arrays, Series, Ticks, Windows
from seqloom.flow.ticks import DAY, TIME, WEEK, YEAR
from seqloom.json_files import check_fields
from seqloom.series.calendar import calendar_features
from seqloom.series.durations import format_duration
from seqloom.series.scale import Scaler
from seqloom.series.windows import Span, fill_gaps

__all__ = ["Prepared", "WindowEncoder"]

# Between a channel of categories and the category that it stands for, as ``clock.to_series`` writes it.
_CATEGORY = "="

_FIELDS: dict[str, tuple[type, ...]] = {
    "kind": (str,),
    **dict.fromkeys(("channels", "future"), (list,)),
    **dict.fromkeys(("n_targets", "context", "horizon", "first_step", "most_gap", "step"), (int,)),
    **dict.fromkeys(("has_calendar", "learns_path"), (bool,)),
}


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """What windows are cut from: ``past`` ``[T, C]``, targets first, and ``future`` ``[T, F]``, both ``float32``."""

    past: np.ndarray
    future: np.ndarray


class WindowEncoder:
    """Windows for a forecast, scaled by what the training rows say.

    Missing values are the last known one for ``most_gap`` rows, and the training rows' mean behind that.

    Parameters
    ----------
    span : Span
        What a forecast looks at.
    n_targets : int
        G: the first so many channels of the series that it is fitted on.
    most_gap : int
        Rows in a row that may be missing.
    future : tuple of str
        Channels that are known in advance, beside the calendar.
    has_calendar : bool
        Whether the time of day, week and year of the rows to come is read.
    learns_path : bool
        Whether a model is trained on all rows up to the horizon even where only the last is asked for: a net that has
        to tell the way knows more of its end.

    Attributes
    ----------
    channels : tuple of str
        What it was fitted on, targets first.
    step : int
        Microseconds from row to row, of even times.
    ticks : Ticks
        What these are.
    """

    def __init__(
        self,
        *,
        span: Span,
        n_targets: int,
        most_gap: int,
        future: tuple[str, ...] = (),
        has_calendar: bool = True,
        learns_path: bool = False,
    ) -> None:
        self.span = span
        self.learns_path = learns_path
        self.n_targets = n_targets
        self.most_gap = most_gap
        self.future = future
        self.has_calendar = has_calendar
        self.channels: tuple[str, ...] = ()
        self.step, self.ticks = 0, TIME
        self.scaler = Scaler()

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of the G channels that are forecast."""
        return self.channels[: self.n_targets]

    @property
    def learned(self) -> Span:
        """What a model is trained on; its last steps are those that are asked for."""
        return replace(self.span, first_step=1) if self.learns_path else self.span

    @property
    def natural_seasons(self) -> tuple[int, ...]:
        """A day, a week and a year in rows, where they are more than one and whole."""
        return tuple(turn // self.step for turn in (DAY, WEEK, YEAR) if turn % self.step == 0 and turn > self.step)

    @property
    def clock(self) -> tuple[int, Ticks]:
        """How rows follow each other, as ``to_series`` wants it."""
        return self.step, self.ticks

    @property
    def n_future(self) -> int:
        """Channels that are known in advance, F."""
        of_calendar = calendar_features(np.zeros(1, np.int64), self.step)[1] if self.has_calendar else ()
        return len(self.future) + len(of_calendar)

    def fit(self, series: Series, *, before: int) -> WindowEncoder:
        """Itself, knowing channels and scale of the rows ``before`` a moment; DataError for a constant target."""
        self.channels, self.step, self.ticks = series.names, series.step, series.ticks
        values = series.values[series.times() < before]
        self.scaler.fit(values)
        for name, column in zip(self.targets, values.T, strict=False):
            known = column[np.isfinite(column)]
            if len(known) and (known == known[0]).all():
                raise DataError(
                    f"{name}: {known[0]:g} in all {len(known):,} rows to train on found, a target that changes "
                    "expected: there is nothing to learn, and no error to measure forecasts by."
                )
        return self

    def align(self, series: Series) -> Series:
        """The channels that it was fitted on, in their order, of any other ``series`` of the same frequency.

        A category that does not occur is zero, one that is new is left out: nothing was learned of it.

        Raises
        ------
        DataError
            Where a channel is not there, or rows follow at another frequency.
        """
        if series.step != self.step:
            raise DataError(
                f"a row every {format_duration(series.step)} found, every {format_duration(self.step)} expected, as in "
                "training. Bring the rows to that frequency first."
            )
        known = {name.split(_CATEGORY)[0] for name in series.names if _CATEGORY in name}
        missing = [name for name in self.channels if name not in series.names and name.split(_CATEGORY)[0] not in known]
        if missing:
            raise DataError(
                f"columns {', '.join(series.names)} found, {', '.join(missing)} expected too: the model was trained "
                "with them. Give the same columns as in training."
            )
        absent = [name for name in self.channels if name not in series.names]
        zeros = np.zeros((len(series), len(absent)))
        whole = replace(series, values=np.column_stack([series.values, zeros]), names=(*series.names, *absent))
        return whole.pick(self.channels)

    def prepare(self, series: Series) -> Prepared:
        """All rows of a ``series`` with its channels, filled and scaled once, however many windows are cut of them."""
        filled = fill_gaps(series.values, series.offsets, most=self.most_gap)
        past = np.nan_to_num(self.scaler.transform(filled), nan=0.0)
        places = [self.channels.index(name) for name in self.future]
        parts = [past[:, places]]
        if self.has_calendar:
            parts.append(calendar_features(series.moments(), self.step)[0])
        return Prepared(past=past, future=np.ascontiguousarray(np.column_stack(parts), dtype=np.float32))

    def cut(self, prepared: Prepared, origins: np.ndarray) -> dict[str, Windows]:
        """What models read of the windows of ``origins``."""
        span = self.span
        inputs = {"past": Windows(values=prepared.past, starts=origins + 1 - span.context, length=span.context)}
        if prepared.future.shape[1]:
            inputs["future"] = Windows(values=prepared.future, starts=origins + 1, length=span.horizon)
        return inputs

    def cut_targets(self, prepared: Prepared, origins: np.ndarray) -> Windows:
        """What is to be forecast from ``origins``, scaled."""
        targets = np.ascontiguousarray(prepared.past[:, : self.n_targets])
        span = self.learned
        return Windows(values=targets, starts=origins + span.first_step, length=span.n_steps)

    def state(self) -> tuple[dict[str, Any], list[str], Arrays]:
        """Settings (JSON), words (none) and arrays: all that ``from_state`` needs."""
        settings = {
            "kind": "windows",
            "channels": list(self.channels),
            "future": list(self.future),
            "n_targets": self.n_targets,
            "context": self.span.context,
            "horizon": self.span.horizon,
            "first_step": self.span.first_step,
            "most_gap": self.most_gap,
            "step": self.step,
            "ticks": [self.ticks.kind, self.ticks.day, self.ticks.shift],
            "has_calendar": self.has_calendar,
            "learns_path": self.learns_path,
        }
        return settings, [], self.scaler.state()

    @classmethod
    def from_state(cls, settings: Mapping[str, Any], arrays: Arrays) -> WindowEncoder:
        """The encoder again, from what ``state`` gave; ArtifactError where that does not belong together."""
        check_fields(settings, _FIELDS, where="the encoding in card.json")
        channels, future = settings["channels"], settings["future"]
        n, shapes = len(channels), {name: array.shape for name, array in arrays.items()}
        is_sound = (
            shapes == {"mean": (n,), "scale": (n,)}
            and all(isinstance(name, str) for name in channels)
            and len(set(channels)) == n
            and 1 <= settings["n_targets"] <= n
            and 1 <= settings["first_step"] <= settings["horizon"]
            and min(settings["context"], settings["step"]) >= 1
            and settings["most_gap"] >= 0
            and set(future) <= set(channels)
            and all(np.isfinite(array).all() for array in arrays.values())
            and (arrays["scale"] > 0).all()
        )
        if not is_sound:
            raise ArtifactError("card.json: an encoding that does not fit its arrays found. Get the folder again.")
        span = Span(context=settings["context"], horizon=settings["horizon"], first_step=settings["first_step"])
        encoder = cls(
            span=span,
            n_targets=settings["n_targets"],
            most_gap=settings["most_gap"],
            future=tuple(future),
            has_calendar=settings["has_calendar"],
            learns_path=settings["learns_path"],
        )
        encoder.channels, encoder.scaler = tuple(channels), Scaler.from_state(arrays)
        encoder.step, encoder.ticks = settings["step"], _read_ticks(settings.get("ticks", ["time", 1, 0]))
        return encoder


def _read_ticks(kept: Any) -> Ticks:
    match kept:
        case ["time" | "month" | "workday" as kind, int(day), int(shift)] if 1 <= day <= 31 and 0 <= shift < DAY:
            return Ticks(kind=kind, day=day, shift=shift)
    raise ArtifactError(f"card.json: a clock of {kept!r:.60} found. Get the folder again.")
