"""Public names that load their module only when they are asked for (PEP 562).

Keras takes two seconds to import, scikit-learn one: a package whose ``__init__`` resolves its names lazily lets
``--help`` and a cold prediction pay for neither.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

__all__ = ["hide_modules", "resolve_lazily"]


def resolve_lazily(package: str, modules: Mapping[str, str]) -> Callable[[str], Any]:
    """A module-level ``__getattr__`` for ``package``.

    Parameters
    ----------
    package : str
        The package's ``__name__``.
    modules : mapping of str to str
        The full module name that defines each public name.

    Returns
    -------
    callable
        Gives the object of a name, loading its module at the first call; raises AttributeError for other names.
    """

    def find(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found = getattr(import_module(modules[name]), name)
        setattr(sys.modules[package], name, found)  # the next look-up is an ordinary one
        return found

    return find


class _Hollow(ModuleType):
    """Whatever is imported from it is None."""

    def __getattr__(self, name: str) -> None:
        if name.startswith("__"):
            raise AttributeError(name)  # what Python itself asks a module for


@contextmanager
def hide_modules(names: Sequence[str], *, hollow: Sequence[str] = ()) -> Iterator[None]:
    """Let an import inside go without some modules; those loaded already stay as they are.

    Parameters
    ----------
    names : sequence of str
        Packages that the imported one decorates itself with where it finds them: it finds none.
    hollow : sequence of str
        Modules that it takes names from without asking whether they are there, and that are not going to be used: the
        names are None.
    """
    stand_ins = {**dict.fromkeys(names), **{name: _Hollow(name) for name in hollow}}
    hidden = {name: stand_in for name, stand_in in stand_ins.items() if name not in sys.modules}
    sys.modules.update(hidden)  # type: ignore[arg-type]  # None is Python's own way to make an import fail
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
