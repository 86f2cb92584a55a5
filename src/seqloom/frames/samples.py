"""Real texts that are on every machine: the docstrings of the installed libraries."""

from __future__ import annotations

import ast
import contextlib
import gc
import importlib.util
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from seqloom.errors import DataError
from seqloom.frames.table import TextTable, make_table

__all__ = ["read_docstrings"]

_LIBRARIES = ("numpy", "scipy", "sklearn", "polars", "jax", "keras", "matplotlib")
# Tests say what they test and not what the library is about; the others hold code that somebody else wrote. Together
# they are half of what there is to parse.
_FOREIGN = frozenset({"tests", "test", "testing", "_tests", "externals", "extern", "_vendored", "_external"})
# Shorter ones ("Return self.") could stand in any library.
_MIN_WORDS = 10
_SCOPES = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
# Statements that can hold a definition which is not inside a function's own work.
_BLOCKS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef, ast.If, ast.Try, ast.With)


def read_docstrings(libraries: Sequence[str] = _LIBRARIES) -> TextTable:
    """The documentation of installed libraries, one text for each public name, labelled with the library.

    The sources are parsed, never imported or run. Texts are the docstrings of modules, classes and functions whose name
    does not begin with an underscore, of at least ten words; tests and vendored code are left out, and of equal texts
    the first is kept.

    Parameters
    ----------
    libraries : sequence of str
        Names as they are imported; one that is not installed is passed over. The default ones are those that this
        project needs, so that they are there: some 12,700 texts, in eight seconds.

    Returns
    -------
    TextTable
        In the order of libraries and sorted files; the notes say how many texts of which library.

    Raises
    ------
    DataError
        If none of the libraries has a docstring here.

    Examples
    --------
    >>> table = read_docstrings(["safetensors"])
    >>> table.labels.unique().to_list()
    ['safetensors']
    """
    texts: list[str] = []
    labels: list[str] = []
    failed = 0
    with _pause_collector():
        for library in libraries:
            for file in _find_sources(library):
                found = _read_file(file)
                failed += found is None
                texts += found or []
                labels += [library] * len(found or [])
    if not texts:
        raise DataError(f"no docstrings of {', '.join(libraries)} here. Install one of them.")
    frame = pl.DataFrame({"text": texts, "label": labels}).unique("text", keep="first", maintain_order=True)
    table = make_table(frame["text"], labels=frame["label"])
    name = "docstrings of installed libraries"
    return TextTable(frame=table.frame, name=name, notes=_note_counts(frame, len(texts), failed=failed), source=frame)


@contextlib.contextmanager
def _pause_collector() -> Iterator[None]:
    """No search for cycles meanwhile: a syntax tree has none, and looking for them takes a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _find_sources(library: str) -> Iterator[Path]:
    spec = importlib.util.find_spec(library)  # of a top-level name: finds it without importing anything
    if spec is None or spec.origin is None:
        return
    root = Path(spec.origin).parent
    for file in sorted(root.rglob("*.py")):
        if _FOREIGN.isdisjoint(file.relative_to(root).parts):
            yield file


def _read_file(file: Path) -> list[str] | None:
    """The documentation in one file; None if it is not the Python of this version."""
    source = file.read_bytes()
    if b'"""' not in source and b"'''" not in source:
        return []  # no library of today writes ten words of documentation without them
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return None
    documents = (ast.get_docstring(scope) for scope in _walk_scopes(tree) if _is_public(scope))
    return [text for text in documents if text and len(text.split()) >= _MIN_WORDS]


def _walk_scopes(tree: ast.Module) -> Iterator[ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    """Modules, classes and functions in the order of the file; expressions, most of a tree, are not visited."""
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, _SCOPES):
            yield node
        inside = [*getattr(node, "body", ()), *getattr(node, "orelse", ())]
        stack += [statement for statement in reversed(inside) if isinstance(statement, _BLOCKS)]


def _is_public(scope: ast.AST) -> bool:
    return not getattr(scope, "name", "").startswith("_")


def _note_counts(frame: pl.DataFrame, n_read: int, *, failed: int) -> tuple[str, ...]:
    counts = frame.group_by("label", maintain_order=True).len()
    notes = [", ".join(f"{label} {n:,}" for label, n in counts.rows())]
    if n_copies := n_read - frame.height:
        notes.append(f"left out {n_copies:,} {'copy' if n_copies == 1 else 'copies'}")
    if failed:
        notes.append(f"passed over {failed:,} {'file' if failed == 1 else 'files'} that this Python cannot parse")
    return tuple(notes)
