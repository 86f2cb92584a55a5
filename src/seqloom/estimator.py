"""scikit-learn's conventions for constructors: arguments are only stored, and can be read, changed and shown."""

from __future__ import annotations

import inspect
from typing import Any, Self

from seqloom.errors import UsageError

__all__ = ["AbstractEstimator"]


class AbstractEstimator:
    """Parameters as scikit-learn's ``clone``, ``GridSearchCV`` and ``Pipeline`` want them."""

    @classmethod
    def _names(cls) -> list[str]:
        return sorted(name for name in inspect.signature(cls.__init__).parameters if name != "self")

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002 (scikit-learn's signature)
        """The constructor's arguments; ``deep`` is there for scikit-learn, nothing here is nested."""
        return {name: getattr(self, name) for name in self._names()}

    def set_params(self, **params: Any) -> Self:
        """Itself, with some arguments changed; raises UsageError for a name the constructor does not know."""
        for name, value in params.items():
            if name not in self._names():
                raise UsageError(f"parameter {name!r} found, one of {', '.join(self._names())} expected.")
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        """The constructor call, with the arguments that differ from their default."""
        defaults = inspect.signature(type(self).__init__).parameters
        given = [f"{n}={v!r}" for n, v in self.get_params().items() if v != defaults[n].default]
        return f"{type(self).__name__}({', '.join(given)})"
