"""What a run keeps, trained once more on all rows, and told; ``train`` and ``rank`` end with it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from seqloom.cli.console import Console, say_count

if TYPE_CHECKING:
    from seqloom.studies.rows import Row, Study

__all__ = ["refit"]


def refit(
    console: Console, study: Study, *, rows: Sequence[Row], kept: Row, left: Callable[[], float] = lambda: math.inf
) -> None:
    """Train the nets of the ``kept`` row again, in the seconds that ``left`` gives, and say which and which not."""
    from seqloom.studies.refit import refit_kept

    for done in refit_kept(study, rows, kept=kept, left=left):
        if done.obstacle is None:
            n_epochs = say_count(done.n_epochs, "epoch")
            told = f"on all {say_count(done.n_rows, 'text')} for {n_epochs}, in {done.seconds:.1f} s"
            console.say("Refitted", f"{done.family} {told}; scores above are those of before")
        else:
            console.say("", f"{done.family} is not refitted on all {say_count(done.n_rows, 'text')}: {done.obstacle}")
