"""Separated tables: equal to Python's csv where it reads them, an error with a line where it does not."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from seqloom.errors import DataError
from seqloom.frames.delimited import find_separator, read_delimited
from seqloom.frames.layout import find_layout
from seqloom.frames.strict import read_strictly

PATH = Path("reviews.csv")

# What has a meaning in a table, and a few scripts; no lone carriage return, which ends a line for csv and not for us.
letters = st.sampled_from([*'abz ",;\t|\n\x00é감😀א', "\r\n", '""', "#", "\u2028"])
fields = st.lists(letters, max_size=8).map("".join)
# Little but marks, so that most files made of these lines are broken in some way.
raw_lines = st.lists(st.lists(st.sampled_from(list('ab,"\r')), max_size=8).map("".join), min_size=1, max_size=8)


def write_rows(
    rows: list[list[str]], separator: str, *, line_end: str = "\n", quoting: int = csv.QUOTE_MINIMAL
) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator, lineterminator=line_end, quoting=quoting).writerows(rows)
    return out.getvalue().encode()


@given(
    rows=st.lists(st.tuples(fields, fields, fields).map(list), min_size=1, max_size=12),
    separator=st.sampled_from(",;\t|"),
    line_end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_law_what_csv_writes_is_read_back(rows, separator, line_end, quoting):
    # An empty first header field would be fine; the names here only have to be told apart.
    data = write_rows([["text", "label", "more"], *rows], separator, line_end=line_end, quoting=quoting)
    # A table with tabs that is even with quotes as letters, too, is taken so: with line ends and tabs in just the
    # right places of one text, one in a million.
    assume(not find_layout(data, separator).is_literal)
    found = read_delimited(data, path=PATH, separator=separator).frame.fill_null("").rows()
    assert found == [tuple(row) for row in rows]


@given(rows=st.lists(st.tuples(fields, fields).map(list), min_size=1, max_size=12), separator=st.sampled_from(",;|"))
def test_law_what_csv_writes_is_sound_and_polars_reads_it(rows, separator):
    """The fast way is taken, and says the same as the exact one."""
    data = write_rows([["text", "label"], *rows], separator)
    assert find_layout(data, separator).is_sound
    exact = read_strictly(data, separator, path=PATH).frame
    assert read_delimited(data, path=PATH, separator=separator).frame.fill_null("").rows() == exact.rows()


@given(lines=raw_lines)
def test_law_a_file_is_read_as_strict_csv_does_or_refused(lines):
    """Over any marks at all: never another table than Python's, never one where Python's rows are uneven."""
    data = "\n".join(["text,label", *lines]).encode()
    try:
        expected = [row for row in csv.reader(io.StringIO(data.decode(), newline="\n"), strict=True) if row]
        is_even = all(len(row) == 2 for row in expected) and len(expected) > 1
    except csv.Error:
        is_even = False
    if is_even:
        assert read_delimited(data, path=PATH, separator=",").frame.fill_null("").rows() == [
            tuple(row) for row in expected[1:]
        ]
    else:
        with pytest.raises(DataError):
            read_delimited(data, path=PATH, separator=",")


@given(
    rows=st.lists(st.tuples(fields, fields).map(list), min_size=1, max_size=6),
    place=st.integers(0, 6),
    n=st.integers(1, 4),
)
def test_law_skipping_leaves_out_exactly_the_uneven_rows(rows, place, n):
    rows = [[field.replace("\n", " ").replace("\r", " ").replace('"', "'") for field in row] for row in rows]
    bad = ["x"] * (n if n != 2 else 5)
    mixed = [*rows[:place], bad, *rows[place:]]
    data = write_rows([["text", "label"], *mixed], ",", quoting=csv.QUOTE_ALL)
    sheet = read_delimited(data, path=PATH, separator=",", on_bad_row="skip")
    assert sheet.frame.rows() == [tuple(row) for row in rows]
    line = min(place, len(rows)) + 2
    assert sheet.notes == (f"left out 1 row that could not be read (line {line})",)


@pytest.mark.parametrize(
    ("body", "line", "words"),
    [
        ("fine,pos\nbad, film,neg\n", 3, "3 fields where the header has 2 (text, label)"),
        ("fine,pos\nbad\n", 3, "1 field where the header has 2"),
        ('fine,pos\n"bad,neg\nok,pos\n', 3, "a quote opened on this line is never closed"),
        ('fine,pos\n"bad,neg\nok,pos\n"so",neg\n', 5, "a quote opened on line 3 closes here"),
        ('fine,pos\n"bad" film,neg\n', 3, "a quote stands in the middle of a field"),
        ('fine,pos\n"bad\nfilm",neg,x\nso,pos\n', 4, "A quote opened on line 3 is not closed before this line"),
        ("\n\nfine,pos\n\nbad\n", 6, "1 field"),
    ],
)
def test_bad_row_is_named_by_line(body, line, words):
    with pytest.raises(DataError) as caught:
        read_delimited(f"text,label\n{body}".encode(), path=PATH)
    assert caught.value.line == line
    assert words in str(caught.value)
    assert "--on-bad-row skip" in str(caught.value)


def test_open_quote_costs_only_its_own_line_when_skipped():
    data = b'text,label\na,pos\n"b,neg\nc,pos\n"d, e",neg\n'
    sheet = read_delimited(data, path=PATH, on_bad_row="skip")
    assert sheet.frame.rows() == [("a", "pos"), ("c", "pos"), ("d, e", "neg")]


def test_nothing_left_after_skipping_says_so():
    with pytest.raises(DataError, match=r"left out 1 row .* no row remains"):
        read_delimited(b"text,label\na\n", path=PATH, separator=",", on_bad_row="skip")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "the file is empty"),
        (b" \n\n", "the file is empty"),
        (b"text,label\n", "only a header"),
        (b"text,label\n\n\r\n", "only a header"),
        (b"text,label, text\na,b,c\n", "two columns have the name 'text'"),
    ],
)
def test_table_without_rows_or_with_twin_columns_is_refused(data, words):
    with pytest.raises(DataError, match=words):
        read_delimited(data, path=PATH)


def test_long_text_goes_both_ways():
    """Python's csv refuses fields of more than 131,072 letters unless told otherwise, and is left as it was."""
    long = "x" * 300_000
    limit = csv.field_size_limit()
    sound = read_delimited(f"text,label\n{long},pos\n".encode(), path=PATH).frame
    strict = read_delimited(f'text,label\n{long},pos\n5" disk,neg\n'.encode(), path=PATH).frame
    assert sound["text"][0] == strict["text"][0] == long
    assert csv.field_size_limit() == limit


