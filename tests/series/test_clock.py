"""A table on its clock: however it was shuffled, repeated and torn, the same series, and all of it told."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqloom.errors import DataError, UsageError
from seqloom.frames.read import read_table
from seqloom.series.clock import to_series

MINUTE = 60_000_000
HOUR = 60 * MINUTE


def make_table(n: int, *, step: int = HOUR, begin: int = 1_700_000_000_000_000, seed: int = 0) -> pl.DataFrame:
    """``n`` rows of two channels on a clock without a fault."""
    values = np.random.default_rng(seed).normal(size=(n, 2)).round(3)
    times = pl.Series("ds", begin // step * step + np.arange(n) * step).cast(pl.Datetime("us"))
    return pl.DataFrame({"ds": times, "y": values[:, 0], "x": values[:, 1]})


def assert_equal(series, other) -> None:
    np.testing.assert_array_equal(series.values, other.values)
    np.testing.assert_array_equal(series.times(), other.times())
    assert (series.names, series.ids, series.step) == (other.names, other.ids, other.step)
    assert series.offsets.tolist() == other.offsets.tolist()


def kinds(findings) -> set[str]:
    return {finding.kind for finding in findings}


@settings(max_examples=40)
@given(
    n=st.integers(12, 40),
    step=st.sampled_from([MINUTE, 10 * MINUTE, HOUR, 24 * HOUR]),
    seed=st.integers(0, 999),
    n_again=st.integers(0, 4),
    n_gone=st.integers(0, 2),
)
def test_law_shuffled_repeated_and_torn_rows_are_the_same_series(n, step, seed, n_again, n_gone):
    random = np.random.default_rng(seed)
    table = make_table(n, step=step, seed=seed)
    gone = random.choice(np.arange(1, n - 1), size=n_gone, replace=False)
    expected = table.select("y", "x").to_numpy().copy()
    expected[gone] = np.nan
    kept = np.setdiff1d(np.arange(n), gone)
    rows = random.permutation(np.concatenate([kept, random.choice(kept, size=n_again)]))
    series, findings = to_series(table[rows.tolist()])
    np.testing.assert_array_equal(series.values, expected)
    np.testing.assert_array_equal(series.times(), table["ds"].cast(pl.Int64).to_numpy())
    assert (series.step, series.names, series.ids) == (step, ("y", "x"), ("",))
    counts = {finding.kind: finding.count for finding in findings}
    n_back = int((np.diff(rows) < 0).sum())
    expected_counts = {"order": n_back, "duplicate": n_again, "gap": n_gone}
    assert counts == {kind: count for kind, count in expected_counts.items() if count}


def test_findings_name_the_row_as_it_stands_in_the_table():
    table = make_table(20)
    rows = [*range(5), 4, *range(5, 9), *range(12, 20)]
    told = [finding.message for finding in to_series(table[rows])[1]]
    moments = table["ds"].dt.strftime("%Y-%m-%d %H:%M").to_list()
    assert told == [
        f"1 row repeats the one before it, first row 6 ({moments[4]}): taken once",
        f"1 gap: 3 rows missing behind row 10 ({moments[8]})",
    ]


@pytest.mark.parametrize("other", [99.0, None])
def test_two_rows_of_one_moment_that_differ_are_refused_with_both_rows(other):
    table = make_table(9)
    again = table[[3]].with_columns(pl.lit(other, dtype=pl.Float64).alias("x"))
    for rows in (pl.concat([table, again]), pl.concat([again, table])):
        first, second = (4, 10) if rows["x"][0] == table["x"][0] else (1, 5)
        with pytest.raises(DataError, match=f"row {first} and row {second} are both of .* and differ.*--series"):
            to_series(rows)


def test_a_contradiction_within_one_of_several_series_names_it():
    table = make_table(5).with_columns(unique_id=pl.lit("b"))
    again = table[[2]].with_columns(pl.lit(99.0).alias("y"))
    with pytest.raises(DataError, match=r"row 3 and row 6 are both of .* of series 'b' and differ"):
        to_series(pl.concat([table, again]))


def test_moments_a_little_off_are_moved_onto_the_clock_and_told():
    table = make_table(30)
    off = np.zeros(30, np.int64)
    off[[7, 20]] = [-2 * MINUTE, 3 * MINUTE]
    moved = table.with_columns((pl.col("ds").cast(pl.Int64) + pl.Series(off)).cast(pl.Datetime("us")))
    series, findings = to_series(moved)
    assert_equal(series, to_series(table)[0])
    assert [(finding.kind, finding.count, finding.row) for finding in findings] == [("jitter", 2, 7)]


def test_a_moment_far_off_the_clock_is_refused_with_its_row():
    off = np.where(np.arange(30) == 11, 20 * MINUTE, 0)
    table = make_table(30).with_columns((pl.col("ds").cast(pl.Int64) + pl.Series(off)).cast(pl.Datetime("us")))
    with pytest.raises(DataError, match=r"row 12: .* off a clock that ticks every hour"):
        to_series(table)


def test_rows_without_any_clock_are_refused():
    random = np.random.default_rng(0)
    table = make_table(30).with_columns(
        ds=pl.Series(np.cumsum(random.integers(1, 10**12, size=30))).cast(pl.Datetime("us"))
    )
    with pytest.raises(DataError, match="expected"):
        to_series(table)


@settings(max_examples=20)
@given(lengths=st.lists(st.integers(2, 15), min_size=1, max_size=4), seed=st.integers(0, 99))
def test_law_interleaved_series_are_what_each_is_alone(lengths, seed):
    """Each begins at its own time, all on one clock."""
    random = np.random.default_rng(seed)
    begin = 1_700_000_000_000_000
    tables = [make_table(n + 1, begin=begin + int(random.integers(50)) * HOUR, seed=n) for n in lengths]
    named = [table.with_columns(unique_id=pl.lit(f"s{i}")) for i, table in enumerate(tables)]
    mixed = pl.concat(named)
    series, _ = to_series(mixed[random.permutation(len(mixed)).tolist()])
    assert series.ids == tuple(f"s{i}" for i in range(len(tables)))
    for place, table in enumerate(tables):
        rows = slice(series.offsets[place], series.offsets[place + 1])
        np.testing.assert_array_equal(series.values[rows], table.select("y", "x").to_numpy())
        np.testing.assert_array_equal(series.times()[rows], table["ds"].cast(pl.Int64).to_numpy())


class _Pandas:
    """What of a pandas table is read, without pandas."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame, self.columns = frame, frame.columns

    def to_numpy(self) -> np.ndarray:
        return self.frame.to_numpy()

    def __getitem__(self, name: str) -> pl.Series:
        return self.frame[name]


