"""Docstrings as a sample: parsed, not run; public, long enough, once each."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from seqloom.errors import DataError
from seqloom.frames.check import describe_rows
from seqloom.frames.samples import read_docstrings

TEN = "one two three four five six seven eight nine ten"

MODULE = f'''"""{TEN} of the module."""
raise RuntimeError("this file must not be run")


class Public:
    """{TEN} of the class."""

    def method(self):
        """{TEN} of the method.

            Indented more.
        Not indented.
        """
        def inner():
            """{TEN} of the inner."""

    def _hidden(self):
        """{TEN} of what is hidden."""

if True:
    async def later():
        """{TEN} of the other."""
else:
    def short():
        """Too short."""

def copy():
    """{TEN} of the class."""
'''


@pytest.fixture
def library(write, monkeypatch) -> Path:
    root = write("madeup/__init__.py", MODULE).parent
    write("madeup/tests/test_it.py", f'"""{TEN} of a test."""')
    write("madeup/broken.py", 'def """')
    write("madeup/strange.py", b'# -*- coding: klingon -*-\n"""x"""')
    monkeypatch.syspath_prepend(str(root.parent))
    return root


def test_public_docstrings_are_read_in_order_without_running(library):
    table = read_docstrings(["madeup", "not_installed_at_all"])
    assert table.texts.to_list() == [
        f"{TEN} of the module.",
        f"{TEN} of the class.",
        f"{TEN} of the method.\n\n    Indented more.\nNot indented.",
        f"{TEN} of the inner.",
        f"{TEN} of the other.",
    ]
    assert set(table.labels) == {"madeup"}
    assert table.notes == ("madeup 5", "left out 1 copy", "passed over 2 files that this Python cannot parse")


@pytest.mark.parametrize("is_on", [True, False])
def test_collector_is_left_as_it_was(library, is_on):
    was_on = gc.isenabled()
    try:
        (gc.enable if is_on else gc.disable)()
        read_docstrings(["madeup"])
        assert gc.isenabled() == is_on
    finally:
        (gc.enable if was_on else gc.disable)()


def test_no_library_at_all_is_refused():
    with pytest.raises(DataError, match="no docstrings of not_installed_at_all here"):
        read_docstrings(["not_installed_at_all"])


@pytest.mark.slow
def test_default_libraries_give_many_texts_of_seven_classes():
    facts = describe_rows(read_docstrings())
    assert len(facts.classes) == 7
    assert min(facts.classes.values()) > 1000
    assert (facts.n_duplicates, facts.n_unlabelled) == (0, 0)
    assert facts.words_min >= 10
