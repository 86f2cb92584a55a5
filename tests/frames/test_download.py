"""A download is the server's file, byte for byte, whatever happens to the connection, or it is an error."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seqloom.errors import DownloadError
from seqloom.frames.download import Progress, Transfer, Unreachable, check_magic, download_file
from tests.frames.server import Site, serve


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")


def make_content(n: int = 50_000, *, seed: str = "a") -> bytes:
    """Bytes that begin like a zip file; no two places of it are alike."""
    blocks = [hashlib.sha256(f"{seed}{i}".encode()).digest() for i in range(n // 32 + 1)]
    return (b"PK\x03\x04" + b"".join(blocks))[:n]


def do_not_wait(_seconds: float) -> None:
    pass


def be_killed(_path: Path) -> None:
    raise ZeroDivisionError


def make_transfer(site: Site, folder: Path, **more) -> Transfer:
    return Transfer(addresses=(site.address,), target=folder / "data.zip", wait=do_not_wait, **more)


def fetch(transfer: Transfer) -> list[Progress]:
    return list(download_file(transfer))


def left_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_download_whole(tmp_path):
    with serve(Site(make_content())) as site:
        told = fetch(make_transfer(site, tmp_path))
    assert (tmp_path / "data.zip").read_bytes() == site.content
    assert left_in(tmp_path) == {"data.zip"}
    assert told[-1] == Progress(address=site.address, n_done=50_000, n_total=50_000)
    assert [step.n_done for step in told] == sorted(step.n_done for step in told)
    assert site.asked[0]["User-Agent"] == "seqloom"


CUTS = st.lists(st.integers(0, 3000), min_size=1, max_size=6)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=CUTS, has_ranges=st.booleans(), by_date=st.booleans(), is_chunked=st.booleans())
def test_law_cut_and_resumed_equals_uncut(tmp_path_factory, cuts, has_ranges, by_date, is_chunked):
    folder = tmp_path_factory.mktemp("cut")
    version = {"etag": None, "modified": "Wed, 21 Oct 2015 07:28:00 GMT"} if by_date else {}
    site = Site(make_content(4000), has_ranges=has_ranges, cuts=list(cuts), is_chunked=is_chunked, **version)
    with serve(site):
        for _ in range(10):  # a person who runs the command again
            try:
                fetch(make_transfer(site, folder))
                break
            except Unreachable:
                continue
    assert (folder / "data.zip").read_bytes() == site.content
    assert left_in(folder) == {"data.zip"}


@pytest.mark.parametrize("k", [4, 5, 1000, 49_999])
def test_resume_asks_for_the_rest_alone(tmp_path, k):
    with serve(Site(make_content(), cuts=[k])) as site:
        fetch(make_transfer(site, tmp_path))
    first, second = site.asked
    assert "Range" not in first
    assert (second["Range"], second["If-Range"]) == (f"bytes={k}-", '"one"')
    assert (tmp_path / "data.zip").read_bytes() == site.content


def test_resume_in_a_later_call(tmp_path):
    with serve(Site(make_content(), cuts=[20_000], statuses=[200, 503, 503, 503, 503])) as site:
        transfer = make_transfer(site, tmp_path)
        with pytest.raises(Unreachable, match="503"):
            fetch(transfer)
        assert left_in(tmp_path) == {"data.zip.partial", "data.zip.partial.json"}
        assert transfer.n_done == 20_000
        fetch(transfer)
    assert site.asked[-1]["Range"] == "bytes=20000-"
    assert (tmp_path / "data.zip").read_bytes() == site.content


@pytest.mark.parametrize("heeds_if_range", [True, False])
@pytest.mark.parametrize("n_new", [30_000, 50_000, 70_000])
def test_law_two_versions_are_never_glued(tmp_path, heeds_if_range, n_new):
    new = make_content(n_new, seed="b")
    site = Site(make_content(), cuts=[40_000], change_after_first=new, heeds_if_range=heeds_if_range)
    with serve(site):
        fetch(make_transfer(site, tmp_path))
    assert (tmp_path / "data.zip").read_bytes() == new


@pytest.mark.parametrize("etag", [None, 'W/"weak"'])
def test_version_without_a_strong_name_begins_anew(tmp_path, etag):
    with serve(Site(make_content(), etag=etag, cuts=[40_000])) as site:
        fetch(make_transfer(site, tmp_path))
    assert "Range" not in site.asked[1]
    assert (tmp_path / "data.zip").read_bytes() == site.content


def test_partial_file_of_another_address_is_not_gone_on_with(tmp_path):
    with serve(Site(make_content(seed="b"), cuts=[40_000], statuses=[200, 404])) as other, pytest.raises(Unreachable):
        fetch(make_transfer(other, tmp_path))
    with serve(Site(make_content())) as site:
        fetch(make_transfer(site, tmp_path))
    assert "Range" not in site.asked[0]
    assert (tmp_path / "data.zip").read_bytes() == site.content


@pytest.mark.parametrize("mark", ["", "[]", "{}", '{"address": 7}', "\0"])
def test_damaged_mark_begins_anew(tmp_path, mark):
    (tmp_path / "data.zip.partial").write_bytes(b"PK\x03\x04 of something else")
    (tmp_path / "data.zip.partial.json").write_text(mark)
    with serve(Site(make_content())) as site:
        fetch(make_transfer(site, tmp_path))
    assert (tmp_path / "data.zip").read_bytes() == site.content


def test_killed_before_the_name_asks_for_nothing(tmp_path):
    with serve(Site(make_content())) as site:
        transfer = make_transfer(site, tmp_path, check=be_killed)
        with pytest.raises(ZeroDivisionError):
            fetch(transfer)
        assert not (tmp_path / "data.zip").exists()
        fetch(make_transfer(site, tmp_path))
    assert len(site.asked) == 1
    assert (tmp_path / "data.zip").read_bytes() == site.content


def test_partial_longer_than_the_file_begins_anew(tmp_path):
    with serve(Site(make_content(), cuts=[40_000], statuses=[200, 404])) as site:
        with pytest.raises(Unreachable):
            fetch(make_transfer(site, tmp_path))
        with (tmp_path / "data.zip.partial").open("ab") as file:
            file.write(bytes(20_000))
        fetch(make_transfer(site, tmp_path))
    assert (tmp_path / "data.zip").read_bytes() == site.content


@pytest.mark.parametrize(("says_length", "is_chunked"), [(False, False), (True, True)])
def test_length_that_is_not_said(tmp_path, says_length, is_chunked):
    with serve(Site(make_content(), says_length=says_length, is_chunked=is_chunked)) as site:
        told = fetch(make_transfer(site, tmp_path))
    assert told[0].n_total is None
    assert (tmp_path / "data.zip").read_bytes() == site.content


def test_redirect_is_followed_with_its_range(tmp_path):
    with serve(Site(make_content(), cuts=[1000])) as site:
        site.redirect = site.address.replace("/files/", "/moved/")
        fetch(make_transfer(site, tmp_path))
    assert [answer.get("Range") for answer in site.asked] == [None, None, "bytes=1000-", "bytes=1000-"]
    assert (tmp_path / "data.zip").read_bytes() == site.content


@pytest.mark.parametrize(("status", "n_asked"), [(404, 1), (403, 1), (410, 1), (500, 4), (503, 4), (429, 4)])
def test_refusal_is_told_and_only_asked_again_where_it_may_pass(tmp_path, status, n_asked):
    with serve(Site(make_content(), statuses=[status] * 9)) as site, pytest.raises(Unreachable, match=str(status)):
        fetch(make_transfer(site, tmp_path))
    assert len(site.asked) == n_asked
    assert left_in(tmp_path) == set()


def test_second_address_is_tried(tmp_path):
    with serve(Site(b"", statuses=[404])) as gone, serve(Site(make_content())) as site:
        target = tmp_path / "data.zip"
        told = fetch(Transfer(addresses=(gone.address, site.address), target=target, wait=do_not_wait))
    assert told[-1].address == site.address
    assert target.read_bytes() == site.content


def test_nobody_listens(tmp_path):
    with serve(Site(b"")) as site:
        pass
    waited: list[float] = []
    transfer = Transfer(addresses=(site.address,), target=tmp_path / "data.zip", wait=waited.append)
    with pytest.raises(Unreachable, match="refused"):
        fetch(transfer)
    assert waited == []  # without a network one is told at once


def test_name_that_does_not_exist(tmp_path):
    with pytest.raises(Unreachable, match=r"nowhere\.invalid"):
        fetch(Transfer(addresses=("http://nowhere.invalid/data.zip",), target=tmp_path / "data.zip"))


def test_wrong_length_is_refused_before_it_is_downloaded(tmp_path):
    with serve(Site(make_content())) as site, pytest.raises(Unreachable, match=r"50,000 bytes.*where one of 60,000"):
        fetch(make_transfer(site, tmp_path, n_bytes=60_000))
    assert left_in(tmp_path) == set()


@pytest.mark.parametrize("page", [b"<!DOCTYPE html><p>Log in", b"\n <html>", b"<?xml version='1.0'?><Error/>"])
def test_page_instead_of_the_archive(tmp_path, page):
    with (
        serve(Site(page)) as site,
        pytest.raises(Unreachable, match=r"a web page was found where the archive data\.zip"),
    ):
        fetch(make_transfer(site, tmp_path, n_bytes=60_000))
    assert left_in(tmp_path) == set()


@pytest.mark.parametrize("content", [b"", b"PK", b"text that is no archive"])
def test_something_else_instead_of_the_archive(tmp_path, content):
    with serve(Site(content)) as site, pytest.raises(Unreachable, match="something that begins with"):
        fetch(make_transfer(site, tmp_path))


def test_connection_that_hangs_is_cut_and_gone_on_with(tmp_path):
    with serve(Site(make_content(), cuts=[1000], stalls=True)) as site:
        fetch(make_transfer(site, tmp_path, timeout=0.1))
    assert site.asked[1]["Range"] == "bytes=1000-"
    assert (tmp_path / "data.zip").read_bytes() == site.content


def test_connection_that_hangs_each_time_is_given_up(tmp_path):
    with serve(Site(make_content(), cuts=[0] * 9, stalls=True)) as site:
        with pytest.raises(Unreachable, match=r"nothing came for 0\.05 seconds"):
            fetch(make_transfer(site, tmp_path, timeout=0.05))
        site.is_over.set()


def test_trickle_is_waited_for(tmp_path):
    with serve(Site(make_content(800), pause=0.02)) as site:
        told = fetch(make_transfer(site, tmp_path, timeout=5))
    assert len(site.asked) == 1
    assert len(told) > 4  # it is told as it comes, not at the end
    assert (tmp_path / "data.zip").read_bytes() == site.content


@pytest.mark.parametrize(
    ("head", "name"), [(b"PK\x03\x04", "a.zip"), (b"\x1f\x8b\x08\x00", "a.tar.gz"), (b"", "a.txt")]
)
def test_magic_of_the_right_kind(head, name):
    check_magic(head, name)


def test_magic_of_the_wrong_kind():
    with pytest.raises(DownloadError, match=r"archive a\.zip is expected"):
        check_magic(b"\x1f\x8b\x08\x00", "a.zip")
