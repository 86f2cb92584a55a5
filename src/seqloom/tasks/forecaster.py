"""What comes next? Values of one or several series, some rows ahead, with intervals."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from itertools import pairwise
from typing import Any, Self

import numpy as np

from seqloom.errors import DataError, UsageError
from seqloom.flow import Encoded, EpochRecord, Score, Series
from seqloom.forecasts import LEVELS, Answered, answer_origins, forecast_ahead, read_series
from seqloom.learner.learner import AbstractLearner, Checkpoint
from seqloom.scores.conformal import fit_intervals
from seqloom.series.durations import count_rows
from seqloom.series.encode import Prepared, WindowEncoder
from seqloom.series.windows import Span, cut_times, find_origins

__all__ = ["Forecaster"]

# The context where none is asked for, in horizons: five days for one, the chapter's.
_CONTEXT_HORIZONS = 5

# A gap as long as this share of the context is bridged where nothing else is asked for: one hour of a day.
_GAP_SHARE = 24


class Forecaster(AbstractLearner):
    """Values to come, from a table of measurements.

    TODO
    """

    task = "forecaster"

    def __init__(
        self,
        family: str = "ridge",
        *,
        target: str | Sequence[str] | None = None,
        context: str | int | None = None,
        horizon: str | int | None = None,
        steps: str = "path",
        time: str | None = None,
        series_id: str | None = None,
        future: Sequence[str] = (),
        angles: Sequence[str] = (),
        drop: Sequence[str] = (),
        calendar: bool = True,
        max_gap: str | int | None = None,
        units: int | None = None,
        layers: int | None = None,
        bidirectional: bool = False,
        dropout: float | None = None,
        recurrent_dropout: float | None = None,
        kernel_size: int | None = None,
        loss: str | None = None,
        optimizer: str = "adam",
        learning_rate: float | None = None,
        epochs: int | None = None,
        batch_size: int | None = None,
        patience: int | None = 3,
        budget: float | None = None,
        devices: int | None = None,
        validation_split: float = 1 / 3,
        random_state: int = 0,
    ) -> None:
        self.family = family
        self.target = target
        self.context = context
        self.horizon = horizon
        self.steps = steps
        self.time = time
        self.series_id = series_id
        self.future = future
        self.angles = angles
        self.drop = drop
        self.calendar = calendar
        self.max_gap = max_gap
        self.units = units
        self.layers = layers
        self.bidirectional = bidirectional
        self.dropout = dropout
        self.recurrent_dropout = recurrent_dropout
        self.kernel_size = kernel_size
        self.loss = loss
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.batch_size = batch_size
        self.patience = patience
        self.budget = budget
        self.devices = devices
        self.validation_split = validation_split
        self.random_state = random_state

    def fit(self, frame: Any) -> Self:
        """Train one family, and calibrate its intervals.

        Parameters
        ----------
        frame : DataFrame, mapping of str to sequence, or Series
            Measurements with their times; all of it may be learned from, so what is to test the model stays out. The
            last ``validation_split`` of the time is held out: its first half chooses, its second half calibrates.

        Returns
        -------
        self
            Fitted: ``model_``, ``encoder_``, ``intervals_``, ``history_``, ``findings_`` (what was odd in the rows),
            ``season_`` and, of the rows that chose, ``scores_``.
        """
        series, findings = read_series(frame, self.get_params())
        list(self.fit_epochs(series))
        self.findings_ = findings
        self._warn_diverged()
        return self

    def fit_epochs(
        self, series: Series, *, cuts: np.ndarray | None = None, checkpoint: Checkpoint | None = None
    ) -> Generator[EpochRecord, bool | None, None]:
        """Train one family as ``fit`` does, giving each epoch's record as it comes.

        Parameters
        ----------
        series : Series
            Targets first.
        cuts : ndarray, ``[4] int64``, optional
            Where the training rows begin, those that choose, and those that calibrate, and where these end: what comes
            then is not looked at. By default all of the time, by ``validation_split``.
        checkpoint : tuple, optional
            Of an earlier, interrupted run of the same fit, from ``model_.checkpoint()``.

        Yields
        ------
        EpochRecord
            One for each epoch; none for a model that has no epochs.
        """
        recipe = self.recipe()
        vars(self).pop("encoder_", None)  # not fitted until this fit is through
        held = self.validation_split / 2
        cuts = cut_times(series, (1 - 2 * held, held, held)) if cuts is None else cuts
        encoder = self.make_encoder(series).fit(series, before=int(cuts[1]))
        origins = self.find_parts(series, encoder=encoder, cuts=cuts)
        prepared = encoder.prepare(series)
        train, chosen, calibrated = (self._encode(encoder, prepared, part) for part in origins)
        self.model_ = recipe.model(encoder, encoder.n_targets)
        yield from self._train(train, chosen, checkpoint=checkpoint)
        answers = [answer_origins(series, part, encoder=encoder, answer=self.model_.predict) for part in origins[1:]]
        self.valid_ = answers[0]
        self.intervals_ = fit_intervals(answers[1].truth, answers[1].forecast)
        self.scores_ = self._metrics(answers[0], series, who="validation")
        self.encoder_ = encoder
        if recipe.refit:
            everything = np.concatenate(origins)
            self.model_ = self.model_.for_refit()
            encoded = self._encode(encoder, prepared, everything)
            list(self.model_.fit(encoded, encoded, plan=self._plan()))
        names = ("n_train", "n_validation", "n_calibration")
        self.data_ = {**dict(zip(names, map(len, origins), strict=True)), "refit_on_all": recipe.refit}

    def find_parts(self, series: Series, *, encoder: WindowEncoder, cuts: np.ndarray) -> list[np.ndarray]:
        """The origins of each part of time between the ``cuts``; DataError where one has none."""
        found = []
        for name, (since, before) in zip(("train on", "choose on", "calibrate on"), pairwise(cuts), strict=False):
            origins = self.find_origins(series, encoder=encoder, since=int(since), before=int(before))
            if not len(origins):
                span, n = encoder.span, int(((series.times() >= since) & (series.times() < before)).sum())
                raise DataError(
                    f"{len(series):,} rows found, {n:,} of them to {name}, and none is the last of a context of "
                    f"{span.context:,} rows with {span.horizon:,} measured ones behind it. Give more rows, or a shorter "
                    "context or horizon."
                )
            found.append(origins)
        return found

    @staticmethod
    def find_origins(series: Series, *, encoder: WindowEncoder, since: int, before: int) -> np.ndarray:
        """The origins whose targets lie in a part of time; see ``series.windows``."""
        return find_origins(
            series,
            encoder.span,
            n_targets=encoder.n_targets,
            most_gap=encoder.most_gap,
            since=since,
            before=before,
        )

    @staticmethod
    def _encode(encoder: WindowEncoder, prepared: Prepared, origins: np.ndarray) -> Encoded:
        return Encoded(inputs=encoder.cut(prepared, origins), target=encoder.cut_targets(prepared, origins))

    def make_encoder(self, series: Series) -> WindowEncoder:
        """Not fitted; UsageError for a span that cannot be."""
        if self.horizon is None:
            raise UsageError("no horizon found: say how far ahead to forecast, as horizon='24h' or in rows.")
        if self.steps not in ("path", "last"):
            raise UsageError(f"steps {self.steps!r} found, path or last expected.")
        horizon = count_rows(self.horizon, series.step, name="horizon")
        wanted = _CONTEXT_HORIZONS * horizon if self.context is None else self.context
        context = count_rows(wanted, series.step, name="context")
        gap = (
            max(1, context // _GAP_SHARE)
            if self.max_gap is None
            else count_rows(self.max_gap, series.step, name="max_gap")
        )
        unknown = [name for name in self.future if name not in series.names]
        if unknown:
            raise UsageError(f"future {', '.join(unknown)} found, some of {', '.join(series.names)} expected.")
        return WindowEncoder(
            span=Span(context=context, horizon=horizon, first_step=horizon if self.steps == "last" else 1),
            n_targets=self._count_targets(),
            most_gap=gap,
            future=tuple(self.future),
            has_calendar=self.calendar,
        )

    def _count_targets(self) -> int:
        return 1 if self.target is None or isinstance(self.target, str) else len(self.target)

    def predict(self, frame: Any, *, quantile_levels: Sequence[float] | None = LEVELS) -> Any:
        """The values behind the last measured row of each series in ``frame``, as a table.

        Parameters
        ----------
        frame : DataFrame, mapping of str to sequence, or Series
            At least as many rows as the context; the columns that it was trained with.
        quantile_levels : sequence of float or None
            Quantiles beside the forecast; by default the bounds of 50, 80 and 95 %. None: none.

        Returns
        -------
        polars.DataFrame
            See ``forecasts.forecast_ahead``.
        """
        self._check_fitted()
        series, _ = read_series(frame, self.get_params(), step=self.encoder_.step)
        return forecast_ahead(
            series,
            encoder=self.encoder_,
            answer=self.model_.predict,
            intervals=self.intervals_,
            levels=quantile_levels,
        )

    def answer(self, series: Series, *, since: int, before: int) -> Answered:
        """Forecasts from every origin whose targets lie in a part of time, beside what came."""
        self._check_fitted()
        series = self.encoder_.align(series)
        origins = self.find_origins(series, encoder=self.encoder_, since=since, before=before)
        return answer_origins(series, origins, encoder=self.encoder_, answer=self.model_.predict)

    def evaluate(self, frame: Any, *, since: int | None = None, who: str = "test") -> tuple[Score, ...]:
        """All scores of the forecasts from every origin of ``frame``.

        Parameters
        ----------
        frame : DataFrame, mapping of str to sequence, or Series
            Measurements, with the columns that it was trained with.
        since : int, optional
            Microseconds since 1970: targets before are not asked for, contexts may reach back.
        who : str
            The part's name in the scores.
        """
        series, _ = read_series(frame, self.get_params(), step=self.encoder_.step)
        times = series.times()
        answered = self.answer(series, since=int(times.min()) if since is None else since, before=int(times.max()) + 1)
        return self._metrics(answered, series, who=who)
