"""A table made ready for a study: split, described, tokenised once for all families."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from seqloom.errors import DataError
from seqloom.frames.check import Facts, check_classes, describe_rows, leak_rows
from seqloom.frames.split import Parts, split_table
from seqloom.frames.table import TextTable
from seqloom.frames.wording import name_some
from seqloom.text.tokens import Texts, as_texts

__all__ = ["Dataset", "Part", "digest_parts", "prepare_table", "tokenise_table"]


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """The rows of a study.

    Parameters
    ----------
    table : TextTable
        What was read.
    parts : Parts
        Which rows train, choose and judge.
    facts : mapping of str to Facts
        Of ``train`` (with validation) and of ``test``.
    n_leaks : int
        Test texts that stand in training too.
    n_dropped : int
        How many of them were left out.
    """

    table: TextTable
    parts: Parts
    facts: Mapping[str, Facts]
    n_leaks: int
    n_dropped: int


@dataclass(frozen=True, kw_only=True)
class Part:
    """Texts and labels of one part."""

    texts: Texts
    labels: np.ndarray

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.labels)


def prepare_table(table: TextTable, *, seed: int = 0, drop_leaks: bool = False, validation: float = 0.2) -> Dataset:
    """A table split and described.

    Parameters
    ----------
    table : TextTable
        With labels.
    seed : int
        Of the split.
    drop_leaks : bool
        Whether test texts that stand in training too are left out of the test.
    validation : float
        Share of the training rows that choose, as for ``split_table``; 0 where each fit holds its own out.

    Returns
    -------
    Dataset
        Not tokenised yet, so that what was read can be told first.

    Raises
    ------
    DataError
        One class only, a class with one example, a class that no training row has, or no test row left.
    """
    check_classes(table)
    parts = split_table(table, validation=validation, seed=seed)
    _check_taught(table, parts)
    leaks = leak_rows(table, parts)
    if drop_leaks:
        test = np.setdiff1d(parts.test, leaks)
        if len(leaks) and not len(test):
            raise DataError(
                f"--drop-leaks leaves no test text: all {len(leaks):,} also stand in training. Give other test texts.",
                path=table.name,
            )
        parts = Parts(train=parts.train, valid=parts.valid, test=test, how=parts.how)
    known = np.sort(np.concatenate([parts.train, parts.valid]))
    facts = {"train": describe_rows(table, known), "test": describe_rows(table, parts.test)}
    return Dataset(table=table, parts=parts, facts=facts, n_leaks=len(leaks), n_dropped=len(leaks) if drop_leaks else 0)


def _check_taught(table: TextTable, parts: Parts) -> None:
    """Nothing, if training rows have two classes and all that validation and test ask for."""
    taught = set(table.labels.gather(parts.train).unique())
    if len(taught) == 1:
        raise DataError(
            f'one class only in the training part: "{taught.pop()}". Add texts of another.', path=table.name
        )
    for part, rows in (("test", parts.test), ("validation", parts.valid)):
        labels = table.labels.gather(rows)
        strange = [f'"{name}"' for name in sorted(set(labels.unique()) - taught)]
        if strange:
            raise DataError(
                f"{part} has {name_some(strange)} as a label, and no training text has it, so none of these rows could "
                "be got right. Add training texts of that label, or leave the rows out.",
                path=table.name,
            )


def tokenise_table(dataset: Dataset) -> dict[str, Part]:
    """``train``, ``valid`` and ``test`` as tokenised parts of one corpus."""
    everything = as_texts(dataset.table.texts)
    labels = dataset.table.labels.to_numpy()
    names = ("train", "valid", "test")
    rows = {name: getattr(dataset.parts, name) for name in names}
    return {name: Part(texts=everything.take(rows[name]), labels=labels[rows[name]]) for name in names}


def digest_parts(parts: Mapping[str, Part], settings: Mapping[str, Any]) -> str:
    """A fingerprint of ``parts`` and ``settings``: a run is resumed only onto what it began with."""
    digest = hashlib.sha256(repr((version("seqloom"), sorted(settings.items()))).encode())
    corpus = parts["train"].texts.corpus
    digest.update("\n".join(corpus.words).encode())
    digest.update(corpus.tokens.values.tobytes() + corpus.tokens.offsets.tobytes())
    for name, part in parts.items():
        digest.update(f"{name} {len(part)}".encode())
        digest.update(part.texts.rows.tobytes())
        digest.update("\0".join(map(str, part.labels)).encode())
    return digest.hexdigest()
