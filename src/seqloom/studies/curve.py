"""How many labels does it take? Families fitted on ever larger samples, several times each, and scored on one test.

A point is a family, a number of labels and a seed. Each fit holds its own validation part out of its sample, so a point
says what somebody with that many labels and no more would have got. The test part is the same for all points, and all
of them look at it: good for comparing sizes, not for choosing a model and then quoting its score.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from seqloom.errors import SeqloomError, UsageError
from seqloom.scores.confusion import accuracy, confusion_matrix, macro_f1
from seqloom.studies.curve_folder import CurveFolder, Point
from seqloom.studies.dataset import Part, choose_unlabelled
from seqloom.studies.subsets import nest_rows
from seqloom.targets import encode_labels, find_classes
from seqloom.tasks.text_classifier import TextClassifier

__all__ = ["CurveEvent", "CurveRow", "CurveStudy", "run_curve", "score_most_frequent"]


@dataclass(frozen=True, kw_only=True)
class CurveStudy:
    """What a learning curve is made of.

    Parameters
    ----------
    families : sequence of str
        What to fit.
    sizes : sequence of int
        Numbers of labels, ascending, none larger than the pool.
    seeds : sequence of int
        One for each repetition.
    parts : mapping of str to Part
        ``train``, rows to draw samples from, and ``test``, rows to score on, of one corpus, so that it is tokenised
        once; ``unlabelled`` where there are texts without labels.
    params : mapping
        Constructor arguments of the learners, but for ``family`` and ``random_state``. Whatever a ``TextClassifier``
        takes can be given here: nothing else of a study knows of it.
    folder : CurveFolder
        Begun.
    """

    families: Sequence[str]
    sizes: Sequence[int]
    seeds: Sequence[int]
    parts: Mapping[str, Part]
    params: Mapping[str, Any] = field(default_factory=dict)
    folder: CurveFolder


@dataclass(frozen=True, kw_only=True)
class CurveRow:
    """A family at a number of labels, over all seeds.

    Parameters
    ----------
    family : str
        Its name.
    size : int
        Labels.
    points : tuple of Point
        One for each seed.
    n_found : int
        How many of them an earlier start had finished.
    """

    family: str
    size: int
    points: tuple[Point, ...]
    n_found: int = 0

    def mean(self, metric: str) -> float:
        """The mean of a metric over the seeds."""
        return float(np.mean([getattr(point, metric) for point in self.points]))

    def deviation(self, metric: str) -> float:
        """The sample standard deviation of a metric over the seeds; NaN for a single one."""
        values = [getattr(point, metric) for point in self.points]
        return float(np.std(values, ddof=1)) if len(values) > 1 else float("nan")


@dataclass(frozen=True, kw_only=True)
class CurveEvent:
    """Something to tell: a family begins at a size, a ``point`` is finished, or all seeds of both are (``row``)."""

    family: str
    size: int
    point: Point | None = None
    row: CurveRow | None = None


def run_curve(study: CurveStudy) -> Iterator[CurveEvent]:
    """Fit every family on every size with every seed, telling what happens; finished points are not fitted again.

    Parameters
    ----------
    study : CurveStudy
        Families, sizes, seeds, rows.

    Yields
    ------
    CurveEvent
        From the smallest size up; the last one of each family and size carries its row.

    Raises
    ------
    UsageError
        Where the smallest sample would have texts of one class only.
    SeqloomError
        Where a fit fails; says which.
    """
    orders = {seed: nest_rows(study.parts["train"].labels, seed=seed) for seed in study.seeds}
    _check_smallest(study, orders)
    for size in study.sizes:
        for family in study.families:
            yield CurveEvent(family=family, size=size)
            points, n_found = [], 0
            for seed in study.seeds:
                point = study.folder.read_point(family, size=size, seed=seed)
                n_found += point is not None
                if point is None:
                    point = _fit_point(study, family, rows=orders[seed][:size], seed=seed)
                    study.folder.write_point(point)
                points.append(point)
                yield CurveEvent(family=family, size=size, point=point)
            yield CurveEvent(
                family=family, size=size, row=CurveRow(family=family, size=size, points=tuple(points), n_found=n_found)
            )


def _check_smallest(study: CurveStudy, orders: Mapping[int, np.ndarray]) -> None:
    for order in orders.values():
        labels = study.parts["train"].labels[order]
        second = int((labels != labels[0]).argmax())  # where the second class comes in
        if second >= study.sizes[0]:
            raise UsageError(
                f"--sizes {study.sizes[0]}: a sample as small has texts of one class only, as the classes are of very "
                f"different size. Give at least {second + 1}."
            )


def _fit_point(study: CurveStudy, family: str, *, rows: np.ndarray, seed: int) -> Point:
    """One family fitted on some rows of the pool and scored on the test part."""
    began = time.perf_counter()
    pool, test = study.parts["train"], study.parts["test"]
    learner = TextClassifier(family=family, **{**study.params, "random_state": seed})
    try:
        learner.fit(pool.texts.take(rows), pool.labels[rows], unlabelled=choose_unlabelled(study.parts, learner))
        if learner.is_interrupted_:  # Ctrl-C ends a net with its best epoch so far: not the point that was asked for
            raise KeyboardInterrupt
        answer = learner.predict(test.texts)
    except SeqloomError as problem:
        raise type(problem)(f"{family} with {len(rows):,} labels, seed {seed}: {problem}") from problem
    # over all classes of the data: one that the sample lacks is never answered, and counts against it
    classes = find_classes(np.concatenate([pool.labels, test.labels]))
    truth = encode_labels(test.labels, classes)
    confusion = confusion_matrix(truth, encode_labels(answer, classes), n_classes=len(classes))
    return Point(
        family=family,
        size=len(rows),
        seed=seed,
        n_classes=len(learner.classes_),
        accuracy=accuracy(confusion),
        macro_f1=macro_f1(confusion),
        seconds=time.perf_counter() - began,
        compile_seconds=sum(record.compile_seconds for record in learner.history_),
    )


def score_most_frequent(study: CurveStudy) -> float:
    """The test accuracy of always saying the most frequent class of the pool: what any point must beat."""
    classes, counts = np.unique(study.parts["train"].labels, return_counts=True)
    return float(np.mean(study.parts["test"].labels == classes[counts.argmax()]))
