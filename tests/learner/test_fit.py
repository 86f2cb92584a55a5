"""What fit promises, for every family."""

from __future__ import annotations

import numpy as np
import pytest

from seqloom import TextClassifier
from seqloom.artifact import plain_history
from seqloom.baselines import LinearModel
from seqloom.engine import loop
from seqloom.errors import DataError, NotFitted, TrainingError, UsageError
from tests.families import heavy
from tests.learner.conftest import FAMILIES, make_first, make_learner, make_texts

NETS = ("bag", "embedding")

# lsa knows no word that stands in more than half of the texts, or in one alone: of texts that are all alike it learns
# nothing, and says so.
LIGHT = tuple(family for family in FAMILIES[1:] if family != "bag")
OF_EQUAL_TEXTS = (*(family for family in LIGHT if family != "lsa"), *heavy("bag"))


def answers(learner, texts) -> np.ndarray:
    return learner.predict_proba(texts)


def test_law_refit_is_fresh_fit(fitted, sample):
    """A learner that was fitted on something else before answers as if it had not been."""
    again = make_learner(fitted.family).fit(*make_texts(60, ["x", "y", "z"], seed=5))
    assert again.classes_.tolist() == ["x", "y", "z"]
    again.fit(*sample)
    assert again.classes_.tolist() == ["neg", "pos"]
    assert np.array_equal(answers(again, sample[0]), answers(fitted, sample[0]))
    assert plain_history(again.history_) == plain_history(fitted.history_)
    assert again.scores_ == fitted.scores_


@pytest.mark.parametrize("n_classes", [2, 5])
@pytest.mark.parametrize("family", [*LIGHT, *heavy("bag")])
def test_law_beats_the_majority(family, n_classes):
    """The last word tells the class: a learner must find that out, on rows it has not seen."""
    classes = [f"class {i}" for i in range(n_classes)]
    learner = make_learner(family).fit(*make_texts(40 * n_classes, classes))
    texts, labels = make_texts(20 * n_classes, classes, seed=9)
    majority = make_learner("majority").fit(*make_texts(40 * n_classes, classes))
    assert majority.score(texts, labels) == pytest.approx(1 / n_classes)
    assert learner.score(texts, labels) > 0.95


def test_law_majority_is_the_share(sample):
    texts, labels = sample
    learner = make_learner("majority").fit(texts, labels, validation_data=(texts, labels))
    assert answers(learner, ["whatever", ""]).tolist() == [[0.5, 0.5]] * 2
    rare = ["neg"] * 90 + ["pos"] * 30
    learner = make_learner("majority").fit(texts, rare, validation_data=(texts, rare))
    assert answers(learner, [""]).tolist() == [[0.75, 0.25]]
    assert learner.predict(["word1"]).tolist() == ["neg"]


def test_law_probabilities(fitted, sample):
    found = answers(fitted, sample[0])
    assert found.shape == (120, 2)
    assert found.dtype == np.float32
    assert found.min() >= 0
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)
    assert np.array_equal(fitted.predict(sample[0]), fitted.classes_[found.argmax(axis=1)])


def test_law_score_is_the_share_of_hits(fitted, sample):
    texts, labels = sample
    hit = fitted.predict(texts) == np.array(labels)
    assert fitted.score(texts, labels) == pytest.approx(hit.mean())
    weight = np.arange(120.0)
    assert fitted.score(texts, labels, sample_weight=weight) == pytest.approx((hit * weight).sum() / weight.sum())
    by_name = {score.metric: score for score in fitted.evaluate(texts, labels)}
    assert by_name["accuracy"].value == pytest.approx(hit.mean())
    assert by_name["accuracy"].n == 120
    assert by_name["accuracy"].who == "test"


def test_law_row_order_of_answers_is_irrelevant(fitted, sample):
    order = np.random.default_rng(0).permutation(120)
    texts = np.array(sample[0])
    np.testing.assert_allclose(answers(fitted, texts[order]), answers(fitted, texts)[order], rtol=1e-5)


def test_predicting_nothing(fitted):
    assert answers(fitted, []).shape == (0, 2)
    assert fitted.predict([]).tolist() == []


def test_predicting_odd_texts(fitted):
    """Empty, blank, unknown words only, other scripts, very long: an answer each."""
    odd = ["", "  \n\t", "unheard of", "안녕하세요 세계", "שלום", "🙂🙂", "a\0b", "word1 " * 5000]
    found = answers(fitted, odd)
    assert found.shape == (8, 2)
    assert np.isfinite(found).all()


