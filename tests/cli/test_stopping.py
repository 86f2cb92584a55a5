"""Ctrl-C and kill: what is kept is said, and a resumed run is the run that was never stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from seqloom.cli import app
from seqloom.json_files import read_json
from seqloom.studies import run_folder, training
from seqloom.studies.run_folder import RunFolder
from tests.cli.conftest import SHORT, list_files
from tests.cli.reviews import make_reviews, write_csv
from tests.families import heavy

# No clock stands in these; metrics.json and curves.svg are made of them.
EQUAL = ("card.json", "vocabulary.json", "weights.safetensors", "history.json", "metrics.json", "curves.svg")


class Killed(BaseException):
    """As good as kill -9: nothing on the way out handles it."""


def bytes_of(run: Path) -> dict[str, bytes]:
    found = {name: (run / name).read_bytes() for name in EQUAL}
    return found | {str(p.relative_to(run)): p.read_bytes() for p in run.glob("rivals/*/*") if p.is_file()}


def _kill(monkeypatch, stage: str) -> None:
    """Let the run die at a stage."""
    calls: list[object] = []

    def die_at(owner, name, when):
        original = getattr(owner, name)

        def wrapped(*args, **kwargs):
            calls.append(args)
            if when(args) == "before":
                raise Killed
            result = original(*args, **kwargs)
            if when(args) == "after":
                raise Killed
            return result

        monkeypatch.setattr(owner, name, wrapped)

    stages = {
        "begun": (RunFolder, "begin", lambda _: "after"),
        "majority": (RunFolder, "write_family", lambda _: "after"),
        "half a family": (run_folder.os, "replace", lambda args: "before" if args[1].name == "linear" else ""),
        "linear": (RunFolder, "write_family", lambda args: "after" if args[1] == "linear" else ""),
        "second epoch": (RunFolder, "write_checkpoint", lambda _: "after" if len(calls) == 2 else ""),
        "half a checkpoint": (run_folder, "write_arrays", lambda _: "after" if len(calls) == 2 else ""),
        "test": (RunFolder, "finish", lambda _: "before"),
        "files on top": (run_folder.os, "replace", lambda args: "before" if args[1].name == "rivals" else ""),
        "rivals": (run_folder.os, "replace", lambda args: "after" if args[1].name == "rivals" else ""),
        "name": (RunFolder, "_take_name", lambda _: "before"),
    }
    die_at(*stages[stage])


STAGES = (
    *("half a family", "second epoch", "half a checkpoint", "test", "rivals"),
    *heavy("begun", "majority", "linear", "files on top", "name"),
)


@pytest.mark.parametrize("stage", STAGES)
def test_law_resumed_equals_uninterrupted(seqloom, trained, tmp_path, monkeypatch, stage):
    data = trained.parent / "reviews.csv"
    with monkeypatch.context() as patched:
        _kill(patched, stage)
        with pytest.raises(Killed):
            app(["train", str(data), "-o", "run", *SHORT, "--quiet"], standalone_mode=False)
    assert list_files(tmp_path) >= {"run.partial"}
    assert not (tmp_path / "run").exists()
    said = seqloom("train", data, "-o", "run", *SHORT)
    assert said.code == 1
    assert "--resume" in said.err
    assert seqloom("train", data, "-o", "run", *SHORT, "--resume").code == 0
    assert bytes_of(tmp_path / "run") == bytes_of(trained)
    assert not (tmp_path / "run.partial").exists()


KILLED_FOR_GOOD = """
import os, signal, sys
from seqloom.studies.run_folder import RunFolder
from seqloom.cli import main
original = RunFolder.write_checkpoint
def write_checkpoint(self, family, settings, *, arrays):
    original(self, family, settings, arrays=arrays)
    if len(settings["records"]) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
