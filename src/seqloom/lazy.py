"""Public names that load their module only when they are asked for (PEP 562).

Keras takes two seconds to import, scikit-learn one: a package whose ``__init__`` resolves its names lazily lets
``--help`` and a cold prediction pay for neither.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
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


@contextmanager
def hide_modules(names: Sequence[str]) -> Iterator[None]:
    """Let an import inside believe that some packages are not installed; those loaded already stay as they are.

    Parameters
    ----------
    names : sequence of str
        Top-level packages that the imported one decorates itself with, where it finds them.
    """
    hidden = [name for name in names if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # Python's own way to make an import fail
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
