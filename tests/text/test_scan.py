"""Runs of word characters found by array arithmetic: against a regular expression over bytes."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqloom.text import scan
from seqloom.text.scan import scan_runs

RUN = re.compile(rb"[a-z0-9_\x80-\xff]+|[!?]")
TEXTS = st.binary(max_size=80) | st.text("aAbBzZ09_ !?.é가", max_size=80).map(str.encode)


def check(text: bytes) -> None:
    found = list(RUN.finditer(text.lower()))
    ids, starts, runs = scan_runs(text)
    assert [runs[i] for i in ids.tolist()] == [one[0] for one in found]
    assert starts.tolist() == [one.start() for one in found]
    assert len(set(runs)) == len(runs)
    assert ids.dtype == np.int32


@given(TEXTS)
def test_law_runs_equal_a_regular_expression(text):
    check(text)


@given(st.lists(st.text("ab", min_size=7, max_size=40), max_size=20))
def test_law_long_runs_that_share_their_beginning_stay_apart(words):
    check(" ".join(words).encode())


@given(st.lists(st.text("abcd", min_size=1, max_size=12), max_size=60))
def test_law_runs_that_claim_one_slot_are_told_apart(words):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scan, "_SLOT_BITS", 1)
        check(" ".join(words).encode())


def test_every_byte_is_classed_as_the_expression_classes_it():
    check(bytes(range(256)))
    check(b" ".join(bytes([i]) for i in range(256)))
    check(b"".join(bytes([i]) + b"a" for i in range(256)))
