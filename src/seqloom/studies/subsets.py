"""Which rows a learning curve trains on: of every size a stratified sample, each within the next larger one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seqloom.errors import UsageError
from seqloom.frames.split import group_rows
from seqloom.studies.dataset import Dataset

__all__ = ["Pool", "find_pool", "nest_rows", "parse_sizes"]

# Labels to begin with where no sizes are asked for, and steps from there: by about three, evenly on a logarithmic axis.
_LADDER = tuple(step * 10**power for power in range(2, 8) for step in (1, 3))

# A fifth of it is held out to choose on, and two classes must stand on either side.
_FEWEST = 10


@dataclass(frozen=True, kw_only=True)
class Pool:
    """The rows that subsets are drawn from.

    Parameters
    ----------
    rows : ndarray, ``[N] int64``
        Row indices into the table, ascending.
    n_repeats : int
        Training rows left out because an earlier one has the same text: they are not one more labelled text.
    n_leaks : int
        Training rows left out because their text also stands in the test part.
    """

    rows: np.ndarray
    n_repeats: int
    n_leaks: int


def find_pool(dataset: Dataset) -> Pool:
    """Training and validation rows, each text once, none that the test part has too.

    Parameters
    ----------
    dataset : Dataset
        Split.

    Returns
    -------
    Pool
        What may be trained on.
    """
    parts = dataset.parts
    rows = np.sort(np.concatenate([parts.train, parts.valid]))
    groups = group_rows(dataset.table.texts)
    is_leak = np.isin(groups[rows], groups[parts.test])
    first = np.unique(groups[rows[~is_leak]], return_index=True)[1]
    kept = rows[~is_leak][np.sort(first)]
    return Pool(rows=kept, n_repeats=len(rows) - int(is_leak.sum()) - len(kept), n_leaks=int(is_leak.sum()))


def nest_rows(labels: np.ndarray, *, seed: int) -> np.ndarray:
    """All rows in an order of which every beginning is a stratified random sample.

    The r-th of the n rows of a class, in random order, stands at the share (r + 1/2) / n of the way. So a beginning
    holds of each class what its share is, to half a row and what the rounding of the other classes makes of it, and
    shorter beginnings lie within longer ones.

    Parameters
    ----------
    labels : ndarray
        ``[N]`` of any type that can be sorted.
    seed : int
        The same seed gives the same order.

    Returns
    -------
    ndarray
        ``[N] int64``, each row once.

    Examples
    --------
    >>> labels = np.repeat(["a", "b"], [30, 10])
    >>> [(labels[nest_rows(labels, seed=0)[:n]] == "b").sum().item() for n in (4, 8, 40)]
    [1, 2, 10]
    """
    random = np.random.default_rng(seed)
    order = random.permutation(len(labels))
    target = np.unique(labels, return_inverse=True)[1].reshape(-1)[order]
    by_class = np.argsort(target, kind="stable")
    sizes = np.bincount(target)
    rank = np.empty(len(labels), dtype=np.int64)
    rank[by_class] = np.arange(len(labels)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    place = (rank + 0.5) / sizes[target]
    # classes of one size stand at the same places: which goes first is chance, too
    return order[np.lexsort([random.permutation(len(labels)), place])]


def parse_sizes(text: str | None, *, n_pool: int) -> tuple[int, ...]:
    """Numbers of labels from ``200,500,all``.

    Parameters
    ----------
    text : str or None
        What was typed; None for 100, 300, 1000 ... and all.
    n_pool : int
        What ``all`` means.

    Returns
    -------
    tuple of int
        Ascending, each once.

    Raises
    ------
    UsageError
        Where a size is no number, too small to hold any out of, or more than there are.

    Examples
    --------
    >>> parse_sizes("500,200,all", n_pool=800), parse_sizes(None, n_pool=2000)
    ((200, 500, 800), (100, 300, 1000, 2000))
    """
    if text is None:
        # a last step of less than a half more would show nothing
        return (*(size for size in _LADDER if 1.5 * size < n_pool), n_pool)
    sizes = set()
    for word in text.split(","):
        word = word.strip().replace("_", "")
        if word != "all" and not (word.isascii() and word.isdigit()):
            raise UsageError(f"--sizes {word!r} found, whole numbers and all expected, such as 200,500,2000,all.")
        size = n_pool if word == "all" else int(word)
        if size > n_pool:
            raise UsageError(
                f"--sizes {size:,} is more than the {n_pool:,} labelled texts there are. Write all for those."
            )
        if size < _FEWEST:
            raise UsageError(f"--sizes {size} is too few: a fifth is held out to choose on. Give at least {_FEWEST}.")
        sizes.add(size)
    return tuple(sorted(sizes))
