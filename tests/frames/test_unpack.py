"""An archive is unpacked as another program packed it; one that plays tricks leaves nothing, inside or outside."""

from __future__ import annotations

import gzip
import io
import shutil
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from seqloom.errors import DataError
from seqloom.frames import unpack
from seqloom.frames.unpack import unpack_archive

FILES = {
    "top/a.txt": b"alpha",
    "top/deep/b.txt": b"beta" * 1000,
    "top/deep/empty.txt": b"",
    "top/\u00e9t\u00e9.txt": b"x",
}


def write_tar(path: Path, members: list[tuple[tarfile.TarInfo, bytes]]) -> Path:
    with tarfile.open(path, "w:gz") as file:
        for info, content in members:
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))
    return path


def write_zip(path: Path, members: list[tuple[zipfile.ZipInfo | str, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for info, content in members:
            file.writestr(info, content)
    return path


def tar_member(name: str, **more) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    for key, value in more.items():
        setattr(info, key, value)
    return info


def read_tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def unpack_all(archive: Path, folder: Path):
    return list(unpack_archive(archive, folder))[-1]


@pytest.mark.parametrize(("kind", "ending"), [("gztar", ".tar.gz"), ("zip", ".zip")])
def test_law_unpacked_equals_packed(tmp_path, kind, ending):
    for name, content in FILES.items():
        path = tmp_path / "packed" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    shutil.make_archive(str(tmp_path / "archive"), kind, tmp_path / "packed")
    done = unpack_all(tmp_path / f"archive{ending}", tmp_path / "out")
    assert read_tree(tmp_path / "out") == FILES
    assert (done.n_files, done.n_bytes) == (len(FILES), sum(map(len, FILES.values())))


def test_single_gz(tmp_path):
    (tmp_path / "vectors.txt.gz").write_bytes(gzip.compress(b"the 0.1 0.2\n"))
    unpack_all(tmp_path / "vectors.txt.gz", tmp_path / "out")
    assert read_tree(tmp_path / "out") == {"vectors.txt": b"the 0.1 0.2\n"}


def test_what_a_mac_adds_is_passed_over(tmp_path):
    archive = write_zip(tmp_path / "a.zip", [("a.csv", b"1"), ("__MACOSX/._a.csv", b"icon")])
    unpack_all(archive, tmp_path / "out")
    assert read_tree(tmp_path / "out") == {"a.csv": b"1"}


def test_permissions_and_owners_are_not_taken_over(tmp_path):
    archive = write_tar(tmp_path / "a.tar.gz", [(tar_member("run.sh", mode=0o7777, uid=1, gid=1), b"#!/bin/sh")])
    unpack_all(archive, tmp_path / "out")
    assert (tmp_path / "out" / "run.sh").stat().st_mode & 0o7111 == 0


OUTSIDE = ["../evil", "a/../../evil", "/evil", "..", ".", ""]
UNWRITABLE = ["a\\..\\..\\evil", "C:evil", "C:/evil", "a:stream", "a\nb", "a\x1b[31m"]


@pytest.mark.parametrize("name", OUTSIDE + UNWRITABLE)
@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_path_tricks(tmp_path, name, kind):
    """The bad member stands behind a good one, so that there is something to take back."""
    if kind == "tar":
        archive = write_tar(tmp_path / "a.tar.gz", [(tar_member("good.txt"), b"x"), (tar_member(name), b"evil")])
    else:
        info = zipfile.ZipInfo("placeholder")
        info.filename = name
        archive = write_zip(tmp_path / "a.zip", [("good.txt", b"x"), (info, b"evil")])
    with pytest.raises(DataError, match=r"would be written outside|not every system can write|damaged"):
        unpack_all(archive, tmp_path / "inner" / "out")
    assert {path.name for path in tmp_path.rglob("*")} == {archive.name, "inner"}


@pytest.mark.parametrize(
    "info",
    [
        tar_member("link", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        tar_member("link", type=tarfile.LNKTYPE, linkname="good.txt"),
        tar_member("pipe", type=tarfile.FIFOTYPE),
        tar_member("device", type=tarfile.CHRTYPE),
        tar_member("block", type=tarfile.BLKTYPE),
    ],
    ids=lambda info: f"type{info.type.decode()}",
)
def test_links_and_devices_in_a_tar(tmp_path, info):
    archive = write_tar(tmp_path / "a.tar.gz", [(tar_member("good.txt"), b"x"), (info, b"")])
    with pytest.raises(DataError, match="is a link or device"):
        unpack_all(archive, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_in_a_zip(tmp_path, kind):
    info = zipfile.ZipInfo("link")
    info.external_attr = (kind | 0o777) << 16
    archive = write_zip(tmp_path / "a.zip", [("good.txt", b"x"), (info, b"/etc/passwd")])
    with pytest.raises(DataError, match="is a link or device"):
        unpack_all(archive, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("names", [("a", "a"), ("a", "a/b"), ("a/b", "a"), ("a", "./a")])
@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_name_that_stands_twice(tmp_path, names, kind):
    if kind == "tar":
        archive = write_tar(tmp_path / "a.tar.gz", [(tar_member(name), b"x") for name in names])
    else:
        archive = write_zip(tmp_path / "a.zip", [(name, b"x") for name in names])
    with pytest.raises(DataError, match="stands in it twice"):
        unpack_all(archive, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.fixture
def small_ceiling(monkeypatch):
    monkeypatch.setattr(unpack, "_LEAST_CEILING", 100_000)
    monkeypatch.setattr(unpack, "_PIECE", 10_000)


@pytest.mark.parametrize("ending", [".tar.gz", ".zip", ".gz"])
def test_bomb(tmp_path, small_ceiling, ending):
    bomb, archive = bytes(1_000_000), tmp_path / f"a{ending}"
    if ending == ".tar.gz":
        write_tar(archive, [(tar_member("zeros"), bomb)])
    elif ending == ".zip":
        write_zip(archive, [("zeros", bomb)])
    else:
        archive.write_bytes(gzip.compress(bomb))
    with pytest.raises(DataError, match="beyond 100,000 bytes"):
        unpack_all(archive, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_bomb_of_many_small_files_together(tmp_path, small_ceiling):
    archive = write_tar(tmp_path / "a.tar.gz", [(tar_member(f"{i}"), bytes(20_000)) for i in range(10)])
    with pytest.raises(DataError, match="'5' brings it beyond 100,000 bytes"):
        unpack_all(archive, tmp_path / "out")


def test_bomb_of_too_many_files(tmp_path, monkeypatch):
    monkeypatch.setattr(unpack, "_MOST_FILES", 3)
    archive = write_zip(tmp_path / "a.zip", [(f"{i}", b"") for i in range(4)])
    with pytest.raises(DataError, match="more than 3 files"):
        unpack_all(archive, tmp_path / "out")


@pytest.mark.parametrize("ending", [".tar.gz", ".zip", ".gz"])
@pytest.mark.parametrize("fault", ["cut", "bit", "other"])
def test_damaged_archive(tmp_path, ending, fault):
    text, archive = bytes(range(256)) * 40, tmp_path / f"a{ending}"
    if ending == ".tar.gz":
        write_tar(archive, [(tar_member("a"), text)])
    elif ending == ".zip":
        write_zip(archive, [("a", text)])
    else:
        archive.write_bytes(gzip.compress(text))
    data = bytearray(archive.read_bytes())
    if fault == "cut":
        del data[-20:]
    elif fault == "bit":
        data[60] ^= 16
    else:
        data = bytearray(b"not an archive at all, but long enough to be taken for one")
    archive.write_bytes(data)
    with pytest.raises(DataError, match="the archive is damaged"):
        unpack_all(archive, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_checksum_behind_the_end_of_a_tar_is_looked_at(tmp_path):
    archive = write_tar(tmp_path / "a.tar.gz", [(tar_member("a"), b"x" * 5000)])
    data = bytearray(archive.read_bytes())
    data[-8] ^= 1  # CRC32 of the whole stream
    archive.write_bytes(data)
    with pytest.raises(DataError, match="damaged"):
        unpack_all(archive, tmp_path / "out")


def test_encrypted_zip(tmp_path):
    archive = write_zip(tmp_path / "a.zip", [("a", b"x")])
    data = bytearray(archive.read_bytes())
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(magic) + at] |= 1
    archive.write_bytes(data)
    with pytest.raises(DataError, match="is encrypted"):
        unpack_all(archive, tmp_path / "out")


def test_left_half_way_leaves_nothing(tmp_path):
    """As after Ctrl-C: the generator is closed between two members."""
    archive = write_zip(tmp_path / "a.zip", [("a", b"x"), ("b", b"y")])
    steps = unpack_archive(archive, tmp_path / "out")
    next(steps)
    assert (tmp_path / "out" / "a").exists()
    steps.close()
    assert not (tmp_path / "out").exists()
