"""Which row is kept, what a budget leaves undone, and that nothing finished is trained again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import seqloom
from seqloom.errors import DataError, TrainingError, UsageError
from seqloom.json_files import read_json
from seqloom.studies.blending import blend_rows
from seqloom.studies.choice import keep_row, order_rows
from seqloom.studies.dataset import prepare_table, tokenise_table
from seqloom.studies.finish import finish_run
from seqloom.studies.folds import check_folds
from seqloom.studies.rank import Budget, rank_families
from seqloom.studies.rows import Row, Study
from seqloom.studies.run_folder import RunFolder
from seqloom.studies.training import Training
from seqloom.tasks.families import ENSEMBLE
from seqloom.tasks.text_classifier import TextClassifier
from tests.studies.conftest import make_row

SHORT = {"epochs": 3, "length": 16, "width": 4, "patience": None}


def row(family: str, n_right: int, n: int = 5000, *, first: int = 0) -> Row:
    """A row that gets ``n_right`` rows right, from ``first`` on."""
    return make_row(family, np.roll(np.arange(n) < n_right, first))


def test_rows_are_ordered_by_accuracy_and_equals_by_simplicity():
    rows = [row("bag", 4000), row(ENSEMBLE, 4500), row("linear", 4000), row("majority", 2500), row("embedding", 4500)]
    assert [r.family for r in order_rows(rows)] == ["embedding", ENSEMBLE, "linear", "bag", "majority"]


@pytest.mark.parametrize(
    ("linear", "bag", "kept"),
    [(4600, 4600, "linear"), (4600, 4605, "linear"), (4600, 4606, "bag"), (4605, 4600, "linear"), (4000, 4600, "bag")],
)
def test_a_tiny_lead_buys_no_complexity(linear, bag, kept):
    """0.1 points of 5,000 rows are 5."""
    assert keep_row([row("majority", 2500), row("linear", linear), row("bag", bag)]).family == kept


@pytest.mark.parametrize(
    ("n_right", "first", "is_kept"),
    [
        (4650, 0, True),  # 1.0 points better, and wrong nowhere else
        (4609, 0, False),  # 0.18 points: not worth two models
        (4610, 0, True),  # 0.2 points
        (4620, 400, False),  # 0.4 points, but the two differ in 800 rows: chance
        (4600, 0, False),
        (4500, 0, False),
    ],
)
def test_an_ensemble_must_earn_its_cost(n_right, first, is_kept):
    rows = [row("majority", 2500), row("linear", 4600), row("bag", 4590), row(ENSEMBLE, n_right, first=first)]
    assert keep_row(rows).family == (ENSEMBLE if is_kept else "linear")


@pytest.fixture
def make_study(table, tmp_path):
    """``make_study(families)``: begun, or gone on with."""
    parts = tokenise_table(prepare_table(table))

    def make(families=("majority", "linear", "bag", "embedding"), *, resume: bool = False, **more) -> Study:
        folder = RunFolder(tmp_path / "run", resume=resume)
        folder.begin("digest")
        params = {**SHORT, **more.pop("params", {})}
        return Study(families=families, parts=parts, params=params, folder=folder, is_calibrated=True, **more)

    return make


def finished(events) -> list[Row]:
    return [event.row for event in events if event.row is not None]


def test_budget_too_short_for_anything_still_yields_the_baselines(make_study):
    study = make_study(("majority", "linear", "linear-char", "lsa", "bag", "embedding"))
    rows = finished(rank_families(study, budget=Budget(seconds=0.001)))
    assert [row.family for row in rows] == ["majority", "linear"]


@pytest.mark.slow
def test_without_a_budget_everything_is_trained_to_its_end(make_study):
    rows = {row.family: row for row in finished(rank_families(make_study()))}
    assert list(rows) == ["majority", "linear", "bag", "embedding"]
    assert [len(rows[family].learner.history_) for family in ("bag", "embedding")] == [3, 3]
    assert not any(row.is_cut for row in rows.values())


def test_law_turns_change_no_bit(make_study):
    """A net that was paused while others trained is the net that was not."""
    study = make_study()
    rows, parts = finished(rank_families(study, budget=Budget(seconds=1e6))), study.parts
    for ranked in rows:
        alone = TextClassifier(family=ranked.family, **SHORT)
        alone.fit(
            parts["train"].texts,
            parts["train"].labels,
            validation_data=(parts["valid"].texts, parts["valid"].labels),
        )
        np.testing.assert_array_equal(ranked.probability, alone.valid_probability_)
        assert ranked.learner.get_params() == alone.get_params()  # no clock in the card
        assert not ranked.is_cut


class Clock:
    """Goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_law_budget_ends_training_and_those_under_way_stand_with_their_best(make_study, monkeypatch):
    """A second for each epoch by a clock of our own: 20 seconds less what saving two nets and the end will take."""
    clock, turns = Clock(), []
    original = Training.advance

    def advance(self, **more):
        if self.family in ("bag", "embedding"):
            turns.append(self.family)
            clock.now += 1.0
        record = original(self)
        self.epoch_seconds, self.answer_seconds = 1.0, 0.0
        return record

    monkeypatch.setattr(Training, "advance", advance)
    budget = Budget(seconds=20, clock=clock, began=0.0)
    rows = {r.family: r for r in finished(rank_families(make_study(params={"epochs": 50}), budget=budget))}
    assert turns == ["bag", "embedding", *[turns[2]] * 11]  # 19.4 - 2 - 2 x 2 seconds are 13 whole epochs
    assert all(rows[family].is_cut for family in ("bag", "embedding"))
    assert {len(rows[family].learner.history_) for family in ("bag", "embedding")} == {1, 12}
    assert clock.now <= 20


