"""From an entry of the catalogue to a folder of its files: fetched once, checked at each use, unpacked once.

In the folder that is asked for stand ``ARCHIVE`` as it was downloaded, ``ARCHIVE.json`` (its checksum, and whose word
that is), ``NAME/`` with what was in it, and in that a ``source.json`` that says where it is from.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from seqloom.errors import DataError, DownloadError
from seqloom.frames.catalogue import Offer
from seqloom.frames.download import Transfer, Unreachable, check_magic, download_file
from seqloom.frames.lock import hold_alone
from seqloom.frames.unpack import Unpacked, unpack_archive
from seqloom.json_files import check_fields, read_json, write_json

__all__ = ["Obtained", "Step", "find_obtained", "obtain"]

_SOURCE = "source.json"
_SOURCE_FIELDS: dict[str, tuple[type, ...]] = {
    "sha256": (str,),
    "is_published": (bool,),
    "address": (str, type(None)),
    "n_files": (int,),
    "n_bytes": (int,),
}


@dataclass(frozen=True, kw_only=True)
class Obtained:
    """What ``obtain`` leaves behind.

    Parameters
    ----------
    offer : Offer
        Of the catalogue.
    folder : Path
        The unpacked files.
    sha256 : str
        Of the archive they are from.
    is_published : bool
        Whether that was held against a published checksum, or against what was recorded at the first download.
    is_new : bool
        Whether they were unpacked just now.
    address : str or None
        Where the archive was downloaded from; None if it was put there by hand.
    n_files, n_bytes : int
        What was unpacked.
    """

    offer: Offer
    folder: Path
    sha256: str
    is_published: bool
    is_new: bool
    address: str | None
    n_files: int
    n_bytes: int

    @property
    def path(self) -> Path:
        """The file or folder that one works with."""
        return self.folder / self.offer.use


@dataclass(frozen=True, kw_only=True)
class Step:
    """Something to tell: bytes of a ``stage`` (download, check, unpack) done, or what all came to (``obtained``)."""

    stage: str
    n_done: int = 0
    n_total: int | None = None
    obtained: Obtained | None = None


def find_obtained(offer: Offer, folder: Path) -> Obtained | None:
    """What an earlier ``obtain`` has unpacked there; None if it is not there.

    Parameters
    ----------
    offer : Offer
        Of the catalogue.
    folder : Path
        As for ``obtain``.

    Returns
    -------
    Obtained or None
        Nothing of it is checked again.

    Raises
    ------
    DownloadError
        Where something else stands in its place.
    """
    place = folder / offer.name
    if not place.exists():
        return None
    if not (place / _SOURCE).is_file():
        raise DownloadError(f"{place} exists, and `seqloom get` did not make it. Give another folder with -o.")
    source = read_json(place / _SOURCE)
    check_fields(source, _SOURCE_FIELDS, where=str(place / _SOURCE))
    return Obtained(offer=offer, folder=place, is_new=False, **{name: source[name] for name in _SOURCE_FIELDS})


def obtain(offer: Offer, folder: Path, *, archive: Path | None = None, overwrite: bool = False) -> Iterator[Step]:
    """Download, check and unpack an entry of the catalogue, as far as that was not done before.

    Parameters
    ----------
    offer : Offer
        Of the catalogue.
    folder : Path
        Where archive and unpacked files go; made if need be.
    archive : Path, optional
        A file that was downloaded by other means: checked and unpacked, and left as it is.
    overwrite : bool
        Whether all is done again, and a checksum that nobody has published is recorded again.

    Yields
    ------
    Step
        The last one carries what all came to.

    Raises
    ------
    DownloadError
        Where no address gives the file, its checksum is another one, or the folder cannot be written to.
    DataError
        Where the archive is damaged, or has members that an honest one does not have.
    """
    with _tell_local_trouble(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with hold_alone(folder / f".{offer.name}.lock", what=f"getting {offer.name} in {folder}"):
            yield from _obtain(_Keeper(offer, folder, overwrite=overwrite), archive=archive)


def _obtain(keeper: _Keeper, *, archive: Path | None) -> Iterator[Step]:
    """What is not done yet, in its order."""
    file, found, overwrite = archive or keeper.file, find_obtained(keeper.offer, keeper.folder), keeper.overwrite
    if archive is None and (overwrite or not file.exists()):
        if found and not overwrite:  # the archive was deleted, to save room
            yield Step(stage="unpack", obtained=found)
            return
        yield from keeper.download()
    yield Step(stage="check")
    sha256 = keeper.check(file)
    if found and found.sha256 != sha256 and not overwrite:
        raise DownloadError(f"{found.folder} was unpacked from another file. Pass --overwrite to unpack it again.")
    if overwrite or not found:
        yield from keeper.unpack(file, sha256)
        found = find_obtained(keeper.offer, keeper.folder)
        found = found and replace(found, is_new=True)
    yield Step(stage="unpack", obtained=found)


class _Keeper:
    """The archive of an offer, its checksum and its folder.

    Parameters
    ----------
    offer : Offer
        Of the catalogue.
    folder : Path
        Where all of it lies.
    overwrite : bool
        Whether an unpublished checksum is recorded again.
    """

    def __init__(self, offer: Offer, folder: Path, *, overwrite: bool) -> None:
        self.offer = offer
        self.folder = folder
        self.file = folder / offer.file
        self.record = folder / (offer.file + ".json")
        self.overwrite = overwrite
        self.recorded: str | None = None  # checksum of an earlier time
        self.address: str | None = None
        if self.record.exists():
            record = read_json(self.record)
            check_fields(record, {"sha256": (str,), "address": (str, type(None))}, where=str(self.record))
            self.recorded, self.address = record["sha256"], record["address"]
        self.sha256: str | None = None  # of what was downloaded just now

    def download(self) -> Iterator[Step]:
        """The archive from the first address that gives the one that is meant."""
        offer = self.offer
        transfer = Transfer(
            addresses=offer.addresses,
            target=self.file,
            n_bytes=offer.n_bytes if offer.sha256 else None,
            check=self._check_download,
        )
        missing, free = offer.n_bytes - transfer.n_done, shutil.disk_usage(self.folder).free
        if missing > free:
            raise DownloadError(f"{self.folder} has room for {free:,} bytes, and {offer.file} needs {missing:,} more.")
        try:
            for piece in download_file(transfer):
                self.address = piece.address
                yield Step(stage="download", n_done=piece.n_done, n_total=piece.n_total)
        except Unreachable as problem:
            n = transfer.n_done
            kept = f" The first {n:,} bytes are kept: the same command goes on from there." if n else ""
            raise DownloadError(
                f"{offer.file} could not be downloaded ({problem}).{kept} On a machine that can reach it, get it from "
                f"{offer.addresses[0]}, then run: seqloom get {offer.name} --file {offer.file} (or put it into "
                f"{self.folder})"
            ) from problem

    def _check_download(self, path: Path) -> None:
        """Nothing, if the file that came is the one that was meant."""
        try:
            self.sha256 = self._compare(path, is_ours=True)
        except DownloadError:  # it was set aside: what told its version has nothing to tell any more
            path.with_name(path.name + ".json").unlink(missing_ok=True)
            raise

    def check(self, file: Path) -> str:
        """The checksum of an archive, once it was found to be the right one; recorded the first time."""
        with open(file, "rb") as content:
            check_magic(content.read(4), self.file.name, where=f"{file}: ")
        sha256 = self.sha256 or self._compare(file, is_ours=file == self.file)
        if self.overwrite or self.recorded is None:
            facts = {"sha256": sha256, "n_bytes": file.stat().st_size, "is_published": bool(self.offer.sha256)}
            write_json(self.record, {**facts, "address": self.address})
        return sha256

    def _compare(self, file: Path, *, is_ours: bool) -> str:
        with open(file, "rb") as content:
            found = hashlib.file_digest(content, "sha256").hexdigest()
        offer = self.offer
        expected, whose = offer.sha256, f"published by {offer.checksum_from}"
        if expected is None and not self.overwrite:
            expected, whose = self.recorded, "recorded at the first download"
        if expected in (None, found):
            return found
        place = "left as it is"
        if is_ours:
            aside = self.file.with_name(f"{self.file.name}.wrong-{found[:8]}")
            os.replace(file, aside)
            place = f"kept as {aside}"
        again = "" if offer.sha256 else ", or pass --overwrite if you trust the new one"
        raise DownloadError(
            f"{file}: sha256 {found} found, {expected} expected ({whose}). It is not the file that was meant: it was "
            f"{place}, and not unpacked. Run the command again for a fresh download{again}."
        )

    def unpack(self, file: Path, sha256: str) -> Iterator[Step]:
        """The archive's files in a folder of their own, which takes its name once it is whole."""
        place = self.folder / self.offer.name
        writing = place.with_name(place.name + ".partial")
        shutil.rmtree(writing, ignore_errors=True)
        done = Unpacked(n_files=0, n_bytes=0)
        for done in unpack_archive(file, writing):
            yield Step(stage="unpack", n_done=done.n_bytes)
        if not (writing / self.offer.use).exists():
            shutil.rmtree(writing)
            raise DataError(f"there is no {self.offer.use} in it. Is this {self.offer.file}?", path=file)
        write_json(
            writing / _SOURCE,
            {
                "title": self.offer.title,
                "licence": self.offer.licence,
                "credit": self.offer.credit,
                "archive": self.offer.file,
                "address": self.address,
                "sha256": sha256,
                "is_published": bool(self.offer.sha256),
                "n_files": done.n_files,
                "n_bytes": done.n_bytes,
            },
        )
        shutil.rmtree(place, ignore_errors=True)
        os.replace(writing, place)


@contextmanager
def _tell_local_trouble(folder: Path) -> Iterator[None]:
    """A full disk and a folder that is not ours to write to, as a sentence."""
    try:
        yield
    except OSError as problem:
        name = problem.filename or folder
        if problem.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DownloadError(
                f"{folder}: the disk is full. What has come so far is kept: make room, or give another folder with -o."
            ) from problem
        if problem.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
            raise DownloadError(
                f"{name} cannot be written ({problem.strerror}). Give another folder with -o, or set SEQLOOM_CACHE."
            ) from problem
        raise
