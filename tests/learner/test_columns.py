"""Texts with columns beside them: what only a column tells is learned, kept, and asked for by name."""

from __future__ import annotations

import json

import jax
import numpy as np
import polars as pl
import pytest
from sklearn.preprocessing import StandardScaler

import seqloom
from seqloom import TextClassifier
from seqloom.artifact import write_artifact
from seqloom.errors import ArtifactError, DataError, UsageError
from seqloom.predictor import Predictor
from seqloom.studies.ensemble import Ensemble
from seqloom.text.columns import read_columns
from seqloom.text.tokens import as_texts
from tests.families import heavy
from tests.learner.fresh import run_fresh

# What learns the samples below in a few seconds.
LEARNERS = {
    "majority": {},
    "linear": {},
    "linear-char": {},
    "lsa": {},
    "bag": {"learning_rate": 0.05, "width": 4, "length": 8, "batch_size": 16, "epochs": 12, "patience": None},
    "embedding": {"learning_rate": 0.05, "width": 4, "length": 8, "batch_size": 16, "epochs": 12, "patience": None},
}
RECURRENT = {**LEARNERS["embedding"], "units": 4, "epochs": 8}
SLOW = ("gru", "attention", "conv", "rnn", "lstm", "conv-gru", "conv-lstm", "transformer")


def make_learner(family: str, **options) -> TextClassifier:
    return TextClassifier(family, **{**LEARNERS.get(family, RECURRENT), **options})


def make_first(family: str, **options) -> TextClassifier:
    """The same, without the training on all rows at the end."""
    learner = make_learner(family, **options)
    learner.refits_nets = False
    return learner


def make_sample(n: int = 200, *, seed: int = 0, told: str = "columns") -> tuple[list[str], np.ndarray, pl.DataFrame]:
    """Texts, labels and columns; the label stands in the columns alone, or half of it in the text (``both``)."""
    random = np.random.default_rng(seed)
    stars, country = random.normal(3, 1, n), random.choice(["DE", "KR", "US"], n)
    words = random.integers(0, 20, (n, 4))
    by_column = 2 * (stars - 3) + 2 * (country == "DE") - 0.7
    is_good = words[:, 0] % 2 == 0
    push = by_column + (2 * (2 * is_good - 1) if told == "both" else 0)
    texts = [" ".join(f"w{word}" for word in row) + f" id{i}" for i, row in enumerate(words)]
    if told == "both":
        texts = [f"{text} {'good' if good else 'bad'}" for text, good in zip(texts, is_good, strict=True)]
    columns = pl.DataFrame({"stars": stars, "country": country, "noise": random.normal(size=n)})
    return texts, np.where(push > 0, "yes", "no"), columns


@pytest.fixture(scope="module")
def sample():
    return make_sample()


@pytest.fixture(scope="module", params=[*LEARNERS, *heavy(*SLOW)])
def fitted(request, sample) -> TextClassifier:
    texts, labels, columns = sample
    return make_learner(request.param).fit(texts, labels, columns=columns)


def test_law_what_a_column_tells_is_learned(fitted):
    texts, labels, columns = make_sample(seed=1)
    score = fitted.score(texts, labels, columns=columns)
    if fitted.family == "majority":
        assert score == np.mean(labels == fitted.predict(texts[:1], columns=columns[:1])[0])
    else:
        assert score > 0.85


def test_law_saved_and_loaded_it_answers_the_same(fitted, sample, tmp_path):
    """As learner, as predictor, as a predictor without a folder, and in a process without Keras and sklearn."""
    texts, _, columns = sample
    expected = fitted.predict_proba(texts, columns=columns)
    fitted.save(tmp_path / "model")
    learner, light = TextClassifier.load(tmp_path / "model"), seqloom.load(tmp_path / "model")
    for model in (learner, light, fitted.to_predictor()):
        assert np.array_equal(model.predict_proba(texts, columns=columns), expected)
    assert light.columns_.names == ["stars", "country", "noise"]
    columns.write_parquet(tmp_path / "columns.parquet")
    np.save(tmp_path / "expected.npy", expected)
    (tmp_path / "texts.json").write_text(json.dumps(texts))
    program = """
        import json, sys
        import numpy as np, polars as pl
        import seqloom
        folder = sys.argv[1]
        found = seqloom.load(folder + "/model").predict_proba(
            json.load(open(folder + "/texts.json")), columns=pl.read_parquet(folder + "/columns.parquet")
        )
        assert np.array_equal(found, np.load(folder + "/expected.npy"))
        assert not {"keras", "sklearn"} & set(sys.modules)
    """
    if fitted.family in ("linear", "lsa", "gru"):  # one of each kind: a process takes a second or two
        run_fresh(program, tmp_path)


def test_law_alone_as_among_others(fitted, sample):
    texts, _, columns = sample
    whole = fitted.predict_proba(texts[:20], columns=columns[:20])
    alone = [fitted.predict_proba([texts[i]], columns=columns[i : i + 1])[0] for i in range(20)]
    np.testing.assert_allclose(np.stack(alone), whole, rtol=1e-4, atol=1e-6)


