"""What the text classifier decides by itself: defaults, encodings, plans."""

from __future__ import annotations

import numpy as np
import pytest

from seqloom import TextClassifier
from seqloom.flow import Ragged
from seqloom.learner import AbstractClassifier
from seqloom.nets.defaults import NET_DEFAULTS, OWN_NET
from seqloom.tasks.families import REFIT_NETS
from seqloom.text.tokens import as_texts

TEXTS = [f"word{i % 3} other{i % 5} end" for i in range(30)]


def test_law_a_task_overrides_nothing_else():
    """Candidates, reading, encoding, metrics, plan and restoring; all the rest is the learner's."""
    supplied = {name for name in vars(TextClassifier) if not name.startswith("__") or name == "__init__"}
    hooks = AbstractClassifier.__abstractmethods__
    assert hooks <= supplied
    overridden = {name for name in supplied - hooks - {"_abc_impl"} if hasattr(AbstractClassifier, name)}
    assert overridden == {"__init__", "_name_family"}  # a net of one's own is named by no argument


def test_law_every_net_is_a_family():
    families = TextClassifier()._candidates()
    assert set(NET_DEFAULTS) < set(families)
    assert set(families) - set(NET_DEFAULTS) == {"majority", "linear", "linear-char", "lsa", OWN_NET}
    assert [name for name, recipe in families.items() if recipe.refit] == ["linear", "linear-char", "lsa", *REFIT_NETS]


ASKED = {
    "units": 5,
    "layers": 3,
    "bidirectional": True,
    "recurrent_dropout": 0.1,
    "kernel_size": 2,
    "heads": 3,
}


@pytest.mark.parametrize("family", sorted(NET_DEFAULTS))
def test_law_defaults_of_a_net_are_heard(family):
    """What was not asked for comes from the table; what was asked for wins."""
    default = NET_DEFAULTS[family]
    encoder = TextClassifier(family)._candidates()[family].encoding.fit(as_texts(TEXTS))
    model = TextClassifier(family)._candidates()[family].model(encoder, 2)
    table = {name: getattr(default, name) for name in ("width", "length", "dropout", *ASKED)}
    assert model.sizes == {name: value for name, value in table.items() if value is not None} | {"n_ids": encoder.n_ids}
    asked = TextClassifier(family, width=3, length=4, dropout=0.0, **ASKED)._candidates()[family]
    encoder = asked.encoding.fit(as_texts(TEXTS))
    mine = {name: value for name, value in ASKED.items() if table[name] is not None}  # what the family has no use for
    expected = {"width": 3, "length": 4, "dropout": 0.0, "n_ids": encoder.n_ids, **mine}
    assert asked.model(encoder, 2).sizes == expected


@pytest.mark.parametrize(
    ("options", "rate"),
    [
        ({"family": "bag"}, NET_DEFAULTS["bag"].learning_rate),
        ({"family": "bag", "optimizer": "Adam"}, NET_DEFAULTS["bag"].learning_rate),
        ({"family": "bag", "optimizer": "sgd"}, None),  # a rate for Adam says nothing about others
        ({"family": "bag", "learning_rate": 0.5}, 0.5),
        ({"family": "embedding"}, None),
    ],
)
def test_law_learning_rate(options, rate):
    assert TextClassifier(**options)._plan().learning_rate == rate


def test_law_plan_is_the_arguments():
    options = {"epochs": 3, "batch_size": 5, "patience": None, "monitor": "accuracy", "budget": 9.0, "optimizer": "sgd"}
    plan = TextClassifier("bag", random_state=4, **options)._plan()
    assert {name: getattr(plan, name) for name in options} == options
    assert plan.seed == 4
    assert TextClassifier("bag", random_state=None)._plan().seed == 0


@pytest.mark.parametrize(("keep", "kept"), [("first", ["a", "b"]), ("last", ["c", "d"])])
def test_law_keep_tells_which_end_is_read(keep, kept):
    """Texts that differ only in what is cut away get the same answer, others another."""
    options = {"family": "embedding", "keep": keep, "length": 2, "min_df": 1, "max_features": 20}
    texts, labels = ["a b c d", "x y z w"] * 10, [0, 1] * 10
    learner = TextClassifier(**options, epochs=3, learning_rate=0.1)
    learner.fit(texts, labels, validation_data=(texts, labels))
    whole, end = "a b c d", " ".join(kept)
    first, second, other = learner.predict_proba([whole, end, "x y z w"])
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_law_feeds():
    """A net of fixed length gets padded rows, one of any length gets ragged ones in buckets."""
    for family, default in NET_DEFAULTS.items():
        encoder = TextClassifier(family, length=4)._candidates()[family].encoding.fit(as_texts(TEXTS))
        ids = encoder.encode(as_texts(["word1", "word1 end word2 other1 other2"]))["ids"]
        if default.is_fixed:
            assert ids.shape == (2, 4)
        else:
            assert isinstance(ids, Ragged)
            assert ids.lengths.tolist() == [1, 4]
