"""The kept row is the best on validation, ties go to the simpler, and the test is looked at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from seqloom.flow import EpochRecord, Score
from seqloom.json_files import read_json
from seqloom.studies import finish
from seqloom.studies.choice import describe_rival, keep_row
from seqloom.studies.compare import compare_families
from seqloom.studies.dataset import Part, prepare_table, tokenise_table
from seqloom.studies.finish import finish_run
from seqloom.studies.rows import Study
from seqloom.studies.run_folder import RunFolder
from seqloom.targets import read_labels
from seqloom.tasks.families import FAMILIES
from seqloom.tasks.text_classifier import TextClassifier
from seqloom.text.count import CountVectorizer
from seqloom.text.vectorise import TextVectorizer
from tests.studies.conftest import make_row


def bits(n_right: int, n: int = 100) -> np.ndarray:
    return np.arange(n) < n_right


def test_law_best_on_validation_is_kept():
    random = np.random.default_rng(0)
    for _ in range(50):
        rows = [make_row(family, bits(random.integers(0, 101))) for family in FAMILIES[:4]]
        kept = keep_row(rows)
        assert kept.value("accuracy") == max(row.value("accuracy") for row in rows)
        assert kept is next(row for row in rows if row.value("accuracy") == kept.value("accuracy"))


def test_ties_go_to_the_simpler():
    rows = [make_row("majority", bits(40)), make_row("linear", bits(90)), make_row("bag", bits(90)[::-1])]
    assert keep_row(rows).family == "linear"


def test_law_difference_is_called_one_only_where_resampling_agrees():
    """The words follow the 95 % interval of the paired difference; the oracle draws the rows again and again."""
    random = np.random.default_rng(1)
    drawn = random.integers(0, 200, (4000, 200))
    kept = bits(188, 200)
    for n_lost in (1, 3, 20, 60):
        rival = kept.copy()
        rival[:n_lost] = False
        rival[190 : 190 + n_lost // 10] = True  # and some that the kept one got wrong
        told = describe_rival(make_row("bag", rival), make_row("linear", kept))
        is_clear = np.quantile(kept[drawn].mean(axis=1) - rival[drawn].mean(axis=1), 0.025) > 0
        points = (kept.sum() - rival.sum()) / 2
        assert told == (f"loses to linear by {points:.1f} points" if is_clear else "no clear difference to linear")


def test_rival_wording():
    kept = make_row("linear", bits(100))
    assert describe_rival(kept, kept) == "kept"
    assert describe_rival(make_row("bag", bits(100)), kept) == "no clear difference to linear"
    assert describe_rival(make_row("bag", bits(50)), kept) == "loses to linear by 50.0 points"
    many = make_row("linear", bits(1000, 1000))
    assert describe_rival(make_row("bag", bits(990, 1000)), many) == "loses to linear by 1.0 point"


def test_law_another_score_keeps_another_row():
    """By macro F1, where it is defined; a row without it comes last, whatever its accuracy."""
    rows = [make_row("majority", bits(90)), make_row("linear", bits(80)), make_row("bag", bits(70))]
    scores = {"linear": 0.5, "bag": 0.75}
    for i, row in enumerate(rows):
        if row.family in scores:
            score = Score(metric="macro_f1", value=scores[row.family], n=100, who="validation")
            rows[i] = replace(row, scores=(*row.scores, score))
    assert keep_row(rows).family == "majority"
    kept = keep_row(rows, metric="macro_f1")
    assert kept.family == "bag"
    assert describe_rival(rows[1], kept, metric="macro_f1") == "25.0 points of macro F1 behind bag"


@pytest.mark.parametrize(
    ("monitor", "metric"), [("loss", "accuracy"), ("accuracy", "accuracy"), ("roc_auc", "roc_auc")]
)
def test_law_families_are_kept_by_what_epochs_are(monitor, metric):
    parts = {"train": Part(texts=None, labels=np.array(["a", "b"]))}
    assert Study(families=(), parts=parts, params={"monitor": monitor}, folder=None).metric == metric


def test_several_labels_are_kept_by_micro_f1():
    parts = {"train": Part(texts=None, labels=read_labels([["a", "b"], []]))}
    assert Study(families=(), parts=parts, folder=None).metric == "micro_f1"
    assert Study(families=(), parts=parts, params={"monitor": "macro_f1"}, folder=None).metric == "macro_f1"


@pytest.fixture
def study(table, tmp_path) -> tuple[Study, object]:
    dataset = prepare_table(table)
    folder = RunFolder(tmp_path / "run")
    folder.begin("digest")
    return Study(families=("majority", "linear"), parts=tokenise_table(dataset), folder=folder), dataset


def test_law_test_is_looked_at_once_and_for_the_kept_alone(study, monkeypatch, tmp_path):
    study, dataset = study
    asked: list[tuple[str, int]] = []
    original = TextClassifier.predict_proba

    def predict_proba(self, x):
        asked.append((self.family, len(x)))
        return original(self, x)

    monkeypatch.setattr(TextClassifier, "predict_proba", predict_proba)
    rows = [event.row for event in compare_families(study) if event.row is not None]
    assert asked == []
    outcome = finish_run(study, rows, failures={}, kept=keep_row(rows), dataset=dataset, seconds=1.0)
    assert asked == [(outcome.kept.family, len(dataset.parts.test))]
    assert [score.who for score in outcome.test_scores] == ["test"] * len(outcome.test_scores)
    metrics = read_json(tmp_path / "run" / "metrics.json")
    assert metrics["kept"] == outcome.kept.family
    assert metrics["not_trained"] == []


def test_law_validation_rows_are_what_a_row_was_scored_on(study):
    study, dataset = study
    for event in compare_families(study):
        if event.row is not None:
            assert len(event.row.is_right) == len(dataset.parts.valid)
            assert event.row.value("accuracy") == event.row.is_right.mean()
            assert {score.who for score in event.row.scores} == {"validation"}


def test_finished_rows_are_read_back_as_they_were(study):
    study, _ = study
    first = [event.row for event in compare_families(study) if event.row is not None]
    again = [event.row for event in compare_families(study) if event.row is not None]
    for before, after in zip(first, again, strict=True):
        assert after.is_resumed
        assert not before.is_resumed
        assert (before.scores, before.n_bytes, before.seconds) == (after.scores, after.n_bytes, after.seconds)
        np.testing.assert_array_equal(before.is_right, after.is_right)


def test_events_of_a_family_come_in_order(study):
    study, _ = study
    events = list(compare_families(study))
    assert [event.family for event in events] == sorted([event.family for event in events], key=study.families.index)
    for family in study.families:
        mine = [event for event in events if event.family == family]
        assert mine[0].row is None
        assert mine[0].record is None
        assert mine[-1].row is not None


def test_count_cut(study):
    study, _ = study
    row = make_row("attention", bits(90))
    texts = study.parts["train"].texts
    row.learner.encoder_ = TextVectorizer(length=8).fit(texts)
    lengths = [len(texts.tokens.row(i)) for i in range(len(texts))]
    missed = sum(max(length - 8, 0) for length in lengths) / sum(lengths)
    assert study.count_cut(row) == (sum(length > 8 for length in lengths), pytest.approx(missed), "words")
    row.learner.encoder_ = TextVectorizer(length=max(lengths)).fit(texts)
    assert study.count_cut(row) is None
    row.learner.encoder_ = CountVectorizer().fit(texts)
    assert study.count_cut(row) is None


def test_picture_shows_the_best_few():
    """Six of them, in the order of the table; one without an epoch has no curve."""
    rows = [make_row(family, bits(50 + i)) for i, family in enumerate(FAMILIES[:9])]
    record = EpochRecord(epoch=1, n_steps=1, train={"loss": 1.0, "accuracy": 0.5})
    for row in rows[:8]:
        row.learner.history_ = [record]
    assert list(finish._pick_curves(rows, metric="accuracy")) == list(FAMILIES[2:8])
