"""Groups: joined like connected components, read from a column, and torn apart by no split."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components

from seqloom.errors import DataError
from seqloom.frames.read import read_texts
from seqloom.frames.split import split_table
from seqloom.frames.table import ReadOptions, join_tables
from seqloom.groups import join_groups, number_groups

pairs = st.lists(st.tuples(st.integers(0, 12), st.integers(-3, 12)), max_size=40)


@given(rows=pairs)
def test_law_joined_groups_are_connected_components(rows):
    first, second = (np.array([row[k] for row in rows], dtype=np.int64) for k in (0, 1))
    shared = (first[:, None] == first) | (second[:, None] == second)
    _, expected = connected_components(sp.csr_matrix(shared), directed=False) if len(rows) else (0, first)
    found = join_groups(first, second)
    assert ((found[:, None] == found) == (expected[:, None] == expected)).all()
    assert (found <= np.arange(len(rows))).all()


def test_long_chain_of_shared_numbers_is_one_group():
    """Row 2 k shares its first number with the next, row 2 k + 1 its second: one chain through all of them."""
    rows = np.arange(101)
    assert (join_groups(rows // 2, (rows + 1) // 2) == 0).all()


@given(st.lists(st.sampled_from(["a", "b", None, 1, float("nan")]), max_size=30))
def test_law_rows_without_a_name_stand_alone(names):
    found = number_groups(names)
    is_named = [name in ("a", "b", 1) for name in names]
    for i, name in enumerate(names):
        same = [j for j, other in enumerate(names) if j == i or (is_named[i] and is_named[j] and other == name)]
        assert np.flatnonzero(found == found[i]).tolist() == same


def write_papers(path, *, split: str = "", n_papers: int = 12):
    """Papers of five paragraphs, by two authors in turn, with one paragraph that stands in the first two."""
    rows = [
        (f"words {k} of {paper}" if k else f"opening {max(paper, 2)}", "ab"[paper % 2], f" {paper}", split[k : k + 5])
        for paper in range(1, n_papers + 1)
        for k in range(5)
    ]
    frame = pl.DataFrame(rows, schema=["text", "author", "paper", "split"], orient="row")
    (frame if split else frame.drop("split")).write_csv(path)
    return path


@pytest.mark.parametrize("seed", range(5))
def test_groups_of_a_column_are_whole_in_every_part(tmp_path, seed):
    table = read_texts(write_papers(tmp_path / "a.csv"), ReadOptions(group="paper"))
    assert table.group_column == "paper"
    assert '"paper" as the group (12 different values)' in table.notes[0]
    parts = split_table(table, seed=seed)
    papers = [set(table.groups.gather(rows)) for rows in (parts.train, parts.valid, parts.test)]
    assert sum(map(len, papers)) == len(set.union(*papers)) == 12
    assert all(papers)
    assert len([part for part in papers if part & {"1", "2"}]) == 1  # they share a paragraph
    assert parts.how.endswith(f'stratified, no duplicate, no "paper" across, seed {seed}')


def test_rows_without_a_group_stand_alone(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("text,label,film\n" + "".join(f"text {k},{'ab'[k % 2]},\n" for k in range(20)) + "more,a,x\n")
    table = read_texts(path, ReadOptions(group="film"))
    assert '"film" as the group (1 different value, 20 rows without one stand alone)' in table.notes[0]
    assert [len(part) for part in (split_table(table).train, split_table(table).test)] == [14, 4]


@pytest.mark.parametrize("where", ["column", "file"])
def test_given_parts_that_tear_a_group_are_refused(tmp_path, where):
    if where == "column":
        path = tmp_path / "a.csv"
        path.write_text("text,label,film,split\nx,a,7,train\ny,b,8,train\nz,b,7,test\n")
        table = read_texts(path, ReadOptions(group="film"))
    else:
        first, second = (
            read_texts(write_papers(tmp_path / f"{n}.csv", n_papers=n), ReadOptions(group="paper")) for n in (8, 1)
        )
        table = join_tables(first, second, split="test")
    with pytest.raises(DataError, match=r'rows of one ".*" stand in two of the parts that are given: [17]\.'):
        split_table(table)


def test_group_that_cannot_be_one_is_named(tmp_path):
    path = write_papers(tmp_path / "a.csv")
    with pytest.raises(DataError, match=r"--group papers: there is no such column.*Did you mean --group paper\?"):
        read_texts(path, ReadOptions(group="papers"))
    with pytest.raises(DataError, match="cannot be both the label and the group"):
        read_texts(path, ReadOptions(group="author", label="author"))
    frame = pl.read_csv(path).with_columns(empty=pl.lit(""), listed=pl.concat_list("paper"))
    frame.write_parquet(tmp_path / "a.parquet")
    for column, found in (("empty", "no value"), ("listed", r"List\(String\)")):
        with pytest.raises(DataError, match=f'"{column}" holds {found}; names or numbers of groups expected'):
            read_texts(tmp_path / "a.parquet", ReadOptions(group=column))
    (tmp_path / "lines.txt").write_text("__label__a x\n__label__b y\n")
    with pytest.raises(DataError, match="--group paper: only a table has columns"):
        read_texts(tmp_path / "lines.txt", ReadOptions(group="paper"))
