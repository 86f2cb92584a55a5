"""All families of a study trained within a budget of time; ``choice`` says which to keep."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from seqloom.errors import TrainingError
from seqloom.studies.folds import cross_validate
from seqloom.studies.halving import take_turns
from seqloom.studies.rows import Event, Row, Study
from seqloom.studies.selection import MOST_MEMBERS
from seqloom.studies.training import Training
from seqloom.tasks.families import BASELINES, SOLVED_FAMILIES

__all__ = ["Budget", "rank_families", "time_to_refit"]

# Seconds that a family solved in one go takes, for one that linear takes (IMDB: 17 to 29 s; linear-char 64, lsa 14
# to 45).
_COST_OF_LINEAR = {"linear-char": 4.0, "lsa": 1.5}

# Share of the budget that nobody plans with: what is learned of epochs and answers is known to some per cent.
_SLACK = 0.03

# Seconds to save a net (its forward pass is exported, its folder written), and for the pictures and the end of it all.
_SAVING_SECONDS, _CLOSING_SECONDS = 2.0, 2.0


@dataclass(frozen=True, kw_only=True)
class Budget:
    """Time to spend, by a clock.

    Parameters
    ----------
    seconds : float
        In all, from ``began`` on.
    clock : callable
        Seconds of a clock that only goes forward.
    began : float
        What it said at the beginning; by default now, by the default clock.
    """

    seconds: float
    clock: Callable[[], float] = time.perf_counter
    began: float = field(default_factory=time.perf_counter)

    def left(self) -> float:
        """Seconds that are left, but for the slack; below 0 where it is overspent."""
        return self.seconds * (1 - _SLACK) - (self.clock() - self.began)


def rank_families(study: Study, *, budget: Budget | None = None) -> Iterator[Event]:
    """Train the families of a study, telling what happens; finished ones of a resumed run are not trained again.

    Without a budget each is trained until it is over, as by ``compare_families``. With one, the baselines come first
    and are always finished, whatever they take; nets then take turns (see ``halving``), and what cannot be finished
    in the time that is left is not begun.

    Parameters
    ----------
    study : Study
        Families, the simplest first, rows, and in how many folds. With folds each family is fitted on all rows behind
        them, and nets share the time equally, as it cannot be told before the last fold who is the better half.
    budget : Budget or None
        Time to spend; the ensemble, the test and saving are to come out of it, too.

    Yields
    ------
    Event
        The last of each family that was begun carries its row. After Ctrl-C families under way end with their best
        epoch, and no other is begun.

    Raises
    ------
    KeyboardInterrupt
        After Ctrl-C before anything but the trivial rival was learned.
    """
    contest = _Contest(study, budget=budget)
    try:
        yield from contest.run()
    except KeyboardInterrupt:
        yield from contest.save_what_is_there()


class _Contest:
    """The families of a study under way."""

    def __init__(self, study: Study, *, budget: Budget | None) -> None:
        self.study, self.budget = study, budget
        self.begun: dict[str, Training] = {}
        self.rows: dict[str, Row] = {}

    def run(self) -> Iterator[Event]:
        """Baselines, what else is solved in one go, and nets."""
        solved = [family for family in self.study.families if family in SOLVED_FAMILIES]
        nets = [family for family in self.study.families if family not in SOLVED_FAMILIES]
        for family in solved:
            if self._affords(family):
                yield from self._train(family)
        if self.study.n_folds:
            for i, family in enumerate(nets):
                if (left := self._left()) > 0:
                    share = None if self.budget is None else left / (len(nets) - i)
                    yield from self._cross_validate(family, budget=share)
        elif self.budget is None:
            for family in nets:
                yield from self._train(family)
        else:
            yield from self._take_turns([Training(self.study, family) for family in nets])

    def save_what_is_there(self) -> Iterator[Event]:
        """After Ctrl-C: those with an epoch behind them end with the best one."""
        for family, training in self.begun.items():
            if family not in self.rows and (row := training.rescue()) is not None:
                yield self._tell(row)
        if self.rows.keys() <= {"majority"}:
            raise KeyboardInterrupt

    def _affords(self, family: str) -> bool:
        """Whether a family that cannot be stopped half-way would be over in time, by what linear took."""
        if family in BASELINES:
            return True
        linear = self.rows.get("linear")
        return self._left() > (linear.seconds * _COST_OF_LINEAR[family] if linear else 0)

    def _train(self, family: str) -> Iterator[Event]:
        """One family until it is over."""
        if self.study.n_folds:
            yield from self._cross_validate(family, budget=None)
            return
        training = self.begun[family] = Training(self.study, family)
        yield Event(family=family)
        while not training.is_over:
            yield from self._advance(training)
        if training.row is not None and family not in self.rows:  # it was found finished
            yield self._tell(training.row)

    def _cross_validate(self, family: str, *, budget: float | None) -> Iterator[Event]:
        """One family in all folds."""
        yield Event(family=family)
        try:
            yield self._tell(cross_validate(self.study, family, budget=budget))
        except TrainingError as problem:
            yield Event(family=family, failure=str(problem))

    def _take_turns(self, trainings: Sequence[Training]) -> Iterator[Event]:
        """Nets against each other and the clock."""
        for training, seconds in take_turns(trainings, left=self._left):
            if training.family not in self.begun:
                self.begun[training.family] = training
                yield Event(family=training.family)
            if training.row is not None:
                yield self._tell(training.row)
            else:
                yield from self._advance(training, seconds=seconds)
        for training in trainings:
            if training.family in self.begun and not training.is_over:
                yield self._tell(training.finish())

    def _advance(self, training: Training, *, seconds: float = math.inf) -> Iterator[Event]:
        """An epoch of a family, or its end."""
        try:
            record = training.advance(seconds=seconds)
        except TrainingError as problem:  # its learning rate does not suit these data; the others' may
            yield Event(family=training.family, failure=str(problem))
            return
        if record is not None:
            yield Event(family=training.family, record=record)
        elif training.row is not None:
            yield self._tell(training.row)
            if training.row.is_interrupted:
                raise KeyboardInterrupt

    def _tell(self, row: Row) -> Event:
        self.rows[row.family] = row
        return Event(family=row.family, row=row)

    def _left(self) -> float:
        """Seconds that are left: nets are yet to be saved, the best of them refitted, and the best few tested."""
        if self.budget is None:
            return math.inf
        nets = [training for family, training in self.begun.items() if family not in SOLVED_FAMILIES]
        saving = sum(_SAVING_SECONDS + training.closing_seconds for training in nets if not training.is_over)
        n_valid, n_test = len(self.study.parts["valid"]), len(self.study.parts.get("test", ()))
        slowest = sorted((training.answer_seconds for training in nets), reverse=True)[:MOST_MEMBERS]
        best = max(nets, key=lambda training: training.accuracy, default=None)
        refit = 0.0 if best is None else best.refit_seconds
        return self.budget.left() - _CLOSING_SECONDS - saving - refit - sum(slowest) * n_test / n_valid


def time_to_refit(study: Study, kept: Row, *, budget: Budget | None) -> Callable[[], float]:
    """``left()``: the seconds that nets of the kept row may still train, as it is yet to be tested and saved.

    Parameters
    ----------
    study : Study
        Its test rows are counted.
    kept : Row
        Its speed was measured.
    budget : Budget or None
        Of the ranking.

    Returns
    -------
    callable
        Without a budget it always gives infinity.
    """
    if budget is None:
        return lambda: math.inf
    n_models = len(getattr(kept.learner, "members", (kept,)))
    testing = len(study.parts.get("test", ())) / max(kept.texts_per_second, 1.0)
    return lambda: budget.left() - _CLOSING_SECONDS - n_models * _SAVING_SECONDS - testing
