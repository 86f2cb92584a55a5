"""A folder for each class, a file for each text."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from seqloom.errors import DataError
from seqloom.frames.documents import read_documents
from seqloom.frames.encoding import to_utf8
from seqloom.frames.splits import SPLITS
from seqloom.frames.table import ReadOptions, TextTable, make_table
from seqloom.frames.wording import name_some

__all__ = ["ClassFolder", "find_classes", "read_folder"]

_UNLABELLED = frozenset({"unsup", "unlabelled", "unlabeled", "unsupervised"})
_ENDINGS = frozenset({"", ".txt", ".text"})
_TABLES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")


@dataclass(frozen=True, kw_only=True)
class ClassFolder:
    """One folder of texts.

    Parameters
    ----------
    path : Path
        The folder.
    files : tuple of str
        Names of its texts, sorted.
    label : str or None
        Its class; None for texts without one.
    split : str or None
        ``train``, ``valid``, ``test`` or None.
    """

    path: Path
    files: tuple[str, ...]
    label: str | None
    split: str | None


def read_folder(root: Path, options: ReadOptions) -> TextTable:
    """All texts of a folder of classes, in the order of their sorted names.

    Parameters
    ----------
    root : Path
        Holds a folder for each class, or ``train`` and ``test`` folders that do; a folder of texts without classes
        is taken where no labels are needed.
    options : ReadOptions
        ``encoding``, ``unlabelled`` and ``needs_label`` count here.

    Returns
    -------
    TextTable
        Its source has one column, ``file``: the path below ``root``.

    Raises
    ------
    DataError
        If there are no texts or no classes, or bytes are not in the encoding.
    """
    folders, passed = find_classes(root, options)
    if not folders:
        raise _no_classes(root)
    parts = [_read_class(folder, root, encoding=options.encoding) for folder in folders]
    frame = pl.concat(parts)
    table = make_table(frame["text"], labels=frame["label"], splits=frame["split"], name=str(root))
    passed.sort(key=lambda name: "without labels" not in name)  # what may matter first
    notes = (f"passed over {name_some(passed)}",) if passed else ()
    return TextTable(frame=table.frame, name=str(root), notes=notes, source=frame.select("file"))


def find_classes(root: Path, options: ReadOptions) -> tuple[list[ClassFolder], list[str]]:
    """The folders of texts below a folder, and what is passed over.

    Parameters
    ----------
    root : Path
        Where to look.
    options : ReadOptions
        ``unlabelled`` and ``needs_label`` count here.

    Returns
    -------
    list of ClassFolder
        Sorted by path; empty if there are none.
    list of str
        Names below ``root`` of what is not read, with the count of texts of unlabelled folders.
    """
    names, files = _list_folder(root)
    splits = {name: SPLITS[name.lower()] for name in names if name.lower() in SPLITS and _list_folder(root / name)[0]}
    folders: list[ClassFolder] = []
    passed: list[str] = []
    for name in splits or [""]:
        inside, loose = _list_folder(root / name)
        passed += [f"{name}/{file}" if name else file for file in loose]
        for label in inside:
            folder = ClassFolder(path=root / name / label, files=(), label=label, split=splits.get(name))
            folders += _open_class(folder, root, options=options, passed=passed)
    if splits:
        passed += [*(f"{name}/" for name in names if name not in splits), *files]
    elif not names and not options.needs_label:
        return _take_flat(root, files)
    return folders, passed


def _open_class(folder: ClassFolder, root: Path, *, options: ReadOptions, passed: list[str]) -> Iterator[ClassFolder]:
    """The folder with its files listed, or nothing; what is passed over goes to ``passed``."""
    place = folder.path.relative_to(root).as_posix()
    inside, files = _list_folder(folder.path)
    texts = tuple(name for name in files if _is_text(name))
    is_unlabelled = folder.path.name.lower() in _UNLABELLED
    if is_unlabelled and not options.unlabelled:
        count = "1 text" if len(texts) == 1 else f"{len(texts):,} texts"
        passed.append(f"{place} ({count} without labels)")
        return
    if not texts:
        passed.append(f"{place} (no texts in it)")
        return
    if len(texts) < len(files):
        passed += [f"{place}/{name}" for name in files if not _is_text(name)]
    passed += [f"{place}/{name}/" for name in inside]
    label = None if is_unlabelled else folder.label
    yield ClassFolder(path=folder.path, files=texts, label=label, split=folder.split)


def _take_flat(root: Path, files: list[str]) -> tuple[list[ClassFolder], list[str]]:
    texts = tuple(name for name in files if _is_text(name))
    folders = [ClassFolder(path=root, files=texts, label=None, split=None)] if texts else []
    return folders, [name for name in files if not _is_text(name)]


def _is_text(name: str) -> bool:
    if name.startswith((".", "README", "LICENSE")):
        return False
    if name.endswith(".txt"):  # nearly all, and splitting a name takes as long as opening its file
        return True
    ending = os.path.splitext(name)[1]
    # Newsgroup posts and the like are named by number alone, also as 1.2.
    return ending.lower() in _ENDINGS or ending[1:].isdigit()


def _list_folder(path: Path) -> tuple[list[str], list[str]]:
    """Names of the folders and of the files in a folder, each sorted; links count as what they lead to."""
    folders, files = [], []
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_file():
                    files.append(entry.name)
                elif entry.is_dir() and not entry.name.startswith("."):
                    folders.append(entry.name)
    except PermissionError:
        raise DataError("the folder may not be read. Check its permissions.", path=path) from None
    return sorted(folders), sorted(files)


def _read_class(folder: ClassFolder, root: Path, *, encoding: str) -> pl.DataFrame:
    documents = read_documents(folder.path, folder.files)
    place = folder.path.relative_to(root).as_posix()
    prefix = "" if place == "." else f"{place}/"
    return pl.DataFrame(
        {
            "text": _decode_documents(documents, folder, encoding=encoding),
            "label": pl.repeat(folder.label, len(documents), dtype=pl.String, eager=True),
            "split": pl.repeat(folder.split, len(documents), dtype=pl.String, eager=True),
            "file": [f"{prefix}{name}" for name in folder.files],
        }
    )


def _decode_documents(documents: list[bytes], folder: ClassFolder, *, encoding: str) -> pl.Series:
    if encoding.lower().replace("_", "-") in ("utf-8", "utf8"):
        try:
            # Polars checks all of them in one go, five times as fast as a decode() each.
            return pl.Series(documents, dtype=pl.Binary).cast(pl.String).str.strip_prefix("\ufeff")
        except pl.exceptions.ComputeError:
            pass  # some file has a byte order mark of UTF-16, or is not UTF-8: found one by one, below
    names = zip(documents, folder.files, strict=True)
    texts = [to_utf8(data, encoding=encoding, path=folder.path / name) for data, name in names]
    return pl.Series(texts, dtype=pl.Binary).cast(pl.String)


def _no_classes(root: Path) -> DataError:
    folders, files = _list_folder(root)
    expected = "Expected a folder for each class with a .txt file for each text in it (pos/1.txt, neg/1.txt)"
    if not folders and not files:
        return DataError(f"the folder is empty. {expected}.", path=root)
    tables = [name for name in files if name.removesuffix(".gz").removesuffix(".zst").endswith(_TABLES)]
    if tables:
        return DataError(f"no folders of classes here, but tables. Name one of them: {name_some(tables)}.", path=root)
    found = [f"{name}/" for name in folders] + files
    return DataError(f"no classes found; it holds {name_some(found)}. {expected}.", path=root)
