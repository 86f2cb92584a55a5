"""One file from a web server, whole or not at all; a connection that is cut is gone on with where it stopped.

What has come so far lies in ``NAME.partial``. ``NAME.partial.json`` says from which address, and by which mark (ETag,
or the date of the last change) the server tells this version of the file from another. Only if the server confirms
the mark are further bytes put behind those that are there, so two versions are never glued together.

Source: RFC 9110, sections 13.1.5 (If-Range) and 14 (range requests).
"""

from __future__ import annotations

import http.client
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seqloom.errors import ArtifactError, DownloadError
from seqloom.json_files import read_json, write_json

__all__ = ["Progress", "Transfer", "Unreachable", "check_magic", "download_file"]

# Attempts in a row that bring no new byte before an address is given up. One only until a server has answered: without
# a network nobody should have to wait to be told so.
_ATTEMPTS = 4

_PIECE = 1 << 18

# First bytes of the archives that are known, by ending.
_MAGIC = {".gz": b"\x1f\x8b", ".zip": b"PK\x03\x04"}


class Unreachable(DownloadError):
    """No address gives the file."""


class _Hurdle(Exception):
    """Why an address does not give the file, today and tomorrow; another address may."""


class _Cut(Exception):
    """Why an attempt ended too early; the next one may get further."""


class _NoAnswer(_Cut):
    """There may be no network at all."""


def _accept(path: Path) -> None:
    """Whatever came."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How many bytes of a file are there, and how many ``address`` says it has (None where it does not say)."""

    address: str
    n_done: int
    n_total: int | None


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """What to fetch.

    Parameters
    ----------
    addresses : sequence of str
        The same file at each, tried in turn.
    target : Path
        Where it stands once it is whole.
    n_bytes : int or None
        Its size, where that is certain: another one is refused before it is downloaded.
    check : callable
        ``check(path)``, called with the whole file before it gets its name; raises if that is not the one meant.
    wait : callable
        ``wait(seconds)`` between attempts.
    timeout : float
        Seconds without a byte after which a connection counts as cut.
    """

    addresses: Sequence[str]
    target: Path
    n_bytes: int | None = None
    check: Callable[[Path], object] = _accept
    wait: Callable[[float], None] = time.sleep
    timeout: float = 30.0

    @property
    def partial(self) -> Path:
        """Where it lies while it is not whole."""
        return self.target.with_name(self.target.name + ".partial")

    @property
    def mark_file(self) -> Path:
        """What says which version of which address that is."""
        return self.partial.with_name(self.partial.name + ".json")

    @property
    def n_done(self) -> int:
        """Bytes that have come so far."""
        return self.partial.stat().st_size if self.partial.exists() else 0

    def drop(self) -> None:
        """Forget what has come so far: it is no beginning of what the server has now."""
        self.mark_file.unlink(missing_ok=True)
        self.partial.unlink(missing_ok=True)


def download_file(transfer: Transfer) -> Iterator[Progress]:
    """Fetch a file from the first address that gives it.

    Parameters
    ----------
    transfer : Transfer
        Addresses, target, expectations.

    Yields
    ------
    Progress
        Behind each piece. At the last one the file stands under its name, and nothing partial beside it.

    Raises
    ------
    Unreachable
        With what each address said. What has come so far stays, and the next call goes on with it.
    """
    told = []
    for address in transfer.addresses:
        try:
            yield from _fill_partial(address, transfer)
        except _Hurdle as hurdle:
            told.append(f"{address}: {hurdle}")
        else:
            transfer.check(transfer.partial)
            os.replace(transfer.partial, transfer.target)
            transfer.mark_file.unlink(missing_ok=True)
            size = transfer.target.stat().st_size
            yield Progress(address=address, n_done=size, n_total=size)
            return
    raise Unreachable("; ".join(told))


def check_magic(head: bytes, name: str, *, where: str = "") -> None:
    """Nothing, if a file can be the archive that its name says.

    Parameters
    ----------
    head : bytes
        Its first bytes, four at least.
    name : str
        Its name.
    where : str
        What stands in front of the message: the file that was looked into, where a person gave it.

    Raises
    ------
    DownloadError
        Where it begins otherwise: what was sent is often a web page that says "log in" or "not found".
    """
    expected = _MAGIC.get(Path(name).suffix.lower(), b"")
    if not head.startswith(expected):
        is_page = head.lstrip()[:1] == b"<"
        what = "a web page" if is_page else f"something that begins with {head[:4]!r}"
        raise DownloadError(f"{where}{what} was found where the archive {name} is expected")


def _fill_partial(address: str, transfer: Transfer) -> Iterator[Progress]:
    """The partial file filled to its end, in as many attempts as bring something new."""
    furthest, n_idle, has_answered = transfer.n_done, 0, False
    while True:
        try:
            yield from _attempt(address, transfer)
            return
        except _Cut as cut:
            has_answered |= not isinstance(cut, _NoAnswer)
            # a server without ranges begins anew each time: what counts is the furthest point ever reached
            n_idle = 0 if transfer.n_done > furthest else n_idle + 1
            furthest = max(furthest, transfer.n_done)
            if n_idle >= (_ATTEMPTS if has_answered else 1):
                raise _Hurdle(str(cut)) from cut
        transfer.wait(1.0 + n_idle)


