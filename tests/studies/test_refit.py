"""What a study keeps is trained once more on all rows: once, in time, the heaviest first, and the same after a stop."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from seqloom import TextClassifier
from seqloom.engine import loop
from seqloom.learner.refit import CUT, INTERRUPTED, NO_TIME
from seqloom.studies import refit as refitting
from seqloom.studies.blending import blend_rows
from seqloom.studies.compare import compare_families
from seqloom.studies.dataset import prepare_table, tokenise_table
from seqloom.studies.ensemble import Ensemble
from seqloom.studies.finish import finish_run
from seqloom.studies.rank import Budget, rank_families, time_to_refit
from seqloom.studies.refit import expect_seconds, refit_kept
from seqloom.studies.rows import Row, Study
from seqloom.studies.run_folder import RunFolder
from seqloom.studies.training import Training

PARAMS = {"epochs": 3, "length": 16, "width": 4, "patience": None}


@pytest.fixture
def make_study(table, tmp_path):
    """``make_study(families)``: begun, or gone on with."""
    parts = tokenise_table(prepare_table(table))

    def make(families=("bag",), *, resume: bool = False, **params) -> Study:
        folder = RunFolder(tmp_path / "run", resume=resume)
        folder.begin("digest")
        return Study(families=families, parts=parts, params={**PARAMS, **params}, folder=folder, is_calibrated=True)

    return make


def train(study: Study) -> list[Row]:
    return [event.row for event in compare_families(study) if event.row is not None]


def test_law_what_is_kept_is_what_fit_gives(make_study, table):
    """Of the same rows: the answers are those of ``fit``, scores and temperature those of the first model."""
    study = make_study()
    (row,) = rows = train(study)
    before = row.learner.temperature_
    assert not row.learner.data_["refit_on_all"]
    (done,) = refit_kept(study, rows, kept=row)
    train_part, valid = study.parts["train"], study.parts["valid"]
    assert (done.family, done.obstacle, done.n_rows) == ("bag", None, len(train_part) + len(valid))
    alone = TextClassifier("bag", **PARAMS)
    alone.fit(train_part.texts, train_part.labels, validation_data=(valid.texts, valid.labels))
    alone.temperature_ = before
    asked = study.parts["test"].texts
    np.testing.assert_array_equal(row.learner.predict_proba(asked), alone.predict_proba(asked))
    assert (row.learner.scores_, row.learner.temperature_) == (row.scores, before)
    outcome = finish_run(study, rows, failures={}, kept=row, dataset=prepare_table(table), seconds=1.0)
    assert outcome.metrics["rows"][0]["refit_on_all"]
    saved = TextClassifier.load(study.folder.folder)
    np.testing.assert_array_equal(saved.predict_proba(asked), alone.predict_proba(asked))
    assert saved.data_["refit_on_all"]


def test_law_a_stop_within_the_refit_changes_nothing(make_study):
    """What was found finished when the run goes on is refitted as what was trained just now."""
    first, again = (train(make_study(resume=resume))[0] for resume in (False, True))
    assert again.is_resumed
    for row, resume in ((first, True), (again, True)):
        (done,) = refit_kept(make_study(resume=resume), [row], kept=row)
        assert done.obstacle is None
    for name, array in first.learner.model_.weights_.items():
        np.testing.assert_array_equal(again.learner.model_.weights_[name], array, err_msg=name)
    assert again.learner.to_artifact().card == first.learner.to_artifact().card


def test_law_no_half_refit_after_ctrl_c(make_study, monkeypatch):
    study = make_study()
    (row,) = rows = train(study)
    expected = row.learner.predict_proba(study.parts["test"].texts)

    def stop(*_, **__):
        raise KeyboardInterrupt

    for what in ("run_epoch", "__init__"):
        with monkeypatch.context() as patch:
            patch.setattr(loop._Runner, what, stop)
            (done,) = refit_kept(study, rows, kept=row)
        assert done.obstacle == INTERRUPTED
        np.testing.assert_array_equal(row.learner.predict_proba(study.parts["test"].texts), expected)
        assert not row.learner.data_["refit_on_all"]


def test_reasons_to_leave_a_net_as_it_is(make_study):
    study = make_study()
    (row,) = train(study)
    needed = expect_seconds(study, row.learner.history_, spent=row.seconds)
    for changed, left, obstacle in (
        (row, needed - 1e-6, NO_TIME),
        (replace(row, is_interrupted=True), np.inf, INTERRUPTED),
        (replace(row, divergence="in epoch 3"), np.inf, "the training diverged in epoch 3"),
    ):
        (done,) = refit_kept(study, [changed], kept=changed, left=lambda left=left: left)
        assert done.obstacle == obstacle
    short = make_study(resume=True, budget=row.seconds + needed - 1e-6)
    assert [done.obstacle for done in refit_kept(short, [row], kept=row)] == [NO_TIME]
    row.learner.history_ = [replace(record, n_steps=0) for record in row.learner.history_]
    assert [done.obstacle for done in refit_kept(study, [row], kept=row)] == [CUT]


def test_expected_seconds_are_those_of_the_best_epochs_and_more_rows(make_study):
    study = make_study()
    (row,) = train(study)
    history = [replace(record, is_best=record.epoch <= 2) for record in row.learner.history_]
    n_train, n_valid = (len(study.parts[name]) for name in ("train", "valid"))
    assert expect_seconds(study, history, spent=30.0) == pytest.approx(20.0 * (n_train + n_valid) / n_train)


def test_members_are_refitted_the_heaviest_first(make_study, monkeypatch):
    """Each as long as there is time; the ensemble is one of all rows if all its members are."""
    monkeypatch.setattr(refitting, "REFIT_NETS", ("bag", "embedding"))
    study = make_study(("linear", "bag", "embedding"))
    rows = train(study)
    learner = Ensemble({r.family: r.learner for r in rows}, {"linear": 0.5, "bag": 0.2, "embedding": 0.3})
    kept = replace(rows[0], family="ensemble", learner=learner)
    moments = iter([1e6, 1e6, 0.0, 0.0])
    done = list(refit_kept(study, [*rows, kept], kept=kept, left=lambda: next(moments)))
    assert [(one.family, one.obstacle) for one in done] == [("embedding", None), ("bag", NO_TIME)]
    assert not learner.data_["refit_on_all"]
    (bag,) = (one for one in refit_kept(study, [*rows, kept], kept=kept) if one.family == "bag")
    assert bag.obstacle is None
    assert learner.data_["refit_on_all"]


def test_what_is_not_a_net_or_not_usual_is_left_alone(make_study):
    study = make_study(("majority", "linear", "embedding"))
    rows = train(study)
    assert [list(refit_kept(study, rows, kept=row)) for row in rows] == [[], [], []]
    blended = blend_rows(study, rows)
    assert blended is None or list(refit_kept(study, [*rows, blended], kept=blended)) == []


def test_law_a_ranking_leaves_time_for_the_refit(make_study, monkeypatch):
    """A second an epoch by a clock of our own: what training leaves suffices for the best net of all rows."""
    now = [0.0]
    original = Training.advance

    def advance(self, **more):
        record = original(self)
        if self.family == "bag":
            now[0] += 1.0
            self._seconds, self.epoch_seconds, self.answer_seconds = float(self.n_epochs), 1.0, 0.0
        return record

    monkeypatch.setattr(Training, "advance", advance)
    study = make_study(("majority", "bag"), epochs=50)
    budget = Budget(seconds=30, clock=lambda: now[0], began=0.0)
    *_, row = (event.row for event in rank_families(study, budget=budget) if event.row is not None)
    assert row.is_cut
    n_train, n_valid = (len(study.parts[name]) for name in ("train", "valid"))
    needed = row.learner.model_.best_epoch_ * (n_train + n_valid) / n_train
    left = time_to_refit(study, replace(row, texts_per_second=1e6), budget=budget)
    assert needed <= left() < needed + 1 + (n_train + n_valid) / n_train  # another epoch would have been too much
