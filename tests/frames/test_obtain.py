"""An entry of the catalogue becomes a folder once; a file that is not the one that was meant never does."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from seqloom.errors import ArtifactError, DataError, DownloadError, UsageError
from seqloom.frames import obtain as module
from seqloom.frames.catalogue import CATALOGUE, Offer, find_offer
from seqloom.frames.download import Transfer
from seqloom.frames.obtain import Obtained, find_obtained, obtain
from seqloom.json_files import read_json
from tests.frames.server import Site, serve
from tests.frames.test_download import do_not_wait, left_in


def zip_of(**files: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        for name, content in files.items():
            file.writestr(zipfile.ZipInfo(f"{name}.csv"), content)
    return stream.getvalue()


GOOD, OTHER = zip_of(measured="1,2\n" * 100), zip_of(measured="3,4\n" * 100)
SUM = hashlib.sha256(GOOD).hexdigest()
ARCHIVE, RECORD = "data.zip", "data.zip.json"


@pytest.fixture(autouse=True)
def _no_proxy_no_wait(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(module, "Transfer", partial(Transfer, wait=do_not_wait))


@pytest.fixture
def site():
    with serve(Site(GOOD)) as site:
        yield site


def offer_of(site: Site, *, sha256: str | None = None, n_bytes: int = len(GOOD)) -> Offer:
    return Offer(
        name="weather",
        title="Weather",
        addresses=(site.address,),
        n_bytes=n_bytes,
        sha256=sha256,
        checksum_from="a test" if sha256 else "",
        licence="none",
        credit="nobody",
        use="measured.csv",
    )


def finish(offer: Offer, folder: Path, **more) -> Obtained:
    steps = list(obtain(offer, folder, **more))
    assert [step.obtained for step in steps[:-1]] == [None] * (len(steps) - 1)
    return steps[-1].obtained


@pytest.mark.parametrize("sha256", [SUM, None])
def test_obtain(site, tmp_path, sha256):
    offer = offer_of(site, sha256=sha256)
    obtained = finish(offer, tmp_path / "new" / "folder")
    assert obtained.path.read_text() == "1,2\n" * 100
    assert (obtained.sha256, obtained.is_published, obtained.is_new) == (SUM, sha256 is not None, True)
    assert (obtained.n_files, obtained.n_bytes, obtained.address) == (1, 400, site.address)
    assert left_in(tmp_path / "new" / "folder") == {ARCHIVE, RECORD, "weather", ".weather.lock"}
    record = read_json(tmp_path / "new" / "folder" / RECORD)
    assert record == {
        "sha256": SUM,
        "n_bytes": len(GOOD),
        "is_published": sha256 is not None,
        "address": site.address,
    }
    assert read_json(obtained.folder / "source.json")["credit"] == "nobody"


def test_second_time_downloads_nothing(site, tmp_path):
    first = finish(offer_of(site), tmp_path)
    again = finish(offer_of(site), tmp_path)
    assert again == replace(first, is_new=False) == find_obtained(offer_of(site), tmp_path)
    assert len(site.asked) == 1


def test_unpacked_again_from_the_archive_that_is_here(site, tmp_path):
    first = finish(offer_of(site), tmp_path)
    shutil.rmtree(first.folder)
    assert finish(offer_of(site), tmp_path) == first
    assert len(site.asked) == 1


def test_archive_deleted_to_save_room(site, tmp_path):
    finish(offer_of(site), tmp_path)
    (tmp_path / ARCHIVE).unlink()
    assert not finish(offer_of(site), tmp_path).is_new
    assert len(site.asked) == 1


def test_archive_by_hand_that_is_none_is_named(site, tmp_path):
    (tmp_path / "a.json").write_text("{}{}")
    with pytest.raises(
        DownloadError, match=r"a\.json: something that begins with b'\{\}\{\}' was found where the archive"
    ):
        finish(offer_of(site), tmp_path / "data", archive=tmp_path / "a.json")
    assert (tmp_path / "a.json").exists()


def test_wrong_published_checksum_is_kept_aside_and_never_unpacked(site, tmp_path):
    site.content = OTHER
    found = hashlib.sha256(OTHER).hexdigest()
    with pytest.raises(DownloadError) as told:
        finish(offer_of(site, sha256=SUM, n_bytes=len(OTHER)), tmp_path)
    for words in (f"sha256 {found} found, {SUM} expected (published by a test)", "kept as", f"wrong-{found[:8]}"):
        assert words in str(told.value)
    assert (tmp_path / f"{ARCHIVE}.wrong-{found[:8]}").read_bytes() == OTHER
    assert left_in(tmp_path) == {f"{ARCHIVE}.wrong-{found[:8]}", ".weather.lock"}
    site.content, site.etag = GOOD, '"two"'
    assert finish(offer_of(site, sha256=SUM), tmp_path).is_new


def test_recorded_checksum_is_held_against_a_later_file(site, tmp_path):
    first = finish(offer_of(site), tmp_path)
    shutil.rmtree(first.folder)
    (tmp_path / ARCHIVE).unlink()
    site.content = OTHER
    with pytest.raises(DownloadError, match=r"recorded at the first download.*--overwrite if you trust"):
        finish(offer_of(site), tmp_path)
    assert not first.folder.exists()
    obtained = finish(offer_of(site), tmp_path, overwrite=True)
    assert obtained.path.read_text() == "3,4\n" * 100
    assert read_json(tmp_path / RECORD)["sha256"] == obtained.sha256 == hashlib.sha256(OTHER).hexdigest()


@pytest.mark.parametrize("sha256", [SUM, None])
def test_archive_that_changed_on_the_disk(site, tmp_path, sha256):
    first = finish(offer_of(site, sha256=sha256), tmp_path)
    (tmp_path / ARCHIVE).write_bytes(OTHER)
    with pytest.raises(DownloadError, match="It is not the file that was meant"):
        finish(offer_of(site, sha256=sha256), tmp_path)
    assert first.path.read_text() == "1,2\n" * 100
    assert not finish(offer_of(site, sha256=sha256), tmp_path).is_new  # unpacked before, from the right one


def test_overwrite_does_all_again(site, tmp_path):
    first = finish(offer_of(site), tmp_path)
    first.path.write_text("spoilt")
    (first.folder / "more.txt").write_text("by hand")
    again = finish(offer_of(site), tmp_path, overwrite=True)
    assert again == first
    assert left_in(again.folder) == {"measured.csv", "source.json"}
    assert len(site.asked) == 2


def test_overwrite_that_fails_loses_nothing(site, tmp_path):
    first = finish(offer_of(site, sha256=SUM), tmp_path)
    site.content = OTHER
    with pytest.raises(DownloadError, match="found"):
        finish(offer_of(site, sha256=SUM), tmp_path, overwrite=True)
    assert (tmp_path / ARCHIVE).read_bytes() == GOOD
    assert first.path.read_text() == "1,2\n" * 100


@pytest.mark.parametrize("sha256", [SUM, None])
def test_archive_by_hand_in_the_folder(site, tmp_path, sha256):
    (tmp_path / ARCHIVE).write_bytes(GOOD)
    obtained = finish(offer_of(site, sha256=sha256), tmp_path)
    assert (obtained.is_new, obtained.address, site.asked) == (True, None, [])


def test_archive_by_option_is_left_as_it_is(site, tmp_path):
    mine = tmp_path / "downloads" / "data (1).zip"
    mine.parent.mkdir()
    mine.write_bytes(GOOD)
    obtained = finish(offer_of(site, sha256=SUM), tmp_path / "here", archive=mine)
    assert obtained.path.exists()
    assert site.asked == []
    mine.write_bytes(OTHER)
    with pytest.raises(DownloadError, match="left as it is"):
        finish(offer_of(site, sha256=SUM), tmp_path / "there", archive=mine)
    assert mine.read_bytes() == OTHER


def test_archive_by_option_is_recorded_where_nobody_published_a_checksum(site, tmp_path):
    mine = tmp_path / "mine.zip"
    mine.write_bytes(OTHER)
    shutil.rmtree(finish(offer_of(site), tmp_path / "here", archive=mine).folder)
    with pytest.raises(DownloadError, match="recorded at the first download"):
        finish(offer_of(site), tmp_path / "here")


@pytest.mark.parametrize("name", [RECORD, "weather/source.json"])
@pytest.mark.parametrize("content", ["", "[]", "{}", '{"sha256": 7}'])
def test_damaged_record_is_named(site, tmp_path, name, content):
    finish(offer_of(site), tmp_path)
    (tmp_path / name).write_text(content)
    with pytest.raises(ArtifactError, match=name):
        finish(offer_of(site), tmp_path)


def test_page_by_hand_instead_of_the_archive(site, tmp_path):
    (tmp_path / ARCHIVE).write_text("<html>Not found</html>")
    with pytest.raises(DownloadError, match="a web page was found"):
        finish(offer_of(site), tmp_path)


def test_archive_of_something_else(site, tmp_path):
    site.content = zip_of(other="x")
    with pytest.raises(DataError, match=r"there is no measured\.csv in it"):
        finish(offer_of(site), tmp_path)
    assert left_in(tmp_path) == {ARCHIVE, RECORD, ".weather.lock"}


def test_something_else_in_the_place(site, tmp_path):
    (tmp_path / "weather").mkdir()
    (tmp_path / "weather" / "mine.txt").write_text("mine")
    for overwrite in (False, True):
        with pytest.raises(DownloadError, match="`seqloom get` did not make it"):
            finish(offer_of(site), tmp_path, overwrite=overwrite)
    assert (tmp_path / "weather" / "mine.txt").read_text() == "mine"


def test_no_network_says_what_to_do_in_one_line(tmp_path):
    with serve(Site(GOOD)) as site:
        pass
    with pytest.raises(DownloadError) as told:
        finish(offer_of(site), tmp_path)
    said = str(told.value)
    assert "\n" not in said
    for words in (site.address, "connection refused", "seqloom get weather --file data.zip", str(tmp_path)):
        assert words in said


def test_cut_for_good_says_that_the_same_command_goes_on(site, tmp_path):
    site.cuts, site.statuses = [200], [200, 404]
    with pytest.raises(DownloadError, match=r"The first 200 bytes are kept: the same command goes on from there"):
        finish(offer_of(site), tmp_path)
    finish(offer_of(site), tmp_path)
    assert site.asked[-1]["Range"] == "bytes=200-"


def test_no_room_is_found_out_before_the_download(site, tmp_path):
    with pytest.raises(
        DownloadError, match=r"has room for [\d,]+ bytes, and data.zip needs 9,000,000,000,000,000 more"
    ):
        finish(offer_of(site, n_bytes=9_000_000_000_000_000), tmp_path)
    assert site.asked == []


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EACCES, "cannot be written"),
        (errno.EROFS, "Give another folder with -o"),
    ],
)
def test_trouble_with_the_disk_is_one_line(site, tmp_path, monkeypatch, code, words):
    def fail(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(module, "download_file", fail)
    with pytest.raises(DownloadError, match=words):
        finish(offer_of(site), tmp_path)


def test_folder_that_is_a_file(site, tmp_path):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(DownloadError, match="cannot be written"):
            finish(offer_of(site), folder)


HOLD = """
import sys, pathlib
from seqloom.frames.lock import hold_alone
with hold_alone(pathlib.Path(sys.argv[1]), what="testing"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_law_two_processes_never_write_one_file(site, tmp_path):
    command = [sys.executable, "-c", HOLD, str(tmp_path / ".weather.lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(DownloadError, match="another process is getting weather"):
            finish(offer_of(site), tmp_path)
        assert site.asked == []
        other.kill()  # the system lets go of the lock
    assert finish(offer_of(site), tmp_path).is_new


def test_law_catalogue_is_honest():
    names = [offer.name for offer in CATALOGUE]
    assert len(set(names)) == len(names)
    for offer in CATALOGUE:
        assert all(address.startswith("https://") and address.endswith(offer.file) for address in offer.addresses)
        assert (offer.sha256 is None) == (offer.checksum_from == "")
        assert offer.sha256 is None or len(bytes.fromhex(offer.sha256)) == 32
        assert find_offer(offer.name) is offer


def test_unknown_offer():
    with pytest.raises(UsageError, match="It has imdb, jena, glove, glove-twitter"):
        find_offer("imbd")
