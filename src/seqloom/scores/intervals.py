"""How far a score can be trusted: intervals for a share, for macro F1, and for the difference of two models.

They speak of the luck in which rows were scored, and of nothing else: not of the luck of a seed, not of texts that
are of another kind than these.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from seqloom.errors import DataError

__all__ = [
    "PairedDifference",
    "macro_f1_interval",
    "paired_difference",
    "percentile_interval",
    "resample",
    "wilson_interval",
]

# Resamples behind an interval of macro F1. At 1,000 an end of a 95 % interval moves from seed to seed by about a
# twentieth of the interval's half-width (measured for 2, 7 and 20 classes): less than anyone reads off a table.
N_DRAWS = 1_000

# Numbers held at once while resampling: 16 MB as int64. A confusion matrix has up to K * K cells that are not zero.
BLOCK_CELLS = 2_000_000


def wilson_interval(k: int, n: int, *, level: float = 0.95) -> tuple[float, float]:
    """The interval of a share, of which ``k`` hits among ``n`` rows were seen.

    Chosen over the plain ``p +- 1.96 s`` because that one has no width at all when every row is right, and is too
    narrow on small sets.

    Parameters
    ----------
    k : int
        Rows that are right.
    n : int
        Rows; without any, the interval is all of 0 to 1.
    level : float, default 0.95
        How often such intervals hold the true share: what most papers print.

    Returns
    -------
    tuple of float
        Low and high, within 0 to 1.

    Raises
    ------
    DataError
        When ``k`` is not from 0 to ``n``.

    Examples
    --------
    >>> low, high = wilson_interval(916, 1000)
    >>> round(low, 3), round(high, 3)
    (0.897, 0.932)

    Source: Wilson, Probable inference, 1927; Brown, Cai and DasGupta, 2001, section 3.1.1.
    """
    if not 0 <= k <= n:
        raise DataError(f"{k} hits among {n} rows; expected from 0 to {n}.")
    if n == 0:
        return 0.0, 1.0
    z = _deviations(level)
    p = k / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
    # The ends are exact where no hit, or no miss, was seen: rounding must not say "99.99999999 %".
    return (0.0 if k == 0 else middle - half), (1.0 if k == n else middle + half)


def macro_f1_interval(
    confusion: np.ndarray, *, level: float = 0.95, n_draws: int = N_DRAWS, seed: int = 0
) -> tuple[float, float] | None:
    """The interval of macro F1, from resampled rows; None where resampling cannot tell.

    Drawing N rows anew and counting them is one multinomial draw of the confusion matrix, so 1,000 resamples of
    25,000 rows take some 10 ms. Where every resample gives the same number (no row is wrong, or a
    single row is all there is) the rows seen say nothing of how bad it could be, and an interval from 100 to 100 %
    would be a boast: None then.

    Parameters
    ----------
    confusion : ndarray, ``[K, K]`` of int
        Truth down, prediction across.
    level : float, default 0.95
        As of ``wilson_interval``.
    n_draws : int, default 1000
        Resamples; more make the ends steadier.
    seed : int, default 0
        Of the draws: the same matrix gives the same interval.

    Returns
    -------
    tuple of float, or None
        Low and high.

    Examples
    --------
    >>> low, high = macro_f1_interval(np.array([[45, 5], [8, 42]]))
    >>> 0.78 < low < 0.82 and 0.90 < high < 0.94
    True
    >>> macro_f1_interval(np.array([[50, 0], [0, 50]])) is None
    True

    Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13 (percentile interval).
    """
    truth, predicted = np.nonzero(confusion)  # [cells] each, in the order of truth
    if len(truth) == 0:
        return None
    draws = [
        _macro_f1(count, truth=truth, predicted=predicted)
        for count in resample(confusion[truth, predicted], n_draws=n_draws, seed=seed)
    ]
    low, high = percentile_interval(np.concatenate(draws), level=level)
    return None if low is None or high is None else (low, high)


def percentile_interval(values: np.ndarray, *, level: float = 0.95) -> tuple[float, float] | tuple[None, None]:
    """The ends between which ``level`` of resampled ``values`` lie; None twice where they are all alike."""
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return (float(low), float(high)) if low < high else (None, None)


@dataclass(frozen=True, kw_only=True)
class PairedDifference:
    """How much more often one model is right than another, on the same rows.

    Parameters
    ----------
    value : float
        Accuracy of the first less accuracy of the second, -1 to 1.
    low, high : float
        Its interval.
    n_only_a, n_only_b : int
        Rows that only the first, only the second, got right: all the evidence there is.
    n : int
        Rows.
    """

    value: float
    low: float
    high: float
    n_only_a: int
    n_only_b: int
    n: int

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves 0 out: one of the two is better, beyond the luck of these rows."""
        return self.low > 0 or self.high < 0


