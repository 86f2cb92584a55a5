"""Fenced blocks of the documents, so that what they show can be run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.gates.source import ROOT

SKIP = re.compile(r"<!--\s*not run:(?P<reason>.*?)-->")


@dataclass(frozen=True, kw_only=True)
class Block:
    """A fenced block: its language, its text, where it begins, and why it is not run (None: it is)."""

    language: str
    text: str
    path: str
    line: int
    skipped: str | None


def documents() -> list[Path]:
    """README and everything in docs/."""
    found = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
    return [path for path in found if path.exists()]


def blocks(path: str, text: str) -> Iterator[Block]:
    """The fenced blocks of a document, in their order."""
    lines = text.splitlines()
    start, language, before = None, "", ""
    for number, line in enumerate(lines, start=1):
        fence = re.match(r"\s*```\s*(\w*)", line)
        if fence and start is None:
            start, language = number, fence.group(1)
        elif fence:
            skip = SKIP.search(before)
            reason = skip.group("reason").strip() if skip else None
            inside = "\n".join(lines[start : number - 1]) + "\n"
            yield Block(language=language, text=inside, path=path, line=start + 1, skipped=reason)
            start, before = None, ""
        elif start is None and line.strip():
            before = line


def commands(block: Block) -> Iterator[tuple[int, list[str]]]:
    """The words of each call of seqloom that a block shows (behind ``$`` in a console), with its line."""
    joined = re.sub(r"\\\n", "  ", block.text)
    for offset, line in enumerate(joined.splitlines()):
        if block.language == "console":
            if not line.lstrip().startswith("$ "):
                continue
            line = line.lstrip()[2:]
        elif block.language not in {"sh", "bash"}:
            continue
        for words in _pipeline(line):
            if words and words[0] == "seqloom":
                yield block.line + offset, words[1:]


def _pipeline(line: str) -> Iterator[list[str]]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|;&<>")
    lexer.whitespace_split = True
    words: list[str] = []
    for word in lexer:
        if set(word) <= set("|;&"):
            yield words
            words = []
        else:
            words.append(word)
    yield words
