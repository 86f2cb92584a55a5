"""``--group``: the column reaches every split that a command makes."""

from __future__ import annotations

import pytest

from tests.cli.reviews import make_reviews, write_csv


@pytest.mark.parametrize(
    "command",
    [
        ("train", "--family", "linear"),
        ("rank", "--families", "linear", "--folds", "2"),
        ("curve", "--families", "linear", "--sizes", "40", "--seeds", "1"),
    ],
    ids=lambda command: command[0],
)
def test_rows_of_a_group_stay_together(seqloom, tmp_path, command):
    rows = [(text, label, f"film{i // 6}") for i, (text, label) in enumerate(sorted(make_reviews(120)))]
    data = write_csv(tmp_path / "reviews.csv", rows, header=("text", "label", "film"))
    verb, *options = command
    said = seqloom(verb, data, "-o", "run", "--group", "film", *options)
    assert said.code == 0, said.err
    assert 'stratified, no duplicate, no "film" across, seed 0' in " ".join(said.out.split())


def test_group_that_is_no_column_is_refused(seqloom, reviews):
    said = seqloom("train", reviews, "-o", "run", "--group", "film")
    assert said.code == 1
    assert "--group film: there is no such column. The columns are text, label." in said.err
