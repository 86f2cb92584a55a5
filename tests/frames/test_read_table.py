"""A table with all its columns: every format and packing gives the same values, nothing concluded from first rows."""

from __future__ import annotations

import gzip
import io
import json

import polars as pl
import pytest
import zstandard

from seqloom.errors import DataError
from seqloom.frames.read import read_table
from seqloom.frames.table import ReadOptions

FRAME = pl.DataFrame(
    {
        "time": [f"2024-05-{1 + row // 24:02d} {row % 24:02d}:00" for row in range(700)],
        "pressure (hPa)": ["1020"] * 699 + ["1019.5"],  # decimals far down
        "Wärme (°C)": ["NA", ""] + ["7.25"] * 698,
    }
)
PARQUET = io.BytesIO()
FRAME.write_parquet(PARQUET)
CONTENTS = {
    "a.csv": FRAME.write_csv().encode(),
    "a.tsv": FRAME.write_csv(separator="\t").encode(),
    "semicolon.csv": FRAME.write_csv(separator=";").encode(),
    "a.jsonl": "\n".join(json.dumps(row) for row in FRAME.iter_rows(named=True)).encode(),
    "a.parquet": PARQUET.getvalue(),
}


@pytest.mark.parametrize(
    ("name", "pack"),
    [(name, pack) for name in CONTENTS for pack in ("", ".gz", ".zst") if not pack or not name.endswith("parquet")],
)
def test_every_format_and_packing_is_the_same_table(write, name, pack):
    packed = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.compress}[pack](CONTENTS[name])
    read = read_table(write(name + pack, packed))
    assert read.fill_null("").equals(FRAME)


def test_another_encoding_is_an_option_and_the_error_names_line_and_remedy(write):
    path = write("a.csv", FRAME.write_csv().encode("latin-1"))
    with pytest.raises(DataError, match=r"a\.csv, line 1: .*--encoding"):
        read_table(path)
    assert read_table(path, ReadOptions(encoding="latin-1")).columns == FRAME.columns


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("a.csv", "time,y\n1,2\n3,4,5\n", "line 3: 3 fields where the header has 2"),
        ("a.csv", "time,y,y\n1,2,3\n", "two columns have the name 'y'"),
        ("a.csv", "time,y\n", "only a header"),
        ("a.csv", "", "empty"),
        ("a.jsonl", '{"a": 1}\n{"a"\n', "line 2: not JSON"),
        ("a.parquet", "none", "not a Parquet file"),
        ("a.xlsx", "x", "a table expected"),
    ],
)
def test_what_cannot_be_read_names_file_and_line(write, name, content, match):
    with pytest.raises(DataError, match=match):
        read_table(write(name, content))


def test_a_file_that_is_not_there_and_a_folder_are_told(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        read_table(tmp_path / "none.csv")
    with pytest.raises(DataError, match="a table expected"):
        read_table(tmp_path)


def test_a_bad_row_can_be_left_out(write):
    path = write("a.csv", "time,y\n1,2\n3,4,5\n6,7\n")
    assert read_table(path, ReadOptions(on_bad_row="skip")).rows() == [("1", "2"), ("6", "7")]
