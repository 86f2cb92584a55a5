"""Who may import whom: floors, rooms of libraries, and what is nowhere allowed. The tables stand in house.py."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import pytest

from tests.gates import house
from tests.gates.source import ROOT, Source, dotted, hold, package_sources, parse


@dataclass(frozen=True, kw_only=True)
class Import:
    """One imported module: ``name`` in full, and under which circumstances."""

    node: ast.AST
    name: str
    is_typing: bool
    is_late: bool


def imports(source: Source) -> Iterator[Import]:
    """Every import of a module, with whether it stands inside a function or under ``if TYPE_CHECKING``."""
    yield from _walk(source, source.tree, typing=False, late=False)


def _walk(source: Source, node: ast.AST, *, typing: bool, late: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            names = [alias.name for alias in child.names]
        elif isinstance(child, ast.ImportFrom):
            names = _from_names(source, child)
        else:
            names = []
        for name in names:
            yield Import(node=child, name=name, is_typing=typing, is_late=late)
        guarded = isinstance(child, ast.If) and dotted(child.test).endswith("TYPE_CHECKING")
        inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield from _walk(source, child, typing=typing or guarded, late=late or inside)


def _from_names(source: Source, node: ast.ImportFrom) -> list[str]:
    """``from a import b`` as ``a``; names taken from the package itself in full, as they may be modules."""
    module = node.module or ""
    if node.level:
        base = source.name.split(".")
        up = node.level - source.is_package
        module = ".".join([*base[: len(base) - up], *([module] if module else [])])
    if module == "seqloom":
        return [f"seqloom.{alias.name}" for alias in node.names]
    return [module]


def room_of(name: str) -> str:
    """The room that an imported name of the package belongs to; the front door where it is no module."""
    first = name.split(".")[1] if "." in name else "__init__"
    return first if first in house.FLOORS else "__init__"


def floor_offences(source: Source) -> list[str]:
    """Imports that go up or sideways, and modules that have no floor."""
    if source.room not in house.FLOORS:
        return [f"{source.path}:1: {source.room!r} is a new module: give it a floor in tests/gates/house.py"]
    own = house.FLOORS[source.room]
    found = []
    for item in imports(source):
        if item.name.split(".")[0] != "seqloom":
            continue
        room = room_of(item.name)
        if room == source.room or (source.room, room) in house.NEIGHBOURS:
            continue
        if house.FLOORS[room] >= own:
            found.append(
                source.at(
                    item.node,
                    f"{source.room} (floor {own}) imports {item.name} of {room} (floor {house.FLOORS[room]}):"
                    " only lower floors, or its own package",
                )
            )
    return found


def room_offences(source: Source) -> list[str]:
    """Libraries used outside their rooms, or without one."""
    found = []
    for item in imports(source):
        library = item.name.split(".")[0]
        if item.is_typing or library == "seqloom" or library in sys.stdlib_module_names:
            continue
        if library not in house.ROOMS:
            found.append(source.at(item.node, f"{library} has no room: is it worth a dependency? Then house.py"))
        elif (rooms := house.ROOMS[library]) is not house.ANYWHERE and source.room not in rooms:
            found.append(source.at(item.node, f"{library} lives in {', '.join(sorted(rooms))}, not in {source.room}"))
    return found


def late_offences(source: Source) -> list[str]:
    """Imports hidden inside functions, where nobody looks for them."""
    if source.room in house.LATE_ROOMS:
        return []
    late = [item for item in imports(source) if item.is_late]
    found = [
        source.at(item.node, f"{item.name} is imported inside a function: put it at the head of the file")
        for item in late
        if (source.room, item.name.split(".")[0]) not in house.LATE_LIBRARIES
    ]
    calls = [node for node in ast.walk(source.tree) if isinstance(node, ast.Call)]
    hidden = [node for node in calls if dotted(node.func).rpartition(".")[2] == "import_module"]
    return found + [
        source.at(node, "import_module hides an import: name it at the head of the file") for node in hidden
    ]


def banned_offences(source: Source) -> list[str]:
    """What could run code that came with data, and tensor libraries that are no dependency."""
    found = [
        source.at(item.node, f"{item.name}: nowhere in this package")
        for item in imports(source)
        if item.name.split(".")[0] in house.BANNED_MODULES
    ]
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call):
            continue
        if (called := dotted(node.func)) in house.BANNED_CALLS:
            found.append(source.at(node, f"{called}(): nowhere in this package"))
        for keyword in node.keywords:
            plain_false = isinstance(keyword.value, ast.Constant) and keyword.value.value is False
            if keyword.arg in {"allow_pickle", "shell"} and not plain_false:
                found.append(source.at(node, f"{keyword.arg} must stay False"))
    return found


def undeclared(sources: tuple[Source, ...], metadata: str) -> list[str]:
    """Every library that is imported stands in pyproject.toml, not only among what others happen to bring."""
    project = tomllib.loads(metadata)["project"]
    lines = [*project["dependencies"], *chain(*project.get("optional-dependencies", {}).values())]
    declared = {re.split(r"[^\w.-]", line)[0].lower() for line in lines}
    used = {(item.name.split(".")[0], source, item.node) for source in sources for item in imports(source)}
    return [
        source.at(node, f"{library} is not declared")
        for library, source, node in sorted(used, key=lambda use: (use[1].path, use[2].lineno))
        if library in house.ROOMS and house.DISTRIBUTIONS.get(library, library) not in declared
    ]


CHECKS = [floor_offences, room_offences, late_offences, banned_offences]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_law_house_stands(check):
    offences = [offence for source in package_sources() for offence in check(source)]
    hold(offences, rule=check.__doc__)


def test_law_libraries_are_declared():
    hold(undeclared(package_sources(), (ROOT / "pyproject.toml").read_text()), rule=undeclared.__doc__)


def test_gate_can_fail_undeclared():
    source = parse("src/seqloom/report/page.py", "import jinja2\nimport numpy\nfrom rich import box")
    metadata = '[project]\ndependencies = ["numpy>=2.4,<3", "typer>=0.29"]'
    assert undeclared((source,), metadata) == ["src/seqloom/report/page.py:1: jinja2 is not declared"]


@pytest.mark.parametrize(
    ("check", "path", "text"),
    [
        (floor_offences, "text/pad.py", "from seqloom.frames import read"),
        (floor_offences, "text/pad.py", "from seqloom import frames"),
        (floor_offences, "text/pad.py", "from ..frames import read"),
        (floor_offences, "text/__init__.py", "from ..engine import block"),
        (floor_offences, "text/pad.py", "from seqloom import __version__"),
        (floor_offences, "flow.py", "import seqloom.learner"),
        (floor_offences, "predictor.py", "from seqloom.network import Network"),
        (floor_offences, "flow.py", "if TYPE_CHECKING:\n    from seqloom.learner import AbstractLearner"),
        (floor_offences, "weave/loom.py", ""),
        (room_offences, "engine/block.py", "import keras"),
        (room_offences, "tasks/text.py", "from sklearn.base import clone"),
        (room_offences, "learner.py", "from jax import numpy as jnp"),
        (room_offences, "frames/read.py", "import requests"),
        (late_offences, "text/pad.py", "def f():\n    import json"),
        (late_offences, "text/pad.py", "class A:\n    def f(self):\n        from json import loads"),
        (late_offences, "learner.py", "def f():\n    import scipy"),
        (late_offences, "text/pad.py", "import importlib\nimportlib.import_module('keras')"),
        (banned_offences, "artifact.py", "import pickle"),
        (banned_offences, "cli/train.py", "def f():\n    from joblib import load"),
        (banned_offences, "artifact.py", "eval('1')"),
        (banned_offences, "artifact.py", "np.load(path, allow_pickle=True)"),
        (banned_offences, "artifact.py", "np.load(path, allow_pickle=trusted)"),
        (banned_offences, "artifact.py", "os.system('ls')"),
        (banned_offences, "artifact.py", "subprocess.run('ls', shell=True)"),
    ],
)
def test_gate_can_fail(check, path, text):
    assert len(check(parse(f"src/seqloom/{path}", text))) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("text/pad.py", "import numpy\nfrom seqloom.flow import Ragged\nfrom seqloom.text.tokens import split"),
        ("text/pad.py", "from .tokens import split\nfrom . import tokens\nfrom ..flow import Ragged"),
        ("text/__init__.py", "from .tokens import split"),
        ("tasks/text.py", "if TYPE_CHECKING:\n    import keras"),
        ("learner.py", "def tags():\n    from sklearn.utils import Tags"),
        ("cli/train.py", "def train():\n    from seqloom.tasks.text import TextClassifier"),
        ("cli/__init__.py", "from seqloom import __version__"),
        ("__main__.py", "from seqloom.cli import main"),
        ("artifact.py", "np.load(path, allow_pickle=False)\nmodel.eval()"),
    ],
)
def test_gate_lets_pass(path, text):
    source = parse(f"src/seqloom/{path}", text)
    assert [offence for check in CHECKS for offence in check(source)] == []
