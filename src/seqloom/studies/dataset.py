"""A table made ready for a study: split, described, tokenised once for all families."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from seqloom.errors import DataError
from seqloom.frames.check import Facts, check_classes, describe_rows, leak_rows
from seqloom.frames.split import Parts, split_table
from seqloom.frames.table import TextTable
from seqloom.frames.wording import name_some
from seqloom.learner import AbstractLearner
from seqloom.targets import read_labels
from seqloom.text.columns import read_columns
from seqloom.text.tokens import Texts, as_texts
from seqloom.text.vectors import WordVectors
from seqloom.text.vectors.coverage import Coverage

__all__ = [
    "Dataset",
    "Part",
    "add_characters",
    "choose_unlabelled",
    "count_unseen",
    "cover_words",
    "digest_parts",
    "join_parts",
    "plain_params",
    "prepare_table",
    "tokenise_table",
]

# Share of new words from which on characters are tried: Korean reviews have 23 %, English questions 11, stories 3 and
# reviews 1.
_MANY_UNSEEN = 0.1


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
    """Texts and labels of one part: a label each, or a tuple of them, ``[N]``."""

    texts: Texts
    labels: np.ndarray

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.labels)

    @property
    def are_several(self) -> bool:
        """Whether a row can have several labels, or none."""
        return isinstance(next(iter(self.labels), None), tuple)


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
    taught = _list_classes(table, parts.train)
    if len(taught) == 1:
        raise DataError(
            f'one class only in the training part: "{taught.pop()}". Add texts of another.', path=table.name
        )
    for part, rows in (("test", parts.test), ("validation", parts.valid)):
        strange = [f'"{name}"' for name in sorted(_list_classes(table, rows) - taught)]
        if strange:
            raise DataError(
                f"{part} has {name_some(strange)} as a label, and no training text has it, so none of these rows could "
                "be got right. Add training texts of that label, or leave the rows out.",
                path=table.name,
            )


def _list_classes(table: TextTable, rows: np.ndarray) -> set[str]:
    labels = table.labels.gather(rows)
    return set((labels.explode() if table.are_several else labels).drop_nulls().unique())


def tokenise_table(dataset: Dataset, unlabelled: TextTable | None = None) -> dict[str, Part]:
    """``train``, ``valid`` and ``test`` as parts of one corpus, and ``unlabelled``, a corpus of its own, where given.

    Parameters
    ----------
    dataset : Dataset
        From ``prepare_table``.
    unlabelled : TextTable or None
        More texts; those that also stand in the test or in validation are left out, as a model must not have read them.
        A corpus of their own, as families that do not read them should not count their n-grams.

    Returns
    -------
    dict of str to Part
        The labels of ``unlabelled`` are empty strings.

    Raises
    ------
    DataError
        Where none of the unlabelled texts is left.
    """
    everything = as_texts(dataset.table.texts)
    if dataset.table.groups is not None:
        everything = everything.keep_together(dataset.table.groups)
    if dataset.table.columns is not None:
        everything = everything.put_beside(read_columns(dataset.table.columns))
    labels = dataset.table.labels.to_numpy()
    if dataset.table.are_several:
        labels = read_labels(dataset.table.labels.fill_null([]))
    rows = {name: getattr(dataset.parts, name) for name in ("train", "valid", "test")}
    parts = {name: Part(texts=everything.take(mine), labels=labels[mine]) for name, mine in rows.items()}
    if unlabelled is not None:
        held = everything.take(np.concatenate([rows["valid"], rows["test"]]))
        more = as_texts(unlabelled.texts).without(held)
        if not len(more):
            found = f"{len(unlabelled):,} texts without labels found, and all of them also stand in validation or test"
            raise DataError(f"{found}. Give other texts.", path=unlabelled.name)
        parts["unlabelled"] = Part(texts=more, labels=np.full(len(more), ""))
    return parts


def join_parts(parts: Mapping[str, Part]) -> Part:
    """All rows that may be learned from: ``train`` and ``valid`` of ``parts``, one behind the other."""
    train, valid = parts["train"], parts["valid"]
    return Part(texts=train.texts.join(valid.texts), labels=np.concatenate([train.labels, valid.labels]))


def choose_unlabelled(parts: Mapping[str, Part], learner: AbstractLearner) -> Texts | None:
    """The texts without labels, if ``parts`` has any and the ``learner`` has a use for them."""
    return parts["unlabelled"].texts if "unlabelled" in parts and learner.recipe().reads_unlabelled else None


def cover_words(vectors: WordVectors, part: Part) -> Coverage:
    """How much of a ``part`` the ``vectors`` know; DataError where that is nothing, as no net could begin from them."""
    known = vectors.coverage(part.texts)
    if not known.n_known_types:
        raise DataError("none of the words of the training texts has a vector. Are the vectors of another language?")
    return known


def count_unseen(parts: Mapping[str, Part]) -> float:
    """The share of validation tokens that are words no training text has, nor any text without labels.

    Few texts leave many words of any language new; more of them, labelled or not, show what is left of that.
    """
    train, valid = parts["train"].texts, parts["valid"].texts
    is_seen = np.zeros(len(train.corpus.words), dtype=bool)
    is_seen[train.tokens.values] = True
    if "unlabelled" in parts:
        more = parts["unlabelled"].texts
        words = more.corpus.words.gather(np.unique(more.tokens.values))
        is_seen |= train.corpus.words.is_in(words.implode()).to_numpy()
    asked = valid.tokens.values
    return float(1 - is_seen[asked].mean()) if len(asked) else 0.0


def add_characters(families: Sequence[str], *, unseen: float) -> tuple[str, ...]:
    """The families, with ``linear-char`` behind ``linear`` where many words of validation are new.

    Where words are built of many parts, as in Korean, most of them are rare, and characters may serve better: whether
    they do, the validation rows say. Elsewhere they would cost several times what words do, to lose.

    Parameters
    ----------
    families : sequence of str
        What is to be trained.
    unseen : float
        From ``count_unseen``.

    Returns
    -------
    tuple of str
        As they were, or one more. One family alone was asked for alone, and stays so.
    """
    if "linear" not in families or len(families) == 1 or unseen < _MANY_UNSEEN:
        return tuple(families)
    at = families.index("linear") + 1
    return tuple(dict.fromkeys((*families[:at], "linear-char", *families[at:])))


def plain_params(params: Mapping[str, Any]) -> dict[str, Any]:
    """Constructor arguments as JSON: word vectors by what they are."""
    return {name: value.describe() if isinstance(value, WordVectors) else value for name, value in params.items()}


def digest_parts(parts: Mapping[str, Part], settings: Mapping[str, Any]) -> str:
    """A fingerprint of ``parts`` and ``settings``: a run is resumed only onto what it began with."""
    digest = hashlib.sha256(repr((version("seqloom"), sorted(plain_params(settings).items()))).encode())
    read = None
    for name, part in parts.items():
        corpus = part.texts.corpus
        if corpus is not read:
            digest.update("\n".join(corpus.words).encode())
            digest.update(corpus.tokens.values.tobytes() + corpus.tokens.offsets.tobytes())
            read = corpus
        digest.update(f"{name} {len(part)}".encode())
        digest.update(part.texts.rows.tobytes())
        digest.update(b"" if part.texts.groups is None else part.texts.groups.tobytes())
        digest.update(b"" if part.texts.columns is None else part.texts.columns.tell())
        digest.update("\0".join(map(str, part.labels)).encode())
    return digest.hexdigest()
