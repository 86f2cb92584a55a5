"""Columns beside texts: read from whatever holds some, and encoded as scikit-learn would."""

from __future__ import annotations

import datetime
import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from seqloom.errors import ArtifactError, DataError, UsageError
from seqloom.text.column_encoder import ColumnEncoder
from seqloom.text.columns import read_columns
from seqloom.text.tokens import as_texts


def encode(train: dict, asked: dict | None = None, **options) -> list[list[float]]:
    encoder = ColumnEncoder(**{"min_df": 1, **options}).fit(read_columns(train))
    return encoder.encode(read_columns(train if asked is None else asked)).tolist()


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    random = np.random.default_rng(0)
    return pl.DataFrame(
        {
            "stars": random.integers(1, 6, 300),
            "price": random.lognormal(size=300),
            "country": random.choice(["DE", "KR", "US", "FR"], 300, p=[0.5, 0.3, 0.15, 0.05]),
            "is_new": random.random(300) < 0.3,
        }
    )


def test_law_encoder_is_scikit_learns(frame):
    train, asked = frame[:200], frame[200:]
    encoder = ColumnEncoder().fit(read_columns(train))
    numbers = StandardScaler().fit(train.select("stars", "price").to_numpy())
    categories = {name: np.array(train[name].cast(pl.String).to_list())[:, None] for name in ("country", "is_new")}
    hot = {name: OneHotEncoder(sparse_output=False, handle_unknown="ignore").fit(v) for name, v in categories.items()}
    found = dict(zip(encoder.features, encoder.encode(read_columns(asked)).T, strict=True))
    expected = dict(
        zip(("stars", "price"), numbers.transform(asked.select("stars", "price").to_numpy()).T, strict=True)
    )
    for name, one in hot.items():
        values = np.array(asked[name].cast(pl.String).to_list())[:, None]
        names = [f"{name}={value}" for value in one.categories_[0]]
        expected |= dict(zip(names, one.transform(values).T, strict=True))
    assert found.keys() == expected.keys()
    for name, numbers in expected.items():
        np.testing.assert_allclose(found[name], np.clip(numbers, -10, 10), rtol=1e-5, atol=1e-6)


def test_law_row_order_is_irrelevant(frame):
    order = np.random.default_rng(1).permutation(len(frame))
    ours, shuffled = (ColumnEncoder().fit(read_columns(part)) for part in (frame, frame[order]))
    assert ours.features == shuffled.features
    encoded = ours.encode(read_columns(frame))
    np.testing.assert_allclose(shuffled.encode(read_columns(frame[order])), encoded[order], rtol=1e-5, atol=1e-6)
    assert np.array_equal(ours.encode(read_columns(frame).take(order)), encoded[order])


def test_law_what_was_learned_is_json(frame):
    encoder = ColumnEncoder().fit(read_columns(frame))
    restored = ColumnEncoder.from_state(encoder.state())
    assert np.array_equal(restored.encode(read_columns(frame)), encoder.encode(read_columns(frame)))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.none() | st.floats(width=64) | st.just(1e300), min_size=1, max_size=20))
def test_law_numbers_are_finite_whatever_comes(values):
    encoder = ColumnEncoder(min_df=1).fit(read_columns({"x": [0.0, 1.0, *values], "y": ["a"] * (len(values) + 2)}))
    encoded = encoder.encode(read_columns({"x": values, "y": [None] * len(values)}))
    assert np.isfinite(encoded).all()
    assert np.abs(encoded).max() <= 10


@pytest.mark.parametrize("missing", [None, math.nan, math.inf, -math.inf, 1e300])
def test_number_that_cannot_be_used_is_missing(missing):
    assert encode({"x": [1.0, 3.0, missing]}) == [[-1, 0], [1, 0], [0, 1]]
    assert encode({"x": [1.0, 3.0]}, {"x": [missing]}) == [[0]]  # no training row lacked one


@pytest.mark.parametrize("missing", [None, "", "  "])
def test_category_that_is_missing_has_a_number_of_its_own(missing):
    assert encode({"x": ["a", "b", "a ", missing]}) == [[1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 1]]


