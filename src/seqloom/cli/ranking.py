"""The words of ``seqloom rank``: who is training, the table, which row is kept and why, how sure it may be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from seqloom.cli.console import Console, say_bytes, say_share
from seqloom.cli.story import FIRST, remark_on_row, say_interval
from seqloom.tasks.families import SOLVED_FAMILIES

if TYPE_CHECKING:
    from seqloom.studies.rows import Event, Row, Study

__all__ = ["tell_calibration", "tell_kept", "tell_progress", "tell_table"]

_REST = f"{'macro F1':>8}{'seconds':>9}{'parameters':>12}{'size':>8}{'texts/s':>10}"


@contextmanager
def tell_progress(console: Console, study: Study) -> Iterator[Callable[[Event], None]]:
    """What is under way, while the table is not there yet.

    Parameters
    ----------
    console : Console
        Where to tell it.
    study : Study
        Its families.

    Yields
    ------
    callable
        ``tell(event)``.
    """
    metric, _ = FIRST[study.are_several]
    with console.progress(len(study.families), label="families", is_even=False) as advance:

        def tell(event: Event) -> None:
            if event.failure is not None:
                console.warn(f"{event.family} is left out: {event.failure}")
                advance(f"{event.family} failed")
            elif event.row is not None:
                advance(f"{event.family} finished with {say_share(event.row.value(metric))}")
            elif event.record is not None:
                if event.family in SOLVED_FAMILIES:
                    return  # it has no epochs
                score = say_share(event.record.valid[metric])
                advance(f"{event.family} at {score} after epoch {event.record.epoch}", 0)
            else:
                advance(f"{event.family} begins", 0)

        yield tell


def tell_table(console: Console, study: Study, rows: Sequence[Row]) -> None:
    """A line for each of ``rows``."""
    console.print()
    metric, title = FIRST[study.are_several]
    console.print(f"{'family':<13}{title:<23}{_REST}")
    for row in rows:
        scores = {score.metric: score for score in row.scores}
        first = f"{say_share(scores[metric].value):>7}  {say_interval(scores[metric])}"
        line = f"{row.family:<13}{first:<23}{say_share(scores['macro_f1'].value):>8}{row.seconds:>9.1f}"
        line += f"{row.n_parameters:>12,}{say_bytes(row.n_bytes):>8}{row.texts_per_second:>10,.0f}"
        console.print(line + remark_on_row(study, row))
    console.print()


def tell_kept(console: Console, study: Study, *, rows: Sequence[Row], kept: Row, missing: Sequence[str]) -> None:
    """Which row is kept and why, what an ensemble was made of, and which families are ``missing``, as time ran out."""
    console.say("Kept", f"{kept.family}, {_say_why(rows, kept=kept, metric=study.metric)}")
    for row in rows:
        weights = getattr(row.learner, "weights", None)
        if weights:
            parts = ", ".join(f"{100 * weight:.0f} % {name}" for name, weight in weights.items())
            worth = "" if row is kept else ": not enough better to be worth several models"
            console.say("", f"ensemble of {parts}{worth}")
    if kept.family == "majority" and len(rows) > 1:
        console.say("", "nothing learned anything that beats always saying the most frequent class")
    if missing:
        was = "was" if len(missing) == 1 else "were"
        console.say("", f"{', '.join(missing)} {was} not tried before the training ended")


def _say_why(rows: Sequence[Row], *, kept: Row, metric: str) -> str:
    singles = [row for row in rows if not hasattr(row.learner, "weights")]
    if len(rows) == 1:
        return "the only one trained"
    if kept not in singles:
        lead = 100 * (kept.value(metric) - singles[0].value(metric))
        return f"{lead:.1f} points better than {singles[0].family}, on texts that its weights were not chosen on"
    if kept is singles[0]:
        return "the best single model on validation" if len(singles) < len(rows) else "the best on validation"
    lead = 100 * (singles[0].value(metric) - kept.value(metric))
    return f"simpler than {singles[0].family}, which is better by {lead:.2f} points only"


def tell_calibration(console: Console, calibration: Mapping[str, Any]) -> None:
    """By how much the kept model's probabilities were off, and are now."""
    before, after = (100 * calibration[name]["calibration_error"] for name in ("before", "after"))
    told = f"temperature {calibration['temperature']:.2f}: probabilities off by {before:.1f} points on average before"
    console.say("Calibrated", f"{told}, {after:.1f} behind it (reliability.svg); labels stay as they are")
