"""Pictures of forecasts: what they say can be read in them, and equal numbers give equal bytes."""

import numpy as np
import pytest

from seqloom.errors import UsageError
from seqloom.report.forecasts import plot_errors, plot_forecast, plot_skill
from tests.report.conftest import texts

HOUR = 3_600_000_000


def draw(path) -> bytes:
    times = np.arange(60) * HOUR
    values = np.sin(np.arange(60) / 4)
    ahead = times[48:], values[48:] + 0.1
    bands = {share: (ahead[1] - share, ahead[1] + share) for share in (0.5, 0.8, 0.95)}
    plot_forecast(path, past=(times[:48], values[:48]), ahead=ahead, bands=bands, truth=values[48:], title="T (degC)")
    return path.read_bytes()


def test_a_forecast_shows_its_bands_and_what_came(tmp_path) -> None:
    """The key names every line and band; the second drawing equals the first."""
    first = draw(tmp_path / "a.svg")
    for word in ("known", "50 %", "80 %", "95 %", "forecast", "what came", "T (degC)"):
        assert word.encode() in first
    assert draw(tmp_path / "b.svg") == first


def test_a_forecast_of_one_value_can_be_seen(tmp_path) -> None:
    """A line of one point would be nothing: it has a mark."""
    times = np.arange(5) * HOUR
    shown = {"past": (times[:4], np.ones(4)), "title": "y"}
    plot_forecast(tmp_path / "a.svg", ahead=(times[4:], np.ones(1)), **shown)
    plot_forecast(tmp_path / "b.svg", ahead=(times[4:], np.full(1, 3.0)), **shown)
    assert (tmp_path / "a.svg").read_bytes() != (tmp_path / "b.svg").read_bytes()


def test_errors_are_named_at_their_ends(tmp_path) -> None:
    """With the value at the farthest step."""
    errors = {"last": [1.0, 2.0, 3.0], "ridge": [0.5, 1.0, 1.25]}
    plot_errors(tmp_path / "e.svg", errors, steps=[1, 2, 3], unit="hours", title="MAE of T")
    text = (tmp_path / "e.svg").read_text()
    assert "last 3" in text
    assert "ridge 1.25" in text
    assert "hours ahead" in text


def test_another_ending_is_refused(tmp_path) -> None:
    """By the house rule of pictures."""
    with pytest.raises(UsageError, match="jpg"):
        plot_errors(tmp_path / "e.jpg", {"a": [1.0]}, steps=[1], unit="rows", title="")


def test_families_stand_by_their_error_with_what_they_gain(tmp_path) -> None:
    """The least error above; shares against the best naive forecast, which need not be in the table."""
    errors = {"last": (2.0, 1.8, 2.2), "ridge": (1.5, 1.4, 1.6), "gru": (3.0, 2.5, 3.5)}
    for name in ("a.svg", "b.svg"):
        plot_skill(tmp_path / name, errors, naive=("last", "drift"), level=2.0, title="T")
    said = texts(tmp_path / "a.svg")
    labels = [text for text in said if "%" in text]
    assert labels == ["ridge  (+25.0 %)", "last  (0.0 %)", "gru  (-50.0 %)"]
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
