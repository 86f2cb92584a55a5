"""The command run in this process: arguments in, exit code and what was printed out."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from seqloom.cli import main
from tests.cli.reviews import make_reviews, write_csv

# Small and short, so that a whole study takes a second once JAX is warm.
SHORT = ("--epochs", "3", "--length", "32", "--width", "4", "--patience", "0")


@dataclass
class Said:
    code: int
    out: str
    err: str


def call_main(*arguments: object, capture) -> Said:
    """``seqloom ARGUMENTS`` without a new process."""
    before = sys.argv
    sys.argv = ["seqloom", *map(str, arguments)]
    try:
        with pytest.raises(SystemExit) as left:
            main()
    finally:
        sys.argv = before
    out, err = capture.readouterr()
    return Said(int(left.value.code or 0), out, err)


@pytest.fixture
def seqloom(capsys, tmp_path, monkeypatch):
    """``seqloom(...)`` in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: call_main(*arguments, capture=capsys)


@pytest.fixture
def reviews(tmp_path) -> Path:
    return write_csv(tmp_path / "reviews.csv", make_reviews(120))


class _Kept:
    """Stands in for capsys in fixtures that live as long as the session."""

    def readouterr(self) -> tuple[str, str]:
        return "", ""


@pytest.fixture(scope="session")
def trained(tmp_path_factory) -> Path:
    """A run of all three families on reviews.csv beside it."""
    folder = tmp_path_factory.mktemp("trained")
    data = write_csv(folder / "reviews.csv", make_reviews(120))
    assert call_main("train", data, "-o", folder / "run", *SHORT, "--quiet", capture=_Kept()).code == 0
    return folder / "run"


def list_files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
