"""How large a function, a file and a signature may be: clarity does not survive growth unless something guards it."""

from __future__ import annotations

import ast

import pytest

from tests.gates import house
from tests.gates.source import (
    Function,
    Source,
    dataclass_decorator,
    fields,
    functions,
    hold,
    package_sources,
    parse,
)


def body_lines(node: Function) -> int:
    """Lines from the first statement to the end, without the docstring."""
    body = node.body
    if ast.get_docstring(node, clean=False) is not None:
        body = body[1:]
    return node.end_lineno - body[0].lineno + 1 if body else 0


def body_offences(source: Source) -> list[str]:
    """A function body has at most 40 lines."""
    return [
        source.at(node, f"{node.name} has a body of {lines} lines; {house.BODY_LINES} are allowed")
        for node, _ in functions(source.tree)
        if (lines := body_lines(node)) > house.BODY_LINES
    ]


def file_offences(source: Source) -> list[str]:
    """A file has at most 300 lines."""
    lines = len(source.text.splitlines())
    return [f"{source.path}:{lines}: {lines} lines; {house.FILE_LINES} are allowed"] if lines > house.FILE_LINES else []


def argument_offences(source: Source) -> list[str]:
    """At most six arguments, by keyword after the second; no ``**kwargs`` to get around it."""
    if source.room in house.FREE_SIGNATURES:
        return []
    found = []
    for node, parent in functions(source.tree):
        if node.name == "__init__" and source.name.startswith(house.FREE_CONSTRUCTORS):
            continue
        found += [source.at(node, f"{node.name} {fault}") for fault in signature_faults(node, parent)]
    return found


def signature_faults(node: Function, parent: ast.AST) -> list[str]:
    """What is wrong with a signature."""
    positional = [*node.args.posonlyargs, *node.args.args]
    static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in node.decorator_list)
    if isinstance(parent, ast.ClassDef) and not static:
        positional = positional[1:]
    n_arguments = len(positional) + len(node.args.kwonlyargs) + (node.args.vararg is not None)
    # Python calls its own methods (__exit__) and JAX a function inside a function by position.
    is_ours = not isinstance(parent, Function) and not _is_protocol(node.name)
    faults = []
    most = house.ARGUMENTS_ALLOWED.get(node.name, house.ARGUMENTS)
    if n_arguments > most:
        faults.append(f"takes {n_arguments} arguments; {most} are allowed")
    if is_ours and len(positional) > house.POSITIONAL and node.name not in house.POSITIONAL_ALLOWED:
        faults.append(f"takes {len(positional)} arguments by position; by keyword after {house.POSITIONAL}")
    if node.args.kwarg is not None and node.name not in house.KWARGS_ALLOWED:
        faults.append(f"takes **{node.args.kwarg.arg}: name what it takes")
    return faults


def _is_protocol(name: str) -> bool:
    return name.startswith("__") and name.endswith("__") and name not in {"__init__", "__new__", "__call__"}


def record_offences(source: Source) -> list[str]:
    """A dataclass of more than two fields is built by keyword."""
    found = []
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.ClassDef) or (decorator := dataclass_decorator(node)) is None:
            continue
        given = {k.arg: k.value for k in decorator.keywords} if isinstance(decorator, ast.Call) else {}
        by_keyword = getattr(given.get("kw_only"), "value", False) is True
        if len(fields(node)) > house.POSITIONAL and not by_keyword:
            found.append(source.at(node, f"{node.name} has {len(fields(node))} fields: dataclass(kw_only=True)"))
    return found


def share_of_long(sources: tuple[Source, ...]) -> tuple[float, list[str]]:
    """The share of bodies of at most 25 lines, and the longer ones."""
    bodies = [(source, node, body_lines(node)) for source in sources for node, _ in functions(source.tree)]
    longer = [(s, node, lines) for s, node, lines in bodies if lines > house.BODY_LINES_MOSTLY]
    return 1 - len(longer) / max(1, len(bodies)), [s.at(node, f"{node.name}: {lines}") for s, node, lines in longer]


CHECKS = [body_offences, file_offences, argument_offences, record_offences]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_law_things_stay_small(check):
    offences = [offence for source in package_sources() for offence in check(source)]
    hold(offences, rule=check.__doc__)


def test_law_nine_bodies_in_ten_are_short():
    share, longer = share_of_long(package_sources())
    rule = f"{share:.1%} of the bodies have at most {house.BODY_LINES_MOSTLY} lines; {house.BODY_SHARE_MOSTLY:.0%} must"
    hold(longer if share < house.BODY_SHARE_MOSTLY else [], rule=rule)


def _function(n_lines: int) -> str:
    return "def f():\n    '''Doc.\n\n    More.\n    '''\n" + "    a = 1\n" * n_lines


RECORD = "@dataclass\nclass A:\n    a: int\n    b: int\n"


@pytest.mark.parametrize(
    ("check", "path", "text", "n_offences"),
    [
        (body_offences, "text/pad.py", _function(40), 0),
        (body_offences, "text/pad.py", _function(41), 1),
        (body_offences, "text/pad.py", "class A:\n    def f(self):\n" + "        a = 1\n" * 41, 1),
        (file_offences, "text/pad.py", "a = 1\n" * 300, 0),
        (file_offences, "text/pad.py", "a = 1\n" * 301, 1),
        (argument_offences, "text/pad.py", "def f(a, b, *, c, d, e, g): ...", 0),
        (argument_offences, "text/pad.py", "def f(a, b, *, c, d, e, g, h): ...", 1),
        (argument_offences, "text/pad.py", "def f(a, b, c): ...", 1),
        (argument_offences, "text/pad.py", "class A:\n    def f(self, a, b): ...", 0),
        (argument_offences, "text/pad.py", "class A:\n    @staticmethod\n    def f(a, b, c): ...", 1),
        (argument_offences, "text/pad.py", "class A:\n    def __init__(self, a, b, c): ...", 1),
        (argument_offences, "text/pad.py", "class A:\n    def __exit__(self, kind, error, trace): ...", 0),
        (argument_offences, "engine/block.py", "def make():\n    def f(a, b, c): ...", 0),
        (argument_offences, "engine/block.py", "def make():\n    def f(a, b, c, d, e, g, h): ...", 1),
        (argument_offences, "text/pad.py", "def f(**kwargs): ...", 1),
        (argument_offences, "learner.py", "class A:\n    def set_params(self, **params): ...", 0),
        (argument_offences, "cli/train.py", "def train(a, b, c, d, e, f, g): ...", 0),
        (argument_offences, "tasks/text.py", "class A:\n    def __init__(self, a, b, c, d, e, f, g): ...", 0),
        (argument_offences, "tasks/text.py", "class A:\n    def fit(self, a, b, c): ...", 1),
        (record_offences, "flow.py", RECORD, 0),
        (record_offences, "flow.py", RECORD + "    c: int", 1),
        (record_offences, "flow.py", RECORD.replace("dataclass", "dataclass(kw_only=True)") + "    c: int", 0),
        (record_offences, "flow.py", RECORD + "    c: int = field(init=False)", 0),
    ],
)
def test_gate_can_fail(check, path, text, n_offences):
    assert len(check(parse(f"src/seqloom/{path}", text))) == n_offences


def test_gate_can_fail_share():
    short = "\n".join(_function(3) for _ in range(8))
    share, longer = share_of_long((parse("src/seqloom/flow/records.py", short + "\n" + _function(26) * 2),))
    assert share == pytest.approx(0.8)
    assert len(longer) == 2
