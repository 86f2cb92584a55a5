"""A model folder from a stranger: whatever was done to it, loading works or says what is wrong."""

from __future__ import annotations

import copy as copying
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import seqloom
from seqloom import TextClassifier
from seqloom.errors import ArtifactError, SeqloomError
from tests.artifact.conftest import ASKED, FAMILIES
from tests.families import heavy

DELETED = object()
REPLACEMENTS = (None, [], {}, [1, "a"], 10**12, -1, 0.5, float("inf"), True, "../../etc/passwd", DELETED)


def list_places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a JSON value: every key, and two of each list, from the outside in."""
    if place:
        yield place
    pairs = value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    for name, inner in pairs:
        yield from list_places(inner, (*place, name))


def put(value: Any, place: tuple[Any, ...], new: Any) -> Any:
    """A copy of a JSON value with something else at one place."""
    changed = copying.deepcopy(value)
    parent = changed
    for name in place[:-1]:
        parent = parent[name]
    if new is DELETED:
        del parent[place[-1]]
    else:
        parent[place[-1]] = new
    return changed


def refusal(folder: Path, load: Any = seqloom.load) -> str:
    """What loading and asking says against a folder; empty where it answers as a model does."""
    try:
        probability = load(folder).predict_proba(ASKED)
    except SeqloomError as problem:
        return str(problem)
    assert probability.shape == (len(ASKED), 3)
    assert np.allclose(probability.sum(axis=1), 1, atol=1e-5)
    return ""


@pytest.mark.parametrize("family", ["majority", *heavy("linear")])
def test_law_no_value_of_a_card_leads_to_a_traceback(copy, family):
    folder = copy(family)
    card, refused, tried = folder.card, 0, 0
    for place in list_places(card):
        for new in REPLACEMENTS:
            folder.write_card(put(card, place, new))
            refused += bool(refusal(folder.path))
            tried += 1
    assert 0.3 < refused / tried < 0.7  # scores and params may say what they like; the rest may not


@pytest.mark.parametrize("family", ["bag", "embedding"])
@pytest.mark.parametrize("part", ["encoding", "model", "classes", "arrays"])
@pytest.mark.filterwarnings("ignore:.*rebuilt from card and weights")
def test_law_no_value_of_a_net_leads_to_a_traceback(copy, family, part):
    folder = copy(family)
    card = folder.card
    for place in list_places(card[part], (part,)):
        for new in (None, [], 10**12, -1, 0.5, "x", DELETED):
            folder.write_card(put(card, place, new))
            refusal(folder.path)


def test_law_no_value_of_a_card_stops_the_learner_with_a_traceback(copy):
    folder = copy("linear")
    card = folder.card
    for place in list_places(card):
        for new in (None, [1, "a"], "x", DELETED):
            folder.write_card(put(card, place, new))
            refusal(folder.path, load=TextClassifier.load)


@pytest.mark.parametrize("family", ["linear", "bag"])
@pytest.mark.parametrize("name", ["weights.safetensors", "vocabulary.json"])
@pytest.mark.parametrize("n_bytes", [0, 1, 20, -3])
def test_truncated_files_are_refused_by_name(copy, family, name, n_bytes):
    folder = copy(family)
    data = (folder.path / name).read_bytes()
    (folder.path / name).write_bytes(data[:n_bytes])
    assert f"{folder.path / name} has" in refusal(folder.path)
    assert "make it again" in refusal(folder.path)
    folder.replace(name, data[:n_bytes])  # and with a card that agrees
    assert name in refusal(folder.path)


@pytest.mark.parametrize("name", ["weights.safetensors", "vocabulary.json", "forward.bin"])
def test_a_flipped_byte_is_refused_by_name(copy, name):
    folder = copy("bag")
    data = bytearray((folder.path / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder.path / name).write_bytes(data)
    assert refusal(folder.path) == (
        f"{folder.path / name} is not the file the card was written for. Get the folder from its source again."
    )


@pytest.mark.parametrize("name", ["card.json", "weights.safetensors", "vocabulary.json"])
def test_a_missing_file_is_refused_by_name(copy, name):
    folder = copy("linear")
    (folder.path / name).unlink()
    assert f"{folder.path / name} is missing" in refusal(folder.path)


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_an_unknown_version_is_refused(copy, version):
    folder = copy("linear")
    folder.edit_card(lambda card: card.update(version=version))
    told = refusal(folder.path)
    assert f"format version {version!r}, this seqloom reads 1" in told
    assert "train again" in told


@pytest.mark.parametrize("family", FAMILIES)
def test_shapes_that_disagree_are_refused(copy, family):
    names = [name for name in copy(family).card["arrays"] if name.startswith("model.")]
    for name in names:
        for cut in (lambda a: a[..., :-1], lambda a: np.concatenate([a, a]), lambda a: a[None], lambda a: a[:0]):
            folder = copy(family)
            folder.edit_arrays(
                lambda arrays, name=name, cut=cut: arrays.update({name: np.ascontiguousarray(cut(arrays[name]))})
            )
            assert "expected" in refusal(folder.path) or "promise" in refusal(folder.path)
        folder = copy(family)
        folder.edit_arrays(lambda arrays, name=name: arrays.pop(name))
        assert refusal(folder.path)
        folder = copy(family)
        folder.edit_arrays(lambda arrays, name=name: arrays.update({name: arrays[name].astype(np.float64)}))
        assert refusal(folder.path)


def test_arrays_that_the_card_does_not_promise_are_refused(copy):
    folder = copy("linear")
    folder.edit_card(lambda card: card["arrays"]["model.coef"].__setitem__(1, [3, 7]))
    assert "model.coef is ['float32'" in refusal(folder.path)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    "classes",
    [["mid", "neg"], ["a", "b", "c", "d"], ["mid", "mid", "pos"], ["pos", "neg", "mid"], ["a"], [], [1, "b", 2.0]],
)
def test_classes_that_disagree_are_refused(copy, family, classes):
    folder = copy(family)
    folder.edit_card(lambda card: card.update(classes=classes))
    assert "classes" in refusal(folder.path)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize(("family", "name"), [("linear", "model.coef"), ("bag", "model.embed/embeddings")])
def test_weights_that_are_no_numbers_are_refused(copy, family, name, bad):
    folder = copy(family)
    folder.edit_arrays(lambda arrays: arrays[name].__setitem__((0, 0), bad))
    assert f"{name} holds NaN or infinity" in refusal(folder.path)


def test_more_words_than_the_embedding_has_rows_are_refused(copy):
    folder = copy("embedding")
    folder.edit_words(lambda words: words.extend(f"new{i}" for i in range(50)))
    assert "word vectors" in refusal(folder.path)


def test_fewer_ngrams_than_the_embedding_has_rows_are_refused(copy):
    folder = copy("bag")

    def cut(arrays):
        ids = arrays["encoder.ngram_ids"]
        is_kept = ids < ids.max()
        arrays["encoder.ngram_ids"], arrays["encoder.ngram_keys"] = ids[is_kept], arrays["encoder.ngram_keys"][is_kept]

    folder.edit_arrays(cut)
    assert "word vectors" in refusal(folder.path)


def test_a_word_that_stands_twice_is_refused(copy):
    for family in ("linear", "bag"):
        folder = copy(family)
        folder.edit_words(lambda words: words.__setitem__(0, words[1]))
        assert "stands there twice" in refusal(folder.path)


@pytest.mark.parametrize(
    "edit",
    [
        lambda keys: keys[::-1].copy(),
        lambda keys: np.concatenate([keys[:1], keys[:-1]]),
        lambda keys: np.concatenate([[0], keys[1:]]),
        lambda keys: np.concatenate([[-5], keys[1:]]),
        lambda keys: np.concatenate([keys[:-1], [2**62 + 1]]),
        lambda keys: np.concatenate([keys[:-1], [2**63 - 1]]),
        lambda keys: np.concatenate([keys[:-1], [keys[-1] >> 21 << 21]]),
        lambda keys: keys.astype(np.int32),
        lambda keys: keys[None],
    ],
    ids=["reversed", "twice", "zero", "negative", "unknown word", "no such word", "no last word", "narrow", "table"],
)
def test_keys_that_are_no_ngrams_of_the_vocabulary_are_refused(copy, edit):
    folder = copy("linear")
    folder.edit_arrays(lambda arrays: arrays.update({"encoder.ngram_keys": edit(arrays["encoder.ngram_keys"])}))
    assert "n-gram keys" in refusal(folder.path)


def test_fewer_words_than_the_ngrams_name_are_refused(copy):
    folder = copy("linear")
    folder.edit_words(lambda words: words.pop())
    assert "vocabulary.json has not" in refusal(folder.path)


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "weights.safetensors/../card.json"])
def test_a_card_names_no_file_of_its_own_choice(copy, name):
    folder = copy("linear")
    folder.edit_card(lambda card: card["files"].update({name: {"bytes": 1, "sha256": "0"}}))
    assert "what a card may name" in refusal(folder.path)
    folder.edit_card(lambda card: card.update(files={name: card["files"]["weights.safetensors"]}))
    assert "what a card may name" in refusal(folder.path)


@pytest.mark.parametrize("name", ["card.json", "weights.safetensors", "vocabulary.json", "forward.bin"])
def test_links_are_not_followed(copy, tmp_path, name):
    folder = copy("bag")
    os.replace(folder.path / name, tmp_path / "elsewhere")
    (folder.path / name).symlink_to(tmp_path / "elsewhere")
    assert f"{folder.path / name} is" in refusal(folder.path)
    assert "link" in refusal(folder.path)


def test_what_is_no_file_is_not_read(copy):
    for name in ("card.json", "history.json"):
        folder = copy("linear")
        (folder.path / name).unlink()
        os.mkfifo(folder.path / name)  # reading it would wait for ever
        assert f"{folder.path / name} is not an ordinary file" in refusal(folder.path)


@pytest.mark.parametrize(
    "card",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 200_000,
        b'{"a":' * 100_000,
        b"1" * 10_000,
        b'{"format": "seqloom-model", "version": ' + b"1" * 10_000 + b"}",
        b"null",
        b"[]",
        b'{"format": "another"}',
        b" " * (16 * 2**20 + 1),
    ],
    ids=["empty", "open", "bytes", "deep", "deep object", "digits", "digits inside", "null", "list", "foreign", "huge"],
)
def test_a_card_that_is_no_card_is_refused(copy, card):
    folder = copy("linear")
    (folder.path / "card.json").write_bytes(card)
    assert str(folder.path / "card.json") in refusal(folder.path)


@pytest.mark.parametrize(
    "words", [b"{}", b"[1]", b"[null]", b"[", b"\xff", b"[" * 200_000, b'["\\ud800"]', b"1" * 9_999]
)
def test_a_vocabulary_that_is_none_is_refused(copy, words):
    folder = copy("linear")
    folder.replace("vocabulary.json", words)
    assert refusal(folder.path)


@pytest.mark.parametrize("history", [b"[", b"{}", b"[1]", b'[{"epoch": 1}]'])
def test_a_history_that_is_none_is_refused_by_name(copy, history):
    folder = copy("bag")
    (folder.path / "history.json").write_bytes(history)
    assert str(folder.path / "history.json") in refusal(folder.path)


def test_arrays_of_types_that_numpy_has_not_are_refused(copy):
    folder = copy("majority")
    header = json.dumps({"model.shares": {"dtype": "BF16", "shape": [3], "data_offsets": [0, 6]}}).encode()
    folder.replace("weights.safetensors", len(header).to_bytes(8, "little") + header + b"\0" * 6)
    assert "weights.safetensors" in refusal(folder.path)


@pytest.mark.parametrize("data", [b"", b"garbage", b"\0" * 5_000])
def test_an_exported_program_of_garbage_is_rebuilt_with_a_warning(copy, learners, data):
    folder = copy("bag")
    folder.replace("forward.bin", data)
    with pytest.warns(UserWarning, match="rebuilt from card and weights"):
        rebuilt = seqloom.load(folder.path)
    assert rebuilt.predict(ASKED).tolist() == learners["bag"].predict(ASKED).tolist()


def test_a_missing_exported_program_is_rebuilt_with_a_warning(copy, learners):
    folder = copy("bag")
    (folder.path / "forward.bin").unlink()
    with pytest.warns(UserWarning, match="rebuilt from card and weights"):
        rebuilt = seqloom.load(folder.path)
    assert rebuilt.predict(ASKED).tolist() == learners["bag"].predict(ASKED).tolist()


def test_an_exported_program_of_another_net_is_refused(copy, saved):
    folder = copy("bag")
    folder.replace("forward.bin", (saved / "embedding" / "forward.bin").read_bytes())
    assert "the exported program takes" in refusal(folder.path)


def test_an_exported_program_with_a_foreign_call_is_refused(copy):
    jax = pytest.importorskip("jax")
    from seqloom import engine

    def call_back(weights, ids):
        spy = jax.ShapeDtypeStruct((ids.shape[0], 3), np.float32)
        return jax.numpy.linalg.eigh(jax.numpy.eye(3, dtype=np.float32) * weights[0].sum())[1][:1] + jax.numpy.zeros(
            spy.shape
        )

    folder = copy("bag")
    names = [name for name in folder.card["arrays"] if name.startswith("model.")]
    weights = [np.zeros(folder.card["arrays"][name][1], np.float32) for name in sorted(names)]
    folder.replace("forward.bin", engine.export_forward(call_back, weights, inputs={"ids": (None,)}))
    with pytest.raises(ArtifactError, match=r"calls .*eigh|calls .*syevd"):
        seqloom.load(folder.path)


def test_a_folder_that_is_none_is_refused(tmp_path):
    assert "does not exist" in refusal(tmp_path / "nowhere")
    (tmp_path / "file").write_text("x")
    assert "is a file" in refusal(tmp_path / "file")
    assert "card.json is missing" in refusal(tmp_path)