def paired_difference(correct_a: np.ndarray, correct_b: np.ndarray, *, level: float = 0.95) -> PairedDifference:
    """The difference of two models' accuracies on the same rows, with its interval.

    Two intervals that overlap say little of two models that were tried on the same rows: most rows both get right,
    and these cancel. Only the rows where they differ count, as in McNemar's test. The interval adds one such row to
    either side, without which it has no width when one model is never the better one.

    Parameters
    ----------
    correct_a : ndarray, ``[N]`` of bool
        Where the first model is right.
    correct_b : ndarray, ``[N]`` of bool
        Where the second is, on the same rows in the same order.
    level : float, default 0.95
        As of ``wilson_interval``.

    Returns
    -------
    PairedDifference
        Positive where the first is better.

    Raises
    ------
    DataError
        Without rows, or when the rows of the two cannot be the same.

    Examples
    --------
    >>> right = np.arange(1000)
    >>> gap = paired_difference(right < 902, right < 916)
    >>> f"{100 * gap.value:.1f} points ({100 * gap.low:.1f} to {100 * gap.high:.1f})", gap.is_clear
    ('-1.4 points (-2.2 to -0.6)', True)

    Source: Bonett and Price, Adjusted Wald confidence interval for a difference of binomial proportions based on
    paired data, 2012; recommended by Fagerland, Lydersen and Laake, 2014, section 6.
    """
    a, b = np.asarray(correct_a, dtype=bool), np.asarray(correct_b, dtype=bool)
    if a.shape != b.shape or a.ndim != 1 or len(a) == 0:
        raise DataError(
            f"rows of shape {a.shape} and {b.shape}; expected the same rows, one at least, for both models."
        )
    n, only_a, only_b = len(a), int(np.sum(a & ~b)), int(np.sum(b & ~a))
    p_a, p_b = (only_a + 1) / (n + 2), (only_b + 1) / (n + 2)
    half = _deviations(level) * ((p_a + p_b - (p_a - p_b) ** 2) / (n + 2)) ** 0.5
    return PairedDifference(
        value=(only_a - only_b) / n,
        low=max(p_a - p_b - half, -1.0),
        high=min(p_a - p_b + half, 1.0),
        n_only_a=only_a,
        n_only_b=only_b,
        n=n,
    )


def _deviations(level: float) -> float:
    """Standard deviations either side of the mean that hold ``level`` of a normal distribution (1.96 for 0.95)."""
    return NormalDist().inv_cdf((1 + level) / 2)  # the standard library's: scipy.special costs 0.35 s to import


def resample(cells: np.ndarray, *, n_draws: int = N_DRAWS, seed: int = 0) -> Iterator[np.ndarray]:
    """Counts of rows drawn anew, ``[draws, cells]``, in blocks that fit into memory.

    Parameters
    ----------
    cells : ndarray of int
        Rows of each kind.
    n_draws, seed : int
        As of ``macro_f1_interval``.

    Yields
    ------
    ndarray
        Each row adds up to the number of rows.
    """
    rng = np.random.default_rng(seed)
    n = int(cells.sum())
    step = max(1, BLOCK_CELLS // len(cells))
    for start in range(0, n_draws, step):
        yield rng.multinomial(n, cells / n, size=min(step, n_draws - start))  # [draws, cells]


def _macro_f1(count: np.ndarray, *, truth: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Macro F1 of each resample, ``[draws]``, as ``confusion.macro_f1``: over the classes seen in that resample."""
    n_classes = max(truth.max(), predicted.max()) + 1
    classes = np.arange(n_classes)
    count = count.astype(np.float64)  # exact, and NumPy multiplies matrices of integers eight times slower
    in_truth, in_predicted = truth[:, None] == classes, predicted[:, None] == classes  # [cells, K]
    hit = count @ (in_truth & in_predicted).astype(np.float64)  # [draws, K]
    seen = count @ (in_truth.astype(np.float64) + in_predicted)  # [draws, K]
    f1 = np.divide(2 * hit, seen, out=np.zeros(seen.shape), where=seen > 0)
    return f1.sum(axis=1) / np.sum(seen > 0, axis=1)
