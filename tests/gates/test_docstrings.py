"""Whatever is public says what it gives, and documented parameters are those of the signature."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise

import pytest

from tests.gates import house
from tests.gates.source import Function, Source, fields, hold, is_dataclass, listed, package_sources, parse


def public(source: Source) -> Iterator[tuple[ast.ClassDef | Function, str]]:
    """Public functions, classes and methods (not what is nested in a function), with their full name."""
    yield from _public(source.tree, "")


def _public(parent: ast.AST, before: str) -> Iterator[tuple[ast.ClassDef | Function, str]]:
    for node in ast.iter_child_nodes(parent):
        if not isinstance(node, ast.ClassDef | Function):
            if isinstance(node, ast.If | ast.Try):
                yield from _public(node, before)
            continue
        if node.name.startswith("_") or _is_variant(node):
            continue
        yield node, before + node.name
        if isinstance(node, ast.ClassDef):
            yield from _public(node, f"{before}{node.name}.")


def _is_variant(node: ast.ClassDef | Function) -> bool:
    """Setters and overloads: the docstring stands at the first of that name."""
    marks = [ast.unparse(decorator).rpartition(".")[2] for decorator in node.decorator_list]
    return bool({"setter", "deleter", "overload"} & set(marks))


def documented(docstring: str) -> list[str] | None:
    """Names in the Parameters section of a numpydoc docstring; None without one."""
    lines = docstring.splitlines()
    heads = [i for i, (line, rule) in enumerate(pairwise(lines)) if line.strip() and set(rule.strip()) == {"-"}]
    start = next((i for i in heads if lines[i].strip() == "Parameters"), None)
    if start is None:
        return None
    end = next((i for i in heads if i > start), len(lines))
    names: list[str] = []
    for line in lines[start + 2 : end]:
        if line.strip() and not line.startswith(" "):
            names += [name.strip().lstrip("*") for name in line.split(" :")[0].split(",")]
    return names


def parameters(node: ast.ClassDef | Function, *, is_method: bool) -> tuple[list[str], list[str]] | None:
    """Names taken by position, and names taken by keyword; None for a class that inherits its constructor."""
    if isinstance(node, ast.ClassDef):
        for item in node.body:
            if isinstance(item, Function) and item.name == "__init__":
                return parameters(item, is_method=True)
        return ([], fields(node)) if is_dataclass(node) else None
    static = any(ast.unparse(d) == "staticmethod" for d in node.decorator_list)
    positional = [a.arg for a in [*node.args.posonlyargs, *node.args.args]][is_method and not static :]
    others = [a.arg for a in node.args.kwonlyargs]
    others += [a.arg for a in (node.args.vararg, node.args.kwarg) if a is not None]
    return positional, others


def docstring_offences(source: Source) -> list[str]:
    """Every module, public class, function and method has a docstring."""
    found = [] if ast.get_docstring(source.tree) else [f"{source.path}:1: the module says nothing of itself"]
    found += [source.at(n, f"{name} has no docstring") for n, name in public(source) if not ast.get_docstring(n)]
    return found


def parameter_offences(source: Source) -> list[str]:
    """A Parameters section names exactly what the signature takes, positional ones in its order."""
    found = []
    for node, name in public(source):
        section = documented(ast.get_docstring(node) or "")
        taken = parameters(node, is_method="." in name)
        if section is None or taken is None:
            continue
        positional, others = taken
        if sorted(section) != sorted(positional + others):
            extra, missing = set(section) - {*positional, *others}, {*positional, *others} - set(section)
            found.append(source.at(node, f"{name}: documented in vain {sorted(extra)}, missing {sorted(missing)}"))
        elif [n for n in section if n in positional] != positional:
            found.append(source.at(node, f"{name}: the signature's order is {', '.join(positional)}"))
    return found


def mention_offences(source: Source) -> list[str]:
    """A function of ``__all__`` that takes two arguments or more speaks of each, in a section or in a sentence."""
    if source.room in house.FREE_SIGNATURES or (node := listed(source)) is None:
        return []
    exported = {element.value for element in node.elts if isinstance(element, ast.Constant)}
    found = []
    for item, name in public(source):
        if name not in exported or isinstance(item, ast.ClassDef):
            continue
        positional, others = parameters(item, is_method=False)
        said = set(re.findall(r"\w+", ast.get_docstring(item) or ""))
        silent = [n for n in positional + others if n not in said]
        if len(positional + others) > 1 and silent:
            found.append(source.at(item, f"{name} does not say what {', '.join(silent)} is"))
    return found


CHECKS = [docstring_offences, parameter_offences, mention_offences]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_law_public_things_are_described(check):
    offences = [offence for source in package_sources() for offence in check(source)]
    hold(offences, rule=check.__doc__)


SECTION = '''"""Rows.

    Parameters
    ----------
    {}

    Returns
    -------
    int
        Of rows.
    """'''


def _documented(signature: str, *names: str) -> str:
    section = SECTION.format("\n    ".join(f"{name} : int\n        What it is." for name in names))
    return f"def f({signature}):\n    {section}\n"


CLASS = 'class A:\n    """A.\n\n    Parameters\n    ----------\n    a, b : int\n        Two.\n    """\n\n'


@pytest.mark.parametrize(
    ("check", "text", "n_offences"),
    [
        (docstring_offences, '"""M."""\ndef f(): ...', 1),
        (docstring_offences, "a = 1", 1),
        (docstring_offences, '"""M."""\nclass A:\n    """A."""\n    def f(self): ...', 1),
        (docstring_offences, '"""M."""\nclass A:\n    """A."""\n    def _f(self): ...\n    def __len__(self): ...', 0),
        (parameter_offences, _documented("a, b", "a", "b"), 0),
        (parameter_offences, _documented("a, b", "a"), 1),
        (parameter_offences, _documented("a", "a", "b"), 1),
        (parameter_offences, _documented("a, b", "b", "a"), 1),
        (parameter_offences, _documented("a, *, b, c", "a", "c", "b"), 0),
        (parameter_offences, _documented("*a", "*a"), 0),
        (parameter_offences, CLASS + "    def __init__(self, a, b): ...", 0),
        (parameter_offences, CLASS + "    def __init__(self, a): ...", 1),
        (parameter_offences, "@dataclass(frozen=True)\n" + CLASS + "    b: int\n    a: int = 0", 0),
        (parameter_offences, "@dataclass\n" + CLASS + "    a: int", 1),
        (parameter_offences, "class A:\n    def f(self, a):\n        " + SECTION.format("b : int"), 1),
        (mention_offences, '__all__ = ["f"]\ndef f(a, b):\n    """The sum of ``a`` and ``b``."""', 0),
        (mention_offences, '__all__ = ["f"]\ndef f(a, *, b):\n    """The sum of ``a`` and another."""', 1),
        (mention_offences, '__all__ = ["f"]\ndef f(path):\n    """The rows of a file."""', 0),
    ],
)
def test_gate_can_fail(check, text, n_offences):
    assert len(check(parse("src/seqloom/text/pad.py", text))) == n_offences
