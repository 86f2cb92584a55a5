"""An archive unpacked into a new folder: whole or not at all, and never a byte outside of it.

An archive comes from outside. Its members are plain files and folders below the folder they are unpacked to, each name
once, together not larger than an archive of that size can honestly be; anything else ends the unpacking, and nothing of
it stays. Permissions and owners are not taken over, and nothing is executed.
"""

from __future__ import annotations

import gzip
import lzma
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, cast

from seqloom.errors import DataError

__all__ = ["Unpacked", "unpack_archive"]

# Text packs to a third or a fourth, numbers as text to a fifth: ten times that is no data set. An archive of some
# kilobytes may pack better, by chance.
_MOST_GROWTH = 40
_LEAST_CEILING = 10_000_000

# The largest archive of the catalogue has a hundred thousand.
_MOST_FILES = 1_000_000

_PIECE = 1 << 20

# NotImplementedError: a zip of a kind that Python cannot read
_DAMAGED = (
    *(tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error),
    *(lzma.LZMAError, EOFError, NotImplementedError),
)


@dataclass(frozen=True, kw_only=True)
class Unpacked:
    """What came out of an archive so far."""

    n_files: int
    n_bytes: int


@dataclass(frozen=True, kw_only=True)
class _Member:
    """A file or folder in an archive: its size as declared, why it cannot be taken (if so), and its content."""

    name: str
    n_bytes: int
    is_folder: bool
    fault: str | None
    open: Callable[[], IO[bytes]]


def unpack_archive(archive: Path, folder: Path) -> Iterator[Unpacked]:
    """Unpack a .tar.gz, .zip or .gz file into a new folder.

    Parameters
    ----------
    archive : Path
        What it is, its ending says.
    folder : Path
        Must not exist.

    Yields
    ------
    Unpacked
        Behind each member: what is there so far.

    Raises
    ------
    DataError
        Where the archive is damaged, or has members that an honest one does not have. Nothing is left behind.
    """
    folder.mkdir(parents=True)
    try:
        yield from _write_members(archive, folder)
    except BaseException as problem:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(problem, _DAMAGED):
            raise DataError(f"the archive is damaged ({problem}). Get it again.", path=archive) from problem
        raise


def _write_members(archive: Path, folder: Path) -> Iterator[Unpacked]:
    ceiling = max(_MOST_GROWTH * archive.stat().st_size, _LEAST_CEILING)
    n_files = n_bytes = 0
    for member in _read_members(archive):
        if fault := member.fault or _find_name_fault(member):
            raise _refuse(archive, member.name, fault=fault)
        path = folder.joinpath(*PurePosixPath(member.name).parts)
        try:
            if member.is_folder:
                path.mkdir(parents=True, exist_ok=True)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            n_bytes += _write_file(member, path, room=ceiling - n_bytes)
        except (FileExistsError, NotADirectoryError, IsADirectoryError) as problem:
            raise _refuse(archive, member.name, fault="stands in it twice") from problem
        except _TooLarge as problem:
            raise _refuse(
                archive, member.name, fault=f"brings it beyond {ceiling:,} bytes, which no text does"
            ) from problem
        n_files += 1
        if n_files > _MOST_FILES:
            raise _refuse(archive, member.name, fault=f"is one of more than {_MOST_FILES:,} files")
        yield Unpacked(n_files=n_files, n_bytes=n_bytes)


class _TooLarge(Exception):
    """A member, or all together, would take more room than there is for them."""


def _write_file(member: _Member, path: Path, *, room: int) -> int:
    """A file written, never over another; its bytes. What is declared is believed no more than what comes."""
    if member.n_bytes > room:
        raise _TooLarge
    n_written = 0
    with member.open() as content, open(path, "xb") as file:
        while piece := content.read(_PIECE):
            n_written += len(piece)
            if n_written > room:
                raise _TooLarge
            file.write(piece)
    return n_written


def _find_name_fault(member: _Member) -> str | None:
    """What keeps a member's name from being a path below the folder, on any system."""
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts or not (path.parts or member.is_folder):  # "." is the folder itself
        return "would be written outside of the folder"
    if any(letter in "\\:" or not letter.isprintable() for letter in member.name):
        return "has a name that not every system can write"
    return None


def _refuse(archive: Path, name: str, *, fault: str) -> DataError:
    return DataError(
        f"its member {name!r:.100} {fault}. An honest archive has no such member, so nothing of it was unpacked. Get "
        "the file from its source again.",
        path=archive,
    )


def _read_members(archive: Path) -> Iterator[_Member]:
    """The members one by one; each must be opened before the next is asked for."""
    if archive.name.endswith(".zip"):
        yield from _read_zip(archive)
    elif archive.name.endswith((".tar.gz", ".tgz")):
        yield from _read_tar(archive)
    else:
        name = archive.name.removesuffix(".gz")
        yield _Member(name=name, n_bytes=0, is_folder=False, fault=None, open=partial(_open_gzip, archive))


def _read_zip(archive: Path) -> Iterator[_Member]:
    with zipfile.ZipFile(archive) as file:
        for info in file.infolist():
            if info.filename.startswith("__MACOSX/"):  # what a Mac adds of its own: icons, tags
                continue
            kind = stat.S_IFMT(info.external_attr >> 16)
            fault = None if kind in (0, stat.S_IFREG, stat.S_IFDIR) else "is a link or device"
            yield _Member(
                name=info.filename,
                n_bytes=info.file_size,
                is_folder=info.filename.endswith("/"),
                fault="is encrypted" if info.flag_bits & 1 else fault,
                open=partial(file.open, info),
            )


def _read_tar(archive: Path) -> Iterator[_Member]:
    # through gzip, not tarfile's own reading of it, which does not look at the checksum
    with gzip.open(archive) as content, tarfile.open(fileobj=content, mode="r|") as file:
        for info in file:
            yield _Member(
                name=info.name,
                n_bytes=info.size if info.isreg() else 0,
                is_folder=info.isdir(),
                fault=None if info.isreg() or info.isdir() else "is a link or device",
                open=partial(_open_tar_member, file, info),
            )
        while content.read(_PIECE):  # to the end, where that checksum stands
            pass


def _open_gzip(archive: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(archive))


def _open_tar_member(file: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    content = file.extractfile(info)
    if content is None:
        raise tarfile.ReadError(f"{info.name} has no content")
    return content
