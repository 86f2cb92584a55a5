"""What comes next? Values of one or several series, some rows ahead, with intervals."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any, Self

import numpy as np

from seqloom.artifact import Artifact
from seqloom.flow import Arrays, EpochRecord, Plan, Recipe, Score, Series
from seqloom.forecasts import LEVELS, Answered, answer_origins, answer_part, forecast_ahead, pack_answer, read_series
from seqloom.learner.learner import AbstractLearner, Checkpoint
from seqloom.scores.conformal import fit_intervals
from seqloom.scores.forecast import errors_by_step
from seqloom.series.windows import cut_times
from seqloom.tasks.forecast_families import list_recipes, plan_training
from seqloom.tasks.forecast_rows import encode_windows, find_parts, find_yardstick, make_encoder, measure
from seqloom.tasks.restored import restore_forecaster

__all__ = ["Forecaster"]


class Forecaster(AbstractLearner):
    """Values to come, with intervals, from a table of measurements.

    Parameters
    ----------
    family : str
        ``last``, ``seasonal``, ``drift``, ``mean``: the naive, which learn nothing. ``ridge``: all lags of all
        channels, solved exactly, the default because it takes seconds and few nets beat it. ``nlinear``: each target
        from its own lags, for long contexts and horizons. ``trees``: boosted, on few lags. ``dense``, ``conv``,
        ``rnn``, ``gru``, ``lstm``, ``conv-gru``, ``conv-lstm``, ``attention``: nets, which begin as the last value.
    target : str, sequence of str or None
        Columns to forecast. None: ``y`` if there is one, else the only column of numbers.
    context : str, int or None
        Of the past that is read, in words (``5d``) or rows. None: five horizons.
    horizon : str, int or None
        How far ahead: ``24h``, ``7d``, ``12mo`` of monthly rows, or a number of rows. It must be given.
    steps : {"path", "last"}
        All values up to the horizon, or only the one at its end.
    time, series_id : str or None
        Columns of the times, and of the names of several series in one table. None: found.
    future : sequence of str
        Columns that are known in advance, such as holidays.
    angles : sequence of str
        Columns in degrees, read as sine and cosine.
    drop : sequence of str
        Columns to leave unread.
    calendar : bool
        Whether time of day, week and year of the rows to come are told.
    max_gap : str, int or None
        Gaps of a target up to so long are bridged by the last value; windows over longer ones are not used. None: a
        twenty-fourth of the context.
    units, layers, dropout, kernel_size : int, float or None
        Sizes of nets; None: the family's own.
    bidirectional : bool or None
        Whether recurrent layers read backwards too.
    recurrent_dropout, input_dropout : float or None
        Share of state units dropped on their way to the next step; of channels, from a whole window (nets).
    loss : {"mae", "mse", "huber", "quantile"}
        What nets make smaller. ``mae``, as it is what the tables tell. ``quantile``: they learn how unsure they are,
        and intervals are wide where they are (the forecast is the median).
    optimizer : str
        Keras's name (nets).
    learning_rate, epochs : float, int or None
        Of these at most (nets). None: by family.
    batch_size : int
        Rows of a step (nets).
    patience : int or None
        Epochs without a better validation loss before training stops (nets).
    budget : float or None
        Seconds of training at most (nets). A run cut by it is not repeatable bit for bit.
    devices : int or None
        Cores that share each step (nets). None: as many as the net's work is worth.
    schedule : {"constant", "cosine", "linear"}
        How the learning rate comes down, to zero at the last of ``epochs`` (nets). ``constant``, as averaged weights
        are as good without.
    weight_decay : float or None
        Share of itself, times the learning rate, that a weight loses in a step (nets).
    clip_norm : float or None
        Length that a step's gradient is cut back to (nets).
    average_epochs : float or None
        Epochs over which the weights that answer are averaged (nets). None: by family.
    validation_split : float
        Share of the time, its end, that is held out: its first half chooses, its second half calibrates intervals.
    random_state : int
        Of weights, shuffling and dropout.

    Examples
    --------
    >>> from seqloom.series.sample import simulate_station
    >>> frame = simulate_station(60)
    >>> model = Forecaster(target="temperature (degC)", context="2d", horizon="6h").fit(frame)
    >>> model.predict(frame).columns
    ['ds', 'forecast', 'q0.025', 'q0.1', 'q0.25', 'q0.75', 'q0.9', 'q0.975']

    Source: Chollet (2017), Deep Learning with Python, section 6.3.
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
        bidirectional: bool | None = None,
        dropout: float | None = None,
        recurrent_dropout: float | None = None,
        kernel_size: int | None = None,
        input_dropout: float | None = None,
        loss: str = "mae",
        optimizer: str = "adam",
        learning_rate: float | None = None,
        epochs: int | None = None,
        batch_size: int = 128,
        patience: int | None = 3,
        budget: float | None = None,
        devices: int | None = None,
        schedule: str = "constant",
        weight_decay: float | None = None,
        clip_norm: float | None = None,
        average_epochs: float | None = None,
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
        self.input_dropout = input_dropout
        self.loss = loss
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.batch_size = batch_size
        self.patience = patience
        self.budget = budget
        self.devices = devices
        self.schedule = schedule
        self.weight_decay = weight_decay
        self.clip_norm = clip_norm
        self.average_epochs = average_epochs
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
            and, of the rows that chose, ``scores_``.
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
        encoder = make_encoder(self.get_params(), series).fit(series, before=int(cuts[1]))
        parts = find_parts(series, encoder.span, encoder=encoder, cuts=cuts)
        learned = find_parts(series, encoder.learned, encoder=encoder, cuts=cuts)
        prepared = encoder.prepare(series)
        self.yardstick_ = find_yardstick(encoder, prepared, origins=learned[0])
        self.model_ = recipe.model(encoder, encoder.n_targets)
        train, chosen = (encode_windows(encoder, prepared, origins=part) for part in learned[:2])
        yield from self._train(train, chosen, checkpoint=checkpoint)
        chose, calibrated = (
            answer_origins(series, part, encoder=encoder, answer=self.model_.predict) for part in parts[1:]
        )
        self.chosen_, self.calibrated_ = chose, calibrated
        self.intervals_ = fit_intervals(calibrated.truth, calibrated.forecast, spread=calibrated.spread)
        self.scores_ = measure(chose, series, encoder=encoder, yardstick=self.yardstick_, who="validation")
        self.errors_ = errors_by_step(chose.truth, chose.forecast)
        self.encoder_ = encoder
        if recipe.refit:
            everything = encode_windows(encoder, prepared, origins=np.concatenate(learned))
            self.model_ = self.model_.for_refit()
            list(self.model_.fit(everything, everything, plan=self._plan()))
        counts = zip(("n_train", "n_validation", "n_calibration"), map(len, parts), strict=True)
        self.data_ = {**dict(counts), "refit_on_all": recipe.refit}

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
        series, _ = read_series(frame, self.get_params(), clock=self.encoder_.clock)
        parts = {"encoder": self.encoder_, "answer": self.model_.predict, "intervals": self.intervals_}
        return forecast_ahead(series, levels=quantile_levels, **parts)

    def answer(self, series: Series, *, since: int, before: int) -> Answered:
        """Forecasts from every origin whose targets lie in a part of time, beside what came."""
        self._check_fitted()
        return answer_part(series, encoder=self.encoder_, answer=self.model_.predict, since=since, before=before)

    def evaluate(self, frame: Any, *, who: str = "test") -> tuple[Score, ...]:
        """All scores of the forecasts from every origin of ``frame``; ``who`` is the part's name in them."""
        self._check_fitted()
        series, _ = read_series(frame, self.get_params(), clock=self.encoder_.clock)
        times = series.times()
        answered = self.answer(series, since=int(times.min()), before=int(times.max()) + 1)
        series = self.encoder_.align(series)
        return measure(answered, series, encoder=self.encoder_, yardstick=self.yardstick_, who=who)

    def _candidates(self) -> Mapping[str, Recipe]:
        return list_recipes(self.get_params())

    def _plan(self) -> Plan:
        return plan_training(self.get_params())

    def _plain_params(self) -> Mapping[str, Any]:
        return {name: list(v) if isinstance(v, tuple) else v for name, v in self.get_params().items()}

    def _answer_arrays(self) -> Arrays:
        return pack_answer(self.intervals_, self.yardstick_)

    def _describe_answer(self) -> dict[str, Any]:
        return {"season": self.yardstick_.season}

    def _restore(self, artifact: Artifact) -> None:
        restored = restore_forecaster(artifact)
        self.encoder_, self.model_ = restored.encoder, restored.model
        self.intervals_, self.yardstick_ = restored.intervals, restored.yardstick
        self.scores_, self.data_ = tuple(artifact.card.scores), dict(artifact.card.data)
        self.history_ = [EpochRecord(**record) for record in artifact.history]