@pytest.mark.parametrize("is_timed", [False, True])
def test_the_end_of_a_net_answers_validation_rows_once_and_twice_more_where_its_speed_is_told(
    make_study, monkeypatch, is_timed
):
    study, asked = make_study(("bag",), is_timed=is_timed), []
    original = TextClassifier.predict_proba
    monkeypatch.setattr(TextClassifier, "predict_proba", lambda self, x: asked.append(len(x)) or original(self, x))
    training = Training(study, "bag")
    training.advance()
    training.answer_seconds, n_valid = 1.0, len(study.parts["valid"])
    expected = training.closing_seconds
    training.finish()
    assert expected == 1 + sum(asked) / n_valid == 1 + 2 * is_timed
    assert training.closing_seconds == 0


def test_law_nothing_finished_is_trained_again(make_study, monkeypatch):
    fits: list[str] = []
    original = TextClassifier.fit_epochs

    def fit_epochs(self, *args, **kwargs):
        fits.append(self.family)
        yield from original(self, *args, **kwargs)

    monkeypatch.setattr(TextClassifier, "fit_epochs", fit_epochs)
    first = rank_families(make_study(), budget=Budget(seconds=1e6))
    before = []
    for event in first:  # the process dies once the first net is finished
        if event.row is not None:
            before.append(event.row)
        if len(before) == 3:
            break
    first.close()
    assert sorted(fits) == ["bag", "embedding", "linear", "majority"]
    fits.clear()
    after = finished(rank_families(make_study(resume=True), budget=Budget(seconds=1e6)))
    left = {"bag", "embedding"} - {r.family for r in before}
    assert set(fits) == left
    assert {r.family for r in after if r.is_resumed} == {r.family for r in before}
    for one in before:
        again = next(r for r in after if r.family == one.family)
        np.testing.assert_array_equal(one.probability, again.probability)
        assert (one.scores, one.n_parameters, one.learner.temperature_) == (
            again.scores,
            again.n_parameters,
            again.learner.temperature_,
        )


def test_ctrl_c_ends_nets_under_way_with_their_best(make_study, monkeypatch):
    original = Training.advance

    def advance(self, **more):
        if self.family == "embedding" and self.n_epochs == 1:
            raise KeyboardInterrupt
        return original(self, **more)

    monkeypatch.setattr(Training, "advance", advance)
    rows = {r.family: r for r in finished(rank_families(make_study(), budget=Budget(seconds=1e6)))}
    assert set(rows) == {"majority", "linear", "bag", "embedding"}
    assert rows["embedding"].is_interrupted
    assert len(rows["embedding"].learner.history_) == 1


def test_ctrl_c_before_anything_was_learned_goes_on_up(make_study, monkeypatch):
    original = Training.advance

    def advance(self, **more):
        if self.family == "linear":
            raise KeyboardInterrupt
        return original(self, **more)

    monkeypatch.setattr(Training, "advance", advance)
    with pytest.raises(KeyboardInterrupt):
        list(rank_families(make_study()))


@pytest.mark.parametrize("budget", [None, 1e6])
def test_a_family_that_fails_is_told_and_left_out(make_study, monkeypatch, budget):
    original = TextClassifier.fit_epochs

    def fit_epochs(self, *args, **kwargs):
        if self.family == "bag":
            raise TrainingError("the loss is not a number")
        yield from original(self, *args, **kwargs)

    monkeypatch.setattr(TextClassifier, "fit_epochs", fit_epochs)
    events = list(rank_families(make_study(), budget=None if budget is None else Budget(seconds=budget)))
    assert [event.family for event in events if event.failure] == ["bag"]
    assert {r.family for r in finished(events)} == {"majority", "linear", "embedding"}


