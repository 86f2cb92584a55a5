"""What must come at once does not load what is slow to load. Counted in modules, never in seconds."""

from __future__ import annotations

import subprocess
import sys

import pytest

from seqloom import TextClassifier
from tests.gates import house
from tests.gates.source import ROOT


def loaded_by(*arguments: str) -> set[str]:
    """Top-level modules that a new Python loads when started with these arguments."""
    command = [sys.executable, "-X", "importtime", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr[-2000:]
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip().split(".")[0] for line in lines}


needs_command = pytest.mark.skipif(not any((ROOT / "src" / "seqloom").glob("cli*")), reason="no command yet")


def test_law_import_is_light():
    assert not loaded_by("-c", "import seqloom") & {*house.HEAVY, "numpy"}


@needs_command
@pytest.mark.parametrize("option", ["--help", "--version"])
def test_law_command_starts_light(option):
    loaded = loaded_by("-m", "seqloom", option)
    assert "seqloom" in loaded
    assert not loaded & house.HEAVY


@pytest.fixture(scope="module", params=["linear", "bag"])
def saved(request, tmp_path_factory):
    """A family, and the folder of a model of it."""
    folder = tmp_path_factory.mktemp("saved") / request.param
    texts = [f"{word} film number {i}" for i in range(20) for word in ("good", "bad")]
    TextClassifier(request.param, epochs=1, length=8, width=2).fit(texts, ["pos", "neg"] * 20).save(folder)
    return request.param, folder


def test_law_cold_prediction_is_light(saved):
    """Neither Keras nor scikit-learn, and JAX only where a net answers."""
    family, folder = saved
    loaded = loaded_by("-c", f"import seqloom; seqloom.load({str(folder)!r}).predict(['good film'])")
    assert "polars" in loaded  # it did answer
    needed = {"jax", "jaxlib"} if family == "bag" else set()
    assert loaded & house.HEAVY == {"polars", "scipy"} | needed


def test_gate_can_fail():
    assert {"scipy", "numpy"} <= loaded_by("-c", "from scipy import sparse")
