"""The Large Movie Review Dataset as its original folders, written out from the Parquet files of the same rows.

``aclImdb/train/{pos,neg,unsup}/ID.txt``, ``aclImdb/test/{pos,neg}/ID.txt``, and the files of the original archive that
are no reviews (``labeledBow.feat``, ``urls_pos.txt``, ``imdb.vocab`` ...), with a line of content each, as a reader has
to pass them over.

Source: Maas et al. (2011), Learning Word Vectors for Sentiment Analysis.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import polars as pl

from environments import cache_folder
from public_files import find_file

__all__ = ["find_imdb", "warm_files"]

_PARTS = {"train": "imdb_train.parquet", "test": "imdb_test.parquet", "unsup": "imdb_unsup.parquet"}
_OTHERS = {
    "README": "Large Movie Review Dataset v1.0\n",
    "imdb.vocab": "the\nand\n",
    "imdbEr.txt": "0.0490972013402\n",
    "train/labeledBow.feat": "9 0:9 1:1\n",
    "train/unsupBow.feat": "0 0:8 1:6\n",
    "train/urls_neg.txt": "title/tt0064354/usercomments\n",
    "train/urls_pos.txt": "title/tt0453418/usercomments\n",
    "train/urls_unsup.txt": "title/tt0018515/usercomments\n",
    "test/labeledBow.feat": "10 0:7 1:4\n",
    "test/urls_neg.txt": "title/tt0406816/usercomments\n",
    "test/urls_pos.txt": "title/tt0453418/usercomments\n",
}


def find_imdb() -> Path:
    """The folder ``aclImdb``, written first where it is not there yet; ends the script where the data is absent."""
    given = os.environ.get("SEQLOOM_IMDB")
    if given:
        return Path(given)
    folder = cache_folder() / "aclImdb"
    if not (folder / "README").exists():
        write_folders(find_file(_PARTS["train"]).parent, folder)
    return folder


def write_folders(data: Path, folder: Path) -> None:
    """Every review as its own file; the README comes last and says that all are there."""
    print(f"  writing {folder.name} out as folders (100,000 files, once)", flush=True)
    for part, name in _PARTS.items():
        frame = pl.read_parquet(data / name, columns=["id", "text"])
        for stem, text in frame.iter_rows():
            path = folder / (stem if "/" in stem else f"train/unsup/{stem}")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.with_name(path.name + ".txt").write_text(text, encoding="utf-8", newline="")
        print(f"    {part}: {frame.height:,}", flush=True)
    for name, content in reversed(_OTHERS.items()):
        (folder / name).write_text(content, encoding="utf-8")


def warm_files(folder: Path) -> None:
    """Read every file once, so that no contestant pays for the disk and the next one does not."""
    for path in folder.glob("t*/*/*.txt"):
        path.read_bytes()


if __name__ == "__main__":
    argparse.ArgumentParser(description="Write the folders out.").parse_args()
    print(find_imdb())
