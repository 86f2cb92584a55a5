"""The words of a comparison of forecasters: what was read, how it is parted, how each did, and what is next."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from seqloom.cli.console import Console, say_bytes, say_count, say_name, say_share

if TYPE_CHECKING:
    from seqloom.artifact import Artifact
    from seqloom.flow import Score, Series
    from seqloom.scores.conformal import Coverage
    from seqloom.studies.finish_forecast import ForecastOutcome
    from seqloom.studies.forecasting import ForecastRow, ForecastStudy

__all__ = [
    "say_error",
    "say_time",
    "tell_coverage",
    "tell_forecaster",
    "tell_outcome",
    "tell_parts",
    "tell_reading",
    "tell_row",
    "tell_scores",
    "tell_verdict",
]

# The first so many things that were found in the rows are told; all of them stand in metrics.json.
_MOST_FINDINGS = 12


def tell_reading(console: Console, series: Series, findings: Sequence[Any], *, name: str) -> None:
    """Rows, clock, channels, and what was odd in the table ``name``: the ``series`` and its ``findings``."""
    from seqloom.series.durations import format_duration

    moments = series.moments()
    how_many = f"{say_count(len(series.ids), 'series')[:-2]}, " if len(series.ids) > 1 else ""
    since, until = say_time(moments.min()), say_time(moments.max())
    told = f"{how_many}{len(series):,} rows of {name}, one every {format_duration(series.step)}, {since} to {until}"
    console.say("Read", told)
    console.say("", f"{say_count(len(series.names), 'channel')}: {', '.join(say_name(name) for name in series.names)}")
    for finding in findings[:_MOST_FINDINGS]:
        console.say("", finding.message)
    if len(findings) > _MOST_FINDINGS:
        console.say("", f"and {len(findings) - _MOST_FINDINGS} more, in metrics.json")


def tell_parts(console: Console, study: ForecastStudy) -> None:
    """How the time of a ``study`` is parted, and what a window is."""
    from seqloom.tasks.forecast_rows import make_encoder
    from seqloom.tasks.forecaster import Forecaster

    series, times = study.series, study.series.times()
    for word, name, since, before in zip(
        ("Split", "", "", ""),
        ("train", "choose", "calibrate", "test"),
        study.cuts[:-1],
        study.cuts[1:],
        strict=True,
    ):
        n = int(((times >= since) & (times < before)).sum())
        console.say(word, f"{name:<10}{n:>9,} rows from {say_time(series.ticks.moments(since))}")
    span = make_encoder(Forecaster(**study.params).get_params(), series).span
    ahead = (
        f"the one {say_count(span.horizon, 'row')} ahead" if span.n_steps == 1 else f"the next {span.horizon:,} rows"
    )
    console.say("Windows", f"{span.context:,} rows are known, {ahead} are forecast; no target is seen by two parts")


def tell_row(console: Console, row: ForecastRow) -> None:
    """A line of the table."""
    mae, rmse, skill = (row.score(name) for name in ("mae", "rmse", "skill"))
    remarks = []
    if row.compile_seconds >= 0.05:
        remarks.append(f"{row.compile_seconds:.1f} s of it compiling")
    if row.is_resumed:
        remarks.append("found finished")
    if row.divergence:
        remarks.append(f"diverged {row.divergence}")
    if row.is_interrupted:
        remarks.append("stopped by Ctrl-C")
    told = say_share(round(skill.value, 4) + 0.0)  # never -0.0 %
    line = f"{row.family:<12}{say_error(mae):<26}{rmse.value:>9.4g}{told:>9}{row.seconds:>10.1f}"
    console.print(line + f"{say_bytes(row.n_bytes):>9}" + ("   " + ", ".join(remarks) if remarks else ""))


def tell_verdict(console: Console, rows: Sequence[ForecastRow], *, kept: ForecastRow) -> None:
    """Which of the ``rows`` is ``kept``."""
    from seqloom.tasks.forecast_families import NAIVE

    console.say("Kept", f"{kept.family}, the least validation error" + (", the only one trained" * (len(rows) == 1)))
    if members := getattr(kept.learner, "members", None):
        console.say("", f"the mean of {' and '.join(members)}")
    if kept.family in NAIVE and len(rows) > 1:
        console.say("", "nothing learned beats the naive forecast on validation")


def tell_outcome(console: Console, study: ForecastStudy, outcome: ForecastOutcome) -> None:
    """The test score beside the naive, what its intervals held, where everything is, and what can be done next."""
    tell_scores(console, outcome.test_scores, remark=", looked at once")
    skill = next(score for score in outcome.test_scores if score.metric == "skill")
    against = f"the best naive forecast ({outcome.naive}, MAE {outcome.naive_error:.4g})"
    if skill.value > 0:
        console.say("", f"{say_share(skill.value)} less error than {against}")
    else:
        console.say("", f"no better than {against}: what was learned did not hold in a season it never saw")
    tell_coverage(console, outcome.coverage)
    folder = study.folder.folder
    rivals = sorted(path.name for path in (folder / "rivals").iterdir()) if (folder / "rivals").exists() else []
    aside = f"; {', '.join(rivals)} in rivals/" if rivals else ""
    console.say("Saved", f"{folder}/  (card.json, metrics.json, forecast.svg, weights.safetensors ...{aside})")
    named = shlex.quote(str(folder))
    console.say("Next", f"seqloom predict {named} recent.csv\nseqloom backtest {named} all.csv --cutoffs 8")


def tell_scores(console: Console, scores: Sequence[Score], *, remark: str = "") -> None:
    """The ``scores`` on test rows, of all steps and targets together; ``remark`` stands behind their number."""
    by_name = {score.metric: score for score in scores}
    mae, rmse, mase = by_name["mae"], by_name["rmse"].value, by_name["mase"].value
    console.say("Test", f"MAE {say_error(mae)} on {mae.n:,} forecasts{remark}; RMSE {rmse:.4g}, MASE {mase:.3g}")


def tell_coverage(console: Console, coverage: Sequence[Coverage]) -> None:
    """What intervals held, and how wide they were."""
    told = ", ".join(f"{100 * c.share:.0f} % held {say_share(c.held)} (width {c.width:.4g})" for c in coverage)
    console.say("Intervals", f"{told}, each moved by what had come by then")


def say_error(score: Score) -> str:
    """An error with its interval: ``2.14  (2.08-2.20)``."""
    if score.low is None or score.high is None:
        return f"{score.value:.4g}"
    return f"{score.value:.4g}  ({score.low:.4g}-{score.high:.4g})"


def say_time(microseconds: Any) -> str:
    """A moment for a person: ``2014-12-31 23:00``."""
    from datetime import UTC, datetime

    return datetime.fromtimestamp(int(microseconds) / 1e6, tz=UTC).strftime("%Y-%m-%d %H:%M")


def tell_forecaster(console: Console, artifact: Artifact, metrics: Mapping[str, Any] | None) -> None:
    """What the card of a forecaster says, and its rivals, of the ``metrics`` of its run where there are some."""
    from seqloom.series.durations import format_duration

    card = artifact.card
    encoding, data = card.encoding, card.data
    channels, n_targets = encoding["channels"], encoding["n_targets"]
    console.say("Model", f"{card.family} (forecaster) of {', '.join(map(say_name, channels[:n_targets]))}")
    refitted = ", then refitted on all of them" if data.get("refit_on_all") else ""
    parts = (
        f"{data['n_train']:,} forecasts, chosen on {data['n_validation']:,}, calibrated on {data['n_calibration']:,}"
    )
    console.say("Trained on", parts + refitted)
    span = f"{encoding['context']:,} rows, one every {format_duration(encoding['step'])}"
    ahead = "the one" if encoding["first_step"] == encoding["horizon"] else "all up to"
    console.say("Reads", f"{span}; forecasts {ahead} {encoding['horizon']:,} rows ahead")
    console.say("Channels", ", ".join(map(say_name, channels)))
    if artifact.members:
        console.say("Members", ", ".join(artifact.members))
    for who in ("validation", "test"):
        found = {score.metric: score for score in card.scores if score.who == who}
        if found:
            told = f"MAE {say_error(found['mae'])}, RMSE {found['rmse'].value:.4g}"
            skill = say_share(found["skill"].value)
            console.say(who.capitalize(), f"{told}, skill {skill} on {found['mae'].n:,} forecasts")
    for place, row in enumerate(metrics["rows"] if metrics else ()):
        mae = next(score["value"] for score in row["scores"] if score["metric"] == "mae")
        kept = "  kept" if metrics and row["family"] == metrics["kept"] else ""
        console.say("" if place else "Compared", f"{row['family']:<12}MAE {mae:.4g}{kept}")
