"""Scores and confusion as a person reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seqloom.cli.console import Console, count_places, fill, say_count, say_name, say_share
from seqloom.cli.story import say_interval

if TYPE_CHECKING:
    from seqloom.studies.judge import Verdict

__all__ = ["tell_scores"]

# A confusion matrix wider than this does not fit a terminal; the most frequent mistakes are listed instead.
_MOST_COLUMNS = 8
_WIDEST = 105


def tell_scores(console: Console, verdict: Verdict) -> None:
    """Overall scores, a line for each class, and the confusion."""
    scores = {score.metric: score for score in verdict.scores}
    console.print()
    for name, words in (("accuracy", "accuracy"), ("micro_f1", "micro F1"), ("macro_f1", "macro F1")):
        if name in scores:
            remark = "  all labels of a text right" if name == "accuracy" and "micro_f1" in scores else ""
            console.print(f"{words:<12}{say_share(scores[name].value):>8}  {say_interval(scores[name])}{remark}")
    for name, words in (("hamming_loss", "Hamming"), ("log_loss", "log loss"), ("roc_auc", "ROC AUC")):
        if name in scores:
            console.print(f"{words:<12}{scores[name].value:>8.3f}")
    names = [say_name(name) for name in verdict.classes]
    wide = max(8, *map(count_places, names))
    console.print(f"\n{'class':<{wide}}{'F1':>9}{'precision':>11}{'recall':>9}{'rows':>9}")
    for name, shown, n in zip(verdict.classes, names, verdict.count_rows(), strict=True):
        shares = [scores.get(f"{metric}[{name}]") for metric in ("f1", "precision", "recall")]
        f1, precision, recall = ("-" if score is None else say_share(score.value) for score in shares)
        console.print(f"{fill(shown, wide)}{f1:>9}{precision:>11}{recall:>9}{n:>9,}")
    if verdict.confusion is None:
        return
    widths = [max(count_places(name), 6) + 2 for name in names]
    if len(names) <= _MOST_COLUMNS and wide + sum(widths) <= _WIDEST:
        _tell_matrix(console, verdict.confusion, names=names, widths=widths, wide=wide)
    else:
        _tell_mistakes(console, verdict.confusion, names)


def _tell_matrix(console: Console, confusion: np.ndarray, *, names: list[str], widths: list[int], wide: int) -> None:
    console.print()
    heads = "".join(fill(name, width, right=True) for name, width in zip(names, widths, strict=True))
    console.print(f"{'truth':<{wide}}{heads}   taken for")
    for name, row in zip(names, confusion, strict=True):
        console.print(fill(name, wide) + "".join(f"{n:>{width},}" for n, width in zip(row, widths, strict=True)))


def _tell_mistakes(console: Console, confusion: np.ndarray, names: list[str]) -> None:
    wrong = confusion - np.diag(np.diag(confusion))
    order = np.argsort(-wrong, axis=None, kind="stable")[:10]
    if wrong.any():
        console.print("\nmost frequent mistakes")
    for truth, answer in zip(*np.unravel_index(order, wrong.shape), strict=True):
        if wrong[truth, answer]:
            n = say_count(int(wrong[truth, answer]), "text")
            console.print(f"  {n} of {names[truth]} taken for {names[answer]}")