def test_law_no_leak_from_held_out_rows():
    """A word that stands in validation rows alone is unknown to nets, before one is trained on them too."""
    texts, labels = make_texts(60, ["neg", "pos"])
    held = ["secret secret", "secret word1", "secret"], ["neg", "pos", "neg"]
    for family in NETS:
        learner = make_first(family, epochs=1, min_df=1).fit(texts, labels, validation_data=held)
        words = learner.encoder_.state()[1]
        assert "word1" in words
        assert "secret" not in words


def test_law_no_leak_from_our_own_split(sample):
    """The vocabulary holds the words of the rows that were trained on: each text has one word of its own."""
    learner = make_first("bag", epochs=1, min_df=1).fit(*sample)
    own = [word for word in learner.encoder_.state()[1] if word.startswith("id")]
    assert len(own) == learner.data_["n_train"] == 96
    assert learner.data_["n_validation"] == 24


def test_law_refit_on_all_rows_sees_all_words():
    """Linear: its strength is chosen without the held-out rows, then all rows are trained on, with their words."""
    texts, labels = make_texts(60, ["neg", "pos"])
    held = (["secret secret", "secret word1", "secret word0"], ["neg", "pos", "neg"])
    learner = make_learner("linear", min_df=1).fit(texts, labels, validation_data=held)
    assert "secret" in learner.encoder_.state()[1]
    assert learner.data_["refit_on_all"]


def test_law_strength_is_chosen_without_words_of_held_out_rows(monkeypatch):
    """Before the refit, linear too has seen training rows alone."""
    seen = []
    fit = LinearModel.fit

    def watch(self, train, valid, *, plan):
        seen.append((train.inputs["counts"].shape, len(valid)))
        yield from fit(self, train, valid, plan=plan)

    monkeypatch.setattr(LinearModel, "fit", watch)
    texts, labels = make_texts(60, ["neg", "pos"])
    held = (["secret secret", "secret word1", "secret word0"], ["neg", "pos", "neg"])
    make_learner("linear", min_df=1, ngram_range=(1, 1)).fit(texts, labels, validation_data=held)
    n_words = len({word for text in texts for word in text.split()})
    assert seen == [((60, n_words), 3), ((63, n_words + 1), 63)]


def test_law_validation_data_decides(sample):
    """Scores are those of the rows that were handed in, raw."""
    texts, labels = sample
    held = make_texts(30, ["neg", "pos"], seed=3)
    learner = make_first("bag", epochs=2).fit(texts, labels, validation_data=held)
    by_name = {score.metric: score for score in learner.scores_}
    assert by_name["accuracy"].value == pytest.approx(learner.score(*held))
    assert by_name["accuracy"].n == 30
    assert by_name["accuracy"].who == "validation"
    assert learner.is_right_.tolist() == (learner.predict(held[0]) == np.array(held[1])).tolist()
    assert learner.data_["n_train"] == 120


@pytest.mark.parametrize("family", ["majority", *NETS])
def test_law_weight_zero_is_a_row_absent(family, sample):
    """Where the encoder does not see the difference: the vocabulary is learned from all rows, whatever they weigh, so
    the rows left out here bring no words of their own. (Linear counts an n-gram's rarity over all rows: not held.)
    """
    texts, labels = sample
    shared = [text.replace(f"id{i} ", "") for i, text in enumerate(texts)]
    extra = (["noise1 word1 other1", "noise1 word0 other1"], ["neg", "pos"])
    held = make_texts(30, ["neg", "pos"], seed=3)
    options = {"epochs": 3, "max_features": 8}
    absent = make_learner(family, **options).fit(shared, labels, validation_data=held)
    weight = np.r_[np.ones(120), 0, 0]
    present = make_learner(family, **options).fit(
        shared + extra[0], labels + extra[1], sample_weight=weight, validation_data=held
    )
    assert present.encoder_.state()[1] == absent.encoder_.state()[1]  # the premise
    assert np.array_equal(answers(present, held[0]), answers(absent, held[0]))


