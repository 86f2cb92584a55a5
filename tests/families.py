"""Families of nets as test parameters: the default run takes one of each kind of layer, ``make test-all`` takes all."""

from __future__ import annotations

from typing import Any

import pytest

from seqloom.nets.defaults import NET_DEFAULTS

__all__ = ["NETS", "heavy"]

# A compiled program for each law and family takes a second or more; these have every kind of layer among them.
_BY_DEFAULT = ("bag", "conv-gru", "embedding", "transformer")


def heavy(*values: Any) -> list:
    """Parameters for ``make test-all`` alone, beside others that hold the same law cheaper."""
    return [pytest.param(value, marks=pytest.mark.slow) for value in values]


NETS = [*_BY_DEFAULT, *heavy(*sorted(set(NET_DEFAULTS) - set(_BY_DEFAULT)))]
