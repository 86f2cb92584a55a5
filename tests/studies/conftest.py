"""Rows of a study made by hand, and a learner whose answers are known."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from seqloom.flow import Score
from seqloom.frames.table import make_table
from seqloom.studies.rows import Row
from tests.cli.reviews import make_reviews


class StubLearner:
    """Answers what it was told to, and counts how often it was asked."""

    history_ = ()

    def __init__(self) -> None:
        self.n_asked = 0


def make_row(family: str, is_right, **more) -> Row:
    """A row with the accuracy that ``is_right`` says."""
    is_right = np.asarray(is_right, dtype=bool)
    accuracy = Score(metric="accuracy", value=float(is_right.mean()), n=len(is_right), who="validation")
    return Row(
        family=family,
        learner=StubLearner(),
        scores=(accuracy,),
        is_right=is_right,
        seconds=0.0,
        compile_seconds=0.0,
        probability=np.stack([~is_right, is_right], axis=1).astype(np.float32),
        n_bytes=1,
        **more,
    )


@pytest.fixture
def table():
    """Sixty labelled texts."""
    texts, labels = zip(*make_reviews(60), strict=True)
    return make_table(pl.Series(texts), labels=pl.Series(labels))
