"""Training, validation and test rows: shuffled, stratified, and no text on both sides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from seqloom.errors import DataError, UsageError
from seqloom.frames.table import TextTable
from seqloom.frames.wording import name_some
from seqloom.groups import join_groups, number_groups
from seqloom.targets import encode_labels, find_classes, find_strata

__all__ = ["Parts", "deal_folds", "group_rows", "hold_out", "split_table"]


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Which rows train, choose and judge.

    Parameters
    ----------
    train, valid, test : ndarray, ``[N_part] int64``
        Row indices, ascending, no row in two of them; empty where there is no such part.
    how : str
        A sentence on how they were made.
    """

    train: np.ndarray
    valid: np.ndarray
    test: np.ndarray
    how: str


def group_rows(texts: pl.Series) -> np.ndarray:
    """A number for each row, equal where the texts are equal, by first appearance.

    Parameters
    ----------
    texts : polars.Series
        ``[N]`` String.

    Returns
    -------
    ndarray
        ``[N] int64``, from 0.

    Examples
    --------
    >>> group_rows(pl.Series(["b", "a", "b"])).tolist()
    [0, 1, 0]
    """
    frame = texts.to_frame("text").with_row_index("row")
    first = frame.select(pl.col("row").first().over("text"))["row"].to_numpy().astype(np.int64)
    number = np.cumsum(first == np.arange(len(first))) - 1  # [N], right at each first appearance
    return number[first].astype(np.int64)