def test_value_that_is_rare_or_new_is_none_of_the_known():
    train = {"x": ["a", "a", "b", "b", "c"]}
    assert encode(train, {"x": ["a", "b", "c", "d"]}, min_df=2) == [[1, 0], [0, 1], [0, 0], [0, 0]]
    assert encode(train, {"x": ["a", "b"]}, min_df=1, max_values=1) == [[1], [0]]
    encoder = ColumnEncoder(min_df=2).fit(read_columns(train))
    asked = read_columns({"x": ["a", "c", "d", None]})
    assert encoder.remark(asked) == ("\"x\": 2 rows have a value that too few training rows have ('c', 'd')",)


def test_number_far_from_all_others_is_ten_deviations_away():
    assert encode({"x": [1e-300, 3e-300]}, {"x": [1e38, -1e38]}) == [
        [0],
        [0],
    ]  # a deviation too small to be told from 0
    assert encode({"x": [1e-30, 3e-30]}, {"x": [1e38, -1e38]}) == [[10], [-10]]


def test_constant_numbers_are_zeros():
    assert encode({"x": [0.1, 0.1, 0.1], "y": [1, 2, 3]}, {"x": [0.1, 5, None], "y": [2, 2, 2]}) == [[0, 0]] * 3


def test_strings_that_are_numbers_but_for_marks_are_numbers():
    values = [str(i) for i in range(20)]
    encoder = ColumnEncoder().fit(read_columns({"x": [*values, "NA", "n/a", "?", "oops"]}))
    assert encoder.features == ["x", "x missing"]
    assert encoder.encode(read_columns({"x": ["9.5", " 9.5 ", "NA", "many"]})).tolist() == [
        [0, 0],
        [0, 0],
        [0, 1],
        [0, 1],
    ]
    assert encoder.encode(read_columns({"x": [9.5]})).tolist() == [[0, 0]]  # as a file without gaps has it
    remark = "\"x\": 2 values are no number that can be used ('NA', 'many'), and so missing"
    assert encoder.remark(read_columns({"x": ["9.5", "NA", "many", None]})) == (remark,)
    words = ColumnEncoder().fit(read_columns({"x": ["NA", "DE", "DE", "NA"]}))
    assert words.features == ["x=DE", "x=NA"]  # Namibia


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (pl.Series([datetime.date(2024, 1, 1)] * 3), "holds Date.*year, month, weekday"),
        (["2024-01-01", "2024-01-02 10:00", None], r"holds dates \('2024-01-01'\); .*year, month, weekday"),
        (["31.12.2023", "1/2/2024"], "holds dates"),
        (pl.Series([[1], [2], [3]]), r"holds List\(Int64\); numbers, strings"),
        ([f"user{i}" for i in range(30)], "30 different values in 30 rows: an identifier"),
        ([None, None], 'nothing can be learned from "x"'),
        (["a", "b"], "no value stands in 2 training rows"),
    ],
    ids=["dates", "written", "other dates", "lists", "identifiers", "empty", "rare"],
)
def test_column_that_says_nothing_is_refused(values, told):
    with pytest.raises(DataError, match=told):
        ColumnEncoder().fit(read_columns({"x": values}))


def test_empty_column_beside_another_is_told():
    encoder = ColumnEncoder().fit(read_columns({"x": pl.Series([None, None], dtype=pl.String), "y": [1, 2]}))
    assert encoder.features == ["y"]
    assert "says nothing" in encoder.describe()[0]


class _Table:
    """What a DataFrame of another library has in common with pandas'."""

    columns = ("stars", "country")

    def __getitem__(self, name: str) -> np.ndarray:
        return {"stars": np.array([1.0, np.nan]), "country": np.array(["DE", np.nan], dtype=object)}[name]


