"""What the documents show can be done: Python blocks run, and commands use verbs and options that exist.

A block that cannot run (it needs data, or minutes) says so right before it: ``<!-- not run: reason -->``.
"""

from __future__ import annotations

import doctest
import functools
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.gates.markdown import Block, blocks, commands, documents
from tests.gates.source import ROOT, hold


def script(found: list[Block]) -> str:
    """One program of the Python blocks of a document; each compiled with the line that it stands on."""
    parts = []
    for block in found:
        if block.language != "python" or block.skipped is not None:
            continue
        text = block.text
        if text.lstrip().startswith(">>>"):
            examples = doctest.DocTestParser().get_examples(text)
            text = "".join(example.source for example in examples)
        code = "\n" * (block.line - 1) + text
        parts.append(f"exec(compile({code!r}, {block.path!r}, 'exec'))\n")
    return "".join(parts)


def run(program: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The program, run in an empty folder by a Python of its own."""
    (folder / "blocks.py").write_text(program, encoding="utf-8")
    command = [sys.executable, "blocks.py"]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL, check=False
    )


def reasons_missing(found: list[Block]) -> list[str]:
    """A block that is not run says why."""
    return [f"{b.path}:{b.line}: not run, and no reason" for b in found if b.skipped == ""]


# What the help of a verb says that has verbs of its own.
_HAS_VERBS = "COMMAND [ARGS]..."


@functools.cache
def help_of(verb: str) -> str | None:
    """What ``seqloom VERB --help`` prints; None where there is no such verb. ``vectors train`` is a verb, too."""
    environment = {**os.environ, "COLUMNS": "300", "NO_COLOR": "1", "TERM": "dumb"}
    command = [sys.executable, "-m", "seqloom", *verb.split(), "--help"]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL, env=environment, check=False
    )
    return done.stdout if done.returncode == 0 else None


def command_faults(words: list[str], *, help_of=help_of) -> list[str]:
    """Verbs and options of one call that the command does not know."""
    verb = words[0] if words and not words[0].startswith("-") else ""
    page = help_of(verb)
    if page is not None and verb and _HAS_VERBS in page:
        verb = " ".join(words[:2])
        page = help_of(verb)
    if page is None:
        return [f"there is no verb {verb!r}"]
    known = set(re.findall(r"(?<![\w-])--?[A-Za-z][\w-]*", page))
    options = [word.split("=")[0] for word in words if re.match(r"--?[A-Za-z]", word)]
    return [f"{verb or 'seqloom'} has no option {option}" for option in options if option not in known]


def read(path: Path) -> list[Block]:
    return list(blocks(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")))


# The book's page trains what the book trains: half a minute.
_RUN = [pytest.param(path, marks=[pytest.mark.slow] * (path.name == "from-the-book.md")) for path in documents()]


@pytest.mark.parametrize("path", _RUN, ids=lambda path: path.name)
def test_law_python_blocks_run(path, tmp_path):
    found = read(path)
    hold(reasons_missing(found), rule=reasons_missing.__doc__)
    if program := script(found):
        done = run(program, tmp_path)
        assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_law_commands_are_known(path):
    calls = [(block, *call) for block in read(path) for call in commands(block)]
    faults = [f"{b.path}:{line}: {fault}" for b, line, words in calls for fault in command_faults(words)]
    hold(faults, rule="The documents use verbs and options that exist.")


DOCUMENT = """
```python
a = 1
```

<!-- not run: needs a network -->

```python
a = 2
```

```python
>>> a + 1
2
>>> assert a == 1
```

```console
$ cat a.txt | seqloom predict runs/a - --json  # why
$ seqloom train a.csv \\
    --seed=3
seqloom: 3 rows
```
"""


def test_blocks_are_found_in_order():
    found = list(blocks("a.md", DOCUMENT))
    assert [(b.language, b.line, b.skipped) for b in found] == [
        ("python", 3, None),
        ("python", 9, "needs a network"),
        ("python", 13, None),
        ("console", 19, None),
    ]
    assert [words for _, words in commands(found[3])] == [
        ["predict", "runs/a", "-", "--json"],
        ["train", "a.csv", "--seed=3"],
    ]


def test_blocks_share_one_namespace(tmp_path):
    assert run(script(list(blocks("a.md", DOCUMENT))), tmp_path).returncode == 0


def test_gate_can_fail_block(tmp_path):
    done = run(script(list(blocks("a.md", "Text.\n\n```python\n1 / 0\n```\n"))), tmp_path)
    assert done.returncode == 1
    assert 'File "a.md", line 4' in done.stderr


def test_gate_can_fail_reason():
    assert len(reasons_missing(list(blocks("a.md", "<!-- not run: -->\n```python\na\n```\n")))) == 1


@pytest.mark.parametrize(
    ("words", "n_faults"),
    [
        (["train", "--seed"], 0),
        (["train", "-o", "a"], 0),
        (["train", "--sed"], 1),
        (["tran"], 1),
        (["--version"], 0),
        (["vectors", "near", "-n", "3"], 0),
        (["vectors", "near", "--seed"], 1),
        (["vectors", "far", "-n"], 1),
    ],
)
def test_gate_can_fail_command(words, n_faults):
    pages = {
        "": "Options:\n  --version  --help",
        "train": "Options:\n  --seed INTEGER\n  --output,-o PATH",
        "vectors": "Usage: seqloom vectors [OPTIONS] COMMAND [ARGS]...",
        "vectors near": "Options:\n  -n",
    }
    assert len(command_faults(words, help_of=pages.get)) == n_faults
