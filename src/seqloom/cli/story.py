"""The words of ``seqloom train``: what was read, how each family did, which is kept, and what is next."""

from __future__ import annotations

import shlex
import statistics
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Self

from seqloom.cli.console import Console, say_bytes, say_count, say_name, say_share
from seqloom.nets.defaults import NET_DEFAULTS

if TYPE_CHECKING:
    from seqloom.flow import EpochRecord, Score
    from seqloom.frames.check import Facts
    from seqloom.studies.dataset import Dataset, Part
    from seqloom.studies.finish import Outcome
    from seqloom.studies.rows import Row, Study
    from seqloom.studies.run_folder import RunFolder
    from seqloom.text.vectors import WordVectors
    from seqloom.text.vectors.coverage import Coverage

__all__ = [
    "FIRST",
    "TableTeller",
    "name_classes",
    "remark_on_row",
    "say_interval",
    "tell_characters",
    "tell_columns",
    "tell_outcome",
    "tell_reading",
    "tell_resumed",
    "tell_tokens",
    "tell_vectors",
    "tell_verdict",
]

# Classes named on a line; of more, the largest.
_MOST_CLASSES = 8

_WIDTH_OF_FAILURE = 90

# Share of the largest class from which on accuracy says little: a model that is right as often may know nothing.
_MOST_EVEN = 0.8

# What the table shows first, and what stands over it.
FIRST = {False: ("accuracy", "validation accuracy"), True: ("micro_f1", "validation micro F1")}

# Labels that are named as the rarest.
_N_RAREST = 3


def tell_reading(console: Console, dataset: Dataset) -> None:
    """Rows, classes, lengths, what was taken for what, duplicates, leaks, and how it was split."""
    facts, parts, table = dataset.facts, dataset.parts, dataset.table
    n_classes = len({*facts["train"].classes, *facts["test"].classes})
    classes = (
        f"{say_count(n_classes, 'label')}, any number a text" if table.are_several else say_count(n_classes, "class")
    )
    console.say("Read", f"{say_count(len(table), 'text')} in {table.name}, {classes}")
    for note in dict.fromkeys(table.notes):
        console.say("", note)
    console.say("  train", _describe_part(facts["train"]))
    if len(parts.test):
        console.say("  test", _describe_part(facts["test"]))
    if dataset.n_leaks:
        what = "left out" if dataset.n_dropped else "kept in the score; --drop-leaks leaves them out"
        n = dataset.n_leaks
        console.say("", f"{say_count(n, 'test text')} also stand{'s' if n == 1 else ''} in train ({what})")
    for remark in _remark_on(facts["train"]):
        console.say("", remark)
    console.say("Split", parts.how)


def _describe_part(facts: Facts) -> str:
    words = f"{facts.words_mean:,.0f} words on average, {facts.words_min:,} to {facts.words_max:,}"
    if facts.words_min == facts.words_max:
        words = f"{say_count(facts.words_min, 'word')} each"
    if facts.labels_mean is None:
        return f"{facts.n_rows:<8,} {name_classes(facts.classes)}; {words}"
    return f"{facts.n_rows:<8,} {_describe_labels(facts)}; {words}"


def _describe_labels(facts: Facts) -> str:
    """How many labels a text has, and the labels that hardly a text has."""
    told = f"{facts.labels_mean:.1f} labels a text on average, {facts.labels_max:,} at most"
    if len(facts.classes) <= _MOST_CLASSES:
        return f"{told}: {name_classes(facts.classes)}"
    rarest = sorted(facts.classes, key=facts.classes.__getitem__)[:_N_RAREST]
    return f"{told}; the rarest {', '.join(f'{say_name(name)} {facts.classes[name]:,}' for name in rarest)}"


def name_classes(classes: Mapping[str, int]) -> str:
    """Classes and their sizes: ``neg 12,500, pos 12,500``; of many, the largest and the smallest."""
    named = [f"{say_name(name)} {count:,}" for name, count in classes.items()]
    if len(named) <= _MOST_CLASSES:
        return ", ".join(named)
    most, least = max(classes, key=classes.__getitem__), min(classes, key=classes.__getitem__)
    n_most, n_least = classes[most], classes[least]
    if n_most == n_least:
        return f"{len(named)} classes of {say_count(n_most, 'text')} each"
    return f"{len(named)} classes, from {n_least:,} ({say_name(least)}) to {n_most:,} texts ({say_name(most)})"


