"""Families of nets as test parameters: the default run takes one of each kind of layer, ``make test-all`` takes all."""

from __future__ import annotations

import pytest

from seqloom.nets.defaults import NET_DEFAULTS

__all__ = ["NETS"]

# A compiled program for each law and family takes a second or two; these have every kind of layer among them.
_BY_DEFAULT = {"bag", "conv-gru", "embedding", "lstm", "transformer"}

NETS = [
    family if family in _BY_DEFAULT else pytest.param(family, marks=pytest.mark.slow) for family in sorted(NET_DEFAULTS)
]