RunFolder.write_checkpoint = write_checkpoint
main()
"""


def test_law_resume_behind_kill_9_in_another_process(seqloom, trained, tmp_path):
    data = trained.parent / "reviews.csv"
    command = [sys.executable, "-c", KILLED_FOR_GOOD, "train", str(data), "-o", "run", *SHORT, "--quiet"]
    done = subprocess.run(command, cwd=tmp_path, timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL
    said = seqloom("train", data, "-o", "run", *SHORT, "--resume")
    assert said.code == 0
    assert said.out.count("found finished") == 2
    assert bytes_of(tmp_path / "run") == bytes_of(trained)


def test_law_finished_families_are_not_trained_again(seqloom, trained, tmp_path, monkeypatch):
    data = trained.parent / "reviews.csv"
    with monkeypatch.context() as patched:
        _kill(patched, "linear")
        with pytest.raises(Killed):
            app(["train", str(data), "-o", "run", *SHORT, "--quiet"], standalone_mode=False)
    fits = []
    original = training.TextClassifier.fit_epochs

    def fit_epochs(self, *args, **kwargs):
        fits.append(self.family)
        yield from original(self, *args, **kwargs)

    monkeypatch.setattr(training.TextClassifier, "fit_epochs", fit_epochs)
    assert seqloom("train", data, "-o", "run", *SHORT, "--resume", "--quiet").code == 0
    assert fits == ["bag"]


@pytest.mark.parametrize("change", ["settings", "a word", "a label"])
def test_resume_with_something_else_is_refused(seqloom, tmp_path, monkeypatch, change):
    rows = make_reviews(40)
    write_csv(tmp_path / "d.csv", rows)
    with monkeypatch.context() as patched:
        _kill(patched, "majority")
        with pytest.raises(Killed):
            app(["train", "d.csv", "-o", "run", *SHORT, "--quiet"], standalone_mode=False)
    if change == "a word":
        rows[3] = (rows[3][0].replace("number3", "numberX"), rows[3][1])
    if change == "a label":
        rows[3], rows[4] = (rows[3][0], rows[4][1]), (rows[4][0], rows[3][1])
    write_csv(tmp_path / "d.csv", rows)
    more = ("--min-df", 1) if change == "settings" else ()
    said = seqloom("train", "d.csv", "-o", "run", *SHORT, "--resume", *more)
    assert said.code == 1
    assert "was begun with other data or other settings" in said.err
    assert (tmp_path / "run.partial" / "families" / "majority").exists()


def test_resume_of_nothing_begins_and_says_so(seqloom, reviews):
    said = seqloom("train", reviews, "-o", "run", "--resume", "--family", "majority", "--no-rivals")
    assert said.code == 0
    assert "nothing: there is no unfinished run run.partial, so it begins here" in said.out


def _interrupt(monkeypatch, family: str, n_epochs: int) -> None:
    """Ctrl-C behind some epochs of a family (before its first: 0)."""
    original = training.TextClassifier.fit_epochs

    def fit_epochs(self, *args, **kwargs):
        records = original(self, *args, **kwargs)
        if self.family != family:
            yield from records
            return
        if kwargs.get("checkpoint") is not None and kwargs["checkpoint"][0]["is_over"]:
            yield from records
            return
        for _ in range(n_epochs):
            yield next(records)
        raise KeyboardInterrupt

    monkeypatch.setattr(training.TextClassifier, "fit_epochs", fit_epochs)


def test_ctrl_c_before_anything_was_learned_leaves_nothing(seqloom, reviews, tmp_path, monkeypatch):
    _interrupt(monkeypatch, "linear", 0)
    said = seqloom("train", reviews, "-o", "run", *SHORT)
    assert said.code == 1
    assert said.err == "seqloom: stopped by Ctrl-C. Nothing was finished, so nothing was kept.\n"
    assert list_files(tmp_path) == {"reviews.csv"}


def test_ctrl_c_before_the_first_epoch_keeps_the_rivals(seqloom, reviews, tmp_path, monkeypatch):
    _interrupt(monkeypatch, "bag", 0)
    said = seqloom("train", reviews, "-o", "run", *SHORT)
    assert said.code == 0
    assert "bag: not trained, as Ctrl-C ended the training before" in said.out
    assert read_json(tmp_path / "run" / "metrics.json")["not_trained"] == ["bag"]


def test_ctrl_c_between_epochs_keeps_the_best(seqloom, reviews, tmp_path, monkeypatch):
    _interrupt(monkeypatch, "bag", 2)
    said = seqloom("train", reviews, "-o", "run", *SHORT)
    assert said.code == 0
    assert "stopped by Ctrl-C, best of 2 epochs kept" in said.out
    row = read_json(tmp_path / "run" / "metrics.json")["rows"][-1]
    assert row["is_interrupted"]
    assert len(row["history"]) == 2


def test_ctrl_c_in_the_end_keeps_the_families(seqloom, reviews, tmp_path, monkeypatch):
    def finish(self, kept, artifact):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(RunFolder, "finish", finish)
        said = seqloom("train", reviews, "-o", "run", *SHORT)
    assert said.code == 1
    assert "run.partial keeps bag, linear and majority. Go on with the same command and --resume." in said.err
    assert seqloom("train", reviews, "-o", "run", *SHORT, "--resume", "--quiet").code == 0


SIGNALLED = """
import os, signal, sys
import seqloom.frames.read
original = seqloom.frames.read.read_texts
def read_texts(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGINT)
    return original(*args, **kwargs)
seqloom.frames.read.read_texts = read_texts
from seqloom.cli import main
main()
"""


def test_sigint_while_reading(reviews, tmp_path):
    command = [sys.executable, "-c", SIGNALLED, "train", str(reviews), "-o", "run"]
    done = subprocess.run(command, cwd=tmp_path, timeout=120, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "seqloom: stopped by Ctrl-C.\n")
    assert list_files(tmp_path) == {"reviews.csv"}


COLLECTED = """
import gc, os, signal, time
import seqloom.frames.read
def collected(phase, info):
    gc.callbacks.remove(collected)
    os.kill(os.getpid(), signal.SIGINT)
def read_texts(*args, **kwargs):
    gc.callbacks.append(collected)
    gc.collect()
    for _ in range(400):
        time.sleep(0.1)
seqloom.frames.read.read_texts = read_texts
from seqloom.cli import main
main()
"""


def test_sigint_in_a_collection_is_not_lost(reviews, tmp_path):
    """Python drops what a callback of the garbage collector raises, and JAX registers one."""
    command = [sys.executable, "-c", COLLECTED, "train", str(reviews), "-o", "run"]
    done = subprocess.run(command, cwd=tmp_path, timeout=50, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "seqloom: stopped by Ctrl-C.\n")


def call(*arguments: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "seqloom", *map(str, arguments)]
    return subprocess.run(
        command, cwd=cwd, timeout=120, capture_output=True, check=False, env={**os.environ, **environment}
    )


def test_terminal_without_unicode(trained, tmp_path):
    plain = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
    done = call("predict", trained, "--text", "\uc88b\uc740 \U0001f600", "--json", cwd=tmp_path, **plain)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\\uc88b\\uc740 \\ud83d\\ude00" in done.stdout
    done = call("predict", trained, "--text", "\uc88b\uc740", cwd=tmp_path, **plain)
    assert done.returncode == 0
    assert b"\\uc88b\\uc740" in done.stdout


def test_closed_pipe_is_no_error(trained, tmp_path):
    command = f"{sys.executable} -m seqloom predict {trained} {trained.parent / 'reviews.csv'} | head -1"
    shell = ["bash", "-o", "pipefail", "-c", command]
    done = subprocess.run(shell, cwd=tmp_path, timeout=120, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.count(b"\n") == 1
