"""Real sets, as they come: the columns a person would take, and counts that are known from elsewhere."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from seqloom.errors import DataError
from seqloom.frames.check import count_leaks, describe_rows
from seqloom.frames.read import read_texts
from seqloom.frames.split import split_table
from seqloom.frames.table import ReadOptions

pytestmark = pytest.mark.data


@pytest.mark.parametrize(
    ("name", "columns", "n_rows", "n_classes"),
    [
        ("imdb_train.parquet", ("text", "label", None), 25_000, 2),
        ("nsmc_test.parquet", ("text", "label", None), 20_000, 2),
        ("20newsgroups_bydate_train.parquet", ("text", "label", None), 11_314, 20),
        ("federalist_paragraphs.parquet", ("text", "author", "split"), 1_183, None),
        ("spooky_authors_train.csv", ("text", "author", None), 19_579, 3),
    ],
)
def test_columns_of_real_tables_are_found(data_folder, name, columns, n_rows, n_classes):
    table = read_texts(data_folder / name)
    assert (table.text_column, table.label_column, table.split_column) == columns
    assert len(table) == n_rows
    if n_classes:
        assert table.labels.n_unique() == n_classes


@pytest.mark.parametrize(("label", "n_classes"), [("coarse", 6), ("fine", 50)])
def test_two_kinds_of_labels_are_a_question(data_folder, label, n_classes):
    with pytest.raises(DataError, match="--label coarse or --label fine"):
        read_texts(data_folder / "trec6.parquet")
    table = read_texts(data_folder / "trec6.parquet", ReadOptions(label=label))
    assert table.labels.n_unique() == n_classes
    assert table.split_column == "split"


def test_same_reviews_come_from_every_format(data_folder, tmp_path):
    frame = pl.read_parquet(data_folder / "imdb_train.parquet")
    frame.write_csv(tmp_path / "r.csv")
    frame.write_csv(tmp_path / "r.tsv", separator="\t")
    frame.write_ndjson(tmp_path / "r.jsonl")
    expected = read_texts(data_folder / "imdb_train.parquet").frame
    for name in ("r.csv", "r.tsv", "r.jsonl"):
        assert read_texts(tmp_path / name).frame.equals(expected), name


@pytest.mark.slow
def test_original_folders_of_imdb(data_folder: Path, tmp_path: Path):
    for part in ("train", "test"):
        for text, label, name in (
            pl.read_parquet(data_folder / f"imdb_{part}.parquet").select("text", "label", "id").rows()
        ):
            file = tmp_path / part / label / f"{name.split('/')[-1]}.txt"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="")
    table = read_texts(tmp_path)
    parts = split_table(table)
    assert [len(part) for part in (parts.train, parts.valid, parts.test)] == [20_000, 5_000, 25_000]
    assert describe_rows(table, parts.test).classes == {"neg": 12_500, "pos": 12_500}
    assert count_leaks(table, parts) == 123  # as the collection's description says