def test_law_columns_are_found_by_name(fitted, sample):
    texts, _, columns = sample
    shuffled = columns.select("noise", pl.lit("x").alias("more"), "country", "stars")
    found = fitted.predict_proba(texts, columns=shuffled)
    assert np.array_equal(found, fitted.predict_proba(texts, columns=columns))
    light = fitted.to_predictor()
    for model in (fitted, light):
        with pytest.raises(DataError, match='no column "country" found'):
            model.predict(texts, columns=columns.drop("country"))
        with pytest.raises(UsageError, match='trained with "stars", "country", "noise" beside the text'):
            model.predict(texts)
        with pytest.raises(DataError, match="columns of 3 rows found for 2 texts"):
            model.predict(texts[:2], columns=columns[:3])


def test_law_missing_and_strange_values_are_answered(fitted):
    columns = {"stars": [None, 1e300, float("nan")], "country": [None, "XX", ""], "noise": [float("inf"), 0, -1e38]}
    found = fitted.predict_proba(["w1", "w2", ""], columns=columns)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("family", ["linear", *heavy("bag")])
def test_law_both_are_better_than_either(family):
    texts, labels, columns = make_sample(400, told="both")
    asked_texts, asked, asked_columns = make_sample(400, told="both", seed=1)
    nothing = columns.with_columns(stars=pl.lit(1.0), country=pl.lit("DE"), noise=pl.lit(0.0))
    both = make_learner(family).fit(texts, labels, columns=columns).score(asked_texts, asked, columns=asked_columns)
    text = make_learner(family).fit(texts, labels, columns=nothing).score(asked_texts, asked, columns=asked_columns)
    blind = [text.rpartition(" ")[0] for text in asked_texts]
    column = make_learner(family).fit([t.rpartition(" ")[0] for t in texts], labels, columns=columns)
    assert both > max(text, column.score(blind, asked, columns=asked_columns)) + 0.05


@pytest.mark.parametrize("family", ["linear", "lsa", *heavy("bag")])
def test_law_refit_is_fresh_fit(family, sample):
    texts, labels, columns = sample
    expected = make_learner(family).fit(texts, labels, columns=columns).predict_proba(texts, columns=columns)
    again = make_learner(family).fit(texts[:100], labels[:100], columns=columns[:100])
    again.fit(texts, labels, columns=columns)
    assert np.array_equal(again.predict_proba(texts, columns=columns), expected)


@pytest.mark.slow
def test_law_validation_rows_do_not_reach_the_scaler():
    """Before the refit scaler and categories are those of training rows alone."""
    texts, labels, columns = make_sample(100)
    held_texts, held_labels, held = make_sample(50, seed=1)
    held = held.with_columns(stars=pl.lit(1000.0), country=pl.lit("secret"))
    learner = make_first("bag", epochs=1)
    learner.fit(texts, labels, columns=columns, validation_data=(held_texts, held_labels, held))
    scaler = StandardScaler().fit(columns.select("stars", "noise").to_numpy())
    stars, country, noise = learner.encoder_.columns.columns_
    np.testing.assert_allclose([stars.mean, noise.mean], scaler.mean_)
    np.testing.assert_allclose([stars.deviation, noise.deviation], scaler.scale_)
    assert set(country.values) == {"DE", "KR", "US"}
    split = make_first("bag", epochs=1).fit(texts, labels, columns=columns)
    assert split.encoder_.columns.columns_[0].mean != stars.mean  # a fifth was held out of it


def test_law_unlabelled_texts_need_no_columns(sample):
    texts, labels, columns = sample
    learner = make_learner("lsa").fit(texts, labels, columns=columns, unlabelled=["w1 w2 unheard", "w3 unheard"] * 9)
    assert "unheard" in learner.encoder_.state()[1]
    assert learner.score(texts, labels, columns=columns) > 0.85


@pytest.mark.parametrize("family", ["linear", "lsa", *heavy("bag")])
def test_law_several_labels(family):
    """One label stands in the text and one in a column: each is learned, apart."""
    texts, _, columns = make_sample(300, told="both")
    by_text = np.array(["good" in text for text in texts])
    target = np.stack([by_text, columns["country"].to_numpy() == "DE"], axis=1).astype(int)
    learner = make_learner(family).fit(texts, target, columns=columns)
    found = learner.predict(texts, columns=columns)
    assert (found == target).mean() > 0.9
    light = learner.to_predictor()
    assert np.array_equal(light.predict(texts, columns=columns), found)


def test_law_bits_without_columns_are_as_without_this():
    """The same arrays, names and exported program as a net that has never heard of columns."""
    texts, labels, columns = make_sample(60)
    plain = make_learner("bag", epochs=1).fit(texts, labels).to_artifact()
    beside = make_learner("bag", epochs=1).fit(texts, labels, columns=columns).to_artifact()
    assert set(beside.model) - set(plain.model) == {"column_logits/kernel"}
    assert "n_beside" not in plain.card.model["sizes"]
    assert "columns" not in plain.card.encoding
    assert beside.card.model["sizes"]["n_beside"] == beside.model["column_logits/kernel"].shape[0] == 5