def test_ensemble_answers_when_saved_as_it_did(make_study, table, tmp_path):
    study = make_study()
    rows = finished(rank_families(study))
    target = (study.asked == "pos").astype(int)
    noisy = np.random.default_rng(0).uniform(0.55, 0.9, len(target))
    for i, r in enumerate(rows):  # each wrong in rows of its own, so that together they are better
        sure = np.where(np.arange(len(target)) % 5 == i, 1 - noisy, noisy)
        p = np.where(target == 1, sure, 1 - sure)
        rows[i] = replace(r, probability=np.stack([1 - p, p], axis=1).astype(np.float32))
    blended = blend_rows(study, rows)
    assert blended.family == ENSEMBLE
    assert sum(blended.learner.weights.values()) == pytest.approx(1)
    assert "majority" not in blended.learner.weights
    finish_run(study, [*rows, blended], failures={}, kept=blended, dataset=prepare_table(table), seconds=1.0)
    folder = tmp_path / "run"
    asked = ["a good film", "", "dull and poor"]
    expected = blended.learner.predict_proba(asked)
    np.testing.assert_allclose(seqloom.load(folder).predict_proba(asked), expected, atol=1e-6)
    names = set(blended.learner.weights)
    assert {path.name for path in (folder / "members").iterdir()} == names
    assert {path.name for path in (folder / "rivals").iterdir()} == {r.family for r in rows} - names
    metrics = read_json(folder / "metrics.json")
    assert metrics["kept"] == ENSEMBLE
    assert metrics["calibration"]["n"] == len(target)
    assert (folder / "reliability.svg").exists()


def test_no_ensemble_of_one_or_of_equals(make_study):
    study = make_study(("majority", "linear"))
    rows = finished(rank_families(study))
    assert blend_rows(study, rows) is None
    assert blend_rows(study, rows[:1]) is None


def test_law_every_labelled_row_is_answered_once_by_a_model_that_had_not_seen_it(make_study, monkeypatch):
    seen: list[tuple[set[int], set[int]]] = []
    fit, ask = TextClassifier.fit, TextClassifier.predict_proba

    def spy_fit(self, x, y, **more):
        self.rows_seen = set(x.rows.tolist())
        return fit(self, x, y, **more)

    def spy_ask(self, x):
        seen.append((self.rows_seen, set(x.rows.tolist())))
        return ask(self, x)

    monkeypatch.setattr(TextClassifier, "fit", spy_fit)
    monkeypatch.setattr(TextClassifier, "predict_proba", spy_ask)
    study = make_study(("majority", "linear"), n_folds=3)
    rows = finished(rank_families(study))
    everything = set(study.parts["train"].texts.rows.tolist()) | set(study.parts["valid"].texts.rows.tolist())
    for family in range(2):
        folds = seen[3 * family : 3 * family + 3]
        assert all(not taught & asked for taught, asked in folds)
        assert set.union(*(asked for _, asked in folds)) == everything
        assert sum(len(asked) for _, asked in folds) == len(everything)
    for r in rows:
        assert len(r.is_right) == len(everything)
        assert r.value("accuracy") == pytest.approx(r.is_right.mean())
        assert len(r.folds) == 3
        assert r.learner.rows_seen == everything  # what is kept is fitted on all of them


def test_folds_are_gone_on_with(make_study, monkeypatch):
    original, n = TextClassifier.fit, [0]

    def fit(self, *args, **more):
        n[0] += 1
        if n[0] == 3:
            raise KeyboardInterrupt
        return original(self, *args, **more)

    monkeypatch.setattr(TextClassifier, "fit", fit)
    with pytest.raises(KeyboardInterrupt):
        list(rank_families(make_study(("majority",), n_folds=3)))
    assert len(finished(rank_families(make_study(("majority",), n_folds=3, resume=True)))) == 1
    assert n[0] == 3 + 2  # the third fold, and all rows


def test_folds_that_cannot_be_made(make_study):
    parts = make_study().parts
    with pytest.raises(UsageError, match="2 or more expected"):
        check_folds(parts, 1)
    with pytest.raises(DataError, match='--folds 40: the class "neg" has 24 different texts'):
        check_folds(parts, 40)
    check_folds(parts, 24)