def _remark_on(facts: Facts) -> list[str]:
    remarks = []
    largest = max(facts.classes, key=facts.classes.__getitem__)
    share = facts.classes[largest] / sum(facts.classes.values())
    if share > _MOST_EVEN and facts.labels_mean is None:
        remarks.append(
            f"{say_share(share)} of train are {say_name(largest)}, and so right whoever always says so: accuracy says "
            "little here, macro F1 more. --monitor macro_f1 chooses by it, --class-weight balanced heeds rare classes."
        )
    if n := facts.n_duplicates:
        remarks.append(f"{say_count(n, 'text')} of train repeat{'s' * (n == 1)} an earlier one")
    if n := facts.n_conflicts:
        what = "two labels or more" if facts.labels_mean is None else "other labels in another row"
        carries, carry = f"carries {what}: nobody can learn that", f"carry {what}: nobody can learn those"
        remarks.append(f"{say_count(n, 'text')} of train {carries if n == 1 else carry}")
    if n := facts.n_blank:
        remarks.append(f"{say_count(n, 'text')} of train {'is' if n == 1 else 'are'} empty or blank (kept)")
    return remarks


def tell_tokens(console: Console, parts: Mapping[str, Part], *, seconds: float) -> None:
    """How many tokens there are, and how long that took."""
    console.say("Tokenised", f"{_describe_tokens(parts['train'])}, in {seconds:.1f} s")
    if "unlabelled" in parts:
        n_more = say_count(len(parts["unlabelled"]), "text")
        console.say(
            "", f"and {n_more} without labels, none of validation or test: {_describe_tokens(parts['unlabelled'])}"
        )


def tell_columns(console: Console, part: Part, *, min_df: int) -> None:
    """What the columns beside the texts of a training ``part`` are taken for (``min_df`` as families have it)."""
    if part.texts.columns is None:
        return
    from seqloom.text.column_encoder import ColumnEncoder

    encoder = ColumnEncoder(min_df=min_df).fit(part.texts.columns)
    n_columns, n_numbers = say_count(len(encoder.names), "column"), say_count(len(encoder.features), "number")
    console.say("Columns", f"{n_columns} beside the text as {n_numbers}, by what stands in train")
    for told in (*encoder.describe(), *encoder.remark(part.texts.columns)):
        console.say("", say_name(told, 110))


def _describe_tokens(part: Part) -> str:
    corpus = part.texts.corpus
    n_tokens = len(corpus.tokens.values)
    tokens = f"{n_tokens / 1e6:.1f} M" if n_tokens >= 1e6 else f"{n_tokens:,}"
    return f"{tokens} tokens, {len(corpus.words):,} different words"


def tell_characters(console: Console, *, unseen: float) -> None:
    """That characters are tried too, and why."""
    console.say("", f"{say_share(unseen)} of the validation words are new: characters are tried too (linear-char)")


def tell_resumed(console: Console, folder: RunFolder) -> None:
    """Whether ``folder``, begun just now, goes on with an earlier run, where ``--resume`` asked for that."""
    if folder.is_resumed:
        console.say("Resumed", f"{folder.partial}, finished families are not trained again")
    elif folder.resume:
        console.say("Resumed", f"nothing: there is no unfinished run {folder.partial}, so it begins here")


def tell_vectors(console: Console, vectors: WordVectors, *, known: Coverage) -> None:
    """What word vectors they are, what was noted when they were read, and how much of the training texts they know."""
    for note in vectors.notes:
        console.warn(f"word vectors: {note}")
    tokens, types = known.n_known_tokens / known.n_tokens, known.n_known_types / known.n_types
    console.say("Vectors", f"{say_count(len(vectors), 'word')} of width {vectors.width}")
    console.say("", f"{say_share(tokens)} of the training tokens, {say_share(types)} of the different words have one")


class TableTeller:
    """The table, a line for each family as it is finished, with progress in between.

    Parameters
    ----------
    console : Console
        Where it goes.
    study : Study
        What is told of.
    """

    def __init__(self, console: Console, study: Study) -> None:
        self.console, self.study = console, study
        self._metric, self._title = FIRST[study.are_several]
        self._stack = ExitStack()
        self._advance: Any = None

    def __enter__(self) -> Self:
        """The head of the table."""
        self.console.print()
        self.console.print(f"{'family':<12}{self._title:<24}{'macro F1':>8}{'seconds':>10}{'size':>9}")
        return self

    def __exit__(self, *problem: object) -> None:
        """No more rows; a bar that is still there is taken away, whatever happened."""
        self._stack.close()
        self.console.print()

    def begin(self, family: str) -> None:
        """A family is under way."""
        total = self.study.params["epochs"] if family in NET_DEFAULTS else 1
        self._advance = self._stack.enter_context(self.console.progress(total, label=family))

    def advance(self, record: EpochRecord) -> None:
        """An epoch is over."""
        if record.valid:
            self._advance(f"{self._title} {say_share(record.valid[self._metric])}, loss {record.valid['loss']:.3f}")

    def tell(self, row: Row) -> None:
        """A family is finished."""
        self._stack.close()
        scores = {score.metric: score for score in row.scores}
        first = f"{say_share(scores[self._metric].value):>7}  {say_interval(scores[self._metric])}"
        line = f"{row.family:<12}{first:<24}{say_share(scores['macro_f1'].value):>8}{row.seconds:>10.1f}"
        self.console.print(line + f"{say_bytes(row.n_bytes):>9}" + remark_on_row(self.study, row))

    def tell_failure(self, family: str, failure: str) -> None:
        """A family has failed."""
        self._stack.close()
        first, *more = wrap(f"failed: {failure}", _WIDTH_OF_FAILURE)
        self.console.print(f"{family:<12}{first}" + "".join(f"\n{'':<12}{line}" for line in more))