@pytest.mark.parametrize("family", OF_EQUAL_TEXTS)
def test_law_weights_move_answers(family):
    """The same text under both labels: the heavier label wins, the other way round too."""
    texts = [f"same thing id{i}" for i in range(80)]
    labels = ["neg", "pos"] * 40
    held = (["same thing new"] * 2, ["neg", "pos"])
    for weighty in ("neg", "pos"):
        weight = np.where(np.array(labels) == weighty, 9.0, 1.0)
        learner = make_learner(family).fit(texts, labels, sample_weight=weight, validation_data=held)
        assert learner.predict(["same thing new"]).tolist() == [weighty]


@pytest.mark.parametrize("family", OF_EQUAL_TEXTS)
def test_law_balanced_lets_a_rare_class_speak(family):
    """One row in ten is rare and nothing tells it apart: balanced, its probability is half; otherwise a tenth.

    Balanced are the held rows too, on which the best epoch or strength is chosen, and which linear trains on at last.
    """
    texts = [f"same thing id{i}" for i in range(200)]
    labels = ["rare" if i % 10 == 0 else "common" for i in range(200)]
    held = (["same thing new"] * 10, ["rare"] + ["common"] * 9)
    share = {}
    for class_weight in (None, "balanced"):
        learner = make_learner(
            family, class_weight=class_weight, batch_size=210, epochs=40
        )  # one step, of all rows too
        learner.fit(texts, labels, validation_data=held)
        share[class_weight] = answers(learner, ["same thing new"])[0, learner.classes_.tolist().index("rare")]
    assert abs(share[None] - 0.1) < 0.1
    assert abs(share["balanced"] - 0.5) < 0.1


@pytest.mark.parametrize("classes", [["a", "b"], [3, -1], [True, False], [0.5, 2.0], ["é", "ß", "안녕"]])
def test_law_labels_keep_their_type(classes, tmp_path):
    texts, labels = make_texts(30 * len(classes), classes)
    learner = make_learner("linear").fit(texts, labels)
    assert learner.classes_.tolist() == sorted(classes)
    learner.save(tmp_path / "model")
    for model in (learner, TextClassifier.load(tmp_path / "model")):
        found = model.predict(texts).tolist()
        assert found == labels
        assert {type(label) for label in found} == {type(classes[0])}


def test_labels_in_other_containers(sample):
    texts, labels = sample
    expected = answers(make_learner("linear").fit(texts, labels), texts)
    for y in (np.array(labels), np.array(labels, dtype=object), tuple(labels)):
        assert np.array_equal(answers(make_learner("linear").fit(np.array(texts), y), texts), expected)


# ---- errors: what was found, what was expected, what to do ----


@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        ({"y": ["neg"] * 120}, DataError, r"one class only \(neg\) found"),
        ({"y": ["neg", "pos"]}, DataError, "120 texts and 2 labels found"),
        ({"x": [None] * 120}, DataError, r"row 0: None \(NoneType\) found where a string is expected"),
        ({"x": "a single string"}, DataError, r"one string found .* Put it in a list"),
        ({"y": ["neg", None] * 60}, DataError, "row 1: no label found"),
        ({"sample_weight": [1.0]}, DataError, r"sample_weight of shape \(1,\) found, \(120,\) expected"),
        ({"sample_weight": [-1.0] * 120}, DataError, r"row 0: sample_weight -1\.0 found"),
        ({"sample_weight": [float("nan")] * 120}, DataError, "row 0: sample_weight nan found"),
        ({"sample_weight": [0.0] * 120}, DataError, "sample_weight is 0 for each row"),
        ({"validation_data": (["a", "b"], ["neg"])}, DataError, "2 texts and 1 labels found"),
        ({"validation_data": (["a"], ["other"])}, DataError, r"label .*other.* found, one of the classes expected"),
        ({"x": ["the same"] * 120}, DataError, "1 of them different: too few"),
        ({"x": ["the same"] * 119 + ["another"]}, DataError, r"2 of them different: too few to hold 20% out"),
        ({"x": [f"own{i}" for i in range(120)]}, DataError, "nothing is left of 96 different n-grams"),
    ],
)
def test_errors_of_data(sample, change, error, match):
    texts, labels = sample
    given = {"x": texts, "y": labels, **change}
    with pytest.raises(error, match=match):
        make_learner("linear").fit(**given)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"family": "lstn"}, r"family 'lstn' found, one of majority, linear"),
        ({"class_weight": "heavy"}, "class_weight 'heavy' found"),
        ({"validation_split": 1.5}, "held out"),
        ({"family": "bag", "optimizer": "adaam"}, "optimizer 'adaam' found"),
        ({"family": "bag", "learning_rate": 0.0}, r"learning rate 0\.0 found"),
    ],
)
def test_errors_of_usage(sample, options, match):
    with pytest.raises(UsageError, match=match):
        TextClassifier(**options).fit(*sample)


