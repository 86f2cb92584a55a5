"""``seqloom predict`` and ``evaluate`` of a forecaster: the values to come, as a table and as a picture."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqloom.cli.arguments import check_picture
from seqloom.cli.console import Console, dump_json, say_count
from seqloom.cli.forecast_story import tell_coverage, tell_scores
from seqloom.cli.reading import read_measurements
from seqloom.errors import UsageError

if TYPE_CHECKING:
    from seqloom.forecasts import ForecastPredictor

__all__ = ["evaluate_ahead", "parse_levels", "predict_ahead"]


def predict_ahead(
    predictor: ForecastPredictor,
    data: str | None,
    *,
    console: Console,
    output: Path | None,
    levels: str | None,
    plot: Path | None,
) -> None:
    """Forecast what comes behind the last row of DATA.

    Parameters
    ----------
    predictor : ForecastPredictor
        Of a run folder.
    data : str or None
        A table.
    console : Console
        Where to tell it.
    output : Path or None
        A table to write; None: printed.
    levels : str or None
        Quantiles, with commas between; None: the bounds of 50, 80 and 95 %.
    plot : Path or None
        A picture to draw of the first series.
    """
    from seqloom.frames.write import write_table

    if data is None or data == "-":
        raise UsageError("no DATA found: a table with the rows behind which to forecast expected, such as recent.csv.")
    if plot is not None:
        check_picture(plot, overwrite=False)
    series, findings = read_measurements(Path(data), predictor.params, clock=predictor.encoder_.clock)
    frame = predictor.predict(series, quantile_levels=parse_levels(levels))
    if output is not None:
        write_table(frame, output)
        console.say("Wrote", f"{say_count(len(frame), 'row')} to {output}: {', '.join(frame.columns)}")
    elif console.as_json:
        for row in frame.to_dicts():
            print(dump_json({name: str(value) if name == "ds" else value for name, value in row.items()}))
    else:
        _print_table(frame)
    for finding in findings:
        print(f"seqloom: {finding.message}", file=sys.stderr)
    if plot is not None:
        _draw(predictor, series, path=plot)
        console.say("Drew", str(plot))


def parse_levels(text: str | None) -> tuple[float, ...]:
    """The quantile levels of ``--levels``; UsageError where one is no number.

    Examples
    --------
    >>> parse_levels("0.1, 0.9")
    (0.1, 0.9)
    """
    from seqloom.forecasts import LEVELS

    if text is None:
        return LEVELS
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise UsageError(f"--levels {text!r} found, numbers between 0 and 1 with commas between expected.") from None


def _print_table(frame: Any) -> None:
    """Aligned columns, moments to the minute."""
    texts = {
        name: [
            str(value)[:16] if name == "ds" else f"{value:.4g}" if isinstance(value, float) else str(value)
            for value in frame[name].to_list()
        ]
        for name in frame.columns
    }
    widths = {name: max(len(name), *map(len, column)) for name, column in texts.items()}
    print("  ".join(name.rjust(widths[name]) for name in frame.columns))
    for row in zip(*texts.values(), strict=True):
        print("  ".join(cell.rjust(width) for cell, width in zip(row, widths.values(), strict=True)))


def _draw(predictor: ForecastPredictor, series: Any, *, path: Path) -> None:
    from seqloom.report.forecasts import plot_forecast

    first = predictor.look_ahead(series)
    plot_forecast(path, past=first.past, ahead=first.ahead, bands=first.bands, title=first.name)


def evaluate_ahead(predictor: ForecastPredictor, data: Path, *, console: Console) -> None:
    """Score a saved forecaster on every row of DATA that a forecast can be made for."""
    from dataclasses import asdict

    from seqloom.tasks.forecast_rows import measure, measure_held

    series, findings = read_measurements(data, predictor.params, clock=predictor.encoder_.clock)
    times = series.times()
    answered = predictor.answer(series, since=int(times.min()), before=int(times.max()) + 1)
    aligned = predictor.encoder_.align(series)
    scores = measure(answered, aligned, encoder=predictor.encoder_, yardstick=predictor.yardstick_, who="test")
    console.say("Read", f"{len(series):,} rows of {data}")
    for finding in findings:
        console.say("", finding.message)
    tell_scores(console, scores)
    coverage = measure_held(answered, aligned, encoder=predictor.encoder_, intervals=predictor.intervals_)
    tell_coverage(console, coverage)
    console.give({"scores": [asdict(of) for of in scores], "intervals": [asdict(of) for of in coverage]})
