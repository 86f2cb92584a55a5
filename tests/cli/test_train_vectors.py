"""``--vectors``, ``--freeze`` and ``--thaw-after``: of train and curve."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest

from seqloom.cli import app
from seqloom.frames.read import read_texts
from seqloom.json_files import read_json
from seqloom.studies.dataset import prepare_table
from seqloom.studies.run_folder import RunFolder
from seqloom.text.vectors import WordVectors
from tests.cli.conftest import SHORT, list_files

KNOWN = ["good", "great", "bad", "awful", "film", "the"]
ALONE = ("--family", "bag", "--no-rivals", *SHORT)


@pytest.fixture
def vectors(tmp_path) -> WordVectors:
    """In the folder ``v``, as wide as the nets of SHORT."""
    matrix = np.random.default_rng(0).normal(size=(len(KNOWN), 4)).astype(np.float32)
    made = WordVectors(KNOWN, matrix, origin={"file": "glove.txt"})
    made.save(tmp_path / "v")
    return made


def test_train_says_what_is_covered(seqloom, reviews, vectors, tmp_path):
    said = seqloom("train", reviews, "-o", "run", *ALONE, "--vectors", "v", "--freeze")
    assert said.code == 0
    table = read_texts(reviews)
    words = Counter(" ".join(table.texts.gather(prepare_table(table).parts.train).to_list()).split())
    tokens = sum(words[word] for word in KNOWN) / words.total()
    types = sum(word in words for word in KNOWN) / len(words)
    assert "Vectors     6 words of width 4\n" in said.out
    shares = f"{100 * tokens:.1f} % of the training tokens, {100 * types:.1f} % of the different words have one"
    assert f" {shares}\n" in said.out
    params = read_json(tmp_path / "run" / "card.json")["params"]
    assert params["vectors"] == vectors.describe()
    assert (params["freeze"], params["thaw_after"]) == (True, None)
    told = seqloom("inspect", "run").out
    assert "Began from  6 words of width 4 (file glove.txt), frozen\n" in told


class Killed(BaseException):
    """As good as kill -9: nothing on the way out handles it."""


def _kill_after_epoch(monkeypatch, epoch: int) -> None:
    original = RunFolder.write_checkpoint

    def write_checkpoint(self, family, settings, *, arrays):
        original(self, family, settings, arrays=arrays)
        if len(settings["records"]) == epoch:
            raise Killed

    monkeypatch.setattr(RunFolder, "write_checkpoint", write_checkpoint)


def test_law_resumed_equals_uninterrupted(seqloom, reviews, vectors, tmp_path, monkeypatch):
    """Killed where the vectors thaw; with others than the run began with, it is not gone on with."""
    call = ("train", str(reviews), *ALONE, "--vectors", "v", "--thaw-after", "2", "--quiet")
    assert seqloom(*call, "-o", "whole").code == 0
    with monkeypatch.context() as patched:
        _kill_after_epoch(patched, 2)
        with pytest.raises(Killed):
            app([*call, "-o", "run"], standalone_mode=False)
    WordVectors(vectors.words, -vectors.matrix, origin=vectors.origin).save(tmp_path / "w")
    other = [value if value != "v" else "w" for value in call]
    refused = seqloom(*other, "-o", "run", "--resume")
    assert refused.code == 1
    assert "was begun with other data or other settings" in refused.err
    assert seqloom(*call, "-o", "run", "--resume").code == 0
    for name in ("card.json", "weights.safetensors", "history.json", "metrics.json", "forward.bin"):
        assert (tmp_path / "run" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name


@pytest.mark.slow
def test_curve_takes_vectors(seqloom, reviews, vectors, tmp_path):
    quick = ("--families", "majority,bag", "--sizes", "40", "--seeds", "1", *SHORT)
    said = seqloom("curve", reviews, "-o", "c", *quick, "--vectors", "v", "--thaw-after", "1")
    assert said.code == 0
    assert re.search(r"Vectors     6 words of width 4\n +\d\d\.\d % of the training tokens", said.out)
    params = read_json(tmp_path / "c" / "curve.json")["params"]
    assert params["vectors"] == vectors.describe()
    assert params["thaw_after"] == 1


@pytest.mark.parametrize("verb", ["train", "curve"])
@pytest.mark.parametrize(("options", "code", "message"), [
    (["--vectors", "nothing"], 1, "nothing does not exist, a folder of word vectors expected"),
    (["--vectors", "reviews.csv"], 1, "reviews.csv: most lines do not end in numbers"),
    (["--vectors", "."], 1, "card.json is missing"),
    (["--vectors", "strange"], 1, "none of the words of the training texts has a vector"),
    (["--vectors", "v", "--width", "5"], 2, "width 5 and vectors of width 4 found"),
    (["--vectors", "v", "--freeze", "--thaw-after", "3"], 2, "freeze and thaw_after found"),
    (["--vectors", "v", "--thaw-after", "0"], 2, "'--thaw-after'"),
    (["--vectors", "v", "--thaw-after", "20"], 2, "thaw_after 20 and 20 epochs found"),
    (["--freeze"], 2, "freeze or thaw_after without vectors found"),
    (["--thaw-after", "2"], 2, "freeze or thaw_after without vectors found"),
])  # fmt: skip
def test_error_before_anything_is_trained(seqloom, reviews, vectors, tmp_path, verb, options, code, message):
    WordVectors(["der", "die"], vectors.matrix[:2]).save(tmp_path / "strange")
    before = list_files(tmp_path)
    said = seqloom(verb, reviews, "-o", "run", *options)
    assert said.code == code
    assert message in said.err
    assert "Traceback" not in said.err
    assert list_files(tmp_path) == before


@pytest.mark.parametrize("verb", ["train", "curve"])
@pytest.mark.usefixtures("vectors")
def test_error_nothing_would_use_them(seqloom, reviews, tmp_path, verb):
    families = ("--family", "linear", "--no-rivals") if verb == "train" else ("--families", "linear")
    said = seqloom(verb, reviews, "-o", "run", *families, "--vectors", "v")
    assert said.code == 2
    assert "--vectors with linear found: only nets begin from word vectors" in said.err
    assert not (tmp_path / "run").exists()
