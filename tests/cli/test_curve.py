"""``seqloom curve``: its table is what its files say, it goes on where it stopped, and wrong usage is one line."""

from __future__ import annotations

import inspect
import json
import re
import typing

import pytest

from seqloom.cli import app
from seqloom.cli.curve import curve
from seqloom.cli.train import train
from seqloom.json_files import read_json
from seqloom.studies.curve_folder import CurveFolder
from seqloom.tasks.families import FAMILIES
from tests.cli.conftest import SHORT, list_files
from tests.cli.reviews import make_reviews, write_csv

QUICK = ("--families", "majority,linear", "--sizes", "20,60", "--seeds", "2")
FILES = {"curve.json", "curve.csv", "curve.svg", "run.json"}


@pytest.mark.parametrize("second", ["majority", pytest.param("bag", marks=pytest.mark.slow)])  # compiled four times
def test_table_is_what_the_files_say(seqloom, reviews, tmp_path, second):
    families = ("--families", f"linear,{second}")
    said = seqloom("curve", reviews, "-o", "c", *families, "--sizes", "30,all", "--seeds", "2", *SHORT)
    assert said.code == 0
    rows = read_json(tmp_path / "c" / "curve.json")["rows"]
    lines = [line for line in said.out.splitlines() if re.match(r"\s*[\d,]*\s+(linear|bag|majority)\s+\d", line)]
    assert len(lines) == len(rows) == 4
    for line, row in zip(lines, rows, strict=True):
        assert row["family"] in line
        assert f"{100 * row['accuracy']:.1f} % \u00b1 {100 * row['accuracy_deviation']:.1f}" in line
        assert f"{100 * row['macro_f1']:.1f} %" in line
    assert [row["size"] for row in rows] == [30, 30, 96, 96]
    assert list_files(tmp_path / "c") == FILES


def test_curve_says_what_it_is_good_for(seqloom, tmp_path):
    texts = make_reviews(100)
    rows = [(*row, "train") for row in texts[:80]] + [(*row, "test") for row in [*texts[80:], texts[0]]]
    write_csv(tmp_path / "d.csv", [*rows, (*texts[1], "train")], header=("text", "label", "split"))
    said = seqloom("curve", "d.csv", *QUICK, "-o", "c")
    assert said.code == 0
    told = " ".join(said.out.split())
    for words in (
        "79 labelled texts to draw samples from, without 1 text that an earlier one repeats and 1 text that the test "
        "part has too",
        "the same 21 texts for all 8 fits: good for comparing them, not for choosing one and quoting its score",
        "by always saying the most frequent class",
        "Last step majority: +0.0 points from 20 to 60 labels",
    ):
        assert words in told
    assert "--drop-leaks" not in said.out
    assert not [line for line in said.out.splitlines() if len(line) > 118]


def test_unlabelled_texts_are_told_and_are_part_of_what_is_resumed(seqloom, reviews, tmp_path):
    write_csv(tmp_path / "more.csv", [(text,) for text, _ in make_reviews(60)], header=("text",))
    usual = ("curve", reviews, "--families", "linear,lsa", "--sizes", "30", "--seeds", "1", "-o", "c")
    said = seqloom(*usual, "--unlabelled", "more.csv")
    assert said.code == 0
    assert "texts without labels, none of validation or test" in " ".join(said.out.split())
    assert seqloom(*usual[:3], "linear", "--unlabelled", "more.csv").err.startswith(
        "seqloom: --unlabelled with --families linear found: only lsa learns from texts without labels."
    )


def test_json_and_quiet(seqloom, reviews, tmp_path):
    said = seqloom("curve", reviews, *QUICK, "--json")
    found = json.loads(said.out)
    assert said.err == ""
    assert found["folder"] == "runs/reviews-curve"
    assert [len(found["points"]), found["sizes"], found["seeds"]] == [8, [20, 60], [0, 1]]
    quiet = seqloom("curve", reviews, *QUICK, "-o", "quiet", "--quiet")
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")
    ours = read_json(tmp_path / "quiet" / "curve.json")
    assert {**ours, "folder": "runs/reviews-curve"} == found


class Killed(BaseException):
    """As good as kill -9: nothing on the way out handles it."""


def kill_after(monkeypatch, n: int) -> None:
    original, calls = CurveFolder.write_point, []

    def write_point(self, point):
        original(self, point)
        calls.append(point)
        if len(calls) == n:
            raise Killed

    monkeypatch.setattr(CurveFolder, "write_point", write_point)


