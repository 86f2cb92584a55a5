"""What does not belong into a repository: addresses of a registry, paths of somebody's machine, promises."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.gates.source import ROOT, hold, tracked_files

RULES = {
    "the address or an option of a package index": re.compile(
        r"pypi\.org|pythonhosted\.org|anaconda\.org|artifactory"
        r"|(?<![\w-])--(?:index-url|extra-index-url|find-links|trusted-host)"
        r"|\b(?:10\.\d{1,3}|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d{1,3}\.\d{1,3}\b"
    ),
    "an absolute path of some machine": re.compile(r"(?<![\w.~$})-])/(?:tmp|work|root|home|opt|Users|mnt)/\w"),
    "a promise: do it, or open an issue": re.compile(r"\b(?:TODO|FIXME|XXX)\b"),
}

# Files that name such a thing on purpose, and why.
ALLOWED = {
    "tests/gates/test_text_hygiene.py": "the patterns themselves",
}


def hygiene_offences(path: str, text: str) -> list[str]:
    """Lines of a text that hold what does not belong into it."""
    if path in ALLOWED:
        return []
    return [
        f"{path}:{number}: {rule}: {match.group()}"
        for number, line in enumerate(text.splitlines(), start=1)
        for rule, pattern in RULES.items()
        if (match := pattern.search(line))
    ]


def read_text(path: Path) -> str:
    """The text of a file; nothing where it is none (a picture)."""
    content = path.read_bytes()
    return "" if b"\0" in content else content.decode("utf-8", errors="replace")


def test_law_text_is_clean():
    offences = []
    for path in tracked_files():
        offences += hygiene_offences(path.relative_to(ROOT).as_posix(), read_text(path))
    hold(offences, rule="These do not belong into the repository.")


def test_allowed_files_exist():
    assert [name for name in ALLOWED if not (ROOT / name).exists()] == []


@pytest.mark.parametrize(
    "text",
    [
        "pip install -i https://pypi.org/simple",
        "--extra-index-url https://example.org",
        "see 10.1.2.3",
        'open("/home/somebody/a.csv")',
        "cd /tmp/a",
        "# TODO: later",
    ],
)
def test_gate_can_fail(text):
    assert len(hygiene_offences("docs/a.md", text)) == 1


@pytest.mark.parametrize("text", ["--no-emit-index-url", "https://example.org/home/a", "jax==0.10.2", "tests/tmp/a"])
def test_gate_lets_pass(text):
    assert hygiene_offences("docs/a.md", text) == []
