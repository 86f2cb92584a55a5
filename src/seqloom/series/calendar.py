"""What the calendar says of a moment, as numbers that turn with the day, the week and the year."""

from __future__ import annotations

import numpy as np

__all__ = ["DAY", "calendar_features"]

# In microseconds.
DAY = 86_400_000_000

# Turns in microseconds. 1970 began on a Thursday, which matters to nobody: a phase is learned.
_DAY_TURN, _WEEK_TURN, _YEAR_TURN = DAY, 7 * DAY, round(365.2425 * DAY)


def calendar_features(times: np.ndarray, step: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """Sine and cosine of the time of day, of week and of year.

    Parameters
    ----------
    times : ndarray, ``[T] int64``
        Microseconds since 1970.
    step : int
        Microseconds from row to row: no turn that is not longer is told.

    Returns
    -------
    tuple
        ``[T, F] float32``, and their F names; F depends on the step alone.

    Examples
    --------
    >>> values, names = calendar_features(np.array([6 * 3_600_000_000]), 3_600_000_000)
    >>> names[:2], values[0, :2].round(3).tolist()
    (('day:sin', 'day:cos'), [1.0, 0.0])
    """
    turns = {"day": _DAY_TURN, "week": _WEEK_TURN, "year": _YEAR_TURN}
    columns, names = [], []
    for name, turn in turns.items():
        if turn > step:
            angle = 2 * np.pi * ((np.asarray(times) % turn) / turn)
            columns += [np.sin(angle), np.cos(angle)]
            names += [f"{name}:sin", f"{name}:cos"]
    features = np.stack(columns, axis=1) if columns else np.zeros((len(times), 0))
    return features.astype(np.float32), tuple(names)
