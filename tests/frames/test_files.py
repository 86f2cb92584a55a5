"""Packed and encoded files: unpacked and decoded, or refused with the reason."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from seqloom.errors import DataError, UsageError
from seqloom.frames.encoding import to_utf8
from seqloom.frames.files import read_bytes, unpack_bytes

GZ, ZST = Path("a.csv.gz"), Path("a.csv.zst")


@given(parts=st.lists(st.binary(max_size=100), min_size=1, max_size=3))
def test_law_packed_parts_are_unpacked_end_to_end(parts):
    assert unpack_bytes(b"".join(map(gzip.compress, parts)), path=GZ) == b"".join(parts)
    assert unpack_bytes(b"".join(map(zstandard.compress, parts)), path=ZST) == b"".join(parts)


@pytest.mark.parametrize(("pack", "path"), [(gzip.compress, GZ), (zstandard.compress, ZST)])
def test_packed_file_cut_anywhere_is_refused(pack, path):
    packed = pack(b"text,label\nfine,pos\n" * 50)
    for end in range(4, len(packed)):
        with pytest.raises(DataError, match="cut off before its end"):
            unpack_bytes(packed[:end], path=path)


def test_damaged_file_is_refused():
    packed = bytearray(gzip.compress(b"text,label\n" * 50))
    packed[-5] ^= 255  # in its checksum
    with pytest.raises(DataError, match="damaged"):
        unpack_bytes(bytes(packed), path=GZ)
    with pytest.raises(DataError, match=r"cut off|damaged"):
        unpack_bytes(b"\x28\xb5\x2f\xfd" + b"nonsense" * 9, path=ZST)


@pytest.mark.parametrize("path", [GZ, ZST])
def test_ending_that_lies_is_refused(path):
    with pytest.raises(DataError, match="not packed so"):
        unpack_bytes(b"text,label\n", path=path)


@pytest.mark.parametrize("name", ["missing.csv", "nul\0.csv", "x" * 300, "here.csv/inside.csv"])
def test_path_that_leads_nowhere_is_a_data_error(tmp_path, name):
    (tmp_path / "here.csv").write_text("x")
    with pytest.raises(DataError, match=r"no such file|cannot be read"):
        read_bytes(tmp_path / name)


def test_folder_is_no_file(tmp_path):
    with pytest.raises(DataError, match="this is a folder"):
        read_bytes(tmp_path)


texts = st.text(st.characters(exclude_categories=["Cs"]))


# A text that begins with NUL in UTF-16 begins like UTF-32; nothing can tell them apart.
@given(text=texts.filter(lambda text: not text.startswith(("\ufeff", "\0"))))
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "utf-8"])
def test_law_a_byte_order_mark_says_the_encoding(encoding, text):
    assert to_utf8(text.encode(encoding)).decode() == text


@given(text=texts)
@pytest.mark.parametrize("encoding", ["cp949", "latin-1", "utf-16-le", "gb18030"])
def test_law_a_declared_encoding_is_decoded(encoding, text):
    data = text.encode(encoding, errors="ignore")
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\x00\x00\xfe\xff"))
    if not marked:
        assert to_utf8(data, encoding=encoding).decode() == data.decode(encoding)


@given(before=texts, after=st.binary(max_size=5))
def test_law_what_is_not_utf8_is_named_by_its_line(before, after):
    data = before.encode() + b"\xff" + after
    if before[:1] in ("", "\ufeff"):
        return  # a mark decides, or byte 0xFF may be the first half of one
    with pytest.raises(DataError, match="byte 0xFF") as caught:
        to_utf8(data, path="a.csv")
    assert caught.value.line == before.count("\n") + 1


@pytest.mark.parametrize("name", ["klingon", "base64", "rot13"])
def test_encoding_that_is_none_is_a_wrong_option(name):
    with pytest.raises(UsageError, match=f"--encoding {name}"):
        to_utf8(b"abc", encoding=name)