@pytest.mark.parametrize(
    "ask",
    [
        lambda model: model.predict(["text"]),
        lambda model: model.predict_proba(["text"]),
        lambda model: model.score(["text"], ["pos"]),
        lambda model: model.evaluate(["text"], ["pos"]),
        lambda model: model.to_predictor(),
    ],
    ids=["predict", "predict_proba", "score", "evaluate", "to_predictor"],
)
def test_error_not_fitted(ask):
    with pytest.raises(NotFitted, match="TextClassifier is not fitted yet"):
        ask(TextClassifier())


def test_error_not_fitted_save(tmp_path):
    with pytest.raises(NotFitted):
        TextClassifier().save(tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_error_predict_one_string(fitted):
    with pytest.raises(DataError, match="Put it in a list"):
        fitted.predict("one text")


def test_failed_fit_leaves_nothing_half_fitted(sample):
    """A second fit that fails does not leave the old encoder with the new model."""
    learner = make_learner("bag", epochs=1).fit(*sample)
    learner.set_params(optimizer="sgd", learning_rate=1e38)
    with pytest.raises(TrainingError):
        learner.fit(*make_texts(60, ["x", "y", "z"]))
    with pytest.raises(NotFitted):
        learner.predict(sample[0])


@pytest.mark.parametrize("family", ["linear", "bag", "embedding"])
def test_texts_without_a_word_are_refused(family):
    with pytest.raises(DataError, match="found in 4 texts: are they empty"):
        make_learner(family).fit([""] * 4, [0, 1, 0, 1], validation_data=([""] * 2, [0, 1]))


def test_nets_of_empty_texts_answer():
    """Rows without a word, in training, validation and service: nothing falls over."""
    texts = ["", "word", "", "word"]
    learner = make_learner("bag", epochs=1).fit(texts, [0, 1, 0, 1], validation_data=([""] * 2, [0, 1]))
    assert answers(learner, ["", "anything"]).shape == (2, 2)


def test_divergence_is_told_and_the_best_epoch_kept(sample, monkeypatch):
    """The third epoch's loss is no number: fitted all the same, with what two epochs brought, and a word about it."""
    run_epoch = loop._Runner.run_epoch

    def diverge(self, state, number, *, deadline):
        if number == 3:
            raise loop._Divergence(1)
        return run_epoch(self, state, number, deadline=deadline)

    monkeypatch.setattr(loop._Runner, "run_epoch", diverge)
    with pytest.warns(
        UserWarning, match=r"training diverged in epoch 3, step 1, at learning rate 0\.1; kept epoch 2\."
    ):
        learner = make_learner("bag").fit(*sample)
    assert len(learner.history_) == 2
    expected = make_first("bag", epochs=2).fit(*sample).predict_proba(sample[0])
    assert np.array_equal(learner.predict_proba(sample[0]), expected)


@pytest.mark.parametrize("family", ["linear", *heavy("bag")])
def test_law_weights_of_classes_by_name_are_weights_of_rows(family, sample, tmp_path):
    """And a saved learner can be loaded and fitted again with them."""
    texts, labels = sample
    held = (texts[:10], labels[:10])
    by_class = make_learner(family, class_weight={"pos": 3.0}, epochs=2)
    by_class.fit(texts[10:], labels[10:], validation_data=held).save(tmp_path / "model")
    weights = [3.0 if label == "pos" else 1.0 for label in labels]
    by_row = make_learner(family, epochs=2).fit(texts, labels, sample_weight=weights)
    whole = make_learner(family, class_weight={"pos": 3.0}, epochs=2).fit(texts, labels)
    assert np.array_equal(by_row.predict_proba(texts), whole.predict_proba(texts))
    again = TextClassifier.load(tmp_path / "model")
    assert again.class_weight == {"pos": 3.0}
    answers = again.fit(texts[10:], labels[10:], validation_data=held).predict_proba(texts)
    assert np.array_equal(answers, by_class.predict_proba(texts))