def test_law_resumed_equals_uninterrupted(seqloom, reviews, tmp_path, monkeypatch):
    seqloom("curve", reviews, *QUICK, "-o", "whole")
    with monkeypatch.context() as patched:
        kill_after(patched, 3)
        with pytest.raises(Killed):
            app(["curve", str(reviews), *QUICK, "-o", "c", "--quiet"], standalone_mode=False)
    assert (tmp_path / "c.partial").is_dir()
    refused = seqloom("curve", reviews, *QUICK, "-o", "c")
    assert refused.code == 1
    assert "Pass --resume to go on with it" in refused.err
    said = seqloom("curve", reviews, *QUICK, "-o", "c", "--resume")
    assert said.code == 0
    assert said.out.count("found finished") == 2
    for name in FILES - {"run.json"}:
        assert (tmp_path / "c" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_more_seeds_and_sizes_go_on_with_what_is_there(seqloom, reviews, tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        kill_after(patched, 8)
        with pytest.raises(Killed):
            app(["curve", str(reviews), *QUICK, "-o", "c", "--quiet"], standalone_mode=False)
    more = ("--families", "linear,majority", "--sizes", "20,40,60", "--seeds", "3")
    said = seqloom("curve", reviews, *more, "-o", "c", "--resume")
    assert said.code == 0
    assert said.out.count("2 found finished") == 4
    seqloom("curve", reviews, *more, "-o", "fresh", "--quiet")
    assert (tmp_path / "c" / "curve.json").read_bytes() == (tmp_path / "fresh" / "curve.json").read_bytes()


@pytest.mark.parametrize("change", ["data", "settings"])
def test_resume_with_something_else_is_refused(seqloom, reviews, monkeypatch, change):
    with monkeypatch.context() as patched:
        kill_after(patched, 1)
        with pytest.raises(Killed):
            app(["curve", str(reviews), *QUICK, "-o", "c", "--quiet"], standalone_mode=False)
    if change == "data":
        write_csv(reviews, make_reviews(121))
    more = ("--min-df", "1") if change == "settings" else ()
    said = seqloom("curve", reviews, *QUICK, *more, "-o", "c", "--resume")
    assert said.code == 1
    assert "was begun with other data or other settings" in said.err


def test_ctrl_c_keeps_finished_points(seqloom, reviews, tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        kill_after(patched, 3)
        monkeypatch.setattr("tests.cli.test_curve.Killed", KeyboardInterrupt)
        said = seqloom("curve", reviews, *QUICK, "-o", "c")
    assert said.code == 1
    assert "c.partial keeps 3 finished points. Go on with the same command and --resume." in said.err


def test_overwrite(seqloom, reviews, tmp_path, trained):
    assert seqloom("curve", reviews, *QUICK, "-o", "c", "--quiet").code == 0
    assert "exists already" in seqloom("curve", reviews, *QUICK, "-o", "c").err
    assert (
        "there is nothing to go on with. Its picture is" in seqloom("curve", reviews, *QUICK, "-o", "c", "--resume").err
    )
    assert seqloom("curve", reviews, *QUICK, "-o", "c", "--overwrite", "--quiet").code == 0
    said = seqloom("curve", reviews, *QUICK, "-o", trained, "--overwrite")
    assert said.code == 1
    assert "is no learning curve, so it is left alone" in said.err
    said = seqloom("train", reviews, "-o", "c", "--overwrite")
    assert "is not a model folder, so it is left alone" in said.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--sizes", "20,many"), "'many' found, whole numbers and all expected"),
        (("--sizes", "20,500"), "500 is more than the 96 labelled texts there are. Write all for those."),
        (("--sizes", "3"), "is too few"),
        (
            ("--families", "linear,foo"),
            f"--families 'foo' found, one of {', '.join(FAMILIES)} expected",
        ),
        (("--families", ""), "--families '' found"),
        (("--seeds", "0"), "--seeds"),
        (("--keep", "middle"), "--keep 'middle' found"),
        (("--learning-rate", "0"), "--learning-rate 0 found"),
    ],
)
def test_wrong_usage(seqloom, reviews, tmp_path, options, words):
    said = seqloom("curve", reviews, "-o", "c", *options)
    assert said.code == 2
    assert words in said.err
    assert list_files(tmp_path) == {"reviews.csv"}


def test_data_without_a_test_part(seqloom, tmp_path):
    rows = [(*row, "train") for row in make_reviews(40)]
    write_csv(tmp_path / "d.csv", rows, header=("text", "label", "split"))
    said = seqloom("curve", "d.csv", *QUICK)
    assert said.code == 1
    assert "Pass --test FILE" in said.err


def test_law_every_option_says_its_default():
    hints = typing.get_type_hints(curve, include_extras=True)
    for name, parameter in inspect.signature(curve).parameters.items():
        option = hints[name].__metadata__[0]
        assert option.help, name
        if parameter.default is None and name != "data":
            assert "efault" in option.help, name


def test_law_defaults_are_those_of_train():
    ours, theirs = inspect.signature(curve).parameters, inspect.signature(train).parameters
    for name in ours.keys() & theirs.keys():
        assert ours[name].default == theirs[name].default, name
