"""A simulated weather station: data for a demonstration and for tests, whose law is known."""

from __future__ import annotations

import numpy as np
import polars as pl

__all__ = ["simulate_station"]

_HOURS_A_YEAR = 8766

# From one hour to the next: how much of the weather stays, and how much new comes in (degrees, hectopascals).
_STAYS, _NEW = 0.985, 0.55


def simulate_station(n_days: int = 730, *, seed: int = 0) -> pl.DataFrame:
    """Hourly air temperature, pressure and wind of a place that does not exist.

    Temperature is a yearly and a daily wave, and weather: a slow random swing that follows the pressure of some hours
    before, so that who reads the pressure knows more than the temperature's own past tells.

    Parameters
    ----------
    n_days : int
        Days of 24 rows, from the first of January 2020 on.
    seed : int
        Of the weather.

    Returns
    -------
    polars.DataFrame
        ``time``, ``temperature (degC)``, ``pressure (hPa)``, ``wind (m/s)``.

    Examples
    --------
    >>> simulate_station(2).shape
    (48, 4)
    """
    random = np.random.default_rng(seed)
    n, lag = 24 * n_days, 12
    shocks = random.normal(size=n + lag)
    swing = np.zeros(n + lag)
    for hour in range(1, n + lag):  # an autoregression: each hour needs the one before
        swing[hour] = _STAYS * swing[hour - 1] + shocks[hour]
    hours = np.arange(n)
    year, day = 2 * np.pi * hours / _HOURS_A_YEAR, 2 * np.pi * hours / 24
    weather = _NEW * swing[:n]  # what the pressure showed `lag` hours before
    temperature = 10 - 11 * np.cos(year) - (4 - 1.5 * np.cos(year)) * np.cos(day - 0.6) + weather
    wind = np.abs(2.5 + 0.4 * np.diff(swing, prepend=0.0)[:n] + random.normal(size=n))
    begin = np.datetime64("2020-01-01T00", "us")
    return pl.DataFrame(
        {
            "time": begin + hours * np.timedelta64(3_600_000_000, "us"),
            "temperature (degC)": np.round(temperature + 0.3 * random.normal(size=n), 1),
            "pressure (hPa)": np.round(1013 + 1.2 * swing[lag:] + 0.2 * random.normal(size=n), 1),
            "wind (m/s)": np.round(wind, 2),
        }
    )