def hold_out(groups: np.ndarray, labels: np.ndarray, *, fraction: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows kept and rows held out: stratified by label, no group on both sides.

    Groups are drawn at random within each class until its share is full; a group too large for what is left is passed
    over for smaller ones. So the held part misses its share by less than the smallest group that could still be moved,
    and by nothing as long as there are enough rows that stand alone.

    Parameters
    ----------
    groups : ndarray
        ``[N]``: rows of one number stay together (``group_rows``).
    labels : ndarray
        ``[N]`` of any type that can be sorted. A group with several labels counts to that of its first row. Or an
        indicator of several labels at once, ``[N, K]``: a row counts to the rarest of its own.
    fraction : float
        Share of the rows to hold out, at least 0 and under 1.
    seed : int
        The same seed gives the same rows.

    Returns
    -------
    kept : ndarray, ``[N_kept] int64``
        Ascending; holds every class, and every label of an indicator, at least once.
    held : ndarray, ``[N_held] int64``
        Ascending.

    Raises
    ------
    UsageError
        If the fraction is not at least 0 and under 1.

    Examples
    --------
    >>> kept, held = hold_out(np.arange(8), np.repeat(["a", "b"], 4), fraction=0.25, seed=0)
    >>> len(kept), np.repeat(["a", "b"], 4)[held].tolist()
    (6, ['a', 'b'])
    """
    if not 0 <= fraction < 1:
        raise UsageError(f"a share of {fraction} cannot be held out. Give at least 0 and less than 1.")
    if len(groups) == 0:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    _, first_row, group = np.unique(groups, return_index=True, return_inverse=True)  # [G], [N]
    classes = np.unique(find_strata(labels), return_inverse=True)[1].reshape(-1)  # [N]
    sizes = np.bincount(group)  # [G]
    strata = classes[first_row]  # [G]
    order = np.random.Generator(np.random.PCG64(seed)).permutation(len(sizes))
    quotas = _share_out(np.bincount(strata, weights=sizes, minlength=classes.max() + 1), fraction)
    is_held = np.zeros(len(sizes), dtype=bool)
    for stratum, quota in enumerate(quotas):
        mine = order[strata[order] == stratum]
        is_held[_fill_quota(mine, sizes, quota=quota)] = True
    _give_back(is_held, group, holders=_list_holders(labels), order=order)
    rows_held = is_held[group]
    return np.flatnonzero(~rows_held), np.flatnonzero(rows_held)


def deal_folds(groups: np.ndarray, labels: np.ndarray, *, n_folds: int, seed: int) -> np.ndarray:
    """The fold of each row, ``[N] int64`` from 0: stratified by label, no group in two folds.

    Each fold is held out of what the earlier ones left, as ``hold_out`` does it.

    Parameters
    ----------
    groups, labels : ndarray, ``[N]``
        As for ``hold_out``.
    n_folds : int
        Two or more.
    seed : int
        The same seed gives the same folds.

    Returns
    -------
    ndarray
        Of rows that stand alone, the folds differ by one at most, in all.

    Examples
    --------
    >>> fold = deal_folds(np.arange(6), np.repeat(["a", "b"], 3), n_folds=3, seed=0)
    >>> np.bincount(fold).tolist(), sorted(fold[:3].tolist())
    ([2, 2, 2], [0, 1, 2])
    """
    fold = np.full(len(groups), n_folds - 1, dtype=np.int64)
    left = np.arange(len(groups))
    for k in range(n_folds - 1):
        kept, held = hold_out(groups[left], labels[left], fraction=1 / (n_folds - k), seed=seed)
        fold[left[held]] = k
        left = left[kept]
    return fold


def _share_out(n_rows: np.ndarray, fraction: float) -> np.ndarray:
    """Rows to hold out of each class: whole numbers, together the fraction of all, by largest remainder."""
    exact = n_rows * fraction  # [K]
    quotas = np.floor(exact).astype(np.int64)
    total = max(round(fraction * int(n_rows.sum())), 1) if fraction else 0  # one product: sums of shares round anyhow
    n_more = max(total - int(quotas.sum()), 0)
    quotas[np.argsort(quotas - exact, kind="stable")[:n_more]] += 1
    return quotas


def _fill_quota(mine: np.ndarray, sizes: np.ndarray, *, quota: int) -> np.ndarray:
    """The groups of one class to hold out, of those given in random order; one stays, or it could not be learned."""
    n_most = len(mine) - 1
    n_first = min(int(np.searchsorted(np.cumsum(sizes[mine]), quota, side="right")), n_most)
    taken, rest = mine[:n_first], mine[n_first:]
    left = quota - int(sizes[taken].sum())
    # What is left is filled from the larger groups to the smaller: a turn for each size, not for each group.
    for size in np.unique(sizes[rest])[::-1]:
        fits = rest[sizes[rest] == size][: left // int(size)]
        taken = np.concatenate([taken, fits])
        left -= len(fits) * int(size)
    rest = rest[~np.isin(rest, taken)]
    if len(rest) > 1 and 2 * left > sizes[rest].min():
        taken = np.append(taken, rest[np.argmin(sizes[rest])])  # a little too much is nearer than what is missing
    return taken[:n_most]


def _list_holders(labels: np.ndarray) -> list[np.ndarray]:
    """For each class the rows that have it."""
    if labels.ndim == 2:
        return [np.flatnonzero(column) for column in labels.T]
    classes = np.unique(labels, return_inverse=True)[1].reshape(-1)
    return np.split(np.argsort(classes, kind="stable"), np.cumsum(np.bincount(classes))[:-1])


def _give_back(is_held: np.ndarray, group: np.ndarray, *, holders: list[np.ndarray], order: np.ndarray) -> None:
    """Move a group back for each class that stands only in held groups, as where texts or rows have several labels."""
    for rows in holders:
        if len(rows) and is_held[group[rows]].all():
            mine = np.isin(order, group[rows])
            is_held[order[mine][0]] = False


def split_table(table: TextTable, *, validation: float = 0.2, test: float = 0.2, seed: int = 0) -> Parts:
    """The rows that train, choose and judge.

    Where the table names its parts (``train/`` and ``test/`` folders, a split column), they are taken; validation is
    held out of training rows if there is none. Otherwise the test part is held out first, validation of what remains.

    Parameters
    ----------
    table : TextTable
        Rows without a label are in no part.
    validation : float
        Share of the training rows that choose (when to stop, which family). 0.2 as in the field's textbooks.
    test : float
        Share of all rows that judge, where the table names no parts; 0 for none.
    seed : int
        Of the shuffle.

    Returns
    -------
    Parts
        No text and no group stands in two parts that were held out here; a text that stands in train and test as they
        were given stays there (``check.count_leaks``).

    Raises
    ------
    DataError
        If the parts that are named leave no training row, or tear a group apart, or there are too few rows to hold any
        out.
    """
    has_label = table.labels.is_not_null().to_numpy()
    groups = group_rows(table.texts)
    if table.groups is not None:
        groups = join_groups(groups, number_groups(table.groups))
    labels = _read_labels(table)
    if table.frame["split"].null_count() == len(table):
        rows, judge = _hold_rows(np.flatnonzero(has_label), groups, labels=labels, fraction=test, seed=seed)
        valid, held = rows[:0], [f"{len(judge):,} text{'s' * (len(judge) != 1)} for test"] if test else []
    else:
        _check_whole(table)
        rows, valid, judge = _find_given(table, has_label)
        held = []
    if len(rows) == 0:
        raise DataError("no row with a label to train on. Add a train part, or rows with labels.", path=table.name)
    if len(valid) == 0 and validation:
        rows, valid = _hold_rows(rows, groups, labels=labels, fraction=validation, seed=seed)
        noun = "of train" if not held else "texts" if len(valid) != 1 else "text"
        held.append(f"{len(valid):,} {noun} for validation")
        if len(valid) == 0:
            raise DataError("too few different texts to hold any out for validation. Add more rows.", path=table.name)
    across = "no duplicate" if table.groups is None else f'no duplicate, no "{table.group_column}"'
    how = f"{' and '.join(held)}: stratified, {across} across, seed {seed}" if held else "the parts as given"
    n_outside = int(has_label.sum()) - len(rows) - len(valid) - len(judge)
    how += f"; {n_outside:,} labelled texts in no part" if n_outside else ""
    return Parts(train=rows, valid=valid, test=judge, how=how)


def _read_labels(table: TextTable) -> np.ndarray:
    """The labels ``[N]`` by which rows are dealt out, or their indicator ``[N, K]``; of rows without any, nothing."""
    if not table.are_several:
        return table.labels.fill_null("").to_numpy()
    labels = table.labels.fill_null([])
    return encode_labels(labels, find_classes(labels))


def _check_whole(table: TextTable) -> None:
    """Nothing, if no group stands in two of the parts that the table names."""
    if table.groups is None:
        return
    named = table.frame.drop_nulls(["group", "split"])
    torn = named.group_by("group").agg(pl.col("split").n_unique()).filter(pl.col("split") > 1)["group"].sort()
    if len(torn):
        raise DataError(
            f'rows of one "{table.group_column}" stand in two of the parts that are given: '
            f"{name_some(torn.to_list())}. Put each into one part, or leave --group out.",
            path=table.name,
        )


def _find_given(table: TextTable, has_label: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The rows of the parts that the table names."""
    named = table.frame["split"].fill_null("").to_numpy()
    train, valid, judge = (np.flatnonzero(has_label & (named == part)) for part in ("train", "valid", "test"))
    return train, valid, judge


def _hold_rows(
    rows: np.ndarray, groups: np.ndarray, *, labels: np.ndarray, fraction: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    kept, held = hold_out(groups[rows], labels[rows], fraction=fraction, seed=seed)
    return rows[kept], rows[held]
