"""Claim: word vectors from the 75,000 training and unlabelled reviews of IMDB, beside gensim's skip-gram.

30,000 words, 100 numbers, window 5. Ours is timed from strings to vectors, tokenising included; gensim from the same
tokens in a file, the same 30,000 words, with 3 epochs and as many workers as there are cores. Both are scored by
gensim's own functions on lists that its wheel carries: WordSim-353 (Finkelstein et al. 2002) and SimLex-999 (Hill et
al. 2015) by Spearman's rank correlation, Google's analogies (Mikolov et al. 2013) by the share answered first; pairs
and questions with a word outside the 30,000 are left out, for both alike.

    python benchmarks/vectors_train.py [--repeats 1]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from contestants import Contestant, Finished, make_scratch, run_in_turn
from environments import make_environment
from imdb_folders import find_imdb
from rows import Row, read_versions, summarise_scores, write_results
from seqloom.frames.read import read_texts
from seqloom.frames.table import ReadOptions
from seqloom.text.tokens import as_texts

HERE = Path(__file__).parent
N_WORDS = 30_000


def write_texts(imdb: Path, scratch: Path) -> None:
    """``texts.parquet`` for ours, and ``tokens.txt``, a line a review, of the most frequent words, for the peer."""
    table = read_texts(imdb / "train", ReadOptions(unlabelled=True, needs_label=False))
    table.frame.select("text").write_parquet(scratch / "texts.parquet")
    texts = as_texts(table.texts)
    tokens, words = texts.tokens, np.array(texts.corpus.words.to_list(), dtype=object)
    count = np.bincount(tokens.values)
    words[np.argsort(-count, kind="stable")[N_WORDS:]] = ""
    with (scratch / "tokens.txt").open("w", encoding="utf-8") as file:
        for i in range(len(tokens)):
            file.write(" ".join(filter(None, words[tokens.row(i)])) + "\n")


def tell(who: str, contestant: Contestant, *, finished: list[Finished]) -> Row:
    """The row of one contestant, scored by gensim."""
    results = [one.read_output() for one in finished]
    return Row(
        what="train",
        who=who,
        command=contestant.shown,
        seconds=[round(result["seconds"], 2) for result in results],
        cpu_seconds=[round(result["cpu_seconds"], 2) for result in results],
        peak_mb=round(max(one.outcome.peak_mb for one in finished)),
        scores=summarise_scores([score(one.run) for one in finished]),
        versions=read_versions(contestant.argv[0]),
        facts={"first": [ask_queen(one.run) for one in finished]},
    )


def score(vectors: Path) -> dict[str, float]:
    """Scores of vectors in word2vec's text format."""
    return {name: value for name, value in _judge(vectors).items() if name != "queen"}


def ask_queen(vectors: Path) -> str:
    """What is found first for king - man + woman."""
    return str(_judge(vectors)["queen"])


def _judge(vectors: Path) -> dict[str, float]:
    told = vectors.with_suffix(".json")
    if not told.exists():
        judge = [make_environment("gensim"), str(HERE / "peers" / "gensim_scores.py"), str(vectors)]
        told.write_text(subprocess.run(judge, capture_output=True, text=True, check=True).stdout, encoding="utf-8")
    return dict(json.loads(told.read_text(encoding="utf-8")))


def main() -> None:
    """Measure, and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--repeats", type=int, default=1, help="runs of each contestant (default: 1: gensim takes minutes)"
    )
    repeats = parser.parse_args().repeats
    imdb = find_imdb()
    with make_scratch() as scratch:
        write_texts(imdb, scratch)
        ours = (sys.executable, str(HERE / "ours" / "vectors_train.py"), str(scratch / "texts.parquet"), "{run}")
        peer = (
            make_environment("gensim"),
            str(HERE / "peers" / "gensim_train.py"),
            str(scratch / "tokens.txt"),
            "{run}",
        )
        contestants = {
            "seqloom, positive PMI and factors": Contestant(shown="python ours/vectors_train.py TEXTS OUT", argv=ours),
            "gensim, skip-gram, 3 epochs": Contestant(shown="python peers/gensim_train.py TOKENS OUT", argv=peer),
        }
        runs = run_in_turn(contestants, scratch, repeats=repeats)
        rows = [tell(who, contestants[who], finished=finished) for who, finished in runs.items()]
    write_results("vectors_train", rows)


if __name__ == "__main__":
    main()
