"""From a path to a table of texts: every format, and every way in which one can be wrong."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import polars as pl
import pytest
import zstandard

from seqloom.errors import DataError, UsageError
from seqloom.frames.read import read_lines, read_texts
from seqloom.frames.table import ReadOptions, TextTable

ROWS = [
    ("Ein feiner Film, sehr fein", "pos"),
    ('Er sagte "nein"\nund ging', "neg"),
    ("감동 😀 שלום", "pos"),
    ("", "neg"),
]


def as_csv(separator: str) -> bytes:
    rows = [("text", "label"), *ROWS]
    return "\n".join(separator.join('"' + field.replace('"', '""') + '"' for field in row) for row in rows).encode()


def as_jsonl() -> bytes:
    return "\n".join(json.dumps({"text": text, "label": label}) for text, label in ROWS).encode()


def as_parquet() -> bytes:
    out = io.BytesIO()
    pl.DataFrame(ROWS, schema=["text", "label"], orient="row").write_parquet(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("r.csv", as_csv(",")),
        ("r.CSV", as_csv(";")),
        ("r.tsv", as_csv("\t")),
        ("r.csv.gz", gzip.compress(as_csv(","))),
        ("r.tsv.zst", zstandard.compress(as_csv("\t"))),
        ("r.csv", as_csv("|").decode().encode("utf-16")),
        ("r.jsonl", as_jsonl()),
        ("r.ndjson.gz", gzip.compress(as_jsonl())),
        ("r.parquet", as_parquet()),
    ],
)
def test_every_format_gives_the_same_table(write, name, content):
    table = read_texts(write(name, content))
    assert table.frame.rows() == [(text, label, None) for text, label in ROWS]
    assert (table.text_column, table.label_column, table.split_column) == ("text", "label", None)
    assert table.source.columns == ["text", "label"]
    assert table.source.height == len(table) == 4


@pytest.mark.parametrize("name", ["r.txt", "r.ft", "r.train", "r", "r.txt.gz", "r.unknown"])
def test_labelled_lines_are_known_by_content(write, name):
    lines = "__label__pos fine film\r\n\n  __label__1.5 \t sad\u2028one \nno label here\n__label__ none\n".encode()
    table = read_texts(write(name, gzip.compress(lines) if name.endswith("gz") else lines))
    assert table.frame.select("text", "label").rows() == [
        ("fine film", "pos"),
        ("sad\u2028one ", "1.5"),
        ("no label here", None),
        ("none", None),
    ]


def test_plain_lines_are_texts_only_where_no_label_is_needed(write):
    path = write("r.txt", "one\r\n\ntwo\x0cthree\u2028four\n")
    expected = ["one", "", "two\x0cthree\u2028four"]
    assert read_texts(path, ReadOptions(needs_label=False)).texts.to_list() == expected
    assert read_lines(path).texts.to_list() == expected
    assert read_lines(io.BytesIO(path.read_bytes())).texts.to_list() == expected
    with pytest.raises(DataError, match="plain lines have no labels"):
        read_texts(path)


def test_streams_are_unpacked_and_decoded():
    packed = gzip.compress("été\n".encode("latin-1"))
    assert read_lines(io.BytesIO(packed), encoding="latin-1").texts.to_list() == ["été"]
    assert read_lines(io.BytesIO(b"\n")).texts.to_list() == [""]


def test_empty_stream_is_refused_by_its_name():
    with pytest.raises(DataError, match="standard input: there is no text in it"):
        read_lines(io.BytesIO(b""))


def test_text_of_ten_megabytes_is_whole(write):
    text = "word " * 2_000_000
    assert read_texts(write("r.csv", f'text,label\n"{text}",pos\nb,neg\n')).texts[0] == text


@pytest.mark.parametrize(
    ("name", "content", "line", "words"),
    [
        ("r.csv", "text,label\na,b\nc\n", 3, "1 field where the header has 2"),
        ("r.csv", b"text,label\na,b\nc\xff,d\n", 3, "byte 0xFF at place 2"),
        ("r.csv", "I loved it,pos\nI hated it,neg\nWell,pos\nBad,neg\n", 1, "looks like a row, not a header"),
        ("r.csv", "text,label\na,\nb, \n", None, '"label" is empty in every row'),
        ("r.csv", "text,label,split\na,x,train\nb,y,holdout\n", None, "no column|holdout"),
        ("r.csv", "", None, "the file is empty"),
        ("r.txt", "", None, "the file is empty"),
        ("r.jsonl", '{"text": "a", "label": 1}\n{"text": 2, "label": 1}\n', 2, '"text" is a number here'),
        ("r.jsonl", '{"text": "a", "label": "x"}\n\n{"text": ["b"], "label": "y"}\n', 3, '"text" is a list here'),
        (
            "r.jsonl",
            '{"text": "a", "label": "x"}\n{"text": "b", "label": ["x"]}\n',
            1,
            "holds a string here, and lists",
        ),
        ("r.jsonl", '{"text": "a", "label": {"x": 1}}\n', 1, "holds an object"),
        ("r.parquet", "PAR1", None, "not a Parquet file"),
        ("r.xlsx", b"PK\x03\x04", None, r"\.xlsx are not known\. Save it as \.csv"),
        ("r.json", "[]", None, "one object a line"),
    ],
)
def test_bad_file_is_named_with_line_and_reason(write, name, content, line, words):
    path = write(name, content)
    options = ReadOptions(split="split") if b"split" in path.read_bytes() else ReadOptions()
    with pytest.raises(DataError, match=words) as caught:
        read_texts(path, options)
    assert str(caught.value).startswith(str(path))
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (pl.DataFrame({"words": [["a"], ["b"]], "label": ["x", "y"]}), r"words \(List\(String\)\)"),
        (pl.DataFrame({"text": ["a b", "c d"], "label": [["x", None], ["y"]]}), "null among the labels of row 0"),
        (pl.DataFrame({"text": ["a b", "c d"], "label": [[1.5], [2.0]]}), r"List\(Float64\), and lists of strings"),
        (
            pl.DataFrame({"text": ["a b", "c d"], "label": [[], []]}, {"text": pl.String, "label": pl.List(pl.String)}),
            "empty in every row",
        ),
        (pl.DataFrame({"text": ["a b"], "label": ["x"]}).clear(), "no rows"),
    ],
)
def test_parquet_of_other_types_is_refused(tmp_path, frame, words):
    frame.write_parquet(tmp_path / "r.parquet")
    with pytest.raises(DataError, match=words):
        read_texts(tmp_path / "r.parquet")


def test_number_column_asked_for_as_text_is_refused(tmp_path):
    pl.DataFrame({"n": [1, 2], "label": ["x", "y"]}).write_parquet(tmp_path / "r.parquet")
    with pytest.raises(DataError, match='"n" holds Int64'):
        read_texts(tmp_path / "r.parquet", ReadOptions(text="n"))


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([1, 0, None], ["1", "0", None]),
        ([1.0, 0.0, None], ["1", "0", None]),
        ([1.5, 0.0, None], ["1.5", "0.0", None]),
        ([" pos", "neg ", " "], ["pos", "neg", None]),
        ([True, False, None], ["true", "false", None]),
    ],
)
def test_labels_of_any_type_become_names(tmp_path, labels, expected):
    pl.DataFrame({"text": ["a b", "c d", None], "label": labels}).write_parquet(tmp_path / "r.parquet")
    table = read_texts(tmp_path / "r.parquet")
    assert table.frame.rows() == list(zip(["a b", "c d", ""], expected, [None] * 3, strict=True))
    assert "1 row has no label and is left out" in table.notes


def test_split_column_is_understood_and_said(write):
    body = "".join(
        f"text {n} here,{'xy'[n % 2]},{part}\n" for n, part in enumerate(["Train", "DEV", "test", "unsup", ""])
    )
    table = read_texts(write("r.csv", "text,label,part\n" + body))
    assert table.frame["split"].to_list() == ["train", "valid", "test", None, None]
    assert '"part" as the split (DEV, Train, test, unsup)' in table.notes[0]


def test_missing_path_and_wrong_option_are_refused(tmp_path):
    with pytest.raises(DataError, match="no such file or folder"):
        read_texts(tmp_path / "none.csv")
    with pytest.raises(UsageError, match="--on-bad-row ignore"):
        read_texts(tmp_path, ReadOptions(on_bad_row="ignore"))


def test_skipped_rows_are_said(write):
    path = write("r.csv", "text,label\na,x\nb,y,z\nc,y\n")
    table: TextTable = read_texts(path, ReadOptions(on_bad_row="skip"))
    assert table.texts.to_list() == ["a", "c"]
    assert "left out 1 row that could not be read (line 3)" in table.notes


def test_table_is_named_as_the_path_was_given(write):
    path: Path = write("r/a/1.txt", "x").parent.parent
    assert read_texts(path).name == str(path)
    assert read_texts(f"{path}/").name == f"{path}/"


def test_lines_without_a_label_are_said(write):
    table = read_texts(write("r.txt", "__label__a x\ny\n"))
    assert table.notes[1] == "1 row has no label and is left out"
