"""Turns under a fake clock: the time is kept, the better go on, and no epoch is begun that would not be over."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqloom.studies.halving import take_turns


@dataclass
class Runner:
    """Learns as it was told to: ``curve[i]`` behind epoch ``i + 1``, then it is over."""

    name: str
    curve: list[float]
    seconds: float
    n_epochs: int = 0
    is_over: bool = False
    epoch_seconds: float = 0.0

    @property
    def accuracy(self) -> float:
        return max(self.curve[: self.n_epochs], default=0.0)


def run(runners: list[Runner], seconds: float) -> tuple[list[str], float]:
    """The order of the turns, and what they took."""
    spent, turns = [0.0], []
    for runner, most in take_turns(runners, left=lambda: seconds - sum(spent)):
        assert not runner.is_over
        turns.append(runner.name)
        if runner.n_epochs == len(runner.curve):
            runner.is_over = True  # it is found out by asking for another epoch, which costs nothing
            continue
        spent.append(min(runner.seconds, most))
        runner.n_epochs += 1
        runner.epoch_seconds = runner.seconds
    return turns, sum(spent)


def test_better_half_goes_on_twice_as_long():
    a, b, c, d = (Runner(name, [level] * 50, 1.0) for name, level in zip("abcd", (0.6, 0.9, 0.7, 0.8), strict=True))
    turns, _ = run([a, b, c, d], 13)
    assert "".join(turns) == "abcd" + "b" + "d" + "bb" + "b" * 5
    turns, _ = run([Runner("only", [0.5] * 3, 1.0)], 100)
    assert turns == ["only"] * 4


def test_those_left_behind_go_on_when_there_is_time():
    runners = [Runner(name, [level] * 3, 1.0) for name, level in zip("abc", (0.6, 0.9, 0.7), strict=True)]
    turns, spent = run(runners, 1000)
    assert all(runner.is_over and runner.n_epochs == 3 for runner in runners)
    assert spent == 9
    assert "".join(turns) == "abc" + "b" + "c" + "b" + "b" + "c" + "c" + "aaa"


@pytest.mark.parametrize("left", [0.0, -5.0])
def test_without_time_nobody_begins(left):
    assert run([Runner("a", [0.5], 1.0)], left) == ([], 0.0)


def test_what_would_not_be_over_is_not_begun():
    cheap, dear, last = Runner("cheap", [0.5] * 9, 4.0), Runner("dear", [0.9] * 9, 5.0), Runner("last", [0.9] * 9, 4.0)
    turns, spent = run([cheap, dear, last], 14)  # behind two, none of the 8.4 seconds for first epochs is left
    assert turns == ["cheap", "dear", "dear"]
    assert spent == pytest.approx(13.4)  # the first epoch of the dear one was cut at 4.4
    assert last.n_epochs == 0


def test_late_comers_leave_time_for_the_better_ones():
    """First epochs begin in the first 60 % of the time only."""
    runners = [Runner(f"r{i}", [0.1 * i] * 50, 1.0) for i in range(9)]
    run(runners, 10)
    assert [runner.n_epochs > 0 for runner in runners] == [True] * 6 + [False] * 3


def test_a_dear_first_epoch_is_cut_to_its_share():
    """60 of 100 seconds are for first epochs: 1, then 20 of the 59 for three, then 1 and 1."""
    runners = [Runner(name, [0.5] * 50, price) for name, price in zip("abcd", (1.0, 500.0, 1.0, 1.0), strict=True)]
    taken: dict[str, float] = {}
    for runner, most in take_turns(runners, left=lambda: 100 - sum(taken.values())):
        if runner.n_epochs == 1:
            break
        taken[runner.name] = min(runner.seconds, most)
        runner.n_epochs += 1
    assert taken == {"a": 1.0, "b": pytest.approx(59 / 3), "c": 1.0, "d": 1.0}


@given(
    st.lists(st.tuples(st.floats(0.1, 30), st.integers(1, 6), st.floats(0, 1)), min_size=1, max_size=8),
    st.floats(0, 300),
)
def test_law_time_is_kept(drawn, seconds):
    """Whatever an epoch costs: known ones are not begun too late, unknown ones are cut."""
    runners = [Runner(str(i), [level] * n, price) for i, (price, n, level) in enumerate(drawn)]
    turns, spent = run(runners, seconds)
    assert spent <= seconds + 1e-9
    assert bool(turns) == (seconds > 0)
    if seconds >= 2.5 * sum(price * n for price, n, _ in drawn):
        assert all(runner.is_over for runner in runners)


def test_equals_go_by_their_order():
    turns, _ = run([Runner("a", [0.5] * 9, 1.0), Runner("b", [0.5] * 9, 1.0)], math.inf)
    assert turns[:3] == ["a", "b", "a"]
