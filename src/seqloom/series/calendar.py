"""What the calendar says of a moment, as numbers that turn with the day, the week and the year."""

from __future__ import annotations

import numpy as np

from seqloom.flow.ticks import DAY, WEEK, YEAR

__all__ = ["calendar_features"]

# 1970 began on a Thursday, which matters to nobody: a phase is learned.
_TURNS = {"day": DAY, "week": WEEK, "year": YEAR}


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
    columns, names = [], []
    for name, turn in _TURNS.items():
        if turn > step:
            angle = 2 * np.pi * ((np.asarray(times) % turn) / turn)
            columns += [np.sin(angle), np.cos(angle)]
            names += [f"{name}:sin", f"{name}:cos"]
    features = np.stack(columns, axis=1) if columns else np.zeros((len(times), 0))
    return features.astype(np.float32), tuple(names)
