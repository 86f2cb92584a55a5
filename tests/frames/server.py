"""A web server on the loopback that does to a download what real ones do: cuts it, changes the file, sends a page."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Site:
    """What the server has, how it behaves, and what it was asked.

    Parameters
    ----------
    content : bytes
        Of the file.
    etag, modified : str or None
        What it calls this version.
    has_ranges, heeds_if_range : bool
        Whether it can send a part, and looks at whether the part is of the same version.
    cuts : list of int
        Bytes of the body after which the first, second ... answer ends in a dropped connection.
    statuses : list of int
        Statuses of the first, second ... answer; 200 or 206 afterwards.
    redirect : str or None
        Where the address leads.
    says_length, is_chunked : bool
        How the end of the body is told.
    pause : float
        Seconds before each piece of a slow answer.
    stalls : bool
        Whether a cut answer hangs instead of being dropped.
    """

    content: bytes
    etag: str | None = '"one"'
    modified: str | None = None
    has_ranges: bool = True
    heeds_if_range: bool = True
    cuts: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    redirect: str | None = None
    says_length: bool = True
    is_chunked: bool = False
    pause: float = 0.0
    stalls: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)
    change_after_first: bytes | None = None
    address: str = ""
    is_over: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serve(site: Site, name: str = "data.zip") -> Iterator[Site]:
    """The site at ``site.address`` while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            _answer(self, site)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    site.address = f"http://127.0.0.1:{server.server_port}/files/{name}"
    try:
        yield site
    finally:
        site.is_over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _answer(request: BaseHTTPRequestHandler, site: Site) -> None:
    site.asked.append(dict(request.headers.items()))
    request.close_connection = True
    if site.redirect and not request.path.startswith("/moved/"):
        request.send_response(302)
        request.send_header("Location", site.redirect)
        request.send_header("Content-Length", "0")
        request.end_headers()
        return
    status = site.statuses.pop(0) if site.statuses else 0
    if status >= 400:
        request.send_error(status)
        return
    if len(site.asked) > 1 and site.change_after_first is not None:
        site.content, site.etag = site.change_after_first, '"two"'
    start = _find_start(request, site)
    if start is not None and start >= len(site.content):
        request.send_error(416)
        return
    _send(request, site, start)


def _find_start(request: BaseHTTPRequestHandler, site: Site) -> int | None:
    wanted = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
    version = request.headers.get("If-Range")
    is_same = version in (None, site.etag, site.modified) or not site.heeds_if_range
    return int(wanted[1]) if wanted and site.has_ranges and is_same else None


def _send(request: BaseHTTPRequestHandler, site: Site, start: int | None) -> None:
    body = site.content[start or 0 :]
    request.send_response(200 if start is None else 206)
    if start is not None:
        n = len(site.content)
        request.send_header("Content-Range", f"bytes {start}-{n - 1}/{n}")
    for name, value in (("ETag", site.etag), ("Last-Modified", site.modified)):
        if value:
            request.send_header(name, value)
    if site.is_chunked:
        request.send_header("Transfer-Encoding", "chunked")
    elif site.says_length:
        request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    cut = site.cuts.pop(0) if site.cuts else None
    _send_body(request, site, body if cut is None else body[:cut])
    if cut is not None and site.stalls:
        site.is_over.wait(5)
    elif cut is None and site.is_chunked:
        request.wfile.write(b"0\r\n\r\n")


def _send_body(request: BaseHTTPRequestHandler, site: Site, body: bytes) -> None:
    step = max(len(body) // 8, 1) if site.pause or site.is_chunked else max(len(body), 1)
    for at in range(0, len(body), step):
        piece = body[at : at + step]
        if site.pause:
            time.sleep(site.pause)
        request.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if site.is_chunked else piece)
        request.wfile.flush()
