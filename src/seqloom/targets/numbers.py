"""Numbers that models are to tell, one for each row: read, and cut into classes by which parts are drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from seqloom.errors import DataError

__all__ = ["cut_strata", "read_numbers"]

# Classes of equal size that numbers are cut into, so that a part that is held out has its share of each.
_N_STRATA = 5


def read_numbers(y: Any) -> np.ndarray:
    """A number for each row, ``[N] float64``, of anything that NumPy takes; DataError names the row that has none."""
    try:
        numbers = np.asarray(y, dtype=np.float64)
    except (TypeError, ValueError) as problem:
        raise DataError(
            f"targets that are no numbers found ({problem}). Give a number for each row; names are for classifiers."
        ) from problem
    if numbers.ndim != 1:
        size = " x ".join(map(str, numbers.shape))
        raise DataError(f"targets of {size or 'no size'} found, [N] expected: one number for each row.")
    if not np.isfinite(numbers).all():
        row = int(np.isfinite(numbers).argmin())
        raise DataError(f"row {row:,}: {numbers[row]} found as its target, a number expected. Leave the row out.")
    return numbers


def cut_strata(numbers: np.ndarray) -> np.ndarray:
    """A class for each of some ``numbers`` ``[N]``, by size: such that a stratified part has high and low ones."""
    bounds = np.quantile(numbers, np.arange(1, _N_STRATA) / _N_STRATA) if len(numbers) else numbers
    strata: np.ndarray = np.searchsorted(bounds, numbers)
    return strata
