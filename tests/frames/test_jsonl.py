"""JSON lines against the json module, and broken ones by line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqloom.errors import DataError
from seqloom.frames.jsonl import read_json_lines

PATH = Path("reviews.jsonl")

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
rows = st.lists(
    st.fixed_dictionaries({"text": texts}, optional={"label": st.integers(-(2**60), 2**60) | st.none(), "more": texts}),
    min_size=1,
    max_size=10,
)


@given(rows=rows, is_ascii=st.booleans(), line_end=st.sampled_from(["\n", "\r\n", "\n\n"]))
def test_law_what_json_writes_is_read_back(rows, is_ascii, line_end):
    data = line_end.join(json.dumps(row, ensure_ascii=is_ascii) for row in rows).encode()
    names = list(dict.fromkeys(name for row in rows for name in row))
    expected = [tuple(row.get(name) for name in names) for row in rows]
    assert read_json_lines(data, path=PATH).frame.rows() == expected


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"text": "b"', "not JSON"),
        ("plain", "not JSON"),
        ("[1, 2]", "a list where an object"),
        ('"text"', "a string where an object"),
        ("null", "null where an object"),
        ('{"text": "\\ud800"}', "surrogate"),
        ("[" * 100_000, "not JSON"),
        ('{"n": ' + "1" * 5000 + "}", "number too long"),
    ],
)
def test_bad_line_is_named_or_skipped(line, words):
    data = f'{{"text": "a"}}\n\n{line}\n{{"text": "c"}}\n'.encode()
    with pytest.raises(DataError, match=words) as caught:
        read_json_lines(data, path=PATH)
    assert caught.value.line == 3
    sheet = read_json_lines(data, path=PATH, on_bad_row="skip")
    assert sheet.frame["text"].to_list() == ["a", "c"]
    assert "line 3" in sheet.notes[0]


def test_pair_of_surrogates_is_a_character():
    sheet = read_json_lines(b'{"text": "\\ud83d\\ude00"}', path=PATH)
    assert sheet.frame["text"].to_list() == ["😀"]


def test_mixed_column_keeps_strings_and_tells_kinds_by_line():
    data = b'{"a": "x"}\n{"a": [1, "\xc3\xa9"]}\n{"a": 2.5}\n{"a": null}\n{"a": true}\n'
    sheet = read_json_lines(data, path=PATH)
    assert sheet.frame["a"].to_list() == ["x", '[1, "é"]', "2.5", None, "true"]
    assert sheet.kinds == {"a": {"string": 1, "list": 2, "number": 3, "boolean": 5}}


@pytest.mark.parametrize("data", [b"", b"\n \n"])
def test_file_without_objects_is_refused(data):
    with pytest.raises(DataError, match="no JSON object"):
        read_json_lines(data, path=PATH)
