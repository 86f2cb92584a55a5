"""``seqloom get``: what it says, for people and for programs, and that without a network it takes one line."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from seqloom.frames import catalogue
from tests.frames.server import serve
from tests.frames.test_obtain import GOOD, OTHER, SUM, Site, offer_of


@pytest.fixture
def site(monkeypatch, tmp_path):
    """A server, and a catalogue of what it has."""
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("SEQLOOM_CACHE", str(tmp_path / "cache"))
    with serve(Site(GOOD)) as site:
        published = replace(offer_of(site, sha256=SUM), next_command="seqloom train {}")
        unpublished = replace(offer_of(site), name="climate")
        monkeypatch.setattr(catalogue, "CATALOGUE", (published, unpublished))
        yield site


def test_get_says_what_came_and_what_is_next(seqloom, site, tmp_path):
    said = seqloom("get", "weather")
    assert (said.code, said.err) == (0, "")
    path = tmp_path / "cache" / "data" / "weather" / "measured.csv"
    assert path.exists()
    for words in (
        f"sha256 {SUM[:16]}..., as published by a test",
        "Unpacked    1 file, 400 B",
        "Licence     none; credit: nobody",
        f"Saved       {path}",
        f"Next        seqloom train {path}",
    ):
        assert words in said.out
    assert "Here        1 file, 400 B, unpacked before" in seqloom("get", "weather").out


def test_unpublished_checksum_is_said_to_be_recorded(seqloom, site):
    said = seqloom("get", "climate", "-o", "here").out
    assert "recorded at the first download, as nobody has published one" in said
    assert "Next" not in said


def test_json_and_quiet(seqloom, site, tmp_path):
    said = seqloom("get", "weather", "--json")
    found = json.loads(said.out)
    assert (found["name"], found["sha256"], found["is_published"], found["is_new"]) == ("weather", SUM, True, True)
    assert found["path"] == str(tmp_path / "cache" / "data" / "weather" / "measured.csv")
    quiet = seqloom("get", "climate", "--quiet")
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")


def test_list_says_what_is_here(seqloom, site):
    seqloom("get", "weather", "--quiet")
    said = seqloom("get")
    assert said.code == 0
    weather, climate = (line for line in said.out.splitlines() if line.startswith(("weather", "climate")))
    assert " yes " in weather
    assert " no " in climate
    found = {row["name"]: row["path"] for row in json.loads(seqloom("get", "--json").out)}
    assert found["climate"] is None
    assert found["weather"].endswith("measured.csv")


def test_no_network_takes_one_line(seqloom, site, monkeypatch):
    gone = replace(catalogue.CATALOGUE[0], addresses=("http://127.0.0.1:9/data.zip",))
    monkeypatch.setattr(catalogue, "CATALOGUE", (gone,))
    said = seqloom("get", "weather")
    assert said.code == 1
    assert len(said.err.splitlines()) == 1
    assert "seqloom get weather --file data.zip" in said.err


def test_file_by_hand_needs_no_network(seqloom, site, tmp_path):
    (tmp_path / "mine.zip").write_bytes(GOOD)
    assert seqloom("get", "weather", "--file", "mine.zip").code == 0
    assert site.asked == []


def test_wrong_file_is_refused(seqloom, site, tmp_path):
    (tmp_path / "mine.zip").write_bytes(OTHER)
    said = seqloom("get", "weather", "--file", "mine.zip")
    assert said.code == 1
    assert "It is not the file that was meant: it was left as it is" in said.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("whether",), "'whether' is not in the catalogue. It has weather, climate"),
        (("weather", "--file", "nowhere.zip"), "--file nowhere.zip: there is no such file"),
        (("--file", "mine.zip"), "say what it is, too"),
        (("weather", "--fiel", "x"), "No such option"),
    ],
)
def test_wrong_usage(seqloom, site, arguments, words):
    said = seqloom("get", *arguments)
    assert said.code == 2
    assert words in said.err
    assert site.asked == []