@pytest.mark.slow
def test_law_two_devices_learn_from_columns_as_one_does(sample):
    if jax.local_device_count() < 2:
        pytest.skip("one core")
    texts, labels, columns = sample
    one, two = (
        make_learner("gru", devices=n, dropout=0.0, epochs=2).fit(texts, labels, columns=columns) for n in (1, 2)
    )
    assert (one.model_.n_devices_, two.model_.n_devices_) == (1, 2)
    expected = one.predict_proba(texts, columns=columns)
    np.testing.assert_allclose(two.predict_proba(texts, columns=columns), expected, atol=1e-4)


def test_table_read_by_row_learns_columns_too(monkeypatch):
    """The block that updates only the rows it has read gives what the ordinary one gives."""
    texts, labels, columns = make_sample(80)
    options = {"length": 3, "batch_size": 4, "optimizer": "rmsprop", "epochs": 2, "min_df": 1}
    by_row = make_learner("embedding", **options).fit(texts, labels, columns=columns)
    assert by_row.model_._by_row is not None
    monkeypatch.setattr("seqloom.network.NetModel._reads_few_rows", lambda *_: False)
    whole = make_learner("embedding", **options).fit(texts, labels, columns=columns)
    assert whole.model_._by_row is None
    found, expected = (model.predict_proba(texts, columns=columns) for model in (by_row, whole))
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_law_ensemble_answers_with_columns(sample, tmp_path):
    texts, labels, columns = sample
    members = {name: make_learner(name).fit(texts, labels, columns=columns) for name in ("linear", "lsa")}
    ensemble = Ensemble(members, {"linear": 0.5, "lsa": 0.5})
    expected = ensemble.predict_proba(as_texts(texts).put_beside(read_columns(columns)))
    write_artifact(tmp_path / "model", ensemble.to_artifact())
    light = seqloom.load(tmp_path / "model")
    assert np.array_equal(light.predict_proba(texts, columns=columns), expected)
    assert light.columns_.names == columns.columns
    with pytest.raises(UsageError, match='trained with "stars", "country", "noise" beside the text'):
        light.predict(texts)
    members["lsa"] = make_learner("lsa").fit(texts, labels, columns=columns.drop("noise"))
    other = Ensemble(members, {"linear": 0.5, "lsa": 0.5}).to_artifact()
    with pytest.raises(ArtifactError, match="models that read different columns"):
        Predictor(other)


def test_groups_and_columns_go_together(sample):
    texts, labels, columns = sample
    groups = [f"g{i // 10}" for i in range(len(texts))]
    learner = make_learner("linear").fit(texts, labels, columns=columns, groups=groups)
    assert learner.score(texts, labels, columns=columns) > 0.85


def test_columns_that_nobody_trained_with_are_refused(sample):
    texts, labels, columns = sample
    learner = make_learner("linear").fit(texts, labels)
    for model in (learner, learner.to_predictor()):
        with pytest.raises(UsageError, match="columns stars, country, noise found, of no use"):
            model.predict(texts, columns=columns)
    with pytest.raises(UsageError, match="of no use to a model"):
        make_learner("linear").fit(texts, labels, validation_data=(texts[:20], labels[:20], columns[:20]))
    with pytest.raises(UsageError, match="texts without columns found"):
        make_learner("linear").fit(texts, labels, columns=columns, validation_data=(texts[:20], labels[:20]))


def test_net_of_ones_own_is_refused(sample):
    texts, labels, columns = sample
    with pytest.raises(UsageError, match="a net of one's own is built on ids alone"):
        TextClassifier(net=lambda *_, **__: None).fit(texts, labels, columns=columns)


def test_evaluate_scores_with_columns(sample):
    texts, labels, columns = sample
    learner = make_learner("linear").fit(texts, labels, columns=columns)
    accuracy = {score.metric: score.value for score in learner.evaluate(texts, labels, columns=columns)}["accuracy"]
    assert accuracy == learner.score(texts, labels, columns=columns)
    assert accuracy == learner.to_predictor().score(texts, labels, columns=columns)
    tokenised = as_texts(texts)
    assert learner.to_predictor().score(tokenised, labels, columns=columns) == accuracy


@pytest.mark.parametrize("family", ["linear", "lsa", "bag"])
def test_card_of_a_stranger_is_looked_over(family, sample, tmp_path):
    texts, labels, columns = sample
    make_learner(family, epochs=1).fit(texts, labels, columns=columns).save(tmp_path / "model")
    card = json.loads((tmp_path / "model" / "card.json").read_text())
    whole = card["encoding"]["columns"]
    for changed in (whole[:1], None, "x", [*whole, whole[0]]):
        card["encoding"]["columns"] = changed
        (tmp_path / "model" / "card.json").write_text(json.dumps(card))
        with pytest.raises(ArtifactError):
            seqloom.load(tmp_path / "model")
    del card["encoding"]["columns"]
    (tmp_path / "model" / "card.json").write_text(json.dumps(card))
    with pytest.raises(ArtifactError):
        seqloom.load(tmp_path / "model")
