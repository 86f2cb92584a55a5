"""What an import goes without, and that everything is as before behind it."""

import csv
import sys

import pytest

from seqloom.lazy import hide_modules


def test_hidden_package_is_not_found_inside_and_found_behind():
    with hide_modules(("this_is_not_there", "csv")):  # the second is loaded already, so it stays
        with pytest.raises(ImportError):
            __import__("this_is_not_there")
        assert __import__("csv") is csv
    assert "this_is_not_there" not in sys.modules
    assert sys.modules["csv"] is csv


def test_hollow_module_gives_none_and_its_packages_are_not_loaded():
    with hide_modules((), hollow=("nowhere.to.be.found",)):
        module = __import__("nowhere.to.be.found", fromlist=["attention"])
        assert module.attention is None
        with pytest.raises(AttributeError):
            _ = module.__path__
    assert not [name for name in sys.modules if name.startswith("nowhere")]


def test_law_modules_come_back_when_the_import_fails():
    with pytest.raises(ZeroDivisionError), hide_modules(("not_there_either",), hollow=("nor.this",)):
        raise ZeroDivisionError
    assert not {"not_there_either", "nor.this"} & set(sys.modules)
