"""A learning curve says what separate fits would say, and a resumed one what an uninterrupted one does."""

from __future__ import annotations

import statistics

import numpy as np
import polars as pl
import pytest
from sklearn import metrics

from seqloom.errors import DataError, UsageError
from seqloom.frames.table import make_table
from seqloom.json_files import read_json
from seqloom.studies import curve as module
from seqloom.studies.curve import CurveRow, CurveStudy, run_curve, score_most_frequent
from seqloom.studies.curve_folder import CurveFolder, Point
from seqloom.studies.dataset import Part, prepare_table, tokenise_table
from seqloom.studies.finish_curve import finish_curve
from seqloom.studies.subsets import find_pool, nest_rows
from seqloom.tasks.text_classifier import TextClassifier
from seqloom.text.tokens import as_texts
from tests.cli.reviews import make_reviews


def make_study(folder, *, sizes=(20, 60, 200), families=("majority", "linear"), seeds=(0, 1)) -> CurveStudy:
    texts, labels = zip(*make_reviews(400), strict=True)
    table = make_table(pl.Series(texts), labels=pl.Series(labels))
    dataset = prepare_table(table, validation=0.0)
    corpus, names = as_texts(table.texts), table.labels.to_numpy()
    pool, test = (
        Part(texts=corpus.take(rows), labels=names[rows]) for rows in (find_pool(dataset).rows, dataset.parts.test)
    )
    place = CurveFolder(folder, resume=folder.with_name(folder.name + ".partial").exists())
    place.begin("digest")
    return CurveStudy(families=families, sizes=sizes, seeds=seeds, parts={"train": pool, "test": test}, folder=place)


def rows_of(study: CurveStudy) -> list[CurveRow]:
    return [event.row for event in run_curve(study) if event.row is not None]


def plain(points) -> list[tuple]:
    return [(p.family, p.size, p.seed, p.n_classes, p.accuracy, p.macro_f1) for p in points]


def test_curve_rises_and_beats_the_trivial_answer(tmp_path):
    study = make_study(tmp_path / "curve")
    rows = rows_of(study)
    linear = [row.mean("accuracy") for row in rows if row.family == "linear"]
    majority = [row.mean("accuracy") for row in rows if row.family == "majority"]
    assert linear == sorted(linear)
    assert linear[-1] > linear[0] + 0.05
    assert linear[-1] > 0.8
    assert majority == [score_most_frequent(study)] * 3 == [0.5] * 3


def test_law_point_is_what_a_separate_fit_says(tmp_path):
    """The oracle: strings of its own, tokenised alone, fitted alone, scored by scikit-learn."""
    study = make_study(tmp_path / "curve", sizes=(60,), families=("linear",))
    strings = np.array(
        [" ".join(study.parts["train"].texts.corpus.words.gather(row)) for row in iterate_rows(study.parts["train"])]
    )
    test = [" ".join(study.parts["train"].texts.corpus.words.gather(row)) for row in iterate_rows(study.parts["test"])]
    for point in rows_of(study)[0].points:
        rows = nest_rows(study.parts["train"].labels, seed=point.seed)[:60]
        model = TextClassifier(family="linear", random_state=point.seed).fit(
            strings[rows].tolist(), study.parts["train"].labels[rows]
        )
        answer = model.predict(test)
        assert point.accuracy == pytest.approx(metrics.accuracy_score(study.parts["test"].labels, answer))
        assert point.macro_f1 == pytest.approx(metrics.f1_score(study.parts["test"].labels, answer, average="macro"))


def iterate_rows(part: Part):
    tokens = part.texts.tokens
    return [tokens.row(i) for i in range(len(tokens))]


def test_law_resumed_equals_uninterrupted(tmp_path, monkeypatch):
    whole = make_study(tmp_path / "whole")
    finish_curve(whole, rows_of(whole), facts={}, seconds=1.0)
    stopped = make_study(tmp_path / "stopped")
    steps = run_curve(stopped)
    n_done = 0
    for event in steps:
        n_done += event.point is not None
        if n_done == 5:
            break
    steps.close()  # as good as killed: nothing is written on the way out
    fits = []
    original = module._fit_point
    monkeypatch.setattr(module, "_fit_point", lambda *a, **k: fits.append((a, k)) or original(*a, **k))
    resumed = make_study(tmp_path / "stopped")
    rows = rows_of(resumed)
    assert len(fits) == 12 - 5
    assert sum(row.n_found for row in rows) == 5
    finish_curve(resumed, rows, facts={}, seconds=2.0)
    for name in ("curve.json", "curve.csv", "curve.svg"):
        assert (tmp_path / "stopped" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"stopped", "whole"}


def test_law_point_does_not_depend_on_the_rest_of_the_study(tmp_path):
    small = make_study(tmp_path / "small", sizes=(60,), families=("linear",), seeds=(1,))
    large = make_study(tmp_path / "large")
    point = rows_of(small)[0].points[0]
    assert plain([point])[0] in plain(p for row in rows_of(large) for p in row.points)


def test_half_written_point_is_fitted_again(tmp_path):
    study = make_study(tmp_path / "curve", sizes=(20,), families=("linear",))
    before = rows_of(study)[0].points
    (study.folder.partial / "points" / "linear-20-0.json").unlink()
    (study.folder.partial / "points" / "linear-20-0.json.writing").write_text('{"family": "lin')
    assert plain(rows_of(make_study(tmp_path / "curve", sizes=(20,), families=("linear",)))[0].points) == plain(before)


