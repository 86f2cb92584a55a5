"""Public names that load their module only when they are asked for (PEP 562).

Keras takes two seconds to import, scikit-learn one: a package whose ``__init__`` resolves its names lazily lets
``--help`` and a cold prediction pay for neither.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

__all__ = ["resolve_lazily"]


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
