"""Windows of a series: each origin once, never the future, held against a slow reading of the words."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from seqloom.flow import Series, Windows
from seqloom.series.scale import Scaler
from seqloom.series.windows import Span, cut_times, extend, fill_gaps, find_last_origins, find_origins

HOUR = 3_600_000_000


def make_series(*lengths: int, missing: tuple[int, ...] = (), seed: int = 0) -> Series:
    """One target and one other channel, hourly, with some of the target missing."""
    values = np.random.default_rng(seed).normal(size=(sum(lengths), 2))
    values[list(missing), 0] = np.nan
    return Series(
        values=values,
        names=("y", "x"),
        offsets=np.concatenate([[0], np.cumsum(lengths)]),
        ids=tuple(f"s{i}" for i in range(len(lengths))),
        begins=np.arange(len(lengths), dtype=np.int64) * 3 * HOUR,
        step=HOUR,
    )


def find_slowly(series: Series, span: Span, *, most_gap: int, since: int, before: int) -> list[int]:
    """Row by row, as the words have it."""
    found, times = [], series.times()
    for begin, end in zip(series.offsets[:-1], series.offsets[1:], strict=True):
        for origin in range(begin, end):
            context = range(origin - span.context + 1, origin + 1)
            ahead = range(origin + span.first_step, origin + span.horizon + 1)
            if context[0] < begin or ahead[-1] >= end:
                continue
            is_good = all(since <= times[t] < before and not np.isnan(series.values[t, 0]) for t in ahead)
            for t in context:
                behind = [k for k in range(begin, t + 1) if not np.isnan(series.values[k, 0])]
                is_good = is_good and bool(behind) and t - behind[-1] <= most_gap
            if is_good:
                found.append(origin)
    return found


@settings(deadline=None, max_examples=60)
@given(
    lengths=st.lists(st.integers(1, 25), min_size=1, max_size=3),
    context=st.integers(1, 6),
    horizon=st.integers(1, 5),
    is_last=st.booleans(),
    most_gap=st.integers(0, 3),
    seed=st.integers(0, 99),
)
def test_origins_equal_a_slow_reading(lengths, context, horizon, is_last, most_gap, seed) -> None:
    """Of several series, with gaps, within a part of time."""
    random = np.random.default_rng(seed)
    n = sum(lengths)
    series = make_series(*lengths, missing=tuple(random.choice(n, size=n // 5, replace=False)), seed=seed)
    span = Span(context=context, horizon=horizon, first_step=horizon if is_last else 1)
    since, before = np.sort(random.choice(series.times(), size=2))
    part = {"most_gap": most_gap, "since": int(since), "before": int(before) + HOUR}
    assert find_origins(series, span, n_targets=1, **part).tolist() == find_slowly(series, span, **part)


@settings(deadline=None, max_examples=40)
@given(n=st.integers(20, 80), context=st.integers(1, 5), horizon=st.integers(1, 4), seed=st.integers(0, 9))
def test_no_target_is_seen_by_two_parts_and_none_is_lost(n, context, horizon, seed) -> None:
    """Targets are purged at the border; a target row that fits into a part is some origin's there."""
    series = make_series(n, seed=seed)
    span = Span(context=context, horizon=horizon)
    cuts = cut_times(series, (0.5, 0.25, 0.25))
    assert cuts[0] == series.times()[0]
    seen: list[set[int]] = []
    for since, before in itertools.pairwise(cuts):
        origins = find_origins(series, span, n_targets=1, most_gap=0, since=int(since), before=int(before))
        rows = origins[:, None] + np.arange(1, horizon + 1)
        times = series.times()[rows]
        assert ((times >= since) & (times < before)).all()
        n_rows = int(((series.times() >= since) & (series.times() < before)).sum())
        n_reachable = n_rows - max(0, context - int((series.times() < since).sum()))
        assert len(origins) == max(0, n_reachable - horizon + 1)
        seen.append(set(rows.ravel().tolist()))
    assert not (seen[0] & seen[1])
    assert not (seen[1] & seen[2])
    assert not (seen[0] & seen[2])


def test_the_last_window_of_all_is_counted() -> None:
    """10 rows, a context of 3 and a horizon of 2: origins 2 to 7."""
    assert find_origins(make_series(10), Span(context=3, horizon=2), n_targets=1, most_gap=0).tolist() == [*range(2, 8)]


def test_gaps_are_filled_from_the_past_alone_and_no_further_than_asked() -> None:
    """A later value changes nothing before it; no series fills another."""
    values = np.array([[1.0], [np.nan], [np.nan], [4.0], [np.nan], [6.0]])
    filled = fill_gaps(values, np.array([0, 4, 6]), most=1)[:, 0]
    np.testing.assert_array_equal(filled, [1, 1, np.nan, 4, np.nan, 6])


def test_series_are_extended_each_behind_its_own_end() -> None:
    """The rows that were there stay in their order, and keep their times."""
    series = make_series(3, 2)
    longer = extend(series, 2)
    assert longer.offsets.tolist() == [0, 5, 9]
    is_new = np.isnan(longer.values).all(axis=1)
    assert np.flatnonzero(is_new).tolist() == [3, 4, 7, 8]
    np.testing.assert_array_equal(longer.values[~is_new], series.values)
    np.testing.assert_array_equal(longer.times()[~is_new], series.times())


def test_a_forecast_starts_from_the_last_row_that_was_measured() -> None:
    """Of each series; a series without any has none, whatever stands before it."""
    series = make_series(4, 3, 2, missing=(3, 4, 5, 6))
    assert find_last_origins(series, n_targets=1).tolist() == [2, -1, 8]
    assert find_last_origins(make_series(2, missing=(0, 1)), n_targets=1).tolist() == [-1]


def test_windows_are_views_by_place() -> None:
    """What ``gather`` copies out is what slices would."""
    values = np.arange(12.0).reshape(6, 2)
    windows = Windows(values=values, starts=np.array([3, 0, 2]), length=3)
    np.testing.assert_array_equal(windows.gather(), np.stack([values[s : s + 3] for s in (3, 0, 2)]))
    np.testing.assert_array_equal(windows.take(np.array([2])).gather(), values[None, 2:5])


@given(
    values=st.lists(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=2), min_size=2, max_size=20).map(np.array),
)
def test_unscaled_scaled_values_are_what_they_were(values) -> None:
    """Within the rounding of float32, relative to the spread of the training rows."""
    scaler = Scaler().fit(values)
    restored = scaler.restore(scaler.transform(values).astype(np.float64))
    assert np.allclose(restored, values, atol=1e-4 * (1 + abs(values).max()))


def test_a_scaler_passes_over_what_is_missing_and_leaves_constants_at_zero() -> None:
    """Means and deviations as NumPy's own, of what is there."""
    values = np.array([[1.0, 7.0, np.nan], [np.nan, 7.0, np.nan], [4.0, 7.0, np.nan]])
    scaler = Scaler().fit(values)
    assert scaler.mean[0] == 2.5
    assert scaler.scale[0] == 1.5
    assert scaler.transform(values)[0].tolist()[:2] == [-1.0, 0.0]
    assert Scaler.from_state(scaler.state()).scale.tolist() == scaler.scale.tolist()
