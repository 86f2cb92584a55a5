"""What is told of a comparison of learners of series, and how their scores are said."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from seqloom.cli.console import Console, say_bytes, say_count, say_share

if TYPE_CHECKING:
    from seqloom.flow import Score
    from seqloom.studies.series_study import SeriesRow, SeriesStudy

__all__ = ["say_number", "say_score", "tell_head", "tell_outcome", "tell_parts", "tell_row", "tell_verdict"]

# Of classes and of numbers: why a family is kept, what tells equal ones apart, and what it means if the trivial is.
_BEST = {False: "the highest validation accuracy", True: "the lowest validation RMSE"}
_NEARER = {False: "surer of what is right", True: "nearer on average"}
_NOTHING = {
    False: "nothing learned tells the classes apart better than always naming the most frequent one",
    True: "nothing learned comes nearer than always saying the mean",
}


def say_score(score: Score) -> str:
    """A share with its interval: ``93.1 %  (90.2-95.3)``."""
    if score.low is None or score.high is None:
        return say_share(score.value)
    return f"{say_share(score.value)}  ({100 * score.low:.1f}-{100 * score.high:.1f})"


def say_number(score: Score) -> str:
    """A score in the unit of the numbers, with its interval: ``0.213  (0.190 to 0.241)``."""
    if score.low is None or score.high is None:
        return f"{score.value:.4g}"
    return f"{score.value:.4g}  ({score.low:.3g} to {score.high:.3g})"


def tell_parts(console: Console, study: SeriesStudy) -> None:
    """How many series are in each part."""
    told = [f"{name} {len(rows.target):,}" for name, rows in study.parts.items()]
    console.say("Split", ", ".join(told))


def tell_head(console: Console, study: SeriesStudy) -> None:
    """The head of the table."""
    console.print()
    scores = f"{'validation accuracy':<26}{'log loss':>10}"
    if study.has_numbers:
        scores = f"{'validation RMSE':<28}{'MAE':>10}{'R2':>8}"
    console.print(f"{'family':<12}{scores}{'seconds':>10}{'size':>9}")


def tell_row(console: Console, row: SeriesRow, *, has_numbers: bool) -> None:
    """A family's line of the table."""
    if has_numbers:
        scores = f"{say_number(row.score('rmse')):<28}{row.score('mae').value:>10.4g}{row.score('r2').value:>8.3f}"
    else:
        scores = f"{say_score(row.score('accuracy')):<26}{row.score('log_loss').value:>10.3f}"
    remarks = ["found finished"] * row.is_resumed + ["stopped by Ctrl-C"] * row.is_interrupted
    line = f"{row.family:<12}{scores}{row.seconds:>10.1f}{say_bytes(row.n_bytes):>9}"
    console.print(line + ("   " + ", ".join(remarks) if remarks else ""))


def tell_verdict(console: Console, study: SeriesStudy, *, rows: Sequence[SeriesRow], kept: SeriesRow) -> None:
    """Which family is kept, and why; and where nothing was learned, that.

    Parameters
    ----------
    console : Console
        Where to tell it.
    study : SeriesStudy
        Of classes or of numbers.
    rows : sequence of SeriesRow
        All of the table.
    kept : SeriesRow
        One of them.
    """
    has_numbers = study.has_numbers
    metric = "rmse" if has_numbers else "accuracy"
    same = [row.family for row in rows if row.score(metric).value == kept.score(metric).value and row != kept]
    why = f", as good as {', '.join(same)} and {_NEARER[has_numbers]}" if same else f", {_BEST[has_numbers]}"
    console.say("Kept", kept.family + (why if len(rows) > 1 else ", the only one trained"))
    if kept.family == study.trivial and len(rows) > 1:
        console.say("", _NOTHING[has_numbers])


def tell_outcome(
    console: Console, study: SeriesStudy, *, scores: Sequence[Score], rows: Sequence[SeriesRow], data: Path
) -> None:
    """The test scores, where the run lies, and what is next.

    Parameters
    ----------
    console : Console
        Where to tell it.
    study : SeriesStudy
        Its folder is whole.
    scores : sequence of Score
        On the test part.
    rows : sequence of SeriesRow
        All of the table.
    data : Path
        What can be asked about.
    """
    found = {score.metric: score for score in scores}
    if study.has_numbers:
        told = f"RMSE {say_number(found['rmse'])}, MAE {found['mae'].value:.4g}, R2 {found['r2'].value:.3f}"
        n_tested = found["rmse"].n
    else:
        told, n_tested = f"accuracy {say_score(found['accuracy'])}", found["accuracy"].n
    console.say("Test", f"{told} on {n_tested:,} series, looked at once")
    folder = study.folder.folder
    aside = f"; {say_count(len(rows) - 1, 'rival')} in rivals/" if len(rows) > 1 else ""
    console.say("Saved", f"{folder}/  (card.json, metrics.json, examples.svg ...{aside})")
    console.say("Next", f"seqloom predict {shlex.quote(str(folder))} {shlex.quote(str(data))}")