def remark_on_row(study: Study, row: Row) -> str:
    """What else there is to know of a ``row`` of the table of a ``study``, behind its figures."""
    remarks = []
    if row.compile_seconds >= 0.05 and not study.is_timed:  # there speed has a column of its own
        remarks.append(f"{row.compile_seconds:.1f} s of it compiling")
    if len(row.folds) > 1:
        remarks.append(f"folds \u00b1 {100 * statistics.stdev(row.folds):.1f}")
    if cut := study.count_cut(row):
        remarks.append(f"{say_count(cut.n_texts, 'text')} cut, {say_share(cut.share)} of all {cut.unit}")
    if row.is_resumed:
        remarks.append("found finished")
    if row.divergence:
        model: Any = getattr(row.learner, "model_", None)
        remarks.append(f"diverged {row.divergence}; kept epoch {model.best_epoch_}")
    if row.is_interrupted or row.is_cut:
        why = "stopped by Ctrl-C" if row.is_interrupted else "out of time"
        remarks.append(f"{why}, best of {say_count(len(row.learner.history_), 'epoch')} kept")
    return "   " + ", ".join(remarks) if remarks else ""


def say_interval(score: Score) -> str:
    """The 95 % interval of a share: ``(90.8-92.3)``; nothing where there is none."""
    if score.low is None or score.high is None:
        return ""
    return f"({100 * score.low:.1f}-{100 * score.high:.1f})"


def tell_verdict(
    console: Console, rows: Sequence[Row], *, kept: Row, study: Study, failures: Mapping[str, str]
) -> None:
    """Which row is ``kept``, how the others stand to it, and which families of the ``study`` Ctrl-C left out."""
    from seqloom.studies.choice import METRICS, describe_rival

    metric = study.metric
    ties = [row for row in rows if row.value(metric) == kept.value(metric)]
    by = "" if metric == "accuracy" else f" by {METRICS[metric]}"
    why = ", the only one trained" if len(rows) == 1 else f", the best on validation{by}"
    why = f", as good as {' and '.join(row.family for row in ties[1:])} and simpler" if len(ties) > 1 else why
    console.say("Kept", kept.family + why)
    for row in rows:
        if row is not kept and row.family != "majority":
            console.say("", f"{row.family}: {describe_rival(row, kept, metric=metric)}")
    if kept.family == "majority" and len(rows) > 1:
        console.say("", "nothing learned anything that beats always saying the most frequent class")
    untold = [family for family in study.families if family not in {*failures, *(row.family for row in rows)}]
    if untold:
        console.say("", f"{' and '.join(untold)}: not trained, as Ctrl-C ended the training before")


def tell_outcome(console: Console, study: Study, outcome: Outcome) -> None:
    """The test score, where everything is, and what can be done next."""
    if outcome.test_scores:
        scores = {score.metric: score for score in outcome.test_scores}
        first, f1 = scores[FIRST[study.are_several][0]], scores["macro_f1"]
        where = f"on {say_count(first.n, 'text')}, looked at once"
        told = f"{say_share(first.value)}  {say_interval(first)} {where}; macro F1 {say_share(f1.value)}"
        if study.are_several:
            told = f"micro F1 {told}; all labels of a text right {say_share(scores['accuracy'].value)}"
        console.say("Test", told)
    else:
        console.say("Test", "none: the data names its parts, and none of them is a test part (--test FILE gives one)")
    folder = study.folder.folder
    rivals = sorted(path.name for path in (folder / "rivals").iterdir()) if (folder / "rivals").exists() else []
    aside = f"; {', '.join(rivals)} in rivals/" if rivals else ""
    console.say("Saved", f"{folder}/  (card.json, metrics.json, curves.svg, weights.safetensors ...{aside})")
    named = shlex.quote(str(folder))
    console.say("Next", f'seqloom predict {named} --text "..."\nseqloom inspect {named}')
