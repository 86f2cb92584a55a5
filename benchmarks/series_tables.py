"""The tables of forecasts and series as Markdown, each from the rows of one claim."""

from __future__ import annotations

from tables import Results, format_table, pick, say_ratio

__all__ = ["make_etth1_table", "make_series_table", "make_steps_table", "make_temperature_table"]


# What Chollet (2017), sections 6.3.4 to 6.3.8 and 6.4.4, tells of Jena's validation rows, 24 hours ahead.
_BOOK = {
    "last value": "2.57",
    "dense": "about 2.6",
    "GRU": "2.35",
    "GRU, dropout and recurrent dropout": "as GRU, steadier",
    "two GRUs, dropout and recurrent dropout": "a little less",
    "bidirectional GRU": "as GRU",
    "conv": "above 3.5",
    "conv, then GRU": "more than GRU",
}


def make_temperature_table(results: Results) -> str:
    """Set-ups of one station: errors on validation and test, and the default command as a whole process."""
    lines = []
    for row in pick(results, "set-up"):
        scores = [f"{row['scores'][part]:.2f}" for part in ("validation", "test")]
        lines.append([row["who"], *scores, f"{row['median']:.1f}", _BOOK.get(row["who"], "")])
    (whole,) = pick(results, "whole-process")
    lines.append([f"**{whole['who']}**", "", f"**{whole['scores']['test']:.3f}**", f"{whole['median']:.1f}", ""])
    held = ", ".join(
        f"{100 * found['share']:.0f} % held {100 * found['held']:.1f} % (width {found['width']:.2f})"
        for found in whole["facts"]["intervals"]
    )
    return (
        format_table(["mean absolute error, degrees", "validation", "test", "seconds", "the book, Jena"], lines)
        + f"\nIntervals: {held}.\n"
    )


def make_etth1_table(results: Results) -> str:
    """Mean squared errors by horizon, beside what papers report."""
    rows = results["rows"]
    reported = [name for name in rows[0]["facts"] if name.endswith("reported")]
    lines = [[rows[0]["who"], *(f"**{row['scores']['mse']:.3f}**" for row in rows)]]
    lines += [[name, *(f"{row['facts'][name]:.3f}" for row in rows)] for name in reported]
    return format_table(["mean squared error, scaled", *(row["what"] for row in rows)], lines)


def make_steps_table(results: Results) -> str:
    """Seconds of a training step over windows, and what the windows weigh."""
    ours = next(row for row in results["rows"] if row["who"] == "seqloom")
    lines = [
        [
            row["who"],
            f"{1000 * row['median']:.1f} ({1000 * row['min']:.1f}-{1000 * row['max']:.1f})",
            say_ratio(row, ours),
            f"{row['facts']['mb_of_200000_windows']:,.1f}",
            f"{row['peak_mb']:,}",
        ]
        for row in results["rows"]
    ]
    return format_table(["", "ms a step", "ratio", "MB of 200,000 windows", "peak MB"], lines)


def make_series_table(results: Results) -> str:
    """Accuracy on the test part of each set, by family."""
    lines = []
    for row in results["rows"]:
        shares = [f"{100 * row['scores'][name]:.2f} %" for name in ("mean", "lowest")]
        lines.append([row["what"], row["who"], *shares, str(row["facts"]["n_seeds"]), f"{row['max']:.1f}"])
    return format_table(["", "family", "test, mean", "lowest", "seeds", "seconds at most"], lines)