def test_any_kind_of_table_is_the_same_series():
    table = make_table(12)
    expected, _ = to_series(table)
    as_columns = {name: table[name].to_list() for name in table.columns}
    for other in (table.lazy(), as_columns, _Pandas(table), {name: table[name].to_numpy() for name in table.columns}):
        assert_equal(to_series(other)[0], expected)
    with pytest.raises(UsageError, match="a list found, a table"):
        to_series([1, 2, 3])


def test_what_to_forecast_is_named_found_or_asked_for():
    table = make_table(5)
    assert to_series(table)[0].names == ("y", "x")
    assert to_series(table, target="x")[0].names == ("x", "y")
    assert to_series(table, target=("x", "y"))[0].names == ("x", "y")
    assert to_series(table, drop=("y",))[0].names == ("x",)
    with pytest.raises(UsageError, match=r"columns a, x found: say which to forecast, with --target"):
        to_series(table.rename({"y": "a"}))


def test_names_that_are_not_there_are_refused():
    table = make_table(5)
    for asked in ({"target": "z"}, {"time": "z"}, {"series_id": "z"}, {"drop": ("z",)}, {"angles": ("z",)}):
        with pytest.raises(UsageError, match=r"z.* found, (one|some) of .*y.* expected"):
            to_series(table, **asked)


def test_too_few_rows_and_series_of_one_row_are_refused():
    with pytest.raises(DataError, match="2 rows found, 3 at least expected"):
        to_series(make_table(2))
    with pytest.raises(DataError, match="5 series of one row each found"):
        to_series(make_table(5).with_columns(unique_id=pl.Series(list("abcde"))))


def test_a_row_of_no_series_is_refused():
    with pytest.raises(DataError, match="column 'unique_id', row 3: nothing found"):
        to_series(make_table(5).with_columns(unique_id=pl.Series(["a", "a", None, "b", "b"])))


def test_a_step_that_is_asked_for_helps_where_rows_do_not_tell_it_and_hides_no_other():
    """Six-hourly rows are no hourly ones of which five in six are missing."""
    lonely = make_table(3).with_columns(unique_id=pl.Series(["a", "b", "c"]))
    assert to_series(lonely, step=HOUR)[0].step == HOUR
    assert to_series(make_table(9, step=6 * HOUR), step=HOUR)[0].step == 6 * HOUR


@pytest.mark.data
class TestRealFiles:
    """Read with no options beyond the target, as whoever has such a file would."""

    def test_beijing(self, data_folder):
        series, findings = to_series(read_table(data_folder / "beijing_pm25_2010_2014.csv"), target="TEMP")
        assert (len(series), series.step, str(series.begins.astype("M8[us]")[0])) == (
            43_824,
            HOUR,
            "2010-01-01T00:00:00.000000",
        )
        assert series.names[0] == "TEMP"
        assert {"pm2.5", "DEWP", "PRES", "cbwd=NW", "cbwd=cv"} <= set(series.names)
        assert "No" not in series.names
        assert np.isfinite(series.values[:, 0]).all()
        assert int(np.isnan(series.values[:, series.names.index("pm2.5")]).sum()) == 2_067
        assert kinds(findings) == {"left out", "missing", "category"}

    def test_jena_reports_its_repeated_time_its_gap_and_its_sentinel(self, data_folder):
        series, findings = to_series(read_table(data_folder / "jena_2020_10min_keras_columns.csv"), target="T (degC)")
        counts = {finding.kind: finding.count for finding in findings}
        assert {"duplicate": 1, "gap": 9, "sentinel": 1}.items() <= counts.items()
        assert series.step == 10 * MINUTE
        assert len(series.names) == 14
        assert len(series) == 52_696 - counts["duplicate"] + counts["gap"]
        sentinel = next(finding for finding in findings if finding.kind == "sentinel")
        assert "wv (m/s)" in sentinel.message
        assert "-9999" in sentinel.message
        assert np.nanmin(series.values) > -100

    def test_etth1(self, data_folder):
        series, findings = to_series(read_table(data_folder / "ETTh1.csv"), target="OT")
        assert (len(series), series.step, len(series.names)) == (17_420, HOUR, 7)
        assert np.isfinite(series.values).all()
        assert findings == ()
