"""The tables of ``docs/benchmarks.md`` as Markdown, each from the rows of one claim."""

from __future__ import annotations

from typing import Any

__all__ = [
    "Results",
    "format_table",
    "make_authors_table",
    "make_bits_table",
    "make_cold_table",
    "make_epoch_table",
    "make_families_table",
    "make_few_labels_table",
    "make_korean_table",
    "make_listing_table",
    "make_nets_table",
    "make_numbers_table",
    "make_rank_table",
    "make_topics_table",
    "make_train_table",
    "make_vectors_load_table",
    "make_vectors_train_table",
    "pick",
    "say_ratio",
    "say_seconds",
    "say_share",
]

Results = dict[str, Any]
Line = list[str]


def format_table(head: Line, lines: list[Line]) -> str:
    """A Markdown table; every column but the first is aligned to the right."""
    ruler = ["---"] + ["---:"] * (len(head) - 1)
    return "".join(f"| {' | '.join(line)} |\n" for line in [head, ruler, *lines])


def pick(results: Results, what: str) -> list[dict[str, Any]]:
    """The rows of one measurement, in the order they were written."""
    return [row for row in results["rows"] if row["what"] == what]


def say_seconds(row: dict[str, Any]) -> str:
    """The median with the least and the most: ``8.41 (8.20-8.73)``."""
    digits = 3 if row["median"] < 1 else 2
    return f"{row['median']:.{digits}f} ({row['min']:.{digits}f}-{row['max']:.{digits}f})"


def say_share(scores: dict[str, float], name: str) -> str:
    """A share in percent; nothing where it was not measured."""
    return f"{100 * scores[name]:.1f} %" if name in scores else ""


def say_ratio(row: dict[str, Any], base: dict[str, Any]) -> str:
    """How many times as long as ``base`` it took, by medians."""
    return f"{row['median'] / base['median']:.2f}"


def make_train_table(results: Results) -> str:
    """The default command beside scikit-learn."""
    head = ["whole process, raw folders to test score", "seconds", "CPU seconds", "peak MB", "validation", "test"]
    return format_table(
        head,
        [
            [
                row["who"],
                say_seconds(row),
                _say_cpu(row),
                f"{row['peak_mb']:,}",
                say_share(row["scores"], "validation"),
                say_share(row["scores"], "test"),
            ]
            for row in pick(results, "whole-process")
        ],
    )


def make_families_table(results: Results) -> str:
    """The families of the default command."""
    head = ["family", "seconds", "validation", "size, kB", "remark"]
    return format_table(
        head,
        [
            [
                row["who"],
                say_seconds(row),
                say_share(row["scores"], "validation"),
                f"{row['facts']['n_bytes'] / 1000:,.0f}",
                row["facts"]["remark"],
            ]
            for row in pick(results, "family")
        ],
    )


def make_listing_table(results: Results, what: str) -> str:
    """One of the three comparisons of listing 6-7; ratios to our first row and to our second."""
    rows = pick(results, what)
    cold, warm = rows[:2]
    head = ["", "seconds", "x cold", "x warm", "validation, best", "last epoch", "test"]
    lines = [
        [
            row["who"],
            say_seconds(row),
            say_ratio(row, cold),
            say_ratio(row, warm),
            *(say_share(row["scores"], name) for name in ("validation", "validation_last", "test")),
        ]
        for row in rows
    ]
    return _drop_empty_columns(head, lines)


def _drop_empty_columns(head: Line, lines: list[Line]) -> str:
    kept = [i for i in range(len(head)) if i == 0 or any(line[i] for line in lines)]
    return format_table([head[i] for i in kept], [[line[i] for i in kept] for line in lines])


def make_epoch_table(results: Results) -> str:
    """Steady epochs, where the compilation cache plays no part: the two rows of ours are two samples of one thing."""
    rows = pick(results, "epoch")
    head = ["", "milliseconds an epoch", "milliseconds a step", "ratio"]
    lines = []
    for row in rows:
        low, middle, high = (1000 * row[name] for name in ("min", "median", "max"))
        step = f"{middle / row['facts']['n_steps']:.3f}"
        lines.append([row["who"], f"{middle:.0f} ({low:.0f}-{high:.0f})", step, say_ratio(row, rows[0])])
    return format_table(head, lines)


def make_cold_table(results: Results) -> str:
    """Predictions in a fresh process."""
    head = ["fresh process", "seconds", "peak MB", "heavy libraries imported"]
    return format_table(
        head,
        [
            [row["who"], say_seconds(row), f"{row['peak_mb']:,}", ", ".join(row["facts"]["imports"]) or "none"]
            for row in pick(results, "cold-process")
        ],
    )


def make_bits_table(results: Results) -> str:
    """What two processes wrote."""
    head = ["family", "card.json", "vocabulary.json", "weights.safetensors"]
    return format_table(
        head,
        [[row["who"], *(_say_digest(row["facts"], name) for name in head[1:])] for row in pick(results, "same-bits")],
    )


def _say_digest(facts: dict[str, Any], name: str) -> str:
    return f"equal, `{facts['sha256'][name][:12]}`" if facts["equal"][name] else "**differs**"


