"""What verbs can be asked for about forecasts, with the reason for each default."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = [
    "Angles",
    "Channels",
    "Context",
    "Drop",
    "Future",
    "Horizon",
    "InputDropout",
    "Loss",
    "MaxGap",
    "NoCalendar",
    "SeriesId",
    "Steps",
    "Target",
    "TestShare",
    "Time",
]

_PANEL = "Forecasts (--target, --horizon), whole series (--series-id, --label or --target)"

Target = Annotated[
    str | None,
    typer.Option(
        "--target",
        metavar="COLUMN,...",
        help="What to forecast; with it DATA is a table of measurements over time. Several with commas between. With "
        "--series-id and no --horizon: the number to be told from each whole series. Default: none, and DATA holds "
        "texts, or whole series, with labels.",
        rich_help_panel=_PANEL,
    ),
]
Horizon = Annotated[
    str | None,
    typer.Option(
        "--horizon",
        metavar="TIME",
        help="How far ahead: 24h, 30min, 7d, 12mo of monthly rows, 5bd of working days, or a number of rows. "
        "Default: none; a forecast needs it.",
        rich_help_panel=_PANEL,
    ),
]
Context = Annotated[
    str | None,
    typer.Option(
        "--context",
        metavar="TIME",
        help="How much of the past a forecast reads. Default: five horizons, as five days for one day served well.",
        rich_help_panel=_PANEL,
    ),
]
Steps = Annotated[
    str,
    typer.Option(
        "--steps",
        metavar="path|last",
        help="All values up to the horizon, or only the one at its end.",
        rich_help_panel=_PANEL,
    ),
]
Time = Annotated[
    str | None,
    typer.Option(
        "--time",
        metavar="COLUMN",
        help="Column of the times. Default: found by name and content, split over year, month, day, hour too.",
        rich_help_panel=_PANEL,
    ),
]
SeriesId = Annotated[
    str | None,
    typer.Option(
        "--series-id",
        "--series",
        metavar="COLUMN",
        help="Column that tells several series in one table apart. With --label COLUMN (a class), or with "
        "--target COLUMN (a number) and no --horizon, DATA is a long table of whole series, a row for each step. "
        "Default: of a forecast one named unique_id, if there is one.",
        rich_help_panel=_PANEL,
    ),
]
Channels = Annotated[
    str | None,
    typer.Option(
        "--channels",
        metavar="COLUMN,...",
        help="Of whole series with a class or a number: what was measured. Default: every column that is nothing else.",
        rich_help_panel=_PANEL,
    ),
]
Future = Annotated[
    str | None,
    typer.Option(
        "--known",
        metavar="COLUMN,...",
        help="Columns whose values are known in advance (holidays, tariffs). Default: none but the calendar.",
        rich_help_panel=_PANEL,
    ),
]
Angles = Annotated[
    str | None,
    typer.Option(
        "--angle",
        metavar="COLUMN,...",
        help="Columns in degrees, read as sine and cosine, as 359 lies beside 1. Default: none.",
        rich_help_panel=_PANEL,
    ),
]
Drop = Annotated[
    str | None,
    typer.Option("--drop", metavar="COLUMN,...", help="Columns not to read. Default: none.", rich_help_panel=_PANEL),
]
NoCalendar = Annotated[
    bool,
    typer.Option(
        "--no-calendar",
        help="Do not tell the model the time of day, week and year it forecasts for. Off: it costs nothing and helps.",
        rich_help_panel=_PANEL,
    ),
]
MaxGap = Annotated[
    str | None,
    typer.Option(
        "--max-gap",
        metavar="TIME",
        help="Gaps of the target up to so long are bridged with the last value; windows over longer ones are not used. "
        "Default: a twenty-fourth of the context.",
        rich_help_panel=_PANEL,
    ),
]
Loss = Annotated[
    str | None,
    typer.Option(
        "--loss",
        metavar="mae|mse|huber|quantile",
        help="What nets make smaller; by quantile they learn how unsure they are, and intervals are wide where they "
        "are. Default: mae; of whole series with a number mse (mae, huber), as they are judged by the square error.",
        rich_help_panel=_PANEL,
    ),
]
InputDropout = Annotated[
    float | None,
    typer.Option(
        "--input-dropout",
        min=0.0,
        max=0.9,
        help="Share of channels dropped from a whole window in training (nets). Default: 0, as few stations have "
        "channels to spare.",
        rich_help_panel=_PANEL,
    ),
]
TestShare = Annotated[
    float,
    typer.Option(
        "--test-share",
        min=0.05,
        max=0.5,
        help="Share of the time, its end, that nothing is learned from and that is looked at once. A quarter: of a "
        "year a season.",
        rich_help_panel=_PANEL,
    ),
]
