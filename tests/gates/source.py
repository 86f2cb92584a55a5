"""The package's sources, parsed but never imported: a gate sees a module before it can run."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, kw_only=True)
class Source:
    """One module: where it stands, what it is called, its text and its tree."""

    path: str
    name: str
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """The module or package right below seqloom that it belongs to (``text``, ``flow``, ``__init__``)."""
        parts = self.name.split(".")
        return parts[1] if len(parts) > 1 else "__init__"

    @property
    def is_package(self) -> bool:
        return self.path.endswith("__init__.py")

    def at(self, node: ast.AST, message: str) -> str:
        """An offence, as editors and terminals open it."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}: {message}"


def parse(path: str, text: str) -> Source:
    """The source of ``src/seqloom/...`` from its text."""
    parts = list(Path(path).with_suffix("").parts)
    parts = parts[parts.index("seqloom") :]
    if parts[-1] == "__init__":
        parts.pop()
    return Source(path=path, name=".".join(parts), text=text, tree=ast.parse(text))


@cache
def package_sources() -> tuple[Source, ...]:
    """Every module of the package, as it stands on disk."""
    paths = sorted((ROOT / "src" / "seqloom").rglob("*.py"))
    assert paths, "the package was not found; the gates would hold against nothing"
    return tuple(parse(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")) for path in paths)


def tracked_files() -> list[Path]:
    """Every file that is, or is about to be, part of the repository (outside of git: what lies in its folders)."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    paths = [ROOT / name for name in done.stdout.split("\0") if name]
    if not paths:
        folders = [ROOT / name for name in ("src", "tests", "docs", "benchmarks", ".ci")]
        paths = [*ROOT.iterdir(), *(path for folder in folders for path in folder.rglob("*"))]
    return [path for path in paths if path.is_file()]


def functions(tree: ast.AST, *, nested: bool = True) -> Iterator[tuple[Function, ast.AST]]:
    """Each function with what it stands in (module, class, or function)."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, Function):
            yield child, tree
        if nested or not isinstance(child, Function):
            inner = functions(child, nested=nested)
            yield from ((f, child if parent is child else parent) for f, parent in inner)


def dotted(node: ast.AST) -> str:
    """``a.b.c`` of an expression, or the empty string where it is none."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def is_dataclass(node: ast.ClassDef) -> bool:
    """Whether a class is decorated as a dataclass."""
    return dataclass_decorator(node) is not None


def dataclass_decorator(node: ast.ClassDef) -> ast.expr | None:
    """The ``dataclass`` decorator of a class, with its arguments."""
    for decorator in node.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if dotted(called).rpartition(".")[2] == "dataclass":
            return decorator
    return None


def fields(node: ast.ClassDef) -> list[str]:
    """The fields of a dataclass that its constructor takes."""
    found = []
    for item in node.body:
        if not isinstance(item, ast.AnnAssign) or "ClassVar" in ast.unparse(item.annotation):
            continue
        keywords = item.value.keywords if isinstance(item.value, ast.Call) else []
        taken = not any(k.arg == "init" and getattr(k.value, "value", True) is False for k in keywords)
        if taken and isinstance(item.target, ast.Name):
            found.append(item.target.id)
    return found


def listed(source: Source) -> ast.List | ast.Tuple | None:
    """The value of ``__all__``, where there is one."""
    for node in source.tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(t, ast.Name) and t.id == "__all__" for t in targets):
            value = node.value
            return value if isinstance(value, ast.List | ast.Tuple) else None
    return None


def in_order(names: list[str]) -> list[str]:
    """Names once each, as ruff sorts ``__all__``: CONSTANTS, Classes, functions; 9 before 10."""

    def key(name: str) -> tuple:
        kind = 0 if len(name) > 1 and name.isupper() else 1 if name[:1].isupper() else 2
        return kind, [(part.isdigit(), int(part) if part.isdigit() else part) for part in re.split(r"(\d+)", name)]

    return sorted(set(names), key=key)


def hold(offences: list[str], *, rule: str | None) -> None:
    """Fail with all offences, each with file and line, if there are any."""
    if offences:
        pytest.fail("\n  ".join([rule or "", *offences]), pytrace=False)
