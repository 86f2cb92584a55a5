"""Tables written: whole or not at all, in the form of their ending, with names that are free."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from seqloom.errors import UsageError
from seqloom.frames.table import make_table
from seqloom.frames.write import check_output, join_answers, list_mistakes, write_table

READERS = {
    "a.csv": pl.read_csv,
    "a.tsv": lambda path: pl.read_csv(path, separator="\t"),
    "a.jsonl": pl.read_ndjson,
    "a.parquet": pl.read_parquet,
    "A.CSV": pl.read_csv,
}


@pytest.mark.parametrize("name", READERS)
def test_law_written_is_read_again(tmp_path, name):
    frame = pl.DataFrame(
        {"text": ['a "quoted", one', "two\nlines\tand a tab", "서울 \U0001f600"], "p": [0.25, 0.5, 1.0]}
    )
    write_table(frame, tmp_path / "new" / name)
    assert READERS[name](tmp_path / "new" / name).equals(frame)
    assert [path.name for path in (tmp_path / "new").iterdir()] == [name]


def test_taken_names_get_an_underscore():
    source = pl.DataFrame({"predicted": [1], "predicted_": [2], "p_a": [3]})
    joined = join_answers(source, texts=["x"], labels=["a"], probability={"p_a": np.array([0.1234567], np.float32)})
    assert joined.columns == ["predicted", "predicted_", "p_a", "predicted__", "p_a_"]
    assert joined.row(0) == (1, 2, 3, "a", 0.123457)


def test_mistakes_name_their_file():
    table = make_table(pl.Series(["a", "b", "c"]), labels=pl.Series(["x", "y", "x"]))
    found = list_mistakes(table, np.array([2, 0]), predicted=["y", "y"], probability=np.array([0.9, 0.8]))
    assert found.rows() == [("c", "x", "y", 0.9), ("a", "x", "y", 0.8)]


def test_failure_leaves_what_was_there(tmp_path, monkeypatch):
    from seqloom.frames import write

    (tmp_path / "a.csv").write_text("mine")

    def fail(frame, path):
        path.write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(write._WRITERS, ".csv", fail)
    with pytest.raises(OSError, match="No space"):
        write_table(pl.DataFrame({"a": [1]}), tmp_path / "a.csv")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.csv", "mine")]


def test_link_stays_a_link(tmp_path):
    (tmp_path / "real.csv").write_text("old")
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    write_table(pl.DataFrame({"a": [1]}), tmp_path / "link.csv")
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text() == "a\n1\n"


def test_nested_columns_do_not_fit_delimited_tables(tmp_path):
    frame = pl.DataFrame({"a": [1], "tags": [["x"]]})
    with pytest.raises(UsageError, match=r"\(tags\), which \.tsv cannot hold"):
        write_table(frame, tmp_path / "a.tsv")
    write_table(frame, tmp_path / "a.parquet")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a.xlsx", "ending '.xlsx' found, one of .csv, .tsv, .jsonl, .parquet expected"),
        ("a", "no ending found"),
        ("taken.csv", "exists already"),
        ("folder.csv", "is a folder"),
        ("taken.csv/a.csv", "is a file"),
    ],
)
def test_impossible_outputs(tmp_path, name, words):
    (tmp_path / "taken.csv").write_text("mine")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(UsageError, match=words):
        check_output(tmp_path / name)
    check_output(tmp_path / "taken.csv", overwrite=True)
    check_output(tmp_path / "new" / "a.csv")