def test_columns_come_from_whatever_holds_some():
    expected = [(1.0, "DE"), (None, None)]
    for held in (
        _Table(),
        {"stars": [1.0, None], "country": ["DE", None]},
        pl.DataFrame({"stars": [1.0, None], "country": ["DE", None]}),
        {"stars": (1.0, math.nan), "country": np.array(["DE", None], dtype=object)},
    ):
        assert read_columns(held).frame.fill_nan(None).rows() == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2.5, None], [1.0, 2.5, None]),
        ([np.int64(1), np.float32("nan"), 10**400], [1.0, None, math.inf]),
        ((np.float64(i) for i in (1, 2)), [1.0, 2.0]),
        (np.array([1, None], dtype=object), [1.0, None]),
        (np.array(["x", "y"]), ["x", "y"]),
        ([True, None], [True, None]),
        (np.array([True, False]), [True, False]),
    ],
)
def test_values_of_all_kinds_are_read(values, expected):
    column = read_columns({"x": values}).frame["x"]
    assert (column.fill_nan(None) if column.dtype.is_float() else column).to_list() == expected


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ([[1, 2]], "columns of type list found; a DataFrame, or a mapping"),
        ({}, "one column at least expected"),
        ({1: [1]}, "a column called 1 .int. found"),
        ({"x": "ab"}, "'ab' found where a sequence"),
        ({"x": 3}, "3 found where a sequence"),
        ({"x": [1, 2], "y": [1]}, 'different lengths found: "x" 2, "y" 1'),
        ({"x": [1, "a"]}, '"x" holds values of more than one type'),
    ],
)
def test_what_is_no_columns_is_refused(wrong, told):
    with pytest.raises(DataError, match=told):
        read_columns(wrong)


def test_columns_go_where_their_rows_go():
    texts = as_texts(["a b", "c", "d e", "a b"]).put_beside(read_columns({"x": [1, 2, 3, 4]}))
    taken = texts.take(np.array([3, 1]))
    assert taken.columns.frame["x"].to_list() == [4, 2]
    assert texts.join(taken).columns.frame["x"].to_list() == [1, 2, 3, 4, 4, 2]
    other = as_texts(["z"]).put_beside(read_columns({"y": [0], "x": ["?"]}))
    assert texts.join(other).columns.frame["x"].to_list() == ["1.0", "2.0", "3.0", "4.0", "?"]
    assert texts.without(as_texts(["c"])).columns.frame["x"].to_list() == [1, 3, 4]
    assert texts.join(as_texts(["z"])).columns is None
    assert texts.group_rows()[0] == texts.group_rows()[3]  # equal texts stay together, whatever stands beside them
    with pytest.raises(DataError, match="columns of 2 rows found for 4 texts"):
        texts.put_beside(read_columns({"x": [1, 2]}))


def test_column_that_is_asked_for_is_missed_by_name():
    encoder = ColumnEncoder().fit(read_columns({"stars": [1, 2], "price": [3, 4]}))
    with pytest.raises(DataError, match=r'no column "price" found .*the columns are stars, cost'):
        encoder.encode(read_columns({"stars": [1], "cost": [3]}))
    with pytest.raises(UsageError, match='trained with "stars", "price" beside the text'):
        encoder.encode(None)


@pytest.mark.parametrize(
    "state",
    [
        None,
        [],
        [3],
        [{"kind": "date", "name": "x", "has_gaps": False}],
        [{"kind": "number", "name": "x", "has_gaps": False, "mean": "0", "deviation": 1}],
        [{"kind": "number", "name": "x", "has_gaps": False, "mean": math.nan, "deviation": 1}],
        [{"kind": "number", "name": "x", "has_gaps": False, "mean": 0, "deviation": -1}],
        [{"kind": "number", "name": "x", "has_gaps": 1, "mean": 0, "deviation": 1}],
        [{"kind": "number", "name": "x", "has_gaps": False, "mean": 0, "deviation": 1}] * 2,
        [{"kind": "category", "name": "x", "has_gaps": False, "values": ["a", "a"]}],
        [{"kind": "category", "name": "x", "has_gaps": False, "values": [1]}],
        [{"kind": "category", "name": "x", "has_gaps": False, "values": []}],
    ],
)
def test_state_of_a_stranger_is_looked_over(state):
    with pytest.raises(ArtifactError):
        ColumnEncoder.from_state(state)