def make_numbers_table(results: Results) -> str:
    """Raw texts to arrays; ratios to the first of each measurement, which is ours."""
    head = ["", "", "seconds", "x", "CPU seconds", "x", "peak MB"]
    lines = []
    for what in dict.fromkeys(row["what"] for row in results["rows"]):
        rows = pick(results, what)
        cpu = [sorted(row["cpu_seconds"])[len(row["cpu_seconds"]) // 2] for row in rows]
        lines += [
            [
                what if row is rows[0] else "",
                row["who"],
                say_seconds(row),
                say_ratio(row, rows[0]),
                f"{spent:.1f}",
                f"{spent / cpu[0]:.2f}",
                f"{row['peak_mb']:,}",
            ]
            for row, spent in zip(rows, cpu, strict=True)
        ]
    return format_table(head, lines)


def make_vectors_load_table(results: Results) -> str:
    """A vector file loaded."""
    rows = pick(results, "load")
    head = ["GloVe text, 400,000 x 100", "seconds", "CPU seconds", "ratio", "peak MB"]
    return format_table(head, [_say_run(row, rows[0]) for row in rows])


def make_vectors_train_table(results: Results) -> str:
    """Word vectors trained and scored."""
    rows = pick(results, "train")
    head = ["75,000 reviews, 30,000 words, width 100", "seconds", "CPU seconds", "ratio", "peak MB", "WordSim-353",
            "SimLex-999", "analogies", "king - man + woman"]  # fmt: skip
    return format_table(
        head,
        [
            [
                *_say_run(row, rows[0]),
                *(f"{row['scores'][name]:.3f}" for name in ("wordsim353", "simlex999")),
                say_share(row["scores"], "analogies"),
                " and ".join(sorted(set(row["facts"]["first"]))),
            ]
            for row in rows
        ],
    )


def make_few_labels_table(results: Results) -> str:
    """Mean and spread of the test accuracy over the seeds, a column for each number of labels."""
    sizes = list(dict.fromkeys(row["what"] for row in results["rows"]))
    found = {(row["who"], row["what"]): row["scores"] for row in results["rows"]}
    lines = [
        [who, *(_say_spread(found[who, size]) if (who, size) in found else "" for size in sizes)]
        for who in dict.fromkeys(row["who"] for row in results["rows"])
    ]
    return format_table(["test accuracy, mean of 5 seeds", *(f"{size} labels" for size in sizes)], lines)


def _say_spread(scores: dict[str, float]) -> str:
    return f"{say_share(scores, 'test')} (± {100 * scores['spread']:.1f})"


def make_korean_table(results: Results) -> str:
    """Korean reviews, whole processes; ratios to the first, which is ours."""
    rows = pick(results, "whole-process")
    head = ["NSMC, whole process, CSV to test score", "seconds", "CPU seconds", "ratio", "peak MB", "test"]
    return format_table(head, [[*_say_run(row, rows[0]), say_share(row["scores"], "test")] for row in rows])


def make_rank_table(results: Results) -> str:
    """All families of a ranking, as it ordered them."""
    lines = []
    for row in pick(results, "family"):
        facts = row["facts"]
        who = row["who"] + (", kept" if facts["kept"] else "") + (", out of time" if facts["is_cut"] else "")
        shares = [say_share(row["scores"], name) for name in ("validation", "test")]
        lines.append([who, *shares, f"{row['median']:.1f}", f"{facts['texts_per_second']:,}"])
    (whole,) = pick(results, "whole-process")
    lines.append(["the whole process", "", "", f"{whole['median']:.1f}", ""])
    return format_table(["", "validation", "test", "seconds", "texts a second"], lines)


def make_nets_table(results: Results) -> str:
    """Epochs of nets; ratios to ours at the same feed."""
    lines = []
    for what in dict.fromkeys(row["what"] for row in results["rows"]):
        rows = pick(results, what)
        ours = next(row for row in rows if row["who"] == "seqloom")
        for row in rows:
            named = what if row is rows[0] else ""
            lines.append(
                [named, row["who"], say_seconds(row), say_ratio(row, ours), say_share(row["scores"], "validation")]
            )
    return format_table(["", "", "seconds an epoch", "ratio", "validation"], lines)


def make_topics_table(results: Results) -> str:
    """Public sets with the default command: each family on validation, the kept one on the test."""
    head = ["", "family", "validation", "test"]
    lines = [[row["what"], row["who"], *(say_share(row["scores"], n) for n in head[2:])] for row in results["rows"]]
    return format_table(head, lines)


def make_authors_table(results: Results) -> str:
    """Log loss and accuracy of every sentence, answered once."""
    head = ["19,579 sentences in five folds", "log loss", "accuracy"]
    scores = {row["who"]: row["scores"] for row in results["rows"]}
    return format_table(head, [[w, f"{s['log_loss']:.3f}", say_share(s, "accuracy")] for w, s in scores.items()])


def _say_run(row: dict[str, Any], base: dict[str, Any]) -> Line:
    """Who, seconds, CPU seconds, how many times as long as ``base``, and peak memory."""
    return [row["who"], say_seconds(row), _say_cpu(row), say_ratio(row, base), f"{row['peak_mb']:,}"]


def _say_cpu(row: dict[str, Any]) -> str:
    return f"{sorted(row['cpu_seconds'])[len(row['cpu_seconds']) // 2]:.1f}"