def _attempt(address: str, transfer: Transfer) -> Iterator[Progress]:
    """One request, and what it brings written behind what is there; the first progress is told before any byte."""
    mark, n_done = _read_mark(address, transfer)
    if n_done and n_done == mark["n_bytes"]:  # killed between the last byte and the file's name
        return
    with _ask(address, transfer, mark=mark, n_done=n_done) as answer:
        yield Progress(address=address, n_done=n_done, n_total=mark["n_bytes"])
        start, found = _place_answer(answer, transfer, mark=mark, n_done=n_done)
        head = _read(answer, 4, transfer=transfer)
        if start == 0:
            _check_beginning(head, transfer, n_total=found["n_bytes"])
        with open(transfer.partial, "r+b" if start else "wb") as file:
            if start == 0:  # the old bytes are gone by now: the mark must not vouch for those of another version
                write_json(transfer.mark_file, {"address": address, **found})
            file.seek(start)
            file.write(head)
            while piece := _read(answer, _PIECE, transfer=transfer):
                file.write(piece)
                yield Progress(address=address, n_done=file.tell(), n_total=found["n_bytes"])
    if found["n_bytes"] is not None and transfer.n_done != found["n_bytes"]:
        raise _Cut(f"the connection was cut after {transfer.n_done:,} of {found['n_bytes']:,} bytes")


def _read_mark(address: str, transfer: Transfer) -> tuple[dict[str, Any], int]:
    """What the server called the version that is here in part, and how many bytes are; 0 where it had no name."""
    try:
        mark = dict(read_json(transfer.mark_file))
    except (ArtifactError, TypeError, ValueError):
        mark = {}
    if mark.get("address") != address or not mark.get("version"):
        return {"version": None, "n_bytes": None}, 0
    return mark, transfer.n_done


def _ask(address: str, transfer: Transfer, *, mark: dict[str, Any], n_done: int) -> http.client.HTTPResponse:
    """The server's answer, when it is one that has content."""
    request = urllib.request.Request(address, headers={"User-Agent": "seqloom", "Accept-Encoding": "identity"})
    if n_done:
        request.add_header("Range", f"bytes={n_done}-")
        request.add_header("If-Range", mark["version"])
    try:
        answer: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=transfer.timeout)
    except urllib.error.HTTPError as refusal:
        refusal.close()
        told = f"the server answers {refusal.code} ({refusal.reason})"
        if refusal.code == 416:  # it has nothing behind what is there
            transfer.drop()
        elif refusal.code < 500 and refusal.code != 429:
            raise _Hurdle(told) from refusal
        raise _Cut(told) from refusal
    except (OSError, http.client.HTTPException) as failure:
        raise _NoAnswer(_say(failure)) from failure
    if address.startswith("https:") and not answer.url.startswith("https:"):
        answer.close()
        raise _Hurdle(f"it leads to {answer.url}, which is not encrypted, and was not followed")
    return answer


def _place_answer(
    answer: http.client.HTTPResponse, transfer: Transfer, *, mark: dict[str, Any], n_done: int
) -> tuple[int, dict[str, Any]]:
    """Where in the file an answer begins, and which version it is of."""
    etag = answer.headers["ETag"] or ""
    version = etag if etag and not etag.startswith("W/") else answer.headers["Last-Modified"]  # weak: alike, not equal
    if answer.status != 206:
        length = answer.headers["Content-Length"] or ""
        return 0, {"version": version, "n_bytes": int(length) if length.isdigit() else None}
    part = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", answer.headers["Content-Range"] or "")
    # Some servers do not know If-Range and send the rest of whatever they have now.
    if not part or int(part[1]) != n_done or int(part[2]) != mark["n_bytes"] or version not in (None, mark["version"]):
        transfer.drop()
        raise _Cut("the file has changed on the server in the meantime")
    return n_done, {"version": mark["version"], "n_bytes": int(part[2])}


def _read(answer: http.client.HTTPResponse, n: int, *, transfer: Transfer) -> bytes:
    """At most ``n`` bytes, as soon as there are some (of 4 all, as a judgement hangs on them); none at the end."""
    try:
        return answer.read(n) if n <= 4 else answer.read1(n)
    except TimeoutError as failure:
        raise _Cut(f"nothing came for {transfer.timeout:g} seconds") from failure
    except (OSError, http.client.HTTPException) as failure:
        raise _Cut(_say(failure)) from failure


def _check_beginning(head: bytes, transfer: Transfer, *, n_total: int | None) -> None:
    """Nothing, if this can be the file that was meant: found out before it is downloaded, not behind it."""
    if len(head) < 4 and len(head) != n_total:
        raise _Cut("the connection was cut at once")
    try:
        check_magic(head, transfer.target.name)
    except DownloadError as problem:
        raise _Hurdle(str(problem)) from problem
    if transfer.n_bytes is not None and n_total not in (None, transfer.n_bytes):
        raise _Hurdle(f"a file of {n_total:,} bytes was found where one of {transfer.n_bytes:,} is expected")


def _say(failure: Exception) -> str:
    reason = getattr(failure, "reason", failure)
    if isinstance(reason, TimeoutError):
        return "no answer in time"
    return str(getattr(reason, "strerror", None) or reason or type(reason).__name__).rstrip(".").lower()