def test_old_line_ends_of_lone_returns_are_lines():
    assert read_delimited(b"text,label\ra,pos\rb,neg\r", path=PATH).frame.rows() == [("a", "pos"), ("b", "neg")]


def test_header_over_two_lines_is_one_header():
    sheet = read_delimited(b'"the\ntext",label\na,pos\n', path=PATH)
    assert sheet.frame.columns == ["the\ntext", "label"]
    assert sheet.frame.rows() == [("a", "pos")]


@pytest.mark.parametrize(
    "body",
    [
        'ham\t"Hello" he said\nspam\t5" disk',  # quotes in the middle
        'ham\t"Hello\nspam\tand so on"',  # a pair that would swallow a line end
        'ham\t"Hello\nspam\tfine',  # one that is never closed
    ],
)
def test_quotes_between_tabs_are_letters_where_lines_are_even_only_so(body):
    sheet = read_delimited(f"label\ttext\n{body}\n".encode(), path=PATH, separator="\t")
    assert sheet.frame.rows() == [tuple(line.split("\t")) for line in body.split("\n")]
    assert "took quotes as letters" in sheet.notes[0]


def test_quotes_between_tabs_enclose_where_that_is_even():
    sheet = read_delimited(b'label\ttext\nham\t"one\ttwo"\n', path=PATH, separator="\t")
    assert sheet.frame.rows() == [("ham", "one\ttwo")]


@pytest.mark.parametrize("separator", list(",;\t|"))
def test_separator_is_found_though_texts_hold_the_others(separator):
    others = "".join(mark for mark in ",;\t|" if mark != separator)
    rows = [["text", "label"], *([f"so{others * n} fine", "pos"] for n in range(5))]
    assert find_separator(write_rows(rows, separator)) == separator


def test_separator_of_one_column_is_the_comma():
    assert find_separator(b"text\nfine\nsad\n") == ","
