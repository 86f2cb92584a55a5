"""Claim: recurrent and convolutional nets on IMDB, beside Keras on JAX, TensorFlow and PyTorch, and PyTorch itself.

20,000 training reviews as ids of 10,000 words, the last 500 of each, batches of 128, Adam at 0.002, on padded rows and
on batches of like length: LSTM(32), GRU(32) with dropout and recurrent dropout, two Conv1D(32, 7).

    python benchmarks/nets.py [--repeats 1] [--epochs 3] [--rows 20000] [--nets lstm gru conv]
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path

import numpy as np

from contestants import Contestant, Finished, make_scratch, run_in_turn
from environments import make_environment
from imdb_folders import find_imdb, warm_files
from rows import Row, read_versions, summarise_scores, write_results
from seqloom.engine.feed import fit_lengths
from seqloom.frames.read import read_texts
from seqloom.text.pad import pad_ids
from seqloom.text.tokens import as_texts
from seqloom.text.vectorise import TextVectorizer

HERE = Path(__file__).parent

# NET: width of the embedding (the chapter's 32 and 128), and the feeds that are compared.
NETS = {"lstm": (32, ("padded", "buckets")), "gru": (32, ("padded",)), "conv": (128, ("padded",))}

PEERS = {
    "Keras on JAX": ("keras-jax", "keras_nets.py", {"KERAS_BACKEND": "jax"}),
    "Keras on TensorFlow": ("keras-tensorflow", "keras_nets.py", {"KERAS_BACKEND": "tensorflow"}),
    "Keras on PyTorch": ("torch", "keras_nets.py", {"KERAS_BACKEND": "torch"}),
    "PyTorch": ("torch", "torch_nets.py", {}),
}

# Lengths of a peer's batches, fitted to the rows as ours are, and one more of them.
_N_LENGTHS = 6


def write_arrays(imdb: Path, path: Path, *, width: int, n_rows: int) -> None:
    """Training and 5,000 validation reviews as ids ``[N, 500] int32``, padded behind, for all engines."""
    table = read_texts(imdb / "train")
    rows = np.random.default_rng(0).permutation(len(table.texts))
    texts = as_texts(table.texts)
    target = (table.labels.to_numpy() == "pos").astype(np.int32)
    train, valid = rows[:n_rows], rows[20_000:]
    vectorizer = TextVectorizer(max_features=10_000, min_df=1, length=500, keep="last", fixed=False).fit(
        texts.take(train)
    )
    ids = {name: vectorizer.encode(texts.take(part))["ids"] for name, part in (("train", train), ("valid", valid))}
    padded = {f"x_{name}": pad_ids(part, 500, pad="after") for name, part in ids.items()}
    lengths = fit_lengths(ids["train"].lengths, _N_LENGTHS).clip(max=500)
    sizes = {"n_ids": vectorizer.n_ids, "width": width, "lengths": lengths}
    np.savez(path, y_train=target[train], y_valid=target[valid], **padded, **sizes)


def measure_net(net: str, imdb: Path, *, scratch: Path, options: argparse.Namespace) -> list[Row]:
    """Rows ``NET, FEED``: the seconds of an epoch from the second on, without compiling and validation."""
    width, feeds = NETS[net]
    arrays = scratch / f"{net}.npz"
    write_arrays(imdb, arrays, width=width, n_rows=options.rows)
    rows = []
    for feed in feeds:
        contestants = {}
        for who, (environment, script, env) in PEERS.items():
            if (who, feed) == ("Keras on TensorFlow", "buckets"):
                continue  # its data adapter wants one shape for all batches
            argv = (
                make_environment(environment),
                str(HERE / "peers" / script),
                str(arrays),
                net,
                feed,
                str(options.epochs),
            )
            shown = f"python peers/{script} ARRAYS.npz {net} {feed} {options.epochs}"
            contestants[who] = Contestant(shown=shown, argv=argv, env=env)
        mine = "rows" if feed == "padded" else feed
        for who, fed in {"seqloom": mine, **({"seqloom, buckets": "buckets"} if mine == "rows" else {})}.items():
            argv = (sys.executable, str(HERE / "ours" / "nets.py"), str(arrays), net, fed, str(options.epochs))
            shown = f"python ours/nets.py ARRAYS.npz {net} {fed} {options.epochs}"
            contestants[who] = Contestant(shown=shown, argv=argv, cache="cold")
        runs = run_in_turn(contestants, scratch, repeats=options.repeats)
        rows += [
            _tell(f"{net}, {feed}", who, finished=runs[who], contestant=contestants[who], n_rows=options.rows)
            for who in contestants
        ]
    return rows


def _tell(what: str, who: str, *, finished: list[Finished], contestant: Contestant, n_rows: int) -> Row:
    results = [one.read_output() for one in finished]
    facts = {name: results[0][name] for name in ("n_devices", "compile_seconds") if name in results[0]}
    return Row(
        what=what,
        who=who,
        command=contestant.shown,
        seconds=[round(statistics.median(result["epoch_seconds"]), 4) for result in results],
        peak_mb=round(max(one.outcome.peak_mb for one in finished)),
        scores=summarise_scores([result["scores"] for result in results]),
        versions=read_versions(contestant.argv[0]),
        facts={"n_rows": n_rows, "batch_size": 128, **facts},
    )


def main() -> None:
    """Measure, and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=1, help="runs of each contestant (default: 1)")
    parser.add_argument("--epochs", type=int, default=3, help="epochs of a run, at least 2 (default: 3)")
    parser.add_argument("--rows", type=int, default=20_000, help="training reviews, 20,000 at most (default)")
    parser.add_argument("--nets", nargs="+", choices=sorted(NETS), default=list(NETS), help="which (default: all)")
    options = parser.parse_args()
    imdb = find_imdb()
    warm_files(imdb)
    with make_scratch() as scratch:
        rows = [row for net in options.nets for row in measure_net(net, imdb, scratch=scratch, options=options)]
    write_results("nets", rows)


if __name__ == "__main__":
    main()
