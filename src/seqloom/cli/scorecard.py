"""Scores and confusion as a person reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seqloom.cli.console import Console, say_count, say_share
from seqloom.cli.story import say_interval

if TYPE_CHECKING:
    from seqloom.studies.judge import Verdict

__all__ = ["tell_scores"]

# A confusion matrix wider than this does not fit a terminal; the most frequent mistakes are listed instead.
_MOST_COLUMNS = 8


def tell_scores(console: Console, verdict: Verdict) -> None:
    """Overall scores, a line for each class, and the confusion."""
    scores = {score.metric: score for score in verdict.scores}
    console.print()
    for name, words in (("accuracy", "accuracy"), ("macro_f1", "macro F1")):
        console.print(f"{words:<12}{say_share(scores[name].value):>8}  {say_interval(scores[name])}")
    for name, words in (("log_loss", "log loss"), ("roc_auc", "ROC AUC")):
        if name in scores:
            console.print(f"{words:<12}{scores[name].value:>8.3f}")
    wide = max(8, *(len(name) for name in verdict.classes))
    console.print(f"\n{'class':<{wide}}{'F1':>9}{'precision':>11}{'recall':>9}{'rows':>9}")
    for name, row in zip(verdict.classes, verdict.confusion, strict=True):
        shares = [scores.get(f"{metric}[{name}]") for metric in ("f1", "precision", "recall")]
        f1, precision, recall = ("-" if score is None else say_share(score.value) for score in shares)
        console.print(f"{name:<{wide}}{f1:>9}{precision:>11}{recall:>9}{int(row.sum()):>9,}")
    console.print()
    if len(verdict.classes) <= _MOST_COLUMNS:
        _tell_matrix(console, verdict, wide=wide)
    else:
        _tell_mistakes(console, verdict)


def _tell_matrix(console: Console, verdict: Verdict, *, wide: int) -> None:
    columns = [max(len(name), 6) + 2 for name in verdict.classes]
    heads = "".join(f"{name:>{width}}" for name, width in zip(verdict.classes, columns, strict=True))
    console.print(f"{'truth':<{wide}}{heads}   taken for")
    for name, row in zip(verdict.classes, verdict.confusion, strict=True):
        console.print(f"{name:<{wide}}" + "".join(f"{n:>{width},}" for n, width in zip(row, columns, strict=True)))


def _tell_mistakes(console: Console, verdict: Verdict) -> None:
    wrong = verdict.confusion - np.diag(np.diag(verdict.confusion))
    order = np.argsort(-wrong, axis=None, kind="stable")[:10]
    console.print("most frequent mistakes")
    for truth, answer in zip(*np.unravel_index(order, wrong.shape), strict=True):
        if wrong[truth, answer]:
            n = say_count(int(wrong[truth, answer]), "text")
            console.print(f"  {n} of {verdict.classes[truth]} taken for {verdict.classes[answer]}")