def test_class_that_the_sample_lacks_counts_as_wrong(tmp_path):
    labels = np.array(["a"] * 60 + ["b"] * 60 + ["rare"] * 2)
    texts = as_texts([f"{name} word number{i}" for i, name in enumerate(labels)])
    part = Part(texts=texts, labels=labels)
    folder = CurveFolder(tmp_path / "curve")
    folder.begin("digest")
    study = CurveStudy(
        families=("linear",), sizes=(20,), seeds=(0,), parts={"train": part, "test": part}, folder=folder
    )
    point = rows_of(study)[0].points[0]
    assert point.n_classes == 2
    assert point.accuracy <= 120 / 122
    assert point.macro_f1 <= 2 / 3


def test_sample_of_one_class_is_refused_before_anything_is_fitted(tmp_path):
    labels = np.array(["a"] * 380 + ["b"] * 10)
    part = Part(texts=as_texts([f"text {i}" for i in range(390)]), labels=labels)
    folder = CurveFolder(tmp_path / "curve")
    folder.begin("digest")
    study = CurveStudy(
        families=("linear",), sizes=(10, 100), seeds=(0,), parts={"train": part, "test": part}, folder=folder
    )
    with pytest.raises(UsageError, match=r"--sizes 10: .* Give at least (19|20)"):
        next(run_curve(study))


def test_net_ended_by_ctrl_c_is_no_finished_point(tmp_path, monkeypatch):
    original = TextClassifier.fit

    def fit(self, x, y, **_):
        original(self, x, y).is_interrupted_ = self.random_state == 1
        return self

    monkeypatch.setattr(TextClassifier, "fit", fit)
    study = make_study(tmp_path / "curve", families=("majority",), sizes=(20,))
    with pytest.raises(KeyboardInterrupt):
        list(run_curve(study))
    assert [path.name for path in (study.folder.partial / "points").iterdir()] == ["majority-20-0.json"]


def test_law_unlabelled_texts_reach_the_family_that_reads_them(tmp_path):
    """The oracle: a separate fit with the same texts; the family that has no use for them says what it said without."""
    texts, labels = zip(*make_reviews(400), strict=True)
    table = make_table(pl.Series(texts), labels=pl.Series(labels))
    parts = tokenise_table(prepare_table(table, validation=0.0), make_table(pl.Series(texts[:200])))
    with_more, without = ({}, {})
    for found, mine in ((with_more, parts), (without, {name: parts[name] for name in ("train", "test")})):
        folder = CurveFolder(tmp_path / str(len(mine)))
        folder.begin("digest")
        study = CurveStudy(families=("linear", "lsa"), sizes=(40,), seeds=(0,), parts=mine, folder=folder)
        found.update({row.family: row.points[0].accuracy for row in rows_of(study)})
    rows = nest_rows(parts["train"].labels, seed=0)[:40]
    learner = TextClassifier(family="lsa", random_state=0)
    learner.fit(parts["train"].texts.take(rows), parts["train"].labels[rows], unlabelled=parts["unlabelled"].texts)
    assert with_more["lsa"] == learner.score(parts["test"].texts, parts["test"].labels)
    assert with_more["lsa"] != without["lsa"]
    assert with_more["linear"] == without["linear"]


def test_fit_that_fails_names_its_point(tmp_path):
    part = Part(texts=as_texts([f"unique{i}" for i in range(40)]), labels=np.array(["a", "b"] * 20))
    folder = CurveFolder(tmp_path / "curve")
    folder.begin("digest")
    study = CurveStudy(
        families=("majority", "linear"), sizes=(20,), seeds=(0,), parts={"train": part, "test": part}, folder=folder
    )
    with (
        pytest.raises(DataError, match="linear with 20 labels, seed 0: nothing is left of 16 different n-grams"),
        folder.guard(),
    ):
        list(run_curve(study))
    assert folder.partial.exists()  # what was finished before is kept


def point_of(accuracy: float, seed: int) -> Point:
    values = {"n_classes": 2, "macro_f1": accuracy, "seconds": 1.0, "compile_seconds": 0.0}
    return Point(family="linear", size=10, seed=seed, accuracy=accuracy, **values)


def test_row_says_mean_and_sample_deviation():
    values = [0.7, 0.75, 0.83]
    row = CurveRow(family="linear", size=10, points=tuple(map(point_of, values, range(3))))
    assert row.mean("accuracy") == pytest.approx(statistics.mean(values))
    assert row.deviation("accuracy") == pytest.approx(statistics.stdev(values))
    assert np.isnan(CurveRow(family="linear", size=10, points=(point_of(0.7, 0),)).deviation("accuracy"))


def test_files_agree(tmp_path):
    study = make_study(tmp_path / "curve")
    rows = rows_of(study)
    told = finish_curve(study, rows, facts={"n_pool": 320}, seconds=1.0)
    curve = read_json(tmp_path / "curve" / "curve.json")
    assert {**curve, "folder": str(tmp_path / "curve")} == told
    table = pl.read_csv(tmp_path / "curve" / "curve.csv")
    assert table.to_dicts() == curve["points"]
    means = table.group_by("family", "size").agg(pl.col("accuracy").mean(), pl.col("accuracy").std().alias("sd"))
    for row in curve["rows"]:
        same = means.filter(pl.col("family") == row["family"], pl.col("size") == row["size"])
        assert same["accuracy"].item() == pytest.approx(row["accuracy"])
        assert same["sd"].item() == pytest.approx(row["accuracy_deviation"])
    assert len(read_json(tmp_path / "curve" / "run.json")["points"]) == 12
    names = {path.name for path in (tmp_path / "curve").iterdir()}
    assert names == {"curve.json", "curve.csv", "curve.svg", "run.json"}
