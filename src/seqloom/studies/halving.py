"""Whose turn it is to train when time is short: everybody once, then the better half twice as long, and so on."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

__all__ = ["Contender", "take_turns"]

# Share of the time in which first epochs may begin: what is left must let the best of them become good.
_FIRST_SHARE = 0.6

# A first epoch may take so many times what the shortest took: less would cut a net before it has begun to learn, as
# texts are encoded and programs compiled first.
_PATIENCE = 2.0


class Contender(Protocol):
    """What takes turns: something trained by epochs."""

    @property
    def n_epochs(self) -> int:
        """Epochs behind it."""

    @property
    def is_over(self) -> bool:
        """Whether it has ended by itself."""

    @property
    def accuracy(self) -> float:
        """How good it is so far."""

    @property
    def epoch_seconds(self) -> float:
        """What another epoch will take, once it has an epoch behind it."""


Runner = TypeVar("Runner", bound=Contender)


def take_turns(contenders: Sequence[Runner], *, left: Callable[[], float]) -> Iterator[tuple[Runner, float]]:
    """Contenders in the order in which each should train for one more epoch; who takes this trains it in between.

    First everybody trains for an epoch. Then the better half goes on until they have twice as many, and again, until
    one is left, which trains until it is over. If there still is time, those that were left behind go on, too, the
    best first: an ensemble has use for them. No epoch is begun that would not be over in time, as far as is known. A
    first epoch, of which nothing is known, is cut short where it takes more than its share of the time for first ones,
    but is given twice what the shortest took. Where not even that one would fit, no other is begun until the end.

    Parameters
    ----------
    contenders : sequence of Contender
        The cheapest first, as those at the end are not begun when time runs out.
    left : callable
        ``left()``: the seconds that training may still take.

    Yields
    ------
    tuple
        The one whose turn it is, and the seconds that its epoch may take.

    Source: Jamieson and Talwalkar (2016), Non-stochastic Best Arm Identification and Hyperparameter Optimization
    (successive halving).
    """
    begun: list[Runner] = []
    at_first, shortest = left(), 0.0
    for i, contender in enumerate(contenders):
        before = left()
        rest = before - (1 - _FIRST_SHARE) * at_first if math.isfinite(before) else math.inf
        if min(before, rest) <= 0 or (len(begun) > 1 and rest < shortest):  # one alone may have been the slowest
            break
        share = max(rest / (len(contenders) - i), min(_PATIENCE * shortest, rest)) if begun else rest
        yield contender, min(share, before)
        begun.append(contender)
        spent = before - left()
        shortest = min(shortest, spent) if len(begun) > 1 else spent
    field, n_epochs = list(begun), 1
    while len(field) > 1:
        field = _rank(field)[: (len(field) + 1) // 2]
        n_epochs *= 2
        for contender in field:
            yield from _train(contender, n_epochs=n_epochs, left=left)
    for contender in (*_rank(begun), *contenders[len(begun) :]):
        if contender.n_epochs or left() > shortest:
            yield from _train(contender, n_epochs=math.inf, left=left)


def _rank(contenders: Sequence[Runner]) -> list[Runner]:
    """The best first; of equals the one that was first."""
    return sorted(contenders, key=lambda contender: -contender.accuracy)


def _train(contender: Runner, *, n_epochs: float, left: Callable[[], float]) -> Iterator[tuple[Runner, float]]:
    """Turn after turn, until it has so many epochs, is over, or another would not be over in time."""
    while contender.n_epochs < n_epochs and not contender.is_over and left() >= contender.epoch_seconds:
        yield contender, left()
