"""Real station files, read with no options: what is odd in them is known from a look at their lines."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from seqloom.frames.read import read_table
from seqloom.series.clock import to_series

pytestmark = pytest.mark.data


def read(path, *, target):
    series, findings = to_series(read_table(path), target=target)
    return series, {finding.kind: finding for finding in findings}, len(findings)


def read_slowly(path, column: int) -> list[float]:
    """A column of numbers, line by line."""
    lines = path.read_text().splitlines()[1:]
    return [float(field) if (field := line.split(",")[column]) != "NA" else np.nan for line in lines]


def say_begin(series) -> datetime:
    return np.datetime64(int(series.begins[0]), "us").astype(datetime)


def test_beijing_has_missing_values_words_and_a_column_of_row_numbers(data_folder):
    path = data_folder / "beijing_pm25_2010_2014.csv"
    series, findings, n = read(path, target="TEMP")
    winds = ("cbwd=NE", "cbwd=NW", "cbwd=SE", "cbwd=cv")
    assert series.names == ("TEMP", "pm2.5", "DEWP", "PRES", *winds, "Iws", "Is", "Ir")
    assert (say_begin(series), series.step, len(series)) == (datetime(2010, 1, 1), 3_600_000_000, 43_824)
    for name, column in (("TEMP", 7), ("pm2.5", 5), ("PRES", 8)):  # pressure has decimals from line 7,579 on
        np.testing.assert_array_equal(series.pick((name,)).values[:, 0], read_slowly(path, column))
    assert (findings["missing"].count, findings["missing"].row, n) == (2067, 0, 3)
    assert findings["left out"].message.startswith("No:")
    assert (series.pick(winds).values.sum(axis=1) == 1).all()


def test_jena_has_a_repeated_time_a_gap_and_a_sentinel(data_folder):
    path = data_folder / "jena_2020_10min_keras_columns.csv"
    series, findings, n = read(path, target="T (degC)")
    assert (say_begin(series), series.step, len(series)) == (datetime(2020, 1, 1, 0, 10), 600_000_000, 52_704)
    assert {kind: (finding.count, finding.row) for kind, finding in findings.items()} == {
        "sentinel": (1, 7247 - 2),  # lines of the file, less its header, counted from 0
        "duplicate": (1, 19_046 - 2),
        "gap": (9, 21_515 - 2),
    }
    assert n == 3
    assert "1 gap of 100 minutes" in findings["gap"].message
    temperature = read_slowly(path, 2)
    del temperature[19_044]
    kept = series.values[:, 0]
    np.testing.assert_array_equal(kept[~np.isnan(kept)], temperature)
    assert np.flatnonzero(np.isnan(kept)).tolist() == list(range(21_513, 21_522))


def test_etth1_has_nothing_odd(data_folder):
    path = data_folder / "ETTh1.csv"
    series, findings, _ = read(path, target="OT")
    assert (say_begin(series), series.step, len(series)) == (datetime(2016, 7, 1), 3_600_000_000, 17_420)
    assert findings == {}
    np.testing.assert_array_equal(series.values[:, 0], read_slowly(path, 7))
