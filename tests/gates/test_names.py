"""Names say what is inside, and every public name stands in one list, once."""

from __future__ import annotations

import ast
import importlib
import re
import sys
import types

import pytest

import seqloom
from seqloom.lazy import resolve_lazily
from tests.gates import house
from tests.gates.source import Source, hold, in_order, listed, package_sources, parse

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def words(name: str) -> set[str]:
    """``RunManager`` and ``run_manager`` as ``{"run", "manager"}``."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}


def empty_name_offences(source: Source) -> list[str]:
    """A name says what is inside: no utils, helpers, common, core, misc, manager."""
    named = [(source.tree, part) for part in source.name.split(".")]
    named += [(node, node.name) for node in ast.walk(source.tree) if isinstance(node, Definition)]
    return [
        source.at(node, f"{name!r} says nothing about what is inside ({', '.join(bad)})")
        for node, name in named
        if (bad := sorted(words(name) & house.EMPTY_WORDS))
    ]


def defined(source: Source) -> set[str]:
    """Names that a module binds at its top level."""
    found = set()
    for node in ast.walk(ast.Module(body=source.tree.body, type_ignores=[])):
        if isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    for node in source.tree.body:
        if isinstance(node, Definition):
            found.add(node.name)
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found


def list_offences(source: Source) -> list[str]:
    """``__all__`` names every public class and function of its module, sorted, each once, and nothing else."""
    public = {n.name for n in source.tree.body if isinstance(n, Definition) and not n.name.startswith("_")}
    if source.name == "seqloom":  # its names are resolved when asked for: the tests below look at them alive
        return []
    node = listed(source)
    if node is None:
        return [f"{source.path}:1: no __all__ for {', '.join(sorted(public))}"] if public else []
    names = [element.value for element in node.elts if isinstance(element, ast.Constant)]
    found = []
    if names != in_order(names):
        found.append(source.at(node, f"__all__ is not sorted, or names something twice: {in_order(names)}"))
    if missing := sorted(public - set(names)):
        found.append(source.at(node, f"__all__ lacks {', '.join(missing)} (or give it a leading underscore)"))
    is_lazy = "resolve_lazily" in defined(source) and source.name != "seqloom.lazy"  # see the test of open doors below
    if not is_lazy and (unknown := sorted(set(names) - defined(source))):
        found.append(source.at(node, f"__all__ names {', '.join(unknown)}, which the module does not have"))
    return found


def door_offences(module: types.ModuleType) -> list[str]:
    """The package's public names are sorted, listed once, known to ``dir`` and there when asked for."""
    names = list(getattr(module, "__all__", []))
    found = []
    if names != in_order(names):
        found.append(f"__all__ is not sorted, or names something twice: {in_order(names)}")
    found += [f"{name} cannot be had from {module.__name__}" for name in names if not hasattr(module, name)]
    found += [f"{name} is missing from dir({module.__name__})" for name in names if name not in dir(module)]
    return found


@pytest.mark.parametrize("check", [empty_name_offences, list_offences], ids=lambda check: check.__name__)
def test_law_names(check):
    offences = [offence for source in package_sources() for offence in check(source)]
    hold(offences, rule=check.__doc__)


def test_law_front_door():
    hold(door_offences(seqloom), rule=door_offences.__doc__)


def locked_doors(package: types.ModuleType) -> list[str]:
    """Each public name of a package that resolves names lazily can be had."""
    found = []
    for name in package.__all__:
        try:
            getattr(package, name)
        except (AttributeError, ImportError) as problem:
            found.append(f"{name} cannot be had from {package.__name__}: {problem}")
    return found


def lazy_packages() -> list[str]:
    """Packages whose ``__init__`` resolves public names when they are asked for."""
    return [source.name for source in package_sources() if source.is_package and "resolve_lazily" in defined(source)]


@pytest.mark.parametrize("name", lazy_packages())
def test_law_open_doors(name):
    hold(locked_doors(importlib.import_module(name)), rule=locked_doors.__doc__)


def test_lazy_packages_are_found():
    assert {"seqloom", "seqloom.engine", "seqloom.nets"} <= set(lazy_packages())


@pytest.mark.parametrize("module", ["seqloom.engine.nowhere", "seqloom.lazy"])
def test_gate_can_fail_locked_door(module, monkeypatch):
    package = types.ModuleType("fake")
    package.__all__ = ["NoSuchName"]
    monkeypatch.setitem(sys.modules, "fake", package)
    package.__getattr__ = resolve_lazily("fake", {"NoSuchName": module})
    assert len(locked_doors(package)) == 1


@pytest.mark.parametrize(
    ("check", "path", "text"),
    [
        (empty_name_offences, "text/utils.py", ""),
        (empty_name_offences, "core/pad.py", ""),
        (empty_name_offences, "text/pad_helpers.py", ""),
        (empty_name_offences, "text/pad.py", "class RunManager: ..."),
        (empty_name_offences, "text/pad.py", "def _helper(): ..."),
        (list_offences, "text/pad.py", "def pad(): ..."),
        (list_offences, "text/pad.py", "__all__ = []\ndef pad(): ..."),
        (list_offences, "text/pad.py", "__all__ = ['pad', 'crop']\ndef pad(): ...\ndef crop(): ..."),
        (list_offences, "text/pad.py", "__all__ = ['pad', 'pad']\ndef pad(): ..."),
        (list_offences, "text/pad.py", "__all__ = ['crop', 'pad']\ndef pad(): ..."),
    ],
)
def test_gate_can_fail(check, path, text):
    assert len(check(parse(f"src/seqloom/{path}", text))) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("text/pad.py", "__all__ = ['LIMIT', 'pad']\nLIMIT = 3\ndef pad(): ...\ndef _crop(): ..."),
        ("text/__init__.py", "from seqloom.text.pad import pad\n__all__ = ['pad']"),
        ("text/scores.py", "n_cores = 2\ndef score(): ...\n__all__ = ['score']"),
    ],
)
def test_gate_lets_pass(path, text):
    source = parse(f"src/seqloom/{path}", text)
    assert empty_name_offences(source) + list_offences(source) == []


def test_gate_can_fail_front_door():
    module = types.ModuleType("fake")
    module.__all__ = ["b", "a"]
    module.b = 1
    module.a = 2
    assert len(door_offences(module)) == 1
    module.__all__ = ["a", "c"]
    assert len(door_offences(module)) == 2
